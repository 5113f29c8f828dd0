"""The company behind the account: its offices, extensions, and the people who call it."""

from __future__ import annotations

from dataclasses import dataclass, field

ACCOUNT_ID = "700100004"
SERVICE_USER_ID = "700100101"  # The user the JWT was issued to.


@dataclass(frozen=True, slots=True)
class Extension:
    id: str
    number: str
    name: str
    type: str = "User"  # A Department is a call queue.
    office: str = ""
    phone: str | None = None
    email: str | None = None
    status: str = "Enabled"
    members: tuple[str, ...] = ()
    created: str = "2021-03-01T14:00:00.000Z"

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def last_name(self) -> str:
        return self.name.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Office:
    id: str
    name: str
    timezone: str
    city: str
    state: str
    number: str  # The office's main number: an IVR answers it.


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody outside. `sent` is the number as the records show it."""

    sent: str | None
    e164: str | None
    caller_id: str | None = None
    location: str | None = None
    name: str = ""  # What the person is really called; the CRM may know it, the log does not.


@dataclass(slots=True)
class Company:
    id: str = ACCOUNT_ID
    name: str = "Keystone Home Services"
    main_number: str = "+18005550100"
    timezone: str = "America/New_York"
    offices: dict[str, Office] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)

    def add(self, extension: Extension) -> None:
        self.extensions[extension.id] = extension

    def queues_of(self, extension_id: str) -> list[Extension]:
        return [e for e in self.extensions.values() if extension_id in e.members]

    def of_office(self, office: str, kind: str | None = None) -> list[Extension]:
        return [
            e for e in self.extensions.values() if e.office == office and kind in (None, e.type)
        ]
