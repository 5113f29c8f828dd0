"""Where the vendors are and how hard we may knock: one typed, frozen object read by bootstrap."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Zoho's data centres (zoho-crm.md §1.1): the accounts host of each and the API hosts it may name.
ZOHO_DATA_CENTRES: dict[str, tuple[str, str]] = {
    "us": ("accounts.zoho.com", "zohoapis.com"),
    "eu": ("accounts.zoho.eu", "zohoapis.eu"),
    "in": ("accounts.zoho.in", "zohoapis.in"),
    "au": ("accounts.zoho.com.au", "zohoapis.com.au"),
    "jp": ("accounts.zoho.jp", "zohoapis.jp"),
    "ca": ("accounts.zohocloud.ca", "zohoapis.ca"),
    "sa": ("accounts.zoho.sa", "zohoapis.sa"),
    "cn": ("accounts.zoho.com.cn", "zohoapis.com.cn"),
    "uk": ("accounts.zoho.uk", "zohoapis.uk"),
}
ZOHO_API_HOSTS = tuple(
    f"{prefix}.{domain}"
    for _, domain in ZOHO_DATA_CENTRES.values()
    for prefix in ("www", "sandbox", "developer")
)
# Zoho Desk is served by hosts of its own, which no token answer names (zoho-desk.md §2).
ZOHO_DESK_HOSTS: dict[str, str] = {
    "accounts.zoho.com": "desk.zoho.com",
    "accounts.zoho.eu": "desk.zoho.eu",
    "accounts.zoho.in": "desk.zoho.in",
    "accounts.zoho.com.au": "desk.zoho.com.au",
    "accounts.zoho.jp": "desk.zoho.jp",
    "accounts.zohocloud.ca": "desk.zohocloud.ca",
    "accounts.zoho.sa": "desk.zoho.sa",
    "accounts.zoho.sg": "desk.zoho.sg",
    "accounts.zoho.ae": "desk.zoho.ae",
    "accounts.zoho.com.cn": "desk.zoho.com.cn",
}
RINGCENTRAL_HOSTS = (
    "platform.ringcentral.com",
    "media.ringcentral.com",
    "platform.devtest.ringcentral.com",
    "media.devtest.ringcentral.com",
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BudgetSettings(_Section):
    """Ceilings shared by every process on one store; the vendor's own headers only lower them."""

    ringcentral_per_minute: float = Field(60, gt=0, description="All RingCentral requests.")
    heavy: float = Field(10, gt=0, description="RingCentral group Heavy: call log, recordings.")
    medium: float = Field(40, gt=0, description="RingCentral group Medium: extensions, queues.")
    light: float = Field(50, gt=0, description="RingCentral group Light: account, messages.")
    auth: float = Field(5, gt=0, description="RingCentral group Auth: token requests.")
    zoho_crm_credits_per_minute: float = Field(100, gt=0, description="The manual's own credits.")
    zoho_crm_concurrency: int = Field(4, ge=1, le=25, description="Zoho requests in flight.")
    zoho_credits_per_day: int | None = Field(
        None, gt=0, description="Stop before Zoho's own 24-hour allowance; none: trust the answers."
    )
    zoho_desk_per_minute: float = Field(
        120, gt=0, description="Zoho Desk requests; Desk itself counts by the day only."
    )
    zoho_desk_concurrency: int = Field(
        4, ge=1, le=25, description="Zoho Desk requests in flight; the smallest edition has 5."
    )
    zoho_desk_credits_per_day: int | None = Field(
        None, gt=0, description="Stop before Zoho Desk's own 24-hour allowance; none: as above."
    )
    window_seconds: float = Field(60.0, gt=0, description="The length of the vendors' minute.")


class VendorSettings(_Section):
    """Addresses, time-outs and budgets of RingCentral and Zoho."""

    ringcentral_base_url: str = Field(
        "https://platform.ringcentral.com", description="RingCentral's API."
    )
    ringcentral_media_url: str = Field(
        "https://media.ringcentral.com", description="Where its recordings and voicemails are."
    )
    zoho_accounts_url: str = Field(
        "https://accounts.zoho.com",
        description="Zoho's sign-in: accounts.zoho.eu, .in, .com.au, .jp, ... outside the US.",
    )
    zoho_desk_url: str = Field(
        "", description="Zoho Desk; empty: https://desk.zoho.com, .eu, ... as Zoho's sign-in."
    )
    allowed_api_domains: tuple[str, ...] = Field(
        ZOHO_API_HOSTS + tuple(ZOHO_DESK_HOSTS.values()) + RINGCENTRAL_HOSTS,
        description="The only hosts a token is sent to.",
    )
    allow_insecure_loopback: bool = Field(
        default=True, description="Accept http:// for this machine itself; never for any other."
    )
    connect_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="Longest wait for a connection."
    )
    read_timeout_seconds: float = Field(
        20.0, gt=0, le=300, description="Longest wait for one answer; must stay below the lease."
    )
    read_attempts: int = Field(4, ge=1, le=10, description="Tries of one read before giving up.")
    retry_wait_seconds: float = Field(0.5, ge=0, description="First pause between two tries.")
    retry_wait_max_seconds: float = Field(
        20.0, ge=0, description="Longest pause between two tries."
    )
    patience_seconds: float = Field(
        150.0, gt=0, description="Longest wait for a budget slot or a penalty before giving up."
    )
    breaker_threshold: int = Field(5, ge=1, description="Failures in a row that open the breaker.")
    breaker_seconds: float | None = Field(
        None, gt=0, description="How long an open breaker rests; none: half a vendor's minute."
    )
    budgets: BudgetSettings = BudgetSettings()

    @property
    def rest_seconds(self) -> float:
        """Return how long an open breaker stays open."""
        return self.breaker_seconds or self.budgets.window_seconds / 2

    @property
    def desk_url(self) -> str:
        """Return where Zoho Desk is; empty if that cannot be told from the sign-in's address."""
        if self.zoho_desk_url:
            return self.zoho_desk_url.rstrip("/")
        host = ZOHO_DESK_HOSTS.get(urlsplit(self.zoho_accounts_url).hostname or "")
        return f"https://{host}" if host else ""

    @model_validator(mode="after")
    def _addresses_are_safe(self) -> Self:
        keys = ["ringcentral_base_url", "ringcentral_media_url", "zoho_accounts_url"]
        for key in keys + ["zoho_desk_url"] * bool(self.zoho_desk_url):
            reason = unsafe_address(getattr(self, key), loopback=self.allow_insecure_loopback)
            if reason:
                raise ValueError(f"{key}: {reason}")
        return self


def unsafe_address(url: str, *, loopback: bool) -> str | None:
    """Say why no token may be sent to *url*, or None when one may."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        return "must be an address such as https://host, without user, query or fragment"
    if parts.scheme == "https":
        return None
    if parts.scheme == "http" and loopback and is_loopback(parts.hostname):
        return None
    return "must begin with https:// (http:// is accepted for this machine itself only)"


def is_loopback(host: str) -> bool:
    """Tell whether *host* names this machine; other names are never resolved to find out."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
