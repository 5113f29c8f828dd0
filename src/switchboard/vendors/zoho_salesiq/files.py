"""Read the files of a delivery, whose shape nobody has written down: zoho-salesiq.md §4."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from switchboard.vendors.zoho_salesiq.models import Attachment
from switchboard.vendors.zoho_salesiq.reading import first_text, object_of, text_of

MOST_FILES = 10
MOST_DIGITS = 12
FILE_DOMAINS = (
    "zoho.com",
    "zoho.eu",
    "zoho.in",
    "zoho.com.au",
    "zoho.com.cn",
    "zoho.jp",
    "zoho.sa",
    "zoho.uk",
    "zohocloud.ca",
    "zohopublic.com",
    "zohopublic.eu",
    "zohopublic.in",
    "zohopublic.com.au",
    "zohopublic.jp",
)
"""Where a visitor's file may be fetched from; the address itself is the visitor's word."""


def read_attachments(*places: Any) -> tuple[Attachment, ...]:
    """Return the files: of a list, of an object, or of a message that holds one under `file`."""
    found: list[Attachment] = []
    for place in places:
        for each in _elements(place):
            attachment = _attachment(each)
            if attachment not in found:
                found.append(attachment)
    return tuple(found[:MOST_FILES])


def may_fetch(url: str) -> bool:
    """Tell whether *url* is an address of Zoho's, over https and on the usual port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username or parts.password or port not in (None, 443):
        return False
    return any(host == domain or host.endswith(f".{domain}") for domain in FILE_DOMAINS)


def _elements(place: Any) -> list[Any]:
    if isinstance(place, list):
        return place[:MOST_FILES]
    given = object_of(place)
    inner = [given[key] for key in ("file", "files", "attachment") if given.get(key)]
    if inner:
        return [each for value in inner for each in (value if isinstance(value, list) else [value])]
    return [given] if "url" in given else []


def _attachment(given: Any) -> Attachment:
    file = object_of(given)
    size = file.get("size")
    whole = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53
    if isinstance(size, str) and size.isascii() and size.isdigit() and len(size) <= MOST_DIGITS:
        size, whole = int(size), True
    url = given if isinstance(given, str) else first_text(2_000, file.get("url"), file.get("link"))
    url = text_of(url, 2_000)
    return Attachment(
        url=url if url.startswith(("https://", "http://")) else "",
        name=first_text(200, file.get("name"), file.get("file_name"))
        .replace("/", "_")
        .replace("\\", "_")
        .replace("\n", " "),
        type=first_text(100, file.get("type"), file.get("content_type")),
        size=size if whole else None,
    )
