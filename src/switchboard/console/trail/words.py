"""Tell the trail's actions in plain words. Pure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

ACTIONS: dict[str, str] = {
    "account.create": "Account made",
    "account.disable": "Account disabled",
    "account.enable": "Account enabled again",
    "account.password": "Password chosen",
    "account.recovery_code": "Recovery code used",
    "account.recovery_codes": "New recovery codes made",
    "account.reset": "Sign-in reset",
    "account.role": "Role changed",
    "account.second_factor_off": "Second factor turned off",
    "account.second_factor_on": "Second factor turned on",
    "approval.approved": "Request approved",
    "approval.ask": "Approval asked for",
    "approval.declined": "Request declined",
    "approval.expire": "Approval ran out",
    "audit.export": "Audit trail downloaded",
    "bot.trouble": "Trouble told by SalesIQ's bot",
    "call.reassign": "Call given to another owner",
    "call.bring_back": "Call brought back to what needs attention",
    "call.retry": "Call tried again",
    "call.set_aside": "Call set aside",
    "call.skip": "Call skipped",
    "callback.bring_back": "Call-back brought back to what needs attention",
    "callback.retry": "Call-back tried again",
    "callback.set_aside": "Call-back set aside",
    "calls.export": "Calls downloaded",
    "chat.bring_back": "Answer brought back to what needs attention",
    "chat.closed": "Chat closed",
    "chat.handed_over": "Chat handed over",
    "chat.retry": "Chat's tickets tried again",
    "chat.set_aside": "Late answer set aside",
    "chat.ticket_wanted": "Ticket asked for in a chat",
    "configuration.change": "Configuration changed",
    "credentials.change": "Credentials changed",
    "example.dismiss": "Unsure message set aside",
    "key.create": "API key made",
    "key.revoke": "API key revoked",
    "lane.wake": "Background job started by hand",
    "mail.bring_back": "Mail brought back to what needs attention",
    "mail.retry": "Mail sent again",
    "mail.set_aside": "Mail set aside",
    "mail.test": "Test mail sent",
    "media.bring_back": "Recording or voicemail brought back to what needs attention",
    "media.download": "Recording or voicemail downloaded",
    "media.retry": "Recording or voicemail tried again",
    "media.set_aside": "Recording or voicemail set aside",
    "people.export": "Data of a person exported",
    "people.forget": "Person forgotten",
    "report.refresh": "Report built again",
    "report.send": "Report sent",
    "run.start": "Run started",
    "run.stop": "Run stopped",
    "session.end": "Signed out",
    "session.locked": "Sign-in locked after failures",
    "session.revoke": "Other devices signed out",
    "session.start": "Signed in",
    "ticket.bring_back": "Ticket brought back to what needs attention",
    "ticket.close": "Ticket closed",
    "ticket.comment": "Comment added to a ticket",
    "ticket.extended": "Request added to an open ticket",
    "ticket.feedback": "Feedback given",
    "ticket.gone": "Ticket gone from Zoho Desk",
    "ticket.parked": "Ticket needs a person",
    "ticket.raised": "Ticket created",
    "ticket.refused": "Ticket refused by Zoho Desk",
    "ticket.reopen": "Ticket opened again",
    "ticket.retry": "Ticket tried again",
    "ticket.set_aside": "Ticket set aside",
    "ticket.status": "Status of a ticket changed",
    "ticket.wanted": "Ticket asked for",
}
# What can be chosen: all of a kind.
GROUPS: tuple[tuple[str, str], ...] = (
    ("", "Anything"),
    ("session.", "Signing in and out"),
    ("account.", "Accounts"),
    ("key.", "API keys"),
    ("configuration.", "Configuration"),
    ("run.", "Runs"),
    ("call.", "Calls"),
    ("chat.", "Chats"),
    ("ticket.", "Tickets"),
    ("approval.", "Approvals"),
    ("people.", "Data of persons"),
    ("report.", "Reports"),
    ("mail.", "Mails"),
    ("media.", "Recordings and voicemails"),
    ("credentials.", "Credentials"),
    ("audit.", "This trail"),
)
_PAGES = {"call:": "/calls", "chat:": "/conversations", "run:": "/processing/runs"}
_WHOLE = {"account:": "/team", "key:": "/configuration/keys", "lane:": "/attention"}
_NAMED = {"ticket": "/tickets", "approval": "/tickets", "run": "/processing/runs",
          "report": "/reports"}  # fmt: skip
_ACTORS = {"console": "Console", "cli": "Command line", "api": "API"}


def action_words(action: str) -> str:
    """Say what was done; an action of another version by its own name, spaced."""
    return ACTIONS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


def actor_words(actor: str) -> tuple[str, str]:
    """Return who it was, and by which door: `console:ana` is ana in the console."""
    door, between, name = actor.partition(":")
    if between and name:
        return name, _ACTORS.get(door, door)
    return _ACTORS.get(actor, actor), ""


def subject_path(action: str, subject: str, detail: str = "") -> str:
    """Return the page of what it was done to; blank where there is none."""
    if "***" in subject:
        return ""  # Masked when it was written.
    if action == "configuration.change":
        change = _read(detail).get("change")
        return f"/configuration/history/{quote(str(change), safe='')}" if change else ""
    kind = action.partition(".")[0]
    if kind == "report" and subject:
        return f"/reports/{quote(subject.removeprefix('run:'), safe='')}"
    for begin, path in _PAGES.items():
        if subject.startswith(begin):
            ident = subject.removeprefix("run:")
            return f"{path}/{quote(ident, safe='')}"
    for begin, path in _WHOLE.items():
        if subject.startswith(begin):
            return path
    return f"{_NAMED[kind]}/{quote(subject, safe='')}" if kind in _NAMED and subject else ""


def subject_words(action: str, subject: str, detail: str = "") -> str:
    """Say what it was done to, as people call it; the whole of it stands in the details."""
    if action == "configuration.change":
        return str(_read(detail).get("title") or subject)
    kind, between, name = subject.partition(":")
    if between and name and kind in {"account", "key", "run", "lane"}:
        return name
    if between and kind in {"call", "chat"}:
        return name.rpartition(":")[2] or subject  # The account of the vendor says nothing here.
    return subject


def details(text: str) -> list[tuple[str, str]]:
    """Return what an entry says besides, as pairs for people."""
    found = _read(text)
    if not found and text.strip() not in {"", "{}"}:
        return [("detail", text)]
    return [(str(name).replace("_", " "), _plain(value)) for name, value in found.items()]


def _read(text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
