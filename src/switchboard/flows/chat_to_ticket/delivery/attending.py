"""Write down what follows once a ticket exists: the chat on it, its files, the way back."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from switchboard.flows.chat_to_ticket import conversing
from switchboard.flows.chat_to_ticket.delivery import keys
from switchboard.flows.chat_to_ticket.delivery.carrying import scale
from switchboard.flows.chat_to_ticket.delivery.intending import add_piece
from switchboard.flows.chat_to_ticket.delivery.matter import Matter, office_zone
from switchboard.flows.chat_to_ticket.delivery.transcript import transcript_parts
from switchboard.flows.chat_to_ticket.models import Attachment
from switchboard.store import conversations, journal, tickets
from switchboard.store.conversations import Message
from switchboard.store.tickets import Ticket

QUIET_SECONDS = 600.0  # After a silence of ten minutes, what was said since goes on the ticket;
MOST_ADDITIONS = 4  # so often, and once more when the chat is closed.
MOST_FILES = 20
_COUNTING = {"visitor", "operator"}  # What the bot says alone is no news to an agent.
_FLAT, _PREVIEW = "chat:flat:", "botpreview_"  # No chats of SalesIQ's: zoho-salesiq.md §7.


def intend_pieces(
    conn: sa.Connection, matter: Matter, row: Ticket, at: float, *, web_url: str
) -> None:
    """Have the chat so far, its files and the link written, in the transaction of the ticket."""
    chat = row.conversation_id
    if chat is None:
        _files(conn, matter, row, matter.wanted.draft.attachments, at)
        return
    said = _said(conn, matter, row, after=_begins_after(conn, matter, row))
    _comments(conn, matter, row, said, at, title="The chat this ticket comes from")
    _files(conn, matter, row, matter.wanted.draft.attachments, at)
    session = matter.wanted.session
    real = session and not chat.startswith(_FLAT) and not session.startswith(_PREVIEW)
    if real and matter.tools.salesiq is not None:
        where = f" {web_url}" if web_url else ""
        content = {"session": session, "text": f"Zoho Desk ticket {row.number}.{where}"}
        add_piece(conn, matter.tools, row, keys.LINK, "", content, at)


def intend_additions(conn: sa.Connection, matter: Matter, at: float) -> float | None:
    """Have added what was said since, if the chat is quiet or closed; return when to look again.

    The newest ticket of a chat gets it. None: nothing can come any more.
    """
    row, chat_id = matter.row, matter.row.conversation_id
    chat = chat_id and conversations.load(conn, matter.tools.sealer, chat_id)
    if not chat or row.state != "raised" or not tickets.is_newest_of_chat(conn, row):
        return None
    quiet = QUIET_SECONDS * scale(matter.tools)
    said = _said(conn, matter, row, after=row.told)
    closed = chat.closed_at is not None
    if not any(each.direction in _COUNTING for each in said):
        return None if closed else at + quiet
    ends = said[-1].at + quiet
    if not closed and (ends > at or _additions(conn, row) >= MOST_ADDITIONS):
        return max(ends, at + quiet / 2)
    _comments(conn, matter, row, said, at, title="Said in the chat since")
    stored = conversing.load_state(conn, matter.tools, chat.id)
    if stored is not None:
        _files(conn, matter, row, stored[1].conversation.attachments, at)
    return at


def _begins_after(conn: sa.Connection, matter: Matter, row: Ticket) -> int:
    """Return where the chat's ticket before ended: what led to that one is on it already."""
    earlier = [
        each
        for each in tickets.of_conversation(conn, matter.tools.sealer, row.conversation_id or "")
        if (each.wanted_at, each.reference) < (row.wanted_at, row.reference)
    ]
    if not earlier:
        return 0
    asked = int((earlier[-1].request or {}).get("sequence") or earlier[-1].told)
    # What an earlier one took along, being late itself, is not put on the same ticket twice.
    return max([asked, *(each.told for each in earlier if each.desk_id == row.desk_id)])


def _said(conn: sa.Connection, matter: Matter, row: Ticket, *, after: int) -> list[Message]:
    chat = row.conversation_id or ""
    return conversations.transcript(conn, matter.tools.sealer, chat, after=after)


def _comments(
    conn: sa.Connection, matter: Matter, row: Ticket, said: list[Message], at: float, *, title: str
) -> None:
    if not said:
        return
    bot = matter.tools.configuration.settings.chat.bot_name
    parts = transcript_parts(said, zone=office_zone(matter.tools), bot=bot, title=title)
    for number, part in enumerate(parts, 1):
        name = f"chat-{said[0].sequence:06}-{number:03}"
        content = {"text": part, "public": True}
        add_piece(conn, matter.tools, row, keys.COMMENT, name, content, at)
    tickets.update(conn, row.reference, told=said[-1].sequence)


def _additions(conn: sa.Connection, row: Ticket) -> int:
    """Count how often something was added to the first transcript."""
    begun = keys.effect_key(row.reference, keys.COMMENT, "chat-")
    effects = journal.of_interactions(conn, [row.person]).get(row.person, [])
    first = sum(each.key.startswith(begun) and each.key.endswith("-001") for each in effects)
    return max(first - 1, 0)


def _files(
    conn: sa.Connection, matter: Matter, row: Ticket, files: Iterable[Attachment], at: float
) -> None:
    for each in list(files)[:MOST_FILES]:
        name = keys.mark(each.url or each.name)
        add_piece(conn, matter.tools, row, keys.FILE, name, each.model_dump(mode="json"), at)
