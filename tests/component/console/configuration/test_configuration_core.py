"""Changes of the configuration: shown, checked, written together, kept, undone."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Response
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    proposal_of,
)
from tests.config_files import OWNERS

from switchboard.config.editing import digest
from switchboard.config.replacing import Replacement
from switchboard.console import saving
from switchboard.console.configuration import proposals
from switchboard.console.visit import Administrator
from switchboard.errors import OperatorError
from switchboard.flows.configuration_check import check_all
from switchboard.store import audit, configuration_history
from switchboard.store.configuration_history import Edit

OFFICES = "sorted/data/offices.json"
EMAIL = "data/email_config.json"
SCHEDULE = "data/schedule.json"
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"
router = APIRouter()
PROPOSED: dict[str, Any] = {}  # What the page below proposes, and from which versions.


@router.post("/try")
async def attempt(visit: Administrator) -> Response:
    """A page as the others of the configuration are."""
    root, changes = visit.service.configuration().root, PROPOSED["changes"]
    seen = {place: saving.seen(root, place) for place in changes} | PROPOSED.get("seen", {})
    return await saving.review(
        visit, title=PROPOSED.get("title", "A try"), changes=changes, seen=seen
    )


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    PROPOSED.clear()
    async with configured(tmp_path, routers=[router]) as made:
        yield made


async def tried(rig: Rig, changes: dict[str, Any], name: str = "ana", **more: Any) -> Any:
    PROPOSED.update(changes=changes, **more)
    return await (await rig.stage.signed_in(name)).submit("/account", "/try")


def renamed(rig: Rig, name: str) -> dict[str, str]:
    value = rig.value(OFFICES)
    value["offices"]["pittsburgh"]["name"] = name
    return {OFFICES: json.dumps(value, indent=2)}


async def test_a_change_is_shown_then_saved_and_is_in_force_at_once(rig: Rig) -> None:
    """Nothing is written before Save; afterwards the service works with it."""
    before = rig.text(OFFICES)
    shown = await tried(rig, renamed(rig, "Steel City"))
    assert shown.status_code == 200
    assert "Pittsburgh Office" in shown.text
    assert "Steel City" in shown.text
    assert rig.text(OFFICES) == before
    ana = await rig.stage.signed_in()
    saved = await confirm(ana, shown)
    assert saved.status_code == 303
    assert rig.configuration.office("pittsburgh").name == "Steel City"
    assert stat.S_IMODE((rig.root / OFFICES).stat().st_mode) == 0o600
    told = (await ana.get(saved.headers["location"])).text
    assert re.search(r'href="/console/configuration/history/\w+/undo">Undo<', told)


async def test_a_change_is_in_the_audit_trail_without_its_contents(rig: Rig) -> None:
    shown = await tried(rig, renamed(rig, "Steel City"))
    await confirm(await rig.stage.signed_in(), shown)
    entry = rig.stage.db.run_sync(audit.entries)[0]
    assert (entry.actor, entry.action, entry.subject) == (
        "console:ana",
        "configuration.change",
        OFFICES,
    )
    assert "Steel City" not in entry.detail


async def test_several_documents_are_one_change(rig: Rig) -> None:
    changes = {**renamed(rig, "Steel City"), SCHEDULE: '{"runs": []}\n'}
    await confirm(await rig.stage.signed_in(), await tried(rig, changes))
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    assert [each.place for each in change.edits] == [OFFICES, SCHEDULE]
    assert rig.value(SCHEDULE) == {"runs": []}


async def test_what_cannot_be_used_is_named_and_never_written(rig: Rig) -> None:
    """Neither by the button that is not there, nor by a form that was made by hand."""
    before = rig.text(OFFICES)
    value = rig.value(OFFICES)
    value["offices"]["pittsburgh"]["timezone"] = "Mars/Base"
    changes = {OFFICES: json.dumps(value), SCHEDULE: '{"runs": []}'}
    shown = await tried(rig, changes)
    assert shown.status_code == 422
    assert "Mars/Base" in shown.text
    assert "CFG-009" in shown.text
    assert "/configuration/save" not in shown.text
    seen = {place: saving.seen(rig.root, place) for place in changes}
    forged = proposals.Proposal("x", changes, seen).written()
    ana = await rig.stage.signed_in()
    answer = await ana.submit("/account", "/configuration/save", proposal=forged)
    assert answer.status_code == 422
    assert rig.text(OFFICES) == before
    assert not (rig.root / SCHEDULE).exists()
    assert rig.stage.db.run_sync(configuration_history.recent) == []


async def test_a_change_that_breaks_another_document_is_refused(rig: Rig) -> None:
    """An office that the schedule names cannot be taken out of the list."""
    rig.write(SCHEDULE, {"runs": [{"name": "r", "cron": "0 8 * * *", "offices": ["pittsburgh"]}]})
    value = rig.value(OFFICES)
    del value["offices"]["pittsburgh"]
    shown = await tried(rig, {OFFICES: json.dumps(value)})
    assert shown.status_code == 422
    assert "CFG-029" in shown.text


async def test_nothing_changed_is_said_and_not_kept(rig: Rig) -> None:
    answer = await tried(rig, {OFFICES: rig.text(OFFICES)})
    assert answer.status_code == 303
    assert rig.stage.db.run_sync(configuration_history.recent) == []


async def test_a_document_edited_meanwhile_is_not_overwritten(rig: Rig) -> None:
    """Somebody saved with an editor between the form and Save: both changes are kept."""
    shown = await tried(rig, renamed(rig, "Steel City"))
    by_hand = rig.value(OFFICES)
    by_hand["offices"]["philadelphia"]["name"] = "City of Brotherly Love"
    rig.write(OFFICES, by_hand)
    ana = await rig.stage.signed_in()
    conflict = await confirm(ana, shown)
    assert conflict.status_code == 409
    assert "changed outside of the console" in conflict.text
    assert "City of Brotherly Love" in conflict.text
    assert rig.value(OFFICES) == by_hand
    joined = await confirm(ana, conflict, "/configuration/merge")
    assert joined.status_code == 200
    assert (await confirm(ana, joined)).status_code == 303
    names = {key: each["name"] for key, each in rig.value(OFFICES)["offices"].items()}
    assert names == {"philadelphia": "City of Brotherly Love", "pittsburgh": "Steel City"}


async def test_a_colleague_who_was_faster_is_named(rig: Rig) -> None:
    mine, theirs = renamed(rig, "Mine"), renamed(rig, "Theirs")
    rig.stage.account("rui", "administrator")
    shown = await tried(rig, mine)
    await confirm(await rig.stage.signed_in("rui"), await tried(rig, theirs, "rui"))
    conflict = await confirm(await rig.stage.signed_in(), shown)
    assert conflict.status_code == 409
    assert "rui saved another version" in conflict.text
    assert rig.configuration.office("pittsburgh").name == "Theirs"


async def test_without_the_version_that_was_seen_theirs_is_shown_before_it_is_replaced(
    rig: Rig,
) -> None:
    """A form that was open for weeks: nobody knows what it was made from."""
    shown = await tried(rig, renamed(rig, "Mine"), seen={OFFICES: digest("long ago")})
    assert shown.status_code == 409
    assert "no longer at hand" in shown.text
    ana = await rig.stage.signed_in()
    again = await confirm(ana, shown, "/configuration/merge")
    assert again.status_code == 200
    assert "Mine" in again.text
    assert rig.configuration.office("pittsburgh").name == "Pittsburgh Office"


async def test_a_document_removed_meanwhile_is_noticed(rig: Rig) -> None:
    rig.write(SCHEDULE, {"runs": []})
    shown = await tried(rig, {SCHEDULE: '{"runs": [], "timezone": "UTC"}'})
    (rig.root / SCHEDULE).unlink()
    conflict = await confirm(await rig.stage.signed_in(), shown)
    assert conflict.status_code == 409
    assert not (rig.root / SCHEDULE).exists()


async def test_a_change_is_undone_and_the_undoing_too(rig: Rig) -> None:
    before = rig.text(OFFICES)
    ana = await rig.stage.signed_in()
    changes = {**renamed(rig, "Steel City"), SCHEDULE: '{"runs": []}\n'}
    await confirm(ana, await tried(rig, changes))
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    review = await ana.get(f"/console/configuration/history/{change.id}/undo")
    assert review.status_code == 200
    assert (await confirm(ana, review)).status_code == 303
    assert rig.text(OFFICES) == before
    assert not (rig.root / SCHEDULE).exists()
    undoing, undone = rig.stage.db.run_sync(configuration_history.recent)
    assert undone.undone_by == undoing.id
    review = await ana.get(f"/console/configuration/history/{undoing.id}/undo")
    assert (await confirm(ana, review)).status_code == 303
    assert rig.configuration.office("pittsburgh").name == "Steel City"


async def test_undoing_keeps_what_was_changed_since(rig: Rig) -> None:
    """Only the change itself is taken back, not what others did after it."""
    ana = await rig.stage.signed_in()
    await confirm(ana, await tried(rig, renamed(rig, "Steel City")))
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    by_hand = rig.value(OFFICES)
    by_hand["offices"]["philadelphia"]["name"] = "Later"
    rig.write(OFFICES, by_hand)
    conflict = await ana.get(f"/console/configuration/history/{change.id}/undo")
    assert conflict.status_code == 409
    await confirm(ana, await confirm(ana, conflict, "/configuration/merge"))
    names = [each["name"] for each in rig.value(OFFICES)["offices"].values()]
    assert names == ["Later", "Pittsburgh Office"]


async def test_a_process_that_died_half_way_is_finished(rig: Rig) -> None:
    """One of two documents was in place when the power failed; somebody had pressed Save."""
    new = {**renamed(rig, "Steel City"), SCHEDULE: '{"runs": []}\n'}
    edits = []
    for place, text in new.items():
        old = (rig.root / place).read_text() if (rig.root / place).exists() else None
        edits.append(Edit(place, digest(old), digest(text), old, text))

    def begin(conn: sa.Connection) -> str:
        return configuration_history.begin(
            conn, rig.stage.sealer, now=rig.stage.now(), actor="console:ana", title="t", edits=edits
        )

    rig.stage.db.run_sync(begin)
    rig.write(OFFICES, new[OFFICES])
    ana = await rig.stage.signed_in()
    await ana.get("/console/configuration")
    assert not (rig.root / SCHEDULE).exists()
    rig.stage.skipped = 60
    page = await ana.get("/console/configuration/history")
    assert "Being saved" not in page.text
    assert rig.value(SCHEDULE) == {"runs": []}
    assert rig.configuration.office("pittsburgh").name == "Steel City"
    assert rig.stage.db.run_sync(configuration_history.unfinished) == []


async def test_a_disk_that_fails_leaves_no_trace(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rig.text(OFFICES)
    shown = await tried(rig, renamed(rig, "Steel City"))

    def full(self: Replacement) -> None:
        raise OperatorError("IO-001", "No space left.")

    monkeypatch.setattr(Replacement, "put", full)
    answer = await confirm(await rig.stage.signed_in(), shown)
    assert "No space left" in answer.text
    assert rig.text(OFFICES) == before
    assert rig.stage.db.run_sync(configuration_history.recent) == []


async def test_an_editor_that_saves_at_the_last_moment_wins(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last check and the writing lies no time for anybody."""
    shown = await tried(rig, renamed(rig, "Steel City"))
    by_hand = {**rig.value(OFFICES), "global_config": {"default_timezone": "UTC"}}
    began = configuration_history.begin

    def begin(*args: Any, **kwargs: Any) -> str:
        rig.write(OFFICES, by_hand)
        return began(*args, **kwargs)

    monkeypatch.setattr(configuration_history, "begin", begin)
    answer = await confirm(await rig.stage.signed_in(), shown)
    assert answer.status_code == 409
    assert rig.value(OFFICES) == by_hand
    assert rig.stage.db.run_sync(configuration_history.unfinished) == []


@pytest.mark.parametrize("name", ["vera", "ben"])
async def test_others_look_and_change_nothing(rig: Rig, name: str) -> None:
    """Viewers and operators see the configuration; only administrators change it."""
    ana = await rig.stage.signed_in()
    shown = await tried(rig, renamed(rig, "Steel City"))
    proposal = proposal_of(shown)
    await confirm(ana, shown)
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    other = await rig.stage.signed_in(name)
    for path in ("", "/history", f"/history/{change.id}", "/offices", "/offices/pittsburgh",
                 "/schedule", "/schedule/run", "/email", "/settings"):  # fmt: skip
        page = await other.get(f"/console/configuration{path}")
        assert page.status_code == 200, path
        assert 'action="/console/configuration/save"' not in page.text
    for path in (f"/history/{change.id}/undo", "/offices/new"):
        assert (await other.get(f"/console/configuration{path}")).status_code == 403
    for path in ("/save", "/merge", "/offices/order", "/offices/new", "/offices/pittsburgh",
                 "/offices/pittsburgh/remove", "/offices/several", "/extensions/change",
                 "/extensions/add", "/extensions/new", "/schedule/run", "/schedule/remove",
                 "/schedule/zone", "/email", "/email/password", "/email/password/forget",
                 "/email/test", "/settings"):  # fmt: skip
        answer = await other.submit("/account", f"/configuration{path}", proposal=proposal)
        assert answer.status_code == 403, path
    assert rig.configuration.office("pittsburgh").name == "Steel City"


async def test_hostile_values_are_shown_as_text(rig: Rig) -> None:
    """Names in documents come from whoever edits them."""
    ana = await rig.stage.signed_in()
    await confirm(ana, await tried(rig, renamed(rig, HOSTILE), title=HOSTILE))
    assert rig.configuration.office("pittsburgh").name == HOSTILE
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    for path in ("", "/history", f"/history/{change.id}", f"/history/{change.id}/undo", "/offices",
                 "/offices/pittsburgh", "/schedule/run"):  # fmt: skip
        page = await ana.get(f"/console/configuration{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "49" not in re.findall(r"&lt;/script&gt;[^<]*", page.text)


@pytest.mark.parametrize(
    "forged",
    [
        "", "{}", "[]", "null", "{", '{"title": 1, "changes": {}, "seen": {}}',
        '{"title": "x", "changes": {"../x.json": "{}"}, "seen": {"../x.json": "absent"}}',
        '{"title": "x", "changes": {"data/a.enc": "x"}, "seen": {"data/a.enc": ""}}',
        '{"title": "x", "changes": {"data/schedule.json": 7}, "seen": {"data/schedule.json": ""}}',
        '{"title": "x", "changes": {"data/schedule.json": "{}"}, "seen": {}}',
    ],
)  # fmt: skip
async def test_forms_made_by_hand_reach_nothing_else(rig: Rig, forged: str) -> None:
    ana = await rig.stage.signed_in()
    for action in ("/configuration/save", "/configuration/merge"):
        answer = await ana.submit("/account", action, proposal=forged)
        assert answer.status_code == 422


async def test_a_secret_in_a_document_is_neither_shown_nor_kept(rig: Rig) -> None:
    """Somebody wrote the password into the document, and somebody else takes it out here."""
    sound = {"smtp_server": "smtp.example.com", "sender_email": "a@example.com"}
    rig.write(EMAIL, {**sound, "smtp_password": "hunter2"})
    ana = await rig.stage.signed_in()
    index = await ana.get("/console/configuration")
    assert "CFG-018" in index.text
    shown = await tried(rig, {EMAIL: json.dumps(sound)})
    assert shown.status_code == 200
    assert "hunter2" not in index.text + shown.text
    await confirm(ana, shown)
    [change] = rig.stage.db.run_sync(configuration_history.recent)
    load = partial(configuration_history.load, sealer=rig.stage.sealer, change_id=change.id)
    found = rig.stage.db.run_sync(load)
    assert found is not None
    assert "hunter2" not in str(found)


async def test_the_first_page_says_what_config_check_says(rig: Rig) -> None:
    """Findings stand on top, each with its place and the way to the page that mends it."""
    rig.write("sorted/pittsburgh/extensions.json", {"extensions": [{"id": "101"}]})
    rig.write("sorted/philadelphia/lead_owners.json", {**OWNERS, "lead_onwers": []})
    page = (await (await rig.stage.signed_in("vera")).get("/console/configuration")).text
    errors = [each for each in check_all(rig.root)[1] if each.severity == "error"]
    assert len(errors) > 1
    for each in errors:
        assert each.code in page
        assert each.key in page
    assert 'href="/console/configuration/extensions"><b>Extensions of Pittsburgh Office' in page
    assert "cannot be used" in page


async def test_the_first_page_tells_of_credentials_keys_and_the_last_change(rig: Rig) -> None:
    """What is missing is named; a viewer sees nothing of what only administrators open."""
    ana, vera = await rig.stage.signed_in(), await rig.stage.signed_in("vera")
    before = (await ana.get("/console/configuration")).text
    assert "Nothing was changed here yet" in before
    assert "RingCentral: missing" in before
    assert "No key is in use" in before
    await confirm(ana, await tried(rig, renamed(rig, "Steel City"), title="The <b>name</b>"))
    after = (await vera.get("/console/configuration")).text
    assert "The &lt;b&gt;name&lt;/b&gt;, by ana" in after
    assert "missing" not in after
    assert "key" not in after.lower().partition("<main")[2]


async def test_the_history_is_filtered_by_document(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    await confirm(ana, await tried(rig, renamed(rig, "Steel City"), title="The name"))
    await confirm(ana, await tried(rig, {SCHEDULE: '{"runs": []}'}, title="The times"))
    page = await ana.get(f"/console/configuration/history?document={SCHEDULE}")
    assert "The times" in page.text
    assert "The name" not in page.text
    nothing = await ana.get("/console/configuration/history?document=data/settings.json")
    assert "Nothing was changed here" in nothing.text
    missing = await ana.get("/console/configuration/history/nosuch")
    assert missing.status_code == 404
