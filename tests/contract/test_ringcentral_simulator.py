"""RingCentral's stand-in against the vendor's own OpenAPI file and its own Python SDK."""

import email
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from switchboard.simulators.core.world import World
from switchboard.simulators.ringcentral.calls import KINDS
from switchboard.simulators.scenario import add_calls
from switchboard.simulators.server import SimulatorServer

OPENAPI = Path(__file__).parents[2].parent / "shared" / "vendors" / "ringcentral.openapi.json"
ACCOUNT = "/ringcentral/restapi/v1.0/account/~"
MEDIA = "/ringcentral-media/restapi/v1.0/account/~"
# Spellings live answers carry although the document does not list them: ringcentral.md §2.5.
DRIFTED_RESULTS = ["Call accepted", "Hang up"]
BASIC = ("sim-rc-client", "sim-rc-secret")
JWT_GRANT = {
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "assertion": "sim-rc-jwt",
}

MESSAGE_CONTENT = (
    "account/{accountId}/extension/{extensionId}/message-store/{messageId}/content/{attachmentId}"
)

Json = dict[str, Any]
Conform = Callable[[str, Any], None]


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=11, calls=260) as running:
        limits = running.world.ringcentral.limits.limits
        limits.update(dict.fromkeys(limits, 100_000))
        yield running


@pytest.fixture(scope="module")
def world(server: SimulatorServer) -> World:
    return server.world


@pytest.fixture(scope="module")
def client(server: SimulatorServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=20) as client:
        answer = client.post("/ringcentral/restapi/oauth/token", data=JWT_GRANT, auth=BASIC)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@pytest.fixture(scope="module")
def document() -> Json:
    if not OPENAPI.exists():
        pytest.skip("The vendors' OpenAPI files (../shared/vendors) are not here.")
    loaded: Json = json.loads(OPENAPI.read_text(encoding="utf-8"))
    loaded["components"]["schemas"]["CallResultEnum"]["enum"] += DRIFTED_RESULTS
    return loaded


@pytest.fixture(scope="module")
def conform(document: Json) -> Conform:
    """Fail unless the value fits the named schema of the vendor's document."""

    def check(schema: str, value: Any) -> None:
        validator = jsonschema.Draft202012Validator(
            {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        )
        errors = [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(value)]
        assert errors == []

    return check


def three_days() -> str:
    """With `Z`: the official SDK does not escape the `+` of an offset."""
    return f"{datetime.now(UTC) - timedelta(days=3, minutes=1):%Y-%m-%dT%H:%M:%S.000Z}"


def whole_log(client: httpx.Client, path: str = "", **params: str) -> list[Json]:
    """Follow the navigation to the end."""
    query: dict[str, str] | None = {"dateFrom": three_days(), "view": "Detailed", **params}
    url: str | None = f"{ACCOUNT}{path}/call-log"
    records: list[Json] = []
    while url is not None:
        answer = client.get(url, params=query).raise_for_status().json()
        records += answer["records"]
        url, query = answer["navigation"].get("nextPage", {}).get("uri"), None
    return records


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["errorCode"]


# --- every answer has the documented shape -------------------------------------------------------

SHAPES = {
    "": "GetAccountInfoResponse",
    "/call-log?view=Detailed&perPage=1000&dateFrom=2020-01-01T00:00:00Z": "CallLogResponse",
    "/call-log?view=Simple": "CallLogResponse",
    "/call-log?page=99": "CallLogResponse",
    "/extension/700100301/call-log?view=Detailed&dateFrom=2020-01-01T00:00:00Z": "CallLogResponse",
    "/active-calls?view=Detailed": "CallLogResponse",
    "/extension/~/active-calls": "CallLogResponse",
    "/call-log-sync?syncType=FSync&recordCount=50&view=Detailed": "CallLogSyncResponse",
    "/extension/700100301/call-log-sync?recordCount=5": "CallLogSyncResponse",
    "/call-log-extract-sync?view=Detailed": "CallLogExtractSyncResponse",
    "/extension": "GetExtensionListResponse",
    "/extension/~": "GetExtensionInfoResponse",
    "/extension/700100302": "GetExtensionInfoResponse",
    "/extension/700100301/phone-number": "GetExtensionPhoneNumbersResponse",
    "/phone-number": "AccountPhoneNumbers",
    "/call-queues": "CallQueueList",
    "/call-queues/700100201/members": "CallQueueMembers",
    "/department/700100201/members": "DepartmentMemberList",
    "/directory/entries": "DirectoryResource",
    "/call-recording": "CallRecordingSettingsResource",
    "/extension/700100201/message-store?dateFrom=2020-01-01T00:00:00Z": "GetMessageList",
    "/extension/700100201/message-sync?dateFrom=2020-01-01T00:00:00Z": "GetMessageSyncResponse",
}


@pytest.mark.parametrize("path", SHAPES)
def test_an_answer_has_the_documented_shape(
    client: httpx.Client, conform: Conform, path: str
) -> None:
    answer = client.get(f"{ACCOUNT}{path}")
    assert answer.status_code == 200
    conform(SHAPES[path], answer.json())


def test_records_of_every_kind_have_the_documented_shape(
    client: httpx.Client, conform: Conform, world: World
) -> None:
    made = add_calls(world, [{"kind": kind, "settles_in_s": s} for kind in KINDS for s in (0, 600)])
    ids = [record for call in made for record in call["records"]]
    for record_id in ids:
        answer = client.get(f"{ACCOUNT}/call-log/{record_id}", params={"view": "Detailed"})
        conform("CallLogRecord", answer.json())


def test_tokens_and_versions_have_the_documented_shape(
    client: httpx.Client, conform: Conform
) -> None:
    answer = client.post("/ringcentral/restapi/oauth/token", data=JWT_GRANT, auth=BASIC)
    conform("TokenInfo", answer.json())
    conform("ApiVersionsList", client.get("/ringcentral/restapi").json())


def test_media_metadata_has_the_documented_shape(client: httpx.Client, conform: Conform) -> None:
    recording = next(r["recording"]["id"] for r in whole_log(client) if "recording" in r)
    conform("GetCallRecordingResponse", client.get(f"{ACCOUNT}/recording/{recording}").json())


def test_every_documented_path_is_answered_or_loudly_refused(
    client: httpx.Client, document: Json
) -> None:
    """Nothing in the companion document falls through to a polite answer by accident."""
    known: set[str] = set()
    unknown: set[str] = set()
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        url = re.sub(r"\{accountId\}|\{extensionId\}", "~", path)
        status = client.get("/ringcentral" + re.sub(r"\{\w+\}", "0", url)).status_code
        (unknown if status == 501 else known).add(path)
    assert {path.rpartition("v1.0/")[2] for path in unknown} == {
        "/restapi/oauth/authorize",
        "account/{accountId}/recording/{recordingId}/content",  # On the media host.
        MESSAGE_CONTENT,  # Likewise.
        "subscription",
        "subscription/{subscriptionId}",
        "account/{accountId}/telephony/sessions/{telephonySessionId}",
    }
    assert len(known) > 20


# --- the call log ---------------------------------------------------------------------------------


def test_paging_by_navigation_finds_every_record_once(client: httpx.Client) -> None:
    small, large = whole_log(client, perPage="17"), whole_log(client, perPage="max")
    assert [r["id"] for r in small] == [r["id"] for r in large]
    assert len({r["id"] for r in small}) == len(small)
    assert [r["startTime"] for r in small] == sorted((r["startTime"] for r in small), reverse=True)


def test_the_company_log_holds_every_session_the_simulator_knows(
    client: httpx.Client, world: World
) -> None:
    found = {record["telephonySessionId"] for record in whole_log(client)}
    assert found == {call.session for call in world.ringcentral.calls()}


def test_without_dates_only_a_day_comes_back(client: httpx.Client) -> None:
    answer = client.get(f"{ACCOUNT}/call-log", params={"perPage": "max"}).json()
    oldest = min(record["startTime"] for record in answer["records"])
    assert oldest >= (datetime.now(UTC) - timedelta(hours=24, minutes=1)).isoformat()[:19]
    assert len(answer["records"]) < len(whole_log(client))


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"direction": "Outbound"}, lambda r: r["direction"] == "Outbound"),
        ({"type": "Fax"}, lambda r: r["type"] == "Fax"),
        ({"recordingType": "OnDemand"}, lambda r: r["recording"]["type"] == "OnDemand"),
        ({"withRecording": "true"}, lambda r: "recording" in r),
        ({"metadataCategory": "x"}, lambda _: False),
    ],
)
def test_a_filter_lets_exactly_its_records_through(
    client: httpx.Client, params: dict[str, str], fits: Callable[[Json], bool]
) -> None:
    def safely(record: Json) -> bool:
        try:
            return fits(record)
        except KeyError:
            return False

    expected = [r["id"] for r in whole_log(client) if r.get("finished") and safely(r)]
    found = [r["id"] for r in whole_log(client, **params) if r.get("finished")]
    assert found == expected


def test_a_call_is_found_by_number_session_and_extension(client: httpx.Client) -> None:
    records = whole_log(client)
    wanted = next(
        r
        for r in records
        if r["result"] == "Accepted" and r["from"].get("phoneNumber", "").startswith("+1")
        and "X" not in r["from"]["phoneNumber"]
    )  # fmt: skip
    by_number = whole_log(client, phoneNumber=wanted["from"]["phoneNumber"].lstrip("+"))
    assert wanted["id"] in {r["id"] for r in by_number}
    (one,) = whole_log(client, sessionId=wanted["sessionId"])[:1]
    assert one["telephonySessionId"] == wanted["telephonySessionId"]
    found = whole_log(client, telephonySessionId=wanted["telephonySessionId"])
    assert {r["telephonySessionId"] for r in found} == {wanted["telephonySessionId"]}
    short = {r["id"] for r in whole_log(client, extensionNumber="2001")}
    assert 0 < len(short) < len(records)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"perPage": "many"}, (400, "CMN-101")),
        ({"page": "0"}, (400, "CMN-101")),
        ({"dateFrom": "yesterday"}, (400, "CMN-101")),
        ({"direction": "Sideways"}, (400, "CMN-101")),
        ({"view": "Everything"}, (400, "CMN-101")),
        ({"phoneNumber": "+12155550100"}, (400, "CMN-101")),
        ({"phoneNumber": "1215", "extensionNumber": "2001"}, (400, "CMN-101")),
        ({"sessionId": "1", "extensionNumber": "2001"}, (400, "CLG-110")),
    ],
)
def test_a_wrong_parameter_is_named(
    client: httpx.Client, params: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(client.get(f"{ACCOUNT}/call-log", params=params)) == expected


def test_a_plus_that_was_not_escaped_is_a_wrong_date(client: httpx.Client) -> None:
    answer = client.get(f"{ACCOUNT}/call-log?dateFrom=2026-01-01T00:00:00+01:00")
    assert code(answer) == (400, "CMN-101")


def test_several_records_come_as_multipart_in_the_order_asked_for(client: httpx.Client) -> None:
    ids = [record["id"] for record in whole_log(client)[:3]]
    wanted = [ids[0], "nonsense", ids[1], ids[2]]
    answer = client.get(f"{ACCOUNT}/call-log/{','.join(wanted)}")
    assert answer.status_code == 207
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + answer.content).get_payload()
    assert isinstance(parts, list)
    bodies = [json.loads(str(part.get_payload())) for part in parts]  # type: ignore[union-attr]
    assert [row["status"] for row in bodies[0]["response"]] == [200, 404, 200, 200]
    assert [body.get("id") for body in bodies[1:]] == [ids[0], None, ids[1], ids[2]]
    assert bodies[2]["errors"][0]["errorCode"] == "CMN-102"


def test_several_records_can_come_as_json(client: httpx.Client) -> None:
    ids = [record["id"] for record in whole_log(client)[:2]]
    accept = {"Accept": "application/vnd.ringcentral.multipart+json"}
    answer = client.get(f"{ACCOUNT}/call-log/{','.join(ids)}", headers=accept)
    assert answer.status_code == 207
    assert [(row["resourceId"], row["status"]) for row in answer.json()] == [
        (ids[0], 200),
        (ids[1], 200),
    ]


def test_fifty_one_records_are_too_many(client: httpx.Client) -> None:
    ids = ",".join(f"Qx{n:09d}AzUA" for n in range(51))
    assert code(client.get(f"{ACCOUNT}/call-log/{ids}")) == (400, "CMN-106")


# --- synchronisation ------------------------------------------------------------------------------


def sync(client: httpx.Client, **params: str) -> Json:
    answer: Json = client.get(f"{ACCOUNT}/call-log-sync", params=params).raise_for_status().json()
    return answer


def test_an_incremental_sync_tells_of_new_and_of_rewritten_calls(
    client: httpx.Client, world: World
) -> None:
    (late,) = add_calls(world, {"kind": "missed", "settles_in_s": 50})
    token = sync(client, recordCount="10")["syncInfo"]["syncToken"]
    assert sync(client, syncType="ISync", syncToken=token)["records"] == []
    (fresh,) = add_calls(world, {"kind": "accepted"})
    world.clock.advance(51)
    changed = sync(client, syncType="ISync", syncToken=token)["records"]
    ids = {record["id"] for record in changed}
    assert {*late["records"], *fresh["records"]} <= ids


def test_more_than_250_changes_end_the_token(client: httpx.Client, world: World) -> None:
    token = sync(client, recordCount="1")["syncInfo"]["syncToken"]
    add_calls(world, {"kind": "missed", "count": 251})
    answer = client.get(
        f"{ACCOUNT}/call-log-sync", params={"syncType": "ISync", "syncToken": token}
    )
    assert code(answer) == (400, "CLG-104")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "CMN-101"),
        ({"recordCount": "251"}, "CMN-101"),
        ({"syncType": "ISync"}, "CMN-101"),
        ({"syncType": "ISync", "syncToken": "nonsense"}, "CLG-101"),
    ],
)
def test_a_sync_that_makes_no_sense_is_refused(
    client: httpx.Client, params: dict[str, str], expected: str
) -> None:
    assert code(client.get(f"{ACCOUNT}/call-log-sync", params=params)) == (400, expected)


def test_an_extract_sync_walks_through_every_change_once(
    client: httpx.Client, world: World
) -> None:
    url = f"{ACCOUNT}/call-log-extract-sync"
    answer = client.get(url, params={"dateFrom": three_days(), "recordCount": "100"}).json()
    ids = [record["id"] for record in answer["records"]]
    while answer["syncInfo"]["newerRecordsExist"]:
        token = answer["syncInfo"]["syncToken"]
        answer = client.get(url, params={"syncType": "ISync", "syncToken": token}).json()
        ids += [record["id"] for record in answer["records"]]
    assert len(set(ids)) == len(ids)
    assert len({i[:11] for i in ids}) == len(world.ringcentral)


# --- media ----------------------------------------------------------------------------------------


def test_a_recording_comes_whole_or_in_ranges(client: httpx.Client) -> None:
    recording = next(r["recording"] for r in whole_log(client) if "recording" in r)
    whole = client.get(recording["contentUri"])
    assert whole.headers["content-type"] in {"audio/wav", "audio/mpeg"}
    part = client.get(recording["contentUri"], headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    assert part.headers["content-range"] == f"bytes 4-9/{len(whole.content)}"
    tail = client.get(recording["contentUri"], headers={"Range": "bytes=-5"})
    assert tail.content == whole.content[-5:]
    beyond = client.get(recording["contentUri"], headers={"Range": f"bytes={10**9}-"})
    assert code(beyond) == (416, "CMN-107")


def test_a_recording_is_not_there_at_once(client: httpx.Client, world: World) -> None:
    order = {"kind": "accepted", "talk_seconds": 90, "settles_in_s": 20, "count": 8}
    made = [call for call in add_calls(world, order) if call["recording"]]
    recording = made[0]["recording"]
    assert code(client.get(f"{MEDIA}/recording/{recording}/content")) == (404, "CMN-102")
    world.clock.advance(60)
    assert client.get(f"{MEDIA}/recording/{recording}/content").status_code == 200


def test_sound_and_text_of_a_voicemail_come_later(client: httpx.Client, world: World) -> None:
    order = {"kind": "voicemail", "audio_in_s": 40, "transcript_in_s": 100, "count": 2}
    told = next(call for call in add_calls(world, order) if call["message"] // 10 % 2)

    def message() -> Json:
        path = f"{ACCOUNT}/extension/{told['mailbox']}/message-store/{told['message']}"
        found: Json = client.get(path).json()
        return found

    path = f"{MEDIA}/extension/{told['mailbox']}/message-store/{told['message']}/content"
    seen = [(message()["vmTranscriptionStatus"], len(message()["attachments"]))]
    assert code(client.get(f"{path}/{told['message']}")) == (404, "CMN-102")
    for seconds in (45, 60):
        world.clock.advance(seconds)
        seen.append((message()["vmTranscriptionStatus"], len(message()["attachments"])))
    assert seen == [("InProgress", 0), ("InProgress", 1), ("Completed", 2)]
    sound = message()["attachments"][0]
    assert len(client.get(sound["uri"]).content) == sound["size"]


def test_a_voicemail_is_reached_from_its_call(client: httpx.Client) -> None:
    record = next(r for r in whole_log(client) if r.get("message", {}).get("type") == "VoiceMail")
    message = client.get(record["message"]["uri"]).json()
    assert str(message["id"]) == record["message"]["id"]
    assert message["type"] == "VoiceMail"
    for attachment in message["attachments"]:
        content = client.get(attachment["uri"])
        assert content.headers["content-type"].startswith(attachment["contentType"])
        assert content.headers["x-rate-limit-group"] == "medium"


def test_several_messages_come_as_json_when_asked(client: httpx.Client, conform: Conform) -> None:
    store = f"{ACCOUNT}/extension/700100201/message-store"
    rows = client.get(store, params={"dateFrom": three_days()}).json()["records"][:2]
    ids = ",".join(str(row["id"]) for row in rows) + ",1"
    accept = {"Accept": "application/vnd.ringcentral.multipart+json, multipart/mixed"}
    answer = client.get(f"{store}/{ids}", headers=accept)
    assert [row["status"] for row in answer.json()] == [200] * len(rows) + [404]
    conform("GetMessageMultiResponse", answer.json()[: len(rows)])


def test_there_is_no_message_store_of_the_account(client: httpx.Client) -> None:
    assert code(client.get(f"{ACCOUNT}/message-store")) == (404, "AGW-404")


# --- who may do what ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": "Bearer nonsense"}, (401, "OAU-149")),
        ({"Authorization": "Bearer simrc-at-gone"}, (401, "OAU-213")),
        ({"Authorization": "nonsense"}, (401, "AGW-402")),
    ],
)
def test_a_wrong_token_is_refused(
    client: httpx.Client, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(client.get(ACCOUNT, headers=headers)) == expected


def test_a_missing_permission_is_named(client: httpx.Client, world: World) -> None:
    state = world.ringcentral
    state.app_permissions -= {"ReadCallLog", "ReadCallRecording"}
    refused = client.get(f"{ACCOUNT}/call-log")
    state.app_permissions |= {"ReadCallLog", "ReadCallRecording"}
    assert code(refused) == (403, "CMN-401")
    assert refused.json()["permissionName"] == "ReadCallLog"
    state.user_permissions.discard("ReadCompanyCallLog")
    refused = client.get(f"{ACCOUNT}/call-log")
    state.user_permissions.add("ReadCompanyCallLog")
    assert code(refused) == (403, "CMN-408")


@pytest.mark.parametrize(
    ("form", "auth", "expected"),
    [
        (JWT_GRANT, None, (400, "OAU-123")),
        (JWT_GRANT, ("sim-rc-client", "wrong"), (400, "OAU-153")),
        ({**JWT_GRANT, "assertion": "wrong"}, BASIC, (400, "OAU-140")),
        ({"grant_type": "password"}, BASIC, (400, "OAU-251")),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, BASIC, (400, "OAU-213")),
        ({"grant_type": "nonsense"}, BASIC, (400, "OAU-250")),
    ],
)
def test_a_token_request_that_fails_says_so_twice(
    server: SimulatorServer,
    form: dict[str, str],
    auth: tuple[str, str] | None,
    expected: tuple[int, str],
) -> None:
    """Once in OAuth's words, once with RingCentral's code: ringcentral.md §1.3."""
    answer = httpx.post(f"{server.base_url}/ringcentral/restapi/oauth/token", data=form, auth=auth)
    assert code(answer) == expected
    assert answer.json()["error_description"] == answer.json()["errors"][0]["message"]


def test_the_eleventh_heavy_request_starts_a_penalty() -> None:
    with SimulatorServer(calls=5, speed=60) as server, httpx.Client() as client:
        token = server.world.ringcentral.sessions.log_in("700100101").access
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{server.base_url}{ACCOUNT}/call-log"
        answers = [client.get(url, headers=headers) for _ in range(11)]
        assert [a.status_code for a in answers] == [200] * 10 + [429]
        assert answers[9].headers["x-rate-limit-remaining"] == "0"
        assert answers[10].headers["retry-after"] == "1"
        assert code(answers[10]) == (429, "CMN-301")
        light = client.get(f"{server.base_url}{ACCOUNT}", headers=headers)
        assert (light.status_code, light.headers["x-rate-limit-group"]) == (200, "light")


# --- the official SDK -----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_official_sdk_logs_in_reads_refreshes_and_logs_out(
    server: SimulatorServer, world: World
) -> None:
    ringcentral = pytest.importorskip("ringcentral")
    url = f"{server.base_url}/ringcentral"
    platform = ringcentral.SDK(*BASIC, url, "sandbox", "1.0").platform()
    platform.login(jwt="sim-rc-jwt")
    assert platform.logged_in()
    query = {"view": "Detailed", "dateFrom": three_days(), "perPage": "1000", "type": "Voice"}
    log = platform.get("/restapi/v1.0/account/~/call-log", query).json_dict()
    voice = {c.session for c in world.ringcentral.calls() if c.facts.type == "Voice"}
    assert {record["telephonySessionId"] for record in log["records"]} == voice
    assert platform.get("/account/~").json_dict()["id"] == 700100004
    before = platform.auth().access_token()
    platform.refresh()
    assert platform.auth().access_token() != before
    ids = ",".join(record["id"] for record in log["records"][:2])
    several = platform.get(f"/restapi/v1.0/account/~/call-log/{ids}")
    assert [part.ok() for part in several.multipart()] == [True, True]
    platform.logout()
    assert not platform.auth().access_token()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_official_sdk_understands_a_refusal(server: SimulatorServer) -> None:
    ringcentral = pytest.importorskip("ringcentral")
    platform = ringcentral.SDK(*BASIC, f"{server.base_url}/ringcentral").platform()
    with pytest.raises(Exception, match="Invalid JWT assertion"):
        platform.login(jwt="wrong")
