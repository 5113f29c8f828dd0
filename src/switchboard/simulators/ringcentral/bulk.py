"""Answer several ids at once: 207, part by part (ringcentral.md §7.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from switchboard.simulators.ringcentral.errors import ApiError

IDS_MAX = 50
MULTIPART_JSON = "application/vnd.ringcentral.multipart+json"


@dataclass(frozen=True, slots=True)
class Part:
    resource_id: str
    href: str
    status: int
    body: dict[str, Any]


def split_ids(value: str) -> list[str]:
    ids = [part for part in value.split(",") if part]
    if len(ids) > IDS_MAX:
        raise ApiError(400, "CMN-106", f"Too many ids: at most {IDS_MAX} in one request")
    return ids


def multi_status(request: Request, parts: Sequence[Part], *, prefer_json: bool) -> Response:
    accepted = request.headers.get("accept", "*/*")
    if MULTIPART_JSON in accepted and (prefer_json or "multipart/mixed" not in accepted):
        rows = [{"resourceId": p.resource_id, "status": p.status, "body": p.body} for p in parts]
        return JSONResponse(rows, 207, media_type=MULTIPART_JSON)
    summary = [
        {
            "href": part.href,
            "status": part.status,
            "responseDescription": "OK" if part.status == 200 else part.body["message"],
        }
        for part in parts
    ]
    boundary = f"Boundary_{parts[0].resource_id}_{len(parts)}"
    bodies = [{"response": summary}, *(part.body for part in parts)]
    lines = [
        f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
        for body in bodies
    ]
    text = "".join(lines) + f"--{boundary}--\r\n"
    return Response(text, 207, {"Content-Type": f'multipart/mixed; boundary="{boundary}"'})
