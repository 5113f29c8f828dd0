"""Say how the world is at the moment of an event: who is there, what can be sent, what is said."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from switchboard.config.documents import Office
from switchboard.config.load import Configuration
from switchboard.flows.call_to_lead.hours import opening_hours
from switchboard.flows.chat_to_ticket.dialogue.world import DialogueSettings, World
from switchboard.flows.chat_to_ticket.tools import ChatTools

_HELP_DESK = re.compile(r"\s*\bhelp ?desk$", re.IGNORECASE)  # The greeting says it already.


def world_of(tools: ChatTools, at: datetime) -> World:
    """Return what a step at that moment may look at."""
    configuration = tools.configuration
    chat, desk = configuration.settings.chat, configuration.desk
    office = office_of(tools)
    takes_over = configuration.salesiq is None or configuration.salesiq.hand_over
    closed_after = timedelta(hours=chat.close_after_hours)
    settings = DialogueSettings(
        office_open=takes_over and (office is None or opening_hours(office).is_open(at)),
        can_send_codes=tools.can_mail,
        region=region_of(tools),
        bot_name=chat.bot_name,
        company=whose_help_desk(configuration),
        priorities=desk.priorities if desk else {},
        # A chat is begun anew by its visitor after exactly the time after which it is closed
        # without them: whichever of the two is noticed first makes no difference.
        forget_after=closed_after,
    )
    return World(tools.library.workflows, tools.classify, at, settings, tools.library.wording)


def whose_help_desk(configuration: Configuration) -> str:
    """Return whose help desk it is, as in "the Keystone help desk"; blank where nobody said."""
    company = configuration.settings.company
    own = company.name if "name" in company.model_fields_set else ""
    return _HELP_DESK.sub("", configuration.settings.chat.help_desk or own)


def office_of(tools: ChatTools) -> Office | None:
    """Return the office whose hours count for chats; None where there is none at all."""
    configuration = tools.configuration
    wanted = configuration.settings.chat.office
    first = next(iter(configuration.offices), None)
    return next((each for each in configuration.offices if each.id == wanted), first)


def region_of(tools: ChatTools) -> str:
    """Return the country that numbers written without one belong to."""
    office = office_of(tools)
    return office.region if office else tools.configuration.settings.company.region
