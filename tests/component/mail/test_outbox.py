"""The outbox sends each mail once, and never guesses about one that may have been delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from typing import Self

import pytest
import sqlalchemy as sa
from tests.component.mail.mail_rig import HASTY, Rig

from switchboard.errors import OperatorError, TransientError
from switchboard.reports.outgoing import OutgoingMail
from switchboard.reports.sending import SendResult, queue_mails, send_due
from switchboard.store import outbox
from switchboard.store.database import Database
from switchboard.store.outbox import Mail
from switchboard.store.tables import lease
from switchboard.vendors.mail.client import BeforeHandingOver, MailClient

NOW = 2_000_000_000.0
HOUR = 3600.0


async def put(db: Database, *mails: OutgoingMail) -> None:
    await queue_mails(db, mails)
    await db.run(lambda conn: outbox.reopen(conn, [each.key for each in mails], NOW))


async def only(db: Database) -> Mail:
    (row,) = await db.run(
        lambda conn: outbox.in_states(conn, ["queued", "sending", "sent", "refused", "parked"])
    )
    return row


async def take(db: Database, worker: str, at: float = NOW) -> Mail:
    claimed = await db.run(lambda conn: outbox.claim(conn, worker, at))
    assert claimed is not None
    return claimed


async def test_a_mail_queued_twice_is_sent_once(db: Database, rig: Rig) -> None:
    """The same run, kind and recipient are the same mail, in whatever case it is written."""
    again = rig.mail("Admin@Keystone.example", subject="Another try")
    assert await queue_mails(db, [rig.mail()]) == ["run-1:report:admin@keystone.example"]
    assert await queue_mails(db, [again]) == []
    result = await send_due(db, rig.client(), "w1")
    assert (result.sent, result.queued, result.stopped_by) == (1, 0, None)
    assert (await send_due(db, rig.client(), "w1")).sent == 0
    assert await queue_mails(db, [rig.mail()]) == []
    assert (await send_due(db, rig.client(), "w1")).sent == 0
    (mail,) = rig.mailbox
    assert mail.message()["subject"] == "Report"
    assert (await only(db)).state == "sent"
    assert await db.run(lambda conn: conn.execute(sa.select(lease)).all()) == []


async def test_one_wrong_address_holds_nobody_up(db: Database, rig: Rig) -> None:
    """The others get their mail; the wrong one is refused for good."""
    await put(db, rig.mail("a@nowhere.invalid"), rig.mail("b@keystone.example"))
    result = await send_due(db, rig.client(), "w1", now=NOW)
    assert (result.sent, result.refused, result.queued) == (1, 1, 0)
    (unsent,) = result.unsent
    assert (unsent.recipient, unsent.code, unsent.state) == (
        "a@nowhere.invalid",
        "SMTP-550",
        "refused",
    )


async def test_a_greylisted_mail_comes_again_and_arrives(db: Database, rig: Rig) -> None:
    """The first refusal is only a delay: a minute later it gets through."""
    rig.world.mail.rules.greylist = True
    await put(db, rig.mail())
    result = await send_due(db, rig.client(), "w1", now=NOW)
    assert (result.sent, result.queued, result.stopped_by) == (0, 1, None)
    assert (await only(db)).error_code == "SMTP-450"
    assert (await send_due(db, rig.client(), "w1", now=NOW + 59)).sent == 0
    assert rig.commands().count("RCPT") == 1
    rig.world.clock.advance(61)
    assert (await send_due(db, rig.client(), "w1", now=NOW + 61)).sent == 1


async def test_a_mail_that_never_gets_through_is_parked_after_a_day(db: Database, rig: Rig) -> None:
    """1, 5, 15, 60 minutes, then hourly: a person is told when a day was not enough."""
    await put(db, rig.mail())
    rig.plan("RCPT", "error", status=450, times=100)
    client, tried = rig.client(), []
    while (row := await only(db)).state == "queued":
        assert row.due_at is not None
        tried.append(round((row.due_at - NOW) / 60))
        await send_due(db, client, "w1", now=row.due_at)
    assert tried[:6] == [0, 1, 6, 21, 81, 141]
    assert 23 * 60 < tried[-1] <= 24 * 60
    assert (row.state, row.error_code) == ("parked", "SMTP-450")
    assert row.error is not None
    assert row.error.startswith("Given up after a day.")


async def test_a_server_that_refuses_us_ends_the_round_and_costs_the_others_nothing(
    db: Database, rig: Rig
) -> None:
    """A wrong password is tried once, not once for every recipient."""
    await put(db, *(rig.mail(f"{name}@keystone.example") for name in "abc"))
    rig.plan("AUTH", "error", status=535)
    result = await send_due(db, rig.client(), "w1", now=NOW)
    assert isinstance(result.stopped_by, OperatorError)
    assert (result.sent, result.queued) == (0, 3)
    rows = await db.run(lambda conn: outbox.in_states(conn, ["queued"]))
    assert sorted(row.attempts for row in rows) == [1, 1, 2]  # Each was reopened once, by put().
    result = await send_due(db, rig.client(), "w1", now=NOW + 60)
    assert (result.sent, result.queued, result.stopped_by) == (3, 0, None)


async def test_a_mail_in_doubt_is_parked_until_a_person_says_again(db: Database, rig: Rig) -> None:
    """SMTP cannot be asked whether it was delivered, so nobody gets it twice by itself."""
    await put(db, rig.mail())
    rig.plan("DATA-END", "done_but_lost")
    result = await send_due(db, rig.client(), "w1", now=NOW)
    assert (result.sent, result.parked) == (0, 1)
    row = await only(db)
    assert (row.state, row.error_code) == ("parked", "SMTP-002")
    for later in (HOUR, 30 * HOUR):
        assert (await send_due(db, rig.client(), "w1", now=NOW + later)).sent == 0
    assert len(rig.mailbox) == 1
    assert await db.run(lambda conn: outbox.reopen(conn, [row.key], NOW + HOUR)) == [row.key]
    assert (await send_due(db, rig.client(), "w1", now=NOW + HOUR)).sent == 1
    first, second = (mail.message()["message-id"] for mail in rig.mailbox)
    assert first == second  # A mailbox that compares ids shows it once.


async def test_a_worker_that_died_before_the_last_line_left_nothing_behind(
    db: Database, rig: Rig
) -> None:
    """Without the second mark the mail was surely not sent: it simply goes out later."""
    await put(db, rig.mail())
    await take(db, "dead")
    assert (await send_due(db, rig.client(), "w2", now=NOW + 10)).sent == 0  # Its lease still runs.
    result = await send_due(db, rig.client(), "w2", now=NOW + outbox.LEASE_SECONDS + 1)
    assert (result.sent, result.parked) == (1, 0)


async def test_a_worker_that_died_after_it_leaves_doubt(db: Database, rig: Rig) -> None:
    """Between the second mark and the answer anything may have happened."""
    await put(db, rig.mail())
    claimed = await take(db, "dead")
    assert await db.run(lambda conn: outbox.hand_over(conn, claimed, NOW))
    result = await send_due(db, rig.client(), "w2", now=NOW + outbox.LEASE_SECONDS + 1)
    assert (result.sent, result.parked) == (0, 1)
    assert result.unsent[0].code == "SMTP-002"
    assert rig.mailbox == []


async def test_a_slow_worker_that_lost_its_mail_calls_it_off(db: Database, rig: Rig) -> None:
    """However late it wakes up: the mail another worker has taken over is not ended twice."""
    await put(db, rig.mail())
    slow = await take(db, "slow")
    assert (await send_due(db, rig.client(), "quick", now=NOW + 400)).sent == 1
    assert not await db.run(lambda conn: outbox.hand_over(conn, slow, NOW + 401))
    assert not await db.run(
        lambda conn: outbox.postpone(conn, slow, "SMTP-001", "", due_at=NOW + 402)
    )
    assert (await only(db)).state == "sent"


async def test_a_late_answer_still_counts(db: Database) -> None:
    """The mail was given up as doubtful while its worker waited; its 250 settles the matter."""
    await put(db, await a_mail())
    slow = await take(db, "slow")
    await db.run(lambda conn: outbox.hand_over(conn, slow, NOW))
    assert await db.run(lambda conn: outbox.recover(conn, "other", NOW + 400)) == [slow.key]
    assert (await only(db)).state == "parked"
    assert await db.run(lambda conn: outbox.sent(conn, slow, NOW + 401))
    assert (await only(db)).state == "sent"


async def test_an_answer_that_comes_after_a_person_decided_counts_no_more(db: Database) -> None:
    """Who said *again* gets it again."""
    await put(db, await a_mail())
    slow = await take(db, "slow")
    await db.run(lambda conn: outbox.hand_over(conn, slow, NOW))
    await db.run(lambda conn: outbox.recover(conn, "other", NOW + 400))
    await db.run(lambda conn: outbox.reopen(conn, [slow.key], NOW + 400))
    assert not await db.run(lambda conn: outbox.sent(conn, slow, NOW + 401))
    assert (await only(db)).state == "queued"


async def test_what_was_delivered_is_sent_again_only_when_asked_for(db: Database, rig: Rig) -> None:
    """Opening delivered mails needs a word of its own, and a text that is still there."""
    await put(db, rig.mail())
    await send_due(db, rig.client(), "w1", now=NOW)
    key = rig.mail().key
    assert await db.run(lambda conn: outbox.reopen(conn, [key], NOW)) == []
    assert await db.run(lambda conn: outbox.reopen(conn, [key], NOW, also_sent=True)) == [key]
    await send_due(db, rig.client(), "w1", now=NOW)
    assert len(rig.mailbox) == 2
    assert await db.run(lambda conn: outbox.forget_texts(conn, NOW)) == 0
    assert await db.run(lambda conn: outbox.forget_texts(conn, NOW + 1)) == 1
    assert await db.run(lambda conn: outbox.reopen(conn, [key], NOW, also_sent=True)) == []
    assert (await only(db)).message is None


async def test_two_workers_share_the_mails_and_send_each_once(database_url: str, rig: Rig) -> None:
    """Processes that send at the same time never send the same mail."""
    stores = [Database.open(database_url) for _ in range(2)]
    try:
        mails = [rig.mail(f"user{n}@keystone.example") for n in range(12)]
        await put(stores[0], *mails)
        work = [
            send_due(store, rig.client(), f"w{n}", now=NOW) for n, store in enumerate(stores * 2)
        ]
        results = await asyncio.gather(*work)
        assert sum(result.sent for result in results) == 12
        assert sorted(mail.recipients[0] for mail in rig.mailbox) == sorted(
            each.recipient for each in mails
        )
    finally:
        for store in stores:
            await store.aclose()


class Waiting(MailClient):
    """A client whose server is slow to answer."""

    def __init__(self, send: Callable[[EmailMessage, str], object]) -> None:
        self._told, self.started = send, asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(
        self,
        message: EmailMessage,
        recipient: str,
        *,
        before_handing_over: BeforeHandingOver | None = None,
    ) -> None:
        self.started.set()
        await asyncio.sleep(0.1)
        assert before_handing_over is not None
        await before_handing_over()
        await asyncio.sleep(0.1)
        self._told(message, recipient)


async def test_an_interrupted_run_brings_the_mail_it_is_sending_to_an_end(db: Database) -> None:
    """Ctrl-C leaves no doubt where a moment of patience avoids it."""
    delivered: list[str] = []
    client = Waiting(lambda _, recipient: delivered.append(recipient))
    first, second = await a_mail(), await a_mail("z@keystone.example")
    await put(db, first, second)
    work = asyncio.create_task(send_due(db, client, "w1", now=NOW))
    await client.started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    rows = await db.run(lambda conn: outbox.by_keys(conn, [first.key, second.key]))
    assert [rows[each.key].state for each in (first, second)] == ["sent", "queued"]
    assert delivered == ["admin@keystone.example"]


async def test_a_server_that_hangs_is_left_alone_for_this_round(db: Database, rig: Rig) -> None:
    """No run waits for every recipient of a server that does not answer."""
    await put(db, *(rig.mail(f"{name}@keystone.example") for name in "abc"))
    rig.plan("CONNECT", "timeout", delay_s=3.0, times=3)
    result: SendResult = await send_due(db, rig.client(timeouts=HASTY), "w1", now=NOW)
    assert isinstance(result.stopped_by, TransientError)
    assert (result.sent, result.queued) == (0, 3)
    assert rig.commands().count("CONNECT") == 1


@pytest.mark.parametrize(("handed", "state"), [(False, "refused"), (True, "parked")])
async def test_a_mail_that_breaks_us_does_not_block_the_others(
    db: Database, rig: Rig, monkeypatch: pytest.MonkeyPatch, handed: bool, state: str
) -> None:
    """A defect of ours costs one mail its delivery, not all that stand behind it."""
    client = rig.client()
    send = client.send

    async def broken(
        message: EmailMessage, recipient: str, *, before_handing_over: BeforeHandingOver
    ) -> None:
        if recipient.startswith("z"):
            await send(message, recipient, before_handing_over=before_handing_over)
            return
        if handed:
            await before_handing_over()
        raise ZeroDivisionError

    monkeypatch.setattr(client, "send", broken)
    mails = [rig.mail("a@keystone.example"), rig.mail("z@keystone.example")]
    await put(db, *mails)
    assert (await send_due(db, client, "w1", now=NOW)).sent == 1
    rows = await db.run(lambda conn: outbox.by_keys(conn, [each.key for each in mails]))
    assert [rows[each.key].state for each in mails] == [state, "sent"]


async def a_mail(recipient: str = "admin@keystone.example") -> OutgoingMail:
    message = EmailMessage()
    message["To"] = recipient
    message.set_content("Text")
    key = f"run-1:report:{recipient}"
    return OutgoingMail(
        key=key, run_id="run-1", kind="report", recipient=recipient, subject="S", message=message
    )
