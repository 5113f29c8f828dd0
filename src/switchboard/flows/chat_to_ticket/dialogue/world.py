"""What a step of a dialogue may look at besides the conversation and the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.models import Classify, Priority
from switchboard.flows.chat_to_ticket.workflow import Workflow


@dataclass(frozen=True, slots=True)
class DialogueSettings:
    """An operator's choices, and what is true at this moment."""

    office_open: bool = True  # Somebody can take a chat now.
    can_send_codes: bool = True  # Mail is set up and was not failing lately.
    region: str = "US"  # What a phone number without a country code means.
    bot_name: str = "AceBuddy"
    company: str = ""  # As the greeting names it: "the help desk of Acme Hosting".
    priorities: Mapping[str, Priority] = field(default_factory=dict)  # By workflow; these win.
    code_tries: int = 5  # In one chat, over all codes.
    code_sends: int = 3  # Mails in one chat: a stranger's mailbox must not be flooded.
    resume_after: timedelta = timedelta(hours=1)
    forget_after: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class World:
    workflows: Mapping[str, Workflow]
    classify: Classify
    now: datetime
    settings: DialogueSettings = DialogueSettings()
    wording: Wording = field(default_factory=Wording)

    def title(self, label: str) -> str:
        found = self.workflows.get(label)
        return found.title if found else label.replace("_", " ")

    def detected(self) -> tuple[str, ...]:
        """The workflows a visitor can be offered, in the order of the library."""
        return tuple(each.id for each in self.workflows.values() if each.detected)
