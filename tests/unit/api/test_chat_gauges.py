"""What Prometheus reads of chats is what `chat stats` shows."""

from __future__ import annotations

from switchboard.api.chat_gauges import families
from switchboard.flows.chat_to_ticket.statistics import Counted, TicketCount, figures

TICKET = TicketCount(
    workflow="password_reset",
    day="2026-11-20",
    priority="Medium",
    from_chat=True,
    escalated=False,
    extends=False,
    handling_minutes=20,
    satisfaction=4,
)


def read(*tickets: TicketCount) -> dict[str, dict[tuple[str, ...], float]]:
    counted = Counted(facts={("opened", ""): 3}, tickets=tickets, solved_unescalated={})
    found = figures(counted, titles={"password_reset": "Password reset"}, handling_minutes={})
    return {
        family.name: {tuple(each.labels.values()): each.value for each in family.samples}
        for family in families({"1d": found})
    }


def test_figures_become_gauges() -> None:
    """By what they count, and over which stretch."""
    shown = read(TICKET)
    assert shown["switchboard_chat_conversations"]["opened", "1d"] == 3
    assert shown["switchboard_chat_tickets"]["created", "1d"] == 1
    assert shown["switchboard_chat_saved_minutes"]["password_reset", "1d"] == 20
    assert shown["switchboard_chat_satisfaction"]["average", "1d"] == 4


def test_what_was_not_counted_is_left_out() -> None:
    """A missing rate is no rate of zero."""
    shown = read()
    assert "average" not in {key for key, _ in shown["switchboard_chat_satisfaction"]}
    assert shown["switchboard_chat_resolution_minutes"] == {}
