"""One token per connection, renewed by one at a time, sealed in the store."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.vendor_stage import RC_CREDENTIALS, ZOHO_API, ZOHO_CREDENTIALS, make_transport

from switchboard.errors import OperatorError, TransientError
from switchboard.store import tokens
from switchboard.store.database import Database
from switchboard.store.tables import token
from switchboard.vendors.keeper import TokenKeeper
from switchboard.vendors.ringcentral.client import RingCentralClient
from switchboard.vendors.zoho_crm.client import ZohoCrmClient


class Accounts:
    """Both vendors' token endpoints and one read each; counts what they are asked for."""

    def __init__(self, **answer: Any) -> None:
        self.granted = 0
        self.forms: list[str] = []
        self.valid: set[str] = set()
        self.answer = answer
        self.refusal: httpx.Response | None = None
        self.uses: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            self.forms.append(request.content.decode())
            await asyncio.sleep(0.02)
            if self.refusal is not None:
                return self.refusal
            self.granted += 1
            name = f"token-{self.granted}"
            self.valid = {name}
            given = {"access_token": name, "expires_in": 3600, "api_domain": ZOHO_API}
            return httpx.Response(200, json=given | self.answer)
        used = request.headers["authorization"].split()[-1]
        self.uses.append(used)
        if used not in self.valid:
            return httpx.Response(401, json={"code": "INVALID_TOKEN", "errorCode": "OAU-213"})
        return httpx.Response(200, json={"org": [{"id": "1"}], "id": 1})


def crm(database: Database, accounts: Accounts, **changes: Any) -> ZohoCrmClient:
    return ZohoCrmClient(make_transport(database, accounts, **changes), ZOHO_CREDENTIALS)  # type: ignore[arg-type]


def phone(database: Database, accounts: Accounts, **changes: Any) -> RingCentralClient:
    return RingCentralClient(make_transport(database, accounts, **changes), RC_CREDENTIALS)  # type: ignore[arg-type]


def keeper(client: ZohoCrmClient) -> TokenKeeper:
    return client._accounts.keeper


async def test_many_workers_share_one_token(shared: Database) -> None:
    """Ten tokens in ten minutes close the account; five sessions push each other out."""
    accounts = Accounts()
    clients = [crm(shared, accounts) for _ in range(6)]
    await asyncio.gather(*(client.read_org() for client in clients for _ in range(3)))
    assert accounts.granted == 1


async def test_a_dead_token_is_renewed_once_for_all(shared: Database) -> None:
    """The others find the new one in the store."""
    accounts = Accounts()
    clients = [crm(shared, accounts) for _ in range(5)]
    await asyncio.gather(*(client.read_org() for client in clients))
    accounts.valid = set()
    await asyncio.gather(*(client.read_org() for client in clients))
    assert accounts.granted == 2


async def test_a_token_refused_twice_stops_the_flow(database: Database) -> None:
    """A new token did not help, so a person has to."""
    accounts = Accounts()
    client = crm(database, accounts)
    original = accounts.__call__

    async def never_valid(request: httpx.Request) -> httpx.Response:
        accounts.valid = set()
        if request.url.path.endswith("/token"):
            return await original(request)
        return httpx.Response(401, json={"code": "INVALID_TOKEN"})

    client = ZohoCrmClient(make_transport(database, never_valid), ZOHO_CREDENTIALS)  # type: ignore[arg-type]
    with pytest.raises(OperatorError) as caught:
        await client.read_org()
    assert (caught.value.code, accounts.granted) == ("ZOHO-401", 2)


async def test_the_store_holds_no_readable_token(database: Database) -> None:
    """A copy of the database opens nothing."""
    accounts = Accounts()
    await crm(database, accounts).read_org()

    def everything(conn: sa.Connection) -> str:
        return str([tuple(row) for row in conn.execute(sa.select(token))])

    stored = await database.run(everything)
    for secret in ("token-1", "z-secret", "z-refresh", "z-client"):
        assert secret not in stored


async def test_a_token_is_renewed_before_its_end(database: Database) -> None:
    """RingCentral advises against relying on 401."""
    accounts = Accounts(expires_in=0.4)
    client = crm(database, accounts)
    await client.read_org()
    await asyncio.sleep(0.38)
    await client.read_org()
    assert accounts.granted == 2
    assert "token-1" not in accounts.uses[1:]


async def test_other_credentials_do_not_find_the_old_token(database: Database) -> None:
    """Nor does another address: a simulator's token never meets the real vendor."""
    accounts = Accounts()
    await crm(database, accounts).read_org()
    await crm(database, accounts, zoho_accounts_url="https://accounts.zoho.eu").read_org()
    assert accounts.granted == 2


async def test_a_token_sealed_with_a_lost_key_is_replaced(database: Database) -> None:
    """A rotated key costs one token, not a support call."""
    accounts = Accounts()
    client = crm(database, accounts)
    await client.read_org()
    connection = keeper(client).connection

    def spoil(conn: sa.Connection) -> None:
        conn.execute(sa.update(token).values(ciphertext="gibberish"))

    await database.run(spoil)
    await crm(database, accounts).read_org()
    assert accounts.granted == 2
    row = await database.run(lambda conn: tokens.load(conn, connection))
    assert row is not None
    assert row.holder is None


async def test_a_token_for_a_host_no_longer_allowed_is_not_used(database: Database) -> None:
    """The allow-list of today decides, not the one of yesterday."""
    accounts = Accounts()
    await crm(database, accounts).read_org()
    client = crm(database, accounts, allowed_api_domains=("www.zohoapis.eu",))
    with pytest.raises(OperatorError, match="allowed_api_domains"):
        await client.read_org()
    assert accounts.uses == ["token-1"]


async def test_a_refused_refresh_token_is_not_tried_again_and_again(database: Database) -> None:
    """Every worker would ask once more and use up the ten tokens."""
    accounts = Accounts()
    accounts.refusal = httpx.Response(200, json={"error": "invalid_code"})
    for _ in range(5):
        with pytest.raises(OperatorError) as caught:
            await crm(database, accounts).read_org()
        assert caught.value.code == "ZOHO-401"
    assert len(accounts.forms) == 1
    accounts.refusal = None
    client = crm(database, accounts)
    await keeper(client).forget()  # `credentials test` asks anew at once.
    await client.read_org()


async def test_the_token_throttle_is_waited_out(database: Database) -> None:
    """`Access Denied` closes the token endpoint, for every process."""
    accounts = Accounts()
    accounts.refusal = httpx.Response(400, json={"error": "Access Denied", "status": "failure"})
    for _ in range(3):
        with pytest.raises(TransientError) as caught:
            await crm(database, accounts, patience_seconds=1.0, read_attempts=1).read_org()
        assert caught.value.code == "ZOHO-429"
    assert len(accounts.forms) == 1


async def test_a_dead_refresher_is_replaced(shared: Database) -> None:
    """A process killed while renewing does not block the others for long."""
    accounts = Accounts()
    client = crm(shared, accounts)
    connection = keeper(client).connection
    until = time.time() + 0.3
    await shared.run(
        lambda conn: tokens.claim(conn, connection, "1@1.0#elsewhere", until, time.time())
    )
    started = time.monotonic()
    await client.read_org()
    assert 0.2 < time.monotonic() - started < 20
    assert accounts.granted == 1


async def test_only_one_may_hold_the_claim(shared: Database) -> None:
    """Also within one process."""

    def play(conn: sa.Connection) -> list[bool]:
        return [
            tokens.claim(conn, "c", "a", 20.0, 1.0),
            tokens.claim(conn, "c", "b", 20.0, 2.0),
            tokens.claim(conn, "c", "a", 30.0, 3.0),
            tokens.claim(conn, "c", "b", 40.0, 31.0),
            tokens.take_over(conn, "c", "a", "z", 50.0),
            tokens.take_over(conn, "c", "b", "z", 50.0),
        ]

    assert await shared.run(play) == [True, False, True, True, False, True]


async def test_ringcentral_logs_in_with_the_jwt_and_keeps_the_secret_out_of_the_address(
    database: Database,
) -> None:
    """Client id and secret in the header, the JWT in the body."""
    accounts = Accounts(scope="ReadAccounts")
    client = phone(database, accounts)
    assert (await client.read_account())["id"] == "1"
    assert await client.check() == ["ReadCallLog"]
    assert "assertion=rc-jwt" in accounts.forms[0]
    assert "rc-secret" not in accounts.forms[0]


async def test_a_refresh_token_spares_a_session_and_the_jwt_stands_behind_it(
    database: Database,
) -> None:
    """Refresh first where the app issues them; a dead one falls back to the JWT."""
    accounts = Accounts(refresh_token="again", refresh_token_expires_in=600)
    client = phone(database, accounts)
    await client.read_account()
    accounts.valid = set()
    await client.read_account()
    assert "refresh_token=again" in accounts.forms[1]
    original = accounts.__call__

    async def dead_refresh(request: httpx.Request) -> httpx.Response:
        if b"refresh_token=again" in request.content:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return await original(request)

    accounts.valid = set()
    other = RingCentralClient(make_transport(database, dead_refresh), RC_CREDENTIALS)  # type: ignore[arg-type]
    assert (await other.read_account())["id"] == "1"
    assert "assertion=rc-jwt" in accounts.forms[-1]
