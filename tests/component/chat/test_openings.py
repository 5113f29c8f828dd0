"""From a visitor's first words to the ticket, with the detector, engine and workflows that ship."""

from __future__ import annotations

import pytest
from tests.trained_detector import shipped_detector
from tests.unit.flows.chat_to_ticket.dialogue import transcripts
from tests.unit.flows.chat_to_ticket.dialogue.test_dialogue_properties import finish

from switchboard.flows.chat_to_ticket.models import LABELS

OPENINGS = {
    "disk_space_upgrade": "we're running out of disk space on the server",
    "password_reset": "I forgot my password",
    "user_management": "we need to add a new employee",
    "monitor_setup": "I want to use two monitors with the remote desktop",
    "printer_issues": "my printer won't print from the server",
    "server_slowness": "Server is slow",
    "rdp_connection": "I can't connect to the remote desktop",
    "server_reboot": "can you reboot our server please",
    "quickbooks_mfa": "intuit isn't sending me the verification code",
    "email_issues": "outlook does not send my mails",
    "quickbooks_issues": "QuickBooks gives error H202",
    "windows_update": "the windows update failed on my computer",
    "account_locked": "my account got locked after too many tries",
}


@pytest.fixture(autouse=True)
def _real_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "fake_classify", shipped_detector())


@pytest.mark.parametrize("label", LABELS)
def test_a_visitor_gets_a_ticket_for_what_they_said(label: str) -> None:
    """Understood at the first attempt, and every ordinary answer is taken as one."""
    player = transcripts.Player()
    player.say(OPENINGS[label])
    assert (player.conversation.stage, player.conversation.offered[:1]) == ("confirming", (label,))
    player.say("yes")
    finish(player)
    assert player.drafts[0].workflow == label
    assert player.drafts[0].contact_email == "anna@example.com"


@pytest.mark.parametrize(
    ("workflow", "slot", "text"),
    [
        ("printer_issues", "name", "Anna Human"),
        ("printer_issues", "name", "Will Help"),
        ("server_reboot", "server", "SRV-PRINT"),
        ("server_reboot", "server", "the accounting server"),
        ("rdp_connection", "username", "helpdesk"),
        ("disk_space_upgrade", "company", "Human Resources Partners"),
        ("disk_space_upgrade", "company", "Password Security Corp"),
        ("server_slowness", "details", "The printer is next to it and it was slow yesterday too"),
        ("quickbooks_issues", "error", "it says the company file is in use"),
        ("windows_update", "broken", "my printer and outlook do not work"),
        ("server_slowness", "since", "since this morning"),
        ("server_reboot", "when", "tonight at 9pm"),
    ],
)
def test_an_answer_is_not_taken_for_another_matter(workflow: str, slot: str, text: str) -> None:
    """What the detector would make of a name or a description does not matter there."""
    player = transcripts.Player()
    player.conversation = player.conversation.model_copy(
        update={"stage": "asking", "workflow": workflow, "current": (slot,), "request": 1}
    )
    player.say(text)
    assert slot in player.conversation.slots
