"""What happens in a chat: the visitor writes, the bot answers, people take over or do not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from switchboard.simulators.salesiq import answers
from switchboard.simulators.salesiq.courier import Courier
from switchboard.simulators.salesiq.state import DEPARTMENTS, SalesIqState
from switchboard.simulators.salesiq.typed import complaint
from switchboard.simulators.salesiq.values import Conversation, Delivery, Pending, Questions

OFFLINE, NOBODY, INVALID, TOO_LONG, FAILED = 1001, 1002, 1003, 1005, 1007
_CAUSES = {
    OFFLINE: "offline_hours",
    NOBODY: "operators_not_available",
    INVALID: "invalid_operators",
    TOO_LONG: "more_than_max_length",
    FAILED: "execution_failure",
}
_FIELDS = {"siq_name": "name", "siq_email": "email", "siq_phone": "phone"}
_OVER = {"missed", "ended"}


class NotPossibleError(Exception):
    """The visitor, an operator or a callback wants what cannot be done now."""


class Portal:
    """The state machine of a chat, on the simulator's side."""

    def __init__(self, state: SalesIqState) -> None:
        self.state = state
        self.courier = Courier(state, self._answered)

    def collections(self) -> dict[str, Callable[[], list[dict[str, Any]]]]:
        """What `/_sim/state/salesiq/…` shows."""
        return self.state.collections()

    # -- the visitor ----------------------------------------------------------------------------

    def open(self, visitor: dict[str, Any]) -> Conversation:
        """Open the widget: the bot hears `trigger`."""
        number = self.state.number("visitor")
        conversation = self.state.open(
            {"id": f"visitor-{self.state.world.seed}-{number}", "channel": "Website", **visitor}
        )
        self.courier.post(conversation, "trigger")
        return conversation

    def write(self, conversation: Conversation, text: str) -> None:
        """Write or choose something; raises NotPossibleError where the widget would not let one."""
        self.expire(conversation)
        if conversation.status in _OVER:
            raise NotPossibleError("The chat is over.")
        if conversation.suggestions and text not in conversation.suggestions:
            raise NotPossibleError("While suggestions show, nobody can type.")
        self.state.say(conversation, "visitor", text)
        if conversation.status != "bot":
            return
        wrong = complaint(text, conversation.input, conversation.validate)
        if wrong:
            self.state.say(conversation, "bot", wrong)
            return
        if conversation.field_name in _FIELDS:
            conversation.visitor[_FIELDS[conversation.field_name]] = text
        self._clear(conversation)
        if conversation.context is not None:
            self._next_question(conversation, text)
            return
        self._message(conversation, text, [])

    def send_file(self, conversation: Conversation, file: dict[str, Any]) -> None:
        if conversation.status in _OVER:
            raise NotPossibleError("The chat is over.")
        self.state.say(conversation, "visitor", file["name"], file=file)
        if conversation.status == "bot":
            self._clear(conversation)
            self._message(conversation, "", [file])

    def _message(self, conversation: Conversation, text: str, files: list[dict[str, Any]]) -> None:
        operation = "message" if conversation.begun else "chat"
        if not conversation.begun:
            conversation.begun = True
            conversation.visitor["question"] = text
        self.courier.post(
            conversation,
            "message",
            operation=operation,
            message={"text": text, "type": "text"},
            attachments=files,
        )

    # -- the bot --------------------------------------------------------------------------------

    def _answered(self, conversation: Conversation, delivery: Delivery) -> None:
        if delivery.outcome == "answered":
            self.apply(conversation, delivery.answer, delivery.request_id, delivery.handler)
        elif delivery.handler != "failure":
            self._failed(conversation, FAILED, None)
        else:
            self.state.say(conversation, "system", "The bot does not answer.")

    def apply(
        self, conversation: Conversation, answer: dict[str, Any], request_id: str, handler: str
    ) -> None:
        """Carry out an answer, which is known to be usable."""
        if answers.too_long(answer, self.state.rules.longest_item):
            if handler != "failure":
                self._failed(conversation, TOO_LONG, answer)
            return
        if conversation.status in _OVER:
            return
        if answer["action"] != "forward":
            conversation.rounds = 0
        self._speak(conversation, answer.get("replies") or [])
        self._act(conversation, answer, request_id)
        conversation.touch()

    def _act(self, conversation: Conversation, answer: dict[str, Any], request_id: str) -> None:
        match answer["action"]:
            case "reply":
                self._offer(conversation, answer)
            case "context":
                conversation.context = Questions(str(answer["context_id"]), answer["questions"])
                self._ask(conversation)
            case "pending":
                until = self.state.world.clock.elapsed() + self.state.rules.pending_s
                conversation.pending = Pending(request_id, until)
            case "forward":
                self._forward(conversation, answer)
            case "operator_busy":
                words = "Nobody is free just now. Leave a message, and we will write to you."
                self._over(conversation, "missed", words)
            case _:
                self._over(conversation, "ended", "The chat has ended.")

    def expire(self, conversation: Conversation) -> None:
        """Give up waiting for a callback after three minutes."""
        pending = conversation.pending
        if pending is not None and pending.until <= self.state.world.clock.elapsed():
            conversation.pending = None
            self._failed(conversation, FAILED, {"action": "pending"})

    async def news(self, conversation: Conversation, since: int, seconds: float) -> None:
        """Return once the conversation is newer than *since*, or after *seconds*."""
        left = seconds
        while conversation.version <= since and left > 0:
            self.expire(conversation)
            step = min(left, 0.5)
            changed = conversation.changed
            if conversation.version > since:
                return
            try:
                await asyncio.wait_for(changed.wait(), step)
            except TimeoutError:
                left -= step

    def _speak(self, conversation: Conversation, replies: list[Any]) -> None:
        for item in replies:
            more = item if isinstance(item, dict) else {}
            file = {"url": more["url"], "name": "file"} if more.get("type") == "file" else None
            self.state.say(
                conversation,
                "bot",
                answers.text_of(item),
                image=str(more.get("image") or ""),
                file=file,
            )
            if isinstance(more.get("validate"), dict):
                conversation.validate = more["validate"]
            if more.get("field_name"):
                conversation.field_name = str(more["field_name"])

    def _offer(self, conversation: Conversation, answer: dict[str, Any]) -> None:
        conversation.input = answer.get("input")
        # With both, suggestions are dropped: §5 of the notes.
        conversation.suggestions = (
            [] if conversation.input else list(answer.get("suggestions") or [])
        )

    def _clear(self, conversation: Conversation) -> None:
        conversation.suggestions, conversation.input = [], None
        conversation.validate, conversation.field_name = None, ""
        conversation.touch()

    def _ask(self, conversation: Conversation) -> None:
        if conversation.context is not None:
            question = conversation.context.current
            self._speak(conversation, question["replies"])
            self._offer(conversation, question)

    def _next_question(self, conversation: Conversation, text: str) -> None:
        run = conversation.context
        if run is None:
            return
        run.answers[str(run.current["name"])] = text
        if len(run.answers) < len(run.questions):
            self._ask(conversation)
            conversation.touch()
            return
        conversation.context = None
        told: Any = run.answers
        if self.state.rules.answers_as_list:
            told = [{"name": name, "answer": value} for name, value in run.answers.items()]
        self.courier.post(conversation, "context", context_id=run.id, answers=told)

    # -- people ---------------------------------------------------------------------------------

    def _forward(self, conversation: Conversation, answer: dict[str, Any]) -> None:
        department = str(answer.get("department") or "")
        emails = [str(each) for each in answer.get("operators") or []]
        known = {each.email for each in self.state.operators}
        if (department and department not in DEPARTMENTS) or not set(emails) <= known:
            self._refuse(conversation, INVALID, answer)
        elif not self.state.open_for_business:
            self._refuse(conversation, OFFLINE, answer)
        else:
            operator = self.state.free_operator(department, emails)
            if operator is None:
                self._refuse(conversation, NOBODY, answer)
                return
            conversation.status, conversation.operator = "operator", operator.name
            conversation.department = operator.department
            conversation.rounds, conversation.pending = 0, None
            self._clear(conversation)
            self.state.say(conversation, "system", f"You are chatting with {operator.name}.")

    def _refuse(self, conversation: Conversation, code: int, answer: dict[str, Any]) -> None:
        """Tell the bot that nobody came; a bot that forwards again and again is in a loop."""
        conversation.rounds += 1
        if conversation.rounds > self.state.rules.forward_rounds:
            conversation.looped = True
            self._over(conversation, "missed", "Nobody is free.")
            return
        self._failed(conversation, code, answer)

    def _failed(self, conversation: Conversation, code: int, answer: dict[str, Any] | None) -> None:
        self.courier.post(
            conversation,
            "failure",
            cause={"code": code, "desc": _CAUSES[code]},
            failed_response=answer,
        )

    def operator_says(self, conversation: Conversation, text: str) -> None:
        if conversation.status in _OVER:
            raise NotPossibleError("The chat is over.")
        self.state.say(conversation, "operator", text)

    def end(self, conversation: Conversation, words: str) -> None:
        if conversation.status != "ended":
            self._over(conversation, "ended", words)

    def _over(self, conversation: Conversation, status: Any, words: str) -> None:
        conversation.status, conversation.pending, conversation.context = status, None, None
        self._clear(conversation)
        self.state.say(conversation, "system", words)

    # -- callbacks ------------------------------------------------------------------------------

    def waiting_for(self, request_id: str) -> Conversation | None:
        """Return the conversation that waits for this callback."""
        for each in self.state.conversations.values():
            self.expire(each)
            if each.pending is not None and each.pending.request_id == request_id:
                return each
        return None
