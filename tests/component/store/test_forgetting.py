"""Forgetting leaves nothing of a person, and nothing is written twice because of it."""

from __future__ import annotations

import json
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from tests.component.store.makers import NOW, an_effect, an_interaction
from tests.component.store.sealers import a_key, a_sealer

from switchboard.errors import OperatorError
from switchboard.people.mentions import mentions_of
from switchboard.store import (
    approvals,
    callbacks,
    conversations,
    deliveries,
    directory,
    forgetting,
    journal,
    leases,
    ledger,
    media,
    people_status,
    personal,
    set_aside,
)
from switchboard.store import tables as t
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.database import Database
from switchboard.store.personal import Person
from switchboard.store.sealing import Sealer
from switchboard.vendors.zoho_crm.models import CrmPerson

PHONE, EMAIL, NAME = "+12155550177", "ada@example.com", "Ada Lovelace"
OTHER = "+12155550199"
PERSON = Person(phone=PHONE, email=EMAIL)
AN_ID = "12155550177001"
WORDS = ("ledgers vanish at noon",)
# However one may have been written down.
SPELLINGS = (PHONE, "2155550177", "(215) 555-0177", "215-555-0177", "215.555.0177", EMAIL,
             "Lovelace", *WORDS)  # fmt: skip


def a_call(number: int, person: str, **changes: Any) -> ledger.Interaction:
    call = {"account": "700", "session": str(number), "outcome": "missed", "caller": person,
            "caller_raw": "(215) 555-0177", "caller_name": NAME, "ring_seconds": 9}  # fmt: skip
    document = json.dumps({"call": call, "decision": {"lead": NAME}})
    values: dict[str, Any] = {"person": person, "document": document, "digest": "d" * 12}
    values |= {"fate": "done", "finished_at": NOW, "due_at": None, "why": f"Lead for {NAME}."}
    return an_interaction(number, **values | changes)


def a_mail(to: str, text: str) -> str:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = to, "Report"
    mail.set_content(text, cte="base64")
    return mail.as_string()


def fill(conn: sa.Connection, sealer: Sealer) -> None:
    """Leave in every table what a caller and visitor leaves, and a stranger's beside it."""
    calls = [
        a_call(1, PHONE),
        a_call(2, PHONE, fate="waiting", due_at=NOW, finished_at=None),
        a_call(3, PHONE, fate="parked", error_code="ZOHO-422"),
        a_call(4, OTHER, document="{}", why="Their partner said to call +1 (215) 555-0177."),
    ]
    ledger.upsert(conn, calls)
    ledger.put_records(conn, [(one.id, "r", json.dumps({"from": PHONE})) for one in calls[:3]])
    request = json.dumps({"Phone": PHONE, "Last_Name": NAME})
    effects = [
        an_effect(1, person=PHONE, request=request, kind="lead", key="call:700:1:lead"),
        an_effect(1, person=PHONE, request=request),
        an_effect(2, person=PHONE, request=request),
        an_effect(1, key="call:700:1:task", interaction_id="callback:call:700:1",
                  person=f"callback:{PHONE}", kind="task", request=request),
        an_effect(1, key="chat:acme:1:ticket", interaction_id="chat:acme:1",
                  person="chat:acme:1", kind="ticket", request=json.dumps({"email": EMAIL})),
        an_effect(4, person=OTHER),
    ]  # fmt: skip
    journal.intend(conn, effects)
    settled = t.effect.c.key.in_(["call:700:1:lead", "call:700:1:note", "chat:acme:1:ticket"])
    conn.execute(sa.update(t.effect).where(settled).values(state="settled", vendor_id="998"))
    pieces = [
        media.MediaPiece(key=f"call:700:1:media:recording:{n}", interaction_id="call:700:1",
                         person=PHONE, kind="recording", media_id=str(n), call_started_at=NOW,
                         call_ended_at=NOW, content_uri="https://x.example.com/1")
        for n in (1, 2)
    ]  # fmt: skip
    media.owe(conn, pieces)
    done = t.media.c.media_id == "1"
    named = f"{NAME}.mp3"
    conn.execute(sa.update(t.media).where(done).values(state="done", file_name=named))
    set_aside.put(conn, "call", ["call:700:3"], "ZOHO-422", NOW, "cli:x", f"{NAME} was told.")
    callbacks.owe(conn, interaction_id="call:700:2", person=PHONE, office="x", opened_at=NOW)
    people_status.put(conn, people_status.PersonStatus(PHONE, "Leads", "998", "Missed", NOW))
    people = [
        CrmPerson(module="Leads", id="998", phones=(PHONE,), full_name=NAME),
        CrmPerson(module="Leads", id="7", phones=(OTHER,), full_name="Bob"),
    ]
    directory.put(conn, people, lambda phone: phone)
    visitor = {"id": "v", "name": NAME, "email": EMAIL, "phone": PHONE}
    chat = StoredConversation(id="chat:acme:1", opened_at=NOW, updated_at=NOW, state=WORDS[0],
                              visitor=visitor, tickets=("4711",))  # fmt: skip
    conversations.save(conn, sealer, chat)
    said = [Message(direction="visitor", at=NOW, text=WORDS[0])]
    conversations.append(conn, sealer, chat.id, said)
    deliveries.claim(conn, sealer, "d1", "w", now=NOW, seconds=5)
    deliveries.answer(conn, sealer, "d1", "w", NAME, now=NOW, conversation_id=chat.id)
    question = approvals.Approval(token_hash="h", conversation_id=chat.id, reference="r",
                                  asked=EMAIL, created_at=NOW, expires_at=NOW + 9)  # fmt: skip
    approvals.create(conn, sealer, question)
    mails = [("to-them", EMAIL.title(), "queued", f"Dear {NAME}"),
             ("report", "boss@example.com", "sent", "Missed: (215) 555-0177"),
             ("other", "boss@example.com", "sent", "Missed: (215) 555-0188")]  # fmt: skip
    for kind, to, state, text in mails:
        row = {"key": f"run:{kind}:{to}", "kind": kind, "recipient": to, "subject": f"For {to}"}
        row |= {"message": a_mail(to, text), "state": state}
        conn.execute(sa.insert(t.mail).values(**row, created_at=NOW))
    summary = json.dumps({"problems": [f"call of {PHONE}"], "id": AN_ID})
    conn.execute(sa.insert(t.run).values(id="r1", kind="calls", started_at=NOW, summary=summary))


def forget(conn: sa.Connection, sealer: Sealer | None, person: Person = PERSON) -> dict[str, int]:
    mentions = mentions_of(person.phone, person.email)
    return forgetting.forget(conn, sealer, person, mentions, b"k" * 32, NOW + 5)


def texts(conn: sa.Connection, sealer: Sealer) -> str:
    """Return all the store says, what is sealed unsealed."""
    found = []
    for table in t.metadata.sorted_tables:
        for row in conn.execute(sa.select(table)):
            for name, value in row._mapping.items():
                if name.startswith("sealed") and value is not None:
                    value = sealer.cipher.decrypt(value.encode()).decode()  # noqa: PLW2901
                found.append(str(value))
    return "\n".join(found)


async def test_nothing_of_a_person_is_left_in_any_table(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    before = (await db.run(lambda c: texts(c, sealer))).lower()
    assert [word for word in SPELLINGS[:1] + SPELLINGS[5:] if word.lower() not in before] == []
    done = await db.run(lambda c: forget(c, sealer))
    after = (await db.run(lambda c: texts(c, sealer))).lower().replace(AN_ID, "")
    assert [word for word in SPELLINGS if word.lower() in after] == []
    assert done | {"mentions": 0} == {
        "calls": 3, "records": 3, "effects": 5, "media": 2, "callbacks": 1, "directory": 1,
        "conversations": 1, "messages": 1, "deliveries": 1, "approvals": 1, "mails": 2,
        "tickets": 0,
        "mentions": 0,
    }  # fmt: skip
    again = await db.run(lambda c: forget(c, sealer))
    assert set(again.values()) == {0}


async def test_what_keeps_us_from_writing_twice_stays(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    await db.run(lambda c: forget(c, sealer))
    rows = await db.run(lambda c: ledger.load(c, [f"call:700:{n}" for n in (1, 2, 3)]))
    assert {row.session: row.fate for row in rows.values()} == {
        "1": "done", "2": "skipped", "3": "skipped",
    }  # fmt: skip
    assert {row.digest for row in rows.values()} == {ledger.FORGOTTEN}
    assert len({row.person for row in rows.values()}) == 1, "they are still calls of one person"
    assert await db.run(lambda c: ledger.due(c, office=None, now=NOW * 2, limit=9)) == []
    effects = await db.run(lambda c: journal.by_keys(c, ["call:700:1:lead", "call:700:2:note"]))
    assert (effects["call:700:1:lead"].state, effects["call:700:1:lead"].vendor_id) == (
        "settled", "998",
    )  # fmt: skip
    assert effects["call:700:2:note"].state == "superseded"
    # Deciding again changes nothing: the keys are taken.
    again = an_effect(1, key="call:700:1:lead", person=PHONE, kind="lead")
    kept = await db.run(lambda c: journal.intend(c, [again]))
    assert kept[again.key].state == "settled"
    owed = await db.run(lambda c: c.scalars(sa.select(t.media.c.state).order_by("key")).all())
    assert owed == ["done", "needless"]
    delivery = await db.run(lambda c: deliveries.claim(c, sealer, "d1", "x", now=NOW, seconds=5))
    assert (delivery.verdict, delivery.answer) == ("answered", None)
    chat = await db.run(lambda c: conversations.load(c, sealer, "chat:acme:1"))
    assert chat is not None
    assert (chat.tickets, chat.stage, chat.visitor) == (("4711",), "closed", {})


async def test_strangers_stay_as_they_are(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    before = await db.run(lambda c: personal.export(c, sealer, Person(phone=OTHER)))
    await db.run(lambda c: forget(c, sealer))
    after = await db.run(lambda c: personal.export(c, sealer, Person(phone=OTHER)))
    assert before["interactions"][0].pop("why") != after["interactions"][0].pop("why")
    assert after == before
    assert after["directory"][0]["full_name"] == "Bob"
    summary = await db.run(lambda c: c.scalar(sa.select(t.run.c.summary)))
    assert AN_ID in str(summary), "an id that holds the digits is no mention"
    mails = sa.select(t.mail.c.kind).where(t.mail.c.message.is_not(None))
    assert await db.run(lambda c: c.scalars(mails).all()) == ["other"]


async def test_a_later_call_is_that_of_a_new_person(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    await db.run(lambda c: forget(c, sealer))
    assert await db.run(lambda c: directory.find(c, [PHONE])) == {}
    assert await db.run(lambda c: people_status.load(c, [PHONE])) == {}
    assert await db.run(lambda c: leases.acquire(c, [PHONE], "w", NOW + 30, NOW + 6)) == {PHONE: 1}
    call = a_call(9, PHONE)
    await db.run(lambda c: ledger.upsert(c, [call]))
    exported = await db.run(lambda c: personal.export(c, sealer, Person(phone=PHONE)))
    assert [row["id"] for row in exported["interactions"]] == [call.id]


@pytest.mark.parametrize("busy", ["lease", "effect", "mail"])
async def test_while_somebody_writes_about_them_nothing_is_forgotten(
    db: Database, busy: str
) -> None:
    """A write in doubt has to be looked up first, and for that the number is needed."""
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    if busy == "lease":
        await db.run(lambda c: leases.acquire(c, [PHONE], "worker", NOW + 30, NOW))
    else:
        table = t.effect if busy == "effect" else t.mail
        row = table.c.key.in_(["call:700:1:note", f"run:to-them:{EMAIL.title()}"])
        await db.run(lambda c: c.execute(sa.update(table).where(row).values(state="sending")))
    before = await db.run(lambda c: texts(c, sealer))
    with pytest.raises(OperatorError, match="DATA-005"):
        await db.run(lambda c: forget(c, sealer))
    assert await db.run(lambda c: texts(c, sealer)) == before


async def test_an_export_holds_everything_about_the_person(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda c: fill(c, sealer))
    found = await db.run(lambda c: personal.export(c, sealer, PERSON))
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    assert counts == {
        "interactions": 4, "records": 3, "effects": 5, "media": 2, "callbacks": 1, "reached": 1,
        "lead_status": 1, "directory": 1, "mails": 1, "conversations": 1, "approvals": 1,
        "tickets": 0, "set_aside": 1,
    }  # fmt: skip
    assert found["interactions"][0]["document"]["call"]["caller_name"] == NAME
    assert found["conversations"][0]["messages"][0]["text"] == WORDS[0]
    assert found["conversations"][0]["visitor"]["name"] == NAME
    assert OTHER not in json.dumps(found)
    nobody = await db.run(
        partial(personal.export, sealer=sealer, person=Person(email="eve@example.com"))
    )
    assert not any(rows for name, rows in nobody.items() if name != "person")


async def test_calls_alone_need_no_vault(db: Database) -> None:
    person = Person(phone=PHONE)
    await db.run(lambda c: ledger.upsert(c, [a_call(1, PHONE)]))
    assert not await db.run(personal.has_chats)
    assert (await db.run(lambda c: forget(c, None, person)))["calls"] == 1


def test_a_pseudonym_tells_nothing_without_its_key() -> None:
    one, other = (forgetting.pseudonym(a_key().encode(), PERSON) for _ in range(2))
    assert one != other
    assert PHONE not in one
