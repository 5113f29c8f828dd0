"""A question is decided once, in time, by whoever holds its link."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW
from tests.component.store.sealers import a_key, a_sealer

from switchboard.store import approval_tokens, approvals
from switchboard.store.approvals import Approval, Outcome
from switchboard.store.database import Database
from switchboard.store.tables import approval

TOKEN = "0123456789abcdef0123456789abcdef"
HASH = approval_tokens.digest(TOKEN)


def a_question(**changes: Any) -> Approval:
    values: dict[str, Any] = {
        "token_hash": HASH,
        "conversation_id": "chat:acme:1",
        "reference": "ACE-1",
        "asked": "boss@example.com",
        "subject": "100 GB more for FS01",
        "amount": "25.00 USD",
        "created_at": NOW,
        "expires_at": NOW + 100,
    }
    return Approval(**values | changes)


def test_a_token_is_read_by_whom_it_was_signed_and_by_nobody_else() -> None:
    old, new, foreign = (a_sealer(a_key()).keys_for("approval links") for _ in range(3))
    token = approval_tokens.make(old, TOKEN)
    assert approval_tokens.read(old, token) == HASH
    assert approval_tokens.read([*new, *old], token) == HASH, "a rotation breaks no link"
    assert approval_tokens.read(foreign, token) is None
    assert approval_tokens.make([*new, *old], TOKEN) == approval_tokens.make(new, TOKEN)


@pytest.mark.parametrize("token", ["", ".", "a.b", TOKEN, "\ud800", "é" * 40, "A" * 5000])
def test_whatever_stands_in_a_link_is_no_error(token: str) -> None:
    assert approval_tokens.read([b"k" * 32], token) is None


def test_a_changed_token_is_refused() -> None:
    keys = [b"k" * 32]
    token = approval_tokens.make(keys, TOKEN)
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
               for at in range(len(token) - 1)]  # fmt: skip
    # The last character carries two unused bits: not every change of it changes the signature.
    assert {approval_tokens.read(keys, each) for each in changed} == {None}


async def test_a_question_is_decided_once(db: Database) -> None:
    sealer = a_sealer()
    asked = await db.run(lambda c: approvals.create(c, sealer, a_question()))
    assert asked == a_question()
    decide = partial(approvals.decide, sealer=sealer, token_hash=HASH, now=NOW + 1)
    first = await db.run(partial(decide, decision="approved", by="boss", reason="needed"))
    expected = replace(asked, decision="approved", decided_at=NOW + 1, by="boss", reason="needed")
    assert first == Outcome("decided", expected)
    assert await db.run(partial(decide, decision="declined", by="eve")) == Outcome(
        "already", expected
    )
    assert await db.run(lambda c: approvals.create(c, sealer, a_question(amount="0"))) == expected
    assert await db.run(lambda c: approvals.of_conversation(c, sealer, "chat:acme:1")) == [expected]


async def test_too_late_is_told(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: approvals.create(c, sealer, a_question()))
    decide = partial(approvals.decide, sealer=sealer, decision="approved", by="boss")
    assert (await db.run(partial(decide, token_hash="none", now=NOW))).verdict == "unknown"
    for _ in range(2):  # Before and after the sweep that says so.
        late = await db.run(partial(decide, token_hash=HASH, now=NOW + 100))
        assert late.verdict == "expired"
        await db.run(lambda c: approvals.expire(c, NOW + 100))


async def test_questions_nobody_answered_are_closed_once(db: Database) -> None:
    sealer = a_sealer()
    for number, until in ((1, NOW + 5), (2, NOW + 50), (3, NOW + 5)):
        question = a_question(token_hash=f"h{number}", reference=f"r{number}", expires_at=until)
        await db.run(partial(approvals.create, sealer=sealer, wanted=question))
    await db.run(lambda c: approvals.decide(c, sealer, "h3", "declined", by="boss", now=NOW + 1))
    assert await db.run(lambda c: approvals.expire(c, NOW + 5)) == [("chat:acme:1", "r1")]
    assert await db.run(lambda c: approvals.expire(c, NOW + 5)) == []


async def test_who_was_asked_and_what_for_is_not_readable_in_the_database(db: Database) -> None:
    await db.run(lambda c: approvals.create(c, a_sealer(), a_question()))
    stored = str(tuple(await db.run(lambda c: c.execute(sa.select(approval)).one())))
    assert not any(word in stored for word in ("boss", "example.com", "FS01", "25.00", TOKEN))
