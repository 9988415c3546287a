"""The audit trail, long work, the scheduler's ledger and signs of life."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import ProcessKind, TaskState
from plugin.store.column_types import Id, Json, OneOf, Sentence, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

slot = Table(  # the scheduler's ledger: a job fires once per slot, whatever the number of schedulers
    "slot",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("scheduled_for", UtcTime, primary_key=True),
    Column("taken_at", UtcTime, nullable=False),
)

heartbeat = Table(  # which workers and schedulers are alive
    "heartbeat",
    metadata,
    Column("process", String(200), primary_key=True),  # kind:host:process id
    Column("kind", OneOf(ProcessKind), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
)

task = Table(  # long work that somebody asked for on a page; the worker does it
    "task",
    metadata,
    key(),
    Column("kind", String(32), nullable=False),  # train, fairness, dry_run, compare
    Column("subject", String(100), nullable=False),  # what it is about: policy:1, cycle:2
    Column("arguments", Json, nullable=False),
    Column("state", OneOf(TaskState), nullable=False),
    Column("progress", String(200), nullable=False, default=""),
    Column("result", Json, info=personal("pay", "keep: deleted after 30 days")),
    Column("code", String(64)),
    Column("message", Sentence),
    Column("remedy", Sentence),
    Column("attempts", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),
    Column("requested_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("requested_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Index("ix_task_kind_subject", "kind", "subject"),
    Index("ix_task_state_due", "state", "due_at"),
)

idempotency_key = Table(  # which request of the API was carried out under which key of its caller, for a day
    "idempotency_key",
    metadata,
    key(),
    ref("account_id", "account"),
    Column("key_hash", String(64), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("answer", Text, info=personal("identity", "keep: sealed, deleted after a day")),  # None: at work
    Column("began_at", UtcTime, nullable=False, index=True),
    UniqueConstraint("account_id", "key_hash"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")),
    Column("action", String(100), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("detail", Json, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
