"""Held values of a person are found where everybody is held"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_held_fact_person_id", "held_fact")
    op.create_index("ix_held_fact_person_state", "held_fact", ["person_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_held_fact_person_state", "held_fact")
    op.create_index("ix_held_fact_person_id", "held_fact", ["person_id"])
