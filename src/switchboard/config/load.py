"""Read the whole configuration directory: one typed value, or everything that is wrong with it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from switchboard.config import check
from switchboard.config.chat_check import check_chat_settings, check_salesiq
from switchboard.config.chat_documents import DeskConfig, SalesiqConfig
from switchboard.config.documents import (
    EmailConfig,
    ExtensionsDocument,
    FieldMappings,
    Office,
    OfficeEntry,
    OfficesDocument,
    OwnersConfig,
    Processing,
    ScheduleDocument,
    is_office_id,
)
from switchboard.config.email_check import check_email, resolved
from switchboard.config.environment import environment, over, read_dotenv
from switchboard.config.environment_check import check_dotenv, check_environment
from switchboard.config.findings import ConfigError, Finding, finding, refuse
from switchboard.config.halves import chats_alone
from switchboard.config.mapping_check import check_mappings
from switchboard.config.owners_check import check_owners
from switchboard.config.places import (
    DESK,
    EMAIL,
    MAPPINGS,
    OFFICES,
    REPORTS,
    SALESIQ,
    SCHEDULE,
    SETTINGS,
    database_url,
    office_file,
)
from switchboard.config.reading import Raw, read_document
from switchboard.config.schedule_check import check_schedule
from switchboard.config.secrets import find_secrets
from switchboard.config.server_check import check_server
from switchboard.config.settings import ENV_PREFIX, Settings, SettingsDocument, settings_from
from switchboard.config.validation import validate

Model = TypeVar("Model", bound=BaseModel)

MAIN_OFFICE = "main"


@dataclass(frozen=True, slots=True)
class Configuration:
    """All a run needs to know, checked; the secrets are the vault's."""

    root: Path
    offices: tuple[Office, ...]  # In processing order.
    processing: Processing
    mappings: FieldMappings
    email: EmailConfig | None
    settings: Settings
    schedule: ScheduleDocument = field(default_factory=ScheduleDocument)
    desk: DeskConfig | None = None
    salesiq: SalesiqConfig | None = None
    several_offices: bool = False
    calls: bool = True  # False: chats alone are set up, and no extension is listed.
    warnings: tuple[Finding, ...] = ()

    @property
    def zone(self) -> str:
        """The zone in which people are told times and days that belong to no office (IANA name)."""
        return self.offices[0].timezone if self.offices else "UTC"

    @property
    def chats(self) -> bool:
        """Whether chats are led: a document of theirs is there, and nobody forbids it."""
        there = self.desk is not None or self.salesiq is not None
        return there and self.settings.chat.enabled

    @property
    def data_dir(self) -> Path:
        """Where the vault and the embedded store live."""
        return self.root / "data"

    @property
    def logs_dir(self) -> Path:
        """Where log files and raw call logs are written."""
        return self.root / "logs"

    @property
    def reports_dir(self) -> Path:
        """Where reports are kept."""
        return self.root / REPORTS

    @property
    def temporary_dir(self) -> Path:
        """Where recordings and voicemails lie, encrypted, while they travel."""
        return self.root / (self.settings.media.temporary_directory or "data/tmp")

    def office(self, office_id: str) -> Office:
        """Return the office of that id, or say which there are."""
        for each in self.offices:
            if each.id == office_id:
                return each
        ids = [each.id for each in self.offices]
        close = get_close_matches(office_id.casefold(), ids, n=1)
        hint = f'Did you mean "{close[0]}"?' if close else f"There is: {', '.join(ids)}."
        raise refuse("CFG-029", OFFICES, f'there is no office "{office_id}"', hint=hint)


@dataclass(slots=True)
class _Reader:
    """Collects documents and findings on the way through the directory."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    calls: bool = True

    def document(
        self, file: str, model: type[Model], *, required: bool = True
    ) -> tuple[Model | None, Raw]:
        path = self.root / file
        if not path.exists() and not path.is_symlink():
            if required:
                self.findings.append(check.missing(self.root, file))
                self.complete = False
            return None, Raw(file)
        raw = read_document(path, file)
        self.findings += raw.findings
        if raw.value is None:
            self.complete = False
            return None, raw
        self.findings += find_secrets(raw)
        value, findings, whole = validate(raw, model)
        self.findings += findings
        self.complete &= whole
        return value, replace(raw, whole=whole)


def load(root: Path | str = ".") -> Configuration:
    """Read and check everything under *root*; raise ConfigError with all findings at once."""
    configuration, findings = inspect(root)
    if configuration is None:
        raise ConfigError(findings)
    return configuration


def load_settings(root: Path | str = ".") -> Settings:
    """Read our own settings alone, for what must work whatever the other documents say."""
    root = Path(root).absolute()
    reader = _Reader(root, environment(root))
    settings, _ = _settings(reader)
    if not reader.complete:
        raise ConfigError(reader.findings)
    return settings


def inspect(root: Path | str) -> tuple[Configuration | None, tuple[Finding, ...]]:
    """Return the configuration, unless there are errors, and every finding."""
    root = Path(root).absolute()
    if not root.is_dir():
        hint = "Create it with `switchboard config init --config-dir DIR`."
        return None, (finding("CFG-001", str(root), "is not a directory", hint=hint),)
    dotenv = read_dotenv(root)
    reader = _Reader(root, over(dotenv), calls=not chats_alone(root))
    settings, settings_raw = _settings(reader)
    several = (root / OFFICES).exists()
    if several:
        offices, processing = _offices(reader, settings)
    else:
        offices, processing = _single_office(reader, settings), settings.processing
    mappings, mappings_raw = reader.document(MAPPINGS, FieldMappings, required=False)
    email, email_raw = reader.document(EMAIL, EmailConfig, required=False)
    schedule, schedule_raw = reader.document(SCHEDULE, ScheduleDocument, required=False)
    desk, _ = reader.document(DESK, DeskConfig, required=False)
    salesiq, salesiq_raw = reader.document(SALESIQ, SalesiqConfig, required=False)
    mappings = mappings or FieldMappings()
    findings = [
        *dotenv.findings,
        *reader.findings,
        *check.processing(processing, OFFICES if several else SETTINGS),
        *check_mappings(mappings, mappings_raw),
        *check_email(email, email_raw, root),
        *check_schedule(
            schedule or ScheduleDocument(),
            schedule_raw,
            offices=[each.id for each in offices],
            processing=processing,
        ),
        *check.database(settings, settings_raw, reader.environ),
        *check.leases(settings, settings_raw),
        *check_server(settings, settings_raw, root, reader.environ),
        *check_chat_settings(
            settings, settings_raw, reader.environ, offices=[each.id for each in offices]
        ),
        *check_salesiq(salesiq, salesiq_raw),
        *check.files(root),
        *check_environment(os.environ),
        *check_dotenv(dotenv, root),
    ]
    findings = sorted(dict.fromkeys(findings), key=lambda each: each.severity != "error")
    if any(each.severity == "error" for each in findings) or not reader.complete:
        return None, tuple(findings)
    settings = settings.model_copy(update={"database_url": database_url(root, settings)})
    return (
        Configuration(
            root=root,
            offices=tuple(sorted(offices, key=lambda each: each.processing_order)),
            processing=processing,
            mappings=mappings,
            email=resolved(email, root),
            settings=settings,
            schedule=schedule or ScheduleDocument(),
            desk=desk,
            salesiq=salesiq,
            several_offices=several,
            calls=reader.calls,
            warnings=tuple(findings),
        ),
        tuple(findings),
    )


def _settings(reader: _Reader) -> tuple[Settings, Raw]:
    document, raw = reader.document(SETTINGS, SettingsDocument, required=False)
    known = document.model_dump(exclude_unset=True) if document else {}
    try:
        return settings_from(known, reader.environ), raw
    except ValidationError as error:
        for each in error.errors(include_url=False):
            name = ENV_PREFIX + "__".join(str(part).upper() for part in each["loc"])
            message = (
                each["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            )
            unsafe = each["type"] == "value_error" and each["loc"] == ("vendors",)
            unknown = each["type"] == "extra_forbidden"
            code = "CFG-017" if unsafe else "CFG-004" if unknown else "CFG-007"
            reader.findings.append(finding(code, "environment", message, key=name))
    except SettingsError as error:
        reader.findings.append(finding("CFG-007", "environment", str(error)))
    reader.complete = False
    # The rest is still checked, with what the documents alone say.
    sound = {name: value for name, value in document or SettingsDocument() if value is not None}
    return Settings.model_construct(**sound), raw


def _single_office(reader: _Reader, settings: Settings) -> list[Office]:
    company = settings.company
    entry = OfficeEntry(
        name=company.name, processing_order=1, timezone=company.timezone, region=company.region
    )
    return [_office(reader, MAIN_OFFICE, entry, several=False)[0]]


def _offices(reader: _Reader, settings: Settings) -> tuple[list[Office], Processing]:
    document, raw = reader.document(OFFICES, OfficesDocument)
    if document is None:
        return [], settings.processing
    shared = document.global_config
    last = max((each.processing_order or 0 for each in document.offices.values()), default=0)
    offices, listings = [], {}
    for office_id, entry in document.offices.items():
        if not is_office_id(office_id):
            reader.findings.append(check.bad_office_id(raw, office_id))
            continue
        last += entry.processing_order is None
        filled = OfficeEntry.model_construct(
            name=entry.name,
            processing_order=last if entry.processing_order is None else entry.processing_order,
            timezone=entry.timezone or shared.default_timezone or settings.company.timezone,
            region=entry.region or shared.default_region or settings.company.region,
        )
        office, extensions = _office(reader, office_id, filled, several=True)
        offices.append(office)
        listings[office_id] = extensions
    reader.findings += check.offices(reader.root, document, raw)
    reader.findings += check.across_offices(listings)
    return offices, shared.processing or settings.processing


def _office(
    reader: _Reader, office_id: str, entry: OfficeEntry, *, several: bool
) -> tuple[Office, Raw]:
    extensions, extensions_raw = reader.document(
        office_file(office_id, "extensions.json", several=several),
        ExtensionsDocument,
        required=reader.calls,
    )
    owners, owners_raw = reader.document(
        office_file(office_id, "lead_owners.json", several=several),
        OwnersConfig,
        required=reader.calls,
    )
    if extensions is not None:
        reader.findings += check.extensions(extensions, extensions_raw)
    if owners is not None:
        listed = extensions.extensions if extensions else None
        found = check_owners(owners, owners_raw, listed)
        # Without calls only its office hours count.
        reader.findings += [each for each in found if reader.calls or each.code == "CFG-022"]
    office = Office(
        id=office_id,
        name=entry.name or office_id.replace("_", " ").replace("-", " ").title(),
        processing_order=entry.processing_order or 0,
        timezone=entry.timezone or "UTC",
        region=entry.region or "US",
        extensions=extensions.extensions if extensions else (),
        owners=owners or OwnersConfig(),
    )
    return office, extensions_raw
