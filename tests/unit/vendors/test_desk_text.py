"""Whatever a visitor writes reaches Zoho Desk harmless, whole where possible, and short enough."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.errors import RejectedError
from switchboard.vendors.zoho_desk import text

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=400)  # Surrogates too.
HOSTILE = st.lists(
    st.sampled_from(
        ["<script>", "&", '"', "zsu[@user:7]zsu", "\ud800", "😀", "\u202e", "\n", "a "]
    ),
    max_size=60,
).map("".join)


@given(ANYTHING | HOSTILE)
def test_a_description_shows_exactly_what_was_typed(words: str) -> None:
    """No mark-up of a visitor's is ever rendered to an agent."""
    written = text.description(words)
    assert set(re.findall(r"<[^>]*>?", written)) <= {"<br>"}
    assert html.unescape(written.replace("<br>", "\n")) == text.clean(words)


@given(HOSTILE, st.integers(1, 3_000))
def test_a_description_fits_after_escaping(words: str, times: int) -> None:
    """One & becomes five characters, and Desk counts those."""
    written = text.description(words * times)
    assert text.units(written) <= text.DESCRIPTION_LENGTH
    assert not re.search(r"&[a-z#0-9]*$", written)


def test_a_long_description_keeps_as_much_as_fits() -> None:
    written = text.description("&" * 20_000)
    assert written.startswith("&amp;&amp;")
    assert written.endswith(text.CUT)
    assert text.DESCRIPTION_LENGTH - text.units(written) < len("&amp;")


@given(ANYTHING | HOSTILE)
def test_no_visitor_mentions_an_agent(words: str) -> None:
    """A mention would notify somebody at the visitor's command."""
    made = (text.clean(words), text.description(words), text.subject(words, words))
    assert all("zsu[" not in each.lower() for each in made)


@pytest.mark.parametrize("words", ["zsu[@user:7]zsu", "ZSU[@user:7]zsu", "zzsu[su[@user:7]zsu"])
def test_mentions_stay_readable(words: str) -> None:
    assert "@user:7]zsu" in text.clean(words)


@given(ANYTHING | HOSTILE, st.integers(2, 50))
def test_parts_of_a_comment_lose_nothing(words: str, length: int) -> None:
    """The whole conversation is on the ticket, however long it was."""
    parts = text.comment_parts(words, length)
    assert "".join(parts) == text.clean(words)
    assert all(0 < text.units(part) <= length for part in parts)


def test_comments_are_parted_between_lines() -> None:
    """Nobody likes a sentence torn apart."""
    line = "Visitor: the printer does not print\n"
    parts = text.comment_parts(line * 3_000)
    assert len(parts) == 4
    assert all(part.endswith("\n") for part in parts)


@given(ANYTHING | HOSTILE, st.text(alphabet="ABCDEF0123456789-", min_size=1, max_size=30))
def test_a_subject_ends_with_our_marker(words: str, marker: str) -> None:
    """It is how a ticket is found again after an answer was lost."""
    made = text.subject(words * 3, marker)
    assert made.endswith(f"[{marker}]")
    assert text.units(made) <= text.SUBJECT_LENGTH
    assert "\n" not in made


@given(ANYTHING)
def test_clean_text_can_be_sent(words: str) -> None:
    """Half a character would stop the whole request, a control character the page."""
    kept = text.clean(words)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", kept)
    assert text.clean(kept) == kept


@pytest.mark.parametrize("address", ["jo@example.com", " Jo.O'Neil+x@sub.example.co ", "é@x.fr"])
def test_addresses_are_kept(address: str) -> None:
    assert text.email(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    ["", "jo", "jo@example", "jo@ex ample.com", "a@b.c,d@e.f", "<jo@example.com>", "a@b@c.d",
     f"{'x' * 95}@ex.com"],
)  # fmt: skip
def test_other_addresses_are_refused(address: str) -> None:
    """A comma means "any of" to Desk's search, and a long address would be cut and could double."""
    with pytest.raises(RejectedError, match="e-mail") as caught:
        text.email(address)
    assert caught.value.code == "DESK-422"
