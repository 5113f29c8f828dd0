import random

import pytest
from tests.unit.simulators.makers import a_clock

from switchboard.simulators.core.clock import SimClock
from switchboard.simulators.ringcentral.sessions import Sessions, TokenError


def sessions(clock: SimClock | None = None) -> Sessions:
    return Sessions(clock or a_clock(), random.Random(1))


def code(door: Sessions, token: str) -> str:
    with pytest.raises(TokenError) as refused:
        door.check(token)
    return refused.value.code


def test_a_sixth_login_ends_the_oldest_session() -> None:
    door = sessions()
    tokens = [door.log_in("u").access for _ in range(6)]
    assert code(door, tokens[0]) == "OAU-213"
    assert [door.check(token).owner for token in tokens[1:]] == ["u"] * 5


def test_an_access_token_dies_after_its_hour() -> None:
    clock = a_clock()
    door = sessions(clock)
    token = door.log_in("u").access
    clock.advance(3600)
    assert code(door, token) == "OAU-128"


def test_refreshing_ends_the_former_access_token() -> None:
    door = sessions()
    session = door.log_in("u")
    before, refresh = session.access, session.refresh
    after = door.refresh(refresh).access
    assert code(door, before) == "OAU-213"
    assert door.check(after).owner == "u"


def test_a_used_refresh_token_answers_alike_only_for_a_moment() -> None:
    """ringcentral.md §1.2: ten seconds from the first use of the new access token."""
    clock = a_clock()
    door = sessions(clock)
    refresh = door.log_in("u").refresh
    first = door.refresh(refresh).access
    assert door.refresh(refresh).access == first
    door.check(first)
    clock.advance(11)
    with pytest.raises(TokenError):
        door.refresh(refresh)


def test_revoking_any_token_ends_the_whole_session() -> None:
    door = sessions()
    session = door.log_in("u")
    door.revoke(session.refresh)
    assert code(door, session.access) == "OAU-213"


def test_nonsense_is_no_token() -> None:
    assert code(sessions(), "nonsense") == "OAU-149"
