"""Read an operator's own sentences for the bot: what is not replaced stays as it ships."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.dialogue.wording import Wording
from switchboard.flows.chat_to_ticket.lint import LONGEST_TEXT, PLACEHOLDER


def read_wording(raw: Any, file: str) -> tuple[Wording, list[Finding]]:
    """Return the wording with every sound sentence taken over, and what is wrong with others."""
    if raw is None:
        return Wording(), []
    if not isinstance(raw, dict):
        return Wording(), [finding("CHAT-101", file, "it holds no sentences: a mapping of keys")]
    shipped = Wording().model_dump()
    own: dict[str, str] = {}
    findings: list[Finding] = []
    for key, text in raw.items():
        problem = _problem(str(key), text, shipped, file)
        if problem is not None:
            findings.append(problem)
        if problem is None or problem.severity == "warning":
            own[str(key)] = str(text)
    return Wording(**own), findings


def _problem(key: str, text: Any, shipped: dict[str, str], file: str) -> Finding | None:
    if key not in shipped:
        near = get_close_matches(key, shipped, 1)
        guess = f"; did you mean `{near[0]}`?" if near else ""
        return finding("CHAT-102", file, f"is unknown{guess}", key=key)
    if not isinstance(text, str) or not text.strip():
        return finding("CHAT-107", file, "has to be a text that is not empty", key=key)
    known = set(PLACEHOLDER.findall(shipped[key]))
    strange = sorted(set(PLACEHOLDER.findall(text)) - known)
    if strange:
        there = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
        message = f"{{{strange[0]}}} is not filled in here; there is {there}"
        return finding("CHAT-107", file, message, key=key)
    if len(text) > LONGEST_TEXT:
        message = f"{len(text)} characters; a chat bubble holds {LONGEST_TEXT}"
        return finding("CHAT-111", file, message, key=key)
    return None
