"""Random pieces, faults and kills at any step: in the end each is in the CRM exactly once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.component.calls.company import CALLERS, a_record
from tests.component.calls.fakes import Hazard
from tests.component.media.media_fakes import MediaCompany, sound_of

EXAMPLES = int(os.environ.get("EXAMPLES", "24"))
TEXT = "Please call me back."

histories = st.lists(
    st.tuples(
        st.integers(0, 2),  # Who called.
        st.integers(0, 2),  # How many recordings the call has.
        st.booleans(),  # Whether there is a voicemail, ...
        st.booleans(),  # ... and a transcript of it.
    ),
    min_size=1,
    max_size=4,
)
faults = st.lists(
    st.dictionaries(
        st.integers(1, 40),
        st.sampled_from(["kill_before", "kill_after", "lost", "drop", "refused"]),
        min_size=1,
        max_size=3,
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=histories, disturbances=faults)
def test_any_disturbance_leaves_each_piece_attached_once(
    history: list[tuple[int, int, bool, bool]], disturbances: list[dict[int, str]]
) -> None:
    asyncio.run(_compare(history, disturbances))


KILLS = [(step, kind) for step in range(1, 22) for kind in ("kill_before", "kill_after")]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        pytest.param(*each, marks=() if number % 4 == 1 else pytest.mark.slow)
        for number, each in enumerate(KILLS)
    ],
)
async def test_a_process_killed_at_any_step_is_completed_by_the_next(step: int, kind: str) -> None:
    await _compare([(0, 1, True, True)], [{step: kind}])


async def _compare(
    history: list[tuple[int, int, bool, bool]], disturbances: list[dict[int, str]]
) -> None:
    records = [
        a_record(
            n,
            caller=CALLERS[who],
            minutes_ago=20 + 10 * n,
            outcome="voicemail" if voicemail else "accepted",
        )
        for n, (who, _, voicemail, _) in enumerate(history)
    ]
    with tempfile.TemporaryDirectory() as folder:
        it = MediaCompany(Path(folder), records)
        try:
            await it.prepare()
            wanted: Counter[tuple[str, str]] = Counter()
            for n, (who, recordings, voicemail, transcribed) in enumerate(history):
                ids = [f"9{n}{number}" for number in range(recordings)]
                pieces = [(f"s-{n:04}", "recording", each) for each in ids]
                if voicemail:
                    ids.append(f"7{n}")
                    pieces.append((f"s-{n:04}", "voicemail", ids[-1]))
                    if transcribed:
                        it.media_world.transcripts[ids[-1]] = TEXT
                await it.owe(*pieces)  # type: ignore[arg-type]
                wanted.update((CALLERS[who], _digest(each)) for each in ids)
            for plan in disturbances:
                await it.work(Hazard(dict(plan)))
            await asyncio.sleep(0.32)  # The leases of the dead run out.
            rows = await it.finish()
        finally:
            it.close()
        left = await asyncio.to_thread(lambda: list(Path(folder).glob("data/tmp/*")))
    assert {row.state for row in rows} <= {"done"}
    phones = {ident: row["Phone"] for ident, row in it.world.people.items()}
    found = Counter((phones[parent], sha) for _, parent, _, sha in it.media_world.attachments)
    assert found == wanted
    texts = Counter(
        it.world.notes[number - 1][2].partition("[rc:")[2][:6]
        for number, content in it.media_world.contents.items()
        if TEXT in content
    )
    assert texts == Counter(
        f"s-{n:04}" for n, (_, _, voicemail, text) in enumerate(history) if voicemail and text
    )
    assert left == []


def _digest(media_id: str) -> str:
    return hashlib.sha256(sound_of(media_id)).hexdigest()
