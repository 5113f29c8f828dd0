"""Turn the settings into budgets, lowered by what the vendors' headers say of themselves."""

from __future__ import annotations

from collections.abc import Mapping

from switchboard.store.budgets import Budget, Charge, Seats
from switchboard.vendors.settings import VendorSettings

RINGCENTRAL = "ringcentral"  # All groups together: the manual's own ceiling.
RINGCENTRAL_GROUPS = ("heavy", "medium", "light", "auth")
ZOHO_CRM = "zoho_crm"
ZOHO_CRM_SEATS = "zoho_crm:seat"
ZOHO_DESK = "zoho_desk"
ZOHO_DESK_SEATS = "zoho_desk:seat"
ZOHO_ACCOUNTS = "zoho_accounts"
ZOHO_SALESIQ = "zoho_salesiq"

ZOHO_TOKENS, ZOHO_TOKENS_WINDOWS = 10, 10  # Ten tokens per ten minutes: zoho-crm.md §1.4.
ZOHO_HEAVY_SEATS = 10  # Zoho's sub-concurrency, the same for every edition: zoho-crm.md §9.2.
# No rate is published, and one call too many locks our address: zoho-salesiq.md §8.
ZOHO_SALESIQ_PER_MINUTE = 30
# Arrivals bunch on the way, so a part of every limit stays free. RingCentral answers one request
# too many with a minute's penalty: there the part is larger, and our own pace never reads
# "0 remaining".
RESERVE, RINGCENTRAL_RESERVE = 0.05, 0.1
RINGCENTRAL_BURST = 0.2
ZOHO_BURST = 0.5  # A run is a burst of requests; Zoho's minute is our own rule and has no penalty.
SEAT_MARGIN_SECONDS = 5.0
YIELDED_SHARE = 0.5  # Calls and leads must find a free slot, however much audio is waiting.


def group_bucket(group: str) -> str:
    """Return the bucket of a RingCentral group, in whichever case the vendor wrote it."""
    return f"{RINGCENTRAL}:{group.lower()}"


class Allowances:
    """The budgets in force in this process."""

    def __init__(self, settings: VendorSettings) -> None:
        self._settings = settings
        budgets = settings.budgets
        self._ceilings: dict[str, float] = {
            RINGCENTRAL: budgets.ringcentral_per_minute,
            group_bucket("heavy"): budgets.heavy,
            group_bucket("medium"): budgets.medium,
            group_bucket("light"): budgets.light,
            group_bucket("auth"): budgets.auth,
            ZOHO_CRM: budgets.zoho_crm_credits_per_minute,
            ZOHO_DESK: budgets.zoho_desk_per_minute,
            ZOHO_ACCOUNTS: ZOHO_TOKENS,
            ZOHO_SALESIQ: ZOHO_SALESIQ_PER_MINUTE,
        }
        self._observed: dict[str, tuple[float, float]] = {}

    @property
    def window(self) -> float:
        return self._settings.budgets.window_seconds

    def observe(self, bucket: str, limit: float, window: float) -> None:
        """Remember the limit a vendor's header names."""
        if limit >= 1 and window > 0:
            self._observed[bucket] = (limit, window)

    def charges(self, costs: Mapping[str, float], *, yielding: bool = False) -> list[Charge]:
        """Return what a request takes; a *yielding* one leaves half of each burst to the others."""
        found = []
        for bucket, cost in costs.items():
            budget = self.budget(bucket)
            leave = budget.burst * YIELDED_SHARE if yielding else 0.0
            found.append(Charge(budget, cost, leave=leave))
        return found

    def budget(self, bucket: str) -> Budget:
        """Return the budget of *bucket*: the stricter of the setting and the vendor's header."""
        limit = self._ceilings.get(bucket, self._settings.budgets.light)
        window = self.window
        if bucket == ZOHO_ACCOUNTS:
            window *= ZOHO_TOKENS_WINDOWS
        observed = self._observed.get(bucket)
        if observed is not None and observed[0] / observed[1] < limit / window:
            limit, window = observed
        reserve = RINGCENTRAL_RESERVE if bucket.startswith(f"{RINGCENTRAL}:") else RESERVE
        limit = max(limit - max(1.0, limit * reserve), 1.0)
        share = RINGCENTRAL_BURST if bucket.startswith(RINGCENTRAL) else ZOHO_BURST
        return Budget(bucket, limit, window, burst=max(1.0, float(round(limit * share))))

    def seats(
        self,
        bucket: str | None,
        *,
        crowding: bool,
        yielding: bool = False,
        timeout: float | None = None,
    ) -> Seats | None:
        """Return how many requests may be in flight, fewer for heavy ones and for uploads."""
        if bucket is None:
            return None
        budgets = self._settings.budgets
        desk = bucket == ZOHO_DESK_SEATS
        count = budgets.zoho_desk_concurrency if desk else budgets.zoho_crm_concurrency
        if crowding:
            count = min(count, ZOHO_HEAVY_SEATS)
        if yielding:
            count = max(int(count * YIELDED_SHARE), 1)
        seconds = (timeout or self._settings.read_timeout_seconds) + SEAT_MARGIN_SECONDS
        return Seats(bucket, count, seconds)
