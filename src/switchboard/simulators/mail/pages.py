"""Look into the mailbox with a browser: `/_sim/mail`, and each mail as its reader would see it."""

from __future__ import annotations

import base64
import html
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.simulators.core.stage import Stage
from switchboard.simulators.mail.state import Delivered, MailRules, as_json

# A mail is somebody else's document: it runs nothing and fetches nothing.
_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_RULES = TypeAdapter(MailRules)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid #ddd}}</style><h1>{title}</h1>{body}</html>"""


def mail_routes(stage: Stage) -> list[BaseRoute]:
    """Return the routes of the control door that concern mail."""

    async def listing(_: Request) -> Response:
        rows = "".join(_row(mail) for mail in reversed(stage.world.mail.messages))
        head = "<tr><th>#</th><th>To</th><th>Subject</th><th>Bytes</th><th></th></tr>"
        body = f"<table>{head}{rows}</table>" if rows else "<p>No mail yet.</p>"
        return HTMLResponse(_PAGE.format(title="Simulated mailbox", body=body))

    async def one(request: Request) -> Response:
        mail = _find(stage, request)
        if mail is None:
            return PlainTextResponse("There is no such mail.", 404)
        return HTMLResponse(_readable(mail), headers={"Content-Security-Policy": _POLICY})

    async def raw(request: Request) -> Response:
        mail = _find(stage, request)
        if mail is None:
            return PlainTextResponse("There is no such mail.", 404)
        return Response(mail.content, media_type="message/rfc822")

    async def rules(request: Request) -> Response:
        state = stage.world.mail
        if request.method == "POST":
            try:
                wanted = asdict(state.rules) | dict(await request.json())
                unknown = sorted(set(wanted) - set(asdict(state.rules)))
                if unknown:
                    return JSONResponse({"error": f"Unknown keys: {', '.join(unknown)}."}, 400)
                state.rules = _RULES.validate_python(wanted)
            except (ValidationError, ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(asdict(state.rules))

    return [
        Route("/mail", listing),
        Route("/mail/rules", rules, methods=["GET", "POST"]),
        Route("/mail/{number:int}", one),
        Route("/mail/{number:int}.eml", raw),
    ]


def _find(stage: Stage, request: Request) -> Delivered | None:
    number = int(request.path_params["number"])
    return next((each for each in stage.world.mail.messages if each.number == number), None)


def _row(mail: Delivered) -> str:
    seen = as_json(mail)
    cells = (str(mail.number), ", ".join(mail.recipients), seen["subject"], str(seen["size"]))
    link = f'<a href="mail/{mail.number}">read</a> <a href="mail/{mail.number}.eml">source</a>'
    return f"<tr>{''.join(f'<td>{html.escape(each)}</td>' for each in cells)}<td>{link}</td></tr>"


def _readable(mail: Delivered) -> str:
    message = mail.message()
    rich = message.get_body(("html",))
    if rich is None:
        plain: Any = message.get_body(("plain",))
        text = plain.get_content() if plain else ""
        title = html.escape(str(message["subject"] or ""))
        return _PAGE.format(title=title, body=f"<pre>{html.escape(text)}</pre>")
    content = str(rich.get_content())
    for part in message.walk():
        cid = (part["content-id"] or "").strip("<>")
        if cid:
            image: Any = part.get_payload(decode=True)
            data = base64.b64encode(image or b"").decode()
            content = content.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{data}")
    return content
