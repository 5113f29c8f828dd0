"""The documents a person edits, exactly as the manual describes them, in typed values."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from switchboard.config.cron import cron_fault
from switchboard.config.timezones import is_time_zone, nearest_time_zone

LEAD_STATUS_DEFAULTS = {
    "new": "New",
    "accepted_call": "Accepted Call",
    "missed_call": "Missed Call",
    "missed_call_with_voicemail": "Missed Call with Voicemail",
}
ACCEPTED_DEFAULTS = {
    "Phone": "Phone",
    "Email": "Email",
    "First_Name": "First_Name",
    "Last_Name": "Last_Name",
    "Company": "Company",
}
MIDNIGHT = "24:00"  # The end of a day; 00:00 is its beginning.
_OFFICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MISSED_DEFAULTS = {key: value for key, value in ACCEPTED_DEFAULTS.items() if key != "Email"}


def _time_zone(name: str) -> str:
    if not is_time_zone(name):
        raise PydanticCustomError(
            "CFG-009",
            "the time zone {name} is unknown{hint}",
            {"name": f'"{name}"', "hint": nearest_time_zone(name)},
        )
    return name


def _region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise PydanticCustomError(
            "CFG-021", "the phone region {code} is unknown", {"code": f'"{code}"'}
        )
    return code


def _weight(value: float) -> float:
    if value <= 0:
        raise PydanticCustomError("CFG-010", "must be above 0, not {value}", {"value": value})
    return value


def _clock(text: str) -> str:
    try:
        sound = f"{dt.time.fromisoformat(text):%H:%M}" == text  # ISO has many more notations.
    except ValueError:
        sound = False
    if not sound:
        raise PydanticCustomError("CFG-007", 'must be a time of day such as "09:00"', {})
    return text


def _closing(text: str) -> str:
    return text if text == MIDNIGHT else _clock(text)


def _holiday(text: str) -> str:
    # 29 February is a day of every year that has it, hence the leap year.
    day = f"2000-{text}" if len(text) == len("12-25") else text
    try:
        sound = dt.date.fromisoformat(day).isoformat() == day
    except ValueError:
        sound = False
    if not sound:
        message = 'must be a day such as "2026-12-25", or "12-25" for every year'
        raise PydanticCustomError("CFG-007", message, {})
    return text


def _day_alone(value: Any) -> Any:
    return {"date": value} if isinstance(value, str) else value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("CFG-007", "must not be empty", {})
    return text.strip()


def _cron(text: str) -> str:
    fault = cron_fault(text)
    if fault is not None:
        raise PydanticCustomError("CFG-036", "{fault}", {"fault": fault})
    return " ".join(text.split())


def is_mail_address(text: str) -> bool:
    """Tell whether *text* is one address and nothing else: no name, no brackets, no list."""
    local, _, domain = text.rpartition("@")
    try:
        domain.encode("idna")
    except UnicodeError:
        return False
    return (
        bool(local) and "." in domain and all(c.isprintable() and c not in ' <>,;"' for c in text)
    )


def _address(text: str) -> str:
    if not is_mail_address(text.strip()):
        raise PydanticCustomError("CFG-007", "must be an e-mail address", {})
    return text.strip()


TimeZone = Annotated[str, AfterValidator(_time_zone)]
Region = Annotated[str, AfterValidator(_region)]
Weight = Annotated[float, AfterValidator(_weight)]
Clock = Annotated[str, AfterValidator(_clock)]
Closing = Annotated[str, AfterValidator(_closing)]
IsoDays = tuple[Annotated[int, Field(ge=1, le=7)], ...]  # 1 is Monday, 7 is Sunday.
Text = Annotated[str, AfterValidator(_not_blank)]
Cron = Annotated[str, AfterValidator(_cron)]
MailAddress = Annotated[str, AfterValidator(_address)]


class Document(BaseModel):
    """Unknown keys stop the start and are named; `load` also bends no value into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- data/extensions.json, sorted/<office>/extensions.json ---------------------------------------


class ExtensionConfig(Document):
    """A RingCentral extension whose calls we know about."""

    id: Text = Field(description="RingCentral's id of the extension.")
    name: str = Field("", description="What it is called in notes and reports.")
    type: str = Field("User", description="`User`, `Department` (a call queue), ...: for people.")
    number: str | None = Field(None, description="Its short number, or a number people dial.")
    process_calls: bool = Field(default=True, description="Whether its calls become leads.")

    @property
    def known_as(self) -> tuple[str, ...]:
        """What people and rules may call it."""
        return tuple(each for each in (self.name, self.number, self.id) if each)


class ExtensionsDocument(Document):
    extensions: tuple[ExtensionConfig, ...]


# --- data/lead_owners.json, sorted/<office>/lead_owners.json --------------------------------------


class LeadOwner(Document):
    """A Zoho CRM user who may own leads."""

    id: Text = Field(description="Zoho CRM's id of the user.")
    name: str = Field("", description="For people; Zoho CRM's own name where it is empty.")
    email: MailAddress | None = Field(None, description="For people.")
    active: bool = Field(default=True, description="Whether the owner gets new leads.")
    assignment_weight: Weight = Field(
        1.0, description="Share of the new leads: 2.0 receives twice as many as 1.0."
    )


class DepartmentRules(Document):
    """Which owners take the leads of which department (queue)."""

    enabled: bool = Field(default=True, description="Whether the mappings are used.")
    mappings: dict[str, tuple[Text, ...]] = Field(
        default_factory=dict,
        description="Name, number or id of a queue or extension → the ids of its owners.",
    )


class OpenPeriod(Document):
    """A stretch of opening; one that ends before it starts ends on the following day."""

    days: IsoDays | None = Field(
        None, description="1 (Monday) to 7 (Sunday); none: those of the office hours."
    )
    start: Clock
    end: Closing


class Holiday(Document):
    """A day on which nobody starts to work."""

    date: Annotated[str, AfterValidator(_holiday)] = Field(
        description='A day such as "2026-11-26", or "12-25" for every year.'
    )
    name: str = Field("", description="What it is called in reasons.")


class OfficeHours(Document):
    """When the office answers: from start to end, and in every period besides."""

    start: Clock | None = Field(None, description='Such as "09:00".')
    end: Closing | None = Field(None, description='Such as "17:00"; "24:00" is midnight.')
    timezone: TimeZone | None = Field(None, description="IANA name; none: the office's own.")
    days: IsoDays = Field((1, 2, 3, 4, 5), description="1 (Monday) to 7 (Sunday).")
    periods: tuple[OpenPeriod, ...] = Field((), description="Further stretches of opening.")
    holidays: tuple[Annotated[Holiday, BeforeValidator(_day_alone)], ...] = Field(
        (), description="Days on which nobody starts to work, with or without a name."
    )


class AssignmentRules(Document):
    """How new leads find their owner."""

    round_robin: bool = Field(default=True, description="Whether owners take turns.")
    respect_weights: bool = Field(default=True, description="Whether the weights count.")
    fallback_owner_id: Text | None = Field(
        None, description="Who takes the leads that nobody else can take."
    )
    department_specific: DepartmentRules | None = None
    office_hours_only: bool = Field(
        default=False, description="Whether calls after hours go to after_hours_owner_id."
    )
    office_hours: OfficeHours | None = None
    after_hours_owner_id: Text | None = Field(
        None, description="Who takes the leads of calls after hours."
    )


class OwnersConfig(Document):
    """An office's owners and rules, as `lead_owners.json` holds them."""

    lead_owners: tuple[LeadOwner, ...] = ()
    assignment_rules: AssignmentRules = AssignmentRules()


# --- sorted/data/offices.json ---------------------------------------------------------------------


class Processing(Document):
    """How far back a run looks."""

    default_hours_back: Annotated[float, Field(gt=0)] = Field(
        24, description="How far a run looks back without `--hours-back`."
    )
    max_hours_back: Annotated[float, Field(gt=0)] = Field(
        168, description="How far `--hours-back` may look at most."
    )


class OfficeEntry(Document):
    name: str = Field("", description="What the office is called.")
    processing_order: int | None = Field(None, description="Lower numbers are processed first.")
    timezone: TimeZone | None = Field(None, description="IANA name; none: the default.")
    region: Region | None = Field(
        None, description="Country of phone numbers written without one; none: the default."
    )


class GlobalConfig(Document):
    default_timezone: TimeZone | None = Field(None, description="Of offices that name none.")
    default_region: Region | None = Field(None, description="Of offices that name none.")
    processing: Processing | None = None


class OfficesDocument(Document):
    offices: dict[str, OfficeEntry]
    global_config: GlobalConfig = GlobalConfig()


# --- data/zoho_field_mappings.json ----------------------------------------------------------------


class LeadStatuses(Document):
    """The Zoho lead status each kind of call sets."""

    new: Text = Field(LEAD_STATUS_DEFAULTS["new"], description="Of a lead just created.")
    accepted_call: Text = Field(
        LEAD_STATUS_DEFAULTS["accepted_call"], description="After a call somebody answered."
    )
    missed_call: Text = Field(
        LEAD_STATUS_DEFAULTS["missed_call"], description="After a call nobody answered."
    )
    missed_call_with_voicemail: Text = Field(
        LEAD_STATUS_DEFAULTS["missed_call_with_voicemail"],
        description="After a call nobody answered and the caller left a message.",
    )


class FieldMappings(Document):
    """Zoho field → where its value comes from; an absent section means the manual's example."""

    accepted_calls: dict[str, str] = Field(
        default_factory=lambda: dict(ACCEPTED_DEFAULTS),
        description="Fields of a lead that an accepted call creates, and their sources.",
    )
    missed_calls: dict[str, str] = Field(
        default_factory=lambda: dict(MISSED_DEFAULTS),
        description="Fields of a lead that a missed call creates, and their sources.",
    )
    lead_status: LeadStatuses = LeadStatuses()


# --- data/email_config.json -----------------------------------------------------------------------


class Recipient(Document):
    email: MailAddress
    name: str = ""
    receive_daily: bool = True
    receive_errors: bool = True


class ReportSettings(Document):
    """What reports hold and when they are sent."""

    send_empty_reports: bool = Field(
        default=False, description="Also mail the report of a run that had nothing to do."
    )
    include_charts: bool = Field(default=True, description="Show charts.")
    include_call_list: bool = Field(default=True, description="List the calls one by one.")
    call_list_limit: Annotated[int, Field(ge=1, le=10_000)] = Field(
        500, description="List no more calls than this."
    )


class EmailConfig(Document):
    """Where reports are sent and through which server."""

    smtp_server: Text
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        587, description="465 is encrypted from the start, any other port after STARTTLS."
    )
    use_tls: bool = Field(
        default=True, description="Encrypt; false is accepted for this machine itself only."
    )
    tls_ca_file: Text | None = Field(
        None, description="The company's own certificate authority (PEM), where it has one."
    )
    sender_email: MailAddress
    sender_name: str = ""
    recipients: tuple[Recipient, ...] = ()
    report_settings: ReportSettings = ReportSettings()


# --- data/schedule.json ---------------------------------------------------------------------------


class ScheduledRun(Document):
    """One line of the timetable of `switchboard serve`; no offices: all of them."""

    name: Text = Field(description="What it is called, and remembered by.")
    cron: Cron = Field(description="Minute, hour, day of month, month, day of week.")
    offices: tuple[Text, ...] = Field((), description="Only these; all of them when empty.")
    type: Literal["accepted", "missed", "all"] = Field("all", description="Which calls.")
    hours_back: Annotated[float, Field(gt=0)] | None = Field(
        None, description="How far to look back; default_hours_back when left out."
    )
    enabled: bool = Field(default=True, description="False keeps the line and does not run it.")
    no_email: bool = Field(default=False, description="True sends no report.")


class ScheduleDocument(Document):
    """When runs start by themselves; `timezone` None: the first office's."""

    timezone: TimeZone | None = Field(
        None, description="The zone of all times; the first office's when left out."
    )
    runs: tuple[ScheduledRun, ...] = Field((), description="The timetable.")


# --- what the rest of the product sees ------------------------------------------------------------


class Office(Document):
    """One location with its own numbers and its own team; a single company is the office `main`."""

    id: str
    name: str
    processing_order: int
    timezone: str
    region: str
    extensions: tuple[ExtensionConfig, ...]
    owners: OwnersConfig

    @property
    def processed_extensions(self) -> tuple[ExtensionConfig, ...]:
        """The extensions whose calls become leads."""
        return tuple(each for each in self.extensions if each.process_calls)


def folded(name: str) -> str:
    """Return a name as names are compared: upper and lower case and spaces make no difference."""
    return " ".join(name.split()).casefold()


def is_office_id(text: str) -> bool:
    """Tell whether *text* may name an office: it is also its folder beside `sorted/data/`."""
    return bool(_OFFICE_ID.fullmatch(text)) and text != "data"


def without_comments(value: Any) -> Any:
    """Drop every `_comment…` key: JSON has no comments and the starting set explains itself."""
    if isinstance(value, dict):
        return {
            key: without_comments(each)
            for key, each in value.items()
            if not key.startswith("_comment")
        }
    if isinstance(value, list):
        return [without_comments(each) for each in value]
    return value
