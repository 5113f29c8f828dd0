"""A name is found however its letters are cased, on either database and in any language."""

from __future__ import annotations

import json
from functools import partial

import pytest
import sqlalchemy as sa
from tests.component.store.makers import an_interaction

from switchboard.store import call_search, folding, ledger
from switchboard.store.call_search import CallFilter
from switchboard.store.database import Database


@pytest.mark.parametrize(
    ("written", "typed", "found"),
    [
        ("Jürgen Müller", "MÜLLER", True), ("JÜRGEN MÜLLER", "müller", True),
        ("Łukasz Żak", "łUKASZ żAK", True), ("Иван Петров", "ИВАН", True),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσεύς", False), ("Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", True),
        ("Weiß", "WEIẞ", True), ("Weiß", "WEISS", False), ("山田 太郎", "山田", True),
        ("Müller", "Moller", False), ("Müller", "Möller", False), ("Müller", "muller", False),
        ("100% Zoë", "100% zoË", True), ("100 Zoë", "100% zoë", False),
        ("a_ö*[x]^-", "A_Ö*[X]^-", True), ("abö*[x]", "a_ö*[x]", False), ("aö1", "aö?", False),
        ("a/ö\\", "A/Ö\\", True), ("Olga O'Neil", "o'n", True), ("Zoë (mobile)", "ZOË (m", True),
    ],
)  # fmt: skip
async def test_letters_are_the_same_in_any_case(
    db: Database, written: str, typed: str, found: bool
) -> None:
    """Other letters are others, and signs mean themselves."""
    column = sa.literal(f"-{written}-")
    query = sa.select(folding.contains(column, typed))
    assert bool(await db.run(lambda conn: conn.scalar(query))) is found


async def test_a_caller_is_found_whatever_stands_behind_the_name(db: Database) -> None:
    """A name with quotes stands in a document with backslashes before them."""
    for number, name in enumerate(('Björn "Bär" Ås', "Bjarne")):
        document = f'{{"call": {{"caller_name": {json.dumps(name, ensure_ascii=False)}}}}}'
        row = an_interaction(number, document=document)
        await db.run(partial(ledger.upsert, interactions=[row]))
    page = await db.run(lambda conn: call_search.page(conn, CallFilter(name='BJÖRN "bÄR" ås')))
    assert [each.id for each in page.rows] == ["call:700:0"]
