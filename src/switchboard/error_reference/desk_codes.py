"""What can go wrong between us and Zoho Desk."""

from __future__ import annotations

from switchboard.vendors.error_codes import AGAIN, ErrorCode

PARK = "Parks the ticket or comment; the others go on"
STOP = "Sends nothing more to Zoho Desk until it works; conversations go on, and tickets wait"

DESK_CODES = (
    ErrorCode(
        "DESK-000",
        "Zoho Desk gave no answer, or has been failing and is left alone",
        AGAIN,
        "Check the network and Zoho's status page if it lasts",
    ),
    ErrorCode(
        "DESK-400",
        "Zoho Desk did not understand a request, or its address is not one our token may go to",
        PARK,
        "Check `zoho_desk_url`; add a new data centre's host to `allowed_api_domains`; otherwise "
        "report it with the log",
    ),
    ErrorCode(
        "DESK-401",
        "Zoho Desk unauthorized: credentials revoked, of another data centre, or of a wrong form",
        STOP,
        "Create new ones in Zoho's API console; ZOHO_DESK_API_KEY holds "
        "client_id:client_secret, or the same with :refresh_token",
    ),
    ErrorCode(
        "DESK-403",
        "Zoho Desk lets the credentials or the edition not do it: a scope, the organisation id, or "
        "the agent's profile",
        STOP,
        "Change what the message names; the organisation id is the one of the credentials' portal",
    ),
    ErrorCode(
        "DESK-404",
        "Zoho Desk does not have the ticket or contact, or hides it from the credentials' agent",
        PARK,
        "Restore the record if it was deleted; give the agent the ticket's department",
    ),
    ErrorCode(
        "DESK-409",
        "Zoho Desk has a contact with this e-mail address already",
        "Uses that contact",
        "Nothing; merge the contacts if Zoho Desk cannot be searched for it",
    ),
    ErrorCode(
        "DESK-413",
        "A file is larger than Zoho Desk accepts",
        "Leaves the file out and keeps the ticket",
        "Ask the visitor for it by other means",
    ),
    ErrorCode(
        "DESK-422",
        "Zoho Desk or we refuse a value: a field is missing, unknown or too long, or no address",
        PARK,
        "Check mandatory fields, names of statuses and priorities, and custom fields of the "
        "department's layout",
    ),
    ErrorCode(
        "DESK-429",
        "Too many requests at once, or no credits left for today",
        "Pauses for all processes; says when the credits come back if Zoho Desk does",
        "Lower the budgets, or ask what else uses the portal's credits",
    ),
    ErrorCode(
        "DESK-498",
        "A delivery to /webhook/desk bears no valid proof that it is Zoho Desk's",
        "Answers 401 and does nothing; tickets are read at intervals all the same",
        "Compare `webhook_id` and `org_id` in `zoho_desk_config.json` with the webhook in Zoho "
        "Desk; check this machine's clock",
    ),
    ErrorCode(
        "DESK-500",
        "Zoho Desk failed, or answered something unreadable",
        AGAIN,
        "Nothing, unless it lasts",
    ),
)
