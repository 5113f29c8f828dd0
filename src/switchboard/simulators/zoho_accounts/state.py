"""What Zoho's accounts server remembers: clients, refresh tokens, the access tokens they made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from switchboard.simulators.core.world import World

TOKEN_LIFE_S = 3600.0
CODE_LIFE_S = 180.0  # A self client's grant token lives three minutes unless told otherwise.
THROTTLE_REQUESTS = 10  # Access tokens asked for per refresh token …
THROTTLE_WINDOW_S = 600.0  # … in ten minutes; then refused for the rest of the window.
ALIVE_TOKENS = 10  # The 11th access token of a refresh token kills the oldest.
REFRESH_TOKENS_PER_CLIENT = 20

ALL_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.files.CREATE",
    "ZohoCRM.files.READ",
    "ZohoSearch.securesearch.READ",
    "SalesIQ.callbacks.UPDATE",
    "SalesIQ.conversations.ALL",
)

DESK_SCOPES = (
    "Desk.tickets.ALL",
    "Desk.contacts.ALL",
    "Desk.search.READ",
    "Desk.basic.READ",
    "Desk.basic.CREATE",
    "Desk.settings.ALL",
    "Desk.events.ALL",
)

SALESIQ_SCOPES = tuple(each for each in ALL_SCOPES if each.startswith("SalesIQ."))


@dataclass(slots=True)
class OAuthClient:
    """An application registered in one data centre; elsewhere nobody knows it."""

    client_id: str
    client_secret: str
    location: str = "us"
    scopes: tuple[str, ...] = ALL_SCOPES  # What its owner may grant it by client credentials.


@dataclass(slots=True)
class RefreshToken:
    token: str
    client_id: str
    scopes: tuple[str, ...]
    revoked: bool = False
    requested_at: deque[float] = field(default_factory=deque)
    alive: deque[str] = field(default_factory=deque)


@dataclass(slots=True)
class AccessToken:
    token: str
    refresh_token: str | None
    scopes: tuple[str, ...]
    expires_at: float


@dataclass(slots=True)
class GrantCode:
    code: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float


class AccountsState:
    """One simulated accounts server; its token texts come from the world's seed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._issued = 0
        self.token_life_s = TOKEN_LIFE_S
        self.throttle_requests = THROTTLE_REQUESTS
        self.api_domain: str | None = None  # None: the host that was asked, with the CRM's path.
        self.clients: dict[str, OAuthClient] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.codes: dict[str, GrantCode] = {}
        self.add_client("sim-zoho-client", "sim-zoho-secret")
        self.add_refresh_token("sim-zoho-refresh", "sim-zoho-client")
        self.add_client("sim-desk-client", "sim-desk-secret", scopes=DESK_SCOPES)
        self.add_refresh_token("sim-desk-refresh", "sim-desk-client", DESK_SCOPES)
        self.add_client("sim-salesiq-client", "sim-salesiq-secret", scopes=SALESIQ_SCOPES)
        self.add_refresh_token("sim-salesiq-refresh", "sim-salesiq-client", SALESIQ_SCOPES)

    # -- what a scenario sets up --------------------------------------------------------------

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        *,
        location: str = "us",
        scopes: tuple[str, ...] = ALL_SCOPES,
    ) -> OAuthClient:
        client = OAuthClient(client_id, client_secret, location, scopes)
        self.clients[client_id] = client
        return client

    def add_refresh_token(
        self, token: str, client_id: str, scopes: Iterable[str] = ALL_SCOPES
    ) -> RefreshToken:
        """Let *client_id* use *token*; the client's 21st token drops its oldest."""
        own = [t for t in self.refresh_tokens.values() if t.client_id == client_id]
        if len(own) >= REFRESH_TOKENS_PER_CLIENT:
            self.revoke(own[0].token)
        grant = RefreshToken(token, client_id, tuple(scopes))
        self.refresh_tokens[token] = grant
        return grant

    def add_code(self, code: str, client_id: str, scopes: Iterable[str] = ALL_SCOPES) -> GrantCode:
        grant = GrantCode(code, client_id, tuple(scopes), self._world.clock.now() + CODE_LIFE_S)
        self.codes[code] = grant
        return grant

    # -- what the endpoints do ----------------------------------------------------------------

    def throttled(self, refresh: RefreshToken) -> bool:
        """Count this request for a token; True when the ten-minute allowance is used up."""
        now = self._world.clock.elapsed()
        while refresh.requested_at and refresh.requested_at[0] <= now - THROTTLE_WINDOW_S:
            refresh.requested_at.popleft()
        if len(refresh.requested_at) >= self.throttle_requests:
            return True
        refresh.requested_at.append(now)
        return False

    def issue(self, scopes: tuple[str, ...], refresh: RefreshToken | None) -> AccessToken:
        """Make an access token; of one refresh token only the newest ten stay alive."""
        expires_at = self._world.clock.now() + self.token_life_s
        access = AccessToken(
            self._text("access"), refresh.token if refresh else None, scopes, expires_at
        )
        self.access_tokens[access.token] = access
        if refresh is not None:
            refresh.alive.append(access.token)
            while len(refresh.alive) > ALIVE_TOKENS:
                self.access_tokens.pop(refresh.alive.popleft(), None)
        return access

    def redeem(self, code: str, client_id: str) -> RefreshToken | None:
        """Turn a grant code into a refresh token, once and before it runs out."""
        grant = self.codes.get(code)
        if grant is None or grant.client_id != client_id:
            return None
        del self.codes[code]
        if grant.expires_at < self._world.clock.now():
            return None
        return self.add_refresh_token(self._text("refresh"), client_id, grant.scopes)

    def revoke(self, token: str) -> bool:
        """Revoke a refresh token and, with it, every access token made from it."""
        refresh = self.refresh_tokens.get(token)
        if refresh is None or refresh.revoked:
            return False
        refresh.revoked = True
        for access in refresh.alive:
            self.access_tokens.pop(access, None)
        refresh.alive.clear()
        return True

    def check(self, token: str) -> AccessToken | None:
        """The access token if it is known and alive; the CRM asks this for every request."""
        access = self.access_tokens.get(token)
        if access is None or access.expires_at <= self._world.clock.now():
            return None
        return access

    def expire_access_tokens(self) -> None:
        """Let every access token handed out so far run out now."""
        self.access_tokens.clear()
        for refresh in self.refresh_tokens.values():
            refresh.alive.clear()

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        """What `/_sim/state/zoho_accounts/…` shows; secrets and token texts stay inside."""
        return {
            "clients": lambda: [
                {"client_id": c.client_id, "location": c.location} for c in self.clients.values()
            ],
            "refresh_tokens": lambda: [
                {
                    "client_id": t.client_id,
                    "scopes": list(t.scopes),
                    "revoked": t.revoked,
                    "alive": len(t.alive),
                    "requested": len(t.requested_at),
                }
                for t in self.refresh_tokens.values()
            ],
            "access_tokens": lambda: [
                {"scopes": list(t.scopes), "expires_at": t.expires_at}
                for t in self.access_tokens.values()
            ],
        }

    def _text(self, kind: str) -> str:
        self._issued += 1
        return f"1000.sim-{kind}-{self._world.seed}-{self._issued:06d}"
