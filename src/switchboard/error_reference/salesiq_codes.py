"""What can go wrong between Zoho SalesIQ and us: its REST API, and our door for its deliveries."""

from __future__ import annotations

from switchboard.vendors.error_codes import AGAIN, ErrorCode

KEEP = "Leaves the note, the transfer or the late answer out; the chat itself goes on"
REFUSE = "Refuses the delivery; the sender is told why"

SALESIQ_CODES = (
    ErrorCode(
        "SIQ-000",
        "SalesIQ gave no answer, or has been failing and is left alone",
        AGAIN,
        "Check the network and Zoho's status page if it lasts",
    ),
    ErrorCode(
        "SIQ-400",
        "SalesIQ does not know the portal or path, or the address is no host of Zoho's",
        KEEP,
        "Check the portal's screen name, and that the address belongs to the same data centre as "
        "`zoho_accounts_url`",
    ),
    ErrorCode(
        "SIQ-401",
        "SalesIQ unauthorized: refresh token revoked, or another data centre's",
        KEEP,
        "Refresh or reconfigure the credentials: `switchboard credentials set`",
    ),
    ErrorCode(
        "SIQ-403",
        "A scope, a permission or the plan does not let us do this in SalesIQ",
        KEEP,
        "Grant SalesIQ.callbacks.UPDATE and SalesIQ.conversations.READ, CREATE and UPDATE; see "
        "whether the plan includes it",
    ),
    ErrorCode(
        "SIQ-404",
        "SalesIQ has no such conversation, callback, operator or department (any more)",
        KEEP,
        "Nothing, unless it lasts; chats of the bot builder's preview cannot be reached at all",
    ),
    ErrorCode("SIQ-422", "SalesIQ refused a request", KEEP, "Report it with the log"),
    ErrorCode(
        "SIQ-429",
        "SalesIQ has locked our address because of too many requests",
        "Sends nothing for a quarter of an hour; chats are answered all the same",
        "Ask what else calls SalesIQ from this address",
    ),
    ErrorCode(
        "SIQ-500",
        "SalesIQ failed, or answered something unreadable",
        AGAIN,
        "Nothing, unless it lasts",
    ),
    ErrorCode(
        "SIQ-441",
        "A delivery has no signature, or none of the configured keys made it",
        REFUSE,
        "If it is SalesIQ's own, copy the public key again from the bot's settings at once: the "
        "fourth refusal switches the bot off. Otherwise somebody else knocks, and nothing is "
        "to be done",
    ),
    ErrorCode(
        "SIQ-442",
        "A delivery is not a JSON object in UTF-8, or is nested too deeply",
        REFUSE,
        "Correct the sender; SalesIQ itself does not do this",
    ),
    ErrorCode("SIQ-443", "A delivery is larger than 256 KB", REFUSE, "Correct the sender"),
    ErrorCode(
        "SIQ-444",
        "A delivery lacks the message, or says not which chat it belongs to",
        REFUSE,
        "Send `chat_id` and `message`, as the example in the integration guide does",
    ),
    ErrorCode(
        "SIQ-445",
        "A public key of the SalesIQ webhook cannot be used",
        "Does not start, because every delivery would be refused",
        "Copy the key again from the bot's settings, Secure your webhook",
    ),
    ErrorCode(
        "SIQ-446",
        "SalesIQ could not carry out an answer of ours: it came too late, was too long, or named "
        "operators who do not exist",
        "Says it again in other words; at the second time asks for a message instead",
        "Check `department_id` in salesiq_config.json (code 1003), and how long answers take "
        "(1007): the fourth failure in a row switches the bot off",
    ),
    ErrorCode(
        "SIQ-447",
        "A delivery could not be worked, because of the store or of a fault of ours",
        "Asks the visitor to write it again, and a program (status 503) to send it again",
        "Look into the log for the reason; `switchboard doctor` examines the store",
    ),
)
