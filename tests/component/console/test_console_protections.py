"""What keeps the console's pages from strangers, other sites and lower roles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tests.console_stage import PASSWORD, ConsoleStage, console_stage

from switchboard.console.guard import fits, guard, token
from switchboard.console.visit import Operator, Viewer

OPEN = {"/sign-in", "/sign-in/code", "/setup/{token}"}  # For who is not signed in yet.
router = APIRouter()


@router.get("/seen")
async def seen(visit: Viewer) -> Response:
    return Response(visit.account.name)


@router.post("/done")
async def done(visit: Operator) -> Response:
    return Response(visit.actor)


@router.get("/broken")
async def broken(visit: Viewer) -> Response:
    raise RuntimeError("secret of the inside")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ConsoleStage]:
    async with console_stage(tmp_path, routers=[router]) as made:
        made.account()
        yield made


def callables(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from callables(each)


def routes(stage: ConsoleStage) -> list[Any]:
    """Return every route as it answers: with what its router and the application add to it."""
    found = []
    for each in stage.console.routes:
        contexts = getattr(each, "effective_route_contexts", None)
        found += list(contexts()) if contexts else [each] if isinstance(each, APIRoute) else []
    assert len(found) > 15
    return found


async def test_every_page_asks_who_is_there(stage: ConsoleStage) -> None:
    """Without a session every address but the door's leads to the door."""
    browser = stage.browser()
    for route in routes(stage):
        if route.path in OPEN:
            continue
        path = re.sub(r"\{\w+\}", "x", route.path)
        for method in route.methods:
            answer = await browser.request(method, f"/console{path}")
            where = answer.headers.get("location", "")
            assert (answer.status_code, where[:16]) == (303, "/console/sign-in"), route.path


async def test_every_route_passes_the_guard_and_names_a_role(stage: ConsoleStage) -> None:
    for route in routes(stage):
        asked = list(callables(route.dependant))
        assert guard in asked, route.path
        roles = [e for e in asked if getattr(e, "__name__", "").startswith("at_least_")]
        assert bool(roles) != (route.path in OPEN), route.path


async def test_a_forged_host_opens_nothing(stage: ConsoleStage) -> None:
    answer = await stage.browser().get(
        "/console/team", headers={"Host": "127.0.0.1/console/sign-in?"}
    )
    assert answer.status_code in {303, 400}


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("operator", True)])
async def test_a_role_may_no_more_than_it_says(stage: ConsoleStage, role: Any, may: bool) -> None:
    stage.account("ben", role)
    browser = await stage.signed_in("ben")
    answer = await browser.submit("/account", "/done")
    assert answer.status_code == (200 if may else 403)
    assert may or "CON-403" in answer.text
    assert (await browser.get("/console/team")).status_code == 403
    assert (await browser.get("/console/seen")).text == "ben"


async def test_a_change_of_role_counts_from_the_next_request(stage: ConsoleStage) -> None:
    ben = stage.account("ben", "administrator")
    bens, anas = await stage.signed_in("ben"), await stage.signed_in()
    assert (await bens.get("/console/team")).status_code == 200
    await anas.submit("/team", f"/team/{ben.id}/role", role="viewer")
    assert (await bens.get("/console/team")).status_code == 403


async def test_a_form_without_our_token_changes_nothing(stage: ConsoleStage) -> None:
    browser = await stage.signed_in()
    for data in ({}, {"csrf": ""}, {"csrf": "00" * 64}, {"csrf": "é"}):
        assert (await browser.post("/console/done", data=data)).status_code == 403


async def test_the_token_of_another_session_does_not_fit(stage: ConsoleStage) -> None:
    mine, other = await stage.signed_in(), await stage.signed_in()
    page = (await other.get("/console/account")).text
    theirs = re.search(r'name="csrf" value="(\w+)"', page)
    assert theirs
    assert (await mine.post("/console/done", data={"csrf": theirs[1]})).status_code == 403
    assert (await other.post("/console/done", data={"csrf": theirs[1]})).status_code == 200
    script = {"X-CSRF-Token": theirs[1]}
    assert (await other.post("/console/done", headers=script)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 200),
        ({}, 200),
    ],
)
async def test_what_the_browser_calls_foreign_changes_nothing(
    stage: ConsoleStage, headers: dict[str, str], status: int
) -> None:
    """Even with the right token: somebody may have got hold of it."""
    browser = await stage.signed_in()
    page = (await browser.get("/console/account")).text
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found
    del browser.headers["Sec-Fetch-Site"]
    answer = await browser.post("/console/done", data={"csrf": found[1]}, headers=headers)
    assert answer.status_code == status


async def test_another_site_cannot_sign_anybody_in(stage: ConsoleStage) -> None:
    """Or people would work, unknowingly, in the account of somebody else."""
    browser = stage.browser()
    fields = {"name": "ana", "password": PASSWORD}
    answer = await browser.post("/console/sign-in", data=fields)
    assert answer.headers["location"] == "/console/sign-in?again=1"
    assert (await browser.get("/console/seen")).status_code == 303


def test_a_token_looks_different_each_time_and_fits_its_secret_alone() -> None:
    """What a compressed page shows tells nothing of it."""
    secret, other = "ab" * 32, "cd" * 32
    made = {token(secret) for _ in range(20)}
    assert len(made) == 20
    assert all(fits(each, secret) and not fits(each, other) for each in made)
    assert not fits("", "")
    assert not fits(secret, secret)


@pytest.mark.parametrize(
    ("base", "secure"),
    [("http://127.0.0.1", False), ("http://console.example", True), ("https://x.example", True)],
)
async def test_cookies_stay_with_us(stage: ConsoleStage, base: str, secure: bool) -> None:
    answer = await stage.browser(base).get("/console/sign-in")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("; secure" in cookie) == secure
    assert cookie.startswith("__host-") == secure


async def test_over_https_the_session_is_kept_in_a_host_cookie(stage: ConsoleStage) -> None:
    browser = await stage.signed_in(base="https://console.example")
    assert (await browser.get("/console/seen")).text == "ana"
    assert "__Host-sb_session" in {each.name for each in browser.cookies.jar}


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/account", "/setup/x"])
async def test_every_answer_carries_the_policy(stage: ConsoleStage, path: str) -> None:
    browser = await stage.signed_in()
    headers = (await browser.get(f"/console{path}")).headers
    assert "unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_files_are_kept_for_ever_under_an_address_that_changes(stage: ConsoleStage) -> None:
    page = (await stage.browser().get("/console/sign-in")).text
    found = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page)
    assert len(found) == 3
    for each in found:
        answer = await stage.browser().get(each)
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"\?[0-9a-f]{10}$", each)


async def test_the_first_load_is_small(stage: ConsoleStage) -> None:
    """60 KB for somebody on a phone, as it travels."""
    browser = stage.browser()
    page = await browser.get("/console/sign-in")
    size = int(page.headers["content-length"])
    for each in re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page.text):
        async with browser.stream("GET", each) as answer:
            size += len(b"".join([piece async for piece in answer.aiter_raw()]))
    assert size < 20 * 1024


async def test_our_own_mistake_tells_a_code_and_no_more(stage: ConsoleStage) -> None:
    browser = await stage.signed_in(crash=False)
    answer = await browser.get("/console/broken")
    assert answer.status_code == 500
    assert "SB-000" in answer.text
    assert "secret of the inside" not in answer.text
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_hostile_names_are_shown_as_text(stage: ConsoleStage) -> None:
    answer = await stage.browser().sign_in('"><script>alert(1)</script>', "x")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
