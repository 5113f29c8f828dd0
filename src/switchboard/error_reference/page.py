"""Render the catalogue as docs/errors.md, one table per family of codes."""

from __future__ import annotations

from collections.abc import Iterable

from switchboard.vendors.error_codes import ErrorCode

HEAD = """# Error reference

Every error has a code, on the console, in the logs and in reports. `switchboard explain CODE`
prints its row of this page; [troubleshooting.md](troubleshooting.md) goes from what you see to
what helps. A message names the vendor's own code in parentheses, the log the vendor's request id;
neither holds telephone numbers, names or tokens.

(Made by `python -m switchboard.error_reference`; edit the catalogue in the code, not this page.)
"""
# Prefix, heading and what to know about the family; the order of the page.
FAMILIES = {
    "RC": "RingCentral",
    "ZOHO": "Zoho CRM",
    "DESK": "Zoho Desk",
    "SIQ": "Zoho SalesIQ",
    "SMTP": "E-mail",
    "MEDIA": "Recordings and voicemails",
    "IO": "Files",
    "DB": "The store",
    "DATA": "Personal data, the audit trail and keys",
    "CALL": "Calls, by hand",
    "RUN": "Runs",
    "SCH": "The schedule",
    "CFG": "The configuration",
    "CHAT": "Chats and their workflows",
    "API": "The HTTP service",
    "CON": "The web console",
    "DOC": "What the doctor finds",
    "CLI": "The command line",
    "SIM": "The simulators",
    "SB": "Switchboard itself",
}


def render(codes: Iterable[ErrorCode]) -> str:
    """Return the page as Markdown; a family without a heading of its own comes last."""
    families: dict[str, list[ErrorCode]] = {name: [] for name in FAMILIES}
    for each in codes:
        families.setdefault(each.code.partition("-")[0], []).append(each)
    parts = [HEAD]
    for name, rows in families.items():
        if rows:
            parts.append(f"\n## {FAMILIES.get(name, name)}\n")
            parts.append("\n| code | what it means | what Switchboard does | what you do |\n")
            parts.append("| --- | --- | --- | --- |\n")
            parts += (f"| {row.code} | {row.meaning} | {row.we} | {row.you} |\n" for row in rows)
    return "".join(parts)
