"""What managers decided."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.store.column_types import Exact, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

decision = Table(
    "decision",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("own_estimate", Exact, info=personal("pay", "delete")),
    Column("percent", Exact, info=personal("pay", "delete")),
    Column("amount", Exact, info=personal("pay", "delete")),
    Column(
        "lump_amount", Exact, info=personal("pay", "delete")
    ),  # paid once, because base pay is at its maximum
    Column("currency", String(3)),
    Column("reason_code", String(64)),
    Column("note", Text, info=personal("performance", "delete")),
    Column("state", String(16), nullable=False),  # decided, submitted, approved, sent_back, exported, failed
    Column("version", Integer, nullable=False, default=1),
    Column("decided_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("decided_at", UtcTime, nullable=False),
    Column("approved_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("approved_at", UtcTime),
    Column("approver_note", Text, info=personal("performance", "delete")),
    UniqueConstraint("cycle_id", "person_id"),
)
