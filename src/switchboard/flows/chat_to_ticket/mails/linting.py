"""Try an operator's template with every sample before a mail depends on it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError
from markupsafe import escape

from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.mails.engine import (
    LARGEST_FILE,
    environment,
    filled_in,
    place_of,
)
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES

# What a mail is sent for: without it nobody can do what it asks them to.
NEEDED = {"code": ("code",), "approval_request": ("approve_link", "decline_link")}
SECRET = {"code": "code"}  # Locked screens, and the logs of mail servers, show subjects.
_UNKNOWN = re.compile(r"'(\w+)' is undefined")


def problems(file: str, text: str, folder: Path) -> tuple[Finding, ...]:
    """Return what is wrong with one template, the first of each kind and line."""
    if len(text.encode()) > LARGEST_FILE:
        return (finding("CHAT-121", place_of(file), "it is far too large for a mail"),)
    found = {(each.code, each.line): each for each in reversed([*_tried(file, text, folder)])}
    return tuple(reversed(found.values()))


def failure(file: str, error: Exception, folder: Path, known: Mapping[str, Any]) -> Finding:
    """Say what kept a template from being filled in, and in which line."""
    if isinstance(error, TemplateSyntaxError):
        message = str(error.message).strip().rstrip(".")
        return finding("CHAT-121", place_of(file), message, line=error.lineno)
    line, hint = _line(error, str(folder / file)), ""
    unknown = _UNKNOWN.fullmatch(str(error)) if isinstance(error, UndefinedError) else None
    if unknown is not None:
        message = f"there is no value {unknown[1]} in this mail"
        close = get_close_matches(unknown[1], known, n=1)
        hint = f"Did you mean {close[0]}?" if close else ""
    elif isinstance(error, TemplateError):
        message = str(error).strip().rstrip(".")
    else:  # An expression may raise anything at all.
        message = f"it fails here with {type(error).__name__}"
    return finding("CHAT-122", place_of(file), message, line=line, hint=hint)


def _tried(file: str, text: str, folder: Path) -> Iterator[Finding]:
    name, _, part = file.rpartition(".")
    made = environment({file: text}, folder)
    for facts in SAMPLES[name]:
        try:
            shown = filled_in(made, file, facts)
        except Exception as error:  # noqa: BLE001 - an expression may raise anything at all.
            yield failure(file, error, folder, facts)
            continue
        if not shown.strip():
            yield finding("CHAT-122", place_of(file), "nothing comes out of it", line=1)
        yield from _purpose(file, name, part, facts, shown)


def _purpose(
    file: str, name: str, part: str, facts: Mapping[str, Any], shown: str
) -> Iterator[Finding]:
    if part == "subject":
        if name in SECRET and str(facts[SECRET[name]]) in shown:
            message = "shows the code, which locked screens and mail servers show to others"
            yield finding("CHAT-124", place_of(file), message, hint="Leave it out of the subject.")
        return
    for each in NEEDED.get(name, ()):
        wanted = str(facts[each])
        if wanted not in shown and str(escape(wanted)) not in shown:
            message = f"leaves out {{{{ {each} }}}}, which this mail is sent for"
            yield finding("CHAT-124", place_of(file), message)


def _line(error: Exception, filename: str) -> int | None:
    """Return the line of a template in which an expression failed: Jinja2 puts it in the trace."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename == filename), None)
