"""The credentials of the scripts people come from are understood as they are spelt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from switchboard.config.findings import ConfigError
from switchboard.config.legacy import translate
from switchboard.config.vault import Vault, VaultContents

WHOLE = {
    "ringcentral": {"client_id": "rc-id", "client_secret": "rc-secret", "jwt": "rc-jwt"},
    "zoho": {"client_id": "z-id", "client_secret": "z-secret", "refresh_token": "z-refresh"},
}


def an_old_folder(root: Path, document: Any) -> Path:
    key = Fernet.generate_key()
    (root / "data").mkdir()
    (root / "data/encryption.key").write_bytes(key)
    plain = document if isinstance(document, bytes) else json.dumps(document).encode()
    (root / "data/credentials.enc").write_bytes(Fernet(key).encrypt(plain))
    return root


@pytest.mark.parametrize(
    "document",
    [
        {
            "rc_client_id": "rc-id",
            "rc_client_secret": "rc-secret",
            "rc_jwt_token": "rc-jwt",
            "zoho_client_id": "z-id",
            "zoho_client_secret": "z-secret",
            "zoho_refresh_token": "z-refresh",
        },
        {
            "RC_CLIENT_ID": "rc-id",
            "RC_CLIENT_SECRET": "rc-secret",
            "RC_JWT": "rc-jwt",
            "ZOHO_CLIENT_ID": "z-id",
            "ZOHO_CLIENT_SECRET": "z-secret",
            "ZOHO_REFRESH_TOKEN": "z-refresh",
        },
        {
            "RingCentral": {"clientId": "rc-id", "clientSecret": "rc-secret", "jwtToken": "rc-jwt"},
            "ZohoCRM": {
                "clientId": "z-id",
                "clientSecret": "z-secret",
                "refreshToken": "z-refresh",
            },
        },
        {
            "credentials": {
                "ring_central": {"app_key": "rc-id", "app_secret": "rc-secret", "jwt": "rc-jwt"},
                "zoho_crm": {
                    "oauth": {
                        "client_id": "z-id",
                        "client_secret": " z-secret ",
                        "refresh_token": "z-refresh",
                        "access_token": "short-lived",
                        "expires_at": 1714550000,
                    }
                },
            }
        },
        {
            "ringcentralClientId": "rc-id",
            "ringcentralClientSecret": "rc-secret",
            "jwt_token": "rc-jwt",
            "zohoClientId": "z-id",
            "zohoClientSecret": "z-secret",
            "refresh_token": "z-refresh",
        },
    ],
)
def test_the_usual_spellings_are_understood(document: dict[str, Any]) -> None:
    assert translate(document) == (WHOLE, [])


def test_an_old_vault_opens_with_its_old_key(tmp_path: Path) -> None:
    """Nothing has to be typed again; the next `credentials set` stores it in our own form."""
    old = {f"rc_{key}": value for key, value in WHOLE["ringcentral"].items()}
    old |= {f"zoho_{key}": value for key, value in WHOLE["zoho"].items()}
    vault = Vault.open(an_old_folder(tmp_path, old))
    ringcentral, zoho = vault.require()
    assert ringcentral.jwt.get_secret_value() == "rc-jwt"
    assert zoho.refresh_token.get_secret_value() == "z-refresh"
    vault.save(vault.load())
    again = Vault.open(tmp_path)
    assert again.load() == VaultContents.model_validate(WHOLE)
    assert again.notes == ()


def test_a_password_at_ringcentral_is_named_with_what_replaces_it(tmp_path: Path) -> None:
    old = {
        "rc_client_id": "rc-id",
        "rc_client_secret": "rc-secret",
        "rc_username": "+12155550100",
        "rc_password": "hunter2",
        **{f"zoho_{key}": value for key, value in WHOLE["zoho"].items()},
    }
    vault = Vault.open(an_old_folder(tmp_path, old))
    assert vault.load().zoho is not None
    with pytest.raises(ConfigError, match="no credentials for ringcentral") as refused:
        vault.require()
    assert "rc_username, rc_password: signing in with a password" in refused.value.hint
    assert "Create a JWT credential" in refused.value.hint
    assert "hunter2" not in str(refused.value) + refused.value.hint


def test_what_cannot_be_placed_is_named_by_its_key_and_never_by_its_value() -> None:
    credentials, notes = translate(
        {
            "rc": {**WHOLE["ringcentral"], "server_url": "https://platform.ringcentral.com"},
            "zoho": {**WHOLE["zoho"], "organisation": "secret-value-1"},
            "slack": {"token": "secret-value-2"},
        }
    )
    assert credentials == WHOLE
    assert notes == [
        "rc.server_url: addresses stand in data/settings.json, under vendors",
        "zoho.organisation: not known; it is not used",
        "slack.token: it is not clear whose this is; it is not used",
    ]


def test_two_values_for_one_thing_are_said() -> None:
    credentials, notes = translate({"rc": WHOLE["ringcentral"], "rc_jwt": "another"})
    assert credentials["ringcentral"]["jwt"] == "rc-jwt"
    assert notes == ["rc_jwt: another key gives another jwt; the first one is used"]


def test_the_mail_server_s_sign_in_comes_along() -> None:
    assert translate({"smtp_username": "me", "smtp_password": "pw"}) == (
        {"smtp": {"username": "me", "password": "pw"}},
        [],
    )


@pytest.mark.parametrize("document", [b"no json", b"[1, 2]", b'"text"', b"\xff"])
def test_anything_else_is_refused_without_repeating_it(document: bytes, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        Vault.open(an_old_folder(tmp_path, document)).load()
    assert refused.value.code == "CFG-027"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_no_document_is_too_strange(document: Any) -> None:
    credentials, notes = translate(document)
    VaultContents.model_validate(credentials)
    assert all(isinstance(note, str) for note in notes)
