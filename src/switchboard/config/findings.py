"""What can be wrong with the configuration: every CFG code with its meaning and its cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from switchboard.errors import OperatorError

Severity = Literal["error", "warning"]


class Code(NamedTuple):
    """One row of the table below: `docs/errors.md` and the console read the same words."""

    severity: Severity
    meaning: str
    solution: str


CODES: dict[str, Code] = {
    "CFG-001": Code(
        "error",
        "A document is missing",
        "Create it, or let `switchboard config init` write a starting set",
    ),
    "CFG-002": Code(
        "error", "A document cannot be read", "Check its permissions, its owner and its encoding"
    ),
    "CFG-003": Code("error", "A document is not valid JSON", "Correct the line and column named"),
    "CFG-004": Code("error", "A key is unknown", "Correct its spelling or remove it"),
    "CFG-005": Code("error", "A value has the wrong type", "Write it as the message says"),
    "CFG-006": Code("error", "A required key is missing", "Add it"),
    "CFG-007": Code("error", "A value is not allowed", "Choose one the message names"),
    "CFG-008": Code("error", "An id is used twice", "Keep one of the entries"),
    "CFG-009": Code("error", "A time zone is unknown", "Use an IANA name such as America/New_York"),
    "CFG-010": Code(
        "error",
        "An assignment weight is zero or negative",
        'Use a weight above 0, or "active": false to leave the owner out',
    ),
    "CFG-011": Code("error", "No active lead owner", 'Set "active": true for at least one owner'),
    "CFG-012": Code(
        "warning",
        "Leads would go to an owner who is not listed, or not active",
        "Check the id, or add the owner to lead_owners",
    ),
    "CFG-013": Code(
        "error",
        "No extension is to be processed",
        'Set "process_calls": true for at least one extension',
    ),
    "CFG-014": Code("error", "A mapping uses an unknown ${variable}", "Use one of the variables"),
    "CFG-015": Code("error", "A mapping uses an unknown transform", "Use one of the transforms"),
    "CFG-016": Code(
        "error",
        "default_hours_back is greater than max_hours_back",
        "Lower default_hours_back or raise max_hours_back",
    ),
    "CFG-017": Code(
        "error",
        "A vendor's address is not safe",
        "Use https://; http:// is accepted for this machine itself only",
    ),
    "CFG-018": Code(
        "error",
        "A secret stands in a plain document",
        "Remove it, replace it at the vendor, and store it with `switchboard credentials set`",
    ),
    "CFG-019": Code(
        "warning", "A secret file can be read by other users", "Run chmod 600 on it (directory 700)"
    ),
    "CFG-020": Code("error", "A key stands twice in one object", "Keep one of the two"),
    "CFG-021": Code(
        "error", "A phone region is unknown", "Use a two-letter country code such as US"
    ),
    "CFG-022": Code(
        "error", "The office hours cannot be used", "Complete or correct assignment_rules"
    ),
    "CFG-023": Code("warning", "A document or folder is not used", "Remove it, or list its office"),
    "CFG-024": Code(
        "warning", "Two offices share a processing order", "Give each office its own number"
    ),
    "CFG-025": Code(
        "warning", "The credentials are not complete", "Run `switchboard credentials set`"
    ),
    "CFG-026": Code(
        "error",
        "The encryption key is missing or not a key",
        "Restore data/encryption.key, or set SWITCHBOARD_ENCRYPTION_KEY or ..._KEY_FILE",
    ),
    "CFG-027": Code(
        "error",
        "The credentials cannot be decrypted or read",
        "Restore the key they were written with, or run `switchboard credentials set` anew",
    ),
    "CFG-028": Code(
        "error", "A file is already there", "Use --force to overwrite it, or another --config-dir"
    ),
    "CFG-029": Code("error", "There is no such office", "Use one of the offices named"),
    "CFG-030": Code(
        "warning", "A SWITCHBOARD_ environment variable is unknown", "Correct or unset it"
    ),
    "CFG-031": Code("error", "No office is configured", 'Add one under "offices"'),
    "CFG-032": Code(
        "error",
        "The database address cannot be used",
        "Use sqlite:///path or postgresql://user@host/database",
    ),
    "CFG-033": Code(
        "error",
        "A lease ends before a request may",
        "Raise journal.lease_seconds, or lower the time-outs under vendors",
    ),
    "CFG-034": Code(
        "warning",
        "A line of a mapping hardly does what it seems to",
        "Correct or remove it; leave it when this very text is wanted",
    ),
    "CFG-035": Code(
        "error",
        "The configuration does not fit the fields of Zoho CRM",
        "Use a field or value that Zoho's Leads module has, or add it there",
    ),
    "CFG-036": Code(
        "error",
        "A time of the timetable cannot be used",
        "Write five fields: minute, hour, day of month, month, day of week, such as 0 8 * * 1-5",
    ),
    "CFG-037": Code(
        "error",
        "Mail would travel unprotected",
        'Set "use_tls": true; false is accepted for a mail server on this machine only',
    ),
    "CFG-038": Code(
        "warning",
        "A department is no queue or extension of its office",
        "Write its name, number or id as RingCentral has it",
    ),
    "CFG-039": Code(
        "warning",
        "A lead owner can own no leads in Zoho CRM",
        "Correct the id, or activate the user in Zoho CRM",
    ),
    "CFG-040": Code("warning", "An assignment rule has no effect", "Complete or remove it"),
    "CFG-041": Code(
        "warning",
        "What only a vendor knows was not checked",
        "Put right what the message says, then check again",
    ),
    "CFG-042": Code(
        "error",
        "A line of .env cannot be understood",
        "Write NAME=value; put a value with spaces or # in double quotes",
    ),
    "CFG-043": Code(
        "error",
        "Zoho Desk is set up halfway",
        "Set what the message names; Setup > Developer Space > API shows the organisation's id",
    ),
    "CFG-044": Code(
        "error",
        "The service would be reached beyond this machine without HTTPS",
        "Set server.tls_certificate and tls_key, or behind_proxy where a proxy speaks HTTPS",
    ),
    "CFG-045": Code(
        "error",
        "A file of the service's certificate cannot be used",
        "Correct its path: both are PEM files, and relative paths begin at the configuration",
    ),
    "CFG-046": Code(
        "warning",
        "A workflow and the chat documents do not fit together",
        "Correct the name; `switchboard chat lint` shows the workflows there are",
    ),
    "CFG-047": Code(
        "error",
        "The address of links in mails cannot be used",
        "Set server.public_url to the https:// address under which the world reaches the service",
    ),
    "CHAT-101": Code(
        "error", "A workflow document cannot be read", "Correct the line named; it is YAML 1.2"
    ),
    "CHAT-102": Code(
        "error", "A key of a workflow is unknown", "Correct its spelling or remove it"
    ),
    "CHAT-103": Code(
        "error",
        "A step of a workflow is of no known kind",
        "Begin it with `ask` (a question), `guide` (first aid) or `use` (a shared question)",
    ),
    "CHAT-104": Code(
        "error",
        "A shared question is unknown",
        "Use one the message names, or add it to shared.yaml",
    ),
    "CHAT-105": Code(
        "error",
        "A condition cannot be understood",
        "Write it as `slot is value`, `slot in one, two`, `slot over 90` or `slot answered`",
    ),
    "CHAT-106": Code(
        "error", "The options of a question are wrong", "Give each option a label; two at least"
    ),
    "CHAT-107": Code("error", "A value of a workflow is not allowed", "Do as the message says"),
    "CHAT-108": Code("error", "An id or label of a workflow is used twice", "Rename one of them"),
    "CHAT-109": Code(
        "error",
        "A workflow refers to a question that is not asked, or only later",
        "Name an earlier question",
    ),
    "CHAT-110": Code(
        "error", "A condition waits for an answer that cannot be given", "Use an option's id"
    ),
    "CHAT-111": Code(
        "warning", "A text is too long for a chat", "Shorten it, or make two texts of it"
    ),
    "CHAT-112": Code(
        "warning", "A question has too many options", "Group them, or ask in two steps"
    ),
    "CHAT-113": Code(
        "warning",
        "A workflow does not ask for name or e-mail",
        "Add `- use: name` and `- use: email`: a ticket needs somebody to answer to",
    ),
    "CHAT-121": Code(
        "error",
        "A template of a mail is not valid, or cannot be read",
        "Correct the line named; the template that ships is used meanwhile",
    ),
    "CHAT-122": Code(
        "error",
        "A template of a mail cannot be filled in",
        "Use the names the shipped template uses; that one is used meanwhile",
    ),
    "CHAT-123": Code(
        "warning",
        "A file among the mails' templates belongs to no mail",
        "Name it after a mail: customer_ticket.txt, .html or .subject",
    ),
    "CHAT-124": Code(
        "error",
        "A template of a mail does not do what the mail is for",
        "Put in, or leave out, what the message names; the template that ships is used meanwhile",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should change, and where."""

    code: str
    file: str  # Relative to the configuration directory; "environment" for variables.
    key: str  # "lead_owners[0].id"; empty when the whole file is meant.
    message: str
    hint: str = ""
    severity: Severity = "error"
    line: int | None = None

    @property
    def place(self) -> str:
        """The file with its line, as editors and terminals understand it."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        key = f" {self.key}:" if self.key else ""
        return f"{self.code} {self.place}{key} {self.message}"


def finding(
    code: str,
    file: str,
    message: str,
    *,
    key: str = "",
    hint: str = "",
    line: int | None = None,
    severity: Severity | None = None,
) -> Finding:
    """Make a finding with the table's severity and cure unless the case has better words."""
    row = CODES[code]
    return Finding(
        code, file, key, message, hint or f"{row.solution}.", severity or row.severity, line
    )


class ConfigError(OperatorError):
    """One or more findings in the documents a person edits; all of them, never the first only."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        self.errors = tuple(each for each in findings if each.severity == "error")
        self.warnings = tuple(each for each in findings if each.severity == "warning")
        first = (self.errors or self.findings)[0]
        more = len(self.errors) - 1
        others = f" (and {more} more: run `switchboard config check`)" if more > 0 else ""
        key = f"{first.key}: " if first.key else ""
        super().__init__(first.code, f"{first.place}: {key}{first.message}{others}")
        self.hint = first.hint


def refuse(code: str, file: str, message: str, *, hint: str = "") -> ConfigError:
    """Make an error of one finding."""
    return ConfigError([finding(code, file, message, hint=hint, severity="error")])
