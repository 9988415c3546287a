"""Learning, badges, skills, what they mean here, and what was paid for."""

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

from plugin.domain import AwardState, BadgeKind, BadgeVerdict, EntryState, IssuerKind, ReviewState, Trust
from plugin.store.column_types import POINTS, ROUNDED_FIGURE, Id, Json, OneOf, Sentence, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

learning = Table(
    "learning",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("inbox_id", Id, nullable=False, unique=True),
    Column("source_id", String(500), nullable=False),
    Column("activity_id", String(1000), nullable=False),
    Column("title", Text, nullable=False, info=personal("learning", "delete")),
    Column("outcome", String(16), nullable=False, info=personal("learning", "delete")),
    Column("occurred_at", UtcTime, nullable=False),
    Column("hours", ROUNDED_FIGURE, info=personal("learning", "delete")),
    Column("score_scaled", ROUNDED_FIGURE, info=personal("learning", "delete")),
    Index("ix_learning_person_occurred", "person_id", "occurred_at"),
)

catalogue_entry = Table(  # what a badge class means in this company; two independent axes (kind, programme)
    "catalogue_entry",
    metadata,
    key(),
    Column("badge_class_id", String(1000), nullable=False, unique=True),
    Column("name", String(500), nullable=False),
    Column("issuer_id", String(1000), nullable=False),
    Column("issuer_name", String(500), nullable=False),
    Column(
        "facts", Json, nullable=False
    ),  # tags, achievement_type, level, alignments as the badge says: untrusted
    Column("kind", OneOf(BadgeKind, 32)),
    Column(
        "programme", String(64)
    ),  # skill_development_recognition, certificate_programme, specialization, certification, special_achievement
    Column("level", String(32)),  # foundational, intermediate, advanced
    Column("strategic", Boolean, nullable=False, default=False),
    Column("strategic_owner", String(200)),
    Column("strategic_from", Date),
    Column("strategic_until", Date),
    Column("state", OneOf(EntryState), nullable=False),
    Column("proposed_by", Sentence),  # the rule and the words it read
    Column("decided_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("decided_at", UtcTime),
    Column("version", Integer, nullable=False, default=1),
)

skill = Table(
    "skill",
    metadata,
    key(),
    Column("name", String(300), nullable=False),
    Column("url", String(1000), unique=True),
    Column("framework", String(100), nullable=False),  # ESCO, O*NET, company
    Column("attribution", Text),
    Column("parent_id", Id, ForeignKey("skill.id", ondelete="SET NULL")),
)

skill_synonym = Table(
    "skill_synonym",
    metadata,
    key(),
    ref("skill_id", "skill"),
    Column("text", String(300), nullable=False, unique=True),
)

catalogue_skill = Table(
    "catalogue_skill",
    metadata,
    key(),
    ref("catalogue_entry_id", "catalogue_entry"),
    ref("skill_id", "skill"),
    UniqueConstraint("catalogue_entry_id", "skill_id"),
)

scarcity = Table(  # dated figures per skill, with their source; the four signals of advisor.md section 1
    "scarcity",
    metadata,
    key(),
    ref("skill_id", "skill"),
    Column("measured_on", Date, nullable=False),
    Column("time_to_hire_days", ROUNDED_FIGURE),
    Column("offer_rejection_percent", ROUNDED_FIGURE),
    Column("new_hire_pay_ratio", ROUNDED_FIGURE),
    Column("open_jobs", Integer),
    Column("source", String(300), nullable=False),
    UniqueConstraint("skill_id", "measured_on", "source"),
)

issuer = Table(  # the company's allow-list: what a proof must rest on before a badge may count
    "issuer",
    metadata,
    key(),
    Column("kind", OneOf(IssuerKind), nullable=False),
    Column("value", String(1000), nullable=False),
    Column("name", String(500), nullable=False),  # as the issuer calls itself: untrusted
    Column("trust", OneOf(Trust), nullable=False),
    Column("decided_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("decided_at", UtcTime),
    Column("first_seen_at", UtcTime, nullable=False),
    UniqueConstraint("kind", "value"),
)

badge_award = Table(
    "badge_award",
    metadata,
    key(),
    ref("person_id", "person"),
    ref("catalogue_entry_id", "catalogue_entry"),
    Column("inbox_id", Id, unique=True),
    Column("source_id", String(1000), nullable=False),
    Column("issued_on", Date, nullable=False, info=personal("learning", "delete")),
    Column("expires_on", Date, info=personal("learning", "delete")),
    Column("state", OneOf(AwardState), nullable=False),
    Column("credential", Text, info=personal("learning", "delete")),
    Column("verdict", OneOf(BadgeVerdict), nullable=False),
    Column("codes", Json, nullable=False),
    Column("steps", Json, nullable=False, info=personal("learning", "delete")),
    Column(
        "trust", OneOf(Trust), nullable=False, default=Trust.UNKNOWN
    ),  # of its issuer, as of the last check
    Column("issuer_ref", Id, ForeignKey("issuer.id", ondelete="SET NULL"), index=True),
    Column("checks", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),  # of the check under way
    Column("checked_at", UtcTime),
    Column("recheck_at", UtcTime, index=True),
    UniqueConstraint("person_id", "source_id"),
)

person_skill = Table(
    "person_skill",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("skill", String(300), nullable=False, info=personal("learning", "delete")),
    Column("proficiency", ROUNDED_FIGURE, info=personal("learning", "delete")),
    Column("evaluated_on", Date),
    Column("inbox_id", Id, index=True),
    UniqueConstraint("person_id", "skill"),
)

reward = Table(  # the skill ledger: which evidence was already paid for, and in which cycle
    "reward",
    metadata,
    key(),
    ref("badge_award_id", "badge_award"),
    ref("cycle_id", "cycle"),
    Column("points", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("skills", Json, nullable=False),  # names of the badge's skills on that day
    Column("rewarded_on", Date, nullable=False),
    Column(
        "review", OneOf(ReviewState, 32)
    ),  # null = none: a revocation after reward opens a review, never cuts by itself
    Column("review_note", Text, info=personal("pay", "delete")),
    UniqueConstraint("badge_award_id"),
)
