"""Whatever a document says, the answer is a configuration or findings, never a crash."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.config_files import a_company, write

from switchboard.config.load import inspect
from switchboard.config.starter import starting_set

SOUND = starting_set(["philadelphia", "pittsburgh"], timezone="America/New_York")
DOCUMENTS = sorted(name for name in SOUND if name.endswith(".json"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way]
    pairs = value.items() if isinstance(value, dict) else ()
    for key, each in pairs or (enumerate(value) if isinstance(value, list) else ()):
        found += places(each, (*way, key))
    return found


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from(DOCUMENTS), value=ANY_JSON)
def test_any_value_anywhere_is_answered(data: st.DataObject, name: str, value: Any) -> None:
    """Each value of each document may be anything at all; nothing wrong goes unnamed."""
    document = {"whole": copy.deepcopy(json.loads(SOUND[name]))}
    way = data.draw(st.sampled_from(places(document)[1:]))
    holder: Any = document
    for part in way[:-1]:
        holder = holder[part]
    holder[way[-1]] = value
    with tempfile.TemporaryDirectory() as root:
        write(Path(root), SOUND | {name: json.dumps(document["whole"])})
        configuration, findings = inspect(root)
    errors = [each for each in findings if each.severity == "error"]
    assert (configuration is None) == bool(errors)
    assert all(each.message and each.file for each in findings)


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(DOCUMENTS), content=st.binary(max_size=60))
def test_any_bytes_are_answered(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as root:
        write(Path(root), SOUND)
        (Path(root) / name).write_bytes(content)
        configuration, findings = inspect(root)
    assert configuration is not None or findings


@pytest.mark.parametrize("levels", [50, 500, 5_000, 100_000])
def test_a_document_without_bottom_is_refused(tmp_path: Path, levels: int) -> None:
    text = '{"extensions": ' + "[" * levels + "]" * levels + "}"
    configuration, findings = inspect(a_company(tmp_path, extensions=text))
    assert configuration is None
    assert findings[0].code == "CFG-003"
    assert "too deeply" in findings[0].message


def test_a_number_too_large_for_arithmetic_is_refused(tmp_path: Path) -> None:
    text = '{"lead_owners": [{"id": "1", "assignment_weight": 1e999}]}'
    _, findings = inspect(a_company(tmp_path, lead_owners=text))
    assert (findings[0].code, "1e999" in findings[0].message) == ("CFG-003", True)
