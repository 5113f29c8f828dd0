"""What runs say, how far they are, who started and stopped them, and the plans of dry runs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _added() -> list[sa.Column[Any]]:
    return [
        sa.Column("actor", sa.Text, nullable=False, server_default=""),
        sa.Column("worker", sa.Text),
        sa.Column("stage", sa.Text, nullable=False, server_default=""),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stop_requested_at", sa.Double),
        sa.Column("stop_requested_by", sa.Text),
        sa.Column("closed_at", sa.Double),
    ]


def upgrade() -> None:
    for column in _added():
        op.add_column("run", column)
    op.create_table(
        "run_line",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "run_plan",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("run_plan")
    op.drop_table("run_line")
    for column in reversed(_added()):
        op.drop_column("run", column.name)
