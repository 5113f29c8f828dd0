"""Who may sign in to the console, and who has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("sealed_totp", sa.Text),
        sa.Column("totp_step", sa.Integer),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("disabled_at", sa.Double),
        sa.Column("password_changed_at", sa.Double),
        sa.Column("signed_in_at", sa.Double),
    )
    op.create_table(
        "recovery_code",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("used_at", sa.Double),
    )
    op.create_index("recovery_code_account", "recovery_code", ["account_id"])
    op.create_table(
        "console_session",
        sa.Column("id_hash", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("last_seen_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("notice", sa.Text),
    )
    op.create_index("console_session_account", "console_session", ["account_id"])
    op.create_index("console_session_expires", "console_session", ["expires_at"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.Double, nullable=False),
        sa.Column("locked_until", sa.Double, nullable=False),
    )
    op.create_index("sign_in_attempt_last", "sign_in_attempt", ["last_at"])
    op.create_table(
        "setup_link",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    for name in ("setup_link", "sign_in_attempt", "console_session", "recovery_code", "account"):
        op.drop_table(name)
