"""An applied file can be undone: what each record was before it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.domain import InboxKind
from plugin.store.column_types import Id, Json, OneOf, UtcTime

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applied_file",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("connection_id", Id, nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("applied_by", sa.String(length=320)),
        sa.Column("applied_at", UtcTime(), nullable=False),
        sa.Column("undo_run_id", Id),
        sa.Column("undone_by", sa.String(length=320)),
        sa.Column("undone_at", UtcTime()),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_applied_file_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applied_file")),
    )
    op.create_index("ix_applied_file_connection_id", "applied_file", ["connection_id"])
    op.create_index("ix_applied_file_run_id", "applied_file", ["run_id"])
    op.create_table(
        "inbox_before",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("inbox_id", Id, nullable=False),
        sa.Column("kind", OneOf(InboxKind, 8)),
        sa.Column("raw", Json),
        sa.Column("content_hash", sa.String(length=64)),
        sa.Column("version", sa.String(length=100)),
        sa.ForeignKeyConstraint(
            ["inbox_id"], ["inbox.id"], name=op.f("fk_inbox_before_inbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_before")),
        sa.UniqueConstraint("run_id", "inbox_id", name=op.f("uq_inbox_before_run_id_inbox_id")),
    )
    op.create_index("ix_inbox_before_inbox_id", "inbox_before", ["inbox_id"])


def downgrade() -> None:
    op.drop_table("inbox_before")
    op.drop_table("applied_file")
