"""Persons, the names by which the outside knows them, accounts and their tokens."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from plugin.store.column_types import ROUNDED_FIGURE, Id, Json, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

account = Table(
    "account",
    metadata,
    key(),
    Column("email", String(320), nullable=False, unique=True, info=personal("contact", "delete")),
    Column("display_name", String(200), nullable=False, info=personal("identity", "delete")),
    Column("password_hash", String(300)),
    Column("roles", Json, nullable=False),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("active", Boolean, nullable=False, default=True),
    Column("session_epoch", Integer, nullable=False, default=0),
    Column("failed_sign_ins", Integer, nullable=False, default=0),
    Column("locked_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

api_token = Table(  # for machines; only a hash is kept, the token itself is shown once
    "api_token",
    metadata,
    key(),
    ref("account_id", "account"),
    Column("name", String(200), nullable=False, info=personal("identity", "delete")),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

person = Table(
    "person",
    metadata,
    key(),
    ref("connection_id", "connection", nullable=True, delete="SET NULL"),
    Column("source_id", String(200), nullable=False, info=personal("identity", "blank")),
    Column("display_name", String(300), nullable=False, info=personal("identity", "blank")),
    Column("employee_number", String(100), info=personal("identity", "blank")),
    Column("manager_source_id", String(200), info=personal("employment", "blank")),
    Column("manager_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column(  # another record of the same person counts; this one only keeps what its suite says
        "merged_into_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True
    ),
    Column("job_title", String(200), info=personal("employment", "blank")),
    Column("job_family", String(200), info=personal("employment", "blank")),
    Column("level", String(100), info=personal("employment", "blank")),
    Column("org_unit", String(200), info=personal("employment", "blank")),
    Column("country", String(100), info=personal("employment", "blank")),
    Column("hired_on", Date, info=personal("employment", "blank")),
    Column("left_on", Date, info=personal("employment", "blank")),
    Column("fte", ROUNDED_FIGURE, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
    UniqueConstraint("connection_id", "source_id"),
)
