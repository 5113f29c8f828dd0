"""Run every check: the machine's own first, then all that ask somebody else, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from switchboard.bootstrap import open_session
from switchboard.config.load import Configuration, inspect
from switchboard.doctor import clocks, crm, documents, machine, mail, storage, telephony
from switchboard.doctor.learned import Learned
from switchboard.doctor.results import SIGN_IN, Check, Examination, condensed, failed, info

VENDORS = "RingCentral and Zoho CRM"
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
    asked: list[Check] = []
    if configuration is not None:
        stored = list(_safely(storage.GROUP, "Store", storage.examine(configuration)))
        if not offline:
            asked = await _ask(configuration, learned, limit, tell)
    found = documents.examine(configuration, findings, root, learned)
    checks += _safely(documents.GROUP, "Documents", found)
    known = {each.code for each in (*checks, *stored)}
    return Examination((*checks, *stored, *(_told_once(each, known) for each in asked)))


def _told_once(each: Check, known: set[str]) -> Check:
    """Say that vendors were not asked because of what has a line already."""
    if each.group != VENDORS or each.code not in known:
        return each
    return info(VENDORS, each.name, f"They were not asked: {each.code} has to be mended first.")


async def _ask(
    configuration: Configuration, learned: Learned, limit: float, tell: Tell
) -> list[Check]:
    tell("Asking RingCentral, Zoho CRM and the mail server")
    first: list[tuple[str, str, Asking]] = [
        (clocks.GROUP, "Clock", partial(clocks.clocks, configuration)),
        (mail.GROUP, "Server", partial(mail.server, configuration)),
    ]
    try:
        async with open_session(configuration) as session:
            vendors = [
                (group, name, partial(ask, session.tools, learned)) for group, name, ask in ASKED
            ]
            return await _side_by_side([first[0], *vendors, first[1]], limit, tell)
    except Exception as problem:  # noqa: BLE001 - it becomes a line of the report.
        return [
            *await _side_by_side(first, limit, tell),
            failed(VENDORS, "Connection", problem, limit),
        ]


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
