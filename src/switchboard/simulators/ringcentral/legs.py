"""Tell a call's way leg by leg, in the order it happened (ringcentral.md §2.3, §2.8)."""

from __future__ import annotations

from typing import Any

from switchboard.simulators.ringcentral.calls import SimCall
from switchboard.simulators.ringcentral.company import Caller, Company, Extension
from switchboard.simulators.ringcentral.formats import stamp

MOBILE_LEG = "FindMe"


class LegWriter:
    """Writes the legs of settled calls; `uri` is the account's address in this answer."""

    def __init__(self, company: Company, uri: str) -> None:
        self._company, self._uri = company, uri

    def legs(self, call: SimCall) -> list[dict[str, Any]]:
        if call.facts.direction == "Outbound":
            return [self._outbound(call)]
        first = self._arrival(call)
        return [first, *self._attempts(call)]

    def provisional(self, call: SimCall, style: str, so_far: int) -> list[dict[str, Any]]:
        """Only the ringing of company phones, as seen before the call is over."""
        extension = self._first(call)
        leg = self._leg("PstnToSip", call.start, so_far, ("Outbound", "VoIP Call", style))
        leg["master"] = True
        leg["from"] = self.party(extension)
        leg["to"] = outside(call.caller, named=False)
        return [leg | self._on_behalf(extension)]

    def party(self, extension: Extension | None) -> dict[str, Any]:
        if extension is None:
            return {}
        return {
            "extensionNumber": extension.number,
            "extensionId": extension.id,
            "name": extension.name,
        }

    def _first(self, call: SimCall) -> Extension | None:
        chosen = call.agent or (call.rung[0][0] if call.rung else call.queue)
        return self._company.extensions.get(chosen or "")

    def _arrival(self, call: SimCall) -> dict[str, Any]:
        way = ("Inbound", call.facts.action, call.result)
        leg = self._leg("Accept", call.start, call.duration, way)
        leg["master"] = True
        leg["reason"] = call.facts.reason
        leg["from"] = outside(call.caller)
        owner = call.queue or (call.rung[0][0] if call.rung else call.agent)
        extension = self._company.extensions.get(owner or "")
        leg["to"] = {"phoneNumber": call.dialled}
        if extension is not None:
            leg["to"] |= {"name": extension.name, "extensionId": extension.id}
        if call.facts.type == "Fax":
            leg["type"] = "Fax"
        return leg | self._on_behalf(extension)

    def _attempts(self, call: SimCall) -> list[dict[str, Any]]:
        moment = call.start + call.menu_seconds
        legs = []
        for extension_id, ring in call.rung:
            extension = self._company.extensions.get(extension_id)
            took = call.agent == extension_id
            seconds = ring + (call.talk_seconds if took else 0)
            result, reason = ("Accepted", "Accepted") if took else _unanswered(call)
            kind = MOBILE_LEG if call.kind == "forwarded" else "PstnToSip"
            leg = self._leg(kind, moment, seconds, ("Outbound", "VoIP Call", result))
            leg["reason"] = reason
            leg["from"] = {"name": extension.name} if extension else {}
            leg["to"] = {"extensionNumber": extension.number} if extension else {}
            if kind == MOBILE_LEG:
                leg["action"] = "FindMe"
                leg["to"] = {"phoneNumber": "+12675550143", "name": "Mobile"}
            legs.append(leg | self._on_behalf(extension))
            moment += ring
        return legs

    def _outbound(self, call: SimCall) -> dict[str, Any]:
        extension = self._company.extensions.get(call.agent or "")
        kind = {"ringout": "RingOutWebToSubscriber", "fax_out": "FaxSent"}.get(
            call.kind, "SipToPstnMetered"
        )
        if call.kind.startswith("internal"):
            kind = "ExtensionToExtension"
        way = ("Outbound", call.facts.action, call.result)
        leg = self._leg(kind, call.start, call.duration, way)
        leg |= {"master": True, "reason": call.facts.reason, "type": call.facts.type}
        leg["from"] = self.party(extension)
        if kind == "ExtensionToExtension" and call.rung:
            leg["to"] = self.party(self._company.extensions.get(call.rung[0][0]))
        else:
            leg["to"] = outside(call.caller, named=False)
        return leg | self._on_behalf(extension)

    def _leg(
        self, kind: str, start: float, seconds: int, way: tuple[str, str, str]
    ) -> dict[str, Any]:
        direction, action, result = way
        return {
            "legType": kind,
            "startTime": stamp(start),
            "duration": seconds,
            "durationMs": seconds * 1000 + 120,
            "type": "Voice",
            "direction": direction,
            "action": action,
            "result": result,
        }

    def _on_behalf(self, extension: Extension | None) -> dict[str, Any]:
        if extension is None:
            return {}
        uri = f"{self._uri}/extension/{extension.id}"
        return {"extension": {"id": int(extension.id), "uri": uri}}


def outside(caller: Caller, *, named: bool = True, queue: str | None = None) -> dict[str, Any]:
    """The far end as a record shows it; carrier text stands where a name is expected."""
    party: dict[str, Any] = {}
    if caller.sent is not None:
        party["phoneNumber"] = caller.sent
    if named and caller.caller_id:
        party["name"] = f"{queue} - {caller.caller_id}" if queue else caller.caller_id
    if caller.location:
        party["location"] = caller.location
    return party


def _unanswered(call: SimCall) -> tuple[str, str]:
    if call.kind in ("queue_abandoned", "hang_up"):
        return "Stopped", "Stopped"
    if call.kind == "busy":
        return "Busy", "Line Busy"
    return "No Answer", "Not Answered"
