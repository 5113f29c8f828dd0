"""E-mail: the server and who gets mail; the password goes into the vault and never comes out."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.component.console.configuration.configuration_rig import (
    Rig,
    configured,
    confirm,
    sent,
)

from switchboard.config.vault import Vault
from switchboard.console.routes import email as email_page
from switchboard.errors import OperatorError
from switchboard.store import audit

EMAIL = "data/email_config.json"
SERVER = {
    "server": "smtp.example.com", "port": "587", "tls": "1", "sender": "a@example.com",
    "limit": "500", "include_charts": "1", "include_call_list": "1",
}  # fmt: skip


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with configured(tmp_path) as made:
        yield made


async def saved(rig: Rig, **fields: str) -> Any:
    ana = await rig.stage.signed_in()
    return ana, await sent(ana, "/email", "/email", **{**SERVER, **fields})


async def test_the_server_and_recipients_are_set_up_and_changed(rig: Rig) -> None:
    row = {"email-0": "ana@example.com", "name-0": "Ana", "daily-0": "1", "errors-0": "1"}
    ana, review = await saved(rig, **row)
    await confirm(ana, review)
    assert rig.value(EMAIL) == {
        "smtp_server": "smtp.example.com", "smtp_port": 587, "use_tls": True,
        "sender_email": "a@example.com",
        "recipients": [{"email": "ana@example.com", "name": "Ana"}],
    }  # fmt: skip
    second = {"email-1": "rui@example.com", "name-1": "", "daily-1": "1"}
    ana, review = await saved(rig, **row, **second, sender_name="<b>Us</b>", limit="9")
    await confirm(ana, review)
    assert rig.configuration.email is not None
    assert [each.receive_errors for each in rig.configuration.email.recipients] == [True, False]
    assert rig.configuration.email.report_settings.call_list_limit == 9
    page = await ana.get("/console/configuration/email")
    assert "<b>Us</b>" not in page.text
    ana, review = await saved(rig, **row, **second, **{"gone-0": "1"})
    await confirm(ana, review)
    assert [each["email"] for each in rig.value(EMAIL)["recipients"]] == ["rui@example.com"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"server": ""}, "server"),
        ({"port": "70000"}, "port"),
        ({"sender": "Ana <a@example.com>"}, "sender"),
        ({"limit": "many"}, "limit"),
        ({"email-0": "nobody"}, "email-0"),
        ({"email-0": "a@b.example", "email-1": "A@b.example"}, "email-1"),
        ({"ca_file": "data/none.pem"}, "ca_file"),
    ],
)
async def test_mistakes_are_told_at_their_fields(
    rig: Rig, fields: dict[str, str], wrong: str
) -> None:
    _, answer = await saved(rig, **fields)
    assert answer.status_code == 422
    assert f'href="#f-{wrong}"' in answer.text
    assert f'id="f-{wrong}-error"' in answer.text
    assert not (rig.root / EMAIL).exists()


async def test_mail_that_would_travel_unprotected_is_refused(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    fields = {name: value for name, value in SERVER.items() if name != "tls"}
    answer = await sent(ana, "/email", "/email", **fields)
    assert answer.status_code == 422
    assert 'href="#f-tls"' in answer.text


async def test_a_password_goes_into_the_vault_and_is_never_shown(rig: Rig) -> None:
    ana = await rig.stage.signed_in()
    short = await sent(ana, "/email", "/email/password", username="us", secret="")
    assert short.status_code == 422
    done = await sent(ana, "/email", "/email/password", username="us", secret="hunter2")
    assert done.status_code == 303
    kept = Vault.open(rig.root).load().smtp
    assert kept is not None
    assert (kept.username, kept.password.get_secret_value()) == ("us", "hunter2")
    assert stat.S_IMODE((rig.root / "data/credentials.enc").stat().st_mode) == 0o600
    page = await ana.get("/console/configuration/email")
    assert "Set" in page.text
    assert "hunter2" not in page.text + done.text
    entry = rig.stage.db.run_sync(audit.entries)[0]
    assert (entry.action, entry.actor) == ("credentials.change", "console:ana")
    assert "hunter2" not in entry.detail
    await sent(ana, "/email", "/email/password/forget")
    assert Vault.open(rig.root).load().smtp is None


async def test_a_test_shows_what_the_server_said(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good news and bad in the server's own words."""
    asked: list[Any] = []

    async def try_it(config: Any, credentials: Any, to: str) -> str:
        asked.append((config.smtp_server, to))
        if len(asked) > 1:
            raise OperatorError("SMTP-535", "The server said: 5.7.8 <b>no</b>")
        return "Connected, and it took the test mail."

    monkeypatch.setattr(email_page, "try_mail_server", try_it)
    ana = await rig.stage.signed_in()
    early = await sent(ana, "/email", "/email/test", to="ana@example.com")
    assert early.status_code == 422
    ana, review = await saved(rig)
    await confirm(ana, review)
    assert (await sent(ana, "/email", "/email/test", to="nobody")).status_code == 422
    await sent(ana, "/email", "/email/password", username="us", secret="hunter2")
    good = await sent(ana, "/email", "/email/test", to="ana@example.com")
    assert "it took the test mail" in good.text
    assert asked == [("smtp.example.com", "ana@example.com")]
    bad = await sent(ana, "/email", "/email/test", to="ana@example.com")
    assert "5.7.8 &lt;b&gt;no" in bad.text
    assert "SMTP-535" in bad.text
