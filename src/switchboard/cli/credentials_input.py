"""Take credentials in: asked at a terminal, from the environment, or as JSON on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from typing import Any

import typer
from pydantic import SecretStr
from rich.text import Text

from switchboard.cli import output
from switchboard.config.credentials import (
    KINDS,
    LABELS,
    NEEDLESS,
    NONE,
    Given,
    from_document,
    joined,
)
from switchboard.config.findings import refuse

NO_SIGN_IN = "smtp"  # Many a mail server knows its clients by their network.
_DESK = "desk"


def ask(name: str, known: Mapping[str, str]) -> dict[str, str]:
    """Ask a person; what is known already stays with an empty answer."""
    kind = KINDS[name]
    output.say(output.err(), Text(kind.title, style="bold"))
    if name == _DESK:
        return _ask_key(known)
    answers: dict[str, str] = {}
    for field, info in kind.model.model_fields.items():
        if not answers and name in NEEDLESS:
            answers[field] = _ask_whether(name, field, known)
            if answers[field] in {NONE, ""}:
                return answers
            continue
        answer = _prompt(LABELS[field], secret=info.annotation is SecretStr, keep=field in known)
        if answer:
            answers[field] = answer
    return answers


def from_stdin(names: Collection[str]) -> Given:
    """Read the JSON of standard input."""
    try:
        value: Any = json.loads(sys.stdin.read())
    except json.JSONDecodeError as error:
        # Never the text itself: it holds the secrets.
        message = f"is not valid JSON (line {error.lineno}, column {error.colno})"
        raise refuse("CFG-003", "standard input", message) from None
    return from_document(value, names, "standard input")


def _ask_key(known: Mapping[str, str]) -> dict[str, str]:
    """Ask for the parts of Zoho Desk's key; whoever has it whole gives it at the first question."""
    keep = "key" in known
    words = "client id, or the whole key client_id:client_secret[:refresh_token]"
    first = _prompt(
        f"{words}{'' if keep else ' (Enter: none)'}", secret=True, keep=keep, optional=True
    )
    if not first or ":" in first:
        return {"key": first} if first else {}
    parts = {"client_id": first, "client_secret": _prompt(LABELS["client_secret"], secret=True)}
    token = _prompt(f"{LABELS['refresh_token']} (Enter: none)", secret=True, optional=True)
    return joined({**parts, **({"refresh_token": token} if token else {})})


def _prompt(words: str, *, secret: bool, keep: bool = False, optional: bool = False) -> str:
    hint = f" [{'Enter keeps the present one' if keep else 'hidden'}]" if secret or keep else ""
    answer: str = typer.prompt(
        f"  {words}{hint}",
        default="" if keep or optional else None,
        show_default=False,
        hide_input=secret,
        err=True,
    )
    return answer.strip()


def _ask_whether(name: str, field: str, known: Mapping[str, str]) -> str:
    """Ask for the one answer that may be none: a connection that is not needed."""
    keep = known.get(field, "")
    none = "for no sign-in" if name == NO_SIGN_IN else "to do without"
    hint = f"Enter keeps the present one, {NONE} for none" if keep else f"Enter {none}"
    answer: str = typer.prompt(
        f"  {LABELS[field]} [{hint}]", default=keep, show_default=False, err=True
    )
    return answer.strip()
