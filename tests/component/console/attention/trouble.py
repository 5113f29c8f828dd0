"""A store in which something of every kind has stopped or is late: what tests look for."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from tests.component.store.makers import an_effect, an_interaction

from switchboard.store import approvals, conversations, journal, ledger, owed_replies, tickets
from switchboard.store import tables as t
from switchboard.store.conversations import StoredConversation
from switchboard.store.sealing import Sealer

HOUR, DAY = 3600.0, 86_400.0
CHAT = "chat:acme:1"


def a_parked_call(number: int, at: float, code: str | None = "ZOHO-422", **more: Any) -> Any:
    values = {"fate": "parked", "error_code": code, "due_at": None, "finished_at": at - HOUR}
    values |= {"started_at": at - 2 * HOUR, "why": "Last_Name is too long.", "updated_at": at}
    return an_interaction(number, **values | more)


def a_piece(number: int, at: float, kind: str = "recording", **more: Any) -> dict[str, Any]:
    """A row of the media list; *more* are its columns."""
    call = f"call:700:{number}"
    key = f"{call}:media:{kind}:{number}"
    row: dict[str, Any] = {"key": key, "interaction_id": call, "office": "philadelphia"}
    row |= {"person": f"+1215555{number:04d}", "kind": kind, "media_id": str(number)}
    row |= {"call_started_at": at - DAY, "call_ended_at": at - DAY, "first_seen": at - DAY}
    row |= {"state": "parked", "error_code": "MEDIA-413", "updated_at": at, "why": "Too large."}
    return row | {"expires_at": at + 60 * DAY} | more


def a_mail(number: int, at: float, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"key": f"run{number}:report:m{number}@example.com", "kind": "report"}
    row |= {"run_id": f"run{number}", "recipient": f"m{number}@example.com", "subject": "Report"}
    row |= {"message": "From: x\n\nHello", "state": "refused", "error_code": "SMTP-550"}
    row |= {"error": "No such mailbox.", "created_at": at - DAY, "finished_at": at - HOUR}
    return row | more


def a_ticket(reference: str, at: float, **more: Any) -> tickets.Ticket:
    values: dict[str, Any] = {"reference": reference, "workflow": "refund", "priority": "High"}
    values |= {"wanted_at": at - HOUR / 2, "request": {"subject": "Refund"}, "state": "refused"}
    values |= {"error_code": "DESK-422", "why": "The department is gone."}
    return tickets.Ticket(**values | more)


def everything(conn: sa.Connection, sealer: Sealer, at: float) -> None:
    """Leave one thing of every kind, each with a cause of its own."""
    ledger.upsert(
        conn,
        [
            a_parked_call(1, at),
            a_parked_call(2, at, None),
            an_interaction(3, first_seen=at - 2 * DAY, due_at=at - DAY),
            an_interaction(4, first_seen=at - HOUR, due_at=at + HOUR),  # Nothing is wrong with it.
            an_interaction(5, fate="done", due_at=None, finished_at=at),
        ],
    )
    journal.intend(conn, [an_effect(3), an_effect(5), an_effect(4)])
    c = t.effect.c
    sending = sa.update(t.effect).where(c.interaction_id == "call:700:3")
    conn.execute(sending.values(state="sending", sending_at=at - HOUR))
    just_now = sa.update(t.effect).where(c.interaction_id == "call:700:4")
    conn.execute(just_now.values(state="sending", sending_at=at - 5))
    pieces = [
        a_piece(1, at),
        a_piece(2, at, "voicemail", state="gone", error_code="RC-404", finished_at=at - DAY),
        a_piece(3, at, "voicemail", state="owed", error_code=None, expires_at=at + 2 * DAY),
        a_piece(4, at, state="gone", error_code="RC-404", finished_at=at - 30 * DAY),
        a_piece(5, at, state="done", error_code=None),
    ]
    conn.execute(sa.insert(t.media), [{"finished_at": None, **each} for each in pieces])
    back: dict[str, Any] = {"office": "boston", "person": "+12155550009", "opened_at": at - DAY}
    back |= {"first_seen": at - DAY, "updated_at": at, "finished_at": at - HOUR}
    for number, state, error, due in (
        (8, "parked", "ZOHO-403", None),
        (9, "owed", None, at - HOUR),
        (10, "open", None, at - HOUR),  # Its task is written: it waits for its owner.
    ):
        row = {"interaction_id": f"call:700:{number}", "state": state, "error_code": error}
        conn.execute(sa.insert(t.callback).values(**back, **row, due_at=due))
    late = {"state": "queued", "error_code": "SMTP-001", "finished_at": None}
    code = {"kind": "code", "error_code": "CHAT-410"}
    mails = [a_mail(1, at), a_mail(2, at, **late), a_mail(3, at, **code)]
    mails.append(a_mail(4, at, finished_at=at - 30 * DAY))
    mails.append(a_mail(5, at, state="parked", error_code="SMTP-002"))
    conn.execute(sa.insert(t.mail), mails)
    chat = StoredConversation(id=CHAT, opened_at=at - DAY, updated_at=at, state="s")
    conversations.save(conn, sealer, chat)
    for wanted in (
        a_ticket("SB-REFUSED", at, conversation_id=CHAT),
        a_ticket("SB-LATE", at, state="wanted", error_code=None, wanted_at=at - DAY,
                 work_at=at - DAY),
        a_ticket("SB-GONE", at, request=None),
        a_ticket("SB-FINE", at, state="raised", error_code=None),
    ):  # fmt: skip
        tickets.create(conn, sealer, wanted)
    piece = an_effect(90, key="ticket:SB-FINE:desk_comment:2", interaction_id="api:SB-FINE",
                      person="api:SB-FINE", kind="desk_comment")  # fmt: skip
    journal.intend(conn, [piece])
    refused = {"state": "refused", "error_code": "DESK-403", "error": "No.", "finished_at": at}
    conn.execute(sa.update(t.effect).where(c.key == piece.key).values(**refused))
    owed_replies.owe(conn, CHAT, at - HOUR)
    question = approvals.Approval(token_hash="h", conversation_id=CHAT, reference="SB-REFUSED",
                                  asked="boss@example.com", created_at=at - DAY,
                                  expires_at=at + HOUR)  # fmt: skip
    approvals.create(conn, sealer, question)
    stopped = json.dumps({"stopped_by": "RC-401: Sign in again."})
    runs = [("good", at - 5 * HOUR, "done", "{}"), ("bad", at - HOUR, "stopped", stopped),
            ("old", at - 9 * HOUR, "failed", "{}")]  # fmt: skip
    for name, started, outcome, summary in runs:
        run = {"id": name, "kind": "calls", "started_at": started, "outcome": outcome}
        conn.execute(sa.insert(t.run).values(**run, summary=summary, finished_at=started + 9))
    refusal = {"code": "ZOHO-401", "message": "The refresh token was revoked.", "until": at + 60}
    conn.execute(
        sa.insert(t.token).values(
            connection="zoho_crm:abc", document=json.dumps({"refused": refusal})
        )
    )
