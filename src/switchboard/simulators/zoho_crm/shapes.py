"""How the settings describe fields, modules and layouts: many members, few of them ours."""

from __future__ import annotations

from typing import Any

from switchboard.simulators.zoho_crm.call import Call
from switchboard.simulators.zoho_crm.schema import Field, Module

Body = dict[str, Any]


def metadata_id(call: Call, module: Module, place: int) -> str:
    """Ids of metadata follow from the organisation's, so they stay put."""
    return str(int(call.crm.org_id) // 10**12 * 10**12 + module.number * 1_000 + place)


def field_id_of(call: Call, module: Module, api_name: str) -> str:
    return metadata_id(call, module, list(module.fields).index(api_name) + 1)


def brief(call: Call, module: Module, api_name: str) -> Body:
    field = module.fields[api_name]
    return {
        "id": field_id_of(call, module, api_name),
        "api_name": api_name,
        "name": field.display_label,
    }


def field_shape(call: Call, module: Module, field: Field) -> Body:
    field_id = field_id_of(call, module, field.api_name)
    writable = not field.read_only
    return {
        "id": field_id,
        "api_name": field.api_name,
        "field_label": field.display_label,
        "display_label": field.display_label,
        "data_type": "text" if field.data_type == "text_list" else field.data_type,
        "json_type": field.json_type,
        "length": field.length,
        "system_mandatory": field.mandatory,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "custom_field": field.custom,
        "visible": True,
        "unique": {"case_sensitive": field.case_sensitive} if field.unique else {},
        "external": {"show": True, "type": "org"} if field.external else None,
        "pick_list_values": _picklist(field, field_id),
        "pick_list_values_sorted_lexically": False,
        "lookup": _lookup(call, module, field, field_id),
        "operation_type": {
            "web_update": writable,
            "api_create": writable,
            "web_create": writable,
            "api_update": writable,
        },
        "view_type": {"view": True, "edit": writable, "quick_create": False, "create": writable},
        "profiles": [
            {
                "permission_type": "read_write" if writable else "read_only",
                "name": "Administrator",
                "id": "1",
            }
        ],
        "type": "used",
        "created_source": "default",
        "display_type": -1,
        "ui_type": 1,
        "display_field": field.api_name == module.name_field,
        "convert_mapping": {},
        "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
        "mass_update": writable,
        "filterable": True,
        "searchable": True,
        "sortable": True,
        "webhook": True,
        "separator": False,
        "public": False,
        "virtual_field": False,
        "businesscard_supported": False,
        "history_tracking_enabled": False,
        "enable_colour_code": False,
        "colour_code_enabled_by_system": False,
        "blueprint_supported": False,
        "currency": {},
        "rollup_summary": {},
        "formula": {},
        "auto_number": {},
        "multiselectlookup": {},
        "multi_module_lookup": {},
        "association_details": None,
        "range": None,
    }


def _picklist(field: Field, field_id: str) -> list[Body]:
    return [
        {
            "display_value": each,
            "actual_value": each,
            "reference_value": each,
            "sequence_number": place,
            "id": str(int(field_id) + place * 10_000),
            "type": "used",
        }
        for place, each in enumerate(field.picklist, start=1)
    ]


def _lookup(call: Call, module: Module, field: Field, field_id: str) -> Body:
    if field.data_type != "lookup":
        return {}
    target = call.crm.modules.get(field.lookup)
    return {
        "display_label": field.display_label,
        "api_name": f"{module.api_name}_{field.api_name}",
        "id": field_id,
        "module": {
            "api_name": target.api_name if target else field.lookup,
            "crypt": False,
            "id": str(target.number if target else 0),
        },
    }


def module_shape(module: Module) -> Body:
    plural = module.api_name
    return {
        "id": str(module.number),
        "api_name": plural,
        "module_name": plural,
        "plural_label": plural,
        "singular_label": module.singular,
        "actual_plural_label": plural,
        "actual_singular_label": module.singular,
        "generated_type": "default",
        "module_type": "ENTITIES",
        "status": "visible",
        "sequence_number": module.number,
        "global_search_supported": True,
        "public_fields_configured": False,
        "recycle_bin_on_delete": True,
        "has_more_profiles": False,
        "sub_menu_available": False,
        "profile_count": 2,
        "deletable": True,
        "creatable": True,
        "editable": True,
        "viewable": True,
        "api_supported": True,
        "convertable": plural == "Leads",
        "quick_create": True,
        "filter_supported": True,
        "show_as_tab": plural != "Notes",
        "description": None,
        "web_link": None,
        "modified_time": None,
        "modified_by": None,
        "arguments": [],
        "parent_module": {},
        "profiles": [{"id": "1", "name": "Administrator"}, {"id": "2", "name": "Standard"}],
    }


def layout_shape(call: Call, module: Module) -> Body:
    """The standard layout; `required` here is more than what every write is checked for."""
    fields = []
    for place, field in enumerate(module.fields.values(), start=1):
        shown = field_shape(call, module, field)
        for absent in ("external", "convert_mapping", "email_parser"):
            shown.pop(absent)
        shown.update({"required": field.layout_required, "sequence_number": place})
        for each in shown["pick_list_values"]:
            each["maps"] = []
        fields.append(shown)
    return {
        "id": metadata_id(call, module, 900),
        "name": "Standard",
        "api_name": "Standard__s",
        "display_label": "Standard",
        "status": "active",
        "visible": True,
        "source": "crm",
        "generated_type": "system",
        "has_more_profiles": False,
        "show_business_card": False,
        "created_time": None,
        "created_for": None,
        "created_by": None,
        "modified_time": None,
        "modified_by": None,
        "convert_mapping": None,
        "profiles": None,
        "actions_allowed": dict.fromkeys(
            ("edit", "rename", "clone", "downgrade", "delete", "deactivate"), False
        )
        | {"set_layout_permissions": False},
        "sections": [
            {
                "id": metadata_id(call, module, 901),
                "name": f"{module.singular} Information",
                "api_name": f"{module.singular}_Information",
                "display_label": f"{module.singular} Information",
                "sequence_number": 1,
                "column_count": 2,
                "isSubformSection": False,
                "mode": "all",
                "tab_traversal": "left_to_right",
                "generated_type": "default",
                "type": "used",
                "properties": None,
                "actions_allowed": dict.fromkeys(
                    (
                        "add_field",
                        "rename",
                        "change_tab_traversal",
                        "reorder",
                        "delete",
                        "remove_field",
                        "change_column_count",
                    ),
                    False,
                ),
                "fields": fields,
            }
        ],
    }
