"""Mails of chats lie sealed in the outbox, and a code's mail does not outlive its code."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests.component.mail.mail_rig import Rig
from tests.component.store.sealers import a_key, a_sealer

from switchboard.errors import OperatorError
from switchboard.reports.sending import send_due
from switchboard.store import outbox, resealing
from switchboard.store.database import Database
from switchboard.store.outbox import Mail, NewMail

NOW = 1_772_380_800.0
SECRET = "123456"
TEXT = f"From: a@example.com\nTo: v@example.com\nSubject: Code\n\nYour code: {SECRET}\n"


def a_mail(kind: str = "code", key: str = "code:1") -> NewMail:
    return NewMail(
        key=key, run_id=None, kind=kind, recipient="v@example.com", subject="Code", message=TEXT,
        give_up_at=NOW + 600 if kind == "code" else None,
    )  # fmt: skip


async def stored(db: Database, key: str = "code:1") -> Mail:
    return (await db.run(lambda conn: outbox.by_keys(conn, [key])))[key]


async def test_a_sealed_mail_is_sent_as_it_was_written(rig: Rig, db: Database) -> None:
    """At rest nobody reads it; a code's text is gone once it was sent."""
    sealer = a_sealer()
    await db.run(lambda conn: outbox.queue(conn, [outbox.sealed(sealer, a_mail())], NOW))
    assert SECRET not in ((await stored(db)).message or "")
    assert (await send_due(db, rig.client(), "w1", now=NOW + 1)).sent == 0  # Without a vault.
    assert (await send_due(db, rig.client(), "w1", now=NOW + 1, sealer=sealer)).sent == 1
    (mail,) = rig.mailbox
    assert f"Your code: {SECRET}" in mail.message().get_content()
    row = await stored(db)
    assert (row.state, row.message) == ("sent", None)


async def test_other_mails_of_chats_stay_readable_for_who_may(rig: Rig, db: Database) -> None:
    """They may have to be sent again, until retention empties them."""
    sealer = a_sealer()
    mail = outbox.sealed(sealer, a_mail("ticket", "t"))
    await db.run(lambda conn: outbox.queue(conn, [mail], NOW))
    await send_due(db, rig.client(), "w1", now=NOW + 1, sealer=sealer)
    assert outbox.opened(sealer, await stored(db, "t")) == TEXT


async def test_a_code_that_ran_out_is_dropped_with_a_reason(rig: Rig, db: Database) -> None:
    """The visitor would type a code that is no longer taken."""
    sealer = a_sealer()
    await db.run(lambda conn: outbox.queue(conn, [outbox.sealed(sealer, a_mail())], NOW))
    result = await send_due(db, rig.client(), "w1", now=NOW + 601, sealer=sealer)
    assert result.sent == 0
    row = await stored(db)
    assert (row.state, row.error_code, row.message) == ("refused", outbox.RAN_OUT, None)
    assert await db.run(lambda conn: outbox.reopen(conn, ["code:1"], NOW + 700)) == []


async def test_texts_move_to_the_newest_key(db: Database) -> None:
    """After a rotation the old key may go; what is not sealed is left alone."""
    old, new = a_key(), a_key()
    mail = outbox.sealed(a_sealer(old), a_mail("team", "t"))
    plain = replace(a_mail("report", "r"), give_up_at=None)
    await db.run(lambda conn: outbox.queue(conn, [mail, plain], NOW))
    sealer = a_sealer(new, old)

    def move(conn: sa.Connection) -> None:
        after: str | None = ""
        while after is not None:
            after = resealing.reseal(conn, sealer, after=after, limit=1)

    await db.run(move)
    assert outbox.opened(a_sealer(new), await stored(db, "t")) == TEXT
    assert (await stored(db, "r")).message == TEXT


async def test_a_text_moved_to_another_mail_does_not_open(db: Database) -> None:
    """Whoever can write to the database cannot have a code sent to somebody else."""
    sealer = a_sealer()
    mail = replace(outbox.sealed(sealer, a_mail("team", "t")), key="u")
    await db.run(lambda conn: outbox.queue(conn, [mail], NOW))
    with pytest.raises(OperatorError, match="DATA-001"):
        outbox.opened(sealer, await stored(db, "u"))
