"""A badge whose check breaks again and again is set aside: its attempts are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Without making the table again: on SQLite that would delete the rewards that refer to it."""
    op.add_column("badge_award", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("badge_award", "attempts")
