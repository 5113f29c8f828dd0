"""The starting set's chat half: where tickets go, which bot is listened to, and the variables."""

from __future__ import annotations

from typing import Any

from switchboard.config.chat_documents import DESK_DEPARTMENT, DESK_KEY, DESK_ORG
from switchboard.config.places import DESK, SALESIQ
from switchboard.config.settings import ENV_PREFIX, ChatSettings, ServerSettings

ENV_EXAMPLE = ".env.example"

ENV_TEXT = f"""# Copy this file to .env and take the # away where you fill something in.
# Variables of the process itself win over .env; the store of credentials comes after both.

# Zoho Desk: client_id:client_secret of a self client, or with :refresh_token behind.
# Better, keep it encrypted: `switchboard credentials set desk`.
#{DESK_KEY}=
#{DESK_ORG}=
#{DESK_DEPARTMENT}=

# The store, when it is PostgreSQL. Empty: data/switchboard.db
#{ENV_PREFIX}DATABASE_URL=postgresql://switchboard@localhost/switchboard

# The key of the credentials, when it lies elsewhere; relative to this directory.
#{ENV_PREFIX}ENCRYPTION_KEY_FILE=

# Any value of data/settings.json, for example:
#{ENV_PREFIX}SERVER__PORT={ServerSettings().port}
#{ENV_PREFIX}SERVER__PUBLIC_URL=https://chat.example.com
"""


def chat_documents() -> dict[str, Any]:
    """Return the two documents; with both ids and keys still missing, tickets wait."""
    return {DESK: _desk(), SALESIQ: _salesiq()}


def chat_settings() -> dict[str, Any]:
    """Return the sections of `settings.json` that chats go by."""
    server, chat = ServerSettings().model_dump(), ChatSettings().model_dump()
    return {
        "server": {
            "_comment": "public_url: the https:// address the world uses, for links in mails."
            " Beyond 127.0.0.1 it takes a proxy before us (behind_proxy) or a certificate.",
            **{name: server[name] for name in ("host", "port", "public_url", "behind_proxy")},
        },
        "chat": {
            "_comment": "help_desk: its name in greetings; empty: the company's. office: whose"
            " office hours tell whether operators are there; empty: the first's.",
            **{name: chat[name] for name in ("enabled", "bot_name", "help_desk", "office")},
        },
    }


def hours_alone() -> dict[str, Any]:
    """Return a `lead_owners.json` for whoever works no calls: its office hours still count."""
    return {
        "_comment": "Without calls nobody owns leads; what counts are the hours in which operators"
        " take chats over. days: 1 is Monday. Remove office_hours for day and night.",
        "lead_owners": [],
        "assignment_rules": {
            "office_hours": {"start": "08:00", "end": "18:00", "days": [1, 2, 3, 4, 5]}
        },
    }


def _desk() -> dict[str, Any]:
    return {
        "_comment": "org_id: Setup, Developer Space, API. The other ids are listed by `switchboard"
        f" credentials test`. {DESK_ORG} and {DESK_DEPARTMENT} win over this file.",
        "org_id": None,
        "department_id": None,
        "default_assignee": None,
        "ticket_source": "SalesIQ",
        "_comment_priorities": "Workflow and High, Medium or Low, in place of the workflow's own:"
        ' {"password_reset": "High"}. `switchboard chat lint` lists the workflows.',
        "priorities": {},
        "custom_fields": {
            "_comment": "API names of four fields of one line; null leaves one out.",
            "workflow_type": "cf_workflow_type",
            "automation_source": "cf_automation_source",
            "salesiq_chat_id": "cf_salesiq_chat_id",
            "salesiq_visitor_id": "cf_salesiq_visitor_id",
        },
        "_comment_mails": "team_emails get a mail about every new ticket; support_contact is how"
        " customers reach the team.",
        "team_emails": [],
        "support_contact": "",
        "resolution_hours": {"High": 4, "Medium": 8, "Low": 24},
        "webhook_id": None,
        "poll_minutes": 10,
    }


def _salesiq() -> dict[str, Any]:
    return {
        "_comment": "public_keys: of the bot, Secure your webhook. Without one, SalesIQ's own"
        " deliveries are refused. screen_name: the end of the portal's address, for answers given"
        " later. department_id: whose operators take chats over.",
        "public_keys": [],
        "screen_name": None,
        "department_id": None,
        "hand_over": True,
    }
