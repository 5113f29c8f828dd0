"""Owners and rules in the console: what Zoho knows, what the rules would do, what is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.component.console.configuration.configuration_rig import Rig, configured, confirm
from tests.component.store.makers import an_interaction
from tests.console_stage import Browser
from tests.html_form import form_of

from switchboard.console.vendor_facts import Known
from switchboard.errors import RejectedError
from switchboard.store import ledger
from switchboard.vendors.zoho_crm.models import CrmField, CrmUser

PAGE = "/console/configuration/owners/philadelphia"
LEAVE = "/configuration/owners/philadelphia"
PLACE = "sorted/philadelphia/lead_owners.json"
HOSTILE = "<img src=x onerror=alert(1)>"
USERS = {
    "5678901234": CrmUser(id="5678901234", full_name="Sarah Reynolds", status="active"),
    "6789012345": CrmUser(id="6789012345", full_name="David Chen", status="inactive"),
    "777": CrmUser(id="777", full_name=HOSTILE, email="new@example.com", status="active"),
}


class Facts:
    """Answers as Zoho CRM would, or not at all."""

    def __init__(self, problem: RejectedError | None = None) -> None:
        self._problem, self.fields = problem, dict[str, CrmField]()

    async def users(self, _configuration: object, *, again: bool = False) -> Known[Any]:
        del again
        return Known(problem=self._problem) if self._problem else Known(USERS, 1_790_000_000.0)

    async def lead_fields(self, _configuration: object, *, again: bool = False) -> Known[Any]:
        del again
        return Known(problem=self._problem) if self._problem else Known(self.fields, 1.0)


def asked(rig: Rig, problem: RejectedError | None = None) -> None:
    rig.stage.console.state.vendor_facts = Facts(problem)


async def press(
    browser: Browser, action: str, changes: Mapping[str, Any] = {}, page: str = PAGE
) -> httpx.Response:
    """Open the page, change some of its form, and press a button."""
    shown = await browser.get(page)
    fields: dict[str, Any] = form_of(shown.text, "owners-form")
    fields |= changes
    return await browser.post(page, data={**fields, "action": action})


async def test_owners_are_compared_with_the_users_of_zoho(tmp_path: Path) -> None:
    """Who gets no leads though the list says so, and who could be added."""
    async with configured(tmp_path) as rig:
        asked(rig)
        page = (await (await rig.stage.signed_in()).get(PAGE)).text
    assert "Not active in Zoho CRM" in page
    assert "3 users, asked" in page
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


async def test_without_zoho_the_page_says_so_and_still_works(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig, RejectedError("ZOHO-401", "Zoho refused the credentials."))
        browser = await rig.stage.signed_in()
        page = (await browser.get(PAGE)).text
        assert "Zoho CRM was not asked who its users are." in page
        assert "ZOHO-401" in page
        answer = await press(browser, "add-owner", {"new_owner": ["888"]})
        assert "Zoho CRM user 888" in answer.text


async def test_a_changed_weight_is_reviewed_written_and_in_force(tmp_path: Path) -> None:
    """And nothing else of the document has moved."""
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        before = rig.value(PLACE)
        review = await press(browser, "save", {"owner-0-weight": ["3"]})
        assert review.status_code == 200, review.text
        assert rig.value(PLACE) == before
        done = await confirm(browser, review)
        assert done.status_code == 303, done.text
        before["lead_owners"][0]["assignment_weight"] = 3
        assert rig.value(PLACE) == before
        assert rig.configuration.office("philadelphia").owners.lead_owners[0].assignment_weight == 3


async def test_every_part_of_the_form_reaches_the_document(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        with_department = await press(browser, "add-department")
        fields: dict[str, Any] = form_of(with_department.text, "owners-form")
        fields |= {
            "owner-1-active": [],
            "round_robin": [],
            "fallback": ["6789012345"],
            "department-0-name": ["Reception"],
            "department-0-owners": ["5678901234"],
            "start": ["08:30"],
            "end": ["17:00"],
            "days": ["1", "6"],
            "holidays": ["12-25 Christmas\n2026-11-26"],
            "hours_only": ["1"],
            "after_hours": ["5678901234"],
            "action": "save",
        }
        review = await browser.post(PAGE, data=fields)
        assert (await confirm(browser, review)).status_code == 303, review.text
        written = rig.value(PLACE)
    assert written["lead_owners"][1]["active"] is False
    assert written["assignment_rules"] == {
        "round_robin": False,
        "respect_weights": True,
        "fallback_owner_id": "6789012345",
        "office_hours_only": True,
        "after_hours_owner_id": "5678901234",
        "department_specific": {"enabled": True, "mappings": {"Reception": ["5678901234"]}},
        "office_hours": {
            "start": "08:30",
            "end": "17:00",
            "days": [1, 6],
            "holidays": [{"date": "12-25", "name": "Christmas"}, "2026-11-26"],
        },
    }


async def test_owners_are_added_with_zohos_name_and_removed(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        added = await press(browser, "add-owner", {"new_owner": ["777"]})
        fields: dict[str, Any] = form_of(added.text, "owners-form")
        removed = await browser.post(PAGE, data={**fields, "action": "remove-owner:1"})
        fields = form_of(removed.text, "owners-form")
        review = await browser.post(PAGE, data={**fields, "action": "save"})
        assert (await confirm(browser, review)).status_code == 303, review.text
        owners = rig.value(PLACE)["lead_owners"]
    assert [each["id"] for each in owners] == ["5678901234", "777"]
    assert owners[1] == {"id": "777", "name": HOSTILE, "email": "new@example.com"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"owner-0-weight": ["much"]}, "Weight of Sarah Reynolds: enter a number"),
        ({"owner-0-weight": ["-1"]}, "Weight of Sarah Reynolds: enter 0 or more"),
        ({"start": ["nine"]}, "Opens: enter a time"),
        ({"holidays": ["Christmas"]}, "does not begin with a day"),
    ],
)
async def test_what_cannot_be_written_is_said_at_its_field(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        answer = await press(await rig.stage.signed_in(), "save", changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_what_the_documents_together_do_not_allow_is_not_written(tmp_path: Path) -> None:
    """Nobody may be left to take leads: the review says so, the file stays."""
    async with configured(tmp_path) as rig:
        asked(rig)
        before = rig.text(PLACE)
        off: dict[str, Any] = {"owner-0-active": [], "owner-1-active": [], "fallback": [""]}
        answer = await press(await rig.stage.signed_in(), "save", off)
        assert answer.status_code == 422
        assert "CFG-011" in answer.text
        assert rig.text(PLACE) == before


async def test_somebody_elses_change_of_the_same_file_is_not_lost(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        browser = await rig.stage.signed_in()
        shown = await browser.get(PAGE)
        theirs = rig.value(PLACE)
        theirs["assignment_rules"]["round_robin"] = False
        rig.write(PLACE, theirs)
        fields: dict[str, Any] = form_of(shown.text, "owners-form")
        answer = await browser.post(
            PAGE, data={**fields, "owner-0-weight": ["5"], "action": "save"}
        )
        assert answer.status_code == 409, answer.text
        assert rig.value(PLACE) == theirs


async def test_the_rules_are_tried_on_calls_of_before_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    """Every new caller of the last week is given out as the form stands."""
    async with configured(tmp_path) as rig:
        asked(rig)
        await rig.stage.db.run(lambda conn: ledger.upsert(conn, _calls(rig.stage.now())))
        browser = await rig.stage.signed_in()
        before = rig.text(PLACE)
        answer = await press(browser, "simulate", {"hours": ["168"], "owner-0-weight": ["1"]})
        assert answer.status_code == 200, answer.text
        assert "6 new leads" in answer.text
        # David is not active at Zoho: the page says so, and Sarah takes them all.
        assert "gets no new leads" in answer.text
        assert "6 · 100%" in answer.text
        assert rig.text(PLACE) == before


async def test_only_administrators_change_owners(tmp_path: Path) -> None:
    async with configured(tmp_path) as rig:
        asked(rig)
        vera = await rig.stage.signed_in("vera")
        page = await vera.get(PAGE)
        assert page.status_code == 200
        assert (
            'value="save"'
            not in page.text.split('id="owners-form"')[1]
            .replace('aria-hidden="true"', "")
            .split("Owners")[1]
        )
        fields: dict[str, Any] = form_of(page.text, "owners-form")
        refused = await vera.post(PAGE, data={**fields, "action": "save"})
        assert refused.status_code == 403


def _calls(now: float) -> list[ledger.Interaction]:
    made = []
    for n in range(6):
        caller, at = f"+1215555{1000 + n}", now - 3600 * (n + 1)
        call = {
            "account": "1", "session": f"s{n}", "direction": "inbound", "outcome": "missed",
            "started_at": at, "ended_at": at + 20, "caller": caller, "extension_ids": ["101"],
        }  # fmt: skip
        made.append(
            an_interaction(
                n, id=f"call:1:s{n}", session=f"s{n}", office="philadelphia", person=caller,
                started_at=at, outcome="missed", fate="waiting",
                document=json.dumps({"call": call}),
            )
        )  # fmt: skip
    return made


async def test_whoever_leaves_gets_no_more_leads_anywhere(tmp_path: Path) -> None:
    """One choice changes every office and every rule; the entry stays, for the leads of before."""
    async with configured(tmp_path) as rig:
        asked(rig)
        other = "sorted/pittsburgh/lead_owners.json"
        for place, rules in (
            (PLACE, {"fallback_owner_id": "5678901234"}),
            (
                other,
                {
                    "after_hours_owner_id": "5678901234",
                    "office_hours_only": True,
                    "office_hours": {"start": "08:00", "end": "18:00"},
                    "department_specific": {"mappings": {"Reception": ["5678901234", "777"]}},
                },
            ),
        ):
            owners = [{"id": "5678901234", "name": "Anna"}, {"id": "777", "name": "Bea"}]
            rig.write(place, {"lead_owners": owners, "assignment_rules": rules})
        rig.stage.service.reload()
        ana = await rig.stage.signed_in()
        nobody = await ana.submit(LEAVE, f"{LEAVE}/leave", leaver="")
        assert nobody.status_code == 303
        assert "Anna (" in (await ana.get(PAGE)).text
        review = await ana.submit(LEAVE, f"{LEAVE}/leave", leaver="5678901234")
        await confirm(ana, review)
        for office in rig.configuration.offices:
            assert [(each.id, each.active) for each in office.owners.lead_owners] == [
                ("5678901234", False), ("777", True)
            ]  # fmt: skip
        assert "5678901234" not in json.dumps(rig.value(other)["assignment_rules"])
        assert rig.value(other)["assignment_rules"]["department_specific"]["mappings"] == {
            "Reception": ["777"]
        }
        assert not rig.value(PLACE)["assignment_rules"]
        assert "Anna (" not in (await ana.get(PAGE)).text
