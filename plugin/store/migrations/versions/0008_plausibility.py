"""A gate between what is read and what is used: rules with versions, values that are held, and what they are compared with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugin.store.column_types import Id, Json, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plausibility_rules",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("thresholds", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=320), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plausibility_rules"),
    )
    op.create_table(
        "held_fact",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("connection_id", Id, nullable=True),
        sa.Column("cycle_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("against", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("released_by", sa.String(length=320), nullable=True),
        sa.Column("released_at", UtcTime(), nullable=True),
        sa.Column("used_at", UtcTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{target}_id"], [f"{target}.id"], name=f"fk_held_fact_{target}_id", ondelete="CASCADE"
            )
            for target in ("person", "connection", "cycle")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_held_fact"),
    )
    for target in ("person", "connection", "cycle"):
        op.create_index(f"ix_held_fact_{target}_id", "held_fact", [f"{target}_id"])
    op.create_index("ix_held_fact_state_rule", "held_fact", ["state", "rule"])
    op.create_table(
        "plausible_pay",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("annual", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_plausible_pay_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_plausible_pay"),
    )
    op.create_table(
        "headcount",
        sa.Column("connection_id", Id, autoincrement=False, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name="fk_headcount_connection_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", name="pk_headcount"),
    )


def downgrade() -> None:
    for table in ("headcount", "plausible_pay", "held_fact", "plausibility_rules"):
        op.drop_table(table)
