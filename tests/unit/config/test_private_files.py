"""A file is there whole or not at all, and only its owner may read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from switchboard.config.files import write_private, write_private_pieces
from switchboard.errors import OperatorError


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    write_private(tmp_path / "a/b/c.txt", "text")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a/b/c.txt").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert (tmp_path / "a/b/c.txt").read_text("utf-8") == "text"


def test_a_write_that_fails_half_way_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, "old")

    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_private_pieces(path, pieces())
    assert path.read_text("utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_file_that_must_be_new_is_never_replaced(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "first", overwrite=False)
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "file", "second", overwrite=False)
    assert (tmp_path / "file").read_text("utf-8") == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written_is_the_manuals_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OperatorError, match="IO-001"):
        write_private(tmp_path / "file/below", "text")
