"""Persons, the names by which the outside knows them, accounts and their tokens, and values of persons that wait for HR."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from plugin.domain import AccountFinding, HeldRule, HeldState, Role
from plugin.store.column_types import ROUNDED_FIGURE, ROUNDED_MONEY, Id, Json, OneOf, UtcTime
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
    Column("created_at", UtcTime, nullable=False),
    # in lower case; the given spelling is in the document
    Column("user_name", String(320), unique=True, index=True, info=personal("contact", "delete")),
    Column("external_id", String(255), index=True, info=personal("identity", "delete")),
    Column("document", Json, info=personal("identity", "delete")),  # as the identity provider says it
    Column("group_roles", Json, nullable=False, default=list),
    Column("version", Integer, nullable=False, default=0),
    Column("changed_at", UtcTime),
    Column("deleted_at", UtcTime),
    Column(
        "language", String(8), info=personal("identity", "delete")
    ),  # of the pages; null = as the browser asks
)

account_group = Table(  # of an identity provider; its members have its role
    "account_group",
    metadata,
    key(),
    Column("display_name", String(300), nullable=False, info=personal("identity", "keep: names no person")),
    Column("external_id", String(255), index=True),
    Column("role", OneOf(Role)),  # as an operator says it; without, the name may say it
    Column("version", Integer, nullable=False, default=0),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,  # the id of a deleted one never comes back
)

account_group_member = Table(
    "account_group_member",
    metadata,
    key(),
    ref("group_id", "account_group"),
    ref("account_id", "account"),
    UniqueConstraint("group_id", "account_id"),
)

account_finding = Table(  # what an identity provider sent that was not taken, until it sends better
    "account_finding",
    metadata,
    key(),
    Column("subject", String(64), nullable=False),  # account:ID or account_group:ID
    Column("kind", OneOf(AccountFinding, 32), nullable=False),
    Column("sent", String(300), nullable=False, info=personal("identity", "delete")),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    UniqueConstraint("subject", "kind"),
)

api_token = Table(  # for machines; only a hash is kept, the token itself is shown once
    "api_token",
    metadata,
    key(),
    ref("account_id", "account"),
    Column("name", String(200), nullable=False, info=personal("identity", "delete")),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),  # as it was made with; what counts is also in the account's roles
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),  # to the minute
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

plausibility_rules = Table(  # every version of the thresholds; the newest one counts, none = the defaults
    "plausibility_rules",
    metadata,
    key(),
    Column("thresholds", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column(
        "changed_by", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")
    ),
    Column("changed_at", UtcTime, nullable=False),
)

held_fact = Table(  # a value that tripped a rule: it does not count until a person releases it, or it changes
    "held_fact",
    metadata,
    key(),
    Column("rule", OneOf(HeldRule, 32), nullable=False),
    Column("person_id", Id, ForeignKey("person.id", ondelete="CASCADE")),
    ref("connection_id", "connection", nullable=True),
    ref("cycle_id", "cycle", nullable=True),
    Column("run_id", Id),
    Column("subject", String(500), nullable=False),  # which record: the same one has the same subject
    Column("value", String(200), nullable=False, info=personal("pay", "delete")),
    Column("against", String(200), nullable=False, info=personal("pay", "delete")),
    Column("state", OneOf(HeldState), nullable=False),
    Column("found_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("reason", Text),
    Column("released_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("released_at", UtcTime),
    Column("used_at", UtcTime),  # when a snapshot took it in: the release can no longer be undone
    Index("ix_held_fact_state_rule", "state", "rule"),
    Index("ix_held_fact_person_state", "person_id", "state"),  # a person's, where everybody is held
)

unjudged = Table(  # whose values changed since they were judged
    "unjudged",
    metadata,
    Column(
        "person_id",
        Id,
        ForeignKey("person.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("since", UtcTime, nullable=False),
)

plausible_pay = (
    Table(  # what counted as pay when it was looked at last: a value that replaces it is compared with it
        "plausible_pay",
        metadata,
        Column(
            "person_id",
            Id,
            ForeignKey("person.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("effective_on", Date, nullable=False),
        Column("annual", ROUNDED_MONEY, nullable=False, info=personal("pay", "delete")),
        Column("currency", String(3), nullable=False),
    )
)

headcount = Table(  # how many people a connection had when it was looked at last
    "headcount",
    metadata,
    Column(
        "connection_id",
        Id,
        ForeignKey("connection.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("people", Integer, nullable=False),
    Column("counted_at", UtcTime, nullable=False),
)
