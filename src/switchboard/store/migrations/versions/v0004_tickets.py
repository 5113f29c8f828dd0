"""The tickets of Zoho Desk, and what is counted of chats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket",
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text),
        sa.Column("workflow", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("email_hash", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("work_at", sa.Double),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("told", sa.Integer, nullable=False, server_default="0"),
        sa.Column("extends", sa.Boolean, nullable=False),
        sa.Column("desk_id", sa.Text),
        sa.Column("number", sa.Text),
        sa.Column("contact_id", sa.Text),
        sa.Column("department_id", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("status_type", sa.Text),
        sa.Column("handling_minutes", sa.Integer),
        sa.Column("wanted_at", sa.Double, nullable=False),
        sa.Column("raised_at", sa.Double),
        sa.Column("first_response_minutes", sa.Integer),
        sa.Column("resolution_minutes", sa.Integer),
        sa.Column("closed_at", sa.Double),
        sa.Column("closing_told_at", sa.Double),
        sa.Column("comments_seen", sa.Integer, nullable=False, server_default="0"),
        sa.Column("look_at", sa.Double),
        sa.Column("satisfaction", sa.Integer),
        sa.Column("satisfaction_at", sa.Double),
        sa.Column("sealed_feedback", sa.Text),
    )
    op.create_index("ticket_conversation", "ticket", ["conversation_id"])
    op.create_index("ticket_desk", "ticket", ["desk_id"])
    op.create_index("ticket_look", "ticket", ["look_at"])
    op.create_index("ticket_work", "ticket", ["work_at"])
    op.create_index("ticket_wanted", "ticket", ["wanted_at"])
    op.create_index("ticket_email", "ticket", ["email_hash"])
    op.create_table(
        "chat_fact",
        sa.Column("conversation_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("workflow", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("chat_fact_at", "chat_fact", ["at"])
    op.create_table(
        "owed_reply",
        sa.Column("conversation_id", sa.Text, primary_key=True),
        sa.Column("due_at", sa.Double, nullable=False),
    )
    op.create_index("owed_reply_due", "owed_reply", ["due_at"])


def downgrade() -> None:
    op.drop_table("owed_reply")
    op.drop_table("chat_fact")
    op.drop_table("ticket")
