"""The sandbox writes a configuration with which chats can be led to tickets at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from switchboard.bootstrap import open_chats, open_store
from switchboard.cli.app import app
from switchboard.config.load import inspect, load
from switchboard.flows.chat_to_ticket.detector.detector import Detector
from switchboard.simulators.scenario import connect_bot, write_config
from switchboard.simulators.server import SimulatorServer
from switchboard.vendors.zoho_salesiq.signature import load_keys, signature_ok


@pytest.fixture(autouse=True)
def _no_desk_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "ORG_ID", "DEPARTMENT_ID"):
        monkeypatch.delenv(f"ZOHO_DESK_{name}", raising=False)


def test_desk_and_salesiq_accept_what_is_written(tmp_path: Path) -> None:
    """Department, assignee, custom fields and keys are those the invented portals have."""
    with SimulatorServer(scenario="empty", calls=0) as server:
        connect_bot(server.world, "http://127.0.0.1:8123/webhook/salesiq")
        write_config(server.world, server.base_url, tmp_path, server_port=8123)
        configuration = load(tmp_path)
        assert [each.message for each in inspect(tmp_path)[1]] == []
        desk, salesiq = configuration.desk, configuration.salesiq
        assert desk is not None
        assert salesiq is not None
        assert configuration.settings.server.port == 8123

        async def ask() -> dict[str, Any]:
            with open_store(configuration) as db:
                detector = cast("Detector", lambda _text: None)
                async with open_chats(configuration, db, detector=detector) as session:
                    tools = session.tools
                    assert tools.desk is not None
                    assert tools.salesiq is not None
                    chat = server.world.salesiq.state.open({"name": "Ines"})
                    return {
                        "departments": await tools.desk.read_departments(),
                        "agents": await tools.desk.read_agents(),
                        "fields": await tools.desk.read_fields(department_id=tools.department_id),
                        "chat": await tools.salesiq.read_conversation(chat.id),
                        "department": tools.department_id,
                        "can_mail": tools.can_mail,
                    }

        found = asyncio.run(ask())
        raw = b'{"handler": "trigger"}'
        bot, signed = server.world.salesiq.state.bot, server.world.salesiq.state.keys.sign(raw)
    assert found["department"] in {each.id for each in found["departments"] if each.is_enabled}
    assert desk.default_assignee in {each.id for each in found["agents"]}
    wanted = set(desk.custom_fields.model_dump().values())
    sizes = {each.api_name: each.max_length for each in found["fields"] if each.api_name in wanted}
    assert sizes == dict.fromkeys(wanted, 255)
    assert found["can_mail"]
    assert found["chat"]
    assert (bot.url, bot.secure) == ("http://127.0.0.1:8123/webhook/salesiq", True)
    assert signature_ok(raw, signed, load_keys(salesiq.public_keys))


@pytest.mark.parametrize("bot", ["127.0.0.1:8000", "ftp://127.0.0.1/x", "http://[::1"])
def test_a_bot_without_an_address_is_refused(bot: str) -> None:
    outcome = CliRunner().invoke(app, ["sandbox", "--bot", bot, "--port", "0"])
    assert outcome.exit_code == 2
