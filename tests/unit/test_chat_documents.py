"""The pages about chats and tickets say what the code does."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from switchboard.config.chat_documents import (
    DESK_DEPARTMENT,
    DESK_KEY,
    DESK_ORG,
    DeskConfig,
    SalesiqConfig,
)
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.library import load_library
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES
from switchboard.store.api_keys import SCOPES
from switchboard.vendors.zoho_desk import access
from switchboard.vendors.zoho_salesiq import wire

DOCS = Path(__file__).parents[2] / "docs"
SUMMARY = (DOCS / "ZOHO_DESK_INTEGRATION_SUMMARY.md").read_text("utf-8")
GUIDE = (DOCS / "ZOHO_DESK_INTEGRATION_GUIDE.md").read_text("utf-8")
QUICK_START = (DOCS / "ZOHO_DESK_QUICK_START.md").read_text("utf-8")
BOT = (DOCS / "salesiq-bot.md").read_text("utf-8")
BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_diagram_has_its_picture_and_no_picture_is_left_over() -> None:
    """A changed diagram is drawn anew: `make diagrams`."""
    blocks = [block for page in DOCS.rglob("*.md") for block in BLOCK.findall(page.read_text())]
    wanted = {f"{hashlib.sha256(b.strip().encode()).hexdigest()[:16]}.svg" for b in blocks}
    assert len(wanted) == len(blocks) > 5
    assert {each.name for each in (DOCS / "diagrams").glob("*.svg")} == wanted


def test_the_overview_lists_the_thirteen_workflows_as_they_are() -> None:
    """Title, priority, check of identity and minutes."""
    rows = re.findall(r"^\| ([^|]+) \| ((?:High|Medium|Low)[^|]*) \| (yes|no) \| (\d+) \|$", SUMMARY, re.MULTILINE)  # fmt: skip  # noqa: E501
    shipped = [each for each in load_library().workflows.values() if each.detected]
    assert rows == [
        (
            each.title,
            each.priority + (", higher in some cases" if each.escalate else ""),
            "no" if each.verification == "none" else "yes",
            str(each.handling_minutes),
        )
        for each in shipped
    ]


def test_the_words_of_the_confirmation_are_those_of_the_bot() -> None:
    """As the customer was promised to read them."""
    words = Wording()
    shown = re.search(r"```text\n(✅.*?)```", SUMMARY, re.DOTALL)
    assert shown is not None
    for sentence in (
        words.logged,
        words.ticket_id.replace("{id}", "TKT-123456"),
        words.ticket_number.replace("{number}", "1000001"),
        words.team_told,
        words.updates.replace("{email}", "john@company.com"),
    ):
        assert sentence in shown[1]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_mail_is_listed_with_its_facts(name: str) -> None:
    """Who writes a template of their own finds what it may name."""
    row = re.search(rf"^\| `{name}` \|.*$", GUIDE, re.MULTILINE)
    assert row is not None
    common = {"help_desk", "bot_name", "support"}
    facts = set(re.findall(r"`(\w+)`", row[0].removesuffix(" |").rpartition(" | ")[2]))
    assert facts == set(SAMPLES[name][0]) - common


def test_scopes_and_variables_are_the_real_ones() -> None:
    """Whoever copies them gets a key that works."""
    assert ",".join(access.SCOPES) in BOT
    assert [each for each in wire.SCOPES if f"`{each}`" not in BOT] == []
    for variable in (DESK_KEY, DESK_ORG, DESK_DEPARTMENT):
        assert variable in QUICK_START
    named = set(re.findall(r"`(\w+:(?:read|write))`", SUMMARY))
    assert named <= set(SCOPES)


def test_the_configuration_of_the_pages_is_sound() -> None:
    """Every JSON of the pages loads as the document it is said to be."""
    samples = re.findall(r"```json\n(.*?)```", QUICK_START, re.DOTALL)
    assert len(samples) == 1
    DeskConfig.model_validate_json(samples[0])
    (bot,) = re.findall(r"```json\n(.*?)```", BOT, re.DOTALL)
    SalesiqConfig.model_validate_json(re.sub(r"^   ", "", bot, flags=re.MULTILINE))
    (priorities,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert DeskConfig.model_validate_json(priorities).priorities.keys() <= set(
        load_library().workflows
    )
