"""Our own description of the API turned against us: whatever fits it, and whatever does not.

The real application on a real port, with the real door, and the simulated Zoho Desk behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api_process import ApiProcess, api_process

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    with api_process(tmp_path_factory.mktemp("api")) as api:
        yield api


def attack(api: ApiProcess, examples: int) -> int:
    """Send so many requests to each operation, fitting and unfitting; return how many were."""
    described = schemathesis.openapi.from_url(f"{api.address}/openapi.json")
    sent = 0
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in GenerationMode:

            @settings(CALM, max_examples=examples)
            @given(case=operation.as_strategy(generation_mode=mode))
            def send(case: schemathesis.Case[Any]) -> None:
                nonlocal sent
                case.call_and_validate(checks=CHECKS, headers={"X-Api-Key": api.key})
                sent += 1

            with suppress(Unsatisfiable):  # Nothing unfitting exists where nothing is sent.
                send()
    return sent


def test_whatever_is_sent_gets_an_answer_that_was_described(api: ApiProcess) -> None:
    """Never a 5xx, never a status or a form that the document does not name."""
    assert attack(api, 2) > 30


@pytest.mark.slow
def test_the_same_of_much_more(api: ApiProcess) -> None:
    """The same, for longer."""
    assert attack(api, 14) > 180
