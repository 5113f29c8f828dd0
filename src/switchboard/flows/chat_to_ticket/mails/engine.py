"""Where the mails' templates are, and what fills them in: ours, and an operator's before them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

import css_inline
from jinja2 import select_autoescape
from jinja2.loaders import FunctionLoader

from switchboard.flows.chat_to_ticket.mails.bounded import BoundedEnvironment

Part = Literal["subject", "txt", "html"]
PARTS: tuple[Part, ...] = get_args(Part)
SHIPPED = Path(__file__).parent / "templates"
OPERATORS = Path("chat") / "mails"
LARGEST_FILE = 256 * 1024


def environment(own: Mapping[str, str], folder: Path | None) -> BoundedEnvironment:
    """Return what fills in templates; *own* are the operator's texts by file, of *folder*."""
    kept = dict(own)

    def load(name: str) -> tuple[str, str, None] | None:
        if name in kept and folder is not None:
            return kept[name], str(folder / name), None
        path = SHIPPED / Path(name).name
        return (path.read_text("utf-8"), str(path), None) if path.is_file() else None

    escaped = select_autoescape(["html"], default=False, default_for_string=True)
    return BoundedEnvironment(FunctionLoader(load), escaped)


@cache
def shipped_environment() -> BoundedEnvironment:
    return environment({}, None)


def shipped_text(file: str) -> str:
    """Return the template that ships under this name."""
    return (SHIPPED / file).read_text("utf-8")


def shipped_at(place: str) -> str | None:
    """Return what is used where an operator has nothing at *place*; None: it is no mail's."""
    path = PurePosixPath(place)
    ours = SHIPPED / path.name
    if path.parent.as_posix() != OPERATORS.as_posix() or not place.endswith(PARTS):
        return None
    return ours.read_text("utf-8") if ours.is_file() else None


def place_of(file: str) -> str:
    """Return where an operator's template of this name belongs."""
    return (OPERATORS / file).as_posix()


def filled_in(made: BoundedEnvironment, file: str, facts: Mapping[str, object]) -> str:
    """Return one part of a mail as it is sent."""
    text = made.fill_in(file, facts)
    if file.endswith(".html"):
        return _inliner().inline(text)
    return " ".join(text.split()) if file.endswith(".subject") else text.strip() + "\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    # The at-rules (dark theme, phones) cannot be inlined and stay in the head for who reads them.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
