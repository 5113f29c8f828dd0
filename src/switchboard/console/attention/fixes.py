"""Say on which page of the console an error is put right, whatever command its advice names. Pure.

The advice itself is the catalogue's, which serves the command line as well: error_reference/.
"""

from __future__ import annotations

Fix = tuple[str, str]  # A page of ours, and what its link says.

_ALL = ("/configuration", "Open the configuration")
_ATTENTION = ("/attention", "See what needs attention")
_CALLS = ("/calls", "Look at the calls")
_CONNECTIONS = ("/dashboard/connections", "Look at the connections")
_CREDENTIALS = ("/configuration/credentials", "Open credentials")
_DOCUMENTS = ("/configuration/documents", "Open the documents")
_EXTENSIONS = ("/configuration/extensions", "Open extensions")
_KEYS = ("/configuration/keys", "Open API keys")
_MAIL = ("/configuration/email", "Open e-mail settings")
_MAIL_TEXTS = ("/configuration/mails", "Open the texts of mails")
_MAPPINGS = ("/configuration/mappings", "Open field mappings")
_OFFICES = ("/configuration/offices", "Open offices")
_OWNERS = ("/configuration/owners", "Open lead owners")
_PROCESSING = ("/processing", "Start a run")
_SCHEDULE = ("/configuration/schedule", "Open the timetable")
_SETTINGS = ("/configuration/settings", "Open the settings")
_TEAM = ("/team", "Open the team")
_WORKFLOWS = ("/configuration/workflows", "Open chat workflows")

# The longest beginning that fits a code.
FIXES: dict[str, Fix] = {
    "API-001": _SETTINGS, "API-002": _SETTINGS, "API-003": _DOCUMENTS, "API-401": _KEYS,
    "API-403": _KEYS,
    "CALL-001": _CALLS,
    "CFG": _ALL,
    "CFG-009": _OFFICES, "CFG-010": _OWNERS, "CFG-011": _OWNERS, "CFG-012": _OWNERS,
    "CFG-013": _EXTENSIONS, "CFG-014": _MAPPINGS, "CFG-015": _MAPPINGS, "CFG-016": _SETTINGS,
    "CFG-018": _CREDENTIALS, "CFG-022": _OWNERS, "CFG-024": _OFFICES, "CFG-025": _CREDENTIALS,
    "CFG-026": _CREDENTIALS, "CFG-027": _CREDENTIALS, "CFG-029": _OFFICES, "CFG-031": _OFFICES,
    "CFG-033": _SETTINGS, "CFG-034": _MAPPINGS, "CFG-035": _MAPPINGS, "CFG-036": _SCHEDULE,
    "CFG-037": _MAIL, "CFG-039": _OWNERS, "CFG-040": _OWNERS, "CFG-043": _DOCUMENTS,
    "CFG-044": _SETTINGS, "CFG-045": _SETTINGS, "CFG-046": _WORKFLOWS, "CFG-047": _SETTINGS,
    "CHAT-0": _WORKFLOWS,
    "CHAT-1": _WORKFLOWS, "CHAT-12": _MAIL_TEXTS, "CHAT-410": _MAIL,
    "CON-001": _TEAM, "CON-002": _TEAM, "CON-005": _TEAM,
    "DATA-003": _KEYS, "DATA-005": _PROCESSING,
    "DESK-401": _CREDENTIALS, "DESK-403": _CONNECTIONS, "DESK-429": _SETTINGS,
    "DESK-498": _DOCUMENTS,
    "DOC-002": _SETTINGS, "DOC-005": _EXTENSIONS, "DOC-006": _MAIL, "DOC-008": _ATTENTION,
    "DOC-011": _ATTENTION, "DOC-012": _SCHEDULE, "DOC-013": _PROCESSING, "DOC-014": _DOCUMENTS,
    "DOC-016": _KEYS, "DOC-017": _MAIL,
    "MEDIA-413": _SETTINGS,
    "RC-400": _SETTINGS, "RC-401": _CREDENTIALS, "RC-403": _CONNECTIONS, "RC-413": _SETTINGS,
    "RC-429": _SETTINGS,
    "RUN-001": _CALLS,
    "SCH-001": _SCHEDULE, "SCH-002": _SCHEDULE,
    "SIQ-401": _CREDENTIALS, "SIQ-446": _DOCUMENTS, "SIQ-447": _CONNECTIONS,
    "SMTP": _MAIL,
    "ZOHO-400": _SETTINGS, "ZOHO-401": _CREDENTIALS, "ZOHO-403": _CONNECTIONS,
    "ZOHO-413": _SETTINGS, "ZOHO-422": _MAPPINGS, "ZOHO-429": _SETTINGS,
    "late-mail": _MAIL, "late-call": _PROCESSING,
}  # fmt: skip


def fix_of(cause: str) -> Fix | None:
    """Return the page on which the cause is put right, if it is one of ours."""
    fitting = [begin for begin in FIXES if cause.startswith(begin)]
    return FIXES[max(fitting, key=len)] if fitting else None
