"""What a client sees of each kind of fault, over a real connection."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from switchboard.simulators.server import SimulatorServer

ACCOUNT = "/ringcentral/restapi/v1.0/account/~"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(calls=20) as running:
        yield running


@pytest.fixture
def client(server: SimulatorServer) -> Iterator[httpx.Client]:
    server.world.faults.clear()
    server.world.requests.clear()
    token = server.world.ringcentral.sessions.log_in("700100101").access
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.base_url, headers=headers, timeout=5) as client:
        yield client


def plan(client: httpx.Client, **fault: Any) -> None:
    client.post("/_sim/faults", json={"vendor": "ringcentral", **fault}).raise_for_status()


def statuses(server: SimulatorServer) -> list[int | None]:
    return [row.status for row in server.world.requests.rows("ringcentral")]


def test_a_lost_answer_leaves_a_request_that_was_carried_out(
    client: httpx.Client, server: SimulatorServer
) -> None:
    plan(client, kind="done_but_lost")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(ACCOUNT)
    assert statuses(server) == [200]
    assert client.get(ACCOUNT).status_code == 200


def test_a_dropped_connection_leaves_nothing_done(
    client: httpx.Client, server: SimulatorServer
) -> None:
    plan(client, kind="drop")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(ACCOUNT)
    assert statuses(server) == [None]


@pytest.mark.parametrize(("processed", "status"), [(False, None), (True, 200)])
def test_a_time_out_may_hide_a_request_that_was_carried_out(
    client: httpx.Client, server: SimulatorServer, processed: bool, status: int | None
) -> None:
    plan(client, kind="timeout", delay_s=0.6, processed=processed)
    with pytest.raises(httpx.ReadTimeout):
        client.get(ACCOUNT, timeout=0.3)
    assert statuses(server) == [status]


def test_a_held_answer_ends_without_one(client: httpx.Client) -> None:
    plan(client, kind="timeout", delay_s=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(ACCOUNT)


def test_garbage_is_an_answer_nobody_can_read(
    client: httpx.Client, server: SimulatorServer
) -> None:
    plan(client, kind="garbage")
    answer = client.get(ACCOUNT)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()
    assert statuses(server) == [200]


def test_an_error_carries_the_status_and_body_asked_for(client: httpx.Client) -> None:
    plan(client, kind="error", status=503, body={"errorCode": "CMN-201"})
    answer = client.get(ACCOUNT)
    assert (answer.status_code, answer.json()) == (503, {"errorCode": "CMN-201"})


def test_an_error_page_may_be_html(client: httpx.Client) -> None:
    plan(client, kind="error", status=502, body="<html>Bad gateway</html>")
    answer = client.get(ACCOUNT)
    assert answer.headers["content-type"].startswith("text/html")


def test_a_slow_answer_is_the_right_one(client: httpx.Client) -> None:
    plan(client, kind="slow", delay_s=0.2)
    before = time.perf_counter()
    assert client.get(ACCOUNT).json()["id"] == 700100004
    assert time.perf_counter() - before >= 0.2


def test_an_expired_token_stays_expired(client: httpx.Client) -> None:
    plan(client, kind="expired_token")
    assert client.get(ACCOUNT).json()["errorCode"] == "TokenExpired"
    assert client.get(ACCOUNT).status_code == 401


def test_a_planned_rate_limit_speaks_the_vendors_language(client: httpx.Client) -> None:
    plan(client, kind="rate_limit")
    answer = client.get(ACCOUNT)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["errors"][0]["errorCode"] == "CMN-301"


def test_faults_of_one_vendor_leave_the_others_alone(
    client: httpx.Client, server: SimulatorServer
) -> None:
    plan(client, kind="error", vendor="zoho_crm", probability=1)
    assert client.get(ACCOUNT).status_code == 200
    assert client.get("/zoho-crm/crm/v8/org").status_code == 500
    assert server.world.requests.rows("zoho_crm")[-1].fault == "error"


def test_two_vendors_hosts_share_one_name(client: httpx.Client, server: SimulatorServer) -> None:
    """Platform and media are both `ringcentral`: one fault plan, one request list."""
    assert client.get("/ringcentral-media/restapi/v1.0/account/~/x").status_code == 501
    assert statuses(server) == [501]


MEDIA = "/ringcentral-media/restapi/v1.0/account/~/recording"


def a_recording(client: httpx.Client) -> str:
    order = {"kind": "accepted", "recorded": True, "talk_seconds": 60}
    made = client.post("/_sim/calls", json=order).json()[0]
    return f"{MEDIA}/{made['recording']}/content"


def test_a_body_is_cut_after_so_many_bytes(client: httpx.Client) -> None:
    """The head has promised more; the next request gets everything."""
    path = a_recording(client)
    plan(client, kind="cut", match="/content", after_bytes=70_001)
    found = bytearray()

    def read() -> None:
        with client.stream("GET", path) as answer:
            for part in answer.iter_raw():
                found.extend(part)

    with pytest.raises(httpx.RemoteProtocolError):
        read()
    whole = client.get(path).content
    assert len(found) == 70_001
    assert whole.startswith(found)


def test_a_body_stalls_and_then_goes_on(client: httpx.Client) -> None:
    """An impatient client gives up, a patient one gets it all."""
    path = a_recording(client)
    whole = client.get(path).content
    plan(client, kind="stall", match="/content", after_bytes=5_000, delay_s=0.3, times=2)
    started = time.monotonic()
    assert client.get(path).content == whole
    assert time.monotonic() - started > 0.3
    with pytest.raises(httpx.ReadTimeout):
        client.get(path, timeout=0.1)


def test_a_short_answer_can_be_cut_as_well(client: httpx.Client) -> None:
    """Whatever its length: the connection is gone at its end at the latest."""
    plan(client, kind="cut", after_bytes=10)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(ACCOUNT)
