"""Run every check: the machine's own first, then all that ask somebody else, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from switchboard.bootstrap import open_chat_vendors, open_session
from switchboard.config.load import Configuration, inspect
from switchboard.config.places import CREDENTIALS
from switchboard.doctor import (
    chats,
    clocks,
    crm,
    documents,
    machine,
    mail,
    service,
    storage,
    telephony,
)
from switchboard.doctor.learned import Learned
from switchboard.doctor.results import SIGN_IN, Check, Examination, condensed, failed, info

VENDORS = "RingCentral and Zoho CRM"
CHAT_VENDORS = "Zoho Desk and SalesIQ"
INCOMPLETE, HALFWAY = "CFG-025", "CFG-043"
LIMIT_SECONDS = 90.0
Tell = Callable[[str], None]
Asking = Callable[[], Awaitable[list[Check]]]

# What asks a vendor, by group, name and function; shown in this order.
ASKED = (
    (telephony.GROUP, SIGN_IN, telephony.sign_in),
    (telephony.GROUP, "Call log", telephony.call_log),
    (telephony.GROUP, "Extensions", telephony.extensions),
    (crm.GROUP, SIGN_IN, crm.sign_in),
    (crm.GROUP, "Modules", crm.modules),
    (crm.GROUP, "Users", crm.users),
    (crm.GROUP, "Fields", crm.fields),
    (crm.GROUP, "Tasks", crm.tasks),
)


async def examine(
    root: Path, *, offline: bool = False, limit: float = LIMIT_SECONDS, tell: Tell = lambda _: None
) -> Examination:
    """Check the installation at *root*; *offline* asks nobody. Nothing but a line comes of a crash.

    *limit* bounds all that is asked together, in seconds; *tell* hears what is going on.
    """
    tell("Looking at this machine and the configuration")
    configuration, findings = inspect(root)
    learned = Learned()
    checks = list(_safely(machine.GROUP, "Machine", machine.examine(configuration, root)))
    stored: list[Check] = []
    chatting: list[Check] = []
    asked: list[Check] = []
    if configuration is not None:
        stored = list(_safely(storage.GROUP, "Store", storage.examine(configuration)))
        if configuration.chats:
            chatting = list(_safely(service.GROUP, "Chats", chats.examine(configuration)))
        if not offline:
            asked = await _ask(configuration, learned, limit, tell)
    found = documents.examine(configuration, findings, root, learned)
    checks += _safely(documents.GROUP, "Documents", found)
    known = {each.code: each.code for each in (*checks, *stored) if each.code}
    if INCOMPLETE in known and not (root / CREDENTIALS).exists():
        known[HALFWAY] = INCOMPLETE  # All credentials went with the vault.
    asked = [_told_once(each, known) for each in asked]
    return Examination(tuple(_grouped([*checks, *stored, *chatting, *asked])))


def _told_once(each: Check, known: Mapping[str, str]) -> Check:
    """Say that vendors were not asked because of what has a line already."""
    if each.code not in known or not (
        each.group in {VENDORS, CHAT_VENDORS} or each.code == HALFWAY
    ):
        return each
    first = known[each.code]
    return info(each.group, each.name, f"Not asked: {first} has to be mended first.")


async def _ask(
    configuration: Configuration, learned: Learned, limit: float, tell: Tell
) -> list[Check]:
    tell("Asking the vendors and the mail server")
    asking: list[tuple[str, str, Asking]] = [
        (clocks.GROUP, "Clock", partial(clocks.clocks, configuration))
    ]
    unopened: list[Check] = []
    async with AsyncExitStack() as stack:
        if configuration.calls:
            try:
                session = await stack.enter_async_context(open_session(configuration))
            except Exception as problem:  # noqa: BLE001 - it becomes a line of the report.
                unopened.append(failed(VENDORS, "Connection", problem, limit))
            else:
                asking += [
                    (group, name, partial(ask, session.tools, learned))
                    for group, name, ask in ASKED
                ]
        if configuration.chats:
            try:
                vendors = await stack.enter_async_context(open_chat_vendors(configuration))
            except Exception as problem:  # noqa: BLE001 - it becomes a line of the report.
                unopened.append(failed(CHAT_VENDORS, "Connection", problem, limit))
            else:
                asking += [
                    (group, name, partial(ask, configuration, vendors))
                    for group, name, ask in chats.ASKED
                ]
        asking.append((mail.GROUP, "Server", partial(mail.server, configuration)))
        return [*await _side_by_side(asking, limit, tell), *unopened]


def _grouped(checks: Sequence[Check]) -> list[Check]:
    """Bring the lines of a group together, where its first one stands."""
    order = {group: at for at, group in enumerate(dict.fromkeys(each.group for each in checks))}
    return sorted(checks, key=lambda each: order[each.group])


async def _side_by_side(
    asked: Iterable[tuple[str, str, Asking]], limit: float, tell: Tell
) -> list[Check]:
    async def one(group: str, name: str, ask: Asking) -> list[Check]:
        try:
            async with asyncio.timeout(limit):
                found = await ask()
        except Exception as problem:  # noqa: BLE001 - it becomes a line of the report.
            found = [failed(group, name, problem, limit)]
        tell(f"Asked {group}: {name.casefold()}")
        return found

    answers = await asyncio.gather(*(one(*each) for each in asked))
    return condensed([check for answer in answers for check in answer])


def _safely(group: str, name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """Pass checks on; one that crashes becomes a line, the others of its kind are lost."""
    try:
        yield from checks
    except Exception as problem:  # noqa: BLE001 - it becomes a line of the report.
        yield failed(group, name, problem, 0.0)
