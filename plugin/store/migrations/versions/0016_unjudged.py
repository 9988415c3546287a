"""Whoever has values that were not judged yet is held until they are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unjudged",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_unjudged_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_unjudged")),
    )


def downgrade() -> None:
    op.drop_table("unjudged")
