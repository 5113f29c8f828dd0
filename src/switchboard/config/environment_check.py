"""Name variables nobody reads: a misspelt one would change nothing and say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from switchboard.config.chat_documents import DESK_DEPARTMENT, DESK_KEY, DESK_ORG
from switchboard.config.environment import DOTENV, DotEnv
from switchboard.config.findings import Finding, finding
from switchboard.config.settings import ENV_ELSEWHERE, ENV_PREFIX, Settings
from switchboard.config.vault import credential_variables

_CONFIG_DIR = f"{ENV_PREFIX}CONFIG_DIR"
_DESK = (DESK_KEY, DESK_ORG, DESK_DEPARTMENT)
_DESK_PREFIX = "ZOHO_DESK_"
_UNREAD = "is not read by anything"


def check_environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Warn about the process's variables whose name is nearly one of ours."""
    known = {*ENV_ELSEWHERE, *(name.upper() for name in Settings.model_fields)}
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX):
            continue
        first = _section(name)
        close = get_close_matches(first, known, n=1, cutoff=0.7)
        # Only near misses: test and deployment tools have variables of their own.
        if first not in known and close:
            hint = f"Did you mean {ENV_PREFIX}{close[0]}?"
            yield finding("CFG-030", "environment", _UNREAD, key=name, hint=hint)


def check_dotenv(read: DotEnv, root: Path) -> Iterator[Finding]:
    """Warn about lines of `.env` without effect: the file is ours, so every unknown name counts."""
    known = {
        *(f"{ENV_PREFIX}{name}" for name in ENV_ELSEWHERE),
        *(f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields),
        *credential_variables(),
        *_DESK,
    }
    for name, line in read.lines.items():
        upper = name.upper()
        if upper == _CONFIG_DIR:
            words = f"comes too late: {DOTENV} is read from that directory, {root}"
            yield finding("CFG-030", DOTENV, words, key=name, line=line)
        elif upper.startswith((ENV_PREFIX, _DESK_PREFIX)) and _known_part(upper) not in known:
            close = get_close_matches(_known_part(upper), known, n=1, cutoff=0.7)
            hint = f"Did you mean {close[0]}?" if close else ""
            yield finding("CFG-030", DOTENV, _UNREAD, key=name, hint=hint, line=line)


def _section(name: str) -> str:
    return name.removeprefix(ENV_PREFIX).split("__")[0]


def _known_part(name: str) -> str:
    return f"{ENV_PREFIX}{_section(name)}" if name.startswith(ENV_PREFIX) else name
