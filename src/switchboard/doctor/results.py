"""What a check found: a state, plain words, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from switchboard.config.findings import ConfigError
from switchboard.error_reference import about
from switchboard.errors import SwitchboardError
from switchboard.redaction import redact_text

State = Literal["ok", "info", "warning", "error"]
WELL, BROKEN, REFUSED = 0, 2, 3
LATE = "DOC-009"
VENDOR_CODES = ("RC-", "ZOHO-", "DESK-", "SIQ-", "SMTP-", LATE)
SIGN_IN = "Sign-in"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report; warnings and errors have a code and an advice."""

    group: str
    name: str
    state: State
    message: str
    advice: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was checked, in the order it is shown."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """0 when nothing but warnings was found, 2 for errors here, 3 when a vendor refuses us.

        What is wrong here is often why a vendor refuses, so 2 goes first.
        """
        errors = [each.code for each in self.checks if each.state == "error"]
        if not errors:
            return WELL
        return REFUSED if all(code.startswith(VENDOR_CODES) for code in errors) else BROKEN

    def count(self, state: State) -> int:
        return sum(each.state == state for each in self.checks)

    def document(self) -> dict[str, Any]:
        """The examination for programs."""
        states: tuple[State, ...] = ("ok", "info", "warning", "error")
        return {
            "exit_code": self.exit_code,
            **{state: self.count(state) for state in states},
            "checks": [asdict(each) for each in self.checks],
        }


def ok(group: str, name: str, message: str) -> Check:
    return Check(group, name, "ok", message)


def info(group: str, name: str, message: str, advice: str = "") -> Check:
    return Check(group, name, "info", message, advice)


def warning(group: str, name: str, code: str, message: str, advice: str = "") -> Check:
    return Check(group, name, "warning", message, advice or _solution(code), code)


def error(group: str, name: str, code: str, message: str, advice: str = "") -> Check:
    return Check(group, name, "error", message, advice or _solution(code), code)


def failed(group: str, name: str, problem: BaseException, limit: float) -> Check:
    """Turn whatever stopped a check into its line: a person never sees a traceback."""
    if isinstance(problem, SwitchboardError):
        hint = problem.hint if isinstance(problem, ConfigError) else ""
        return error(group, name, problem.code, problem.message, hint)
    if isinstance(problem, TimeoutError):
        return error(group, name, LATE, f"No answer within {limit:g} seconds.")
    text = redact_text(f"{type(problem).__name__}: {problem}")
    return error(group, name, "SB-000", f"The check itself failed ({text}).")


def condensed(checks: Sequence[Check]) -> list[Check]:
    """Leave out what fails only because the sign-in to the same vendor did."""
    barred = {
        each.group: each.code for each in checks if each.name == SIGN_IN and each.state == "error"
    }

    def follows(each: Check) -> bool:
        if each.state != "error" or each.name == SIGN_IN or each.group not in barred:
            return False
        code = barred[each.group]
        return each.code in {code, LATE, f"{code.partition('-')[0]}-000"}

    return [each for each in checks if not follows(each)]


def some(names: Iterable[str], most: int = 5) -> str:
    """List names without flooding the line."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _solution(code: str) -> str:
    known = about(code)
    return f"{known.you}." if known else ""
