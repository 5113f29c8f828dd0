"""What opens Zoho Desk: the environment first, then `.env`, then the vault and the document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.config_files import a_company

from switchboard.config.chat_documents import DeskConfig
from switchboard.config.desk_access import DeskAccess, desk_access, salesiq_credentials
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration, load
from switchboard.config.vault import VaultContents
from switchboard.errors import OperatorError
from switchboard.vendors.credentials import ZohoCredentials, ZohoDeskKey, ZohoSelfClient

KEY, ORG, DEPARTMENT = (
    "1000.CLIENT:secret:1000.refresh",
    "700000001",
    "892000000006907",
)
COMPLETE = {
    "ZOHO_DESK_API_KEY": KEY,
    "ZOHO_DESK_ORG_ID": ORG,
    "ZOHO_DESK_DEPARTMENT_ID": DEPARTMENT,
}


def _configuration(root: Path, **desk: Any) -> Configuration:
    configuration = load(a_company(root))
    return replace(configuration, desk=DeskConfig(**desk) if desk else None)


def _vault(key: str) -> VaultContents:
    return VaultContents(desk=ZohoDeskKey(key=SecretStr(key)))


def _secret(access: DeskAccess | None) -> str:
    assert access is not None
    return access.credentials.client_secret.get_secret_value()


def test_three_variables_are_enough(tmp_path: Path) -> None:
    """As the quick start says: key, organisation and department in the environment."""
    access = desk_access(_configuration(tmp_path), VaultContents(), COMPLETE)
    assert access is not None
    assert isinstance(access.credentials, ZohoCredentials)
    assert (access.org_id, access.department_id) == (ORG, DEPARTMENT)
    assert "secret" not in repr(access)


def test_dotenv_is_as_good_and_real_variables_win(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={each}\n" for name, each in COMPLETE.items()))
    configuration = _configuration(tmp_path)
    assert _secret(desk_access(configuration, VaultContents(), {})) == "secret"
    access = desk_access(configuration, VaultContents(), {"ZOHO_DESK_ORG_ID": "8"})
    assert access is not None
    assert access.org_id == "8"


def test_the_environment_wins_over_vault_and_document(tmp_path: Path) -> None:
    configuration = _configuration(tmp_path, org_id="1", department_id="2")
    contents = _vault("client:of-the-vault")
    stored = desk_access(configuration, contents, {})
    assert stored is not None
    assert isinstance(stored.credentials, ZohoSelfClient)
    assert stored.credentials.soid == "ZohoDesk.1"
    assert (_secret(stored), stored.org_id, stored.department_id) == ("of-the-vault", "1", "2")
    given = desk_access(configuration, contents, COMPLETE)
    assert given is not None
    assert (_secret(given), given.org_id, given.department_id) == ("secret", ORG, DEPARTMENT)


@pytest.mark.parametrize("desk", [{}, {"ticket_source": "SalesIQ", "team_emails": ["a@b.example"]}])
def test_nothing_set_up_is_no_mistake(tmp_path: Path, desk: dict[str, Any]) -> None:
    assert desk_access(_configuration(tmp_path, **desk), VaultContents(), {}) is None
    empty = dict.fromkeys(COMPLETE, " ")
    assert desk_access(_configuration(tmp_path, **desk), VaultContents(), empty) is None


@pytest.mark.parametrize("left_out", sorted(COMPLETE))
def test_half_of_it_names_the_other_half(tmp_path: Path, left_out: str) -> None:
    given = {name: value for name, value in COMPLETE.items() if name != left_out}
    with pytest.raises(ConfigError, match=f"halfway; missing: {left_out} ") as caught:
        desk_access(_configuration(tmp_path), VaultContents(), given)
    assert caught.value.code == "CFG-043"


@pytest.mark.parametrize("wrong", [{"ZOHO_DESK_API_KEY": "your_key"}, {"ZOHO_DESK_ORG_ID": "x"}])
def test_a_key_of_a_form_zoho_does_not_have_is_told(tmp_path: Path, wrong: dict[str, str]) -> None:
    """The example's `your_key` must lead to words about what belongs there."""
    with pytest.raises(OperatorError) as caught:
        desk_access(_configuration(tmp_path), VaultContents(), COMPLETE | wrong)
    assert caught.value.code == "DESK-401"
    assert "your_key" not in caught.value.message


def test_salesiq_has_credentials_only_if_they_are_stored() -> None:
    assert salesiq_credentials(VaultContents()) is None
    stored = ZohoCredentials(
        client_id="c", client_secret=SecretStr("s"), refresh_token=SecretStr("r")
    )
    assert salesiq_credentials(VaultContents(salesiq=stored)) is stored
