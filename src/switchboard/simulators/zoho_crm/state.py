"""One simulated organisation: its rules, users, records, notes, attachments and tags."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from switchboard.simulators.zoho_crm import schema, values
from switchboard.simulators.zoho_crm.limits import Limits
from switchboard.simulators.zoho_crm.table import Record, Table

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

MEBIBYTE = 1024 * 1024


@dataclass(slots=True)
class Rules:
    """What differs between organisations, or what Zoho does not promise; change at will."""

    edition: str = "enterprise"
    credits_per_day: int | None = None  # None: what the edition and its licences give.
    time_zone: str = "America/New_York"
    administrator: bool = True  # May the token's user list all notes?
    strict_picklists: bool = False  # False: an unknown value is stored as it is.
    strict_fields: bool = False  # False: an unknown field is ignored without a word.
    index_lag_s: float = 2.0  # Before `/search` sees a write; COQL always does.
    phone_search: str = "text"  # "text": no normalisation; "digits": digits are compared.
    criteria_limit: int = 10
    coql_rows: int = 200
    coql_in_values: int = 50
    coql_conditions: int = 25
    note_content: int = 32_000
    attachment_bytes: int = 20 * MEBIBYTE
    latency_s: float = 0.0  # Real seconds an answer takes, its concurrency slot being held.
    duplicate_check: str | None = None  # "converted_records" or "mapped_module_records".


@dataclass(slots=True)
class User:
    id: str
    full_name: str
    email: str
    status: str = "active"
    administrator: bool = False
    confirmed: bool = True
    created: float = 0.0


@dataclass(slots=True)
class Note:
    id: str
    parent_module: str
    parent_id: str
    title: str | None
    content: str | None
    owner: str
    created: float
    modified: float


@dataclass(slots=True)
class Attachment:
    id: str
    parent_module: str
    parent_id: str
    file_name: str
    content: bytes
    link: str | None
    created: float
    created_by: str


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    id: str
    module: str
    name: str
    owner: str


@dataclass(slots=True)
class Tag:
    id: str
    name: str
    created: float


@dataclass(slots=True)
class Family:
    """Things that hang on records, findable by their parent."""

    by_id: dict[str, Any] = field(default_factory=dict)
    by_parent: dict[str, dict[str, None]] = field(default_factory=dict)

    def put(self, thing: Any) -> None:
        self.by_id[thing.id] = thing
        self.by_parent.setdefault(thing.parent_id, {})[thing.id] = None

    def remove(self, thing: Any) -> None:
        del self.by_id[thing.id]
        del self.by_parent[thing.parent_id][thing.id]

    def of(self, parent_id: str) -> list[Any]:
        return [self.by_id[each] for each in self.by_parent.get(parent_id, {})]


class CrmState:
    """Everything behind `/crm/v8`. Ids come from the seed, times from the world's clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = Rules()
        self._ids = (5_843_104 + world.seed % 100_000) * 10**12 + 1_000_000
        self.modules = schema.modules()
        self.tables = {name: Table(module) for name, module in self.modules.items()}
        self.notes, self.attachments = Family(), Family()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[str, dict[str, Tag]] = {name: {} for name in self.modules}
        self.assignment_rules: dict[str, AssignmentRule] = {}
        self.snapshots: dict[str, Any] = {}  # Where the holders of page tokens stand.
        self.org_id, self.zgid = self.next_id(), str(700_000_000 + world.seed)
        self.users: dict[str, User] = {}
        self.current_user = self.next_id()
        self.add_user(self.current_user, "Switchboard Integration", "integration@example.com")
        self.users[self.current_user].administrator = True
        self.limits = Limits(world.clock, self.rules, lambda: len(self.users))

    # -- what a scenario sets up --------------------------------------------------------------

    def next_id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def now(self) -> float:
        return self.world.clock.now()

    def elapsed(self) -> float:
        return self.world.clock.elapsed()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rules.time_zone)

    def add_user(self, user_id: str, full_name: str, email: str, status: str = "active") -> User:
        user = User(user_id, full_name, email, status, created=self.now())
        self.users[user_id] = user
        return user

    def add_field(self, module: str, new: schema.Field) -> None:
        """Add a custom field as the organisation's administrator would."""
        self.modules[module].add(new)

    def set_picklist(self, module: str, api_name: str, known: Iterable[str]) -> None:
        self.modules[module].change(api_name, picklist=tuple(known))

    def add_record(
        self,
        module: str,
        fields: dict[str, Any],
        *,
        created: float | None = None,
        modified: float | None = None,
    ) -> str:
        """Put a record in place, unchecked and already indexed for searching; return its id."""
        at = self.now() if created is None else created
        known = self.modules[module].fields
        kept = {"Owner": self.current_user}
        for name, value in fields.items():
            if name in known and value is not None:
                kept[name] = values.stored(known[name], value, strict_picklist=False)
        record = Record(
            self.next_id(),
            named(module, kept),
            at,
            at if modified is None else modified,
            self.current_user,
            self.current_user,
        )
        self.tables[module].put(record)
        return record.id

    def convert_lead(self, lead_id: str, contact: dict[str, Any] | None = None) -> str:
        """Turn a lead into a new contact with its details; return the contact's id."""
        table = self.tables["Leads"]
        lead = table.rows[lead_id]
        shared = {n: v for n, v in lead.fields.items() if n in self.modules["Contacts"].fields}
        contact_id = self.add_record("Contacts", {**shared, **(contact or {})})
        lead.converted, lead.modified = True, self.now()
        table.change(
            lead,
            {
                "Converted__s": True,
                "Converted_Date_Time": self.now(),
                "Converted_Contact": contact_id,
            },
        )
        return contact_id

    def add_note(self, module: str, parent_id: str, title: str | None, content: str | None) -> str:
        at = self.now()
        note = Note(self.next_id(), module, parent_id, title, content, self.current_user, at, at)
        self.notes.put(note)
        return note.id

    def add_assignment_rule(self, module: str, name: str, owner: str) -> str:
        rule = AssignmentRule(self.next_id(), module, name, owner)
        self.assignment_rules[rule.id] = rule
        return rule.id

    # -- what the endpoints ask ---------------------------------------------------------------

    def user_ref(self, user_id: str, *, email: bool = False) -> dict[str, str]:
        user = self.users.get(user_id)
        shown = {"name": user.full_name if user else "Unknown", "id": user_id}
        if email and user:
            shown["email"] = user.email
        return shown

    def time(self, epoch: float) -> str:
        return values.shown_datetime(epoch, self.zone)

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        """What `/_sim/state/zoho_crm/…` shows: everything any write left behind."""

        def records(module: str) -> Callable[[], list[dict[str, Any]]]:
            def rows() -> list[dict[str, Any]]:
                return [
                    {
                        **record.fields,
                        "id": record.id,
                        "converted": record.converted,
                        "created": record.created,
                        "modified": record.modified,
                    }
                    for record in self.tables[module].rows.values()
                ]

            return rows

        return {
            **{name.lower(): records(name) for name in schema.IMITATED},
            "notes": lambda: [_plain(note) for note in self.notes.by_id.values()],
            "attachments": lambda: [_plain(each) for each in self.attachments.by_id.values()],
            "users": lambda: [_plain(user) for user in self.users.values()],
            "deleted": lambda: [
                {"module": name, **_plain(each)}
                for name, table in self.tables.items()
                for each in table.deleted
            ],
            "credits": lambda: [self.limits.shown()],
        }


def named(module: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Add the name that Zoho composes for people."""
    if module in {"Leads", "Contacts"}:
        parts = (fields.get("First_Name"), fields.get("Last_Name"))
        fields["Full_Name"] = " ".join(part for part in parts if part) or None
    return fields


def _plain(thing: Any) -> dict[str, Any]:
    shown = {name: getattr(thing, name) for name in thing.__slots__}
    if isinstance(shown.get("content"), bytes):
        content = shown.pop("content")
        shown |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return shown
