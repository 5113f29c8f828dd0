"""Turn a raw document into typed values, every complaint into a finding, and keep what is sound."""

from __future__ import annotations

import copy
import json
import re
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from switchboard.config.documents import without_comments
from switchboard.config.findings import CODES, Finding, finding
from switchboard.config.reading import Place, Raw, key_text
from switchboard.config.secrets import is_secret_key
from switchboard.vendors.settings import VendorSettings, unsafe_address

Model = TypeVar("Model", bound=BaseModel)

_ROUNDS = 50  # Each round removes at least one value; nobody's document is broken deeper.
_SHOWN = 40  # Characters of a refused value worth repeating.
_EXPECTED = {
    "string_type": 'text in double quotes, such as "101"',
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "an object in braces",
    "model_type": "an object in braces",
    "model_attributes_type": "an object in braces",
}
_MARK = object()


def validate(raw: Raw, model: type[Model]) -> tuple[Model | None, list[Finding], bool]:
    """Return the typed document, the findings, and whether nothing had to be left out.

    Where single values are wrong the rest is still returned, so that the checks which compare
    documents can speak in the same breath; such a partial document is never worked with.
    """
    data = without_comments(copy.deepcopy(raw.value))
    findings: list[Finding] = []
    for round_number in range(_ROUNDS):
        try:
            checked = model.model_validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            details = error.errors(include_url=False)
            for each in details:
                # Later rounds miss what an earlier one removed: only the first may say "missing".
                if round_number == 0 or each["type"] != "missing":
                    findings += _explain(each, raw, model)
            if not isinstance(data, dict) or not _prune(data, details):
                return None, findings, False
        else:
            return checked, findings, not findings
    return None, findings, False


def known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """List the keys the object at *place* may have."""
    annotation: Any = model
    for part in place:
        nested = _model_in(annotation)
        if nested is not None and isinstance(part, str) and part in nested.model_fields:
            annotation = nested.model_fields[part].annotation
        # Otherwise *part* is the index of a list or a free key: the model lies within.
    nested = _model_in(annotation)
    return list(nested.model_fields) if nested else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for each in get_args(annotation):
        found = _model_in(each)
        if found is not None:
            return found
    return None


def _explain(detail: ErrorDetails, raw: Raw, model: type[BaseModel]) -> list[Finding]:
    place: Place = tuple(detail["loc"])
    kind, given = detail["type"], detail["input"]
    key = key_text(place)

    def found(code: str, message: str, hint: str = "") -> list[Finding]:
        return [finding(code, raw.file, message, key=key, hint=hint, line=raw.line(place))]

    if kind == "extra_forbidden":
        if isinstance(given, str) and given and is_secret_key(str(place[-1])):
            return []  # The search for secrets says it better.
        return found("CFG-004", *_unknown(str(place[-1]), known_keys(model, place[:-1])))
    if kind == "missing":
        return found("CFG-006", "is missing", f'Add "{place[-1]}".')
    if kind in CODES:
        return found(kind, detail["msg"])
    if kind == "value_error" and model_at(model, place) is VendorSettings:
        return _unsafe_addresses(raw, place, given)
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    code = "CFG-005" if kind in _EXPECTED else "CFG-007"
    message = f"must be {_EXPECTED[kind]}" if kind in _EXPECTED else message
    return found(code, f"{message}, not {_show(given, place)}")


def model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """The section of *model* that *place* names, where it names one."""
    current: type[BaseModel] | None = model
    for part in place:
        if current is None or part not in current.model_fields:
            return None
        current = _model_in(current.model_fields[str(part)].annotation)
    return current


def _unsafe_addresses(raw: Raw, place: Place, given: Any) -> list[Finding]:
    """Name every address: the settings' own check stops at the first."""
    given = given if isinstance(given, dict) else {}
    loopback = given.get("allow_insecure_loopback", True)
    findings = []
    for name, url in given.items():
        reason = name.endswith("_url") and unsafe_address(str(url), loopback=bool(loopback))
        if reason:
            inner = (*place, name)
            findings.append(
                finding("CFG-017", raw.file, reason, key=key_text(inner), line=raw.line(inner))
            )
    return findings


def _unknown(key: str, known: list[str]) -> tuple[str, str]:
    near = {re.sub(r"[^a-z0-9]", "", each.casefold()): each for each in known}
    close = get_close_matches(re.sub(r"[^a-z0-9]", "", key.casefold()), near, n=1, cutoff=0.6)
    if close:
        return "is not a known key", f'Did you mean "{near[close[0]]}"?'
    if known:
        return "is not a known key", f"Remove it; known here: {', '.join(known)}."
    return "is not a known key", ""


def _show(value: Any, place: Place) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if any(isinstance(part, str) and is_secret_key(part) for part in place):
        return "what is there"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _prune(data: dict[str, Any], details: list[ErrorDetails]) -> bool:
    """Take the refused values out of *data*; False when nothing would be left to check."""
    for each in details:
        place: Place = tuple(each["loc"])
        if each["type"] == "missing":
            place = place[:-1]
        if not place:
            return False
        holder: Any = data
        for part in place[:-1]:
            try:
                holder = holder[part]
            except (KeyError, IndexError, TypeError):
                holder = None  # An earlier complaint took the whole branch out.
                break
        _mark(holder, place[-1])
    _sweep(data)
    return True


def _mark(holder: Any, part: str | int) -> None:
    in_list = isinstance(holder, list) and isinstance(part, int) and part < len(holder)
    if in_list or (isinstance(holder, dict) and part in holder):
        holder[part] = _MARK


def _sweep(value: Any) -> None:
    if isinstance(value, dict):
        for key in [key for key, each in value.items() if each is _MARK]:
            del value[key]
        for each in value.values():
            _sweep(each)
    elif isinstance(value, list):
        value[:] = [each for each in value if each is not _MARK]
        for each in value:
            _sweep(each)
