"""Settings and headers become budgets; the stricter of the two holds."""

from __future__ import annotations

from switchboard.vendors.allowances import Allowances, group_bucket
from switchboard.vendors.settings import BudgetSettings, VendorSettings


def test_a_ringcentral_group_keeps_a_reserve() -> None:
    """One request too many costs a minute, so our pace stays one below the limit."""
    heavy = Allowances(VendorSettings()).budget(group_bucket("heavy"))
    assert (heavy.limit, heavy.window) == (9.0, 60.0)


def test_a_lower_limit_in_the_headers_wins() -> None:
    """RingCentral may give an app less than the documented default."""
    allowances = Allowances(VendorSettings())
    allowances.observe(group_bucket("Heavy"), 5, 60)
    assert allowances.budget(group_bucket("heavy")).limit == 4.0


def test_a_higher_limit_in_the_headers_does_not_raise_the_setting() -> None:
    """A person's ceiling is a ceiling."""
    allowances = Allowances(VendorSettings(budgets=BudgetSettings(heavy=4)))
    allowances.observe(group_bucket("heavy"), 10, 60)
    assert allowances.budget(group_bucket("heavy")).limit == 3.0


def test_nonsense_in_the_headers_is_ignored() -> None:
    """A limit of zero would stop us for good."""
    allowances = Allowances(VendorSettings())
    allowances.observe(group_bucket("heavy"), 0, 60)
    assert allowances.budget(group_bucket("heavy")).limit == 9.0


def test_zoho_is_asked_for_fewer_than_ten_tokens_in_ten_minutes() -> None:
    """The eleventh kills the account's access for the rest of the window."""
    tokens = Allowances(VendorSettings()).budget("zoho_accounts")
    assert (tokens.limit, tokens.window) == (9.0, 600.0)


def test_heavy_zoho_requests_have_fewer_seats() -> None:
    """Zoho's smaller pool holds ten, however many the edition allows."""
    allowances = Allowances(VendorSettings(budgets=BudgetSettings(zoho_crm_concurrency=20)))
    light = allowances.seats("zoho_crm:seat", crowding=False)
    heavy = allowances.seats("zoho_crm:seat", crowding=True)
    assert light is not None
    assert heavy is not None
    assert (light.count, heavy.count) == (20, 10)
    assert allowances.seats(None, crowding=False) is None
