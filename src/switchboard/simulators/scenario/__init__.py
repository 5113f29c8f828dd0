"""A believable company and its history, for both vendors, made from a seed."""

from switchboard.simulators.scenario.chats import connect_bot
from switchboard.simulators.scenario.configuration import config_documents, credentials
from switchboard.simulators.scenario.extra import add_calls
from switchboard.simulators.scenario.files import write_config
from switchboard.simulators.scenario.populate import SCENARIOS, populate

__all__ = [
    "SCENARIOS",
    "add_calls",
    "config_documents",
    "connect_bot",
    "credentials",
    "populate",
    "write_config",
]
