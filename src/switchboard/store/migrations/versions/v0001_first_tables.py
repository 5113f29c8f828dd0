"""Create the first tables: ledger, journal, leases, directory, budgets, tokens, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WAITING = sa.text("fate = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "breaker",
        sa.Column("vendor", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("opened_at", sa.Double),
        sa.Column("ttl", sa.Double),
        sa.Column("document", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_table(
        "budget",
        sa.Column("bucket", sa.Text, primary_key=True),
        sa.Column("next_slot", sa.Double, nullable=False, server_default="0"),
        sa.Column("blocked_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("used", sa.Double, nullable=False, server_default="0"),
        sa.Column("updated_at", sa.Double, nullable=False, server_default="0"),
    )
    op.create_table(
        "directory",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("full_name", sa.Text),
        sa.Column("owner_id", sa.Text),
        sa.Column("lead_status", sa.Text),
        sa.Column("converted", sa.Boolean, nullable=False),
        sa.Column("converted_contact_id", sa.Text),
        sa.Column("modified_at", sa.Double),
        sa.Column("document", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_table(
        "directory_state",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("synced_at", sa.Double, nullable=False),
    )
    op.create_table(
        "effect",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False, server_default=""),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("vendor_id", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("worker", sa.Text),
        sa.Column("fence", sa.Integer),
        sa.Column("intended_at", sa.Double, nullable=False),
        sa.Column("sending_at", sa.Double),
        sa.Column("finished_at", sa.Double),
    )
    op.create_index("effect_interaction", "effect", ["interaction_id", "sequence"])
    op.create_index("effect_person", "effect", ["person", "state"])
    op.create_index("effect_state", "effect", ["state", "intended_at"])
    op.create_table(
        "interaction",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("office", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("error_code", sa.Text),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("document", sa.Text, nullable=False, server_default="{}"),
        sa.Column("digest", sa.Text, nullable=False, server_default=""),
        sa.Column("first_seen", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
    )
    op.create_index("interaction_person", "interaction", ["person", "started_at"])
    op.create_index("interaction_started", "interaction", ["started_at"])
    op.create_index(
        "interaction_waiting",
        "interaction",
        ["started_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "interaction_waiting_office",
        "interaction",
        ["office", "started_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "lease",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
    op.create_index("lease_worker", "lease", ["worker"])
    op.create_table(
        "person_status",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("call_started_at", sa.Double, nullable=False),
    )
    op.create_table(
        "record",
        sa.Column("interaction_id", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "rotation",
        sa.Column("office", sa.Text, primary_key=True),
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("current", sa.Double, nullable=False),
        sa.Column("assigned", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("office", sa.Text),
        sa.Column("options", sa.Text, nullable=False, server_default="{}"),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
        sa.Column("outcome", sa.Text),
        sa.Column("summary", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_index("run_started", "run", ["started_at"])
    op.create_table(
        "token",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("ciphertext", sa.Text),
        sa.Column("expires_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("document", sa.Text, nullable=False, server_default="{}"),
        sa.Column("holder", sa.Text),
        sa.Column("holder_until", sa.Double, nullable=False, server_default="0"),
    )
    op.create_table(
        "usage",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("vendor", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("requests", sa.Integer, nullable=False, server_default="0"),
        sa.Column("credits", sa.Double, nullable=False, server_default="0"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("heartbeat", sa.Double, nullable=False),
    )
    op.create_table(
        "directory_phone",
        sa.Column("module", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("e164", sa.Text, primary_key=True),
        sa.ForeignKeyConstraint(
            ["module", "record_id"], ["directory.module", "directory.record_id"], ondelete="CASCADE"
        ),
    )
    op.create_index("directory_phone_e164", "directory_phone", ["e164"])


def downgrade() -> None:
    op.drop_table("directory_phone")
    op.drop_table("worker")
    op.drop_table("usage")
    op.drop_table("token")
    op.drop_table("run")
    op.drop_table("rotation")
    op.drop_table("record")
    op.drop_table("person_status")
    op.drop_table("lease")
    op.drop_table("interaction")
    op.drop_table("effect")
    op.drop_table("directory_state")
    op.drop_table("directory")
    op.drop_table("budget")
    op.drop_table("breaker")
