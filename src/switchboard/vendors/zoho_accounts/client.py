"""Get Zoho access tokens for every Zoho product: one refresh token, one token, one refresher."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr

from switchboard.errors import OperatorError
from switchboard.vendors.credentials import ZohoCredentials, ZohoSelfClient
from switchboard.vendors.keeper import Grant, TokenKeeper, connection_of
from switchboard.vendors.settings import ZOHO_DATA_CENTRES, ZOHO_DESK_HOSTS, is_loopback
from switchboard.vendors.transport import Transport
from switchboard.vendors.zoho_accounts import wire
from switchboard.vendors.zoho_accounts.wire import ZOHO_ACCOUNTS_VENDOR

_FAMILY = "zoho"
_ACCOUNTS_HOSTS = {accounts for accounts, _ in ZOHO_DATA_CENTRES.values()} | set(ZOHO_DESK_HOSTS)


async def redeem_code(
    transport: Transport, *, client_id: str, client_secret: str, code: str
) -> ZohoCredentials:
    """Turn the code of a self client into credentials; raises OperatorError ZOHO-401."""
    accounts_url = transport.settings.zoho_accounts_url.rstrip("/")
    request = wire.code_request(accounts_url, client_id, client_secret, code)
    token = await transport.send(request, wire.read_refresh_token)
    return ZohoCredentials(
        client_id=client_id, client_secret=SecretStr(client_secret), refresh_token=SecretStr(token)
    )


class ZohoAccountsClient:
    """The connection to one data centre's accounts server.

    *base_url* is where the tokens are used, for a product that token answers do not lead to.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: ZohoCredentials | ZohoSelfClient,
        *,
        base_url: str | None = None,
    ) -> None:
        settings = transport.settings
        self._base_url = base_url
        self._transport, self._credentials, self._settings = transport, credentials, settings
        self._accounts_url = settings.zoho_accounts_url.rstrip("/")
        host = urlsplit(self._accounts_url).hostname or ""
        allowed = host in _ACCOUNTS_HOSTS or host in settings.allowed_api_domains
        if not allowed and not is_loopback(host):
            raise OperatorError(
                "ZOHO-400",
                f"{host} is not an accounts server of Zoho; if it is a new data centre, "
                "add it to allowed_api_domains.",
            )
        self.keeper = TokenKeeper(
            database=transport.database,
            cipher=transport.cipher,
            vendor=_FAMILY,
            code=ZOHO_ACCOUNTS_VENDOR.code,
            title=ZOHO_ACCOUNTS_VENDOR.title,
            identity=_identity(self._accounts_url, credentials, base_url),
            grant=self._grant,
            scheme="Zoho-oauthtoken",
            usable=lambda base_url: self._refused(base_url) is None,
            patience=settings.patience_seconds,
            refusal_seconds=settings.budgets.window_seconds,
            clock=transport.clock,
            sleep=transport.sleep,
        )

    async def _grant(self, _refresh_token: str | None) -> Grant:
        request = wire.token_request(self._accounts_url, self._credentials)
        grant = await self._transport.send(
            request, lambda answer: wire.read_grant(answer, self._accounts_url, self._base_url)
        )
        reason = self._refused(grant.base_url)
        if reason is not None:
            raise OperatorError(
                "ZOHO-400", f"Zoho's answer leads to an API host we do not trust: {reason}."
            )
        return grant

    def _refused(self, base_url: str) -> str | None:
        return wire.refused_api_domain(
            base_url,
            self._accounts_url,
            self._settings.allowed_api_domains,
            loopback=self._settings.allow_insecure_loopback,
        )


def zoho_connection(
    accounts_url: str,
    credentials: ZohoCredentials | ZohoSelfClient,
    base_url: str | None = None,
) -> str:
    """Return what the store calls the connection of such a client. Pure."""
    return connection_of(_FAMILY, _identity(accounts_url.rstrip("/"), credentials, base_url))


def _identity(
    accounts_url: str, credentials: ZohoCredentials | ZohoSelfClient, base_url: str | None
) -> tuple[str, ...]:
    used_at = () if base_url is None else (base_url,)
    secret = credentials.client_secret.get_secret_value()
    if isinstance(credentials, ZohoSelfClient):
        own = (credentials.client_id, secret, credentials.soid, *credentials.scopes)
    else:
        own = (credentials.client_id, secret, credentials.refresh_token.get_secret_value())
    return (accounts_url, *own, *used_at)
