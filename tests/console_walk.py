"""Walk through a console by its links, as somebody curious would."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

import httpx
from fastapi.routing import APIRoute
from starlette.routing import Match
from tests.console_stage import PASSWORD, SAME_SITE

from switchboard.console.app import _ROUTERS

FIRST = ("/calls?fate=parked", "/configuration/workflows/password_reset", "/dashboard")
EACH = 2  # Pages of one kind that are looked at.
MOST = 400  # Addresses that are followed.
# Addresses that are no pages (files, streams, parts), or that only another kind of visit shows.
NO_PAGE = re.compile(
    r"/static/|/setup/|/sign-in|/sign-out|/second-factor|\.(csv|json|html|txt|log)$"
    r"|/(download|document|events|export|media|file|raw|log)(/|$)"
)
_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def signed_in(base: str, name: str = "ana") -> tuple[str, str]:
    """Sign in without a browser; return the cookie's name and value."""
    with httpx.Client(base_url=base, headers=SAME_SITE) as client:
        token = _TOKEN.search(client.get("/sign-in").text)
        assert token
        fields = {"csrf": token[1], "name": name, "password": PASSWORD, "to": ""}
        assert client.post("/sign-in", data=fields).status_code == 303
        return next((key, value) for key, value in client.cookies.items() if "session" in key)


@dataclass(slots=True)
class Walk:
    """What was found: pages by address, links to nothing, and the kinds no link leads to."""

    base: str  # With /console.
    pages: list[str] = field(default_factory=list)
    kinds_of_pages: list[str] = field(default_factory=list)  # One of each kind.
    broken: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    _came_from: dict[str, str] = field(default_factory=dict)
    _routes: list[APIRoute] = field(default_factory=list)

    @property
    def missed(self) -> set[str]:
        wanted = {
            route.path
            for route in self._routes
            if "GET" in (route.methods or ()) and not NO_PAGE.search(route.path)
        }
        return wanted - set(self.kinds) - {"/"}

    def go(self, name: str = "ana") -> Walk:
        every = [route for router in _ROUTERS for route in router.routes]
        self._routes = [route for route in every if isinstance(route, APIRoute)]
        waiting, seen = list(FIRST), set[str]()
        key, value = signed_in(self.base, name)
        with httpx.Client(cookies={key: value}, timeout=30, follow_redirects=True) as client:
            while waiting and len(seen) < MOST:
                path = waiting.pop(0)
                if path in seen or not self._wanted(path):
                    continue
                seen.add(path)
                waiting += self._visit(client, path)
        return self

    def _wanted(self, path: str) -> bool:
        plain = urlsplit(path).path
        return not NO_PAGE.search(plain) and self.kinds[self._kind(plain)] < EACH

    def _visit(self, client: httpx.Client, path: str) -> list[str]:
        answer = client.get(f"{self.base}{path}")
        if answer.status_code != 200:
            came = self._came_from.get(path, "")
            self.broken.append(f"{path}: {answer.status_code}, linked from {came}")
            return []
        kind = self._kind(urlsplit(path).path)
        self.kinds[kind] += 1
        if not answer.headers["content-type"].startswith("text/html"):
            return []
        if self._kind(urlsplit(str(answer.url)).path.removeprefix("/console")) == kind:
            self.pages.append(path)
            if self.kinds[kind] == 1:
                self.kinds_of_pages.append(path)
        found = [self._ours(each.replace("&amp;", "&")) for each in _LINK.findall(answer.text)]
        links = [each for each in found if each is not None]
        for each in links:
            self._came_from.setdefault(each, path)
        return links

    def _ours(self, link: str) -> str | None:
        target = urldefrag(link).url.removeprefix(self.base.removesuffix("/console"))
        return target.removeprefix("/console") if target.startswith("/console/") else None

    def _kind(self, path: str) -> str:
        """Return the pattern of the route that answers."""
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return path
