"""Answer later, and reach a portal's conversations: a thin shell over wire.py.

The bot works without any of this (zoho-salesiq.md §8): who has no OAuth set up has no client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.transport import Guard, Transport
from switchboard.vendors.zoho_accounts.client import ZohoAccountsClient
from switchboard.vendors.zoho_salesiq import wire

T = TypeVar("T")
CALLBACK_TIMEOUT = 10.0  # Somebody is waiting in the chat: three minutes are all there is.


class ZohoSalesiqClient:
    """One portal, seen by the operator who granted the refresh token."""

    def __init__(
        self,
        transport: Transport,
        credentials: ZohoCredentials | ZohoSelfClient,
        *,
        address: str,
        screen_name: str,
    ) -> None:
        settings = transport.settings
        self._transport = transport
        self._accounts = ZohoAccountsClient(transport, credentials)
        self._base = wire.base_of(
            address,
            settings.zoho_accounts_url,
            screen_name,
            loopback=settings.allow_insecure_loopback,
        )

    async def progress(self, request_id: str, text: str, *, guard: Guard | None = None) -> None:
        """Say that the answer is still being worked on."""
        request = wire.callback_request(
            self._base, request_id, "progress", {"text": text}, timeout=CALLBACK_TIMEOUT
        )
        await self._send(request, wire.read_done, guard)

    async def respond(
        self,
        request_id: str,
        answer: Mapping[str, Any],
        *,
        guard: Guard | None = None,
    ) -> None:
        """Give the answer that `pending` promised, once, within `wire.CALLBACK_SECONDS`.

        InDoubtError: the visitor may have it; what a second answer does is unknown, so do not send
        one. RejectedError SIQ-404: the three minutes are over. *guard* is called right before
        sending, after all waiting, and raises when it is too late.
        """
        request = wire.callback_request(
            self._base,
            request_id,
            "response",
            wire.checked_answer(answer),
            timeout=CALLBACK_TIMEOUT,
        )
        await self._send(request, wire.read_done, guard)

    async def check(self) -> None:
        """Prove that portal and credentials fit; raises what SalesIQ has against them."""
        await self._send(wire.conversations_request(self._base), wire.read_rows)

    async def read_conversation(self, conversation_id: str) -> dict[str, Any]:
        return await self._send(
            wire.conversation_request(self._base, conversation_id), wire.read_data
        )

    async def read_messages(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the transcript as SalesIQ keeps it; its fields are not documented."""
        return await self._send(wire.messages_request(self._base, conversation_id), wire.read_rows)

    async def send_message(
        self, conversation_id: str, text: str, *, guard: Guard | None = None
    ) -> None:
        """Say something as the token's operator; InDoubtError: it may have been said."""
        request = wire.message_request(self._base, conversation_id, text)
        await self._send(request, wire.read_done, guard)

    async def add_note(
        self, conversation_id: str, text: str, *, guard: Guard | None = None
    ) -> None:
        """Leave a note that operators see and visitors do not; InDoubtError: it may be there."""
        request = wire.note_request(self._base, conversation_id, text)
        await self._send(request, wire.read_done, guard)

    async def close(self, conversation_id: str, *, guard: Guard | None = None) -> None:
        """End the chat; closing it again does no harm."""
        await self._send(wire.close_request(self._base, conversation_id), wire.read_done, guard)

    async def transfer(
        self,
        conversation_id: str,
        *,
        department_id: str,
        operator_id: str = "",
        note: str = "",
        guard: Guard | None = None,
    ) -> None:
        """Hand an open chat to another department, or to an operator in it."""
        request = wire.transfer_request(
            self._base, conversation_id, department_id, operator_id, note
        )
        await self._send(request, wire.read_done, guard)

    async def _send(
        self, request: Request, read: Callable[[Answer], T], guard: Guard | None = None
    ) -> T:
        return await self._transport.send(request, read, keeper=self._accounts.keeper, guard=guard)
