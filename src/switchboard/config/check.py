"""Compare what the documents say with each other: the mistakes no single value shows."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from switchboard.config.documents import (
    ExtensionsDocument,
    OfficesDocument,
    Processing,
)
from switchboard.config.environment import DOTENV, file_named
from switchboard.config.findings import Finding, Severity, finding
from switchboard.config.places import CREDENTIALS, KEY_FILE, OFFICES, office_file
from switchboard.config.reading import Place, Raw, key_text
from switchboard.config.settings import ENV_PREFIX, Settings

_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def missing(root: Path, file: str) -> Finding:
    """Say that a document is missing, and which file beside it may be meant."""
    folder, _, name = file.rpartition("/")
    try:
        beside = [each.name for each in (root / folder).iterdir() if each.is_file()]
    except OSError:
        beside = []
    close = get_close_matches(name, beside, n=1, cutoff=0.7)
    hint = f"Is it {folder}/{close[0]}? Rename it." if close else ""
    if not hint and file.startswith("data/") and (root / "sorted").is_dir():
        hint = f"Create it; for several offices create {OFFICES} instead."
    return finding("CFG-001", file, "is missing", hint=hint)


def offices(root: Path, document: OfficesDocument, raw: Raw) -> Iterator[Finding]:
    """Check the list of offices and the folders that belong to it."""
    if not document.offices and raw.whole:
        yield finding("CFG-031", raw.file, "lists no office", key="offices", line=raw.line(()))
    by_order: dict[int, list[str]] = defaultdict(list)
    for office_id, entry in document.offices.items():
        if entry.processing_order is not None:
            by_order[entry.processing_order].append(office_id)
    for order, ids in by_order.items():
        for office_id in ids[1:]:
            place = ("offices", office_id, "processing_order")
            message = f"{order} is also the order of {ids[0]}"
            yield finding("CFG-024", raw.file, message, key=key_text(place), line=raw.line(place))
    listed = set(raw.value["offices"]) | {"data"}
    for folder in sorted((root / "sorted").iterdir()):
        name = folder.name
        if folder.is_dir() and name not in listed:
            yield finding("CFG-023", f"sorted/{name}/", f"is not an office of {OFFICES}")
    for name in ("extensions.json", "lead_owners.json"):
        file = office_file("", name, several=False)
        if (root / file).exists():
            yield finding("CFG-023", file, f"is not used, because {OFFICES} lists the offices")


def bad_office_id(raw: Raw, office_id: str) -> Finding:
    """Refuse an id that could not be, or should not be, the name of a folder."""
    place = ("offices", office_id)
    message = "must be letters, digits, - and _ only (it names a folder), and not data"
    return finding("CFG-007", raw.file, message, key=key_text(place), line=raw.line(place))


def across_offices(listings: Mapping[str, Raw]) -> Iterator[Finding]:
    """Find extensions that two offices claim: their calls could go to either."""
    for name in ("id", "number"):
        claimed: dict[str, str] = {}
        for office_id, raw in listings.items():
            for place, value in _values(raw, "extensions", name):
                other = claimed.setdefault(value, office_id)
                if other != office_id:
                    yield _duplicate(raw, place, f'"{value}" is also an extension of {other}')


def extensions(document: ExtensionsDocument, raw: Raw) -> Iterator[Finding]:
    """Check one office's extensions."""
    listed = document.extensions
    yield from used_twice(raw, "extensions", "id")
    yield from used_twice(raw, "extensions", "number")
    if raw.whole and not any(each.process_calls for each in listed):
        message = "has no extension to process, so that no call would become a lead"
        yield finding(
            "CFG-013", raw.file, message, key="extensions", line=raw.line(("extensions",))
        )


def processing(value: Processing, file: str) -> Iterator[Finding]:
    """Check the look-back."""
    if value.default_hours_back > value.max_hours_back:
        message = (
            f"{value.default_hours_back:g} is more than max_hours_back {value.max_hours_back:g}"
        )
        key = "processing.default_hours_back"
        yield finding(
            "CFG-016", file, message, key=f"global_config.{key}" if file == OFFICES else key
        )


def database(settings: Settings, raw: Raw, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check the store's address without ever repeating it: it may hold a password."""
    url = settings.database_url
    if url and not url.startswith(_DATABASES):
        from_env = f"{ENV_PREFIX}DATABASE_URL" in environ
        file = "environment" if from_env else raw.file
        key = f"{ENV_PREFIX}DATABASE_URL" if from_env else "database_url"
        line = None if from_env else raw.line(("database_url",))
        yield finding(
            "CFG-032", file, "is not the address of a supported database", key=key, line=line
        )


def leases(settings: Settings, raw: Raw) -> Iterator[Finding]:
    """Check that a worker cannot lose its lease while it waits for one answer."""
    vendors, lease = settings.vendors, settings.journal.lease_seconds
    longest = vendors.connect_timeout_seconds + vendors.read_timeout_seconds
    if lease <= longest:
        message = f"{lease:g} seconds are not more than the {longest:g} one request may take"
        place = ("journal", "lease_seconds")
        yield finding("CFG-033", raw.file, message, key=key_text(place), line=raw.line(place))


def files(root: Path) -> Iterator[Finding]:
    """Warn about secret files that others can read, and about missing credentials."""
    candidates = [(root / name, name) for name in (CREDENTIALS, KEY_FILE, DOTENV)]
    named = file_named(root, f"{ENV_PREFIX}ENCRYPTION_KEY_FILE")
    if named is not None:
        candidates.append((named[1], named[0]))
    for path, name in candidates:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if os.name == "posix" and mode & 0o077:
            yield finding("CFG-019", name, f"has mode {mode:03o}; other users may read it")
    if not (root / CREDENTIALS).exists():
        yield finding("CFG-025", CREDENTIALS, "does not exist yet")


def used_twice(raw: Raw, listing: str, name: str) -> Iterator[Finding]:
    """Find values that two entries of a list share."""
    first: dict[str, Place] = {}
    for place, value in _values(raw, listing, name):
        other = first.setdefault(value, place)
        if other != place:
            yield _duplicate(raw, place, f'"{value}" is also that of {key_text(other[:-1])}')


def _values(raw: Raw, listing: str, name: str) -> Iterator[tuple[Place, str]]:
    """Read from the raw document: its entries keep their numbers when some are refused."""
    listed = raw.value.get(listing) if isinstance(raw.value, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str) and value.strip():
            yield (listing, index, name), value.strip()


def _duplicate(raw: Raw, place: Place, message: str) -> Finding:
    severity: Severity = "error" if place[-1] == "id" else "warning"
    return finding(
        "CFG-008",
        raw.file,
        message,
        key=key_text(place),
        severity=severity,
        line=raw.line(place),
    )
