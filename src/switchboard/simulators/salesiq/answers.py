"""Judge what the bot answered, strictly: what SalesIQ cannot use shows the visitor nothing."""

from __future__ import annotations

from typing import Any

ACTIONS = {"reply", "forward", "operator_busy", "end", "context", "pending", "block"}
INPUTS = {
    "select",
    "multiple-select",
    "drop-down",
    "calendar",
    "range-calendar",
    "timeslots",
    "date-timeslots",
    "email",
    "tel",
    "name",
    "url",
    "file",
    "location",
    "happiness-rating",
    "star-rating",
    "like",
    "slider",
    "range-slider",
    "single-product",
    "multiple-product",
}
_WITH_OPTIONS = {"select", "multiple-select", "drop-down"}


def unusable(answer: Any) -> str:
    """Say why SalesIQ cannot use *answer*, or return a blank."""
    action = answer.get("action") if isinstance(answer, dict) else None
    if not isinstance(action, str) or action not in ACTIONS:
        return "it is no object with a known action"
    replies = answer.get("replies", [])
    if not _items(replies):
        return "replies is not a list of texts or objects"
    if action == "reply" and not replies:
        return "a reply without replies"
    if action == "context":
        return _bad_questions(answer)
    if not isinstance(answer.get("operators") or [], list):
        return "operators are not a list"
    return _bad_choices(answer)


def too_long(answer: dict[str, Any], longest: int) -> bool:
    replies = list(answer.get("replies") or [])
    for question in answer.get("questions") or []:
        replies += question.get("replies") or []
    return any(len(text_of(each)) > longest for each in replies)


def text_of(item: Any) -> str:
    return str(item.get("text") or "") if isinstance(item, dict) else str(item)


def _items(replies: Any) -> bool:
    if not isinstance(replies, list):
        return False
    files = [each for each in replies if isinstance(each, dict) and each.get("type") == "file"]
    return all(isinstance(each, str | dict) for each in replies) and all(
        isinstance(each.get("url"), str) for each in files
    )


def _bad_questions(answer: dict[str, Any]) -> str:
    questions = answer.get("questions")
    if not answer.get("context_id") or not isinstance(questions, list) or not questions:
        return "Insufficient data"
    for each in questions:
        if not isinstance(each, dict) or not each.get("name"):
            return "a question without a name"
        if not each.get("replies") or not _items(each["replies"]):
            return "a question without replies"
        bad = _bad_choices(each)
        if bad:
            return bad
    return ""


def _bad_choices(answer: dict[str, Any]) -> str:
    suggestions = answer.get("suggestions", [])
    if not isinstance(suggestions, list) or not all(isinstance(x, str) for x in suggestions):
        return "suggestions are not a list of texts"
    card = answer.get("input")
    if card is None:
        return ""
    if not isinstance(card, dict) or card.get("type") not in INPUTS:
        return "an input card of no known type"
    options = card.get("options")
    if card["type"] in _WITH_OPTIONS and not (isinstance(options, list) and options):
        return "a card to choose from without options"
    return ""
