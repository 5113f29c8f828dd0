"""The simulated portal treats a bot as SalesIQ does: signed, impatient, and unforgiving."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.responses import Response
from tests.component.salesiq.salesiq_stage import BOT_URL, ChatRig, echo, never, reply

from switchboard.vendors.zoho_salesiq.signature import load_keys, signature_ok


async def test_a_chat_goes_to_the_bot_and_back() -> None:
    """Opening it triggers; the first message says `chat`, later ones `message`."""
    async with ChatRig() as rig:
        chat = await rig.opened(name="Ada", email="ada@example.com")
        await rig.say(chat, "Hello")
        await rig.say(chat, "Yes")
        first, second, third = rig.bot.heard
        assert (first["handler"], second["operation"], third["operation"]) == (
            "trigger",
            "chat",
            "message",
        )
        assert second["visitor"]["active_conversation_id"] == chat
        assert second["visitor"]["email"] == "ada@example.com"
        assert len({each["request"]["id"] for each in rig.bot.heard}) == 3
        assert await rig.said(chat) == ["handler trigger", "You said: Hello", "You said: Yes"]
        assert (await rig.view(chat))["suggestions"] == ["Yes", "No"]


async def test_deliveries_are_signed_by_the_oldest_key() -> None:
    """Rotating: make the second, install both, delete the first."""
    async with ChatRig() as rig:
        await rig.control("bot", secure=True)
        old, new = [load_keys([key["public_key"]]) for key in await rig.control("keys")]
        await rig.opened()
        assert (await rig.http.post("/_sim/salesiq/keys")).status_code == 400
        await rig.http.delete("/_sim/salesiq/keys/key-1")
        await rig.opened()
        (before, said), (after, sent) = rig.bot.posted
        assert signature_ok(before, said["x-siqsignature"], old)
        assert not signature_ok(before, said["x-siqsignature"], new)
        assert signature_ok(after, sent["x-siqsignature"], new)


async def test_while_suggestions_show_nobody_can_type() -> None:
    async with ChatRig() as rig:
        chat = await rig.opened()
        await rig.say(chat, "Hello")
        refused = await rig.say(chat, "something else")
        assert refused.status_code == 409
        assert rig.bot.words() == ["Hello"]


async def test_suggestions_beside_a_card_are_dropped() -> None:
    """As SalesIQ does: a bot that sends both loses the choices."""
    card = {"type": "email"}
    async with ChatRig(lambda _: reply("Mail?", input=card, suggestions=["Skip"])) as rig:
        view = await rig.view(await rig.opened())
        assert (view["suggestions"], view["input"]) == ([], card)


async def test_salesiq_refuses_a_wrong_address_by_itself() -> None:
    """The bot never hears of it."""
    card = {"type": "email", "error": ["That is no address."]}
    async with ChatRig(lambda _: reply("Mail?", input=card)) as rig:
        chat = await rig.opened()
        await rig.say(chat, "nonsense")
        assert rig.bot.words() == []
        assert (await rig.said(chat))[-1] == "That is no address."
        await rig.say(chat, "ada@example.com")
        assert rig.bot.words() == ["ada@example.com"]


async def test_a_slow_bot_is_not_waited_for() -> None:
    """The visitor sees nothing, and the bot hears `failure` 1007."""
    slow = {"message": never}
    async with ChatRig(lambda d: slow.get(d["handler"], echo)(d)) as rig:
        await rig.control("rules", timeout_s=0.05)
        chat = await rig.opened()
        await rig.say(chat, "Hello")
        assert rig.bot.heard[-1]["cause"] == {"code": 1007, "desc": "execution_failure"}
        outcomes = [each["outcome"] for each in await rig.state("deliveries")]
        assert outcomes == ["answered", "timeout", "answered"]


@pytest.mark.parametrize(
    "answer",
    [
        {"replies": ["no action"]},
        {"action": "reply"},
        {"action": "reply", "replies": "not a list"},
        {"action": "context", "questions": []},
        {"action": "forward", "operators": 5},
        {"action": "reply", "replies": [{"type": "file"}]},
        {"action": "reply", "replies": ["a"], "input": {"type": "select"}},
        {"action": "reply", "replies": ["a"], "suggestions": [1]},
        {"status": "ok", "message": "shown to nobody"},
        [],
        Response("not json"),
        Response(status_code=500),
    ],
)
async def test_an_unusable_answer_is_a_failure(answer: Any) -> None:
    async with ChatRig(lambda d: echo(d) if d["handler"] == "failure" else answer) as rig:
        chat = await rig.opened()
        assert rig.bot.handlers() == ["trigger", "failure"]
        assert await rig.said(chat) == ["handler failure"]


async def test_a_text_that_is_too_long_comes_back() -> None:
    long = {"trigger": reply("x" * 251)}
    async with ChatRig(lambda d: long.get(d["handler"]) or echo(d)) as rig:
        await rig.opened()
        assert rig.bot.heard[-1]["cause"]["code"] == 1005


async def test_the_fourth_failure_switches_the_bot_off() -> None:
    """Two mails before, and nothing is delivered after it."""
    async with ChatRig(lambda _: Response(status_code=503)) as rig:
        for _ in range(3):
            await rig.opened()
        (bot,) = await rig.state("bot")
        assert (bot["enabled"], bot["failures"]) == (False, 4)
        assert len(bot["mails"]) == 3
        assert len(rig.bot.posted) == 4
        rig.bot.answerer = echo
        await rig.control("bot", enabled=True)
        await rig.opened()
        assert len(rig.bot.posted) == 5


async def test_410_switches_the_bot_off_at_once() -> None:
    async with ChatRig(lambda _: Response(status_code=410)) as rig:
        await rig.opened()
        (bot,) = await rig.state("bot")
        assert (bot["enabled"], bot["off_because"]) == (False, "HTTP 410")


async def test_a_success_forgives_what_failed_before() -> None:
    answers = iter([Response(status_code=500)] * 2 + [reply("better")] * 9)
    async with ChatRig(lambda _: next(answers)) as rig:
        await rig.opened()
        await rig.opened()
        (bot,) = await rig.state("bot")
        assert (bot["enabled"], bot["failures"]) == (True, 0)


async def test_a_delivery_can_come_twice() -> None:
    """The same request id; the second answer is shown to nobody."""
    async with ChatRig() as rig:
        chat = await rig.opened()
        await rig.control("faults", kind="duplicate", handler="message", delay_s=0)
        await rig.say(chat, "Hello")
        _, first, second = rig.bot.posted
        assert first[0] == second[0]
        assert (await rig.said(chat)).count("You said: Hello") == 1


@pytest.mark.parametrize("kind", ["late", "reorder"])
async def test_deliveries_can_overtake_each_other(kind: str) -> None:
    async with ChatRig(lambda d: reply("ok")) as rig:
        chat = await rig.opened()
        await rig.control("faults", kind=kind, handler="message", delay_s=0.1)
        await rig.say(chat, "first", wait=False)
        await rig.say(chat, "second")
        assert rig.bot.words() == ["second", "first"]


async def test_an_answer_can_get_lost() -> None:
    async with ChatRig() as rig:
        chat = await rig.opened()
        await rig.control("faults", kind="answer_lost", handler="message")
        await rig.say(chat, "Hello")
        assert await rig.said(chat) == ["handler trigger", "handler failure"]


def later(delivery: dict[str, Any]) -> Any:
    if delivery["handler"] == "message":
        return {"action": "pending", "replies": ["One moment"]}
    return reply(f"handler {delivery['handler']}")


async def test_a_pending_answer_follows_by_callback() -> None:
    async with ChatRig(later) as rig:
        await rig.sign_in()
        chat = await rig.opened()
        await rig.say(chat, "Hello")
        assert (await rig.view(chat))["pending"] == {"progress": ""}
        await rig.late("progress", {"text": "Looking it up"})
        assert (await rig.view(chat))["pending"] == {"progress": "Looking it up"}
        await rig.late("response", reply("Here it is", suggestions=["Thanks"]))
        view = await rig.view(chat)
        assert (view["pending"], view["suggestions"]) == (None, ["Thanks"])
        assert (await rig.said(chat))[-1] == "Here it is"


async def test_a_second_callback_is_refused() -> None:
    """Nobody wrote down what the vendor does; the harsher reading it is."""
    async with ChatRig(later) as rig:
        await rig.sign_in()
        await rig.say(await rig.opened(), "Hello")
        assert "data" in await rig.late("response", reply("once"))
        assert (await rig.late("response", reply("twice")))["error"]["code"] == 1019


async def test_after_three_minutes_it_is_too_late() -> None:
    async with ChatRig(later) as rig:
        await rig.sign_in()
        chat = await rig.opened()
        await rig.say(chat, "Hello")
        rig.clock.advance(181)
        assert (await rig.late("response", reply("late")))["error"]["code"] == 1019
        await rig.portal.courier.quiet()
        assert (await rig.said(chat))[-1] == "handler failure"


def forward(delivery: dict[str, Any]) -> Any:
    if delivery["handler"] == "failure":
        return reply("Nobody is there; a ticket then.")
    return {"action": "forward", "replies": ["I get somebody"], "department": "40001"}


async def test_a_person_takes_over() -> None:
    """From then on the bot hears nothing."""
    async with ChatRig(forward) as rig:
        chat = await rig.opened()
        view = await rig.view(chat)
        assert (view["status"], view["operator"]) == ("operator", "Mara Lindqvist")
        await rig.say(chat, "Hello Mara")
        await rig.control(f"conversations/{chat}/operator", text="Hello!")
        assert len(rig.bot.posted) == 1
        assert await rig.said(chat, "operator") == ["Hello!"]


@pytest.mark.parametrize(
    ("setting", "code"), [({"available": False}, 1002), ({"open": False}, 1001)]
)
async def test_where_nobody_can_take_over_the_bot_is_told(
    setting: dict[str, bool], code: int
) -> None:
    async with ChatRig(forward) as rig:
        await rig.control("operators", **setting)
        chat = await rig.opened()
        failure = rig.bot.heard[-1]
        assert failure["cause"]["code"] == code
        assert failure["failed_response"]["action"] == "forward"
        assert (await rig.said(chat))[-1] == "Nobody is there; a ticket then."


async def test_a_department_nobody_knows_is_told_as_well() -> None:
    async with ChatRig(
        lambda d: echo(d) if d["handler"] == "failure" else {"action": "forward", "department": "9"}
    ) as rig:
        await rig.opened()
        assert rig.bot.heard[-1]["cause"]["code"] == 1003


async def test_a_bot_that_forwards_again_and_again_is_found_out() -> None:
    """At the vendor it would go on for ever."""
    async with ChatRig(lambda _: {"action": "forward"}) as rig:
        await rig.control("operators", available=False)
        await rig.opened()
        (conversation,) = await rig.state("conversations")
        assert conversation["looped"]
        assert conversation["status"] == "missed"


@pytest.mark.parametrize(("action", "status"), [("end", "ended"), ("operator_busy", "missed")])
async def test_the_bot_can_end_a_chat(action: str, status: str) -> None:
    async with ChatRig(lambda _: {"action": action, "replies": ["Bye"]}) as rig:
        chat = await rig.opened()
        assert (await rig.view(chat))["status"] == status
        assert (await rig.say(chat, "Hello?")).status_code == 409


def questions(delivery: dict[str, Any]) -> Any:
    if delivery["handler"] == "context":
        return reply(f"{delivery['context_id']}: {json.dumps(delivery['answers'])}")
    asked = [
        {"name": "plan", "replies": ["Which plan?"], "suggestions": ["Gold", "Silver"]},
        {"name": "mail", "replies": ["Your e-mail?"], "input": {"type": "email"}},
    ]
    return {"action": "context", "context_id": "disk", "questions": asked}


async def test_salesiq_asks_the_questions_of_a_context_itself() -> None:
    async with ChatRig(questions) as rig:
        chat = await rig.opened()
        await rig.say(chat, "Gold")
        await rig.say(chat, "no address")
        await rig.say(chat, "ada@example.com")
        assert rig.bot.handlers() == ["trigger", "context"]
        assert (await rig.said(chat))[-1] == 'disk: {"plan": "Gold", "mail": "ada@example.com"}'


async def test_a_file_reaches_the_bot_as_an_address() -> None:
    async with ChatRig() as rig:
        chat = await rig.opened()
        await rig.http.post(
            f"/chat/api/conversations/{chat}/files?name=error.png",
            content=b"pixels",
            headers={"Content-Type": "image/png"},
        )
        await rig.portal.courier.quiet()
        (file,) = rig.bot.heard[-1]["attachments"]
        assert (file["name"], file["type"], file["size"]) == ("error.png", "image/png", 6)
        assert (await rig.http.get(file["url"])).content == b"pixels"


async def test_the_rest_api_reads_notes_closes_and_transfers() -> None:
    async with ChatRig() as rig:
        await rig.sign_in()
        chat = await rig.opened(name="Ada")
        shown = (await rig.rest("GET", f"/conversations/{chat}"))["data"]
        assert shown["visitor_conversation_id"] == chat
        number = shown["id"]
        assert (await rig.rest("GET", f"/conversations/{number}/messages"))["data"]
        await rig.rest("POST", f"/conversations/{number}/notes", {"notes": "Ticket 101"})
        await rig.rest("PUT", f"/conversations/{number}/transfer", {"department_id": "40002"})
        await rig.rest("PUT", f"/conversations/{number}/close")
        (conversation,) = await rig.state("conversations")
        assert conversation["notes"][0]["note"] == "Ticket 101"
        assert (conversation["department"], conversation["status"]) == ("40002", "ended")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/conversations/none", 1019),
        ("PUT", "/conversations/{chat}/notes", 1004),
        ("POST", "/conversations/{chat}/notes", 1031),
        ("PUT", "/conversations/{chat}/transfer", 1025),
        ("POST", "/callbacks/none/response", 1019),
    ],
)
async def test_errors_come_with_http_200(method: str, path: str, code: int) -> None:
    async with ChatRig() as rig:
        await rig.sign_in()
        chat = await rig.opened()
        assert (await rig.rest(method, path.format(chat=chat)))["error"]["code"] == code


async def test_tokens_scopes_and_pace_are_checked() -> None:
    async with ChatRig() as rig:
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1002
        rig.http.headers["Authorization"] = "Zoho-oauthtoken wrong"
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1008
        await rig.sign_in()
        world = rig.app.state.stage.world
        for access in world.accounts.access_tokens.values():
            access.scopes = ("SalesIQ.callbacks.UPDATE",)
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1009
        await rig.control("rules", calls_per_minute=1)
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1023
        rig.clock.advance(800)
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1023
        rig.clock.advance(200)
        assert (await rig.rest("GET", "/conversations"))["error"]["code"] == 1009


async def test_what_is_not_imitated_says_so() -> None:
    """Never a polite 200."""
    async with ChatRig() as rig:
        for path in ("/salesiq/api/visitor/v1/sim-portal/conversations", "/salesiq/api/v2/x/y/z"):
            assert (await rig.http.post(path, json={})).status_code == 501


async def test_an_address_that_does_not_answer_cannot_be_saved() -> None:
    async with ChatRig() as rig:
        refused = await rig.http.post(
            "/_sim/salesiq/bot", json={"url": BOT_URL.replace("salesiq", "elsewhere")}
        )
        assert refused.status_code == 400
        assert (await rig.http.post("/_sim/salesiq/bot", json={"uri": "x"})).status_code == 400
        assert (await rig.http.post("/_sim/salesiq/faults", json={"kind": "x"})).status_code == 400


async def test_the_chat_page_runs_nothing_foreign() -> None:
    """Visitors and bots are strangers to the page, and so is every other host."""
    async with ChatRig() as rig:
        page = await rig.http.get("/chat/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for name in ("chat.js", "cards.js", "chat.css"):
            text = (await rig.http.get(f"/chat/{name}")).text
            assert "innerHTML" not in text
            assert "//cdn" not in text
