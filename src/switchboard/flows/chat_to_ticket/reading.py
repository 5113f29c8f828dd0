"""Bring a workflow document into the shape of `workflow.py`: short forms written out, keys named.

Nothing is refused here: what cannot be read stays as it is, and lint.py says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Raw = dict[str, Any]

YES_NO = (
    {"id": "yes", "label": "Yes", "also": ["yep", "yeah", "yup", "correct", "right", "i do"]},
    {"id": "no", "label": "No", "also": ["nope", "not really", "nah", "i do not", "i don't"]},
)


def expand(raw: Raw, shared: Mapping[str, Raw]) -> Raw:
    """Write out `use`, options given as texts, and the two options of a yes_no."""
    steps = raw.get("steps")
    if not isinstance(steps, list):
        return raw
    return {**raw, "steps": [_step(step, shared) for step in steps]}


def shared_questions(document: Any) -> dict[str, Raw]:
    """Return the questions of shared.yaml by id."""
    rows = document.get("questions") if isinstance(document, dict) else None
    return {
        row["ask"]: row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and isinstance(row.get("ask"), str)
    }


def _step(step: Any, shared: Mapping[str, Raw]) -> Any:
    if not isinstance(step, dict):
        return step
    name = step.get("use")
    if isinstance(name, str) and name in shared:
        step = {**shared[name], **{key: step[key] for key in step if key != "use"}}
    if isinstance(step.get("text"), str):
        step = {**step, "text": [step["text"]]}
    if "ask" not in step:
        return step
    if step.get("kind") == "yes_no" and "options" not in step:
        step = {**step, "options": list(YES_NO)}
    if isinstance(step.get("options"), list):
        step = {**step, "options": [_option(each) for each in step["options"]]}
    return step


def _option(option: Any) -> Any:
    option = _said(option)
    if isinstance(option, dict):
        names = option.get("also", [])
        also = [_said(name) for name in names] if isinstance(names, list) else names
        return {**option, "label": _said(option.get("label", "")), "also": also}
    if not isinstance(option, str):
        return option
    words = re.sub(r"[^a-z0-9]+", "_", option.lower()).strip("_")[:40].strip("_")
    return {"id": words if words[:1].isalpha() else f"o_{words}"[:40], "label": option}


def _said(value: Any) -> Any:
    """Return a number as text: visitors say "50" whatever YAML makes of it."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else value
