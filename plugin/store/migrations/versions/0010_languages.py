"""An account may choose its language; where a rejected row stands is a text that is read in any language"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The account is not made again: on SQLite that would touch what refers to it."""
    op.add_column("account", sa.Column("language", sa.String(8), nullable=True))
    with op.batch_alter_table("rejected_row") as batch:
        batch.alter_column("place", type_=sa.Text(), existing_type=sa.String(300), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("rejected_row") as batch:
        batch.alter_column("place", type_=sa.String(300), existing_type=sa.Text(), existing_nullable=False)
    op.drop_column("account", "language")
