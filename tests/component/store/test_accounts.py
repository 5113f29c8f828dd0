"""Accounts of the console: who may what, who is the last, what each change leaves behind."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW
from tests.component.store.sealers import Ring, a_key, a_sealer

from switchboard.errors import OperatorError
from switchboard.store import accounts, audit, console_sessions, setup_links
from switchboard.store.accounts import Account, Role
from switchboard.store.database import Database
from switchboard.store.resealing import reseal
from switchboard.store.sealing import Sealer
from switchboard.store.tables import account, console_session, recovery_code, setup_link


async def add(db: Database, name: str = "ana", role: Role = "administrator") -> Account:
    make = partial(accounts.create, name=name, role=role, now=NOW, actor="cli:x")
    return await db.run(partial(make, password_hash="hash"))


async def session(db: Database, account_id: str, at: float = NOW) -> str:
    return await db.run(
        lambda c: console_sessions.start(c, account_id, "in", at, address="10.0.0.x", agent="Fox")
    )


async def test_a_name_is_found_however_it_is_typed(db: Database) -> None:
    made = await add(db, "Ana.Meyer")
    found = await db.run(lambda c: accounts.find(c, " ANA.meyer "))
    assert found == made


@pytest.mark.parametrize("name", ["", "a", "1ana", "ana meyer", "ana@example.com", "x" * 41, "é"])
async def test_names_that_could_be_mistaken_are_refused(db: Database, name: str) -> None:
    with pytest.raises(OperatorError, match="CON-004"):
        await add(db, name)


async def test_each_role_may_what_the_one_before_may(db: Database) -> None:
    operator = await add(db, "ben", "operator")
    assert [operator.may(role) for role in accounts.ROLES] == [True, True, False]


async def test_the_last_administrator_stays(db: Database) -> None:
    """Nobody locks everybody out by accident: an invited administrator does not count yet."""
    ana = await add(db)
    await db.run(partial(accounts.create, name="new", role="administrator", now=NOW, actor="x"))
    with pytest.raises(OperatorError, match="CON-003"):
        await db.run(lambda c: accounts.disable(c, ana.id, NOW, actor="x"))
    with pytest.raises(OperatorError, match="CON-003"):
        await db.run(lambda c: accounts.set_role(c, ana.id, "viewer", actor="x"))
    await add(db, "ben")
    await db.run(lambda c: accounts.set_role(c, ana.id, "viewer", actor="x"))
    assert (await db.run(lambda c: accounts.get(c, ana.id))).role == "viewer"


async def test_who_is_disabled_is_out_at_once(db: Database) -> None:
    await add(db)
    ben = await add(db, "ben", "operator")
    held = await session(db, ben.id)
    token = await db.run(lambda c: setup_links.make(c, ben.id, NOW))
    await db.run(lambda c: accounts.disable(c, ben.id, NOW, actor="x"))
    assert await db.run(lambda c: console_sessions.load(c, held, NOW)) is None
    assert await db.run(lambda c: setup_links.look(c, token, NOW)) is None
    await db.run(lambda c: accounts.enable(c, ben.id, actor="x"))
    assert await db.run(lambda c: console_sessions.load(c, held, NOW)) is None, "gone for good"
    assert await db.run(lambda c: setup_links.look(c, token, NOW)) is None


async def test_every_change_is_in_the_trail(db: Database) -> None:
    await add(db)
    ben = await add(db, "ben", "viewer")
    sealer = a_sealer()

    def changes(conn: sa.Connection) -> list[str]:
        accounts.set_role(conn, ben.id, "operator", actor="console:ana")
        accounts.set_password(conn, ben.id, "other", NOW, actor="console:ben")
        accounts.turn_on_totp(
            conn, sealer, ben.id, secret="S", step=1, codes=["a-b"], actor="console:ben"
        )
        accounts.use_recovery_code(conn, ben.id, "A B", NOW)
        accounts.turn_off_totp(conn, ben.id, actor="console:ben")
        accounts.reset(conn, ben.id, actor="console:ana")
        accounts.disable(conn, ben.id, NOW, actor="console:ana")
        accounts.enable(conn, ben.id, actor="console:ana")
        return [each.action for each in audit.entries(conn, subject="account:ben")]

    actions = [each.removeprefix("account.") for each in reversed(await db.run(changes))]
    assert actions == [
        "create", "role", "password", "second_factor_on", "recovery_code", "second_factor_off",
        "reset", "disable", "enable",
    ]  # fmt: skip


async def test_a_stolen_store_opens_nothing(db: Database) -> None:
    """Neither a session's id, a link, a recovery code nor a TOTP secret stands in it as it is."""
    ana = await add(db)
    held = await session(db, ana.id)
    token = await db.run(lambda c: setup_links.make(c, ana.id, NOW))
    sealer, codes = a_sealer(), accounts.new_recovery_codes()
    await db.run(
        lambda c: accounts.turn_on_totp(
            c, sealer, ana.id, secret="JBSWY3DPEHPK3PXP", step=1, codes=codes, actor="x"
        )
    )
    tables = (account, console_session, recovery_code, setup_link)
    rows = await db.run(lambda c: str([c.execute(sa.select(each)).all() for each in tables]))
    for secret in (held, token, "JBSWY3DPEHPK3PXP", *codes):
        assert secret not in rows


async def test_the_second_factor_survives_a_new_key(db: Database) -> None:
    ana = await add(db)
    old, new = a_key(), a_key()
    turn_on = partial(accounts.turn_on_totp, secret="SECRET", step=1, codes=["a-b"], actor="x")
    await db.run(lambda c: turn_on(c, a_sealer(old), ana.id))
    both = Ring((new, old))
    after: str | None = ""
    while after is not None:
        after = await db.run(partial(reseal, sealer=Sealer(both, both), after=after))
    found = await db.run(lambda c: accounts.get(c, ana.id))
    assert accounts.totp_secret(a_sealer(new), found) == "SECRET"


async def test_a_code_of_the_app_works_once(db: Database) -> None:
    ana = await add(db)
    assert await db.run(lambda c: accounts.use_totp_step(c, ana.id, 7))
    assert not await db.run(lambda c: accounts.use_totp_step(c, ana.id, 7))
    assert not await db.run(lambda c: accounts.use_totp_step(c, ana.id, 6))
    assert await db.run(lambda c: accounts.use_totp_step(c, ana.id, 8))


async def test_a_recovery_code_works_once_and_for_its_owner(db: Database) -> None:
    ana, ben = await add(db), await add(db, "ben")
    codes = accounts.new_recovery_codes()
    await db.run(lambda c: accounts.renew_recovery_codes(c, ana.id, codes))
    use = partial(accounts.use_recovery_code, now=NOW)
    assert not await db.run(lambda c: use(c, ben.id, codes[0]))
    assert await db.run(lambda c: use(c, ana.id, f" {codes[0].upper()} "))
    assert not await db.run(lambda c: use(c, ana.id, codes[0]))
    assert await db.run(lambda c: accounts.recovery_codes_left(c, ana.id)) == 9
