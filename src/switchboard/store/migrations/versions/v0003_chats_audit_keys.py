"""Add what chats must remember, the audit trail and the keys of the API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is append-only"


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("workflow", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("tickets", sa.Text, nullable=False, server_default="[]"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("sealed_visitor", sa.Text),
        sa.Column("email_hash", sa.Text),
        sa.Column("phone_hash", sa.Text),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("closed_at", sa.Double),
        sa.Column("expires_at", sa.Double),
    )
    op.create_index("conversation_email", "conversation", ["email_hash"])
    op.create_index("conversation_phone", "conversation", ["phone_hash"])
    op.create_index("conversation_updated", "conversation", ["updated_at"])
    op.create_index("conversation_expires", "conversation", ["closed_at", "expires_at"])
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("delivery", sa.Text),
    )
    op.create_table(
        "delivery",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="1"),
        sa.Column("holder", sa.Text),
        sa.Column("holder_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("answered_at", sa.Double),
        sa.Column("sealed", sa.Text),
    )
    op.create_index("delivery_received", "delivery", ["received_at"])
    op.create_index("delivery_conversation", "delivery", ["conversation_id"])
    op.create_table(
        "approval",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("asked_hash", sa.Text),
        sa.Column("sealed", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("decided_at", sa.Double),
    )
    op.create_index("approval_conversation", "approval", ["conversation_id"])
    op.create_index("approval_asked", "approval", ["asked_hash"])
    op.create_index("approval_expires", "approval", ["decision", "expires_at"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    _append_only()
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
        sa.Column("last_used_at", sa.Double),
    )


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_table("audit")  # Its triggers go with it.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")
    op.drop_table("approval")
    op.drop_table("delivery")
    op.drop_table("message")
    op.drop_table("conversation")


def _append_only() -> None:
    """Let the database refuse changes, so that no mistake of ours can be one of them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
