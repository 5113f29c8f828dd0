"""Read JSON strictly: what could not be stored, compared or passed on later is refused here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from switchboard.api.problems import RequestError

MOST_DIGITS = 30  # Ids of vendors have up to 20; Python refuses to read more than 4,300.
DEEPEST = 20


class StrictRoute(APIRoute):
    """A route whose body, if it has one, is JSON and says so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        demanded = self.body_field is not None

        async def handler(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if demanded and await strict.body():
                demand_json(request.headers.get("content-type", ""))
                await strict.json()  # Here its refusal is ours; inside, FastAPI would mask it.
            return await handle(strict)

        return handler


class StrictRequest(Request):
    async def json(self) -> Any:
        return strict_json(await self.body())


def demand_json(content_type: str) -> None:
    """Refuse what is not declared as JSON: a browser's form must not pass for a request."""
    message = Message()
    message["content-type"] = content_type
    declared = message.get_content_type() if content_type else ""
    if declared != "application/json" and not declared.endswith("+json"):
        raise RequestError(415, f"The body is declared as {_shown(declared)}, not as JSON.")
    if (message.get_content_charset() or "utf-8") not in {"utf-8", "utf8", "us-ascii"}:
        raise RequestError(415, "The body is declared in another encoding than UTF-8.")


def strict_json(raw: bytes) -> Any:
    """Return the value; RequestError API-400 says what is wrong, without repeating it."""
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_constant=_constant, parse_int=_int, parse_float=_float
        )
    except UnicodeDecodeError as error:
        raise _refused(f"it is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise _refused(f"it is not JSON (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise _refused("it is nested too deeply") from None
    _look(value, DEEPEST)
    return value


def _look(value: Any, depth: int) -> None:
    if not depth:
        raise _refused("it is nested too deeply")
    if isinstance(value, str):
        _text(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            _text(key)
            _look(each, depth - 1)
    elif isinstance(value, list):
        for each in value:
            _look(each, depth - 1)


def _text(text: str) -> None:
    if "\x00" in text:
        raise _refused("it holds a NUL character")
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _refused("it holds half a character (a lone surrogate)")


def _constant(name: str) -> Any:
    raise _refused(f"{name} is no JSON number")


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _refused("it holds a number of too many digits")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _refused("it holds a number that is too large")
    return value


def _refused(reason: str) -> RequestError:
    return RequestError(400, f"The body cannot be read: {reason}.")


def _shown(declared: str) -> str:
    return declared if declared and declared.isprintable() and len(declared) <= 80 else "nothing"  # noqa: PLR2004
