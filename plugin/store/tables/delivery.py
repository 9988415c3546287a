"""Webhook endpoints, the outbox and its attempts."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import EndpointState, OutboxKind, OutboxState
from plugin.store.column_types import Id, Json, OneOf, Sentence, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    key(),
    Column("name", String(200), nullable=False, unique=True),
    Column("url", String(2000), nullable=False),
    Column("allowed_networks", Json, nullable=False),
    Column("event_types", Json, nullable=False),  # empty = all
    Column("secret_ciphertext", Text, nullable=False),
    Column("old_secret_ciphertext", Text),
    Column("old_secret_until", UtcTime),
    Column("state", OneOf(EndpointState), nullable=False),
    Column("disabled_reason", Sentence),
    Column("first_failure_at", UtcTime),  # of the present series of nothing but failures
    Column("last_failure_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    Column("kind", OneOf(OutboxKind), nullable=False),
    Column("target_id", Id, nullable=False),  # webhook_endpoint.id or connection.id
    Column("op_id", String(64), nullable=False),
    Column("event_type", String(100), nullable=False),
    Column(  # what it is about: a newer row replaces a queued one
        "subject", String(600), info=personal("employment", "delete")
    ),
    Column("payload", Json, nullable=False, info=personal("employment", "delete")),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("state", OneOf(OutboxState), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Column("ambiguous", Boolean, nullable=False, default=False),
    Column("remote_id", String(500)),
    Column("seen", Json, info=personal("employment", "delete")),  # what the other side makes of it, for HR
    Column("code", String(64)),
    Column("message", Sentence),
    Column("remedy", Sentence),
    Column("created_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("kind", "target_id", "op_id"),
    Index("ix_outbox_queue", "kind", "state", "due_at"),
    Index("ix_outbox_person_order", "target_id", "person_id", "state"),
    Index("ix_outbox_target_subject", "target_id", "subject", "state"),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    key(),
    ref("outbox_id", "outbox"),
    Column("at", UtcTime, nullable=False),
    Column("status", Integer),
    Column("milliseconds", Integer, nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Sentence),
)

target_hold = (
    Table(  # nothing is sent to this target for now: it asked for a pause, or refuses our credentials
        "target_hold",
        metadata,
        Column("kind", OneOf(OutboxKind), primary_key=True),
        Column("target_id", Id, primary_key=True, autoincrement=False),
        Column("until", UtcTime),  # null = until a person has acted
        Column("code", String(64), nullable=False),
        Column("message", Sentence, nullable=False),
        Column("held_at", UtcTime, nullable=False),
        Column("part", String(100), primary_key=True, default=""),  # an event type of it, empty = all
    )
)
