"""Whose a name is, from which day to which, by whose word; by which names each record was searched; and what HR decided."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from plugin.domain import IdentityAnswer, MergeState, NameRule
from plugin.store.column_types import Id, OneOf, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

person_identifier = (
    Table(  # claims: two people may claim one name for the same days, and then a person is asked
        "person_identifier",
        metadata,
        key(),
        ref("person_id", "person"),
        Column("kind", String(32), nullable=False),
        Column("value", String(500), nullable=False, info=personal("contact", "delete")),
        Column(
            "spelling", String(500), nullable=False, info=personal("contact", "delete")
        ),  # as the source wrote it
        Column("from_on", Date),  # null = since ever
        Column("until_on", Date),  # the last day; null = still
        Column(
            "source", String(100), nullable=False
        ),  # connection:ID, list:ID, or account e-mail of who linked it
        Column("added_at", UtcTime, nullable=False),
        Column("ended_at", UtcTime),  # when the source no longer gave it
        Index("ix_person_identifier_name", "kind", "value"),
    )
)

record_name = (
    Table(  # by which names the person of a record was searched, so that it follows when a name changes hands
        "record_name",
        metadata,
        key(),
        Column("inbox_id", Id, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("kind", String(32), nullable=False),
        Column("value", String(500), nullable=False, info=personal("contact", "delete")),
        Column(
            "rule_id", Id, ForeignKey("home_page_rule.id", ondelete="CASCADE"), index=True
        ),  # what made it of an account
        Index("ix_record_name_name", "kind", "value"),
    )
)

home_page_rule = Table(  # what the name of an xAPI account at a home page is
    "home_page_rule",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("home_page", String(400), nullable=False),
    Column("name_is", OneOf(NameRule), nullable=False),
    Column("people_connection_id", Id, ForeignKey("connection.id", ondelete="CASCADE"), index=True),
    Column(
        "decided_by", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")
    ),
    Column("decided_at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "home_page"),
)

identity_question = Table(  # records that wait for HR's answer, and the name that it is asked under
    "identity_question",
    metadata,
    key(),
    Column("inbox_id", Id, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("value", String(500), nullable=False, info=personal("contact", "delete")),
    Index("ix_identity_question_name", "kind", "value"),
)

identity_ruling = Table(
    "identity_ruling",
    metadata,
    key(),
    Column("kind", String(32), nullable=False),
    Column("value", String(500), nullable=False, info=personal("contact", "delete")),
    Column("answer", OneOf(IdentityAnswer), nullable=False),
    Column("note", Text, info=personal("identity", "keep: who did what is audited")),
    Column(
        "decided_by", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")
    ),
    Column("decided_at", UtcTime, nullable=False),
    Column("undone_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("undone_at", UtcTime),
    Index("ix_identity_ruling_name", "kind", "value"),
)

identity_ruling_span = Table(  # whose the name is on which days, by a ruling; none = nobody's
    "identity_ruling_span",
    metadata,
    key(),
    ref("ruling_id", "identity_ruling"),
    ref("person_id", "person"),
    Column("from_on", Date),
    Column("until_on", Date),
)

identity_ruling_record = Table(  # the records that waited for a ruling, and to whom each went
    "identity_ruling_record",
    metadata,
    key(),
    ref("ruling_id", "identity_ruling"),
    Column("inbox_id", Id, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
)

person_merge = Table(  # two records of the suites that are one person, or are not
    "person_merge",
    metadata,
    key(),
    ref("kept_id", "person"),
    ref("merged_id", "person"),
    Column("state", OneOf(MergeState), nullable=False),
    Column(
        "decided_by", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")
    ),
    Column("decided_at", UtcTime, nullable=False),
)
