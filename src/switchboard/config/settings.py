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


class JournalSettings(_Section):
    """How long a write in doubt waits before it is looked up, and how long a lease lasts."""

    reconcile_after_seconds: NotNegative = 30.0  # Longer than a request may still be running.
    lease_seconds: Positive = 30.0


class RetentionSettings(_Section):
    """How many days of files are kept; 0 keeps them for ever."""

    log_days: Annotated[int, Field(ge=0)] = 90
    raw_call_log_days: Annotated[int, Field(ge=0)] = 30


class Settings(BaseSettings):
    """Everything the manual's documents have no place for; the environment wins over the file."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    company: CompanySettings = CompanySettings()
    processing: Processing = Processing()
    vendors: VendorSettings = VendorSettings()
    calls: CallSettings = CallSettings()
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
    journal: JournalSettings = JournalSettings()
    retention: RetentionSettings = RetentionSettings()
    database_url: str = ""


def settings_from(document: dict[str, Any]) -> Settings:
    """Build the settings from an already checked document and the environment."""
    return Settings(**document)
