"""What managers decided."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import DecisionState
from plugin.store.column_types import MONEY, POINTS, OneOf, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

decision = Table(
    "decision",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("own_estimate", POINTS, info=personal("pay", "delete")),
    Column("percent", POINTS, info=personal("pay", "delete")),
    Column("amount", MONEY, info=personal("pay", "delete")),
    Column(
        "lump_amount", MONEY, info=personal("pay", "delete")
    ),  # paid once, because base pay is at its maximum
    Column("currency", String(3)),
    # what the rules say of the figure, by the recommendations that counts: nothing of all this while there is no figure
    Column("cost", MONEY, nullable=False, info=personal("pay", "delete")),  # a year's raise and the lump sum
    Column(
        "budget_cost", MONEY, nullable=False, info=personal("pay", "delete")
    ),  # of it, what is not reserved: what the person's pool pays
    Column("is_unchanged", Boolean, nullable=False),  # as recommended
    Column("is_outside", Boolean, nullable=False),  # of the recommended range
    Column("needs_hr", Boolean, nullable=False),  # to approve it
    Column("reason_code", String(64)),
    Column("note", Text, info=personal("performance", "delete")),
    Column("state", OneOf(DecisionState), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("decided_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("decided_at", UtcTime, nullable=False),
    Column("approved_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("approved_at", UtcTime),
    Column("approver_note", Text, info=personal("performance", "delete")),
    UniqueConstraint("cycle_id", "person_id"),
)
