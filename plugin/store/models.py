"""Every table in one place, with the category and erase rule of each personal column, so that a data protection answer is one query away.

Times are aware UTC, dates are dates, money and percent are exact decimals. A personal column says ``personal`` (what kind of
data) and ``erase`` (what ``person erase`` does: delete the row, blank the column, or keep with the legal ground).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
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

from plugin.store.column_types import Exact, Id, Json, UtcTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def ref(name: str, target: str, *, nullable: bool = False, delete: str = "CASCADE") -> Column[Any]:
    return Column(name, Id, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable, index=True)


def personal(category: str, erase: str) -> dict[str, str]:
    """``category``: identity, contact, employment, pay, performance, learning, protected. ``erase``: delete, blank or keep: ground."""
    return {"personal": category, "erase": erase}


# --- accounts -------------------------------------------------------------------------------------------------------

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

# --- connections and runs -------------------------------------------------------------------------------------------

connection = Table(
    "connection",
    metadata,
    key(),
    Column("connector", String(64), nullable=False),
    Column("name", String(200), nullable=False, unique=True),
    Column("settings", Json, nullable=False),
    Column("sinks", Json, nullable=False),  # which of the connector's sinks the admin switched on
    Column("every_minutes", Integer),  # null = only on request
    Column("state", String(16), nullable=False, default="active"),  # active, paused
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
    Column("trigger", String(32), nullable=False),  # schedule, person, webhook, cli
    Column("streams", Json),  # null = all that the manifest declares
    Column("state", String(16), nullable=False),  # queued, running, succeeded, partial, failed
    Column("counts", Json, nullable=False),
    Column("code", String(64)),
    Column("message", Text),
    Column("remedy", Text),
    Column("requested_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("requested_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
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

# --- inbox ----------------------------------------------------------------------------------------------------------
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
    Column("kind", String(8), nullable=False),  # upsert, retract
    Column("raw", Json, nullable=False, info=personal("learning", "delete")),
    Column("revision", Integer, nullable=False, default=1),
    Column("run_id", Id),
    Column("received_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),  # pending, applied, waiting, rejected, ignored
    Column("code", String(64)),
    Column("message", Text),
    Column("applied_at", UtcTime),
    Column("missed", Integer, nullable=False, default=0),  # complete listings in a row that did not hold it
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    UniqueConstraint("connection_id", "stream", "remote_key"),
    Index("ix_inbox_state", "state", "connection_id", "id"),
)

rejected_row = Table(
    "rejected_row",
    metadata,
    key(),
    ref("connection_id", "connection"),
    Column("run_id", Id, index=True),
    Column("stream", String(32), nullable=False),
    Column("place", String(300), nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

waiting_identifier = Table(  # the queue of people that did not match: by which names they were searched
    "waiting_identifier",
    metadata,
    key(),
    Column("inbox_id", Id, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("value", String(500), nullable=False, info=personal("contact", "delete")),
    Index("ix_waiting_identifier_name", "kind", "value"),
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
    Column("state", String(16), nullable=False),  # pending, leased, handled, failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Column("message", Text),
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

# --- people ---------------------------------------------------------------------------------------------------------

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
    Column("job_title", String(200), info=personal("employment", "blank")),
    Column("job_family", String(200), info=personal("employment", "blank")),
    Column("level", String(100), info=personal("employment", "blank")),
    Column("org_unit", String(200), info=personal("employment", "blank")),
    Column("country", String(100), info=personal("employment", "blank")),
    Column("hired_on", Date, info=personal("employment", "blank")),
    Column("left_on", Date, info=personal("employment", "blank")),
    Column("fte", Exact, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
    UniqueConstraint("connection_id", "source_id"),
)

person_identifier = Table(
    "person_identifier",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("kind", String(32), nullable=False),
    Column("value", String(500), nullable=False, info=personal("contact", "delete")),
    Column("source", String(100), nullable=False),  # connection:ID or account e-mail of who linked it
    Column("added_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    UniqueConstraint("kind", "value"),
)

protected_attribute = Table(  # read by the fairness reports only; no feature builder can reach it
    "protected_attribute",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("name", String(32), nullable=False),
    Column("value", String(100), nullable=False, info=personal("protected", "delete")),
    UniqueConstraint("person_id", "name"),
)

pay = Table(
    "pay",
    metadata,
    key(),
    ref("person_id", "person"),
    Column("effective_on", Date, nullable=False),
    Column("annual", Exact, nullable=False, info=personal("pay", "delete")),
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
    Column("minimum", Exact, nullable=False),
    Column("midpoint", Exact, nullable=False),
    Column("maximum", Exact, nullable=False),
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
    Column("score", Exact, nullable=False, info=personal("performance", "delete")),
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
    Column("percent", Exact, nullable=False, info=personal("pay", "delete")),
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

# --- learning, badges, skills ---------------------------------------------------------------------------------------

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
    Column("hours", Exact, info=personal("learning", "delete")),
    Column("score_scaled", Exact, info=personal("learning", "delete")),
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
    Column("kind", String(32)),  # knowledge, skill, contribution, performance, membership
    Column(
        "programme", String(64)
    ),  # skill_development_recognition, certificate_programme, specialization, certification, special_achievement
    Column("level", String(32)),  # foundational, intermediate, advanced
    Column("strategic", Boolean, nullable=False, default=False),
    Column("strategic_owner", String(200)),
    Column("strategic_from", Date),
    Column("strategic_until", Date),
    Column("state", String(16), nullable=False),  # proposed, decided
    Column("proposed_by", Text),  # the rule and the words it read
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
    Column("time_to_hire_days", Exact),
    Column("offer_rejection_percent", Exact),
    Column("new_hire_pay_ratio", Exact),
    Column("open_jobs", Integer),
    Column("source", String(300), nullable=False),
    UniqueConstraint("skill_id", "measured_on", "source"),
)

issuer = Table(  # the company's allow-list: what a proof must rest on before a badge may count
    "issuer",
    metadata,
    key(),
    Column("kind", String(16), nullable=False),  # did, issuer, key, origin
    Column("value", String(1000), nullable=False),
    Column("name", String(500), nullable=False),  # as the issuer calls itself: untrusted
    Column("trust", String(16), nullable=False),  # trusted, unknown, blocked
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
    Column("state", String(16), nullable=False),  # active, revoked
    Column("credential", Text, info=personal("learning", "delete")),
    Column("verdict", String(16), nullable=False),  # unchecked, valid, invalid, undetermined
    Column("codes", Json, nullable=False),
    Column("steps", Json, nullable=False, info=personal("learning", "delete")),
    Column("trust", String(16), nullable=False, default="unknown"),  # of its issuer, as of the last check
    Column("issuer_ref", Id, ForeignKey("issuer.id", ondelete="SET NULL"), index=True),
    Column("checks", Integer, nullable=False, default=0),
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
    Column("proficiency", Exact, info=personal("learning", "delete")),
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
    Column("points", Exact, nullable=False, info=personal("pay", "delete")),
    Column("skills", Json, nullable=False),  # names of the badge's skills on that day
    Column("rewarded_on", Date, nullable=False),
    Column(
        "review", String(32)
    ),  # null, open, kept, withdrawn: a revocation after reward opens a review, never cuts by itself
    Column("review_note", Text, info=personal("pay", "delete")),
    UniqueConstraint("badge_award_id"),
)

# --- outbox and deliveries ------------------------------------------------------------------------------------------

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
    Column("state", String(16), nullable=False),  # active, paused, disabled
    Column("disabled_reason", Text),
    Column("first_failure_at", UtcTime),  # of the present series of nothing but failures
    Column("last_failure_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    Column("kind", String(16), nullable=False),  # webhook, write
    Column("target_id", Id, nullable=False),  # webhook_endpoint.id or connection.id
    Column("op_id", String(64), nullable=False),
    Column("event_type", String(100), nullable=False),
    Column(  # what it is about: a newer row replaces a queued one
        "subject", String(600), info=personal("employment", "delete")
    ),
    Column("payload", Json, nullable=False, info=personal("employment", "delete")),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL"), index=True),
    Column("state", String(16), nullable=False),  # due, leased, done, dead, superseded
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Column("ambiguous", Boolean, nullable=False, default=False),
    Column("remote_id", String(500)),
    Column("code", String(64)),
    Column("message", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("kind", "target_id", "op_id"),
    Index("ix_outbox_queue", "kind", "state", "due_at"),
    Index("ix_outbox_person_order", "target_id", "person_id", "state"),
    Index("ix_outbox_target_subject", "target_id", "subject", "state"),
)

target_hold = (
    Table(  # nothing is sent to this target for now: it asked for a pause, or refuses our credentials
        "target_hold",
        metadata,
        Column("kind", String(16), primary_key=True),
        Column("target_id", Id, primary_key=True, autoincrement=False),
        Column("until", UtcTime),  # null = until a person has acted
        Column("code", String(64), nullable=False),
        Column("message", Text, nullable=False),
        Column("held_at", UtcTime, nullable=False),
    )
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
    Column("message", Text),
)

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
    Column("kind", String(16), nullable=False),  # worker, scheduler
    Column("started_at", UtcTime, nullable=False),
    Column("beat_at", UtcTime, nullable=False),
)

# --- guidance -------------------------------------------------------------------------------------------------------

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

model = Table(
    "model",
    metadata,
    key(),
    Column("hash", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),  # draft, checked, approved, in_use, retired, refused
    Column("artefact", LargeBinary, nullable=False),
    Column("card", Json, nullable=False),  # features, metrics, data hash, versions
    Column("trained_at", UtcTime, nullable=False),
    Column("trained_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("approved_at", UtcTime),
    Column("approved_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("note", Text),
)

cycle = Table(
    "cycle",
    metadata,
    key(),
    Column("name", String(200), nullable=False, unique=True),
    Column(
        "state", String(16), nullable=False
    ),  # draft, notice, shadow, open, review, approved, exported, closed
    Column("snapshot_on", Date, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("notice_on", Date),
    Column("currency", String(3), nullable=False),
    Column("rates", Json, nullable=False),  # currency -> rate to the cycle's, frozen
    Column("budget_percent", Exact, nullable=False),
    Column(
        "budget", Json, nullable=False
    ),  # pools, side rules, reserved pools; {} = one pool of budget_percent
    Column(
        "budget_changed_at", UtcTime
    ),  # the plan or a ruling: suggestions that are older do not know of it
    Column("policy_id", Id, ForeignKey("policy.id"), nullable=False),
    Column("model_id", Id, ForeignKey("model.id")),
    Column("matrix_only", Boolean, nullable=False, default=False),  # the kill switch
    Column("matrix_only_reason", Text),
    Column("reveal", String(16), nullable=False, default="together"),  # together, on_request, after_own
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
    Column("payroll", Exact, nullable=False),
    Column("target", Exact, nullable=False),
    Column("funding", Exact, nullable=False),
    Column("own_payroll", Exact, nullable=False),
    Column("own_funding", Exact, nullable=False),
    Column("fitted", Exact, nullable=False),
    UniqueConstraint("cycle_id", "code"),
)

ruling = Table(  # what HR rules for one person in a cycle
    "ruling",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("kind", String(16), nullable=False),  # fixed, market, equity, rating_frozen
    Column("percent", Exact, info=personal("pay", "delete")),  # points of pay; null for rating_frozen
    Column("note", Text, nullable=False, info=personal("performance", "delete")),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(320), info=personal("identity", "keep: who did what is audited")),
    UniqueConstraint("cycle_id", "person_id", "kind"),
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

advice_run = (
    Table(  # one making of recommendations: all inputs by hash, so that any of its figures can be recomputed
        "advice_run",
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

recommendation = Table(  # a participant's recommendation_id says which counts; others stay for the replay of any past day
    "recommendation",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    ref("advice_run_id", "advice_run"),
    Column("percent", Exact, info=personal("pay", "delete")),  # null = the advisor abstains
    # what lists and sums need; the document has everything. Percent are points, money is a year's in the cycle's currency
    Column("status", String(16), nullable=False),
    Column("paid", Exact, nullable=False, info=personal("pay", "delete")),
    Column("planned_amount", Exact, nullable=False, info=personal("pay", "delete")),
    Column("planned_percent", Exact, nullable=False, info=personal("pay", "delete")),
    Column("low", Exact, nullable=False, info=personal("pay", "delete")),
    Column("high", Exact, nullable=False, info=personal("pay", "delete")),
    Column("policy_minimum", Exact, nullable=False, info=personal("pay", "delete")),
    Column("policy_maximum", Exact, nullable=False, info=personal("pay", "delete")),
    Column("pool", String(200)),  # which pool pays for merit; null = none does
    Column(
        "reserved_amount", Exact, nullable=False, info=personal("pay", "delete")
    ),  # range minimum and adjustments, from pools of their own
    Column("abstain_code", String(64)),  # null unless the advisor abstains
    UniqueConstraint("advice_run_id", "person_id"),
    Index("ix_recommendation_cycle_person", "cycle_id", "person_id", "id"),
)

recommendation_document = Table(  # apart, so that lists and sums read narrow rows; zlib of the canonical JSON
    "recommendation_document",
    metadata,
    Column(
        "advice_run_id",
        Id,
        ForeignKey("advice_run.id", ondelete="CASCADE"),
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

cycle_change = Table(  # the mid-cycle change desk: keep, refresh or remove
    "cycle_change",
    metadata,
    key(),
    ref("cycle_id", "cycle"),
    ref("person_id", "person"),
    Column("kind", String(32), nullable=False),  # left, joined, transferred, reported, pay_changed, …
    Column("detail", Json, nullable=False, info=personal("pay", "delete")),
    Column("seen_at", UtcTime, nullable=False),
    Column("choice", String(16)),  # null = open; keep, refresh, remove
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

task = Table(  # long work that somebody asked for on a page; the worker does it
    "task",
    metadata,
    key(),
    Column("kind", String(32), nullable=False),  # train, fairness, dry_run, compare
    Column("subject", String(100), nullable=False),  # what it is about: policy:1, cycle:2
    Column("arguments", Json, nullable=False),
    Column("state", String(16), nullable=False),  # queued, running, done, failed
    Column("progress", String(200), nullable=False, default=""),
    Column("result", Json, info=personal("pay", "keep: deleted after 30 days")),
    Column("code", String(64)),
    Column("message", Text),
    Column("remedy", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("requested_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("requested_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("lease_token", String(64)),
    Index("ix_task_kind_subject", "kind", "subject"),
    Index("ix_task_state", "state"),
)

fairness_report = Table(  # figures about groups, never about a person; of a cycle or of a trained model
    "fairness_report",
    metadata,
    key(),
    ref("cycle_id", "cycle", nullable=True),
    ref("model_id", "model", nullable=True),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(320), info=personal("identity", "keep: who did what is audited")),
    Column("verdict", String(16), nullable=False),  # pass, not_measured, warn, fail
    Column("approvals_needed", Integer, nullable=False),
    Column("document", Json, nullable=False),
    Column("approvals", Json, nullable=False),  # by, at, note
    Column("version", Integer, nullable=False, default=1),
)

# --- audit ----------------------------------------------------------------------------------------------------------

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
