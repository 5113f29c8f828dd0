"""What a help desk's chats came to, and everything that is wrong with it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import sqlalchemy as sa
from tests.acceptance.chat_harness import ChatSite
from tests.acceptance.harness import SWITCHBOARD, clean_environment

from switchboard.config.load import load
from switchboard.config.places import database_url
from switchboard.config.vault import Vault
from switchboard.flows.chat_to_ticket.delivery.transcript import masked
from switchboard.flows.chat_to_ticket.dialogue.text import clean, hide_passwords
from switchboard.flows.chat_to_ticket.door import words
from switchboard.flows.chat_to_ticket.models import GENERAL
from switchboard.simulators.salesiq.visitors.play import Visit
from switchboard.store import conversations, outbox, tickets
from switchboard.store.conversations import Message
from switchboard.store.database import Database
from switchboard.store.database import now as store_now
from switchboard.store.sealing import Sealer
from switchboard.store.tables import conversation, effect, owed_reply
from switchboard.store.tickets import Ticket

REST_SECONDS = 180.0
_MARK = re.compile(r"\[(SB-[A-Z2-7]{10})\]")
_SAID = re.compile(r"(?ms)^\[\d\d:\d\d\] Visitor: (.*?)(?=^\[\d\d:\d\d\] |^--- |\Z)")
_NOT_TAKEN = {words.NOT_TAKEN, words.SLOW_DOWN}


@dataclass(slots=True)
class Kept:
    """What the store of a site holds."""

    tickets: list[Ticket] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    mails: list[outbox.Mail] = field(default_factory=list)
    transcripts: dict[str, list[Message]] = field(default_factory=dict)  # By chat.
    owed: list[str] = field(default_factory=list)

    def unrest(self) -> list[str]:
        """Name what is still going to happen by itself."""
        found = [f"ticket {row.reference} {row.state}" for row in self.tickets
                 if row.state == "wanted"]  # fmt: skip
        found += [f"{number} {key}" for key, number in self.effects.items()
                  if key.endswith(("intended", "sending"))]  # fmt: skip
        found += [f"mail {each.key}" for each in self.mails if each.state in {"queued", "sending"}]
        found += [f"words owed to {each}" for each in self.owed]
        for chat, row in self.newest().items():
            new = [each for each in self.transcripts[chat] if each.sequence > row.told]
            if any(each.direction == "visitor" for each in new):
                found.append(f"words of {chat} that are not on its ticket")
        return found

    def newest(self) -> dict[str, Ticket]:
        """Return the newest ticket of each chat that has one."""
        rows = sorted(self.tickets, key=lambda row: (row.wanted_at, row.reference))
        return {row.conversation_id: row for row in rows if row.conversation_id}


def read(site: ChatSite) -> Kept:
    """Read the store as whoever comes next will."""
    configuration = load(site.home)
    vault = Vault.open(site.home)
    sealer = Sealer(vault.cipher, vault.keys)
    url = site.database_url or database_url(site.home, configuration.settings)
    db = Database.open(url, migrate=False)

    def look(conn: sa.Connection) -> Kept:
        chats = list(conn.scalars(sa.select(conversation.c.id)))
        return Kept(
            tickets=tickets.newest(conn, sealer, limit=10_000),
            effects=Counter(
                f"{row.kind} {row.state}"
                for row in conn.execute(sa.select(effect.c.kind, effect.c.state))
            ),
            mails=outbox.in_states(conn, get_args(outbox.State), 10_000),
            transcripts={each: conversations.transcript(conn, sealer, each) for each in chats},
            owed=list(
                conn.scalars(
                    sa.select(owed_reply.c.conversation_id).where(
                        owed_reply.c.due_at < store_now(conn) + 60
                    )
                )
            ),
        )

    try:
        return db.run_sync(look)
    finally:
        db.close()


async def at_rest(site: ChatSite) -> Kept:
    """Wait until nothing more happens by itself; return what is kept then."""
    until = time.monotonic() + REST_SECONDS
    while True:
        kept = await asyncio.to_thread(read, site)
        unrest = kept.unrest()
        if not unrest:
            return kept
        assert time.monotonic() < until, f"{unrest}\n{site.said()}"
        await asyncio.sleep(0.3)


def faults_of(site: ChatSite, kept: Kept, visits: Sequence[Visit]) -> list[str]:
    """Name everything that was lost or doubled, and every visitor who got nowhere."""
    desk = site.rows("zoho_desk", "tickets")
    return [
        *_visitors(kept, visits, desk),
        *_tickets(kept, desk),
        *_contacts(site),
        *_comments(site, kept),
        *_mails(site, kept),
        *_answers(site, kept),
        *_trail(site),
        *(["a traceback"] if "Traceback" in site.said() else []),
    ]


def _visitors(kept: Kept, visits: Sequence[Visit], desk: list[dict[str, Any]]) -> list[str]:
    numbers = {str(each["number"]) for each in desk}
    told = {number for visit in visits for number in visit.tickets}
    found = [f"told of {each}, which is not in Desk" for each in sorted(told - numbers)]
    have = {(row.conversation_id or "").rpartition(":")[2] for row in kept.tickets}
    for visit in visits:
        # Who left before the number was there gets it by mail. Where answers were lost again and
        # again, a person was asked to take over.
        wanted = visit.visitor.goal == "ticket" and visit.end != "operator"
        wanted |= visit.end == "ticket"
        if visit.end == "stuck" or (wanted and visit.conversation not in have):
            found.append(f"{visit.visitor.says!r} in {visit.conversation} ended {visit.end}")
    return found


def _tickets(kept: Kept, desk: list[dict[str, Any]]) -> list[str]:
    found = [f"ticket {row.reference}: {row.state} {row.error_code}" for row in kept.tickets
             if row.state != "raised"]  # fmt: skip
    matters = Counter(
        (each["cf"].get("cf_salesiq_chat_id"), each["cf"].get("cf_workflow_type")) for each in desk
    )
    # Two general requests are two matters: there, each has been confirmed by itself.
    found += [f"{number} tickets of {matter}" for matter, number in matters.items()
              if number > 1 and matter[1] != GENERAL]  # fmt: skip
    raised = Counter(row.desk_id for row in kept.tickets if not row.extends)
    there = {each["id"] for each in desk if each["cf"].get("cf_salesiq_chat_id")}
    found += [f"Desk's ticket {each} is nobody's" for each in there - raised.keys()]
    found += [f"ticket {each} is not in Desk" for each in raised.keys() - there]
    return found


def _contacts(site: ChatSite) -> list[str]:
    emails = Counter((each.get("email") or "").lower()
                     for each in site.rows("zoho_desk", "contacts"))  # fmt: skip
    return [f"{number} contacts of {email}" for email, number in emails.items()
            if email and number > 1]  # fmt: skip


def _comments(site: ChatSite, kept: Kept) -> list[str]:
    """Each comment once; the visitor's words all there, in their order, once."""
    comments = site.rows("zoho_desk", "comments")
    marks = Counter(mark for each in comments for mark in _MARK.findall(each["content"])[-1:])
    found = [f"{number} comments {mark}" for mark, number in marks.items() if number > 1]
    for chat in {row.conversation_id for row in kept.tickets if row.conversation_id}:
        said = [_flat(masked(each.text or "")) for each in kept.transcripts[chat]
                if each.direction == "visitor"]  # fmt: skip
        missing = Counter(said)
        for place in {row.desk_id for row in kept.tickets if row.conversation_id == chat}:
            texts = [each["content"] for each in comments if each["ticket_id"] == place]
            lines = [line for text in texts for line in _SAID.findall(_MARK.sub("", text))]
            written = [_flat(each) for each in lines]
            missing -= Counter(written)
            if not _in_order(written, said):
                found.append(f"transcript of {chat}: {written} of {said}")
        found += [f"not on a ticket of {chat}: {each}" for each in missing]
    return found


def _in_order(written: list[str], said: list[str]) -> bool:
    """Tell whether nothing was written twice, or before what was said earlier."""
    rest = iter(said)
    return all(each in rest for each in written)


def _mails(site: ChatSite, kept: Kept) -> list[str]:
    got = Counter(each["message_id"] for each in site.rows("mail", "messages"))
    found = [f"mail {ident} came {number} times" for ident, number in got.items() if number > 1]
    sent = [each for each in kept.mails if each.state == "sent"]
    doubtful = [each for each in kept.mails if each.error_code == "SMTP-002"]
    if not len(sent) <= len(got) <= len(sent) + len(doubtful):
        found.append(f"{len(got)} mails came; {len(sent)} sent, {len(doubtful)} in doubt")
    found += [f"mail {each.key} {each.state} {each.error_code}" for each in kept.mails
              if each not in sent and each not in doubtful]  # fmt: skip
    of_tickets = [each for each in kept.mails if each.kind in {"ticket", "team", "approval"}]
    told = Counter((each.kind, each.recipient, each.subject) for each in of_tickets)
    rows = Counter(row.number for row in kept.tickets)  # One extended twice is told of thrice.
    found += [f"{number} mails {mail}" for mail, number in told.items()
              if number > max((rows[each] for each in rows if each and each in mail[2]),
                              default=1)]  # fmt: skip
    subjects = " ".join(each.subject for each in of_tickets if each.kind == "ticket")
    found += [f"nobody is mailed about {row.number}" for row in kept.tickets
              if row.number and row.number not in subjects]  # fmt: skip
    return found


def _answers(site: ChatSite, kept: Kept) -> list[str]:
    """What was answered was kept, once; and every answer was usable."""
    found, answered = [], Counter[tuple[str, str]]()
    for each in site.rows("salesiq", "deliveries"):
        if each["outcome"].startswith(("unusable", "HTTP")):
            found.append(f"{each['handler']} of {each['conversation']}: {each['outcome']}")
        said = (each["body"].get("message") or {}).get("text")
        replies = (each["answer"] or {}).get("replies") or [""]
        taken = each["outcome"] == "answered" and replies[0] not in _NOT_TAKEN
        if taken and said and not each["copy"]:
            answered[each["conversation"], _flat(hide_passwords(clean(said)))] += 1
    known = Counter(
        (chat.rpartition(":")[2], _flat(each.text or ""))
        for chat, said in kept.transcripts.items()
        for each in said
        if each.direction == "visitor"
    )
    found += [f"answered, but not kept: {each}" for each in (answered - known)]
    for chat, said in kept.transcripts.items():
        keys = [each.delivery for each in said if each.direction == "visitor"]
        found += [f"{key} twice in {chat}" for key, n in Counter(keys).items() if n > 1]
    return found


def _trail(site: ChatSite) -> list[str]:
    done = subprocess.run(
        [SWITCHBOARD, "audit", "verify", "--config-dir", str(site.home)],
        capture_output=True, text=True, check=False, env=clean_environment(**site.environment),
    )  # fmt: skip
    return [] if done.returncode == 0 else [f"audit verify: {done.stdout}{done.stderr}"]


def _flat(text: str) -> str:
    return " ".join(text.split())
