"""Documents are looked at as they would be, and replaced together or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.config_files import a_company, two_offices

from switchboard.config.editing import ABSENT, difference, digest, is_document, read
from switchboard.config.load import inspect, load
from switchboard.config.overlay import overlay
from switchboard.config.replacing import Replacement
from switchboard.errors import OperatorError
from switchboard.flows.configuration_check import check_all, check_changed, in_the_way

OFFICES = "sorted/data/offices.json"
EXTENSIONS = "sorted/pittsburgh/extensions.json"


@pytest.mark.parametrize(
    "place",
    [
        "data/credentials.enc", "data/encryption.key", "data/switchboard.db", ".env", "../x.json",
        "data/../../x.json", "/etc/passwd", "sorted/../data/x.json", "chat/../data/x.json", "chat",
        "chat//x.yaml", "chat/.hidden", "data/x.json\n", "data/a/b.json", "chat\\x", "",
    ],
)  # fmt: skip
def test_only_documents_can_be_edited(place: str, tmp_path: Path) -> None:
    """Neither the vault nor anything outside is within reach of a form."""
    assert not is_document(place)
    with pytest.raises(OperatorError):
        read(tmp_path, place)


@pytest.mark.parametrize(
    "place", [OFFICES, EXTENSIONS, "data/settings.json", "chat/workflows/a_b.yaml", "chat/x/y.txt"]
)
def test_documents_are_edited_by_their_places(place: str, tmp_path: Path) -> None:
    assert is_document(place)
    assert read(tmp_path, place).digest == ABSENT


def test_looking_at_a_change_writes_nothing_and_copies_no_secret(tmp_path: Path) -> None:
    root = two_offices(tmp_path / "c")
    (root / "data").mkdir(exist_ok=True)
    (root / "data/encryption.key").write_text("a key")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with overlay(root, {"data/settings.json": '{"company": {"name": "X"}}'}) as made:
        assert load(made).settings.company.name == "X"
        assert (made / "data/encryption.key").is_symlink()
        assert (made / OFFICES).read_text() == (root / OFFICES).read_text()
    assert not made.exists()
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_removed_office_leaves_no_folder_in_the_look(tmp_path: Path) -> None:
    """Or the check would warn of a folder that belongs to no office."""
    root = two_offices(tmp_path)
    gone = dict.fromkeys((EXTENSIONS, "sorted/pittsburgh/lead_owners.json"))
    with overlay(root, gone) as made:
        assert not (made / "sorted/pittsburgh").exists()
    assert (root / EXTENSIONS).exists()


def test_the_check_of_a_change_says_what_the_check_afterwards_says(tmp_path: Path) -> None:
    """Console and `config check` agree, place by place."""
    root = two_offices(tmp_path)
    changes = {EXTENSIONS: '{"extensions": [{"id": "101"}, {"id": 7, "nmae": "x"}]}'}
    _, proposed = check_changed(root, changes)
    (root / EXTENSIONS).write_text(changes[EXTENSIONS])
    assert proposed == check_all(root)[1]
    assert {each.code for each in proposed} >= {"CFG-004", "CFG-005", "CFG-008"}


def test_an_old_error_elsewhere_keeps_nobody_from_mending_another_document(tmp_path: Path) -> None:
    root = two_offices(tmp_path, {"data/email_config.json": "{"})
    before = inspect(root)[1]
    sound = {"data/settings.json": '{"company": {"name": "X"}}'}
    assert in_the_way(sound, before, check_changed(root, sound)[1]) == []
    still = {"data/email_config.json": "{}"}
    assert in_the_way(still, before, check_changed(root, still)[1])


def test_a_broken_workflow_is_found_whatever_else_is_broken(tmp_path: Path) -> None:
    root = a_company(tmp_path, extensions="{")
    _, found = check_changed(root, {"chat/workflows/own.yaml": "id: [own"})
    assert {"CFG-003", "CHAT-101"} <= {each.code for each in found}


def test_several_documents_are_replaced_for_their_owner_alone(tmp_path: Path) -> None:
    root = two_offices(tmp_path)
    gone = "sorted/philadelphia/lead_owners.json"
    with Replacement(root, {EXTENSIONS: "{}\n", "data/settings.json": "{}", gone: None}) as new:
        assert (root / gone).exists()
        new.put()
    assert (root / EXTENSIONS).read_text() == "{}\n"
    assert stat.S_IMODE((root / "data/settings.json").stat().st_mode) == 0o600
    assert not (root / gone).exists()
    assert not [each for each in root.rglob(".*") if each.is_file()]


def test_when_one_cannot_be_replaced_the_others_are_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails between the first document and the second."""
    root = two_offices(tmp_path)
    before = {place: (root / place).read_text() for place in (OFFICES, EXTENSIONS)}
    replace, calls = Path.replace, []

    def failing(path: Path, target: Path) -> Path:
        calls.append(target.name)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    changes = {OFFICES: "one", EXTENSIONS: "two", "data/new.json": "three"}
    with pytest.raises(OperatorError, match="No space left"), Replacement(root, changes) as new:
        new.put()
    assert {place: (root / place).read_text() for place in before} == before
    assert not (root / "data/new.json").exists()
    assert not [each for each in root.rglob(".*") if each.is_file()]


def test_a_difference_shows_lines_and_no_secret() -> None:
    before = '{\n  "a": 1,\n  "smtp_password": "hunter2"\n}\n'
    lines = difference(before, '{\n  "a": 2\n}\n')
    assert ("-", '  "a": 1,') in [(each.kind, each.text) for each in lines]
    assert ("+", '  "a": 2') in [(each.kind, each.text) for each in lines]
    assert "hunter2" not in str(lines)


def test_a_digest_tells_versions_apart() -> None:
    assert digest(None) == ABSENT != digest("") != digest("x")
