"""The description of the API: complete, stable, and readable without any other host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from tests.api_stage import api_stage

PROMISED = {
    ("post", "/webhook/salesiq"),
    ("post", "/zoho/ticket/create"),
    ("get", "/zoho/ticket/{ticket_id}"),
    ("post", "/zoho/ticket/{ticket_id}/comment"),
    ("patch", "/zoho/ticket/{ticket_id}/status"),
    ("get", "/zoho/test"),
    ("get", "/salesiq/session/{session_id}"),
    ("post", "/salesiq/session/{session_id}/close"),
}


@pytest.fixture
async def document(tmp_path: Path) -> dict[str, Any]:
    async with api_stage(tmp_path) as stage, stage.client() as client:
        found: dict[str, Any] = (await client.get("/openapi.json")).json()
        return found


def test_the_promised_addresses_are_there(document: dict[str, Any]) -> None:
    """The eight of the integration's description."""
    there = {(method, path) for path, each in document["paths"].items() for method in each}
    assert there >= PROMISED


def test_the_document_is_the_one_programs_were_written_for(
    document: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    """A change of it is somebody's decision."""
    document["info"].pop("version")
    assert document == snapshot(extension_class=JSONSnapshotExtension)


def test_every_problem_is_described_as_one(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert "500" in operation["responses"], (method, path)
            for status, answer in operation["responses"].items():
                if status >= "400" and "text/html" not in answer["content"] and path != "/readyz":
                    assert list(answer["content"]) == ["application/problem+json"], (method, path)


async def test_the_page_for_people_needs_no_other_host(tmp_path: Path) -> None:
    """No script, no picture, no style from elsewhere; every address and example is on it."""
    async with api_stage(tmp_path) as stage, stage.client() as client:
        answer = await client.get("/docs")
    page = answer.text
    assert not re.search(r"<script|src=|https?://", page)
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "I forgot my password" in page
    for _, path in PROMISED:
        assert path in page
