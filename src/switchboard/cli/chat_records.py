"""`switchboard chat list` and `chat show`: which chats there are, and one of them word for word."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.text import Text

from switchboard.cli import output
from switchboard.cli.chat_store import from_iso, iso, moment, open_chat_store, zone_of
from switchboard.cli.output import AsJson, ConfigDir
from switchboard.cli.ticket_story import brief as ticket_brief
from switchboard.config.load import load
from switchboard.errors import OperatorError
from switchboard.flows.chat_to_ticket.delivery.transcript import SPEAKERS, masked
from switchboard.flows.chat_to_ticket.records import read_chat
from switchboard.flows.chat_to_ticket.state import ChatState
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store import conversations, ledger, tickets
from switchboard.store.conversations import Message, StoredConversation
from switchboard.store.deliveries import Received
from switchboard.store.ledger import Interaction

DAY_SECONDS = 86_400.0


def list_chats(
    open_only: Annotated[bool, typer.Option("--open", help="Only those still open.")] = False,
    days: Annotated[
        float | None, typer.Option("--days", min=0.01, help="Only of the last so many days.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """List the latest chats, without saying who wrote them."""
    configuration = load(config_dir)
    since = None if days is None else time.time() - days * DAY_SECONDS

    with open_chat_store(configuration) as tools:

        def look(conn: sa.Connection) -> list[dict[str, Any]]:
            rows = conversations.newest(
                conn, tools.sealer, open_only=open_only, since=since, limit=limit
            )
            known = ledger.load(conn, [row.id for row in rows])
            return [_brief(row, known.get(row.id)) for row in rows]

        lines, zone = tools.db.run_sync(look), zone_of(tools)
    if as_json:
        output.emit_json(lines)
        return
    console = output.out()
    table = output.plain_table("Last", "Chat", "Channel", "Workflow", "Stage", "What became of it")
    for each in lines:
        why = ": ".join(filter(None, (each["error_code"], each["why"])))
        table.add_row(
            moment(from_iso(each["last_at"]), zone, "%d %b %H:%M"),
            each["id"],
            each["channel"] or "-",
            each["workflow"] or "-",
            each["stage"],
            why or "-",
        )
    console.print(table)
    output.say(console, f"{len(lines)} chats. One word for word: switchboard chat show CHAT")


def show_chat(
    name: Annotated[
        str,
        typer.Argument(metavar="CHAT", help="Its id, as SalesIQ calls it, or one of its tickets."),
    ],
    config_dir: ConfigDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Show one chat as its visitor saw it, with answers, tickets and deliveries.

    Names, addresses and words are shown in full, because you asked for this chat: mind who looks
    on. Passwords and one-time codes that were typed stay hidden.
    """
    configuration = load(config_dir)
    with open_chat_store(configuration) as tools:
        story, zone = tools.db.run_sync(lambda conn: _story(conn, tools, name)), zone_of(tools)
    if story is None:
        raise OperatorError(
            "CLI-002", f"No chat fits {name!r}. `switchboard chat list` shows the known ones."
        )
    if as_json:
        output.emit_json(story)
    else:
        _print(story, zone, configuration.settings.chat.bot_name)


def _brief(row: StoredConversation, account: Interaction | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "opened_at": iso(row.opened_at),
        "last_at": iso(row.updated_at),
        "closed_at": iso(row.closed_at),
        "stage": row.stage,
        "channel": row.channel,
        "workflow": row.workflow,
        "verified": row.verified,
        "tickets": list(row.tickets),
        "outcome": account.outcome if account else None,
        "fate": account.fate if account else None,
        "why": account.why if account else "",
        "error_code": account.error_code if account else None,
    }


def _story(conn: sa.Connection, tools: ChatTools, name: str) -> dict[str, Any] | None:
    chat_id = _find(conn, tools, name)
    record = read_chat(conn, tools.sealer, chat_id) if chat_id else None
    if record is None:
        return None
    return {
        **_brief(record.row, record.account),
        "visitor": dict(record.row.visitor),
        **_talk(record.state),
        "transcript": [_message(each) for each in record.said],
        "tickets": [ticket_brief(each) for each in record.tickets],
        "deliveries": [_delivery(each) for each in record.deliveries],
    }


def _find(conn: sa.Connection, tools: ChatTools, name: str) -> str | None:
    """Return the id of the chat somebody means."""
    names = [name, *conversations.of_session(conn, name)]
    ticket = tickets.find(conn, tools.sealer, name.lstrip("#"))
    if ticket is not None and ticket.conversation_id:
        names.append(ticket.conversation_id)
    return next((each for each in names if conversations.load(conn, tools.sealer, each)), None)


def _talk(state: ChatState | None) -> dict[str, Any]:
    if state is None:
        return {"forgotten": True}
    chat = state.conversation
    return {
        "forgotten": False,
        "first_words": masked(chat.first_words),
        "answers": {name: masked(each.shown) for name, each in chat.slots.items()},
        "open_question": list(chat.current),
        "verification": chat.verification.state,
        "escalated": state.escalated or None,
        "unsent": [each.text for each in state.unsent],
    }


def _delivery(each: Received) -> dict[str, Any]:
    times = {"received_at": iso(each.received_at), "answered_at": iso(each.answered_at)}
    return asdict(each) | times


def _message(each: Message) -> dict[str, Any]:
    text = each.text
    if text is not None and each.direction == "visitor":
        text = masked(text)
    return {
        "at": iso(each.at),
        "from": each.direction,
        "text": text,
        "options": list(each.options),
        "delivery": each.delivery,
    }


def _print(story: dict[str, Any], zone: tzinfo, bot: str) -> None:
    console = output.out()

    def at(text: str | None) -> str:
        return moment(from_iso(text), zone)

    closed = f", closed {at(story['closed_at'])}" if story["closed_at"] else ""
    lines = [
        ("Chat", story["id"]),
        ("When", f"{at(story['opened_at'])} to {at(story['last_at'])}{closed}"),
        ("Came to", ": ".join(filter(None, (story["error_code"], story["why"]))) or "-"),
        ("Stage", " of ".join(filter(None, (story["stage"], story["workflow"])))),
    ]
    lines += [(_label(key), str(value)) for key, value in story["visitor"].items()]
    if story["forgotten"]:
        lines.append(("Words", "what was said has been forgotten"))
    else:
        lines.append(("Identity", story["verification"]))
        lines += [(f"  {_label(key)}", value) for key, value in story["answers"].items()]
        if story["escalated"]:
            lines.append(("Handed over", story["escalated"]))
    for each in story["tickets"]:
        state = ": ".join(filter(None, (each["state"], each["error_code"], each["why"])))
        name = " ".join(filter(None, (each["number"], each["reference"])))
        lines.append(("Ticket", f"{name}, {state}"))
    for each in story["deliveries"]:
        answered = f"answered {at(each['answered_at'])}" if each["answered_at"] else "not answered"
        again = f", came {each['attempts']} times" if each["attempts"] > 1 else ""
        lines.append(("Delivery", f"{at(each['received_at'])}, {answered}{again}"))
    width = 2 + max(len(label) for label, _ in lines)
    for label, value in lines:
        output.say(console, Text(f"{label:<{width}}", "bold") + Text(value))
    console.print()
    for each in story["transcript"]:
        who = SPEAKERS.get(each["from"], bot)
        head = Text(f"{moment(from_iso(each['at']), zone, '%H:%M:%S')}  {who}: ", "bold")
        output.say(
            console, head + Text(each["text"] if each["text"] is not None else "(forgotten)")
        )
        if each["options"]:
            output.say(console, Text(" | ".join(each["options"]), "dim"), indent=10)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
