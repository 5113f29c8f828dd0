"""Check one record's fields against the organisation's rules, then store it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from switchboard.simulators.zoho_crm import errors, values
from switchboard.simulators.zoho_crm.errors import ItemRefusal
from switchboard.simulators.zoho_crm.schema import Field
from switchboard.simulators.zoho_crm.state import CrmState, Tag, named
from switchboard.simulators.zoho_crm.table import Record, Table

MAX_TAGS = 10
TASK_DONE = "Completed"


class SeveralRefusals(ItemRefusal):
    """More than one thing is wrong with an item."""

    def __init__(self, refusals: list[ItemRefusal]) -> None:
        super().__init__("MULTIPLE_OR_MULTI_ERRORS", "")
        self.body = errors.several(refusals)


@dataclass(slots=True)
class Writer:
    """Writes records of one module for one request."""

    crm: CrmState
    table: Table
    layout_rules: bool = False
    rule_owner: str | None = None  # Of an assignment rule (`lar_id`).
    lag: float = 0.0

    def insert(self, index: int, given: dict[str, Any]) -> Record:
        crm = self.crm
        fields = self._checked(index, given, None)
        fields.setdefault("Owner", crm.current_user)
        if self.rule_owner is not None:
            fields["Owner"] = self.rule_owner
        at = crm.now()
        record = Record(
            crm.next_id(),
            named(self.table.module.api_name, fields),
            at,
            at,
            crm.current_user,
            crm.current_user,
            indexed_at=self._indexed_at(),
        )
        self.table.put(record)
        return record

    def update(self, index: int, record: Record, given: dict[str, Any]) -> None:
        crm = self.crm
        changes = self._checked(index, given, record)
        if changes.keys() & {"First_Name", "Last_Name"}:
            merged = named(self.table.module.api_name, {**record.fields, **changes})
            if "Full_Name" in merged:
                changes["Full_Name"] = merged["Full_Name"]
        if crm.elapsed() >= record.indexed_at:
            record.stale = record.fields
        record.indexed_at = self._indexed_at()
        self.table.change(record, changes)
        record.modified, record.modified_by = crm.now(), crm.current_user

    def _indexed_at(self) -> float:
        return self.crm.elapsed() + self.crm.rules.index_lag_s + self.lag

    def _checked(self, index: int, given: dict[str, Any], record: Record | None) -> dict[str, Any]:
        """Return what to store, or raise what Zoho would refuse it with."""
        refusals: list[ItemRefusal] = []
        kept: dict[str, Any] = {}
        for name, value in given.items():
            try:
                self._field(index, name, value, kept)
            except ItemRefusal as refusal:
                refusals.append(refusal)
        refusals += self._missing(index, given, kept, record)
        if not refusals:
            refusals += self._related(index, kept, record)
        if not refusals:
            refusals += self._duplicates(index, kept, record)
        if refusals:
            raise refusals[0] if len(refusals) == 1 else SeveralRefusals(refusals)
        return kept

    def _field(self, index: int, name: str, value: Any, kept: dict[str, Any]) -> None:
        field = self.table.module.fields.get(name)
        if name == "$se_module":
            kept[name] = value
        if field is None:
            if self.crm.rules.strict_fields and name != "id" and not name.startswith("$"):
                raise errors.invalid_item(index, name)
            return
        if field.read_only:
            return  # Zoho ignores what it keeps itself.
        if field.api_name == "Tag":
            kept["Tag"] = self._tags(index, value)
            return
        try:
            strict = self.crm.rules.strict_picklists
            kept[name] = values.stored(field, value, strict_picklist=strict)
        except values.BadValueError as error:
            raise errors.invalid_item(index, name, **error.why) from error

    def _tags(self, index: int, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(
            isinstance(each, dict) and each.get("name") for each in value
        ):
            raise errors.invalid_item(index, "Tag", expected_data_type="jsonarray")
        if len(value) > MAX_TAGS:
            raise errors.invalid_item(index, "Tag", maximum_length=MAX_TAGS)
        return [make_tag(self.crm, self.table.module.api_name, each["name"]).name for each in value]

    def _missing(
        self, index: int, given: dict[str, Any], kept: dict[str, Any], record: Record | None
    ) -> list[ItemRefusal]:
        """Mandatory fields: all of them on insert, the emptied ones on update."""
        by_layout = self.layout_rules or given.get("Layout") is not None
        return [
            errors.mandatory(index, field.api_name)
            for field in self.table.module.fields.values()
            if (field.mandatory or (by_layout and field.layout_required))
            and (record is None or field.api_name in given)
            and kept.get(field.api_name) is None
            and not (field.api_name in given and given[field.api_name] not in (None, ""))
        ]

    def _related(
        self, index: int, kept: dict[str, Any], record: Record | None
    ) -> list[ItemRefusal]:
        """Owners must be active users, lookups must lead to records."""
        found: list[ItemRefusal] = []
        owner = kept.get("Owner")
        if owner is not None:
            user = self.crm.users.get(owner)
            if user is None or user.status != "active":
                found.append(errors.invalid_item(index, "Owner"))
        se_module = kept.get("$se_module") or (record and record.fields.get("$se_module"))
        for name, value in kept.items():
            field = self.table.module.fields.get(name)
            if field is None or field.data_type != "lookup" or value is None:
                continue
            target = se_module if field.lookup == "se_module" else field.lookup
            if target is None:
                details = {"api_name": "$se_module", "json_path": f"$.data[{index}].$se_module"}
                found.append(
                    ItemRefusal("DEPENDENT_FIELD_MISSING", "dependent field missing", details)
                )
            elif target not in self.crm.tables or value not in self.crm.tables[target].rows:
                found.append(errors.invalid_item(index, name))
        if self.table.module.api_name == "Calls":
            found += self._call(index, kept, record)
        if self.table.module.api_name == "Tasks" and kept.get("Status") is not None:
            kept["Closed_Time"] = self._closed_time(kept["Status"], record)
        return found

    def _closed_time(self, status: str, record: Record | None) -> float | None:
        """When the task was completed: Zoho keeps it itself."""
        if status != TASK_DONE:
            return None
        before = record.fields.get("Closed_Time") if record else None
        return self.crm.now() if before is None else float(before)

    def _call(self, index: int, kept: dict[str, Any], record: Record | None) -> list[ItemRefusal]:
        """A completed call has a duration, and an answered one is not zero seconds long."""
        whole = {**(record.fields if record else {}), **kept}
        duration = whole.get("Call_Duration")
        answered = whole.get("Call_Type") in {"Inbound", "Outbound"}
        completed = whole.get("Outgoing_Call_Status") != "Scheduled"
        details = {"api_name": "Call_Duration", "json_path": f"$.data[{index}].Call_Duration"}
        if duration is None:
            return [errors.mandatory(index, "Call_Duration")] if answered and completed else []
        try:
            seconds = values.call_seconds(duration)
        except values.BadValueError as error:
            return [errors.invalid_item(index, "Call_Duration", **error.why)]
        if answered and completed and not seconds:
            return [ItemRefusal("DEPENDENT_MISMATCH", "dependent field mismatch", details)]
        kept["Call_Duration_in_seconds"] = seconds
        return []

    def _duplicates(
        self, index: int, kept: dict[str, Any], record: Record | None
    ) -> list[ItemRefusal]:
        for name, value in kept.items():
            field = self.table.module.fields.get(name)
            if field is None or not (field.unique or field.external) or value is None:
                continue
            found = self._holder(field, value, record)
            if found is not None:
                return [self._duplicate(index, name, *found)]
        return []

    def _holder(self, field: Field, value: Any, record: Record | None) -> tuple[str, Record] | None:
        """Who already has the value: this module, or where the preference looks as well."""
        preference = self.crm.rules.duplicate_check
        for found in self.table.holding(field.api_name, [value]):
            other = self.table.rows[found]
            if other is record or (other.converted and preference != "converted_records"):
                continue
            if not field.case_sensitive or other.fields[field.api_name] == value:
                return self.table.module.api_name, other
        contacts = self.crm.tables["Contacts"]
        if (
            self.table.module.api_name == "Leads"
            and preference == "mapped_module_records"
            and field.api_name in contacts.module.fields
        ):
            for found in contacts.holding(field.api_name, [value]):
                return "Contacts", contacts.rows[found]
        return None

    def _duplicate(self, index: int, name: str, module: str, other: Record) -> ItemRefusal:
        number = self.crm.modules[module].number
        details = {
            "api_name": name,
            "json_path": f"$.data[{index}].{name}",
            "duplicate_record": {
                "id": other.id,
                "Owner": self.crm.user_ref(other.fields["Owner"]),
                "module": {"api_name": module, "id": str(number)},
            },
            "more_records": False,
        }
        return ItemRefusal("DUPLICATE_DATA", "duplicate data", details)


def make_tag(crm: CrmState, module: str, name: str) -> Tag:
    """The module's tag of that name; a new name makes a new tag, as at Zoho."""
    tags = crm.tags.setdefault(module, {})
    if name not in tags:
        tags[name] = Tag(crm.next_id(), name, crm.now())
    return tags[name]
