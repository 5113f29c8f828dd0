"""Name every error of talking to vendors once; `switchboard.error_reference` adds the others.

`python -m switchboard.error_reference > docs/errors.md` renders the page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a code means, what the product does by itself, and what a person can do."""

    code: str
    meaning: str
    we: str
    you: str


AGAIN = "Tries again; a write that may have happened is looked up first"
STOP = "Stops the run"
LATER = "Keeps the mail and tries again later; the run itself is not affected"
PARK = "Parks the call; the others go on"
ERROR_CODES = (
    ErrorCode(
        "RC-000",
        "RingCentral gave no answer, or has been failing and is left alone",
        AGAIN,
        "Check the network and RingCentral's status page if it lasts",
    ),
    ErrorCode(
        "RC-400",
        "RingCentral refused a request, or an address leads to another host",
        "Stops the run, or skips the record",
        "Check `ringcentral_base_url`; otherwise report it with the log's request id",
    ),
    ErrorCode(
        "RC-401",
        "RingCentral unauthorized: wrong client id, secret or JWT, or the grant is not enabled",
        STOP,
        "Refresh or reconfigure the credentials: `switchboard credentials set`",
    ),
    ErrorCode(
        "RC-403",
        "The app or the user of the JWT lacks a permission; the message names it",
        STOP,
        "Add ReadCallLog and ReadAccounts, for files ReadCallRecording and ReadMessages, to the "
        "app; FullCompanyCallLog and the same rights to the user's role",
    ),
    ErrorCode(
        "RC-404",
        "RingCentral no longer has the record, or a recording or voicemail is not there yet",
        "Keeps what was read before; looks for a late file again, for days",
        "Nothing",
    ),
    ErrorCode(
        "RC-413",
        "A recording or voicemail is larger than the limit of the settings",
        "Does not transfer it, and lists it",
        "Raise `media.max_megabytes` if Zoho CRM accepts larger files, or save the file by hand",
    ),
    ErrorCode(
        "RC-416",
        "The rest of a recording did not fit what had come before the connection broke",
        "Reads it again from the beginning",
        "Nothing, unless it lasts",
    ),
    ErrorCode(
        "RC-429",
        "Rate limit exceeded, by us or by another application of the same user",
        "Leaves the whole group of requests alone until the penalty is over",
        "If it comes again: add delay between API calls (lower the budgets under vendors), "
        "or reduce the processing frequency",
    ),
    ErrorCode(
        "RC-500",
        "RingCentral failed, or answered something unreadable",
        AGAIN,
        "Nothing, unless it lasts",
    ),
    ErrorCode(
        "ZOHO-000",
        "Zoho gave no answer, or has been failing and is left alone",
        AGAIN,
        "Check the network and Zoho's status page if it lasts",
    ),
    ErrorCode(
        "ZOHO-400",
        "An address leads to a host that is not allowed to get our token",
        STOP,
        "Check `zoho_accounts_url`; add a new data centre's host to `allowed_api_domains`",
    ),
    ErrorCode(
        "ZOHO-401",
        "Zoho CRM unauthorized: refresh token revoked, wrong data centre, or a scope is missing",
        STOP,
        "Refresh or reconfigure the credentials: `switchboard credentials set`",
    ),
    ErrorCode(
        "ZOHO-403",
        "Zoho CRM does not let this user or edition do it, or a note is another user's",
        "Stops the run; leaves another user's note alone",
        "Change the user's profile in Zoho CRM",
    ),
    ErrorCode(
        "ZOHO-404",
        "Zoho CRM does not have the record any more, or does not know the address",
        PARK,
        "Restore the record if it was deleted; otherwise report it with the log",
    ),
    ErrorCode(
        "ZOHO-409",
        "Another record already holds a value that has to be unique",
        "Uses that record where it is a lead or contact; parks the call otherwise",
        "Merge or correct the two records",
    ),
    ErrorCode(
        "ZOHO-413",
        "A file is larger than the organisation may attach",
        "Does not attach it, and lists it",
        "Lower `media.max_megabytes`; save the file by hand",
    ),
    ErrorCode(
        "ZOHO-422",
        "Invalid lead data: Zoho CRM or its metadata refuse a field or value",
        PARK,
        "Check field mappings and required fields, then `switchboard calls retry --all-parked`",
    ),
    ErrorCode(
        "ZOHO-429",
        "Too many requests or tokens, or no credits left",
        "Pauses for all processes, longer each time",
        "Lower the budgets, or ask what else uses the organisation's credits",
    ),
    ErrorCode(
        "ZOHO-500",
        "Zoho CRM failed, or answered something unreadable",
        AGAIN,
        "Nothing, unless it lasts",
    ),
    ErrorCode(
        "SMTP-001",
        "Failed to send email: the mail server cannot be reached, is not safe, or is none",
        LATER,
        "Verify SMTP settings in data/email_config.json (server, port, use_tls), whether the "
        "server requires authentication, and the firewall; `switchboard doctor` tests them",
    ),
    ErrorCode(
        "SMTP-002",
        "A mail may have been delivered: the server got all of it, and no answer came",
        "Does not send it again by itself: nobody gets a mail twice",
        "Ask the recipient, or have it sent again",
    ),
    ErrorCode(
        "SMTP-401",
        "The mail server refused user name and password",
        LATER,
        "Store the right ones: `switchboard credentials set smtp`",
    ),
    ErrorCode("SMTP-421", "The mail server is busy or closing", LATER, "Nothing, unless it lasts"),
    ErrorCode(
        "SMTP-450",
        "The mail server postponed a mail: a full mailbox, or greylisting",
        LATER,
        "Nothing, unless it lasts",
    ),
    ErrorCode(
        "SMTP-550",
        "The mail server refused a recipient",
        "Sends the others theirs",
        "Correct the recipient in data/email_config.json",
    ),
    ErrorCode(
        "SMTP-552",
        "A mail is too large for the mail server",
        "Does not send it; the report itself is in reports/",
        "Leave out charts or shorten the call list under report_settings",
    ),
    ErrorCode(
        "SMTP-553",
        "The mail server does not let us send as sender_email",
        LATER,
        "Use a sender_email the signed-in account may send as",
    ),
    ErrorCode(
        "SMTP-554",
        "The mail server refused a mail",
        "Does not send it; the report itself is in reports/",
        "Ask the mail server's administrator; the message quotes the answer",
    ),
)
