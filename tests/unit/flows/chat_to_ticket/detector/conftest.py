"""Detectors: the one that ships, and one of a few sentences that is trained in a blink."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest
from tests.trained_detector import shipped_detector

from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.flows.chat_to_ticket.detector.sources import SHIPPED

LINES = 15  # Enough for a lint without warnings.
FEWEST = 8  # Enough to learn from, in a moment.


@pytest.fixture(scope="session")
def detector() -> Detector:
    return shipped_detector()


@pytest.fixture(scope="session")
def few_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our files, shortened to a few examples each."""
    return shortened(tmp_path_factory.mktemp("few"), LINES, leave_out="")


@pytest.fixture(scope="session")
def fewest_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As few as can be learnt from."""
    return shortened(tmp_path_factory.mktemp("fewest"), FEWEST, leave_out="none_[belo]*")


def shortened(folder: Path, lines: int, *, leave_out: str) -> Path:
    for path in SHIPPED.glob("*.yaml"):
        if any(fnmatch(path.stem, each) for each in ("either", *leave_out.split(","))):
            continue
        text = path.read_text("utf-8").splitlines()
        kept = text if path.name == "lexicon.yaml" else text[: text.index("examples:") + 1 + lines]
        (folder / path.name).write_text("\n".join(kept) + "\n", "utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A configuration with room for examples of its own."""
    (tmp_path / "chat" / "examples").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def a_detector(root: Path, fewest_examples: Path) -> Callable[[], Detector]:
    """Make the small detector of that configuration."""
    return lambda: Detector(root, shipped=fewest_examples)
