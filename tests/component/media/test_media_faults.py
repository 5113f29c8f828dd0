"""Every step of bringing media to the CRM meets every fault, and each piece still arrives once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from tests.component.media.media_rig import SPEED, Rig

from switchboard.bootstrap import Session
from switchboard.simulators.server import SimulatorServer

STEPS = {
    "retention": ("ringcentral", "/call-recording$"),
    "messages": ("ringcentral", r"/message-store/[\d,]+$"),
    "recording": ("ringcentral", r"/recording/\d+/content"),
    "voicemail": ("ringcentral", r"/message-store/\d+/content/\d+4$"),
    "transcript": ("ringcentral", r"/message-store/\d+/content/\d+5$"),
    "upload": ("zoho_crm", r"^POST .*/Attachments"),
    "read_note": ("zoho_crm", r"^GET .*/Notes/\d+"),
    "update_note": ("zoho_crm", r"^PUT .*/Notes/\d+"),
}
KINDS: dict[str, dict[str, Any]] = {
    "error": {"kind": "error", "status": 500},
    "error_processed": {"kind": "error", "status": 502, "processed": True, "body": "Bad gateway"},
    "rate_limit": {"kind": "rate_limit"},
    "timeout": {"kind": "timeout", "delay_s": 1.0},
    "drop": {"kind": "drop"},
    "cut": {"kind": "cut", "after_bytes": 20},
    "done_but_lost": {"kind": "done_but_lost"},
    "slow": {"kind": "slow", "delay_s": 0.1},
    "garbage": {"kind": "garbage"},
    "expired_token": {"kind": "expired_token"},
}
# Wrong bytes under an audio type and the right length cannot be told from sound, by anybody.
UNDETECTABLE = {("recording", "garbage"), ("voicemail", "garbage"), ("transcript", "garbage")}
EXTRA = 5  # Pairs for the tests below the matrix.
CASES = [pair for pair in product(STEPS, KINDS) if pair not in UNDETECTABLE]
# The upload meets the worst at once; the rest runs with the slow tier.
ALWAYS = {
    "upload": {"error_processed", "timeout", "drop", "done_but_lost", "garbage"},
    "update_note": {"done_but_lost"},
    "recording": {"cut"},
}


def _case(step: str, kind: str) -> Any:
    always = kind in ALWAYS.get(step, set())
    return pytest.param(step, kind, marks=() if always else pytest.mark.slow)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with SimulatorServer(scenario="settled", seed=5, calls=5, speed=SPEED) as sim:
        yield Stage(Rig.make(sim, tmp_path_factory.mktemp("media")))


class Stage:
    """Calls enough for every case, written in one run; each case owes the media of its own."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self._ready: list[tuple[dict[str, Any], dict[str, Any]]] = []

    async def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return an accepted call with its recording, and a voicemail with its transcript."""
        await self.prepare()
        return self._ready.pop()

    async def prepare(self) -> None:
        if not self._ready:
            self._ready = await self._make()

    async def _make(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        ago = {"seconds_ago": 900, "office": "philadelphia"}
        orders = {
            "accepted": ({"kind": "accepted", "count": 160, "talk_seconds": 45}, "recording"),
            "voicemail": ({"kind": "voicemail", "count": 260, "talk_seconds": 20}, "message"),
        }
        kinds = {
            name: [call for call in self.rig.add_calls({**order, **ago}) if call[wanted]]
            for name, (order, wanted) in orders.items()
        }
        transcribed = [call for call in kinds["voicemail"] if call["message"] // 10 % 2]
        kinds["voicemail"] = transcribed
        await self.rig.do_calls()
        done = await self.rig.done_sessions()  # Some called extensions that are not processed.
        pairs = [[call for call in some if call["session"] in done] for some in kinds.values()]
        assert min(map(len, pairs)) >= len(CASES) + EXTRA
        return list(zip(*pairs, strict=False))


async def prove_once(rig: Rig, *calls: dict[str, Any]) -> None:
    """Compare what the CRM holds of these calls with what RingCentral has of them."""
    for call in calls:
        lead = rig.lead_of(call)
        found = [each for each in rig.attachments() if each["parent_id"] == lead]
        wanted = rig.sound(call)
        assert len(found) == len(wanted), (call, found)
        for media_id, digest in wanted.items():
            names = [each for each in found if media_id in each["file_name"]]
            assert [each["sha256"] for each in names] == [digest]
        notes = rig.notes_of(call)
        assert len(notes) == 1
        assert notes[0]["content"].count("Voicemail transcript") == bool(call["message"])
    assert rig.left_behind() == []


async def work(stage: Stage, session: Session) -> tuple[dict[str, Any], dict[str, Any]]:
    accepted, voicemail = await stage.pair()
    rows = await stage.rig.owe(session, accepted["session"], voicemail["session"])
    assert {row.kind for row in rows} == {"recording", "voicemail"}
    ended = await stage.rig.finish(session, [row.key for row in rows])
    assert {row.state for row in ended} == {"done"}, ended
    return accepted, voicemail


@pytest.mark.parametrize(("step", "kind"), [_case(*pair) for pair in CASES])
async def test_a_fault_at_any_step_neither_loses_nor_doubles_anything(
    stage: Stage, step: str, kind: str
) -> None:
    vendor, match = STEPS[step]
    await stage.prepare()
    stage.rig.struck()
    stage.rig.plan(vendor=vendor, match=match, **KINDS[kind])
    async with stage.rig.session() as session:
        calls = await work(stage, session)
    assert stage.rig.struck() == 1
    await prove_once(stage.rig, *calls)


async def test_nothing_is_attached_twice_when_it_is_owed_again(stage: Stage) -> None:
    """A second look at a call that is done adds what is new and repeats nothing."""
    async with stage.rig.session() as session:
        accepted, voicemail = await work(stage, session)
        before = len(stage.rig.attachments())
        rows = await stage.rig.owe(session, accepted["session"], voicemail["session"])
        assert {row.state for row in rows} == {"done"}
        await stage.rig.attach(session)
    assert len(stage.rig.attachments()) == before
