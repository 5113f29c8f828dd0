"""Make configuration directories for tests: a sound one, and whatever differs from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXTENSIONS: dict[str, Any] = {
    "extensions": [
        {
            "id": "101",
            "name": "Reception",
            "type": "Department",
            "number": "1001",
            "process_calls": True,
        },
        {
            "id": "201",
            "name": "John Smith",
            "type": "User",
            "number": "2001",
            "process_calls": True,
        },
    ]
}
OWNERS: dict[str, Any] = {
    "lead_owners": [
        {
            "id": "5678901234",
            "name": "Sarah Reynolds",
            "email": "sarah.reynolds@example.com",
            "active": True,
            "assignment_weight": 2.0,
        },
        {
            "id": "6789012345",
            "name": "David Chen",
            "email": "david.chen@example.com",
            "active": True,
            "assignment_weight": 1.5,
        },
    ],
    "assignment_rules": {
        "round_robin": True,
        "respect_weights": True,
        "fallback_owner_id": "5678901234",
    },
}
OFFICES: dict[str, Any] = {
    "offices": {
        "philadelphia": {
            "name": "Philadelphia Office",
            "processing_order": 2,
            "timezone": "America/New_York",
        },
        "pittsburgh": {
            "name": "Pittsburgh Office",
            "processing_order": 1,
            "timezone": "America/New_York",
        },
    },
    "global_config": {
        "default_timezone": "America/New_York",
        "processing": {"default_hours_back": 24, "max_hours_back": 168},
    },
}


def write(root: Path, documents: dict[str, Any]) -> Path:
    """Write documents by their relative path; text is written as it is."""
    for name, value in documents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), "utf-8")
    return root


def a_company(root: Path, **documents: Any) -> Path:
    """A single company; `lead_owners={...}` puts another document in place of a sound one."""
    sound = {"extensions": EXTENSIONS, "lead_owners": OWNERS}
    return write(root, {f"data/{name}.json": each for name, each in (sound | documents).items()})


def two_offices(root: Path, documents: dict[str, Any] | None = None) -> Path:
    """Philadelphia and Pittsburgh, Pittsburgh first."""
    other = {"extensions": [{"id": "301", "number": "3001"}]}
    sound = {
        "sorted/data/offices.json": OFFICES,
        "sorted/philadelphia/extensions.json": EXTENSIONS,
        "sorted/philadelphia/lead_owners.json": OWNERS,
        "sorted/pittsburgh/extensions.json": other,
        "sorted/pittsburgh/lead_owners.json": OWNERS,
    }
    return write(root, sound | (documents or {}))
