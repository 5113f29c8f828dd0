import pytest

from switchboard.simulators.core.clock import SimClock


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_speed_shortens_what_lasts_but_not_the_wall() -> None:
    """At 60-fold speed a vendor's minute lasts a second; records still carry the real time."""
    real = Stopwatch()
    clock = SimClock(60, wall=lambda: 1000 + real.seconds, stopwatch=real)
    real.seconds = 1
    assert clock.elapsed() == 60
    assert clock.now() == 1001
    assert clock.real(60) == 1


def test_advancing_moves_wall_and_stopwatch_alike() -> None:
    real = Stopwatch()
    clock = SimClock(wall=lambda: 1000.0, stopwatch=real)
    clock.advance(90)
    assert (clock.now(), clock.elapsed()) == (1090, 90)


def test_a_new_speed_counts_from_now_on() -> None:
    real = Stopwatch()
    clock = SimClock(wall=lambda: 0.0, stopwatch=real)
    real.seconds = 10
    clock.speed = 5
    real.seconds = 12
    assert clock.elapsed() == 20


def test_time_cannot_stand_still_or_run_backwards() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        SimClock(0)
