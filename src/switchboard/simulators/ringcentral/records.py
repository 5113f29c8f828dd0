"""Write call-log records as RingCentral shows them at this moment."""

from __future__ import annotations

from typing import Any

from switchboard.simulators.ringcentral.calls import SHORT_RECORDING_SECONDS, SimCall
from switchboard.simulators.ringcentral.company import Company
from switchboard.simulators.ringcentral.formats import stamp
from switchboard.simulators.ringcentral.legs import LegWriter, outside

RETENTION_SECONDS = 90 * 86400.0  # Recordings of older calls are gone: ringcentral.md §4.


class RecordWriter:
    """Bound to one moment and to the addresses of the client that asks."""

    def __init__(
        self, company: Company, *, uri: str, media_uri: str, now: float, elapsed: float
    ) -> None:
        self._company = company
        self._uri, self._media_uri = uri, media_uri
        self._now, self._elapsed = now, elapsed
        self._legs = LegWriter(company, uri)

    def record(
        self, call: SimCall, part: int = 0, *, detailed: bool, extension: str | None = None
    ) -> dict[str, Any]:
        """One record; with *extension*, as that extension's own log shows the call."""
        if call.settled(self._elapsed):
            record = self._final(call, part, detailed=detailed)
        else:
            record = self._provisional(call, part, detailed=detailed)
        if extension is not None:
            self._own(record, call, part, extension)
        elif part == 1 and call.kind == "queue_elsewhere":
            self._elsewhere(record, call, detailed=detailed)
        return record

    def _head(self, call: SimCall, part: int, *, detailed: bool) -> dict[str, Any]:
        record_id = call.record_id(part)
        view = "Detailed" if detailed else "Simple"
        return {
            "uri": f"{self._uri}/call-log/{record_id}?view={view}",
            "id": record_id,
            "sessionId": call.session_id(part),
            "telephonySessionId": call.session,
            "partyId": f"p-{call.session[2:]}-{part + 1}",
            "startTime": stamp(call.start),
        }

    def _final(self, call: SimCall, part: int, *, detailed: bool) -> dict[str, Any]:
        facts = call.facts
        record = self._head(call, part, detailed=detailed) | {
            "duration": call.duration,
            "durationMs": call.duration * 1000 + 120,
            "type": facts.type,
            "internalType": self._internal_type(call),
            "direction": facts.direction,
            "action": facts.action,
            "result": call.result,
            "reason": facts.reason,
            "reasonDescription": "",
            **self._parties(call, part),
            "transport": "VoIP" if call.kind.startswith("internal") else "PSTN",
            "finished": True,
        }
        self._artefacts(record, call)
        if call.key % 5 < 2 and call.involved:  # Company records often lack it: §2.3.
            first = call.involved[0]
            record["extension"] = {"id": int(first), "uri": f"{self._uri}/extension/{first}"}
        if detailed:
            record["lastModifiedTime"] = stamp(call.modified)
            record["billing"] = {"costIncluded": 0, "costPurchased": 0}
            record["legs"] = self._legs.legs(call)
            if "recording" in record and call.agent and len(record["legs"]) > 1:
                took = [leg for leg in record["legs"][1:] if leg["result"] == "Accepted"]
                for leg in took[:1]:
                    leg["recording"] = record["recording"]
            if "message" in record:
                record["legs"][0]["message"] = record["message"]
        return record

    def _provisional(self, call: SimCall, part: int, *, detailed: bool) -> dict[str, Any]:
        """Before the call is over: wrong direction, wrong action, the agent as the caller."""
        living = call.living
        style = living.style if living else "In Progress"
        so_far = max(0, min(call.duration, int(self._now - call.start)))
        legs = self._legs.provisional(call, style, so_far)
        record = self._head(call, part, detailed=detailed) | {
            "duration": so_far,
            "durationMs": so_far * 1000,
            "type": "Voice",
            "internalType": "LocalNumber",
            "direction": "Outbound",
            "action": "VoIP Call",
            "result": style,
            "from": legs[0]["from"],
            "to": legs[0]["to"],
            "transport": "PSTN",
            "finished": False,
        }
        if detailed:
            record["lastModifiedTime"] = stamp(call.start + 2)
            record["billing"] = {"costIncluded": 0, "costPurchased": 0}
            record["legs"] = legs
        return record

    def _parties(self, call: SimCall, part: int) -> dict[str, Any]:
        extensions = self._company.extensions
        if call.facts.direction == "Outbound":
            agent = extensions.get(call.agent or "")
            own = self._legs.party(agent)
            if call.kind.startswith("internal"):
                other = extensions.get(call.rung[0][0]) if call.rung else None
                return {"from": own, "to": self._legs.party(other)}
            if agent is not None and agent.phone:
                own["phoneNumber"] = agent.phone
            if call.kind == "ringout" and part == 1:
                return {"from": outside(call.caller, named=False), "to": own}
            return {"from": own, "to": outside(call.caller, named=False)}
        queue = extensions.get(call.queue or "")
        prefix = queue.name if queue is not None and call.key % 7 == 0 else None
        to: dict[str, Any] = {"phoneNumber": call.dialled}
        target = queue or (extensions.get(call.rung[0][0]) if call.rung else None)
        if target is not None:
            to["name"] = target.name
            if call.key % 3:
                to["extensionNumber"] = target.number
        return {"from": outside(call.caller, queue=prefix), "to": to}

    def _artefacts(self, record: dict[str, Any], call: SimCall) -> None:
        recent = self._now - call.start < RETENTION_SECONDS
        recording = call.recording_id
        if recording is not None and recent:
            record["recording"] = {
                "id": recording,
                "uri": f"{self._uri}/recording/{recording}",
                "type": "Automatic" if call.key % 4 else "OnDemand",
                "contentUri": f"{self._media_uri}/recording/{recording}/content",
            }
        elif call.recorded and call.talk_seconds < SHORT_RECORDING_SECONDS:
            record["shortRecording"] = True
        if call.message_id is not None:
            mailbox = f"{self._uri}/extension/{call.mailbox}"
            record["message"] = {
                "id": str(call.message_id),
                "type": call.facts.message,
                "uri": f"{mailbox}/message-store/{call.message_id}",
            }

    def _elsewhere(self, record: dict[str, Any], call: SimCall, *, detailed: bool) -> None:
        """The second record of the session: a colleague's phone stopped ringing."""
        rung = next((e for e, _ in call.rung if e != call.agent), call.involved[0])
        extension = self._company.extensions.get(rung)
        record.pop("recording", None)
        record |= {
            "result": "Answered Elsewhere",
            "reason": "Stopped",
            "duration": 8,
            "durationMs": 8000,
        }
        record["to"] = self._legs.party(extension) | {"phoneNumber": call.dialled}
        record["extension"] = {"id": int(rung), "uri": f"{self._uri}/extension/{rung}"}
        if detailed:
            leg = self._legs.legs(call)[0] | {
                "result": "Answered Elsewhere",
                "duration": 8,
                "durationMs": 8000,
            }
            leg["to"], leg["extension"] = record["to"], record["extension"]
            record["legs"] = [leg]

    def _own(self, record: dict[str, Any], call: SimCall, part: int, extension: str) -> None:
        """Turn a company record into the one in *extension*'s own log."""
        record["id"] = call.record_id(part, extension)
        record["uri"] = record["uri"].replace(
            f"/call-log/{call.record_id(part)}", f"/extension/{extension}/call-log/{record['id']}"
        )
        record["extension"] = {"id": int(extension), "uri": f"{self._uri}/extension/{extension}"}
        if not call.settled(self._elapsed):
            return
        if call.kind.startswith("internal") and extension != call.agent:
            record["direction"], record["action"] = "Inbound", "Phone Call"
            record["result"] = "Accepted" if call.facts.answered else "Missed"
        rung = any(extension == e for e, _ in call.rung)
        if call.queue and rung and extension != call.agent:
            record["result"] = "Answered Elsewhere" if call.facts.answered else "Missed"
            record.pop("recording", None)
            record.pop("message", None)

    def _internal_type(self, call: SimCall) -> str:
        if call.kind.startswith("internal"):
            return "Sip"
        if call.kind == "ringout":
            return "RingOut"
        e164 = call.caller.e164 or ""
        if e164 and not e164.startswith("+1"):
            return "International"
        return "LocalNumber" if call.facts.direction == "Inbound" else "LongDistance"
