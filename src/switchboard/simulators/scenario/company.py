"""Keystone Home Services: three offices in two time zones, their people, queues and owners."""

from __future__ import annotations

from dataclasses import dataclass

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.company import SERVICE_USER_ID, Company, Extension, Office

OFFICES = (
    Office("philadelphia", "Philadelphia Office", "America/New_York", "Philadelphia", "PA",
           "+12155550100"),
    Office("pittsburgh", "Pittsburgh Office", "America/New_York", "Pittsburgh", "PA",
           "+14125550100"),
    Office("denver", "Denver Office", "America/Denver", "Denver", "CO", "+13035550100"),
)  # fmt: skip
OFFICE_WEIGHTS = (45, 30, 25)
QUEUES = ("Sales", "Service")
USERS = {
    "philadelphia": ("Dana Whitfield", "Lee Castellano", "Maria Oyelaran", "Trevor Nystrom",
                     "Priya Raman", "Gus Halloran"),
    "pittsburgh": ("Nina Kovac", "Isaiah Brooks", "Helen Zhao", "Curtis Mbeki", "Pam Delaney"),
    "denver": ("Rafael Montoya", "Sarah Lindqvist", "Owen Tallis", "Judy Beaumont"),
}  # fmt: skip
ACCOUNTING = -1  # The last user of every office does the books: process_calls is off there.
RETIRED = Extension(
    "700100399", "2999", "Walter Pym", email="walter.pym@keystone.example", status="Disabled"
)
MAIN_MENU = Extension("700100190", "9000", "Main Menu", "IvrMenu")


@dataclass(frozen=True, slots=True)
class Owner:
    """A Zoho CRM user who gets leads."""

    id: str
    name: str
    email: str
    office: str
    active: bool
    weight: float


_OWNERS = {
    "philadelphia": (("Sarah Reynolds", 2.0), ("David Chen", 1.5), ("Tomas Iglesias", 1.0)),
    "pittsburgh": (("Angela Novotny", 1.0), ("Marcus Bell", 1.0), ("Ruth Adeyemi", 1.0)),
    "denver": (("Kevin Strand", 3.0), ("Lucia Ferrante", 1.0), ("Ben Ashdown", 1.0)),
}
OWNERS = tuple(
    Owner(
        id=f"58431040000077{place:02d}{number:02d}1",
        name=name,
        email=f"{name.lower().replace(' ', '.')}@keystone.example",
        office=office,
        active=number != 3,  # The third of every office has left.
        weight=weight,
    )
    for place, (office, people) in enumerate(_OWNERS.items(), 1)
    for number, (name, weight) in enumerate(people, 1)
)


def add_company(world: World) -> None:
    """Put offices, extensions and CRM users in place."""
    company = world.ringcentral.company
    company.add(
        Extension(SERVICE_USER_ID, "101", "Switchboard Service", email="service@keystone.example")
    )
    company.add(MAIN_MENU)
    company.add(RETIRED)
    for place, office in enumerate(OFFICES):
        company.offices[office.id] = office
        _add_office(company, office, place)
    for owner in OWNERS:
        status = "active" if owner.active else "inactive"
        world.crm.add_user(owner.id, owner.name, owner.email, status=status)


def process_calls(company: Company, extension: Extension) -> bool:
    """Everybody's calls become leads except those of the office's bookkeeper."""
    users = company.of_office(extension.office, "User")
    return extension != users[ACCOUNTING]


def _add_office(company: Company, office: Office, place: int) -> None:
    area = office.number[:8]
    users = [
        Extension(
            id=str(700_100_300 + place * 20 + number),
            number=str(2000 + place * 100 + number),
            name=name,
            office=office.id,
            phone=f"{area}{110 + number:04d}",
            email=f"{name.lower().replace(' ', '.')}@keystone.example",
        )
        for number, name in enumerate(USERS[office.id], 1)
    ]
    members = tuple(user.id for user in users[:ACCOUNTING])
    for number, title in enumerate(QUEUES, 1):
        half = members if number == 1 else members[1:]
        company.add(
            Extension(
                id=str(700_100_200 + place * 10 + number),
                number=str(1000 + place * 100 + number),
                name=f"{office.city} {title}",
                type="Department",
                office=office.id,
                phone=f"{area}{100 + number:04d}",
                members=half,
            )
        )
    for user in users:
        company.add(user)
