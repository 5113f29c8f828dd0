"""Indexes for what people look at: parked calls, and calls counted by day, office and outcome."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PARKED = sa.text("fate = 'parked'")


def upgrade() -> None:
    op.create_index(
        "interaction_parked",
        "interaction",
        ["finished_at", "id"],
        sqlite_where=_PARKED,
        postgresql_where=_PARKED,
    )
    op.create_index(
        "interaction_counted",
        "interaction",
        ["started_at", "kind", "office", "outcome", "fate", "reason"],
    )
    op.drop_index("interaction_started", "interaction")  # The new one begins with it.


def downgrade() -> None:
    op.create_index("interaction_started", "interaction", ["started_at"])
    op.drop_index("interaction_counted", "interaction")
    op.drop_index("interaction_parked", "interaction")
