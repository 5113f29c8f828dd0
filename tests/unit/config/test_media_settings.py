"""The ladder on which a late recording is looked for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from switchboard.config.settings import MediaSettings


@pytest.mark.parametrize("ladder", [(), (5, 1), (1, 1), (0,), (-1, 2)])
def test_a_ladder_has_to_climb(ladder: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        MediaSettings(retry_minutes=ladder)


def test_one_rung_is_a_ladder() -> None:
    assert MediaSettings(retry_minutes=(5,)).retry_minutes == (5,)
