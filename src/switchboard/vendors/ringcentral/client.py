"""Read RingCentral's calls, extensions and account; media.py holds the audio's half."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from switchboard.errors import OperatorError, SwitchboardError, TransientError
from switchboard.vendors.credentials import RingCentralCredentials
from switchboard.vendors.exchange import Answer, Request
from switchboard.vendors.keeper import Grant, TokenKeeper, connection_of
from switchboard.vendors.ringcentral import records, wire
from switchboard.vendors.ringcentral.media import MediaClient
from switchboard.vendors.ringcentral.models import CallLogPage, CallRecord, Extension
from switchboard.vendors.ringcentral.refusals import RINGCENTRAL_VENDOR
from switchboard.vendors.settings import is_loopback
from switchboard.vendors.transport import Transport

T = TypeVar("T")


class RingCentralClient(MediaClient):
    """One account, seen by the user the JWT belongs to."""

    def __init__(self, transport: Transport, credentials: RingCentralCredentials) -> None:
        settings = transport.settings
        self._credentials = credentials
        self._base_url = settings.ringcentral_base_url.rstrip("/")
        host = urlsplit(self._base_url).hostname or ""
        if not is_loopback(host) and host not in settings.allowed_api_domains:
            raise OperatorError(
                "RC-400",
                f"{host} is not an allowed API host; add it to allowed_api_domains if it is right.",
            )
        keeper = TokenKeeper(
            database=transport.database,
            cipher=transport.cipher,
            vendor=RINGCENTRAL_VENDOR.name,
            code=RINGCENTRAL_VENDOR.code,
            title=RINGCENTRAL_VENDOR.title,
            identity=_identity(self._base_url, credentials),
            grant=self._grant,
            scheme="Bearer",
            usable=lambda base_url: base_url == self._base_url,
            patience=settings.patience_seconds,
            refusal_seconds=settings.budgets.window_seconds,
            clock=transport.clock,
            sleep=transport.sleep,
        )
        super().__init__(transport, keeper)

    async def read_call_log(
        self, date_from: datetime, date_to: datetime, *, per_page: int = 1000
    ) -> AsyncIterator[CallLogPage]:
        """Yield the company's voice calls that began in the window, newest first.

        Pages follow the vendor's `navigation` alone. The list lives on while it is read: a call
        may come twice or slip to the next page, so callers merge by id and overlap their windows.
        """
        request = wire.call_log_request(date_from, date_to, per_page)
        async for page in self._pages(request, records.read_page):
            yield page

    async def read_call_session(
        self, session: str, date_from: datetime, date_to: datetime
    ) -> tuple[CallRecord, ...]:
        """Return the records of one telephony session."""
        request = wire.call_session_request(session, date_from, date_to)
        found: list[CallRecord] = []
        async for page in self._pages(request, records.read_page):
            found.extend(page.records)
        return tuple(found)

    async def read_call_records(
        self, ids: Iterable[str]
    ) -> dict[str, CallRecord | SwitchboardError]:
        """Return each record as it is now, or why it could not be read; 50 cost one request."""
        wanted = [one for one in dict.fromkeys(ids) if one]
        found: dict[str, CallRecord | SwitchboardError] = {}
        for start in range(0, len(wanted), wire.BULK_IDS):
            part = wanted[start : start + wire.BULK_IDS]
            request = wire.call_records_request(part)
            try:
                found.update(await self._send(request, _bulk_reader(part)))
            except SwitchboardError as error:
                # One unknown id alone answers 404 for the request; that is about the id, not us.
                if len(part) > 1 or error.code != "RC-404":
                    raise
                found[part[0]] = error
        return found

    async def read_extensions(self) -> tuple[Extension, ...]:
        """Return every extension of the account, queues included."""
        found: list[Extension] = []
        request = wire.extensions_request()
        async for page in self._pages(request, records.read_extensions):
            found.extend(page)
        return tuple(found)

    async def read_account(self) -> dict[str, Any]:
        """Return the account's `id`, `name`, `timezone` and `main_number`."""
        return await self._send(wire.account_request(), wire.read_account)

    async def check(self) -> list[str]:
        """Prove the credentials and return the app permissions that are missing."""
        access = await self._keeper.access()
        return wire.missing_scopes(access.scopes)

    async def _pages(
        self, request: Request, read: Callable[[Answer], tuple[T, Mapping[str, Any]]]
    ) -> AsyncIterator[T]:
        seen: set[str] = set()
        while True:
            page, document = await self._send(request, read)
            yield page
            path = wire.next_page(document, self._base_url)
            if path is None:
                return
            if path in seen:
                raise TransientError("RC-500", "RingCentral's pages lead round in a circle.")
            seen.add(path)
            request = wire.next_page_request(request, path)

    async def _send(self, request: Request, read: Callable[[Answer], T]) -> T:
        return await self._transport.send(request, read, keeper=self._keeper)

    async def _grant(self, refresh_token: str | None) -> Grant:
        """Log in with the JWT; a refresh token, where the app issues them, spares a session."""
        if refresh_token is not None:
            try:
                return await self._ask(wire.refresh_form(refresh_token))
            except OperatorError:
                pass  # It is used up or revoked; the JWT does not care.
        return await self._ask(wire.jwt_form(self._credentials.jwt.get_secret_value()))

    async def _ask(self, form: Mapping[str, str]) -> Grant:
        request = wire.token_request(
            self._base_url,
            self._credentials.client_id,
            self._credentials.client_secret.get_secret_value(),
            form,
        )
        return await self._transport.send(
            request, lambda answer: wire.read_token(answer, self._base_url)
        )


def ringcentral_connection(base_url: str, credentials: RingCentralCredentials) -> str:
    """Return what the store calls the connection of such a client. Pure."""
    return connection_of(RINGCENTRAL_VENDOR.name, _identity(base_url.rstrip("/"), credentials))


def _identity(base_url: str, credentials: RingCentralCredentials) -> tuple[str, ...]:
    return (
        base_url,
        credentials.client_id,
        credentials.client_secret.get_secret_value(),
        credentials.jwt.get_secret_value(),
    )


def _bulk_reader(
    ids: list[str],
) -> Callable[[Answer], dict[str, CallRecord | SwitchboardError]]:
    return lambda answer: records.read_bulk(answer, ids)
