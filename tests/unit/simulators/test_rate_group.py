from tests.unit.simulators.makers import a_clock

from switchboard.simulators.ringcentral.limits import RateGroup


def test_the_eleventh_request_of_a_minute_is_refused() -> None:
    group = RateGroup("Heavy", 10, a_clock())
    assert [group.take() for _ in range(11)] == [0.0] * 10 + [60.0]
    assert group.headers()["X-Rate-Limit-Remaining"] == "0"


def test_every_request_inside_the_penalty_restarts_it() -> None:
    """ringcentral.md §7.3: whoever knocks too early waits another whole minute."""
    clock = a_clock()
    group = RateGroup("Auth", 1, clock)
    group.take()
    assert group.take() == 60
    clock.advance(59)
    assert group.take() == 60
    clock.advance(59)
    assert group.take() == 60
    clock.advance(60)
    assert group.take() == 0


def test_the_window_slides() -> None:
    clock = a_clock()
    group = RateGroup("Heavy", 2, clock)
    group.take()
    clock.advance(40)
    group.take()
    clock.advance(21)
    assert group.take() == 0


def test_headers_speak_of_real_seconds() -> None:
    assert RateGroup("Heavy", 10, a_clock(60)).headers() == {
        "X-Rate-Limit-Group": "heavy",
        "X-Rate-Limit-Limit": "10",
        "X-Rate-Limit-Remaining": "10",
        "X-Rate-Limit-Window": "1",
    }
