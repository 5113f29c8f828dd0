"""Our own settings: `data/settings.json`, overridden by SWITCHBOARD_ environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from switchboard.config.documents import Processing, Region, Text, TimeZone
from switchboard.vendors.settings import VendorSettings, unsafe_address

ENV_PREFIX = "SWITCHBOARD_"
# Read outside this object: where the documents and the key are must be known before it exists.
# The key of a second opinion is a secret, and belongs into no document.
ENV_ELSEWHERE = frozenset(
    {"CONFIG_DIR", "ENCRYPTION_KEY", "ENCRYPTION_KEY_FILE", "SECOND_OPINION_KEY"}
)

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CompanySettings(_Section):
    """What `offices.json` says for several offices; used where there is only one."""

    name: Text = Field("Main office", description="What the company is called in reports.")
    timezone: TimeZone = Field("UTC", description="IANA name; notes and reports show its time.")
    region: Region = Field("US", description="Country of phone numbers written without one.")


class CallSettings(_Section):
    """Which calls become leads, and when a call counts as over."""

    settle_minutes: NotNegative = Field(
        3.0, description="Minutes after its end in which RingCentral may still change a call."
    )
    trailing_minutes: NotNegative = Field(
        240.0, description="After so long without a change a provisional record is taken as it is."
    )
    block_list: tuple[Text, ...] = Field(
        (), description="Numbers that never become leads; one ending in * blocks all that begin so."
    )
    include_internal: bool = Field(
        default=False, description="Also work calls between extensions of the company."
    )
    protected_statuses: tuple[Text, ...] = Field(
        (), description="Lead statuses set by people, which no call changes."
    )


class MediaSettings(_Section):
    """How recordings and voicemails travel, and how long we go on looking for a late one."""

    enabled: bool = Field(default=True, description="Attach recordings and voicemails.")
    # RingCentral needs "seconds to minutes" after the call (ringcentral.md §4).
    retry_minutes: tuple[Positive, ...] = Field(
        (1, 2, 5, 15, 60, 240, 720, 1440),
        description="When to look for a late one: minutes after the call; the last step repeats.",
    )
    give_up_hours: Positive = Field(
        48.0, description="Hours after the call until 'not found' is believed."
    )
    max_megabytes: Positive = Field(
        20.0, description="Largest attachment; 20 MB is safe in every Zoho CRM edition."
    )
    recording_retention_days: Positive | None = Field(
        None, description="When RingCentral deletes recordings; none: what the account says."
    )
    voicemail_retention_days: Positive = Field(
        90.0, description="When RingCentral deletes voicemails."
    )
    alarm_days: NotNegative = Field(
        7.0, description="Alarm so many days before RingCentral deletes what is still owed."
    )
    minutes_per_run: NotNegative = Field(
        30.0, description="A run spends no more than this on media; the next one goes on."
    )
    transfer_seconds: Positive = Field(
        600.0, description="Longest time one download or upload may take."
    )
    temporary_directory: str = Field(
        "", description="Where they lie, encrypted, on their way; empty: data/tmp."
    )

    @field_validator("retry_minutes")
    @classmethod
    def _ladder(cls, minutes: tuple[float, ...]) -> tuple[float, ...]:
        if not minutes or list(minutes) != sorted(set(minutes)):
            raise ValueError("must be one or more minutes, each later than the one before")
        return minutes


class CallbackSettings(_Section):
    """Whether a missed call becomes a task in Zoho CRM, and when that is due."""

    enabled: bool = Field(default=False, description="Make a task of every missed caller.")
    due_minutes: NotNegative = Field(
        60.0, description="Due so many minutes of office hours after the call."
    )
    priority: Text = Field("High", description="Priority of the task, as Zoho CRM lists it.")
    status_open: Text = Field("Not Started", description="Status of a new task.")
    status_done: Text = Field("Completed", description="Status once the caller was reached.")
    remind: bool = Field(default=True, description="Let Zoho CRM remind the owner when it is due.")
    min_talk_seconds: NotNegative = Field(
        0.0, description="A shorter call back does not count as having reached the caller."
    )


class ServerSettings(_Section):
    """Where `switchboard serve` answers SalesIQ, Zoho Desk, programs and people."""

    enabled: bool = Field(default=True, description="Answer HTTP at all.")
    host: Text = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8000, description="Port to listen on; 0 takes a free one."
    )
    public_url: str = Field(
        "", description="How the world reaches us, for links in mails; empty: host and port."
    )
    tls_certificate: str = Field("", description="PEM file; with it we speak HTTPS ourselves.")
    tls_key: str = Field("", description="PEM file of the certificate's key.")
    behind_proxy: bool = Field(
        default=False, description="A proxy before us speaks HTTPS: listen beyond this machine."
    )
    max_body_kilobytes: Annotated[int, Field(ge=16, le=10_240)] = Field(
        256, description="Largest request that is read."
    )


class SecondOpinionSettings(_Section):
    """Which language model is asked where the detector is unsure; its key is no setting."""

    url: str = Field(
        "", description="An OpenAI-compatible API, such as https://host/v1; empty: nobody is asked."
    )
    model: str = Field("", validate_default=True, description="The model, as that API calls it.")
    timeout_seconds: Annotated[float, Field(gt=0, le=3)] = Field(
        2.5, description="Longest wait for its answer; without one our own verdict stands."
    )

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        reason = unsafe_address(url, loopback=True) if url else None
        if reason:
            raise PydanticCustomError("CFG-017", "{reason}", {"reason": reason})
        return url

    @field_validator("model")
    @classmethod
    def _named(cls, model: str, info: ValidationInfo) -> str:
        if info.data.get("url") and not model.strip():
            raise PydanticCustomError("CFG-006", "is missing: url needs it")
        return model


class ChatSettings(_Section):
    """How chats are led; what is said stands in `chat/`."""

    enabled: bool = Field(default=True, description="Answer chats.")
    bot_name: Text = Field("AceBuddy", description="How the bot introduces itself.")
    help_desk: str = Field(
        "", description="The help desk's name in greetings and mails; empty: the company's."
    )
    office: str = Field(
        "", description="Whose office hours tell whether somebody is there; empty: the first's."
    )
    answer_seconds: Annotated[float, Field(gt=0, le=4.5)] = Field(
        3.5, description="SalesIQ waits 5 seconds: what takes longer than this follows later."
    )
    code_minutes: Positive = Field(10.0, description="How long a one-time code is valid.")
    approval_days: Positive = Field(7.0, description="How long a point of contact may decide.")
    close_after_hours: Positive = Field(
        24.0, description="A chat in which nobody has written for so long is closed."
    )
    messages_per_minute: Annotated[int, Field(ge=1)] = Field(
        30, description="More of one visitor are answered with a request to slow down."
    )
    codes_per_hour: Annotated[int, Field(ge=1)] = Field(
        5, description="Most one-time codes mailed to one address, over all chats."
    )
    second_opinion: SecondOpinionSettings = SecondOpinionSettings()


class JournalSettings(_Section):
    """How long a write in doubt waits before it is looked up, and how long a lease lasts."""

    reconcile_after_seconds: NotNegative = Field(
        30.0, description="Longer than a request of a killed process may still be running."
    )
    lease_seconds: Positive = Field(30.0, description="Longer than one request may take.")


class RetentionSettings(_Section):
    """How many days of files are kept; 0 keeps them for ever."""

    log_days: Days = Field(90, description="Log files.")
    raw_call_log_days: Days = Field(30, description="RingCentral's records as files.")
    report_days: Days = Field(365, description="Reports.")
    record_days: Days = Field(180, description="RingCentral's records in the store.")
    mail_days: Days = Field(30, description="The text of mails that were sent.")
    conversation_days: Days = Field(
        180, description="What was said in chats and by whom, after the last word."
    )
    delivery_days: Days = Field(
        7, description="Chat deliveries, so that a repeated one gets the same answer."
    )
    configuration_days: Days = Field(
        730, description="Earlier versions of the documents, for the history of the console."
    )


class Settings(BaseSettings):
    """Everything the manual's documents have no place for; the environment wins over the file."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    company: CompanySettings = CompanySettings()
    processing: Processing = Processing()
    vendors: VendorSettings = VendorSettings()
    calls: CallSettings = CallSettings()
    media: MediaSettings = MediaSettings()
    callbacks: CallbackSettings = CallbackSettings()
    server: ServerSettings = ServerSettings()
    chat: ChatSettings = ChatSettings()
    journal: JournalSettings = JournalSettings()
    retention: RetentionSettings = RetentionSettings()
    database_url: str = Field("", description="The store; empty: data/switchboard.db.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read no other place than what `settings_from` hands over."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


class SettingsDocument(BaseModel):
    """`data/settings.json` itself: the same sections, the environment left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: CompanySettings = CompanySettings()
    processing: Processing | None = None
    vendors: VendorSettings = VendorSettings()
    calls: CallSettings = CallSettings()
    media: MediaSettings = MediaSettings()
    callbacks: CallbackSettings = CallbackSettings()
    server: ServerSettings = ServerSettings()
    chat: ChatSettings = ChatSettings()
    journal: JournalSettings = JournalSettings()
    retention: RetentionSettings = RetentionSettings()
    database_url: str = Field("", description="The store; empty: data/switchboard.db.")


def settings_from(document: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Build the settings from an already checked document and the environment over it."""
    return Settings(**_merged(document, _Variables(Settings, environ)()))


class _Variables(EnvSettingsSource):
    """Reads variables that are handed over, `.env` among them, in place of the process's own."""

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}


def _merged(document: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for name, value in variables.items():
        below = merged.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[name] = _merged(below, value)
        else:
            merged[name] = value
    return merged
