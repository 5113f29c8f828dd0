"""The targets, on messages the detector did not learn from."""

from __future__ import annotations

import pytest
from benchmarks.detector import HELD_OUT, Judged, judged, latency, quality
from ruamel.yaml import YAML

from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.features import cleaned
from switchboard.flows.chat_to_ticket.detector.sources import read_sources
from switchboard.flows.chat_to_ticket.models import LABELS


@pytest.fixture(scope="module")
def parts(detector: Detector) -> dict[str, list[Judged]]:
    return judged(detector)


def test_every_floor_is_kept(parts: dict[str, list[Judged]]) -> None:
    """A change that makes us understand less does not pass."""
    assert [f"{each.what}: {each.value:.1f}" for each in quality(parts) if not each.kept] == []


def test_a_verdict_is_quick_and_hostile_text_too(
    detector: Detector, parts: dict[str, list[Judged]]
) -> None:
    """The chat never waits for the detector, not even on a busy machine."""
    texts = [each.text for part in parts.values() for each in part]
    assert [each for each in latency(detector, texts) if each.value > 4 * each.floor] == []


def test_no_held_out_message_is_an_example() -> None:
    """Figures on messages one has learnt by heart say nothing."""
    corpus, _ = read_sources(None).corpus()
    learnt = {_bare(each.text) for each in corpus.examples()}
    document = YAML(typ="safe", pure=True).load(HELD_OUT.read_text("utf-8"))
    both = [*document["hard"].values(), *document["ordinary"].values()]
    texts = [each for part in (*both, document["other"], document["human"]) for each in part]
    assert [each for each in texts if _bare(each) in learnt] == []


def test_every_workflow_has_enough_hard_messages() -> None:
    document = YAML(typ="safe", pure=True).load(HELD_OUT.read_text("utf-8"))
    assert set(document["hard"]) == set(document["ordinary"]) == set(LABELS)
    assert min(map(len, document["hard"].values())) >= 15
    assert len(document["other"]) >= 80
    assert len(document["human"]) >= 40


def _bare(text: str) -> str:
    return cleaned(text).strip(" .,!?")
