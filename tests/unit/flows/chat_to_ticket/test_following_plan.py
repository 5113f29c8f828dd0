"""When tickets are read again, and what of them is news."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from switchboard.flows.chat_to_ticket.following_plan import DAY, HOUR, news, next_look, told
from switchboard.vendors.zoho_desk.models import DeskComment


def look(age: float, *, closed: float | None = None, webhook: bool = False) -> float | None:
    """Return after how long a ticket of this age is read again."""
    again = next_look(age, raised_at=0, closed_at=closed, webhook=webhook, poll_minutes=10)
    return None if again is None else again - age


@pytest.mark.parametrize(
    ("age", "after"),
    [(0, 600), (HOUR, 600), (DAY, DAY / 48), (2 * DAY, HOUR), (90 * DAY, DAY)],
)
def test_the_older_a_ticket_the_rarer_it_is_read(age: float, after: float) -> None:
    """A budget of requests is not spent on what has lain for weeks."""
    assert look(age) == after


def test_with_a_webhook_only_a_safety_look_is_left() -> None:
    """Desk tells of changes, but may forget to."""
    assert look(0, webhook=True) == 12 * HOUR


def test_a_closed_ticket_is_watched_for_two_weeks() -> None:
    """It may be opened again; after that nobody looks any more."""
    assert look(DAY, closed=0) == 12 * HOUR
    assert look(14 * DAY, closed=0) is None


def comment(text: str, **changes: object) -> DeskComment:
    facts = {"id": "1", "content": text, "is_public": True, "commenter_type": "AGENT"}
    return DeskComment.model_validate(facts | changes)


def test_news_are_public_words_of_agents() -> None:
    """Private notes, the customer's own and what we wrote ourselves are none."""
    said = [
        comment("<div>Hello &amp; welcome</div><script>alert(1)</script>"),
        comment("private", is_public=False),
        comment("mine", commenter_type="END_USER"),
        comment("ours\n[SB-ABCDEFGHI2]"),
        comment("<p>ours [SB-ABCDEFGHI2]</p>"),
        comment("a < b", content_type="plainText"),
    ]
    first, second = news(said, 0)
    assert first.startswith("Hello & welcome")
    assert "<" not in first
    assert second == "a < b"
    assert news(said, 5) == ["a < b"]


def test_who_is_added_to_a_ticket_hears_what_is_said_from_then_on() -> None:
    """Not what was said to somebody before."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    old = comment("old", commented_time=noon.replace(hour=11))
    new = comment("new", commented_time=noon.replace(hour=13))
    assert news([old, new], 0, noon) == ["new"]


def test_a_comment_fits_into_a_bubble() -> None:
    """SalesIQ refuses longer ones."""
    assert len(told("1000001", "word " * 200)) <= 200
