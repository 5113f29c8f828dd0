"""What can go wrong with accounts and pages of the web console."""

from __future__ import annotations

from switchboard.error_reference.own import REFUSE
from switchboard.vendors.error_codes import ErrorCode

SHOW = "Shows a page with this; nothing was done"

CONSOLE_CODES = (
    ErrorCode(
        "CON-001",
        "There is an account of this name",
        REFUSE,
        "Choose another name, or reset that account: `switchboard users list` shows them",
    ),
    ErrorCode(
        "CON-002",
        "There is no such account, or it is disabled",
        REFUSE,
        "`switchboard users list`, or the page Team of the console, shows them",
    ),
    ErrorCode(
        "CON-003",
        "It would leave the console without an administrator, or is one's own account",
        REFUSE,
        "Make somebody else an administrator first, or let them do it",
    ),
    ErrorCode(
        "CON-004",
        "An account cannot have this name",
        REFUSE,
        "Use 2 to 40 letters, digits, dots, hyphens or underscores, beginning with a letter",
    ),
    ErrorCode(
        "CON-005",
        "A one-time link was used, has been replaced or is older than a day",
        SHOW,
        "Ask an administrator for a new one, or run `switchboard users reset NAME` on the server",
    ),
    ErrorCode(
        "CON-006",
        "A document of the configuration was changed by somebody else in the meantime",
        SHOW,
        "Look at what they changed, then put your change on top or discard it",
    ),
    ErrorCode(
        "CON-403",
        "A page or a change is not for this role, or a form did not come from our own page",
        SHOW,
        "Go back, load the page again and repeat it; ask an administrator for another role",
    ),
    ErrorCode(
        "CON-404",
        "There is no such page in the console",
        SHOW,
        "Begin at the first page; what you look for may have been removed",
    ),
    ErrorCode(
        "CON-405",
        "An address of the console that takes forms was opened like a page, or the reverse",
        SHOW,
        "Begin at the first page",
    ),
    ErrorCode(
        "CON-422",
        "A form of the console lacks something, or holds what it cannot hold",
        SHOW,
        "Go back, load the page again and fill in the form once more",
    ),
    ErrorCode(
        "CON-429",
        "Too many sign-ins have failed, so the next has to wait",
        "Counts failures by name and address for an hour; each further one doubles the wait, up to "
        "15 minutes",
        "Wait as long as the page says; an administrator can reset a forgotten password",
    ),
)
