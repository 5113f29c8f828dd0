"""Name every table once: what must survive a crash, in SQLAlchemy Core.

Times are epoch seconds (UTC) as floats, documents are JSON text: both read the same on SQLite
and PostgreSQL. `migrations/` creates these tables; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

# Only open rows are in the claim indexes, so a claim costs what it returns, however long the
# history grows. SQLite proves a partial index only from the same literal: see ledger.due().
WAITING = text("fate = 'waiting'")
PARKED = text("fate = 'parked'")

interaction = Table(
    "interaction",
    metadata,
    Column("id", Text, primary_key=True),  # call:<account>:<session>
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("office", Text),
    Column("person", Text, nullable=False),  # E.164, or the interaction's id when anonymous
    Column("started_at", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("fate", Text, nullable=False),  # waiting | done | skipped | parked
    Column("reason", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    Column("error_code", Text),
    Column("due_at", Double),  # NULL: nothing to be done (yet)
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("document", Text, nullable=False, server_default="{}"),
    Column("digest", Text, nullable=False, server_default=""),
    Column("first_seen", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    # What is counted for people can be read from the index alone.
    Index("interaction_counted", "started_at", "kind", "office", "outcome", "fate", "reason"),
    Index("interaction_person", "person", "started_at"),
    Index("interaction_parked", "finished_at", "id", sqlite_where=PARKED, postgresql_where=PARKED),
    Index(
        "interaction_waiting",
        "started_at",
        "id",
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    ),
    Index(
        "interaction_waiting_office",
        "office",
        "started_at",
        "id",
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    ),
)

record = Table(
    "record",
    metadata,
    Column("interaction_id", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

effect = Table(
    "effect",
    metadata,
    Column("key", Text, primary_key=True),
    Column("interaction_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),  # lead | note | status | owner | task | close | ...
    Column("module", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),  # journal.LEGAL names the states and their order
    Column("request", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("vendor_id", Text),
    Column("error_code", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("worker", Text),  # Who sent it last, under which fence.
    Column("fence", Integer),
    Column("intended_at", Double, nullable=False),
    Column("sending_at", Double),
    Column("finished_at", Double),
    Index("effect_interaction", "interaction_id", "sequence"),
    Index("effect_person", "person", "state"),
    Index("effect_state", "state", "intended_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("person", Text, primary_key=True),
    Column("worker", Text, nullable=False),  # "" once given back: the fence must not start again
    Column("fence", Integer, nullable=False),
    Column("until", Double, nullable=False),
    Index("lease_worker", "worker"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("heartbeat", Double, nullable=False),
)

directory = Table(
    "directory",
    metadata,
    Column("module", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("full_name", Text),
    Column("owner_id", Text),
    Column("lead_status", Text),
    Column("converted", Boolean, nullable=False),
    Column("converted_contact_id", Text),
    Column("modified_at", Double),
    Column("document", Text, nullable=False, server_default="{}"),
)

directory_phone = Table(
    "directory_phone",
    metadata,
    Column("module", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("e164", Text, primary_key=True),
    ForeignKeyConstraint(
        ["module", "record_id"], ["directory.module", "directory.record_id"], ondelete="CASCADE"
    ),
    Index("directory_phone_e164", "e164"),
)

directory_state = Table(
    "directory_state",
    metadata,
    Column("module", Text, primary_key=True),
    Column("synced_at", Double, nullable=False),
)

person_status = Table(
    "person_status",
    metadata,
    Column("person", Text, primary_key=True),
    Column("module", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("call_started_at", Double, nullable=False),
)

rotation = Table(
    "rotation",
    metadata,
    Column("office", Text, primary_key=True),
    Column("owner_id", Text, primary_key=True),
    Column("current", Double, nullable=False),
    Column("assigned", Integer, nullable=False, server_default="0"),
)

budget = Table(
    "budget",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("next_slot", Double, nullable=False, server_default="0"),
    Column("blocked_until", Double, nullable=False, server_default="0"),
    Column("used", Double, nullable=False, server_default="0"),
    Column("updated_at", Double, nullable=False, server_default="0"),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Text, primary_key=True),  # YYYY-MM-DD, UTC
    Column("vendor", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("credits", Double, nullable=False, server_default="0"),
)

breaker = Table(
    "breaker",
    metadata,
    Column("vendor", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("opened_at", Double),
    Column("ttl", Double),
    Column("document", Text, nullable=False, server_default="{}"),
)

token = Table(
    "token",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("ciphertext", Text),  # As the Cipher gave it (Fernet: URL-safe ASCII).
    Column("expires_at", Double, nullable=False, server_default="0"),
    Column("document", Text, nullable=False, server_default="{}"),
    Column("holder", Text),
    Column("holder_until", Double, nullable=False, server_default="0"),
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("office", Text),
    Column("options", Text, nullable=False, server_default="{}"),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("outcome", Text),
    Column("summary", Text, nullable=False, server_default="{}"),
    Column("actor", Text, nullable=False, server_default=""),  # cli:ana, console:ana, schedule:am
    Column("worker", Text),  # Whose heartbeat says that its process still lives.
    Column("stage", Text, nullable=False, server_default=""),
    Column("done", Integer, nullable=False, server_default="0"),  # calls, of `total`
    Column("total", Integer, nullable=False, server_default="0"),
    Column("stop_requested_at", Double),
    Column("stop_requested_by", Text),
    Column("closed_at", Double),  # after `finished_at`: the report is written, no line follows
    Index("run_started", "started_at"),
)

# What a run said, masked as the log is: see recording.py.
run_line = Table(
    "run_line",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("level", Text, nullable=False),  # debug | info | warn | error
    Column("text", Text, nullable=False),
)

# What a dry run would write; callers stand in it as they do in `interaction`.
run_plan = Table(
    "run_plan",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),  # write | skip | wait | park
    Column("document", Text, nullable=False),
)

media = Table(
    "media",
    metadata,
    Column("key", Text, primary_key=True),  # <interaction id>:media:<kind>:<media id>
    Column("interaction_id", Text, nullable=False),
    Column("office", Text),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),  # recording | voicemail
    Column("media_id", Text, nullable=False),  # RingCentral's id of the recording or message
    Column("mailbox_id", Text),  # the extension whose message store holds the voicemail
    Column("position", Integer, nullable=False, server_default="0"),  # order of the legs
    Column("content_uri", Text),  # as RingCentral sent it; the client checks the host
    Column("recording_type", Text),  # Automatic | OnDemand: kept for different times
    Column("call_started_at", Double, nullable=False),
    Column("call_ended_at", Double, nullable=False),
    Column("state", Text, nullable=False),  # owed | done | gone | parked | needless
    Column("why", Text, nullable=False, server_default=""),
    Column("error_code", Text),
    Column("due_at", Double),  # NULL: nothing to be done (yet)
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("expires_at", Double),  # when RingCentral deletes it
    Column("alarmed_at", Double),
    Column("module", Text),
    Column("record_id", Text),
    Column("attachment_id", Text),
    Column("file_name", Text),
    Column("content_type", Text),
    Column("size", Integer),
    Column("transcript", Text),  # none | waiting | written
    Column("first_seen", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    Index("media_interaction", "interaction_id", "position"),
    Index("media_owed", "state", "due_at"),
)

callback = Table(
    "callback",
    metadata,
    Column("interaction_id", Text, primary_key=True),  # the missed call that asked for it
    Column("office", Text),
    Column("person", Text, nullable=False),
    Column("opened_at", Double, nullable=False),  # start of the missed call
    Column("task_due_at", Double),
    Column("state", Text, nullable=False),  # owed | open | closing | closed | needless | parked
    Column("why", Text, nullable=False, server_default=""),
    Column("error_code", Text),
    Column("due_at", Double),  # NULL: nothing to be done (yet)
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("closed_by", Text),  # the interaction that reached the caller
    Column("joins", Text),  # the missed call whose call-back serves this one as well
    Column("module", Text),
    Column("record_id", Text),
    Column("task_id", Text),
    Column("document", Text, nullable=False, server_default="{}"),
    Column("first_seen", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    Index("callback_person", "person", "state"),
    Index("callback_due", "state", "due_at"),
)

reach = Table(
    "reach",
    metadata,
    Column("person", Text, primary_key=True),
    Column("reached_at", Double, nullable=False),  # start of the latest call that reached them
    Column("reached_by", Text, nullable=False),  # its interaction
    Column("why", Text, nullable=False, server_default=""),
)

mail = Table(
    "mail",
    metadata,
    Column("key", Text, primary_key=True),  # <run or occasion>:<kind>:<recipient>
    Column("run_id", Text),
    Column("kind", Text, nullable=False),  # report | errors | alarm | test
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message", Text),  # RFC 5322 text; emptied once it is sent and old
    Column("state", Text, nullable=False),  # queued | sending | sent | refused | parked
    Column("error_code", Text),
    Column("error", Text),
    Column(
        "attempts", Integer, nullable=False, server_default="0"
    ),  # only grows: tells claims apart
    Column("tries", Integer, nullable=False, server_default="0"),  # of this round of the ladder
    Column("due_at", Double),
    Column("give_up_at", Double),  # the end of this round
    Column("worker", Text),
    Column("created_at", Double, nullable=False),
    Column("sending_at", Double),
    Column("handed_at", Double),  # written right before the line that ends the mail
    Column("finished_at", Double),
    Index("mail_state", "state", "due_at"),
    Index("mail_run", "run_id"),
)

report = Table(
    "report",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("path", Text, nullable=False),  # below the configuration directory, with /
    Column("title", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("size", Integer, nullable=False, server_default="0"),
    Index("report_created", "created_at"),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cron", Text, nullable=False),  # with its zone: what next_at was worked out from
    Column("next_at", Double),  # the slot that is run next
    Column("last_slot", Double),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("outcome", Text),  # running | done | parked | stopped | failed | interrupted | died
    Column("error_code", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),  # of last_slot
    Column("skipped_slot", Double),  # passed over, because the run before still ran
    Column("run_id", Text),
    Column("holder", Text),
    Column("holder_until", Double, nullable=False, server_default="0"),
)

# --- chats; a column called `sealed` holds ciphertext: sealing.py -------------------------------

conversation = Table(
    "conversation",
    metadata,
    Column("id", Text, primary_key=True),  # chat:<portal>:<conversation>; also its interaction
    Column("channel", Text),
    Column("stage", Text, nullable=False),
    Column("workflow", Text),
    Column("verified", Boolean, nullable=False),
    Column("tickets", Text, nullable=False, server_default="[]"),  # JSON: the vendor's ids
    Column("version", Integer, nullable=False),
    Column("sealed", Text),  # the dialogue's state; NULL once it was emptied
    Column("sealed_visitor", Text),
    Column("email_hash", Text),
    Column("phone_hash", Text),
    Column("opened_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("closed_at", Double),
    Column("expires_at", Double),  # NULL: nothing ends it by itself
    Index("conversation_email", "email_hash"),
    Index("conversation_phone", "phone_hash"),
    Index("conversation_updated", "updated_at"),
    Index("conversation_expires", "closed_at", "expires_at"),
)

message = Table(
    "message",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("direction", Text, nullable=False),  # visitor | bot | operator | system
    Column("sealed", Text),  # text and options; NULL once they were emptied
    Column("at", Double, nullable=False),
    Column("delivery", Text),  # the delivery it came with or answered
)

delivery = Table(
    "delivery",
    metadata,
    Column("key", Text, primary_key=True),
    Column("conversation_id", Text),
    Column("received_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("holder", Text),
    Column("holder_until", Double, nullable=False, server_default="0"),
    Column("answered_at", Double),
    Column("sealed", Text),  # the answer
    Index("delivery_received", "received_at"),
    Index("delivery_conversation", "conversation_id"),
)

approval = Table(
    "approval",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("reference", Text, nullable=False),  # of the ticket it is about
    Column("asked_hash", Text),  # who was asked, for look-ups
    Column("sealed", Text),  # who was asked, what for, who decided and why
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("decision", Text),  # approved | declined | expired; NULL: open
    Column("decided_at", Double),
    Index("approval_conversation", "conversation_id"),
    Index("approval_asked", "asked_hash"),
    Index("approval_expires", "decision", "expires_at"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("reference", Text, primary_key=True),  # TicketDraft.reference, or that of a request
    Column("conversation_id", Text),  # NULL: wanted by a program, not by a chat
    Column("workflow", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("verification", Text, nullable=False),  # not_needed | verified | unverified
    Column("sealed", Text),  # the draft; NULL once it was emptied
    Column("email_hash", Text),
    Column("state", Text, nullable=False),  # wanted | raised | refused | parked
    Column("error_code", Text),
    Column("why", Text, nullable=False, server_default=""),
    Column("work_at", Double),  # when something of it is sent next; NULL: nothing is owed
    Column("tries", Integer, nullable=False, server_default="0"),  # in a row, without success
    Column("told", Integer, nullable=False, server_default="0"),  # last message passed on
    Column("extends", Boolean, nullable=False),  # added to a ticket that was open already
    Column("desk_id", Text),
    Column("number", Text),
    Column("contact_id", Text),
    Column("department_id", Text),
    Column("status", Text),  # as Zoho Desk calls it
    Column("status_type", Text),  # Open | On Hold | Closed
    Column("handling_minutes", Integer),  # a technician's time by hand, as configured then
    Column("wanted_at", Double, nullable=False),
    Column("raised_at", Double),
    Column("first_response_minutes", Integer),
    Column("resolution_minutes", Integer),
    Column("closed_at", Double),
    Column("closing_told_at", Double),  # when the customer was mailed
    Column("comments_seen", Integer, nullable=False, server_default="0"),
    Column("look_at", Double),  # when it is to be read again; NULL: never by itself
    Column("satisfaction", Integer),  # 1 (bad) to 5 (very good)
    Column("satisfaction_at", Double),
    Column("sealed_feedback", Text),  # what the customer wrote with it
    Index("ticket_conversation", "conversation_id"),
    Index("ticket_desk", "desk_id"),
    Index("ticket_look", "look_at"),
    Index("ticket_work", "work_at"),
    Index("ticket_wanted", "wanted_at"),
    Index("ticket_email", "email_hash"),
)

# Chats in which something is to be said without being asked; what it is stands in the chat itself.
owed_reply = Table(
    "owed_reply",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("due_at", Double, nullable=False),
    Index("owed_reply_due", "due_at"),
)

# What happened in chats, for counting: nothing personal.
chat_fact = Table(
    "chat_fact",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("what", Text, nullable=False),  # started, solved, escalated, ...
    Column("workflow", Text, nullable=False, server_default=""),
    Index("chat_fact_at", "at"),
)

# What visitors wrote that was not understood for certain; it goes with the conversation's texts.
unsure_message = Table(
    "unsure_message",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("outcome", Text, nullable=False),  # start (refused) | ask | none
    Column("state", Text, nullable=False),  # open | explained | dismissed
    Column("sealed", Text, nullable=False),  # the text, the likeliest workflows, the example made
    Index("unsure_message_at", "state", "at"),
)

# What stopped and a person has settled otherwise: it counts no more, until it stops anew.
set_aside = Table(
    "set_aside",
    metadata,
    Column("kind", Text, primary_key=True),  # call | recording | ... : stops.py
    Column("id", Text, primary_key=True),
    Column("cause", Text, nullable=False),  # the error code it had
    Column("since", Double, nullable=False),  # when it stopped
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)

# The database itself refuses to change or delete rows of this table: v0003.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, masked
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),  # the readable part of the key
    Column("name", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # JSON
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
)

# Who may sign in to the console.
account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),  # viewer, operator, administrator
    Column("password_hash", Text),  # Argon2; NULL until the person has chosen a password
    Column("sealed_totp", Text),  # NULL: no second factor
    Column("totp_step", Integer),  # the newest 30 seconds whose code was used: never again
    Column("created_at", Double, nullable=False),
    Column("disabled_at", Double),
    Column("password_changed_at", Double),
    Column("signed_in_at", Double),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("used_at", Double),
    Index("recovery_code_account", "account_id"),
)

# The browser holds the id, the row its hash: a stolen copy of the store signs nobody in.
console_session = Table(
    "console_session",
    metadata,
    Column("id_hash", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("stage", Text, nullable=False),  # "code": the second factor is still missing; "in"
    Column("csrf", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("address", Text, nullable=False),  # masked
    Column("user_agent", Text, nullable=False),  # in a few words
    Column("notice", Text),  # JSON: what the next page tells, once
    Index("console_session_account", "account_id"),
    Index("console_session_expires", "expires_at"),
)

# How often signing in has failed, by whom and from where (both hashed).
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("locked_until", Double, nullable=False),
    Index("sign_in_attempt_last", "last_at"),
)

# Links that let somebody choose a password, once; the link holds the token, the row its hash.
setup_link = Table(
    "setup_link",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("account_id", Text),  # NULL: for the first administrator, who has no account yet
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

# What was changed in the configuration: one row for each document of a change.
configuration_change = Table(
    "configuration_change",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),  # Such as data/settings.json.
    Column("state", Text, nullable=False),  # "saving": its files are being replaced; "saved"
    Column("before", Text, nullable=False),  # SHA-256, or "absent"
    Column("after", Text, nullable=False),
    Column("sealed", Text, nullable=False),  # both texts: they name people
    Column("undoes", Text),  # the change this one took back
    Index("configuration_change_at", "at"),
    Index("configuration_change_place", "place", "at"),
)
