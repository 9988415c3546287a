"""A row that could not be read counts until its record was read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import UtcTime

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rejected_row") as batch:
        batch.add_column(sa.Column("slice_key", sa.String(length=200)))
        batch.add_column(sa.Column("record", sa.String(length=64)))
        batch.add_column(sa.Column("read_at", UtcTime()))
        batch.create_index("ix_rejected_row_record", ["connection_id", "record"])
    # Of the rows until now nobody knows the record: those of the newest run count, until a later one took something.
    op.execute(
        """
        UPDATE rejected_row SET read_at = at
        WHERE EXISTS (
            SELECT 1 FROM inbox
            WHERE inbox.connection_id = rejected_row.connection_id AND inbox.stream = rejected_row.stream
              AND inbox.run_id > rejected_row.run_id
        ) OR run_id < (
            SELECT max(other.run_id) FROM rejected_row AS other
            WHERE other.connection_id = rejected_row.connection_id AND other.stream = rejected_row.stream
        )
        """
    )


def downgrade() -> None:
    with op.batch_alter_table("rejected_row") as batch:
        batch.drop_index("ix_rejected_row_record")
        batch.drop_column("read_at")
        batch.drop_column("record")
        batch.drop_column("slice_key")
