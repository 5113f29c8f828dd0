"""Field mappings in the console: Zoho's real fields, a real call shown, what is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from tests.component.console.configuration.configuration_rig import Rig, configured, confirm
from tests.component.store.makers import an_interaction
from tests.console_stage import Browser
from tests.html_form import form_of

from switchboard.console.vendor_facts import Known
from switchboard.errors import RejectedError
from switchboard.store import ledger
from switchboard.vendors.zoho_crm.models import CrmField

PAGE = "/console/configuration/mappings"
PLACE = "data/zoho_field_mappings.json"
HOSTILE = "<script>alert(1)</script> Ltd"


def field(name: str, label: str = "", **more: Any) -> CrmField:
    about = {"data_type": "text", "length": 100, **more}
    return CrmField(api_name=name, label=label or name.replace("_", " "), **about)


FIELDS = [
    field("Phone", data_type="phone"),
    field("First_Name"),
    field("Last_Name", mandatory=True),
    field("Company", mandatory=True),
    field("Email", data_type="email"),
    field("Description", data_type="textarea", length=32_000),
    field("Lead_Source", data_type="picklist", picklist=("RingCentral Integration",)),
    field("Lead_Status", data_type="picklist", picklist=("New", "Accepted Call", "Missed Call")),
    field("Minutes", "Talk time", data_type="integer"),
    field("Created_By", read_only=True),
]


class Facts:
    """Zoho CRM's fields, or why they are not known."""

    def __init__(self, problem: RejectedError | None = None) -> None:
        self._problem = problem

    async def lead_fields(self, _configuration: object, *, again: bool = False) -> Known[Any]:
        del again
        if self._problem:
            return Known(problem=self._problem)
        return Known({each.api_name: each for each in FIELDS}, 1_790_000_000.0)


def asked(rig: Rig, problem: RejectedError | None = None) -> None:
    rig.stage.console.state.vendor_facts = Facts(problem)


async def press(
    browser: Browser, action: str, changes: Mapping[str, Any] | None = None
) -> httpx.Response:
    shown = await browser.get(PAGE)
    fields: dict[str, Any] = form_of(shown.text, "mappings-form")
    return await browser.post(PAGE, data={**fields, **(changes or {}), "action": action})


def a_call(now: float, **changes: Any) -> ledger.Interaction:
    call = {
        "account": "1", "session": "s1", "direction": "inbound", "outcome": "missed",
        "started_at": now - 60, "ended_at": now - 40, "caller": "+12155550100",
        "caller_name": HOSTILE, "extension_ids": ["101"], "duration_seconds": 130, **changes,
    }  # fmt: skip
    whose = {
        "office_id": "philadelphia", "extension_id": "101", "extension_name": "Reception",
        "role": "queue", "process_calls": True, "decided_by": "id",
    }  # fmt: skip
    return an_interaction(
        id="call:1:s1", office="philadelphia", started_at=now - 60,
        document=json.dumps({"call": call, "attribution": whose}),
    )  # fmt: skip


async def test_fields_are_picked_from_those_zoho_has(tmp_path: Path) -> None:
    """By their label; what cannot be filled is not offered, what is required is said."""
    async with configured(tmp_path) as rig:
        asked(rig)
        page = (await (await rig.stage.signed_in()).get(PAGE)).text
    assert "Talk time (Minutes)" in page
    assert "Last Name · required" in page
    assert "Created By" not in page


async def test_what_zoho_would_refuse_is_said_at_its_line(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        document = {
            "accepted_calls": {"Minutes": "${caller_name}", "Gone": "x"},
            "missed_calls": {"Last_Name": "Last_Name"},
        }
        (rig.root / "data").mkdir(exist_ok=True)
        rig.write(PLACE, document)
        asked(rig)
        page = (await (await rig.stage.signed_in()).get(PAGE)).text
    assert "Gone (not a field of Zoho CRM that can be filled)" in page
    assert page.count("row-note error") == 2


async def test_a_line_is_added_reviewed_and_in_force(tmp_path: Path) -> None:
    """The next lead has the field; the sections nobody touched stay the manual's."""
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        added = await press(browser, "add:accepted_calls", {"new-accepted_calls": ["Minutes"]})
        fields: dict[str, Any] = form_of(added.text, "mappings-form")
        last = int(fields["accepted_calls"][0]) - 1
        assert fields[f"accepted_calls-{last}-field"] == ["Minutes"]
        fields[f"accepted_calls-{last}-value"] = ["${call_duration:minutes}"]
        review = await browser.post(PAGE, data={**fields, "action": "save"})
        assert (await confirm(browser, review)).status_code == 303, review.text
        written = rig.value(PLACE)
        assert rig.configuration.mappings.accepted_calls["Minutes"] == "${call_duration:minutes}"
    assert list(written) == ["accepted_calls"]


async def test_a_real_call_is_shown_as_the_lead_it_would_become(tmp_path: Path) -> None:
    """With what the form says now, saved or not; a caller's name is text, whatever it is."""
    async with configured(tmp_path) as rig:
        asked(rig)
        call = a_call(rig.stage.now())
        await rig.stage.db.run(lambda conn: ledger.upsert(conn, [call]))
        browser = await rig.stage.signed_in()
        answer = await press(
            browser,
            "preview",
            {"missed_calls-0-field": ["Minutes"], "missed_calls-0-value": ["${call_duration}"]},
        )
    assert answer.status_code == 200, answer.text
    assert "<dt>Talk time</dt><dd>130</dd>" in answer.text
    assert "<dt>Lead Status</dt><dd>Missed Call</dd>" in answer.text
    assert HOSTILE not in answer.text


async def test_without_zoho_the_page_still_works(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig, RejectedError("ZOHO-401", "Zoho refused the credentials."))
        browser = await rig.stage.signed_in()
        answer = await press(browser, "remove:missed_calls:0")
        assert "Zoho CRM was not asked for its fields." in answer.text
        fields: dict[str, Any] = form_of(answer.text, "mappings-form")
        review = await browser.post(PAGE, data={**fields, "action": "save"})
        assert (await confirm(browser, review)).status_code == 303, review.text
        assert list(rig.value(PLACE)["missed_calls"]) == ["First_Name", "Last_Name", "Company"]


async def test_what_cannot_be_written_is_said_at_its_field(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        twice = {"missed_calls-0-field": ["Company"], "missed_calls-1-field": ["Company"]}
        answer = await press(browser, "save", twice)
        assert answer.status_code == 422
        assert "Missed calls: Company is filled twice." in answer.text
        empty = await press(browser, "save", {"missed_calls-0-value": [""], "status-new": [""]})
        assert empty.status_code == 422
        assert "A new lead: name the status." in empty.text


async def test_a_variable_that_does_not_exist_is_never_saved(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        answer = await press(browser, "save", {"missed_calls-0-value": ["${nothing}"]})
        assert answer.status_code == 422
        assert "is not a variable" in answer.text
        assert not (rig.root / PLACE).exists()


async def test_only_administrators_change_mappings(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        ben = await rig.stage.signed_in("ben")
        assert (await press(ben, "save")).status_code == 403
