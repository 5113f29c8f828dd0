"""The texts of the mails of chats: read, previewed in a sandbox, tried, changed, taken back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from switchboard.config.documents import is_mail_address
from switchboard.console.headers import CSP
from switchboard.console.mail_texts.drafts import Draft, draft_of
from switchboard.console.mail_texts.examples import FIRST, REAL, Example, latest, made_up
from switchboard.console.mail_texts.sending import send_test
from switchboard.console.routes.reports import REPORT_CSP
from switchboard.console.routes.workflows import root_of
from switchboard.console.saving import review
from switchboard.console.saving import seen as seen_now
from switchboard.console.visit import Administrator, Viewer, Visit
from switchboard.errors import RejectedError, SwitchboardError
from switchboard.flows.chat_to_ticket.mails.catalogue import mails, values
from switchboard.flows.chat_to_ticket.mails.engine import PARTS, place_of
from switchboard.flows.chat_to_ticket.mails.templates import load_templates
from switchboard.store import audit

router = APIRouter(prefix="/configuration/mails")
HOME = "/configuration/mails"
_TEXT, _SEEN = "text-", "seen-"
_FRAMING = {"Content-Security-Policy": f"{CSP}; frame-src 'self'"}
_FRAMED = {
    "Content-Security-Policy": REPORT_CSP.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
WhichExample = Annotated[str, Query(alias="example", max_length=10)]


@router.get("")
async def listed(visit: Viewer) -> Response:
    root = root_of(visit)
    known = await asyncio.to_thread(mails, root)
    templates = await asyncio.to_thread(load_templates, root)
    strays = [each for each in templates.findings if each.code == "CHAT-123"]
    return await visit.page("mail_texts/list.html", known=known, strays=strays)


@router.get("/{name}")
async def one(visit: Viewer, name: str, example: WhichExample = FIRST) -> Response:
    return await _page(visit, await _draft(visit, name), example)


@router.get("/{name}/document")
async def document(visit: Viewer, name: str, example: WhichExample = FIRST) -> Response:
    """The mail as it would be sent now, where nothing in it can do anything."""
    return await _framed(visit, await _draft(visit, name), example)


@router.post("/{name}/document")
async def document_of_draft(visit: Viewer, name: str) -> Response:
    sent = await _sent(visit)
    return await _framed(visit, await _draft(visit, name, sent), sent.get("example", FIRST))


@router.post("/{name}/check")
async def check(visit: Viewer, name: str) -> Response:
    """Show the page with what stands in the form, its findings and its preview."""
    sent = await _sent(visit)
    return await _page(visit, await _draft(visit, name, sent), sent.get("example", FIRST), sent)


@router.post("/{name}")
async def save(visit: Administrator, name: str) -> Response:
    """Show what would change; a text with an error is not taken."""
    sent = await _sent(visit)
    draft = await _draft(visit, name, sent)
    if draft.errors:
        return await _page(visit, draft, sent.get("example", FIRST), sent, status=422, refused=True)
    return await _review(visit, draft, sent, draft.changes)


@router.post("/{name}/standard")
async def standard(visit: Administrator, name: str) -> Response:
    """Propose to remove the operator's texts of this mail."""
    draft = await _draft(visit, name)
    return await _review(
        visit, draft, await _sent(visit), {each.place: None for each in draft.mail.parts}
    )


@router.post("/{name}/test")
async def test(visit: Administrator, name: str) -> Response:
    """Send the mail as it stands in the form, never with somebody's real ticket."""
    sent = await _sent(visit)
    draft, to = await _draft(visit, name, sent), sent.get("to", "").strip()
    example = sent.get("example", FIRST)
    show = partial(_page, visit, draft, example, sent)
    if not is_mail_address(to):
        words = "Enter one e-mail address, such as ana@example.com."
        return await show(status=422, test_errors={"to": words})
    cases = made_up(name, visit.service.configuration())
    made = draft.templates.render(name, _chosen(cases, example).facts)
    try:
        await send_test(visit.service.configuration(), made, to)
    except SwitchboardError as error:
        return await show(failed=(error.code, error.message))
    place = place_of(name)
    await visit.run(partial(audit.append, actor=visit.actor, action="mail.test", subject=place))
    return await show(said=f"The mail server took it for {to}.")


async def _review(
    visit: Visit, draft: Draft, sent: dict[str, str], changes: dict[str, str | None]
) -> Response:
    seen = {each.place: sent.get(f"{_SEEN}{each.part}", "") for each in draft.mail.parts}
    title = f"Mail: {draft.mail.about.title}"
    back = f"{HOME}/{draft.mail.name}"
    return await review(visit, title=title, changes=changes, seen=seen, back=back)


async def _draft(visit: Visit, name: str, sent: dict[str, str] | None = None) -> Draft:
    texts: dict[str, str] | None = None
    if sent is not None and visit.account.may("administrator"):  # Others try nothing of theirs.
        texts = {part: sent.get(f"{_TEXT}{part}", "") for part in PARTS}
    draft = await asyncio.to_thread(draft_of, root_of(visit), name, texts)
    if draft is None:
        raise RejectedError("CON-404", "There is no such mail.")
    return draft


async def _sent(visit: Visit) -> dict[str, str]:
    form = await visit.request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _examples(visit: Visit, name: str) -> list[Example]:
    cases = made_up(name, visit.service.configuration())
    try:
        tools = await visit.service.chats()
        real = await visit.read(partial(latest, tools=tools, name=name))
    except SwitchboardError:  # Chats are not set up, or the vault cannot be opened.
        return cases
    return cases if real is None else [*cases, real]


def _chosen(examples: list[Example], wanted: str) -> Example:
    return next((each for each in examples if each.id == wanted), examples[0])


async def _framed(visit: Visit, draft: Draft, wanted: str) -> Response:
    example = _chosen(await _examples(visit, draft.mail.name), wanted)
    made = await asyncio.to_thread(draft.templates.render, draft.mail.name, example.facts)
    return Response(made.html, media_type="text/html; charset=utf-8", headers=_FRAMED)


async def _page(
    visit: Visit,
    draft: Draft,
    wanted: str,
    sent: dict[str, str] | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    name, root = draft.mail.name, root_of(visit)
    examples = await _examples(visit, name)
    example = _chosen(examples, wanted)
    seen = {}
    for each in draft.mail.parts:
        now = await asyncio.to_thread(seen_now, root, each.place)
        seen[each.part] = (sent or {}).get(f"{_SEEN}{each.part}") or now
    shown = {"refused": False, "test_errors": {}, "failed": None, "said": "", **context}
    response = await visit.page(
        "mail_texts/mail.html",
        status,
        mail=draft.mail,
        draft=draft,
        seen=seen,
        examples=[(each.id, each.title) for each in examples],
        example=example.id,
        is_real=example.id == REAL,
        made=await asyncio.to_thread(draft.templates.render, name, example.facts),
        values=values(name),
        to=(sent or {}).get("to", ""),
        mails_set_up=visit.service.configuration().email is not None,
        writable=visit.account.may("administrator"),
        **shown,
    )
    response.headers.update(_FRAMING)
    return response
