"""Say what a thing is called on the page, and where it is looked at. Pure."""

from __future__ import annotations

from urllib.parse import quote

from switchboard.console.attention.items import Kind
from switchboard.people.phone import international

_WRITES = {
    "lead": "Lead", "note": "Note", "status": "Lead status", "task": "Call-back task",
    "close": "Closing of a call-back task", "media": "Attachment", "desk_contact": "Contact",
    "desk_ticket": "Ticket", "desk_comment": "Comment", "desk_file": "File",
    "chat_link": "Link to the chat",
}  # fmt: skip
_BESIDE = ("media:", "callback:")


def place_of(  # noqa: PLR0911 - one for each kind.
    kind: Kind, key: str, name: str, about: str
) -> tuple[str, str]:
    """Return name and address of a stored thing.

    *name*: the column a person knows it by; *about*: what it belongs to.
    """
    match kind:
        case "call" | "recording" | "voicemail" | "call-back":
            return caller(name, about), call(about)
        case "ticket" | "approval":
            return name, ticket(about)
        case "update":
            reference = reference_of(key, name)
            return f"{written(name)} of {reference}", ticket(reference)
        case "reply":
            return "A chat", conversation(about)
        case "mail":
            return name, f"/reports/{_quoted(about)}" if about else ""
        case "write":
            return _write(name, about)
        case _:
            return name, ""


def caller(person: str, interaction: str) -> str:
    """A person is a number; who withheld it goes by the interaction's own id."""
    if person == interaction or not person:
        return "Withheld number"
    return "Forgotten caller" if person.startswith("forgotten:") else international(person)


def call(interaction: str) -> str:
    return f"/calls/{_quoted(interaction)}"


def ticket(reference: str) -> str:
    return f"/tickets/{_quoted(reference)}"


def conversation(chat: str) -> str:
    return f"/conversations/{_quoted(chat)}"


def run(run_id: str) -> str:
    return f"/processing/runs/{_quoted(run_id)}"


def reference_of(key: str, kind: str) -> str:
    """Return the ticket a write at Zoho Desk belongs to: `ticket:<reference>:<kind>:...`."""
    return key.removeprefix("ticket:").rpartition(f":{kind}")[0] or key


def written(kind: str) -> str:
    """Say what is written at a vendor."""
    return _WRITES.get(kind, kind)


def _write(person: str, about: str) -> tuple[str, str]:
    for each in _BESIDE:
        about, person = about.removeprefix(each), person.removeprefix(each)
    if about.startswith("chat:"):
        return "a chat", conversation(about)
    if about.startswith("api:"):
        reference = about.removeprefix("api:")
        return reference, ticket(reference)
    return caller(person, about), call(about)


def _quoted(text: str) -> str:
    return quote(text, safe="")
