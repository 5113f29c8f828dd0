"""Write the OpenAPI document as a page people read: no script, nothing from elsewhere.

The usual documentation pages load their scripts from other hosts; this one works where no request
leaves the machine, and under a policy that allows nothing but its own style.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2

_FOLDER = Path(__file__).parent / "templates"
STYLE = (_FOLDER / "docs.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 4

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
)


def reading_page(document: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    groups = [
        {
            **tag,
            "operations": [each for each in _operations(document) if each["tag"] == tag["name"]],
        }
        for tag in document["tags"]
    ]
    return _templates.get_template("docs.html.j2").render(
        info=document["info"], groups=groups, style=STYLE
    )


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _operation(document, path, method, methods[method])


def _operation(
    document: Mapping[str, Any], path: str, method: str, found: Mapping[str, Any]
) -> dict[str, Any]:
    body = _content(found.get("requestBody", {}))
    answers = [
        {"status": status, "words": each["description"], **_described(document, _content(each))}
        for status, each in found["responses"].items()
    ]
    return {
        "tag": (found.get("tags") or [""])[0],
        "method": method.upper(),
        "path": path,
        "id": f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        "summary": found.get("summary", ""),
        "words": found.get("description", ""),
        "key": bool(found.get("security")),
        "parameters": [
            {"name": each["name"], "place": each["in"], "words": each.get("description", "")}
            for each in found.get("parameters", [])
        ],
        "body": _described(document, body) if body else None,
        "answers": [each for each in answers if each["status"] < "300"],
        "problems": [each for each in answers if each["status"] >= "300"],
    }


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    contents: dict[str, Any] = part.get("content", {})
    return next(iter(contents.values()), {})


def _described(document: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    schema = _resolved(document, content.get("schema", {}))
    example = content.get("example")
    if example is None and content.get("examples"):
        example = next(iter(content["examples"].values()))["value"]
    if example is None:
        example = schema.get("example", next(iter(schema.get("examples", [])), None))
    return {
        "fields": list(_fields(document, schema, "", _DEEPEST)),
        "example": None if example is None else json.dumps(example, indent=2, ensure_ascii=False),
    }


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], before: str, depth: int
) -> Iterator[dict[str, Any]]:
    """Yield the names of an object, those of objects in it behind a dot."""
    for name, each in schema.get("properties", {}).items() if depth else ():
        found = _resolved(document, each)
        items = _resolved(document, found.get("items", {}))
        yield {
            "name": f"{before}{name}",
            "kind": _kind(document, found),
            "needed": name in schema.get("required", ()),
            "words": each.get("description") or found.get("description", ""),
        }
        inner, mark = (items, "[].") if items.get("properties") else (found, ".")
        yield from _fields(document, inner, f"{before}{name}{mark}", depth - 1)


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "anyOf" in schema:
        return " or ".join(_kind(document, _resolved(document, each)) for each in schema["anyOf"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(document, _resolved(document, schema.get('items', {})))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found
