"""Check RingCentral: sign-in, permissions, and that the documents name real extensions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from switchboard.config.documents import ExtensionConfig, Office
from switchboard.config.places import office_file
from switchboard.doctor.learned import Learned
from switchboard.doctor.results import SIGN_IN, Check, error, info, ok, some, warning
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.vendors.ringcentral.models import Extension

GROUP = "RingCentral"
CALLED = frozenset({"User", "Department", "DigitalUser", "FlexibleUser", "VirtualUser"})
ENABLED = "Enabled"


async def sign_in(tools: Tools, _: Learned) -> list[Check]:
    missing = await tools.ringcentral.check()
    account = await tools.ringcentral.read_account()
    checks = [ok(GROUP, SIGN_IN, f"Connected to the account {account['name']}.")]
    if tools.configuration.settings.media.enabled:
        missing = [*missing, *await tools.ringcentral.missing_media_scopes()]
    return [*checks, judge_scopes(missing)]


async def call_log(tools: Tools, _learned: Learned) -> list[Check]:
    """Read a minute of the company's call log: one request of the group Heavy."""
    end = datetime.now(UTC)
    pages = tools.ringcentral.read_call_log(end - timedelta(minutes=1), end, per_page=1)
    async for _ in pages:
        break
    await pages.aclose()  # type: ignore[attr-defined]  # It is a generator: not one page more.
    return [ok(GROUP, "Call log", "The user may read the company's call log.")]


async def extensions(tools: Tools, learned: Learned) -> list[Check]:
    learned.extensions = await tools.ringcentral.read_extensions()
    there = {each.id: each for each in learned.extensions}
    configuration = tools.configuration
    several = configuration.several_offices
    return list(judge_extensions(configuration.offices, there, several=several))


def judge_scopes(missing: Iterable[str]) -> Check:
    names = list(dict.fromkeys(missing))
    if names:
        message = f"The application lacks the permissions {some(names)}."
        advice = "Add them to the application in RingCentral's developer console."
        return error(GROUP, "Permissions", "RC-403", message, advice)
    return ok(GROUP, "Permissions", "The application has all it needs.")


def judge_extensions(
    offices: Iterable[Office], there: Mapping[str, Extension], *, several: bool
) -> Iterator[Check]:
    """Compare the documents with the account, both ways."""
    listed: set[str] = set()
    sound = True
    for office in offices:
        file = office_file(office.id, "extensions.json", several=several)
        for each in office.extensions:
            listed.add(each.id)
            for check in _judge_one(each, there.get(each.id), file):
                sound = False
                yield check
    if sound:
        yield ok(GROUP, "Extensions", f"All {len(listed)} of the documents exist and are enabled.")
    unlisted = [
        f"{each.extension_number} {each.name or ''}".strip()
        for each in there.values()
        if each.id not in listed and each.status == ENABLED and each.type in CALLED
    ]
    if unlisted:
        yield info(
            GROUP,
            "Extensions",
            f"No office lists {some(sorted(unlisted))}; calls to them alone become no leads.",
        )


def _judge_one(each: ExtensionConfig, found: Extension | None, file: str) -> Iterator[Check]:
    name = f"{each.id} ({each.name})" if each.name else each.id
    if found is None:
        message = f"{file}: the extension {name} does not exist in RingCentral."
        yield (error if each.process_calls else warning)(GROUP, "Extensions", "DOC-005", message)
        return
    if found.status != ENABLED and each.process_calls:
        message = f"{file}: the extension {name} is {found.status.casefold()} in RingCentral."
        yield warning(GROUP, "Extensions", "DOC-005", message)
    if each.number and found.extension_number and each.number != found.extension_number:
        message = (
            f"{file}: the extension {name} has the number {found.extension_number} in "
            f"RingCentral, not {each.number}."
        )
        yield warning(GROUP, "Extensions", "DOC-005", message)
    elif each.name and found.name and each.name.casefold() != found.name.casefold():
        message = f"{file}: the extension {name} is called {found.name} in RingCentral."
        yield warning(GROUP, "Extensions", "DOC-005", message)
