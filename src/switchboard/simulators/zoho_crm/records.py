"""Create, update, upsert and delete records: every item of a batch gets its own answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import JSONResponse, Response

from switchboard.simulators.zoho_crm import errors, render, values
from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.check import Writer
from switchboard.simulators.zoho_crm.errors import ItemRefusal
from switchboard.simulators.zoho_crm.table import Record, Table

TRIGGERS = {"workflow", "approval", "blueprint", "pathfinder", "orchestration"}
HEAVY_ITEMS = 10  # Writes of more records than this take a place in the pool of heavy calls.
DELETE_IDS = 100

Body = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """One item's answer; `status` is what a single-record call would answer with."""

    body: Body
    ok: bool = True
    status: int = 400


def cost(call: Call) -> float:
    """One credit per started block of ten records."""
    return max(1, -(-call.size() // 10))


def heavy(call: Call) -> bool:
    return call.size() > HEAVY_ITEMS


def create(call: Call) -> Response:
    table = call.table()
    items = call.items()
    writer = _writer(call, table)
    return batch(items, lambda index, each: _insert(writer, index, each), 201)


def update_many(call: Call) -> Response:
    table = call.table()
    items = call.items()
    writer = _writer(call, table)

    def one(index: int, each: Body) -> Outcome:
        record = _addressed(call, table, each.get("id"), each, index)
        return _update(call, writer, index, record, each)

    return batch(items, one, 200)


def update_one(call: Call) -> Response:
    table = call.table()
    (each,) = call.items(1)
    writer = _writer(call, table)

    def one(index: int, each: Body) -> Outcome:
        record = _addressed(call, table, call.path["id"], each, None)
        return _update(call, writer, index, record, each)

    return batch([each], one, 200)


def upsert(call: Call) -> Response:
    table = call.table()
    if not table.module.upsertable:
        raise errors.Refusal(
            400,
            "NOT_SUPPORTED",
            "upsert is not supported for this module",
            {"module": table.module.api_name},
        )
    items = call.items()
    writer = _writer(call, table)
    keys = _duplicate_keys(call, table)

    def one(index: int, each: Body) -> Outcome:
        for name in keys:
            found = _first(table, name, each.get(name))
            if found is not None:
                outcome = _update(call, writer, index, found, each)
                outcome.body.update({"action": "update", "duplicate_field": name})
                return outcome
        outcome = _insert(writer, index, each)
        outcome.body.update({"action": "insert", "duplicate_field": None})
        return outcome

    return batch(items, one, 200)


def delete_many(call: Call) -> Response:
    table = call.table()
    ids = [each.strip() for each in call.query.get("ids", "").split(",") if each.strip()]
    if not ids:
        raise errors.param_missing("ids")
    if len(ids) > DELETE_IDS:
        raise errors.limit_exceeded("ids", DELETE_IDS)
    return batch(ids, lambda _, each: _delete(call, table, each), 200)


def delete_one(call: Call) -> Response:
    table = call.table()
    return batch([call.path["id"]], lambda _, each: _delete(call, table, each), 200)


def batch(items: Sequence[T], write: Callable[[int, T], Outcome], all_good: int) -> Response:
    """Write item by item; a refusal is that item's answer and nobody else's."""
    outcomes = []
    for index, each in enumerate(items):
        try:
            outcomes.append(write(index, each))
        except ItemRefusal as refusal:
            status = 412 if refusal.code == "ALREADY_MODIFIED" else 400
            outcomes.append(Outcome(refusal.body, ok=False, status=status))
    return _answer(outcomes, all_good)


def _answer(outcomes: list[Outcome], all_good: int) -> Response:
    """Choose the status of a batch: all good, mixed (207), or all bad (400)."""
    good = sum(outcome.ok for outcome in outcomes)
    if good == len(outcomes):
        status = all_good
    elif good:
        status = 207
    else:
        statuses = {outcome.status for outcome in outcomes}
        status = statuses.pop() if len(statuses) == 1 else 400
    return JSONResponse({"data": [outcome.body for outcome in outcomes]}, status_code=status)


def success(message: str, details: Body) -> Outcome:
    return Outcome({"code": "SUCCESS", "details": details, "message": message, "status": "success"})


def _writer(call: Call, table: Table) -> Writer:
    trigger = call.json.get("trigger")
    if trigger is not None and (
        not isinstance(trigger, list) or not {str(each) for each in trigger} <= TRIGGERS
    ):
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "invalid data",
            {"api_name": "trigger", "json_path": "$.trigger", "supported_values": sorted(TRIGGERS)},
        )
    layout_rules = any(
        isinstance(each, dict) and each.get("name") == "layout_rules"
        for each in call.json.get("apply_feature_execution") or ()
    )
    owner = None
    if call.json.get("lar_id") is not None:
        rule = call.crm.assignment_rules.get(str(call.json["lar_id"]))
        if rule is None or rule.module != table.module.api_name:
            raise errors.Refusal(
                400, "INVALID_DATA", "invalid data", {"api_name": "lar_id", "json_path": "$.lar_id"}
            )
        owner = rule.owner
    return Writer(
        call.crm, table, layout_rules=layout_rules, rule_owner=owner, lag=call.extra_lag_s
    )


def _insert(writer: Writer, index: int, each: Body) -> Outcome:
    record = writer.insert(index, each)
    return success("record added", render.written(writer.crm, record))


def _update(call: Call, writer: Writer, index: int, record: Record, each: Body) -> Outcome:
    since = call.headers.get("if-unmodified-since")
    if since is not None and int(record.modified) > moment(since, "If-Unmodified-Since"):
        raise ItemRefusal(
            "ALREADY_MODIFIED",
            "the record has been already modified",
            {"id": record.id, "Modified_Time": call.crm.time(record.modified)},
        )
    if record.converted:
        raise errors.already_converted(record.id)
    writer.update(index, record, each)
    return success("record updated", render.written(call.crm, record))


def _delete(call: Call, table: Table, record_id: str) -> Outcome:
    record = _addressed(call, table, record_id, {}, None)
    crm = call.crm
    table.remove(record, by=crm.current_user, at=crm.now())
    for family in (crm.notes, crm.attachments):
        for thing in family.of(record.id):
            family.remove(thing)
    return success("record deleted", {"id": record.id})


def _addressed(call: Call, table: Table, given: Any, each: Body, index: int | None) -> Record:
    """The record an id, or an external key, names."""
    external = call.external
    if external is not None and external[0] == table.module.api_name:
        found = _first(table, external[1], given if index is None else each.get(external[1]))
        if found is None:
            raise errors.invalid_id(index)
        return found
    if given is None:
        raise errors.mandatory(index or 0, "id")
    record_id = values.record_id(given)
    record = table.rows.get(record_id) if record_id else None
    if record is None:
        raise errors.invalid_id(index)
    return record


def _duplicate_keys(call: Call, table: Table) -> list[str]:
    """Fields an upsert compares, in order: those asked for, then the other unique ones."""
    module = table.module
    unique = [field.api_name for field in module.fields.values() if field.unique]
    asked = call.json.get("duplicate_check_fields")
    if not asked:
        return [*module.upsert_on, *unique]
    for place, name in enumerate(asked):
        if name not in unique and name not in module.upsert_on:
            path = f"$.duplicate_check_fields[{place}]"
            raise errors.Refusal(
                400, "INVALID_DATA", "invalid data", {"api_name": str(name), "json_path": path}
            )
    return [*asked, *(name for name in unique if name not in asked)]


def _first(table: Table, name: str, given: Any) -> Record | None:
    if given is None or given == "":
        return None
    for found in table.holding(name, [given]):
        if not table.rows[found].converted:
            return table.rows[found]
    return None


def moment(text: str, header: str) -> int:
    """A date-time header as epoch seconds."""
    try:
        return int(values.read_datetime(text))
    except values.BadValueError as error:
        raise errors.Refusal(
            400,
            "INVALID_DATA",
            "invalid data",
            {"header": header, "expected_data_type": "datetime"},
        ) from error
