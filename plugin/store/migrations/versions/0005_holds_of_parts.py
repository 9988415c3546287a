"""A hold may be of one kind of write, and a write keeps what the HR suite makes of it

Holds are made anew by the next write that finds the same obstacle, so that the table is built again instead of changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, Json, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _build(sa.Column("part", sa.String(length=100), nullable=False))
    op.add_column("outbox", sa.Column("seen", Json, nullable=True))


def downgrade() -> None:
    _build()
    op.drop_column("outbox", "seen")


def _build(*part: sa.Column[str]) -> None:
    op.drop_table("target_hold")
    op.create_table(
        "target_hold",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target_id", Id, autoincrement=False, nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("held_at", UtcTime(), nullable=False),
        *part,
        sa.PrimaryKeyConstraint(
            "kind", "target_id", *(one.name for one in part), name=op.f("pk_target_hold")
        ),
    )
