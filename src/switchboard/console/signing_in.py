"""Sign somebody in: password, second factor, waiting times, and what the trail tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
import structlog

from switchboard.console.devices import Device
from switchboard.console.second_factor import fitting_step
from switchboard.console.service import ConsoleService
from switchboard.store import accounts, audit, console_sessions, sign_in_attempts
from switchboard.store.accounts import Account
from switchboard.store.console_sessions import Session, Stage
from switchboard.store.sign_in_attempts import Keys

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: a session, or how long until the next may be made."""

    session_id: str = ""
    stage: Stage = "in"
    wait_seconds: float = 0.0


async def sign_in(service: ConsoleService, name: str, password: str, device: Device) -> Outcome:
    """Check name and password; unknown names take as long as wrong passwords."""
    wanted, now = accounts.sign_in_name(name), service.clock()
    keys = sign_in_attempts.keys_of(wanted, device.neighbourhood)

    def begin(conn: sa.Connection) -> tuple[float, Account | None]:
        return sign_in_attempts.claim(conn, keys, now), accounts.find(conn, wanted)

    wait, found = await service.db.run(begin)
    if wait:
        return Outcome(wait_seconds=wait)
    usable = found if found is not None and found.state == "active" else None
    checked = await service.passwords.check(usable.password_hash if usable else None, password)
    if usable is None or not checked.right:
        return await _failed(service, keys, found, device)

    def finish(conn: sa.Connection) -> Outcome:
        sign_in_attempts.give_back(conn, keys)
        if checked.rehashed:
            accounts.rehash(conn, usable.id, str(usable.password_hash), checked.rehashed)
        if usable.has_second_factor:
            return Outcome(_start(conn, usable, "code", now, device), "code")
        return Outcome(enter(conn, usable, now, device))

    return await service.db.run(finish)


async def give_code(
    service: ConsoleService, session: Session, holder: Account, typed: str, device: Device
) -> Outcome:
    """Check the second factor: a code of the app, or one of the recovery codes."""
    now = service.clock()
    keys = sign_in_attempts.keys_of_code(holder.id)
    wait = await service.db.run(partial(sign_in_attempts.claim, keys=keys, now=now))
    if wait:
        return Outcome(wait_seconds=wait)
    secret = accounts.totp_secret(service.sealer(), holder)
    step = fitting_step(secret, typed, now) if secret else None

    def finish(conn: sa.Connection) -> str:
        if step is None:
            right = accounts.use_recovery_code(conn, holder.id, typed, now)
        else:
            right = accounts.use_totp_step(conn, holder.id, step)
        if not right:
            return ""
        sign_in_attempts.give_back(conn, keys)
        console_sessions.end(conn, session)
        return enter(conn, holder, now, device)

    session_id = await service.db.run(finish)
    return Outcome(session_id) if session_id else await _failed(service, keys, holder, device)


async def confirm(service: ConsoleService, holder: Account, password: str) -> float | None:
    """Ask who is signed in for the password again; None when it is right, else the wait."""
    now = service.clock()
    keys = sign_in_attempts.keys_of_code(holder.id)
    wait = await service.db.run(partial(sign_in_attempts.claim, keys=keys, now=now))
    if wait:
        return wait
    if (await service.passwords.check(holder.password_hash, password)).right:
        await service.db.run(partial(sign_in_attempts.give_back, keys=keys))
        return None
    return await service.db.run(partial(sign_in_attempts.locked, keys=keys, now=now))


async def wrong_password(service: ConsoleService, holder: Account, password: str) -> str:
    """Ask for the password again; return what is wrong, in words for whoever typed it."""
    wait = await confirm(service, holder, password)
    if wait is None:
        return ""
    if wait:
        return f"Too many attempts have failed. Please wait {in_words(wait)}."
    return "This is not your current password."


def enter(conn: sa.Connection, holder: Account, now: float, device: Device) -> str:
    """Begin a session of somebody who has shown all that is asked for; return its id."""
    session_id = _start(conn, holder, "in", now, device)
    accounts.note_sign_in(conn, holder.id, now)
    audit.append(
        conn,
        actor=f"console:{holder.name}",
        action="session.start",
        subject=f"account:{holder.name}",
        detail={"device": device.agent, "address": device.address},
    )
    return session_id


async def sign_out(service: ConsoleService, session: Session, holder: Account) -> None:
    def work(conn: sa.Connection) -> None:
        console_sessions.end(conn, session)
        name = holder.name
        audit.append(conn, actor=f"console:{name}", action="session.end", subject=f"account:{name}")

    await service.db.run(work)


def in_words(seconds: float) -> str:
    """Tell a waiting time. Pure."""
    whole = max(1, round(seconds))
    if whole < 90:  # noqa: PLR2004 - seconds, then minutes.
        return f"{whole} second{'s' if whole > 1 else ''}"
    minutes = -(-whole // 60)
    return f"{minutes} minutes"


def _start(conn: sa.Connection, holder: Account, stage: Stage, now: float, device: Device) -> str:
    return console_sessions.start(
        conn, holder.id, stage, now, address=device.address, agent=device.agent
    )


async def _failed(
    service: ConsoleService, keys: Keys, found: Account | None, device: Device
) -> Outcome:
    """Note a failure; the trail tells of those after which somebody has to wait."""
    now = service.clock()

    def note(conn: sa.Connection) -> float:
        wait = sign_in_attempts.locked(conn, keys, now)
        if wait and found is not None:
            name = found.name
            audit.append(
                conn,
                actor="console",
                action="session.locked",
                subject=f"account:{name}",
                detail={"address": device.address, "seconds": round(wait)},
            )
        return wait

    wait = await service.db.run(note)
    log.info("sign_in_failed", address=device.neighbourhood, wait_seconds=round(wait))
    return Outcome(wait_seconds=wait)
