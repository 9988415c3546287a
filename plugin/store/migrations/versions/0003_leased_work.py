"""One set of columns for all leased work: lost workers are counted, and what is set aside says why and what to do"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

QUEUES = ("run", "task", "inbound_event", "outbox")


def upgrade() -> None:
    """Columns are added without making a table again: on SQLite that would delete the rows that refer to it."""
    for name in QUEUES:
        op.add_column(name, sa.Column("losses", sa.Integer(), nullable=False, server_default="0"))
    for column in (
        sa.Column("code", sa.String(length=64)),
        sa.Column("remedy", sa.Text()),
        sa.Column("finished_at", UtcTime()),
    ):
        op.add_column("inbound_event", column)
    op.execute("UPDATE inbound_event SET finished_at = received_at WHERE state IN ('handled', 'failed')")
    op.add_column("outbox", sa.Column("remedy", sa.Text()))
    op.add_column("task", sa.Column("due_at", UtcTime()))
    op.execute("UPDATE task SET due_at = requested_at")
    with op.batch_alter_table("task") as table:  # nothing refers to a task
        table.alter_column("due_at", existing_type=UtcTime(), nullable=False)
        table.drop_index("ix_task_state")
        table.create_index("ix_task_state_due", ["state", "due_at"])


def downgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.drop_index("ix_task_state_due")
        table.create_index("ix_task_state", ["state"])
    for name, column in (
        ("task", "due_at"),
        ("outbox", "remedy"),
        *(("inbound_event", column) for column in ("finished_at", "remedy", "code")),
        *((name, "losses") for name in QUEUES),
    ):
        op.drop_column(name, column)
