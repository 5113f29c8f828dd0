"""Let visitors chat through the widget's own API, and read their mail, as people would."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from switchboard.simulators.salesiq.visitors.brain import (
    Move,
    Seen,
    Visitor,
    next_move,
    ticket_numbers,
)

End = Literal["ticket", "solved", "operator", "left", "stuck"]
AT_ONCE = 4
NEWS_SECONDS = 60.0
REPEAT_SECONDS, MOST_REPEATED = 0.4, 200
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How one visit ended; `conversation` is SalesIQ's id."""

    visitor: Visitor
    conversation: str
    end: End
    said: int
    tickets: tuple[str, ...] = ()


async def play(
    base_url: str,
    visitors: Sequence[Visitor],
    *,
    tell: Callable[[Visit], None] | None = None,
    insist: bool = False,
    patience: float = NEWS_SECONDS,
) -> list[Visit]:
    """Have everybody visit, a few at a time; return how it ended, in their order.

    Nobody waits longer than *patience* for a bot, or for a mail. Who *insists* writes again where
    the bot said nothing, and has a bot that was switched off switched on again.
    """
    turns = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=base_url, timeout=60) as http:

        async def one(visitor: Visitor) -> Visit:
            async with turns:
                visit = await _Visiting(http, visitor, patience, insist=insist).go()
            if tell is not None:
                tell(visit)
            return visit

        return list(await asyncio.gather(*map(one, visitors)))


class _Visiting:
    def __init__(
        self, http: httpx.AsyncClient, visitor: Visitor, patience: float, *, insist: bool
    ) -> None:
        self._http, self._visitor = http, visitor
        self._insist, self._patience = insist, patience
        self._tickets: list[str] = []
        self._said = self._repeated = 0

    async def go(self) -> Visit:
        who = self._visitor
        known = {"name": who.name, "email": who.email, "phone": who.phone} if who.profile else {}
        view = await self._post("", known)
        self._id: str = view["id"]
        heard = 0
        text: str | None = None
        while True:
            view = await self._quiet(view)
            texts = [m["text"] for m in view["messages"][heard:] if m["sender"] != "visitor"]
            self._tickets += ticket_numbers(texts)
            if text and self._in_vain(view, heard):
                heard = len(view["messages"])
                view = await self._once_more(view, text)
                continue
            move = next_move(who, self._seen(view, texts))
            text = await self._words(move)
            if text is None:
                return self._over(view)
            heard = len(view["messages"])
            self._said += 1
            if text == "hello":  # Said by who is asked to wait a little.
                await asyncio.sleep(REPEAT_SECONDS)
            view = await self._write(text)
            if self._said == 1 and self._visitor.sends:
                view = await self._file(await self._quiet(view))

    def _in_vain(self, view: dict[str, Any], heard: int) -> bool:
        """Tell whether the visitor's words came to nothing: the bot is gone, or was restarted."""
        spoke = {each["sender"] for each in view["messages"][heard:]} & {"bot", "operator"}
        tired = self._repeated >= MOST_REPEATED
        return self._insist and not tired and not spoke and view["status"] == "bot"

    async def _once_more(self, view: dict[str, Any], text: str) -> dict[str, Any]:
        """Write the same again, or a greeting, as one does who is not sure of being heard."""
        self._repeated += 1
        await asyncio.sleep(REPEAT_SECONDS)
        if not view["bot"]["enabled"]:
            on = {"enabled": True, "check": False}
            (await self._http.post("/_sim/salesiq/bot", json=on)).raise_for_status()
        said = text if self._repeated % 3 else "hello"
        return await self._write(said)

    async def _write(self, text: str) -> dict[str, Any]:
        """Write; where the bot was faster with other choices, look at those instead."""
        address = f"/chat/api/conversations/{self._id}"
        answer = await self._http.post(f"{address}/messages", json={"text": text})
        if answer.status_code == httpx.codes.CONFLICT:
            answer = await self._http.get(address)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def _file(self, view: dict[str, Any]) -> dict[str, Any]:
        """Send a file; where the bot waits for a choice, it is heard all the same."""
        answer = await self._http.post(
            f"/chat/api/conversations/{view['id']}/files",
            params={"name": "screen.txt"},
            content=self._visitor.sends,
            headers={"content-type": "text/plain"},
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def _seen(self, view: dict[str, Any], texts: list[str]) -> Seen:
        return Seen(
            texts=texts,
            suggestions=view["suggestions"],
            input=(view["input"] or {}).get("type", ""),
            status=view["status"],
            said=self._said,
        )

    async def _words(self, move: Move) -> str | None:
        """Return what to say; None when the visitor is done, or waited for a mail in vain."""
        if move.kind == "done":
            return None
        if move.kind == "say":
            return move.text
        return await self._code() or ("skip" if self._insist else None)

    async def _quiet(self, view: dict[str, Any]) -> dict[str, Any]:
        """Wait until the bot has said all it has to say."""
        until = asyncio.get_running_loop().time() + self._patience
        while (view["busy"] or view["pending"]) and asyncio.get_running_loop().time() < until:
            answer = await self._http.get(
                f"/chat/api/conversations/{self._id}", params={"since": view["version"]}
            )
            view = answer.raise_for_status().json()
        return view

    async def _code(self) -> str | None:
        """Look for the newest code in one's mailbox until it has come."""
        for _ in range(int(self._patience * 2)):
            answer = await self._http.get("/_sim/state/mail/messages")
            for mail in reversed(answer.raise_for_status().json()):
                found = _CODE.search(mail["text"] or "")
                if self._visitor.email in mail["to"] and found:
                    return found[0]
            await asyncio.sleep(0.5)
        return None

    def _over(self, view: dict[str, Any]) -> Visit:
        end: End
        if self._tickets:
            end = "ticket"
        elif view["status"] in {"operator", "waiting", "missed"}:
            end = "operator"
        elif self._visitor.goal == "leave":
            end = "left"
        else:
            end = "solved" if view["status"] == "ended" else "stuck"
        return Visit(
            visitor=self._visitor,
            conversation=self._id,
            end=end,
            said=self._said,
            tickets=tuple(dict.fromkeys(self._tickets)),
        )

    async def _post(self, path: str, document: dict[str, str]) -> dict[str, Any]:
        answer = await self._http.post(f"/chat/api/conversations{path}", json=document)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found
