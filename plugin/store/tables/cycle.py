"""Policies, cycles, pools, exceptions, participants, recommendations and changes."""

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

from plugin.domain import ChangeChoice, ChangeKind, CycleState, RecommendationStatus, Reveal, RulingKind
from plugin.store.column_types import MONEY, POINTS, ROUNDED_MONEY, Id, Json, OneOf, UtcTime
from plugin.store.tables.columns import key, metadata, personal, ref

policy = Table(  # never changed once used: a new version is a new row
    "policy",
    metadata,
    key(),
    Column("name", String(200), nullable=False),
    Column("document", Json, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(320), info=personal("identity", "keep: who did what is audited")),
)

cycle = Table(
    "cycle",
    metadata,
    key(),
    Column("name", String(200), nullable=False, unique=True),
    Column("state", OneOf(CycleState), nullable=False),
    Column("snapshot_on", Date, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("notice_on", Date),
    Column("currency", String(3), nullable=False),
    Column("rates", Json, nullable=False),  # currency -> rate to the cycle's, frozen
    Column("budget_percent", POINTS, nullable=False),
    Column(
        "budget", Json, nullable=False
    ),  # pools, side rules, reserved pools; {} = one pool of budget_percent
    Column(
        "budget_changed_at", UtcTime
    ),  # the plan or a ruling: recommendations that are older do not know of it
    Column("policy_id", Id, ForeignKey("policy.id"), nullable=False),
    Column("model_id", Id, ForeignKey("model.id")),
    Column("matrix_only", Boolean, nullable=False, default=False),  # the kill switch
    Column("matrix_only_reason", Text),
    Column("reveal", OneOf(Reveal), nullable=False, default=Reveal.TOGETHER),
    Column("version", Integer, nullable=False, default=1),
    Column("created_at", UtcTime, nullable=False),
)

pool = Table(  # the money of the newest run: what each pool holds, and what its own people are fitted to
    "pool",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    Column("code", String(200), nullable=False),
    Column("parent", String(200)),
    Column("people", Integer, nullable=False),  # these four with all pools below
    Column("payroll", ROUNDED_MONEY, nullable=False),
    Column("target", ROUNDED_MONEY, nullable=False),
    Column("funding", ROUNDED_MONEY, nullable=False),
    Column("own_payroll", ROUNDED_MONEY, nullable=False),
    Column("own_funding", ROUNDED_MONEY, nullable=False),
    Column("fitted", ROUNDED_MONEY, nullable=False),
    UniqueConstraint("cycle_id", "code"),
)

ruling = Table(  # what HR rules for one person in a cycle
    "ruling",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("kind", OneOf(RulingKind), nullable=False),
    Column("percent", POINTS, info=personal("pay", "delete")),  # points of pay; null for rating_frozen
    Column("note", Text, nullable=False, info=personal("performance", "delete")),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(320), info=personal("identity", "keep: who did what is audited")),
    UniqueConstraint("cycle_id", "person_id", "kind"),
)

participant = Table(  # who is in a cycle, under whom, as of its snapshot
    "participant",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("manager_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("display_name", String(300), nullable=False, info=personal("identity", "blank")),
    Column("job_title", String(200), info=personal("employment", "blank")),
    ref("recommendation_id", "recommendation", nullable=True, delete="SET NULL"),  # the one that counts now
    UniqueConstraint("cycle_id", "person_id"),
)

recommendation = Table(  # a participant's recommendation_id says which counts; others stay for the replay of any past day
    "recommendation",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    ref("recommendation_run_id", "recommendation_run"),
    Column("percent", POINTS, info=personal("pay", "delete")),  # null = the advisor abstains
    # what lists and sums need; the document has everything. Percent are points, money is a year's in the cycle's currency
    Column("status", OneOf(RecommendationStatus), nullable=False),
    Column("paid", ROUNDED_MONEY, nullable=False, info=personal("pay", "delete")),
    Column("planned_amount", MONEY, nullable=False, info=personal("pay", "delete")),
    Column("planned_percent", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("low", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("high", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("policy_minimum", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("policy_maximum", POINTS, nullable=False, info=personal("pay", "delete")),
    Column("pool", String(200)),  # which pool pays for merit; null = none does
    Column(
        "reserved_amount", MONEY, nullable=False, info=personal("pay", "delete")
    ),  # range minimum and adjustments, from pools of their own
    Column(
        "budget_cost", MONEY, nullable=False, info=personal("pay", "delete")
    ),  # of the planned amount, what is not reserved
    Column("abstain_code", String(64)),  # null unless the advisor abstains
    UniqueConstraint("recommendation_run_id", "person_id"),
    Index("ix_recommendation_cycle_person", "cycle_id", "person_id", "id"),
)

recommendation_document = Table(  # apart, so that lists and sums read narrow rows; zlib of the canonical JSON
    "recommendation_document",
    metadata,
    Column(
        "recommendation_run_id",
        Id,
        ForeignKey("recommendation_run.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "person_id",
        Id,
        ForeignKey("person.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("document", LargeBinary, nullable=False, info=personal("pay", "delete")),
)

cycle_change = Table(  # the mid-cycle change desk: keep, refresh or remove
    "cycle_change",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("kind", OneOf(ChangeKind, 32), nullable=False),
    Column("detail", Json, nullable=False, info=personal("pay", "delete")),
    Column("seen_at", UtcTime, nullable=False),
    Column("choice", OneOf(ChangeChoice)),  # null = open
    Column("chosen_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("chosen_at", UtcTime),
)

objection = Table(  # "something is wrong in this": data of a person that a manager or HR doubts
    "objection",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("text", Text, nullable=False, info=personal("performance", "delete")),
    Column(
        "raised_by", String(320), nullable=False, info=personal("identity", "keep: who did what is audited")
    ),
    Column("raised_at", UtcTime, nullable=False),
    Column("answer", Text, info=personal("performance", "delete")),
    Column("answered_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("answered_at", UtcTime),
)

snapshot = (
    Table(  # ``base_id`` null: the document is whole; else it holds the rows that replace those of the base
        "snapshot",
        metadata,
        key(),
        ref("cycle_id", "cycle"),
        ref("base_id", "snapshot", nullable=True),
        Column("hash", String(64), nullable=False),
        Column(
            "document",
            LargeBinary,
            nullable=False,
            info=personal("pay", "keep: decisions on pay must stay explainable, then deleted by retention"),
        ),
        Column("taken_at", UtcTime, nullable=False),
    )
)

recommendation_run = (
    Table(  # one making of recommendations: all inputs by hash, so that any of its figures can be recomputed
        "recommendation_run",
        metadata,
        key(),
        ref("cycle_id", "cycle"),
        ref("snapshot_id", "snapshot"),
        Column("policy_id", Id, ForeignKey("policy.id"), nullable=False),
        Column("model_id", Id, ForeignKey("model.id")),
        Column(
            "settings",
            Json,
            nullable=False,
            info=personal("pay", "keep: decisions on pay must stay explainable"),
        ),
        Column("made_at", UtcTime, nullable=False),
        Column("made_by", String(320), info=personal("identity", "keep: who did what is audited")),
        Column("completed_at", UtcTime),  # null = under way or given up: nobody sees its rows
        sqlite_autoincrement=True,  # the number of a run that was given up is never used again
    )
)
