"""What states are called on these pages: a plain word for an HR admin and the class that draws its sign."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask import Flask

from plugin.domain import (
    BadgeVerdict,
    EndpointState,
    FindingState,
    HealthState,
    InboundState,
    OutboxKind,
    OutboxState,
    RunState,
    Sink,
    StepState,
    Stream,
    Trust,
    identifier_word,
    said,
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

_TONES: Mapping[str, Mapping[StrEnum, str]] = {
    "health": {
        HealthState.OK: "ok",
        HealthState.LISTENING: "ok",
        HealthState.PARTIAL: "reason",
        HealthState.QUEUED: "todo",
        HealthState.RUNNING: "busy",
        HealthState.RETRYING: "reason",
        HealthState.FAILED: "bad",
        HealthState.HELD: "bad",
        HealthState.PAUSED: "na",
        HealthState.NEVER: "todo",
    },
    "run": {
        RunState.QUEUED: "todo",
        RunState.RUNNING: "busy",
        RunState.SUCCEEDED: "ok",
        RunState.PARTIAL: "reason",
        RunState.FAILED: "bad",
    },
    "outbox": {
        OutboxState.DUE: "todo",
        OutboxState.LEASED: "busy",
        OutboxState.DONE: "ok",
        OutboxState.DEAD: "bad",
        OutboxState.SUPERSEDED: "na",
    },
    "endpoint": {
        EndpointState.ACTIVE: "ok",
        EndpointState.PAUSED: "na",
        EndpointState.DISABLED: "bad",
    },
    "verdict": {
        BadgeVerdict.VALID: "ok",
        BadgeVerdict.INVALID: "bad",
        BadgeVerdict.UNDETERMINED: "reason",
        BadgeVerdict.UNCHECKED: "todo",
    },
    "trust": {
        Trust.TRUSTED: "ok",
        Trust.UNKNOWN: "reason",
        Trust.BLOCKED: "bad",
    },
    "step": {
        StepState.OK: "ok",
        StepState.FAILED: "bad",
        StepState.SKIPPED: "na",
        StepState.UNKNOWN: "reason",
    },
    "finding": {
        FindingState.OK: "ok",
        FindingState.WARNING: "reason",
        FindingState.FAILED: "bad",
    },
    "inbound": {
        InboundState.PENDING: "todo",
        InboundState.LEASED: "busy",
        InboundState.HANDLED: "ok",
        InboundState.FAILED: "bad",
    },
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


def sign(family: str, state: str) -> Sign:
    """Class and word; one that an older version stored shows as it is."""
    word = next((one for one in _TONES[family] if one == state), None)
    return ("na", state) if word is None else (_TONES[family][word], said(word))


def delivery_sign(state: str, kind: str) -> Sign:
    """A write is written, not delivered."""
    if kind == OutboxKind.WRITE and state in (OutboxState.DONE, OutboxState.LEASED):
        return ("ok", _("Written")) if state == OutboxState.DONE else ("busy", _("Writing"))
    return sign("outbox", state)


def stream(name: str) -> str:
    """A kind of record that a file is named for may be none of ours."""
    return said(Stream(name)) if name in list(Stream) else name


def sink(name: str) -> str:
    return said(Sink(name)) if name in list(Sink) else name


def event(name: str) -> str:
    return _(EVENTS[name]) if name in EVENTS else name


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        short_moment=short_moment,
        stream_name=stream,
        sink_name=sink,
        identifier_word=identifier_word,
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
    )
