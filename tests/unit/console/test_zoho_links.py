"""Links into Zoho CRM lead to Zoho CRM, or nowhere."""

from __future__ import annotations

import pytest

from switchboard.console.calls.zoho_links import record_link


@pytest.mark.parametrize(
    ("accounts", "crm"),
    [
        ("https://accounts.zoho.com", "https://crm.zoho.com"),
        ("https://accounts.zoho.eu/", "https://crm.zoho.eu"),
        ("https://ACCOUNTS.zoho.com.au", "https://crm.zoho.com.au"),
        ("https://accounts.zohocloud.ca", "https://crm.zohocloud.ca"),
    ],
)
def test_a_record_is_seen_beside_the_accounts_of_its_region(accounts: str, crm: str) -> None:
    assert record_link(accounts, "Leads", "901") == f"{crm}/crm/tab/Leads/901"


@pytest.mark.parametrize(
    ("accounts", "module", "record"),
    [
        ("http://127.0.0.1:8000/zoho-accounts", "Leads", "901"),
        ("javascript:alert(1)", "Leads", "901"),
        ("", "Leads", "901"),
        ("https://accounts.zoho.com", "Leads", None),
        ("https://accounts.zoho.com", None, "901"),
        ("https://accounts.zoho.com", "../x", "901"),
        ("https://accounts.zoho.com", "Leads", "901/../../x"),
        ("https://accounts.zoho.com", "Leads", "٩"),
    ],
)
def test_what_is_no_address_becomes_no_link(
    accounts: str, module: str | None, record: str | None
) -> None:
    assert record_link(accounts, module, record) == ""
