"""The mail server and who gets reports: the form of `email_config.json`. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.config.documents import EmailConfig, ReportSettings, is_mail_address
from switchboard.config.findings import Finding

_MOST_PORT = 65_535
_SWITCHES = ("send_empty_reports", "include_charts", "include_call_list")


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One line of the table; `number` names its fields."""

    number: int
    email: str = ""
    name: str = ""
    daily: bool = True
    errors: bool = True


@dataclass(frozen=True, slots=True)
class EmailForm:
    """What a person enters; texts as they were typed."""

    server: str = ""
    port: str = "587"
    tls: bool = True
    ca_file: str = ""
    sender: str = ""
    sender_name: str = ""
    limit: str = "500"
    switches: Mapping[str, bool] | None = None
    recipients: tuple[RecipientRow, ...] = ()

    def on(self, name: str) -> bool:
        default = bool(ReportSettings.model_fields[name].default)
        return (self.switches or {}).get(name, default)


def form_of(document: Mapping[str, Any]) -> EmailForm:
    """Return the document for its form."""
    reports = document.get("report_settings")
    reports = reports if isinstance(reports, dict) else {}
    listed = document.get("recipients")
    rows = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return EmailForm(
        server=str(document.get("smtp_server", "")),
        port=str(document.get("smtp_port", EmailConfig.model_fields["smtp_port"].default)),
        tls=document.get("use_tls", True) is True,
        ca_file=str(document.get("tls_ca_file") or ""),
        sender=str(document.get("sender_email", "")),
        sender_name=str(document.get("sender_name", "")),
        limit=str(reports.get("call_list_limit", 500)),
        switches={name: reports[name] is True for name in _SWITCHES if name in reports},
        recipients=tuple(_row(number, each) for number, each in enumerate(rows)),
    )


def _row(number: int, entry: Mapping[str, Any]) -> RecipientRow:
    return RecipientRow(
        number,
        str(entry.get("email", "")),
        str(entry.get("name", "")),
        daily=entry.get("receive_daily", True) is True,
        errors=entry.get("receive_errors", True) is True,
    )


def form_from(sent: Mapping[str, str]) -> EmailForm:
    """Return what was entered; an emptied row is gone."""
    numbers = sorted(int(n[6:]) for n in sent if re.fullmatch(r"email-\d{1,4}", n))
    rows = [
        RecipientRow(
            n,
            sent.get(f"email-{n}", ""),
            sent.get(f"name-{n}", ""),
            daily=f"daily-{n}" in sent,
            errors=f"errors-{n}" in sent,
        )
        for n in numbers
        if f"gone-{n}" not in sent
    ]
    kept = [each for each in rows if each.email or each.name]
    return EmailForm(
        server=sent.get("server", ""),
        port=sent.get("port", ""),
        tls="tls" in sent,
        ca_file=sent.get("ca_file", ""),
        sender=sent.get("sender", ""),
        sender_name=sent.get("sender_name", ""),
        limit=sent.get("limit", ""),
        switches={name: name in sent for name in _SWITCHES},
        recipients=tuple(
            RecipientRow(n, each.email, each.name, daily=each.daily, errors=each.errors)
            for n, each in enumerate(kept)
        ),
    )


def mistakes(form: EmailForm) -> dict[str, str]:
    """Return what is wrong, by field, in words for whoever typed it."""
    errors: dict[str, str] = {}
    if not form.server:
        errors["server"] = "Enter the mail server's name, such as smtp.example.com."
    if not (form.port.isdigit() and 0 < int(form.port) <= _MOST_PORT):
        errors["port"] = "Enter a whole number from 1 to 65535; most servers use 587."
    if not is_mail_address(form.sender):
        errors["sender"] = "Enter one e-mail address, such as reports@example.com."
    if not (form.limit.isdigit() and 0 < int(form.limit) <= 10_000):  # noqa: PLR2004
        errors["limit"] = "Enter a whole number from 1 to 10000."
    seen: dict[str, int] = {}
    for each in form.recipients:
        if not is_mail_address(each.email):
            errors[f"email-{each.number}"] = "Enter one e-mail address, such as ana@example.com."
        elif seen.setdefault(each.email.casefold(), each.number) != each.number:
            errors[f"email-{each.number}"] = f"{each.email} stands twice: remove one of the rows."
    return errors


def with_email(document: Mapping[str, Any], form: EmailForm) -> dict[str, Any]:
    """Return `email_config.json` as the form has it; what the form does not show stays."""
    made = copy.deepcopy(dict(document))
    made["smtp_server"], made["smtp_port"] = form.server, int(form.port)
    made["use_tls"] = form.tls
    _set(made, "tls_ca_file", form.ca_file)
    made["sender_email"] = form.sender
    _set(made, "sender_name", form.sender_name)
    listed = made.get("recipients")
    before = {
        str(each.get("email", "")).casefold(): each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    }
    made["recipients"] = [
        _recipient(each, before.get(each.email.casefold(), {})) for each in form.recipients
    ]
    reports = dict(made.get("report_settings") or {})
    for name in _SWITCHES:
        if name in reports or form.on(name) != ReportSettings.model_fields[name].default:
            reports[name] = form.on(name)
    if "call_list_limit" in reports or int(form.limit) != 500:  # noqa: PLR2004 - the default.
        reports["call_list_limit"] = int(form.limit)
    if reports:
        made["report_settings"] = reports
    return made


def field_of(finding: Finding) -> str:
    """Name the field of the form a finding is about."""
    if found := re.match(r"recipients\[(\d+)\]", finding.key):
        return f"email-{found[1]}"
    names = {
        "smtp_server": "server",
        "smtp_port": "port",
        "use_tls": "tls",
        "tls_ca_file": "ca_file",
        "sender_email": "sender",
        "sender_name": "sender_name",
        "report_settings.call_list_limit": "limit",
    }
    return names.get(finding.key, "form")


def _recipient(row: RecipientRow, before: Mapping[str, Any]) -> dict[str, Any]:
    entry = {**before, "email": row.email}
    _set(entry, "name", row.name)
    for key, value in (("receive_daily", row.daily), ("receive_errors", row.errors)):
        if key in entry or not value:
            entry[key] = value
    return entry


def _set(entry: dict[str, Any], key: str, value: str) -> None:
    if value:
        entry[key] = value
    else:
        entry.pop(key, None)
