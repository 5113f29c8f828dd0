"""Write reference pages of docs/ from the code: `python scripts/make_reference.py [--check]`."""

from __future__ import annotations

import enum
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from switchboard.cli.app import app
from switchboard.config.documents import (
    EmailConfig,
    ExtensionsDocument,
    FieldMappings,
    OfficesDocument,
    OwnersConfig,
    ScheduleDocument,
)
from switchboard.config.settings import SettingsDocument

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
EXIT_CODES = """
| exit code | means |
| --- | --- |
| 0 | done |
| 1 | done, but something needs a person: calls or media were parked, or are about to be lost |
| 2 | the command or the configuration is wrong |
| 3 | a vendor or the mail server refused us |
| 4 | interrupted; the next run goes on from there |
| 70 | a mistake of Switchboard's own: please report it |
"""
DOCUMENTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("data/settings.json", "Everything the other documents have no place for.", SettingsDocument),
    ("sorted/data/offices.json", "The offices, if there are several.", OfficesDocument),
    (
        "extensions.json",
        "In `data/` for a single company, in `sorted/<office>/` for each of several offices.",
        ExtensionsDocument,
    ),
    (
        "lead_owners.json",
        "In `data/` for a single company, in `sorted/<office>/` for each of several offices.",
        OwnersConfig,
    ),
    ("data/zoho_field_mappings.json", "What the fields of new leads hold.", FieldMappings),
    ("data/email_config.json", "The mail server and who gets reports.", EmailConfig),
    ("data/schedule.json", "When `switchboard serve` starts runs.", ScheduleDocument),
)


def commands_page() -> str:
    """Return the reference of the command line."""
    lines = ["# Command line", "", "Made from the code by `scripts/make_reference.py`.", ""]
    lines += ["Every command ends with one of these:", EXIT_CODES.strip(), ""]
    for path, command in _commands(typer.main.get_command(app), ("switchboard",)):
        lines += [f"## `{' '.join(path)}`", ""]
        lines += [_paragraph(command.help or ""), ""]
        rows = [_parameter(each) for each in command.params if not getattr(each, "hidden", False)]
        rows = [row for row in rows if row is not None]
        if rows:
            lines += ["| | |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def documents_page() -> str:
    """Return the reference of the documents' keys."""
    lines = ["# Keys of the documents", "", "Made from the code by `scripts/make_reference.py`."]
    lines += ["[Configuration](../configuration.md) says where the documents are.", ""]
    for name, says, model in DOCUMENTS:
        lines += [f"## `{name}`", "", says, "", "| key | value | default | meaning |"]
        lines += ["| --- | --- | --- | --- |", *_rows(model, ""), ""]
    return "\n".join(lines)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name in sorted(children):
        if not children[name].hidden:
            yield from _commands(children[name], (*path, name))


def _parameter(parameter: Any) -> str | None:
    if "--help" in parameter.opts:
        return None
    if parameter.param_type_name == "argument":
        names = f"`{parameter.name.upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in parameter.opts)
        if not parameter.is_flag and parameter.metavar is None:
            names += f" {_kind(parameter)}"
    text = _paragraph(getattr(parameter, "help", None) or "")
    default = parameter.default
    plain = default not in (None, False, "", ()) and not callable(default)
    if plain and str(default) not in {".", "Sentinel.UNSET"}:
        text += f" Default: `{getattr(default, 'value', default)}`."
    return f"| {names} | {text.strip()} |"


def _kind(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    while typing.get_args(annotation):
        annotation = typing.get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return "`" + "\\|".join(str(each.value) for each in annotation) + "`"
    names = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}
    return f"`{names.get(annotation, 'TEXT')}`"


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner, many = _inner(field.annotation)
        key = f"{prefix}{name}"
        if inner is not None:
            yield from _rows(inner, f"{key}{many}.")
            continue
        default = field.get_default(call_default_factory=True)
        shown = "" if default is PydanticUndefined else f"`{_plain(default)}`"
        required = "required" if default is PydanticUndefined else shown
        meaning = _paragraph(field.description or "")
        yield f"| `{key}` | {_type(field.annotation)} | {required} | {meaning} |"


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the model a key leads into, and how it is reached: "", "[]" or ".<name>"."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _inner(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        for each in arguments:
            found, many = _inner(each)
            if found is not None:
                return found, many
    if origin is tuple and arguments:
        found, _ = _inner(arguments[0])
        return found, "[]"
    if origin is dict:
        found, _ = _inner(arguments[1])
        return found, ".<name>"
    return None, ""


def _type(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in {typing.Union, types.UnionType}:
        kinds = [_type(each) for each in arguments if each is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[1])} by name"
    names = {str: "text", int: "number", float: "number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(each) for each in value[:4]) + (", …]" if value[4:] else "]")
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    return '""' if value == "" else str(value)


def _paragraph(text: str) -> str:
    text = " ".join(re.sub(r"\[/?[a-z ]+\]", "", text).split())
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


PAGES = {"cli.md": commands_page, "documents.md": documents_page}


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page().rstrip() + "\n"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text("utf-8") != text:
                stale.append(f"docs/reference/{name}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    for name in stale:
        sys.stderr.write(f"{name} is out of date: run make reference\n")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
