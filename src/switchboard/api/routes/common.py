"""What routes ask of the application around them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from switchboard.api.keys import needs
from switchboard.api.service import ApiService
from switchboard.flows.chat_to_ticket.tools import ChatTools
from switchboard.store.api_keys import ApiKey


def service_of(request: Request) -> ApiService:
    service: ApiService = request.app.state.service
    return service


async def _tools(request: Request) -> ChatTools:
    return await service_of(request).tools()


Service = Annotated[ApiService, Depends(service_of)]
# Asked for after the key: a stranger does not learn how the service is.
ReadsTickets = Annotated[ApiKey, Depends(needs("tickets:read"))]
WritesTickets = Annotated[ApiKey, Depends(needs("tickets:write"))]
ReadsChats = Annotated[ApiKey, Depends(needs("chat:read"))]
WritesChats = Annotated[ApiKey, Depends(needs("chat:write"))]
ReadsMetrics = Annotated[ApiKey, Depends(needs("metrics:read"))]
Tools = Annotated[ChatTools, Depends(_tools)]

TicketId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Zoho Desk's id of the ticket, its number, or our reference.",
        examples=["1892000000042034"],
    ),
]
SessionId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=250,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="The chat id as it was sent, or the whole conversation id.",
        examples=["test_123", "chat:flat:test_123"],
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="Sent again with the same key, the request does nothing twice.",
    ),
]


def actor_of(key: ApiKey) -> str:
    """Name a key in the audit trail."""
    return f"key:{key.name}"
