"""`settings.json` as forms: sections and fields are those of the settings' own models. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from switchboard.config.places import redacted_database_url
from switchboard.config.settings import ENV_PREFIX, Settings

Kind = Literal["switch", "whole", "number", "text", "lines", "numbers", "zone", "region"]
_LEAVES: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number"}
_STORE = "store"
TITLES = {
    "retention": "Retention",
    "company": "Company",
    "processing": "Look-back",
    "calls": "Calls",
    "media": "Recordings and voicemails",
    "callbacks": "Call-backs",
    "chat": "Chats",
    "second-opinion": "Second opinion",
    "server": "Web server",
    "vendors": "Vendors",
    "budgets": "API budgets",
    "journal": "Journal",
    _STORE: "Store",
}
_WAYS: dict[str, tuple[str, ...]] = {
    "second-opinion": ("chat", "second_opinion"),
    "budgets": ("vendors", "budgets"),
    _STORE: (),
}
_LABELS = {"tls": "TLS", "url": "URL", "id": "id", "crm": "CRM", "ringcentral": "RingCentral"}
_NAMES = {
    "log_days": "Logs",
    "raw_call_log_days": "Raw call logs",
    "report_days": "Reports",
    "record_days": "Call records",
    "mail_days": "Texts of mails",
    "conversation_days": "Chats and tickets",
    "delivery_days": "Chat deliveries",
    "configuration_days": "Earlier configurations",
}
MEANINGS = {
    "log_days": "What Switchboard did, line by line: needed to find out what went wrong.",
    "raw_call_log_days": "RingCentral's own records of calls, as files beside the logs.",
    "report_days": "The reports themselves. Their numbers stay on the dashboard.",
    "record_days": "RingCentral's records in the store, with names and numbers of callers. "
    "Which calls were processed is remembered longer, so that nothing is done twice.",
    "mail_days": "The text of mails that were sent. That they were sent stays known.",
    "conversation_days": "What visitors wrote in chats and tickets, and who they are.",
    "delivery_days": "Messages as SalesIQ delivered them, so that one sent twice counts once.",
    "configuration_days": "Earlier versions of these documents: longer ago cannot be undone.",
}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as its form shows it."""

    name: str
    label: str
    kind: Kind
    value: str
    on: bool
    default: str
    hint: str
    variable: str = ""  # The environment's, where it decides.


@dataclass(frozen=True, slots=True)
class Section:
    """One section; `fields` are in the models' order."""

    name: str
    title: str
    below: str
    fields: tuple[SettingField, ...]


def section(
    name: str, document: Mapping[str, Any], effective: Settings, environ: Mapping[str, str]
) -> Section | None:
    """Return a section as it is, None where there is no such."""
    if name not in TITLES:
        return None
    way, model = way_of(name), _model(name)
    inside, there = _at(document, way), _at_model(effective, way)
    variables = {each.upper(): text for each, text in environ.items()}
    fields = []
    for key, info in _fields(name):
        kind = kind_of(key, info)
        variable = _variable(variables, way, key)
        current = inside.get(key, info.get_default(call_default_factory=True))
        if variable:
            current = getattr(there, key)
        fields.append(
            SettingField(
                name=key,
                label=_NAMES.get(key) or _label(key),
                kind=kind,
                value=_shown(current, kind),
                on=current is True,
                default=_default(info, kind),
                hint=MEANINGS.get(key) or info.description or "",
                variable=variable,
            )
        )
    below = (model.__doc__ or "").partition("\n")[0] if way else "Where everything is kept."
    return Section(name, TITLES[name], below, tuple(fields))


def way_of(name: str) -> tuple[str, ...]:
    """Return the way to a section in the document."""
    return _WAYS.get(name, (name,))


def changed(
    name: str,
    document: Mapping[str, Any],
    sent: Mapping[str, str],
    *,
    fixed: frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the document with what was entered, and by field what cannot be read.

    A value that is the default is not written unless it stood there; `fixed` ones are left alone.
    """
    made, errors = copy.deepcopy(dict(document)), {}
    inner = made
    for part in way_of(name):
        below = inner.get(part)
        inner[part] = dict(below) if isinstance(below, dict) else {}
        inner = inner[part]
    for key, info in _fields(name):
        if key in fixed:
            continue
        kind = kind_of(key, info)
        try:
            value = _read(sent, key, kind)
        except ValueError as error:
            errors[key] = str(error)
            continue
        default = _plain(info.get_default(call_default_factory=True))
        if value is None or (key not in inner and value == default):
            inner.pop(key, None)
        else:
            inner[key] = value
    _without_empty(made, way_of(name))
    return made, errors


def field_of(key: str, name: str) -> str:
    """Name the field that a finding's key is about, "form" where it is of another section."""
    start = "".join(f"{part}." for part in way_of(name))
    if not key.startswith(start):
        return "form"
    first = key.removeprefix(start).partition("[")[0].partition(".")[0]
    return first if first in {each for each, _ in _fields(name)} else "form"


def kind_of(key: str, info: FieldInfo) -> Kind:
    """Return how a setting is entered."""
    if key in {"timezone", "region"}:
        return "zone" if key == "timezone" else "region"
    annotation = _bare(info.annotation)
    if get_origin(annotation) is tuple:
        return "lines" if _bare(get_args(annotation)[0]) is str else "numbers"
    return _LEAVES.get(annotation, "text")


def _fields(name: str) -> Iterator[tuple[str, FieldInfo]]:
    for key, info in _model(name).model_fields.items():
        bare = _bare(info.annotation)
        nested = isinstance(bare, type) and issubclass(bare, BaseModel)
        if not nested and get_origin(bare) is not dict:
            yield key, info


def _model(name: str) -> type[BaseModel]:
    model: type[BaseModel] = Settings
    for part in way_of(name):
        found = _bare(model.model_fields[part].annotation)
        assert isinstance(found, type)  # noqa: S101 - sections are models.
        model = found
    return model


def _bare(annotation: Any) -> Any:
    """Return a type without its optional None and its conditions."""
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    while hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    return annotation


def _variable(variables: Mapping[str, str], way: tuple[str, ...], key: str) -> str:
    """Return the environment's variable that decides a setting, "" where the document does."""
    parts = [*way, key]
    for size in range(len(parts), 0, -1):
        name = ENV_PREFIX + "__".join(parts[:size]).upper()
        if name in variables and (size == len(parts) or _holds(variables[name], parts[size:])):
            return name
    return ""


def _holds(text: str, parts: list[str]) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    for part in parts:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _read(sent: Mapping[str, str], key: str, kind: Kind) -> Any:
    """Return what a field holds; None: it was left empty. ValueError says what to enter."""
    if kind == "switch":
        return key in sent
    text = sent.get(key, "").strip()
    if kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if not text:
        return None
    if kind == "numbers":
        return [_number(each) for each in text.replace(",", " ").split()]
    return {"whole": _whole, "number": _number}.get(kind, str)(text)


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise ValueError("Enter a whole number.")
    return int(text)


def _number(text: str) -> int | float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("Enter a number.") from None
    if number in {float("inf"), float("-inf")} or number != number:  # noqa: PLR0124 - not a number.
        raise ValueError("Enter a number.")
    return int(number) if number.is_integer() else number


def _shown(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind == "lines":
        return "\n".join(map(str, value))
    if kind == "numbers":
        return ", ".join(map(exact, value))
    return exact(value) if isinstance(value, int | float) else redacted_database_url(str(value))


def exact(number: float) -> str:
    """Write a number so that reading it again gives the same."""
    return str(int(number)) if float(number).is_integer() else repr(number)


def _default(info: FieldInfo, kind: Kind) -> str:
    value = info.get_default(call_default_factory=True)
    if kind == "switch":
        return "on" if value else "off"
    return _shown(value, kind).replace("\n", ", ") or "none"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _label(key: str) -> str:
    words = " ".join(_LABELS.get(each, each) for each in key.split("_"))
    return words[0].upper() + words[1:]


def _at(document: Mapping[str, Any], way: tuple[str, ...]) -> Mapping[str, Any]:
    found: Any = document
    for part in way:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _at_model(settings: Any, way: tuple[str, ...]) -> Any:
    for part in way:
        settings = getattr(settings, part)
    return settings


def _without_empty(made: dict[str, Any], way: tuple[str, ...]) -> None:
    """Leave no section behind that says nothing."""
    for size in range(len(way), 0, -1):
        outer = made
        for part in way[: size - 1]:
            outer = outer[part]
        if not outer[way[size - 1]]:
            del outer[way[size - 1]]
