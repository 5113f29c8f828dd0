"""The door through which tests and people move the simulated world."""

from collections.abc import Iterator

import httpx
import pytest

from switchboard.simulators.server import SimulatorServer


@pytest.fixture
def door() -> Iterator[httpx.Client]:
    with (
        SimulatorServer(seed=3, calls=40) as server,
        httpx.Client(base_url=server.base_url) as client,
    ):
        yield client


def test_health_tells_what_the_world_is_made_of(door: httpx.Client) -> None:
    health = door.get("/_sim/health").json()
    assert (health["ok"], health["seed"], health["calls"]) == (True, 3, 40)


def test_a_reset_makes_the_same_world_or_another_one(door: httpx.Client) -> None:
    def sessions() -> list[tuple[str, str]]:
        rows = door.get("/_sim/state/ringcentral/calls").json()
        return [(row["session"], row["kind"]) for row in rows]

    first = sessions()
    door.post("/_sim/calls", json={"kind": "missed"})
    assert len(sessions()) == 41
    door.post("/_sim/reset", json={"seed": 3})
    assert sessions() == first
    door.post("/_sim/reset", json={"seed": 4, "calls": 10})
    assert len(sessions()) == 10


def test_a_reset_forgets_faults_and_requests(door: httpx.Client) -> None:
    door.get("/ringcentral/restapi")
    door.post("/_sim/faults", json=[{"kind": "drop"}, {"kind": "slow"}])
    door.post("/_sim/reset", json={})
    assert door.get("/_sim/faults").json() == []
    assert door.get("/_sim/requests").json() == []


@pytest.mark.parametrize("body", [{"seeds": 1}, {"scenario": "nonsense"}, {"calls": "few"}])
def test_a_reset_that_makes_no_sense_leaves_the_world_as_it_was(
    door: httpx.Client, body: dict[str, object]
) -> None:
    assert door.post("/_sim/reset", json=body).status_code == 400
    assert door.get("/_sim/health").json()["seed"] == 3


def test_requests_are_listed_with_vendor_and_group(door: httpx.Client) -> None:
    door.get("/ringcentral/restapi/v1.0/account/~/call-log?view=Simple")
    (row,) = door.get("/_sim/requests", params={"vendor": "ringcentral"}).json()
    assert (row["method"], row["path"]) == ("GET", "/restapi/v1.0/account/~/call-log")
    assert (row["query"], row["status"], row["group"]) == ("view=Simple", 401, "heavy")
    assert door.get("/_sim/requests", params={"vendor": "zoho_crm"}).json() == []


def test_an_unknown_collection_names_the_known_ones(door: httpx.Client) -> None:
    answer = door.get("/_sim/state/ringcentral/nonsense")
    assert answer.status_code == 404
    assert "calls, extensions, limits, logins" in answer.json()["error"]


def test_the_clock_can_be_moved_and_hurried(door: httpx.Client) -> None:
    before = door.get("/_sim/health").json()["now"]
    after = door.post("/_sim/clock", json={"advance_s": 3600, "speed": 60}).json()
    assert after["now"] - before >= 3600
    assert after["speed"] == 60
    assert door.post("/_sim/clock", json={"speed": 0}).status_code == 400


def test_a_misspelt_fault_or_call_is_refused_with_the_reason(door: httpx.Client) -> None:
    fault = door.post("/_sim/faults", json={"kind": "explode"})
    assert fault.status_code == 400
    call = door.post("/_sim/calls", json={"kind": "accpeted"})
    assert "Unknown kind of call 'accpeted'" in call.json()["error"]


def test_fax_is_no_voice_session(door: httpx.Client) -> None:
    """`sessions` is what a reader of the voice log has to account for."""
    before = len(door.get("/_sim/state/ringcentral/sessions").json())
    door.post("/_sim/calls", json=[{"kind": "fax_in"}, {"kind": "missed"}])
    assert len(door.get("/_sim/state/ringcentral/sessions").json()) == before + 1
