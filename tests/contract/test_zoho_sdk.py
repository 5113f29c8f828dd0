"""The vendor's official SDK, knowing nothing of us, works with the simulated Zoho."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.zoho_rig import ZohoRig, on_a_port

CLIENT = Path(__file__).with_name("zoho_sdk_client.py")
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("zohocrmsdk") is None, reason="zohocrmsdk8-0 is not installed"
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the SDK understood of every answer; the server's own state is added as `state`."""
    rig = ZohoRig()
    rig.crm.rules.index_lag_s = 0.0
    rig.crm.add_user("222", "Ada Okafor", "ada@example.com")
    rig.crm.add_user("333", "Gone Away", "gone@example.com", status="inactive")
    work = tmp_path_factory.mktemp("zoho-sdk")
    # No proxy variables, no way out: the SDK knows the real hosts by heart.
    environment = {"PATH": os.environ.get("PATH", ""), "NO_PROXY": "*", "PYTHONWARNINGS": "ignore"}
    with on_a_port(rig) as base_url:
        done = subprocess.run(
            [sys.executable, str(CLIENT), base_url, str(work)],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            env=environment,
            cwd=work,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    found["state"] = {name: rows() for name, rows in rig.crm.collections().items()}
    found["statuses"] = {row.status for row in rig.world.requests.rows()}
    return found


def test_a_mixed_batch_is_read_item_by_item(seen: dict[str, Any]) -> None:
    items = seen["created"]["items"]
    assert seen["created"]["http"] == 207
    assert [each["code"] for each in items] == ["SUCCESS", "MANDATORY_NOT_FOUND"]
    assert items[1]["field"] == "Last_Name"


def test_a_batch_that_failed_whole_is_read_as_well(seen: dict[str, Any]) -> None:
    assert seen["all_refused"]["http"] == 400
    assert seen["all_refused"]["items"][0]["code"] == "MANDATORY_NOT_FOUND"


def test_updates_and_upserts_arrive(seen: dict[str, Any]) -> None:
    assert seen["updated"]["items"][0]["id"] == seen["created"]["items"][0]["id"]
    first, second = seen["upserted"]
    assert first["items"][0]["id"] == second["items"][0]["id"]
    assert seen["listed"] == {"Okafor": "Erie", "Obi": None}
    assert len(seen["state"]["leads"]) == 2


def test_an_empty_search_is_nothing_and_a_full_one_finds(seen: dict[str, Any]) -> None:
    assert seen["search_none"] == [204, True]
    assert seen["search_found"] == ["Okafor"]


def test_calls_hang_on_their_lead(seen: dict[str, Any]) -> None:
    assert seen["call"]["items"][0]["code"] == "SUCCESS"
    (call,) = seen["state"]["calls"]
    assert call["What_Id"] == seen["created"]["items"][0]["id"]
    assert call["Call_Duration_in_seconds"] == 90


def test_notes_with_numeric_ids_and_no_content_type_are_taken(seen: dict[str, Any]) -> None:
    assert seen["notes"] == [207, ["SUCCESS", "INVALID_DATA"]]
    assert seen["notes_read"] == ["Call [rc:s-1]"]


def test_an_attachment_keeps_its_name(seen: dict[str, Any]) -> None:
    assert seen["attached"] == [200, ["SUCCESS"]]
    assert seen["files"] == ["2026-03-01 Gespräch.mp3"]
    assert seen["state"]["attachments"][0]["size"] == 5


def test_queries_and_users_are_understood(seen: dict[str, Any]) -> None:
    assert seen["coql"] == ["Erie"]
    assert seen["coql_refused"] == [400, "SYNTAX_ERROR"]
    assert seen["users"] == ["Switchboard Integration", "Ada Okafor"]


def test_nothing_was_asked_that_the_simulator_does_not_imitate(seen: dict[str, Any]) -> None:
    assert 501 not in seen["statuses"]
    assert 404 not in seen["statuses"]
