"""What the HTTP service answers with, besides what a vendor or a chat says."""

from __future__ import annotations

from switchboard.error_reference.own import REFUSE
from switchboard.vendors.error_codes import ErrorCode

ANSWER = "Answers the request with this; nothing was done"

API_CODES = (
    ErrorCode(
        "API-001",
        "The service cannot listen on its address",
        REFUSE,
        "Stop what uses the port, or choose another one: server.port in data/settings.json, "
        "or SWITCHBOARD_SERVER__PORT; 0 takes a free one",
    ),
    ErrorCode(
        "API-002",
        "The service's certificate or its key cannot be used",
        REFUSE,
        "Correct server.tls_certificate and server.tls_key: PEM files that belong together, the "
        "key without a password",
    ),
    ErrorCode(
        "API-003",
        "Chats and tickets are not set up here",
        ANSWER,
        "Write data/zoho_desk_config.json, set the credentials, and see `switchboard doctor`",
    ),
    ErrorCode(
        "API-004",
        "The service is starting",
        "Answers with this until the examples are learned, for some seconds",
        "Send the request again in a few seconds",
    ),
    ErrorCode(
        "API-400",
        "The body of a request is not JSON as it should be",
        ANSWER,
        "Send UTF-8 JSON without control characters; /docs shows an example of each request",
    ),
    ErrorCode(
        "API-401",
        "A request came without a valid API key",
        ANSWER,
        "Send the key in the header X-Api-Key, or as Authorization: Bearer; `switchboard keys "
        "create` makes one",
    ),
    ErrorCode(
        "API-403",
        "An API key may not do what was asked for",
        ANSWER,
        "Make a key with the scope the answer names: `switchboard keys create NAME --scope SCOPE`",
    ),
    ErrorCode(
        "API-404",
        "There is nothing under the address asked for",
        ANSWER,
        "Correct the address or the id; /docs lists the addresses there are",
    ),
    ErrorCode(
        "API-409",
        "An Idempotency-Key was used for another body, or the ticket is not in Zoho Desk yet",
        ANSWER,
        "Use a new key for each new request; ask for the ticket again a little later",
    ),
    ErrorCode(
        "API-405",
        "An address exists, but not for this method",
        ANSWER,
        "Use a method of the header Allow; /docs lists them",
    ),
    ErrorCode(
        "API-408",
        "A request took too long to arrive",
        ANSWER,
        "Send it again; look at the network in between if it lasts",
    ),
    ErrorCode(
        "API-413",
        "A request is too large",
        ANSWER,
        "Send less, or raise server.max_body_kilobytes",
    ),
    ErrorCode(
        "API-415",
        "A request is not declared as JSON",
        ANSWER,
        "Send the header Content-Type: application/json",
    ),
    ErrorCode(
        "API-422",
        "A request lacks something, or a value has the wrong form",
        ANSWER,
        "Correct what `errors` names; /docs shows an example of each request",
    ),
    ErrorCode(
        "API-429",
        "Too many requests with a wrong API key came from one address",
        "Answers so until a minute has passed; valid keys are not affected",
        "Use a valid key; look for who is trying",
    ),
)
