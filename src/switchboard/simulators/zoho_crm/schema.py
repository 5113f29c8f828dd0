"""What a fresh organisation's modules look like: their fields, lengths, rules and pick lists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

JSON_TYPES = {
    "ownerlookup": "jsonobject",
    "lookup": "jsonobject",
    "ALARM": "jsonobject",
    "integer": "integer",
    "bigint": "string",
    "currency": "double",
    "double": "double",
    "boolean": "boolean",
    "multiselectpicklist": "jsonarray",
    "text_list": "jsonarray",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module, as the organisation's administrator made it."""

    api_name: str
    data_type: str = "text"
    length: int = 255
    label: str = ""
    mandatory: bool = False  # Refused without, whatever the layout says.
    layout_required: bool = False  # Refused only when a layout or its rules are asked for.
    read_only: bool = False
    unique: bool = False  # "Do not allow duplicate values".
    case_sensitive: bool = False
    external: bool = False  # An External ID field: addressable through X-EXTERNAL.
    custom: bool = False
    picklist: tuple[str, ...] = ()
    strict: bool = False  # Refuses unknown pick list values even when the organisation does not.
    lookup: str = ""  # The module a lookup points at; "users" for owners.

    @property
    def json_type(self) -> str:
        return JSON_TYPES.get(self.data_type, "string")

    @property
    def display_label(self) -> str:
        return self.label or self.api_name.replace("__s", "").replace("_", " ")


@dataclass(slots=True)
class Module:
    """One module: its fields by api name, and what may be done with its records."""

    api_name: str
    singular: str
    number: int
    fields: dict[str, Field] = field(default_factory=dict)
    name_field: str = "Name"
    upsert_on: tuple[str, ...] = ()  # The system's own duplicate check.
    upsertable: bool = True

    def add(self, new: Field) -> None:
        self.fields[new.api_name] = new

    def change(self, api_name: str, **changes: object) -> None:
        """Alter a field as an administrator would, e.g. `change("Phone", unique=True)`."""
        self.fields[api_name] = replace(self.fields[api_name], **changes)  # type: ignore[arg-type]

    def of_type(self, *data_types: str) -> list[str]:
        return [f.api_name for f in self.fields.values() if f.data_type in data_types]


NONE = "-None-"
LEAD_STATUSES = (
    NONE,
    "New",
    "Accepted Call",
    "Missed Call",
    "Missed Call with Voicemail",
    "Attempted to Contact",
    "Contact in Future",
    "Contacted",
    "Junk Lead",
    "Lost Lead",
    "Not Contacted",
    "Pre-Qualified",
    "Qualified",
    "Not Qualified",
)
LEAD_SOURCES = (
    NONE,
    "Advertisement",
    "Cold Call",
    "Employee Referral",
    "External Referral",
    "Online Store",
    "Partner",
    "Public Relations",
    "RingCentral Integration",
    "Trade Show",
    "Web Download",
    "Web Research",
    "Chat",
)
INDUSTRIES = (NONE, "Education", "Financial Services", "Manufacturing", "Real Estate", "Service")
SALUTATIONS = (NONE, "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")

OWNER = Field("Owner", "ownerlookup", 120, lookup="users")
SYSTEM = (
    OWNER,
    Field("Created_By", "ownerlookup", 120, read_only=True, lookup="users"),
    Field("Modified_By", "ownerlookup", 120, read_only=True, lookup="users"),
    Field("Created_Time", "datetime", 120, read_only=True),
    Field("Modified_Time", "datetime", 120, read_only=True),
    Field("Last_Activity_Time", "datetime", 120, read_only=True),
    Field("Tag", "text_list", 2000),
)
DESCRIPTION = Field("Description", "textarea", 32000)


def _phone(name: str) -> Field:
    return Field(name, "phone", 30)


def _pick(name: str, values: tuple[str, ...], *, strict: bool = False) -> Field:
    return Field(name, "picklist", 120, picklist=values, strict=strict)


def _person(first: Field, company: Field) -> tuple[Field, ...]:
    return (
        _pick("Salutation", SALUTATIONS),
        first,
        Field("Last_Name", "text", 80, mandatory=True, layout_required=True),
        Field("Full_Name", "text", 80, read_only=True),
        company,
        Field("Email", "email", 100),
        Field("Secondary_Email", "email", 100),
        _phone("Phone"),
        _phone("Mobile"),
        _phone("Fax"),
        _pick("Lead_Source", LEAD_SOURCES),
        Field("Email_Opt_Out", "boolean", 5),
        Field("Skype_ID", "text", 50),
    )


LEADS = (
    *_person(
        Field("First_Name", "text", 40),
        Field("Company", "text", 200, layout_required=True),
    ),
    Field("Designation", "text", 100),
    Field("Website", "website", 450),
    _pick("Lead_Status", LEAD_STATUSES),
    _pick("Industry", INDUSTRIES),
    Field("No_of_Employees", "integer", 9),
    Field("Annual_Revenue", "currency", 16),
    Field("Street", "text", 250),
    Field("City", "text", 100),
    Field("State", "text", 100),
    Field("Zip_Code", "text", 30),
    Field("Country", "text", 100),
    Field("Converted__s", "boolean", 5, read_only=True),
    Field("Converted_Date_Time", "datetime", 120, read_only=True),
    Field("Converted_Contact", "lookup", 120, read_only=True, lookup="Contacts"),
    Field("Converted_Account", "lookup", 120, read_only=True, lookup="Accounts"),
    DESCRIPTION,
)
CONTACTS = (
    *_person(
        Field("First_Name", "text", 40),
        Field("Account_Name", "lookup", 120, lookup="Accounts"),
    ),
    Field("Title", "text", 100),
    Field("Department", "text", 50),
    _phone("Home_Phone"),
    _phone("Other_Phone"),
    _phone("Asst_Phone"),
    Field("Mailing_Street", "text", 250),
    Field("Mailing_City", "text", 100),
    Field("Mailing_State", "text", 100),
    Field("Mailing_Zip", "text", 30),
    Field("Mailing_Country", "text", 100),
    DESCRIPTION,
)
ACCOUNTS = (
    Field("Account_Name", "text", 200, mandatory=True, layout_required=True),
    _phone("Phone"),
    _phone("Fax"),
    Field("Website", "website", 450),
    _pick("Industry", INDUSTRIES),
    Field("Billing_City", "text", 100),
    DESCRIPTION,
)
CALLS = (
    Field("Subject", "text", 255, mandatory=True, layout_required=True),
    Field(
        "Call_Type",
        "picklist",
        120,
        mandatory=True,
        layout_required=True,
        strict=True,
        picklist=("Inbound", "Outbound", "Missed"),
    ),
    Field("Call_Start_Time", "datetime", 120, mandatory=True, layout_required=True),
    Field("Call_Duration", "text", 50),
    Field("Call_Duration_in_seconds", "integer", 9, read_only=True),
    _pick("Outgoing_Call_Status", (NONE, "Scheduled", "Completed"), strict=True),
    _pick("Call_Purpose", (NONE, "Prospecting", "Administrative", "Demo", "Project", "Desk")),
    _pick("Call_Result", (NONE, "Interested", "Not interested", "Requested call back")),
    Field("Call_Agenda", "textarea", 2000),
    Field("Voice_Recording__s", "website", 3000),
    Field("Dialled_Number", "text", 50, read_only=True),
    Field("Caller_ID", "text", 50, read_only=True),
    Field("Who_Id", "lookup", 120, lookup="Contacts"),
    Field("What_Id", "lookup", 120, lookup="se_module"),
    DESCRIPTION,
)
TASKS = (
    Field("Subject", "text", 255, mandatory=True, layout_required=True),
    Field("Due_Date", "date", 20),
    _pick("Status", ("Not Started", "Deferred", "In Progress", "Completed", "Waiting for input")),
    _pick("Priority", ("High", "Highest", "Low", "Lowest", "Normal")),
    Field("Who_Id", "lookup", 120, lookup="Contacts"),
    Field("What_Id", "lookup", 120, lookup="se_module"),
    Field("Closed_Time", "datetime", 120, read_only=True),
    Field("Remind_At", "ALARM", 120),
    DESCRIPTION,
)
NOTES = (
    Field("Note_Title", "text", 120),
    Field("Note_Content", "textarea", 32000),
    Field("Parent_Id", "lookup", 120, lookup="se_module"),
)

IMITATED = ("Leads", "Contacts", "Accounts", "Calls", "Tasks")
KNOWN_ELSEWHERE = (  # Modules the vendor has and this simulator answers 501 for.
    "Deals",
    "Events",
    "Campaigns",
    "Products",
    "Cases",
    "Solutions",
    "Vendors",
    "Price_Books",
    "Quotes",
    "Sales_Orders",
    "Purchase_Orders",
    "Invoices",
    "Activities",
)


def modules() -> dict[str, Module]:
    """Return the modules of a new organisation, in the order Zoho lists them."""
    found = {}
    for number, (name, singular, own, name_field, upsert_on) in enumerate(
        (
            ("Leads", "Lead", LEADS, "Full_Name", ("Email",)),
            ("Contacts", "Contact", CONTACTS, "Full_Name", ("Email",)),
            ("Accounts", "Account", ACCOUNTS, "Account_Name", ("Account_Name",)),
            ("Tasks", "Task", TASKS, "Subject", ()),
            ("Calls", "Call", CALLS, "Subject", ()),
            ("Notes", "Note", NOTES, "Note_Title", ()),
        ),
        start=1,
    ):
        module = Module(name, singular, number, name_field=name_field, upsert_on=upsert_on)
        module.upsertable = name not in {"Calls", "Tasks", "Notes"}
        for each in (*own, *SYSTEM):
            module.add(each)
        found[name] = module
    return found
