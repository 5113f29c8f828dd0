"""Who asks for a page, and what they may see: the dependencies every page is protected by.

@router.get("/calls")
async def calls(visit: Viewer) -> Response:
    return await visit.page("calls.html", calls=await visit.read(recent_calls))
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from switchboard.console.attention.looking import Badge
from switchboard.console.cookies import Cookies
from switchboard.console.devices import Device, device_of
from switchboard.console.problems import NeedSignInError, refused
from switchboard.console.rendering import render
from switchboard.console.service import ConsoleService
from switchboard.store import console_sessions
from switchboard.store.accounts import Account, Role
from switchboard.store.console_sessions import Session

T = TypeVar("T")
POLL = "x-console-poll"  # A page that looks by itself is no sign of a person.
_FORM_SECRET = 64  # Hexadecimal digits.


@dataclass(slots=True)
class Visit:
    """One request: who it is from, and how it is answered."""

    request: Request
    service: ConsoleService
    cookies: Cookies
    form_secret: str
    session: Session | None = None
    holder: Account | None = None

    @property
    def account(self) -> Account:
        """Whoever is signed in; NeedSignInError when nobody is."""
        if self.holder is None or self.session is None or self.session.stage != "in":
            wanted = self.request.url.path if self.request.method == "GET" else ""
            raise NeedSignInError(wanted)
        return self.holder

    @property
    def signed_in(self) -> bool:
        return self.session is not None and self.session.stage == "in"

    @property
    def actor(self) -> str:
        """Name who does this, for the audit trail."""
        return f"console:{self.account.name}"

    @property
    def device(self) -> Device:
        return device_of(self.request)

    @property
    def root(self) -> str:
        """Where the console is mounted, such as /console."""
        return str(self.request.scope.get("root_path", ""))

    def now(self) -> float:
        return self.service.clock()

    @property
    def badge(self) -> Badge:
        """How much needs attention, as the side bar says it."""
        found: Badge = self.request.app.state.attention
        return found

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run *fn*, which changes nothing, beside whoever writes: for all that is only shown."""
        return await self.service.db.read(fn)

    async def run(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run *fn* in the store, in one transaction, in turn with everybody who writes."""
        return await self.service.db.run(fn)

    async def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Answer with a page; 422 for a form that has to be corrected."""
        notice = None
        if self.session is not None and self.session.notice is not None:
            notice = await self.run(partial(console_sessions.take_notice, session=self.session))
        waiting = await self.badge.of(self.service) if self.signed_in else 0
        response = render(
            self, template, status, {"notice": notice, "attention": waiting, **context}
        )
        if self.session is None and self.cookies.form != self.form_secret:
            self.cookies.keep_form(response, self.form_secret)
        return response

    async def go(
        self, path: str, notice: str = "", *, kind: str = "ok", link: tuple[str, str] | None = None
    ) -> Response:
        """Send the browser to another page of ours, which tells *notice* once.

        *link* is shown behind the notice: its words, and one of our pages.
        """
        if notice and self.session is not None:
            leave = partial(
                console_sessions.leave_notice,
                session=self.session,
                kind=kind,
                text=notice,
                link=link,
            )
            await self.run(leave)
        return RedirectResponse(f"{self.root}{path}", 303)


async def visitor(request: Request) -> Visit:
    """Find out who is asking."""
    service: ConsoleService = request.app.state.console
    cookies = Cookies(request, https=service.https)
    now, polls = service.clock(), POLL in request.headers
    found = None
    if cookies.session:
        know = partial(_known, session_id=cookies.session, now=now, polls=polls)
        found = await (service.db.read(know) if polls else service.db.run(know, durable=False))
    if found is not None:
        session, holder = found
        return Visit(request, service, cookies, session.csrf, session, holder)
    return Visit(request, service, cookies, _form_secret(cookies.form))


def _known(
    conn: sa.Connection, *, session_id: str, now: float, polls: bool
) -> tuple[Session, Account] | None:
    found = console_sessions.load(conn, session_id, now)
    if found is not None and not polls:
        console_sessions.seen(conn, found[0], now)
    return found


def _form_secret(held: str) -> str:
    usable = len(held) == _FORM_SECRET and set(held) <= set("0123456789abcdef")
    return held if usable else secrets.token_hex(_FORM_SECRET // 2)


Anybody = Annotated[Visit, Depends(visitor)]


def at_least(role: Role) -> Callable[[Visit], Coroutine[Any, Any, Visit]]:
    """Return the dependency that lets in who may do what *role* may."""

    async def allowed(visit: Anybody) -> Visit:
        if not visit.account.may(role):
            raise refused(f"This needs the role {role}; yours is {visit.account.role}.")
        return visit

    allowed.__name__ = f"at_least_{role}"
    return allowed


Viewer = Annotated[Visit, Depends(at_least("viewer"))]
Operator = Annotated[Visit, Depends(at_least("operator"))]
Administrator = Annotated[Visit, Depends(at_least("administrator"))]
