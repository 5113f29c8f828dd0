"""A key of the API opens what it was made for, until it ends, and cannot be read back."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW

from switchboard.errors import OperatorError
from switchboard.redaction import redact_text
from switchboard.store import api_keys
from switchboard.store.api_keys import ApiKey
from switchboard.store.database import Database
from switchboard.store.tables import api_key


async def create(db: Database, name: str = "site", **more: Any) -> tuple[ApiKey, str]:
    scopes = ["chat:write", "tickets:read"]
    return await db.run(partial(api_keys.create, name=name, scopes=scopes, now=NOW, **more))


async def check(db: Database, presented: str, at: float = NOW) -> ApiKey | None:
    return await db.run(lambda c: api_keys.check(c, presented, at))


async def test_a_key_is_recognised_and_says_what_it_may(db: Database) -> None:
    made, secret = await create(db)
    found = await check(db, secret)
    assert found is not None
    assert (found.id, found.name) == (made.id, "site")
    assert found.allows("chat:write")
    assert not found.allows("metrics:read")


async def test_two_keys_are_never_the_same(db: Database) -> None:
    keys = {(await create(db, f"k{number}"))[1] for number in range(20)}
    assert len(keys) == 20


async def test_the_database_does_not_hold_the_key(db: Database) -> None:
    """A stolen copy of the store opens nothing."""
    _, secret = await create(db)
    row = await db.run(lambda c: c.execute(sa.select(api_key)).one())
    assert secret not in str(tuple(row))
    assert secret.split("_", 2)[2] not in str(tuple(row))  # Its own characters may be "_".
    assert secret not in redact_text(f"presented {secret} to us")


async def test_what_is_no_key_of_ours_opens_nothing(db: Database) -> None:
    made, secret = await create(db)
    _, other = await create(db, "other")
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    mixed = f"sbk_{made.id}_{other[-43:]}"
    for presented in ("", "sbk_", "x" * 60, wrong, mixed, secret + "A", secret.upper(), "sbk_é_ñ",
                      "Bearer " + secret, f"{secret}\n"):  # fmt: skip
        assert await check(db, presented) is None, presented


async def test_a_revoked_or_expired_key_opens_nothing(db: Database) -> None:
    made, secret = await create(db)
    _, short = await create(db, "short", expires_at=NOW + 10)
    assert await check(db, short, NOW + 9.9) is not None
    assert await check(db, short, NOW + 10) is None
    first = await db.run(lambda c: api_keys.revoke(c, "site", NOW + 1))
    again = await db.run(lambda c: api_keys.revoke(c, made.id, NOW + 2))
    assert first.revoked_at == again.revoked_at == NOW + 1
    assert await check(db, secret) is None
    states = {each.name: each.state(NOW + 20) for each in await db.run(api_keys.every)}
    assert states == {"site": "revoked", "short": "expired"}


async def test_a_name_is_used_once_and_an_unknown_one_is_refused(db: Database) -> None:
    await create(db)
    await db.run(lambda c: api_keys.revoke(c, "site", NOW))
    with pytest.raises(OperatorError, match="DATA-002"):
        await create(db)
    with pytest.raises(OperatorError, match="DATA-003"):
        await db.run(lambda c: api_keys.revoke(c, "nobody", NOW))


async def test_the_last_use_is_noted_now_and_then(db: Database) -> None:
    """A key in steady use does not cost a write for each request."""
    _, secret = await create(db)

    async def last_used() -> float | None:
        return (await db.run(api_keys.every))[0].last_used_at

    assert await last_used() is None
    for at, noted in ((0, 0), (299, 0), (300, 300), (301, 300)):
        await check(db, secret, NOW + at)
        assert await last_used() == NOW + noted
