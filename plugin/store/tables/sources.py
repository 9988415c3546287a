"""Connections and their runs, what came in, and the records that were applied from it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import (
    ConnectionState,
    InboundState,
    InboxKind,
    InboxState,
    RunState,
    RunTrigger,
)
from plugin.store.column_types import (
    ROUNDED_FIGURE,
    ROUNDED_MONEY,
    ROUNDED_POINTS,
    Id,
    Json,
    OneOf,
    Sentence,
    UtcTime,
)
from plugin.store.tables.columns import key, metadata, personal, ref

connection = Table(
    "connection",
    metadata,
    key(),
    Column("connector", String(64), nullable=False),
    Column("name", String(200), nullable=False, unique=True),
    Column("settings", Json, nullable=False),
    Column("sinks", Json, nullable=False),  # which of the connector's sinks the admin switched on
    Column("every_minutes", Integer),  # null = only on request
    Column("state", OneOf(ConnectionState), nullable=False, default=ConnectionState.ACTIVE),
    Column("hook_token", String(64), nullable=False, unique=True),
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

connection_secret = Table(
    "connection_secret",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("name", String(64), nullable=False),
    Column("ciphertext", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "name"),
)

stream_cursor = Table(
    "stream_cursor",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("stream", String(32), nullable=False),
    Column("slice_key", String(200), nullable=False),
    Column("cursor", Text),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "stream", "slice_key"),
)

run = Table(
    "run",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("trigger", OneOf(RunTrigger, 32), nullable=False),
    Column("streams", Json),  # null = all that the manifest declares
    Column("state", OneOf(RunState), nullable=False),
    Column("counts", Json, nullable=False),
    Column("code", String(64)),
    Column("message", Sentence),
    Column("remedy", Sentence),
    Column("requested_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("requested_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),  # workers that were lost with it
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Index("ix_run_state_due", "state", "due_at"),
)

call_log = Table(
    "call_log",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("run_id", Id, index=True),
    Column("at", UtcTime, nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(500), nullable=False),  # without query values
    Column("status", Integer),
    Column("milliseconds", Integer, nullable=False),
    Column("request_bytes", Integer, nullable=False),
    Column("response_bytes", Integer, nullable=False),
    Column("code", String(64)),
)

# One row per record of a source: the newest version seen. A version with the same content hash changes nothing.
inbox = Table(
    "inbox",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("stream", String(32), nullable=False),
    Column("remote_key", String(500), nullable=False, info=personal("learning", "delete")),
    Column("content_hash", String(64), nullable=False),
    Column("version", String(100)),
    Column("kind", OneOf(InboxKind, 8), nullable=False),
    Column("raw", Json, nullable=False, info=personal("learning", "delete")),
    Column("revision", Integer, nullable=False, default=1),
    Column("run_id", Id),
    Column("received_at", UtcTime, nullable=False),
    Column("state", OneOf(InboxState), nullable=False),
    Column("code", String(64)),
    Column("message", Sentence),
    Column("applied_at", UtcTime),
    Column("missed", Integer, nullable=False, default=0),  # complete listings in a row that did not hold it
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("day", Date),  # of the record: whoever held its names on that day is its person
    UniqueConstraint("connection_id", "stream", "remote_key"),
    Index("ix_inbox_state", "state", "connection_id", "id"),
)

applied_file = Table(  # a dropped file that was applied, by its run; several may have gone into one run
    "applied_file",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("run_id", Id, nullable=False, index=True),
    Column("file", String(200), nullable=False),
    Column("applied_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("applied_at", UtcTime, nullable=False),
    Column("undo_run_id", Id),
    Column("undone_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("undone_at", UtcTime),
)

inbox_before = (
    Table(  # what a row of the inbox was before an applied file changed it; a null kind: it was not there
        "inbox_before",
        metadata,
        key(),
        Column("run_id", Id, nullable=False),
        ref("inbox_id", "inbox"),
        Column("kind", OneOf(InboxKind, 8)),
        Column("raw", Json, info=personal("learning", "delete")),
        Column("content_hash", String(64)),
        Column("version", String(100)),
        UniqueConstraint("run_id", "inbox_id"),
    )
)

rejected_row = Table(
    "rejected_row",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("run_id", Id, index=True),
    Column("stream", String(32), nullable=False),
    Column("place", Sentence, nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Sentence, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("slice_key", String(200)),
    Column("record", String(64)),  # hash of the record's key, where the row has one
    Column("read_at", UtcTime),  # when the same record was read, or told anew
    Index("ix_rejected_row_record", "connection_id", "record"),
)

inbound_event = Table(
    "inbound_event",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("message_id", String(300), nullable=False),
    Column(
        "body", LargeBinary, nullable=False, info=personal("learning", "delete: 30 days after it was handled")
    ),
    Column("received_at", UtcTime, nullable=False),
    Column("state", OneOf(InboundState), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("losses", Integer, nullable=False, default=0),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Column("code", String(64)),
    Column("message", Sentence),
    Column("remedy", Sentence),
    Column("finished_at", UtcTime),
    UniqueConstraint("connection_id", "message_id"),
    Index("ix_inbound_event_state_due", "state", "due_at"),
)

statement_receipt = Table(  # xAPI statements that were pushed to us, by id: what makes a repetition harmless and a conflict visible
    "statement_receipt",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("statement_id", String(36), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("occurred_at", UtcTime),  # as the sender said it
    Column("voids", String(36)),  # the statement that this one takes back
    Column("received_at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "statement_id"),
    Index("ix_statement_receipt_voids", "connection_id", "voids"),
)

pay = Table(
    "pay",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("effective_on", Date, nullable=False),
    Column("annual", ROUNDED_MONEY, nullable=False, info=personal("pay", "delete")),
    Column("currency", String(3), nullable=False),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("person_id", "effective_on"),
)

pay_range = Table(
    "pay_range",
    metadata,
    key(),
    Column("job_family", String(200), nullable=False),
    Column("level", String(100), nullable=False),
    Column("country", String(100), nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("minimum", ROUNDED_MONEY, nullable=False),
    Column("midpoint", ROUNDED_MONEY, nullable=False),
    Column("maximum", ROUNDED_MONEY, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("job_family", "level", "country", "effective_on"),
)

rating = Table(
    "rating",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("period_ended_on", Date, nullable=False),
    Column("score", ROUNDED_FIGURE, nullable=False, info=personal("performance", "delete")),
    Column("label", String(100), info=personal("performance", "delete")),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("person_id", "period_ended_on"),
)

past_raise = Table(
    "past_raise",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("effective_on", Date, nullable=False),
    Column("percent", ROUNDED_POINTS, nullable=False, info=personal("pay", "delete")),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("person_id", "effective_on"),
)

leave = Table(  # a row is about health or family: kinds only, never words of the person or of a doctor
    "leave",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("kind", String(16), nullable=False, info=personal("employment", "delete")),
    Column("started_on", Date, nullable=False, info=personal("employment", "delete")),
    Column("ended_on", Date, info=personal("employment", "delete")),  # null = it lasts
    Column("protected", Boolean, nullable=False, info=personal("employment", "delete")),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("person_id", "kind", "started_on"),
)
