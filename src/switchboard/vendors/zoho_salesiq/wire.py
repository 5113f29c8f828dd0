"""SalesIQ's REST requests as values, and its answers read: nothing here waits or sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from switchboard.errors import OperatorError, RejectedError
from switchboard.vendors.allowances import ZOHO_SALESIQ
from switchboard.vendors.exchange import Answer, Request, UnreadableError
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.settings import is_loopback, unsafe_address
from switchboard.vendors.zoho_salesiq.deliveries import PREVIEW
from switchboard.vendors.zoho_salesiq.models import Action
from switchboard.vendors.zoho_salesiq.refusals import ZOHO_SALESIQ_VENDOR

# By the accounts host of the same data centre: zoho-salesiq.md §8. Others are not documented.
SALESIQ_HOSTS = {
    "accounts.zoho.com": "salesiq.zoho.com",
    "accounts.zoho.eu": "salesiq.zoho.eu",
    "accounts.zoho.in": "salesiq.zoho.in",
    "accounts.zoho.com.au": "salesiq.zoho.com.au",
    "accounts.zoho.com.cn": "salesiq.zoho.com.cn",
    "accounts.zoho.jp": "salesiq.zoho.jp",
    "accounts.zohocloud.ca": "salesiq.zohocloud.ca",
}
SCOPES = (
    "SalesIQ.callbacks.UPDATE",
    "SalesIQ.conversations.READ",
    "SalesIQ.conversations.CREATE",
    "SalesIQ.conversations.UPDATE",
)
CALLBACK_SECONDS = 180.0
"""How long after `pending` the answer may follow: zoho-salesiq.md §6."""
LONGEST_NOTE = 2_000
_SCREEN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_ID = re.compile(r"[A-Za-z0-9_:.@+=-]{1,128}")


def base_of(address: str, accounts_url: str, screen_name: str, *, loopback: bool) -> str:
    """Return the portal's base address; raises OperatorError SIQ-400 where no token may go.

    Only the host of the data centre that hands out our tokens; or this machine, if the accounts
    server is this machine as well.
    """
    address = address.rstrip("/")
    host, accounts = urlsplit(address).hostname or "", urlsplit(accounts_url).hostname or ""
    reason = unsafe_address(address, loopback=loopback)
    if reason is None and not (
        SALESIQ_HOSTS.get(accounts) == host or (is_loopback(host) and is_loopback(accounts))
    ):
        wanted = SALESIQ_HOSTS.get(accounts)
        reason = f"is not SalesIQ's host for {accounts}" + (f" ({wanted})" if wanted else "")
    if reason is not None:
        raise OperatorError("SIQ-400", f"The address of SalesIQ, {host or 'a blank'}: {reason}.")
    if not _SCREEN_NAME.fullmatch(screen_name):
        raise OperatorError(
            "SIQ-400", "The screen name of the SalesIQ portal is what its address ends with."
        )
    return f"{address}/api/v2/{screen_name}"


def callback_request(
    base: str, request_id: str, step: str, body: Mapping[str, Any], *, timeout: float | None
) -> Request:
    """Follow up a `pending` answer: *step* is `progress` or `response`."""
    url = f"{base}/callbacks/{_segment(request_id)}/{step}"
    return _request(f"callback_{step}", "POST", url, json=dict(body), timeout=timeout)


def conversations_request(base: str) -> Request:
    """Ask for the least there is to read: whether that is allowed is what matters."""
    return _request("read_conversations", "GET", f"{base}/conversations", params={"limit": "1"})


def conversation_request(base: str, conversation_id: str) -> Request:
    return _request("read_conversation", "GET", _conversation(base, conversation_id))


def messages_request(base: str, conversation_id: str) -> Request:
    return _request("read_messages", "GET", f"{_conversation(base, conversation_id)}/messages")


def message_request(base: str, conversation_id: str, text: str) -> Request:
    """Say something as the operator the token belongs to."""
    url = f"{_conversation(base, conversation_id)}/messages"
    return _request("send_message", "POST", url, json={"text": text})


def note_request(base: str, conversation_id: str, text: str) -> Request:
    url = f"{_conversation(base, conversation_id)}/notes"
    return _request("add_note", "POST", url, json={"notes": text[:LONGEST_NOTE]})


def close_request(base: str, conversation_id: str) -> Request:
    return _request("close", "PUT", f"{_conversation(base, conversation_id)}/close")


def transfer_request(
    base: str, conversation_id: str, department_id: str, operator_id: str, note: str
) -> Request:
    body = {"department_id": department_id}
    if operator_id:
        body["operator_id"] = operator_id
    if note:
        body["note"] = note[:LONGEST_NOTE]
    url = f"{_conversation(base, conversation_id)}/transfer"
    return _request("transfer", "PUT", url, json=body)


def checked_answer(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a late answer; another `pending` would only leave the visitor waiting again."""
    actions: tuple[Action, ...] = ("reply", "forward", "operator_busy", "end", "context")
    if answer.get("action") not in actions:
        raise ValueError(f"A late answer is one of: {', '.join(actions)}.")
    return answer


def read_done(answer: Answer) -> None:
    """Take any success for one: callbacks answer 200 or 204, and what stands in them is not told.

    An `error` with status 200 was found by refusals.judge before.
    """
    del answer


def read_data(answer: Answer) -> dict[str, Any]:
    """Return `data` of one thing."""
    data = _document(answer).get("data")
    if not isinstance(data, dict):
        raise UnreadableError("The answer holds no `data` object.")
    return data


def read_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return `data` as a list; the shape of a transcript is not documented: §11."""
    data = _document(answer).get("data")
    if isinstance(data, dict):
        data = data.get("messages")
    if not isinstance(data, list):
        raise UnreadableError("The answer holds no list of messages.")
    return [row for row in data if isinstance(row, dict)]


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = answer.document
    except RecursionError as error:
        raise UnreadableError("The answer is nested too deeply.") from error
    if not isinstance(document, dict):
        raise UnreadableError("The answer is not an object.")
    return document


def _conversation(base: str, conversation_id: str) -> str:
    return f"{base}/conversations/{_segment(conversation_id)}"


def _segment(given: str) -> str:
    """Return an id as a part of a path; what SalesIQ cannot know is refused before it is sent."""
    if not _ID.fullmatch(given) or set(given) <= {"."}:
        raise RejectedError("SIQ-404", "SalesIQ cannot know an id of this form.")
    if given.startswith(PREVIEW):
        raise RejectedError("SIQ-404", "Chats of the bot builder's preview cannot be reached.")
    return quote(given, safe="")


def _request(
    operation: str,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    timeout: float | None = None,
) -> Request:
    write = method != "GET"
    return Request(
        vendor=ZOHO_SALESIQ_VENDOR,
        operation=operation,
        method=method,
        url=url,
        params=params,
        json=json,
        costs={ZOHO_SALESIQ: 1.0},
        write=write,
        timeout=timeout,
        priority=Urgency.WRITE if write else Urgency.READ,
    )
