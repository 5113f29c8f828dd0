"""Our own settings: `data/settings.json`, overridden by SWITCHBOARD_ environment variables."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from switchboard.config.documents import Processing, Region, Text, TimeZone
from switchboard.vendors.settings import VendorSettings

ENV_PREFIX = "SWITCHBOARD_"
# Read outside this object: where the documents and the key are must be known before it exists.
ENV_ELSEWHERE = frozenset({"CONFIG_DIR", "ENCRYPTION_KEY", "ENCRYPTION_KEY_FILE"})

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CompanySettings(_Section):
    """What `offices.json` says for several offices; used where there is only one."""

    name: Text = "Main office"
    timezone: TimeZone = "UTC"
    region: Region = "US"


class CallSettings(_Section):
    """Which calls become leads, and when a call counts as over."""

    settle_minutes: NotNegative = 3.0
    trailing_minutes: NotNegative = 240.0
    block_list: tuple[Text, ...] = ()
    include_internal: bool = False
    protected_statuses: tuple[Text, ...] = ()


class MediaSettings(_Section):
    """How recordings and voicemails travel, and how long we go on looking for a late one."""

    enabled: bool = True
    # RingCentral needs "seconds to minutes" after the call (ringcentral.md §4); then once a day.
    retry_minutes: tuple[Positive, ...] = (1, 2, 5, 15, 60, 240, 720, 1440)
    give_up_hours: Positive = 48.0  # After the call, when RingCentral keeps saying "not found".
    max_megabytes: Positive = 20.0  # Zoho CRM's safe limit of one attachment (zoho-crm.md §6.2).
    recording_retention_days: Positive | None = None  # None: what the account's settings say.
    voicemail_retention_days: Positive = 90.0
    alarm_days: NotNegative = 7.0  # So long before RingCentral deletes what is still owed.
    minutes_per_run: NotNegative = 30.0  # A run ends after this; the next one goes on.
    transfer_seconds: Positive = 600.0  # Longest time one download or upload may take.
    temporary_directory: str = ""  # Empty: data/tmp in the configuration directory.


class CallbackSettings(_Section):
    """Whether a missed call becomes a task in Zoho CRM, and when that is due."""

    enabled: bool = False
    due_minutes: NotNegative = 60.0  # Minutes of office hours after the call.
    priority: Text = "High"
    status_open: Text = "Not Started"
    status_done: Text = "Completed"
    remind: bool = True
    min_talk_seconds: NotNegative = 0.0  # A shorter call back does not close the task.


class JournalSettings(_Section):
    """How long a write in doubt waits before it is looked up, and how long a lease lasts."""

    reconcile_after_seconds: NotNegative = 30.0  # Longer than a request may still be running.
    lease_seconds: Positive = 30.0


class RetentionSettings(_Section):
    """How many days of files are kept; 0 keeps them for ever."""

    log_days: Annotated[int, Field(ge=0)] = 90
    raw_call_log_days: Annotated[int, Field(ge=0)] = 30
    report_days: Annotated[int, Field(ge=0)] = 365
    record_days: Annotated[int, Field(ge=0)] = 180  # RingCentral's records in the store.
    mail_days: Annotated[int, Field(ge=0)] = 30  # The text of mails that were sent.


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
    journal: JournalSettings = JournalSettings()
    retention: RetentionSettings = RetentionSettings()
    database_url: str = ""  # Empty: data/switchboard.db in the configuration directory.

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the document, and read no other place."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


class SettingsDocument(BaseModel):
    """`data/settings.json` itself: the same sections, the environment left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: CompanySettings = CompanySettings()
    processing: Processing | None = None
    vendors: VendorSettings = VendorSettings()
    calls: CallSettings = CallSettings()
    media: MediaSettings = MediaSettings()
    callbacks: CallbackSettings = CallbackSettings()
    journal: JournalSettings = JournalSettings()
    retention: RetentionSettings = RetentionSettings()
    database_url: str = ""


def settings_from(document: dict[str, Any]) -> Settings:
    """Build the settings from an already checked document and the environment."""
    return Settings(**document)
