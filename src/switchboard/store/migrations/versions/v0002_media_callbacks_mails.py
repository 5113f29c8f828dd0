"""Add what media, call-backs, mails, reports and schedules must remember."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("office", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("media_id", sa.Text, nullable=False),
        sa.Column("mailbox_id", sa.Text),
        sa.Column("position", sa.Integer, nullable=False, server_default="0"),
        sa.Column("content_uri", sa.Text),
        sa.Column("recording_type", sa.Text),
        sa.Column("call_started_at", sa.Double, nullable=False),
        sa.Column("call_ended_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("error_code", sa.Text),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("expires_at", sa.Double),
        sa.Column("alarmed_at", sa.Double),
        sa.Column("module", sa.Text),
        sa.Column("record_id", sa.Text),
        sa.Column("attachment_id", sa.Text),
        sa.Column("file_name", sa.Text),
        sa.Column("content_type", sa.Text),
        sa.Column("size", sa.Integer),
        sa.Column("transcript", sa.Text),
        sa.Column("first_seen", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
    )
    op.create_index("media_interaction", "media", ["interaction_id", "position"])
    op.create_index("media_owed", "media", ["state", "due_at"])
    op.create_table(
        "callback",
        sa.Column("interaction_id", sa.Text, primary_key=True),
        sa.Column("office", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("task_due_at", sa.Double),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("error_code", sa.Text),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("closed_by", sa.Text),
        sa.Column("joins", sa.Text),
        sa.Column("module", sa.Text),
        sa.Column("record_id", sa.Text),
        sa.Column("task_id", sa.Text),
        sa.Column("document", sa.Text, nullable=False, server_default="{}"),
        sa.Column("first_seen", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double),
    )
    op.create_index("callback_due", "callback", ["state", "due_at"])
    op.create_index("callback_person", "callback", ["person", "state"])
    op.create_table(
        "reach",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("reached_at", sa.Double, nullable=False),
        sa.Column("reached_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "mail",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", sa.Double),
        sa.Column("give_up_at", sa.Double),
        sa.Column("worker", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("sending_at", sa.Double),
        sa.Column("handed_at", sa.Double),
        sa.Column("finished_at", sa.Double),
    )
    op.create_index("mail_run", "mail", ["run_id"])
    op.create_index("mail_state", "mail", ["state", "due_at"])
    op.create_table(
        "report",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("size", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("report_created", "report", ["created_at"])
    op.create_table(
        "schedule",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("next_at", sa.Double),
        sa.Column("last_slot", sa.Double),
        sa.Column("started_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("outcome", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("skipped_slot", sa.Double),
        sa.Column("run_id", sa.Text),
        sa.Column("holder", sa.Text),
        sa.Column("holder_until", sa.Double, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_table("schedule")
    op.drop_table("report")
    op.drop_table("mail")
    op.drop_table("reach")
    op.drop_table("callback")
    op.drop_table("media")
