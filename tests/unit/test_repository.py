"""The repository keeps the promises its documents and its locks make."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("runtime.lock", "dev.lock")
# The bracketed letters keep this file from finding itself.
UNFINISHED = re.compile(r"TOD[O]|FIXM[E]|XX[X]:")
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:wor[k]|roo[t])/|/tm[p]/[a-z]")
INDEX_HOST = re.compile(r"pythonhoste[d]|pypi\.or[g]|/opt/pyp[i]|--(?:extra-)?index-ur[l][ =]")


def tracked_texts() -> dict[str, str]:
    """Return the committed text files by path."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of committed files")
    texts = {}
    for name in filter(None, listing.stdout.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return texts


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked_texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_no_file_names_a_package_index() -> None:
    assert lines_matching(INDEX_HOST) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_matching(UNFINISHED) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    entries = re.findall(r"^(\S.*(?:\n[ ]+--hash=\S+(?: \\)?)*)", text, flags=re.MULTILINE)
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert packages
    for entry in packages:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert re.search(r"^-|://", text, flags=re.MULTILINE) is None


def test_the_dev_lock_holds_the_runtime_lock_at_the_same_versions() -> None:
    """So an environment for tests also serves `make demo`."""
    pins = {
        lock: set(re.findall(r"^([a-z0-9._-]+==[^\s;]+)", text, flags=re.MULTILINE))
        for lock in LOCKS
        for text in [(ROOT / "requirements" / lock).read_text()]
    }
    assert pins["runtime.lock"] <= pins["dev.lock"]


def test_every_make_command_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for document in documents:
        for command in re.findall(r"(?:\$ |`)make ([a-z]+)", document.read_text()):
            assert command in targets, f"{document.name} tells people to run make {command}"


def test_links_between_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)} -> {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_a_command_of_the_makefile_is_listed_by_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", makefile, flags=re.MULTILINE), target
