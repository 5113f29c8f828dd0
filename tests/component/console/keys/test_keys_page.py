"""API keys in the console: made with what they may do, shown once, revoked for good."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.console_stage import ConsoleStage, console_stage

from switchboard.store import api_keys, audit

PAGE = "/configuration/keys"
_SECRET = re.compile(r"sbk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path) as found:
        found.account()
        found.account("ben", "operator")
        yield found


async def create(stage: ConsoleStage, **fields: str | list[str]) -> tuple[int, str]:
    browser = await stage.signed_in()
    sent: dict[str, str | list[str]] = {"name": "website", "scope": ["tickets:read"], "ends": "90"}
    answer = await browser.submit(PAGE, **(sent | fields))  # type: ignore[arg-type]
    return answer.status_code, answer.text


async def test_a_key_is_shown_once_and_lets_a_program_in(stage: ConsoleStage) -> None:
    """With a command that tries it; the list shows what it may do, and never the key."""
    status, page = await create(stage, scope=["tickets:read", "chat:read"])
    assert status == 200
    secret = _SECRET.search(page)
    assert secret is not None
    assert "/zoho/test" in page
    key = await stage.db.run(lambda conn: api_keys.check(conn, secret[0], stage.now()))
    assert key is not None
    assert key.scopes == ("chat:read", "tickets:read")
    assert key.expires_at == pytest.approx(stage.now() + 90 * api_keys.DAY, abs=60)
    listed = (await (await stage.signed_in()).get(f"/console{PAGE}")).text
    assert "Read chat sessions" in listed
    assert "never used" not in listed
    assert not _SECRET.search(listed)
    trail = await stage.db.run(audit.entries)
    assert [each.actor for each in trail if each.action == "key.create"] == ["console:ana"]
    assert secret[0] not in str(trail)


async def test_a_key_that_never_ends_or_posts_comes_with_its_own_example(
    stage: ConsoleStage,
) -> None:
    """The command fits what the key may do."""
    status, page = await create(stage, scope=["chat:write"], ends="never")
    assert status == 200
    assert "/webhook/salesiq" in page
    assert [each.expires_at for each in await stage.db.run(api_keys.every)] == [None]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Give it a name"),
        ({"name": "x" * 65}, "Give it a name"),
        ({"scope": []}, "Choose at least one thing"),
        ({"scope": ["everything"]}, "Choose at least one thing"),
        ({"ends": "99999"}, "Choose when it ends"),
    ],
)
async def test_an_incomplete_key_is_not_made(
    stage: ConsoleStage, fields: dict[str, str | list[str]], words: str
) -> None:
    """The form comes back with what is missing, and with what was typed."""
    status, page = await create(stage, **fields)
    assert status == 422
    assert words in page
    assert await stage.db.run(api_keys.every) == []


async def test_a_name_is_used_once_and_is_only_a_name(stage: ConsoleStage) -> None:
    """The second one is refused; markup in a name stays text."""
    assert (await create(stage, name=HOSTILE))[0] == 200
    status, page = await create(stage, name=HOSTILE)
    assert status == 422
    assert "There is or was an API key called" in page
    assert HOSTILE not in page


async def test_a_revoked_key_lets_nobody_in(stage: ConsoleStage) -> None:
    """At once, and it says so in the list and in the trail."""
    _, page = await create(stage)
    secret = _SECRET.search(page)
    assert secret is not None
    browser = await stage.signed_in()
    key = (await stage.db.run(api_keys.every))[0]
    await browser.submit(PAGE, f"{PAGE}/{key.id}/revoke")
    assert await stage.db.run(lambda conn: api_keys.check(conn, secret[0], stage.now())) is None
    assert "Revoked" in (await browser.get(f"/console{PAGE}")).text
    trail = await stage.db.run(audit.entries)
    assert "key.revoke" in [each.action for each in trail]


async def test_keys_are_for_administrators(stage: ConsoleStage) -> None:
    """An operator neither sees nor makes nor revokes any."""
    browser = await stage.signed_in("ben")
    assert (await browser.get(f"/console{PAGE}")).status_code == 403
    for action in (PAGE, f"{PAGE}/abc/revoke"):
        answer = await browser.submit("/account", action, name="x", scope="chat:read", ends="30")
        assert answer.status_code == 403
    assert await stage.db.run(api_keys.every) == []
