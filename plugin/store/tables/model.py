"""Models, fairness reports, and the protected attributes that only they may read."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import FairnessVerdict, ModelState
from plugin.store.column_types import Json, OneOf, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

protected_attribute = Table(  # read by the fairness reports only; no feature builder can reach it
    "protected_attribute",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("name", String(32), nullable=False),
    Column("value", String(100), nullable=False, info=personal("protected", "delete")),
    UniqueConstraint("person_id", "name"),
)

model = Table(
    "model",
    metadata,
    key(),
    Column("hash", String(64), nullable=False, unique=True),
    Column("state", OneOf(ModelState), nullable=False),
    Column("artefact", LargeBinary, nullable=False),
    Column("card", Json, nullable=False),  # features, metrics, data hash, versions
    Column("trained_at", UtcTime, nullable=False),
    Column("trained_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("approved_at", UtcTime),
    Column("approved_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("note", Text),
)

fairness_report = Table(  # figures about groups, never about a person; of a cycle or of a trained model
    "fairness_report",
    metadata,
    key(),
    ref("cycle_id", "cycle", nullable=True),
    ref("model_id", "model", nullable=True),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("verdict", OneOf(FairnessVerdict), nullable=False),
    Column("approvals_needed", Integer, nullable=False),
    Column("document", Json, nullable=False),
    Column("approvals", Json, nullable=False),  # by, at, note
    Column("version", Integer, nullable=False, default=1),
)
