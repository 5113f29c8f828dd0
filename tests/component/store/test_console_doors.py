"""Sessions, one-time links and waiting times of the console's door."""

from __future__ import annotations

from functools import partial

import pytest
from tests.component.store.makers import NOW

from switchboard.errors import OperatorError
from switchboard.store import accounts, console_sessions, setup_links, sign_in_attempts
from switchboard.store.console_sessions import CODE_SECONDS, IDLE_SECONDS, LONGEST_SECONDS
from switchboard.store.database import Database
from switchboard.store.sign_in_attempts import FREE_ADDRESS, FREE_HERE, FREE_NAME, LONGEST_WAIT


async def ana(db: Database) -> str:
    make = partial(accounts.create, name="ana", role="administrator", now=NOW, actor="x")
    return (await db.run(partial(make, password_hash="h"))).id


async def start(db: Database, account_id: str, stage: console_sessions.Stage = "in") -> str:
    return await db.run(
        lambda c: console_sessions.start(c, account_id, stage, NOW, address="a", agent="b")
    )


async def alive(db: Database, session_id: str, at: float) -> bool:
    return await db.run(lambda c: console_sessions.load(c, session_id, at)) is not None


async def test_a_session_ends_when_nobody_is_there(db: Database) -> None:
    held = await start(db, await ana(db))
    assert await alive(db, held, NOW + IDLE_SECONDS - 1)
    assert not await alive(db, held, NOW + IDLE_SECONDS)


async def test_a_session_in_use_ends_with_the_day(db: Database) -> None:
    held, at = await start(db, await ana(db)), NOW
    while at + IDLE_SECONDS / 2 < NOW + LONGEST_SECONDS:
        at += IDLE_SECONDS / 2
        found = await db.run(partial(console_sessions.load, session_id=held, now=at))
        assert found is not None
        await db.run(partial(console_sessions.seen, session=found[0], now=at))
    assert not await alive(db, held, NOW + LONGEST_SECONDS)


async def test_the_second_factor_is_waited_for_some_minutes(db: Database) -> None:
    held = await start(db, await ana(db), "code")
    assert not await alive(db, held, NOW + CODE_SECONDS)


async def test_sessions_can_be_ended_one_or_all_but_one(db: Database) -> None:
    me = await ana(db)
    here, there, elsewhere = [await start(db, me) for _ in range(3)]
    known = {
        each: await db.run(partial(console_sessions.load, session_id=each, now=NOW))
        for each in (here, there, elsewhere)
    }
    mine, other = known[here], known[there]
    assert mine
    assert other
    end = partial(console_sessions.end_of_account, account_id=me)
    assert await db.run(partial(end, handle=other[0].handle)) == 1
    assert not await alive(db, there, NOW)
    assert await db.run(partial(end, but=mine[0])) == 1
    assert [await alive(db, each, NOW) for each in (here, elsewhere)] == [True, False]


async def test_a_notice_is_told_once(db: Database) -> None:
    held = await start(db, await ana(db))
    found = await db.run(lambda c: console_sessions.load(c, held, NOW))
    assert found
    await db.run(lambda c: console_sessions.leave_notice(c, found[0], "ok", "Done"))
    take = partial(console_sessions.take_notice, session=found[0])
    assert await db.run(take) == {"kind": "ok", "text": "Done", "words": "", "href": ""}
    assert await db.run(take) is None


async def test_the_first_link_makes_one_administrator(db: Database) -> None:
    """Two links, two hands: the second finds the door closed."""
    one = await db.run(lambda c: setup_links.make_first(c, NOW))
    two = await db.run(lambda c: setup_links.make_first(c, NOW))
    assert one
    assert two
    await db.run(lambda c: setup_links.use_first(c, one, "Ana", "hash", NOW))
    with pytest.raises(OperatorError, match="CON-005"):
        await db.run(lambda c: setup_links.use_first(c, two, "eve", "hash", NOW))
    assert [each.name for each in await db.run(accounts.every)] == ["ana"]
    assert await db.run(lambda c: setup_links.make_first(c, NOW)) is None


async def test_a_link_works_once_and_for_a_day(db: Database) -> None:
    me = await ana(db)
    late = await db.run(lambda c: setup_links.make(c, me, NOW))
    look = partial(setup_links.look, token=late)
    assert await db.run(partial(look, now=NOW + setup_links.LINK_SECONDS - 1))
    assert await db.run(partial(look, now=NOW + setup_links.LINK_SECONDS)) is None
    token = await db.run(lambda c: setup_links.make(c, me, NOW))
    assert await db.run(partial(look, now=NOW)) is None, "a newer link replaces it"
    await db.run(lambda c: setup_links.use(c, token, "new", NOW))
    with pytest.raises(OperatorError, match="CON-005"):
        await db.run(lambda c: setup_links.use(c, token, "newer", NOW))
    assert (await db.run(lambda c: accounts.get(c, me))).password_hash == "new"


async def fail(db: Database, times: int, name: str, place: str, at: float = NOW) -> list[float]:
    keys = sign_in_attempts.keys_of(name, place)
    return [await db.run(lambda c: sign_in_attempts.claim(c, keys, at)) for _ in range(times)]


async def test_after_some_failures_the_wait_grows(db: Database) -> None:
    waits: list[float] = []
    at = NOW
    for _ in range(FREE_HERE + 6):
        assert await fail(db, 1, "ana", "1.2.3.4", at) == [0.0]
        wait = (await fail(db, 1, "ana", "1.2.3.4", at))[0] if len(waits) >= FREE_HERE - 1 else 0
        waits.append(wait)
        at += wait
    assert waits[: FREE_HERE - 1] == [0] * (FREE_HERE - 1)
    assert waits[FREE_HERE - 1 :] == [30, 60, 120, 240, 480, LONGEST_WAIT, LONGEST_WAIT]


async def test_somebody_elsewhere_cannot_lock_the_owner_out(db: Database) -> None:
    assert await fail(db, FREE_HERE + 1, "ana", "6.6.6.6") == [0.0] * FREE_HERE + [30.0]
    assert await fail(db, 1, "ana", "1.2.3.4") == [0.0]


async def test_one_address_cannot_try_name_after_name(db: Database) -> None:
    for number in range(FREE_ADDRESS):
        assert await fail(db, 1, f"name{number}", "6.6.6.6") == [0.0]
    assert await fail(db, 1, "another", "6.6.6.6") == [30.0]


async def test_many_addresses_cannot_guess_one_name_for_ever(db: Database) -> None:
    for number in range(FREE_NAME):
        assert await fail(db, 1, "ana", f"10.0.0.{number}") == [0.0]
    assert await fail(db, 1, "ana", "10.0.1.1") == [30.0]


async def test_success_forgets_failures_here_alone(db: Database) -> None:
    """Signing in to an account of one's own does not buy more guesses at others."""
    keys = sign_in_attempts.keys_of("eve", "6.6.6.6")
    for number in range(FREE_ADDRESS - 1):
        await fail(db, 1, f"name{number}", "6.6.6.6")
    await db.run(lambda c: sign_in_attempts.claim(c, keys, NOW))
    await db.run(lambda c: sign_in_attempts.give_back(c, keys))
    assert await fail(db, 2, "ana", "6.6.6.6") == [0.0, 30.0]


async def test_attempts_are_forgotten_after_an_hour(db: Database) -> None:
    await fail(db, FREE_HERE, "ana", "1.2.3.4")
    later = NOW + sign_in_attempts.FORGET_SECONDS + 1
    assert await fail(db, FREE_HERE - 1, "ana", "1.2.3.4", later) == [0.0] * (FREE_HERE - 1)
