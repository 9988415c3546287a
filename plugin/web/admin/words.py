"""What states are called on these pages: a plain word for an HR admin and the class that draws its sign."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from plugin.domain import (
    BadgeVerdict,
    EndpointState,
    HealthState,
    InboundState,
    IssuerKind,
    OutboxKind,
    OutboxState,
    RunState,
    RunTrigger,
    StepState,
    Trust,
)
from plugin.texts import N_, _
from plugin.web.admin.phrases import (
    ago,
    every,
    health_sentence,
    pretty,
    sentence,
    short,
    short_moment,
    size,
    took,
    web_address,
)

Sign = tuple[str, str]  # class, word

HEALTH: Mapping[str, Sign] = {
    HealthState.OK: ("ok", N_("Healthy")),
    HealthState.LISTENING: ("ok", N_("Listening")),
    HealthState.PARTIAL: ("reason", N_("Partially completed")),
    HealthState.QUEUED: ("todo", N_("Queued")),
    HealthState.RUNNING: ("busy", N_("Running")),
    HealthState.RETRYING: ("reason", N_("Retrying")),
    HealthState.FAILED: ("bad", N_("Failed")),
    HealthState.HELD: ("bad", N_("Writes on hold")),
    HealthState.PAUSED: ("na", N_("Paused")),
    HealthState.NEVER: ("todo", N_("Never run")),
}
RUN: Mapping[str, Sign] = {
    RunState.QUEUED: ("todo", N_("Waiting")),
    RunState.RUNNING: ("busy", N_("Running")),
    RunState.SUCCEEDED: ("ok", N_("Completed")),
    RunState.PARTIAL: ("reason", N_("Partially completed")),
    RunState.FAILED: ("bad", N_("Failed")),
}
OUTBOX: Mapping[str, Sign] = {
    OutboxState.DUE: ("todo", N_("Waiting")),
    OutboxState.LEASED: ("busy", N_("Sending")),
    OutboxState.DONE: ("ok", N_("Delivered")),
    OutboxState.DEAD: ("bad", N_("Failed")),
    OutboxState.SUPERSEDED: ("na", N_("Replaced by a newer write")),
}
ENDPOINT: Mapping[str, Sign] = {
    EndpointState.ACTIVE: ("ok", N_("Active")),
    EndpointState.PAUSED: ("na", N_("Paused")),
    EndpointState.DISABLED: ("bad", N_("Turned off after failures")),
}
VERDICT: Mapping[str, Sign] = {
    BadgeVerdict.VALID: ("ok", N_("Valid")),
    BadgeVerdict.INVALID: ("bad", N_("Invalid")),
    BadgeVerdict.UNDETERMINED: ("reason", N_("Unclear")),
    BadgeVerdict.UNCHECKED: ("todo", N_("Not checked yet")),
}
TRUST: Mapping[str, Sign] = {
    Trust.TRUSTED: ("ok", N_("Trusted")),
    Trust.UNKNOWN: ("reason", N_("Not decided")),
    Trust.BLOCKED: ("bad", N_("Blocked")),
}
STEP: Mapping[str, Sign] = {
    StepState.OK: (StepState.OK, N_("Passed")),
    StepState.FAILED: ("bad", N_("Failed")),
    StepState.SKIPPED: ("na", N_("Not needed")),
    StepState.UNKNOWN: ("reason", N_("Could not be checked")),
}
FINDING: Mapping[str, Sign] = {
    StepState.OK: (StepState.OK, N_("OK")),
    "warning": ("reason", N_("Needs attention")),
    "failed": ("bad", N_("Failed")),
}
INBOUND: Mapping[str, Sign] = {
    InboundState.PENDING: ("todo", N_("Waiting")),
    InboundState.LEASED: ("busy", N_("Processing")),
    InboundState.HANDLED: ("ok", N_("Processed")),
    InboundState.FAILED: ("bad", N_("Failed")),
}
STREAMS: Mapping[str, str] = {
    "people": N_("Employees"),
    "pay": N_("Pay"),
    "pay_ranges": N_("Pay ranges"),
    "ratings": N_("Ratings"),
    "raises": N_("Past raises"),
    "leaves": N_("Leave"),
    "learning": N_("Learning records"),
    "badges": N_("Badges"),
    "skills": N_("Skills"),
}
SINKS: Mapping[str, str] = {
    "skills": N_("Skills"),
    "training": N_("Training results"),
    "raises": N_("Approved raises"),
}
EVENTS: Mapping[str, str] = {
    "endpoint.test": N_("Test message"),
    "skills.write": N_("Skill for the HR suite"),
    "training.write": N_("Training result for the HR suite"),
    "raises.write": N_("Raise for the HR suite"),
    "learning.recorded": N_("Learning recorded"),
    "learning.withdrawn": N_("Learning withdrawn"),
    "badge.verified": N_("Badge verified"),
    "badge.revoked": N_("Badge revoked"),
    "raise.approved": N_("Raise approved"),
}
TRIGGERS: Mapping[str, str] = {
    RunTrigger.SCHEDULE: N_("the schedule"),
    RunTrigger.PERSON: N_("a person"),
    RunTrigger.WEBHOOK: N_("a webhook"),
    RunTrigger.CLI: N_("the command line"),
}
NAMES: Mapping[str, str] = {
    "email": N_("Email address"),
    "email_sha1": N_("Hashed email address"),
    "employee_number": N_("Employee number"),
    "account": N_("Platform account"),
    "openid": "OpenID",
    "did": "DID",
    "suite_id": N_("ID in the HR suite"),
    "record": N_("One record, several people"),
}
ISSUER_KINDS: Mapping[str, str] = {
    IssuerKind.DID: N_("Identifier (DID)"),
    IssuerKind.KEY: N_("Signing key"),
    IssuerKind.ORIGIN: N_("Website"),
}
SIGNS: Mapping[str, Mapping[str, Sign]] = {
    "health": HEALTH,
    "run": RUN,
    "outbox": OUTBOX,
    "endpoint": ENDPOINT,
    "verdict": VERDICT,
    "trust": TRUST,
    "step": STEP,
    "finding": FINDING,
    "inbound": INBOUND,
}


def sign(family: str, state: str) -> Sign:
    """Class and word; a state that nobody has named yet shows as it is."""
    tone, word = SIGNS[family].get(state, ("na", state.replace("_", " ").capitalize()))
    return tone, _(word)


def delivery_sign(state: str, kind: str) -> Sign:
    """A write is written, not delivered."""
    if kind == OutboxKind.WRITE and state in (OutboxState.DONE, OutboxState.LEASED):
        return ("ok", _("Written")) if state == OutboxState.DONE else ("busy", _("Writing"))
    return sign("outbox", state)


def stream(name: str) -> str:
    return _(STREAMS[name]) if name in STREAMS else name


def sink(name: str) -> str:
    return _(SINKS[name]) if name in SINKS else name


def event(name: str) -> str:
    return _(EVENTS[name]) if name in EVENTS else name


# --- time -----------------------------------------------------------------------------------------------------------


# --- sentences ------------------------------------------------------------------------------------------------------


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        short_moment=short_moment,
        stream_name=stream,
        sink_name=sink,
        event_name=event,
        sentence=sentence,
        pretty=pretty,
        short=short,
        size=size,
        every=every,
    )
    app.jinja_env.globals.update(
        sign=sign,
        delivery_sign=delivery_sign,
        took=took,
        web_address=web_address,
        health_sentence=health_sentence,
        name_kinds=NAMES,
        trigger_words=TRIGGERS,
        issuer_kinds=ISSUER_KINDS,
    )
