"""Files change, break and vanish; the detector goes on."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from switchboard.flows.chat_to_ticket.detector import detector as module
from switchboard.flows.chat_to_ticket.detector.corpus import Corpus
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.model import Model
from switchboard.flows.chat_to_ticket.detector.sources import read_sources
from switchboard.flows.chat_to_ticket.detector.stored import UnusableModelError, dump, parse
from switchboard.flows.chat_to_ticket.detector.train import train
from switchboard.flows.chat_to_ticket.models import LABELS

HEADSETS = ("crackles", "has no sound", "mutes itself", "lost its left ear", "does not pair",
            "echoes", "battery dies", "hurts and crackles in calls")  # fmt: skip
Make = Callable[[], Detector]
OWN = """\
id: printer_issues
examples:
  - "the flurbonator ejects nothing"
  - "flurbonator is out of order"
  - "our flurbonator leaves streaks"
"""


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a model is learnt."""
    counted: list[int] = []

    def counting(corpus: Corpus) -> Model:
        counted.append(len(corpus.examples()))
        return train(corpus)

    monkeypatch.setattr(module, "train", counting)
    return counted


def stored(root: Path) -> list[Path]:
    return sorted((root / "data" / "cache").glob("detector-*.npz"))


def test_a_model_is_learnt_once(root: Path, a_detector: Make, trainings: list[int]) -> None:
    first, second = a_detector(), a_detector()
    assert len(trainings) == 1
    text = "my printer is out of paper"
    assert first(text).labels == second(text).labels
    assert first(text).p == pytest.approx(second(text).p, abs=1e-4)


def test_only_its_owner_reads_a_stored_model(root: Path, a_detector: Make) -> None:
    a_detector()
    assert [stat.S_IMODE(each.stat().st_mode) for each in stored(root)] == [0o600]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "text", "other_version"])
def test_a_damaged_model_is_learnt_again(
    root: Path,
    a_detector: Make,
    trainings: list[int],
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
) -> None:
    """A disk that loses bytes never costs the chat."""
    a_detector()
    (path,) = stored(root)
    content = path.read_bytes()
    if damage == "other_version":
        monkeypatch.setattr(
            "switchboard.flows.chat_to_ticket.detector.stored.code_version", lambda: "other"
        )
    else:
        half = len(content) // 2
        flipped = content[:half] + bytes([content[half] ^ 0xFF]) + content[half + 1 :]
        damaged = {"empty": b"", "cut": content[:half], "flipped": flipped, "text": b"hello"}
        path.write_bytes(damaged[damage])
    assert a_detector()("my printer is out of paper").labels[0] == "printer_issues"
    assert len(trainings) == 2


def test_a_stored_model_runs_no_code() -> None:
    """Whoever can write the file still cannot make us run theirs."""
    import io  # noqa: PLC0415

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("code of a file was run",))

    buffer = io.BytesIO()
    np.savez(buffer, words=np.array([Evil()], dtype=object))
    with pytest.raises(UnusableModelError):
        parse(buffer.getvalue())


def test_an_operators_examples_are_learnt(root: Path, a_detector: Make) -> None:
    """Who has a word of their own for a thing teaches it to us."""
    before = a_detector()("the flurbonator leaves streaks again")
    (root / "chat" / "examples" / "printers.yaml").write_text(OWN)
    after = a_detector()("the flurbonator leaves streaks again")
    assert after.labels[0] == "printer_issues"
    assert after.p > before.p


def test_an_operators_examples_may_replace_ours(root: Path, few_examples: Path) -> None:
    lines = "\n".join(f'  - "smoke signal number {each} is unreadable"' for each in "abcdefgh")
    text = f"id: smalltalk\nreplace: true\nexamples:\n{lines}\n"
    (root / "chat" / "examples" / "smalltalk.yaml").write_text(text)
    corpus, findings = read_sources(root, few_examples).corpus()
    texts = [each.text for each in corpus.examples() if each.classes == ("smalltalk",)]
    assert len(texts) == 8
    assert not [each for each in findings if each.severity == "error"]


def test_a_workflow_of_an_operator_is_told_apart_too(root: Path, a_detector: Make) -> None:
    """Who adds a workflow and examples for it has visitors led to it."""
    lines = "\n".join(f'  - "my headset {each}"' for each in HEADSETS)
    (root / "chat" / "examples" / "headset.yaml").write_text(f"id: headset\nexamples:\n{lines}\n")
    assert "CHAT-003" in {each.code for each in a_detector().findings}
    (root / "chat" / "workflows").mkdir()
    (root / "chat" / "workflows" / "headset.yaml").write_text("id: headset\ntitle: Headset\n")
    detector = a_detector()
    verdict = detector("the headset crackles during calls")
    assert verdict.labels[0] == "headset"
    assert sorted(verdict.labels) == sorted((*LABELS, "headset"))
    assert not [each for each in detector.findings if each.severity == "error"]


def test_a_broken_file_leaves_the_last_good_model(
    root: Path, a_detector: Make, trainings: list[int]
) -> None:
    """A slip while editing does not make the chat deaf, and is not kept quiet about."""
    own = root / "chat" / "examples" / "printers.yaml"
    own.write_text(OWN)
    good = a_detector()
    before = good("our flurbonator leaves streaks")
    own.write_text('id: printer_issues\nexamples:\n  - "never closed\n')
    assert good.learning() == "learning"
    assert good.reload()
    assert good.learning() == "refused"
    fresh = a_detector()
    assert len(trainings) == 1
    for each in (good, fresh):
        assert each("our flurbonator leaves streaks").labels == before.labels
        assert {found.code for found in each.findings} >= {"CHAT-001", "CHAT-010"}
    own.write_text(OWN)
    assert good.learning() == "learnt", "what is gone by is what stands there once more"


def test_with_no_good_model_ours_is_used(root: Path, a_detector: Make) -> None:
    (root / "chat" / "examples" / "mine.yaml").write_text("id: nonsense\nexamples: [hello]\n")
    detector = a_detector()
    assert detector("my printer is out of paper").labels[0] == "printer_issues"
    assert "CHAT-003" in {each.code for each in detector.findings}


def test_an_edit_is_noticed_and_nothing_else(root: Path, a_detector: Make) -> None:
    detector = a_detector()
    assert not detector.reload()
    (root / "chat" / "examples" / "printers.yaml").write_text(OWN)
    assert detector.learning() == "learning", "saved is not yet learnt"
    assert detector.reload()
    assert detector.learning() == "learnt"
    assert not detector.reload()


def test_a_disk_that_refuses_costs_only_time(
    root: Path, a_detector: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("switchboard.flows.chat_to_ticket.detector.cache.write_private", refuse)
    assert a_detector()("my printer is out of paper").labels[0] == "printer_issues"
    assert stored(root) == []


def test_the_same_examples_give_the_same_model(fewest_examples: Path) -> None:
    """Two machines of one company understand a visitor alike."""
    corpus, _ = read_sources(None, fewest_examples).corpus()
    assert dump(train(corpus)) == dump(train(corpus))
