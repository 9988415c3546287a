"""What states are called on these pages: a plain word for an HR admin and the class that draws its sign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

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
from plugin.figures import writing
from plugin.services.operation.installation_status import Health
from plugin.store.sources.runs import Run
from plugin.texts import N_, _, ngettext
from plugin.web.security import core

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
    "suite_id": N_("ID in the HR suite"),
}
ISSUER_KINDS: Mapping[str, str] = {
    IssuerKind.DID: N_("Identifier (DID)"),
    IssuerKind.KEY: N_("Signing key"),
    IssuerKind.ORIGIN: N_("Website"),
}
ROLES: Mapping[str, str] = {
    "manager": N_("Manager"),
    "hr_admin": N_("HR admin"),
    "analyst": N_("Analyst"),
    "operator": N_("Operator"),
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


def ago(value: datetime | None) -> str:
    """12 minutes ago, in 3 hours; never."""
    return _("never") if value is None else writing.ago(value - core().clock())


def short_moment(value: datetime) -> str:
    """21 Nov 2026, 09:00 in the installation's time zone."""
    return writing.short_moment(value, ZoneInfo(core().settings.time_zone))


def every(minutes: int | None) -> str:
    """How a schedule is said: every hour, every 15 minutes, on request only."""
    if minutes is None:
        return _("on request only")
    if minutes % 10080 == 0:
        return ngettext("every week", "every %(num)s weeks", minutes // 10080)
    if minutes % 1440 == 0:
        return ngettext("every day", "every %(num)s days", minutes // 1440)
    if minutes % 60 == 0:
        return ngettext("every hour", "every %(num)s hours", minutes // 60)
    return ngettext("every minute", "every %(num)s minutes", minutes)


def took(run: Run) -> str:
    """How long a run lasted; empty while it has not ended."""
    if run.started_at is None or run.finished_at is None:
        return ""
    gap = run.finished_at - run.started_at
    return _("under 1 s") if gap < timedelta(seconds=1) else writing.length(gap)


# --- sentences ------------------------------------------------------------------------------------------------------


def sentence(text: str | None) -> str:
    """With a capital and a full stop, as a person would write it."""
    said = (text or "").strip()
    if not said:
        return ""
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?", "…")) else ".")


def health_sentence(one: Health) -> str:
    """One sentence or two on how a connection is doing and what to do."""
    ended = one.ended
    if one.state == HealthState.FAILED and ended is not None:
        problem = sentence(ended.message) or _("The cause was not reported.")
        remedy = sentence(ended.remedy) or _("Test the connection to see which step fails.")
        return _("The last run stopped: %(problem)s %(remedy)s", problem=problem, remedy=remedy)
    if one.state == HealthState.RETRYING and one.last is not None:
        return ngettext(
            "%(problem)s After %(num)s attempt, we retry %(when)s. No action needed.",
            "%(problem)s After %(num)s attempts, we retry %(when)s. No action needed.",
            max(one.last.attempts, 1),
            problem=sentence(one.last.message) or _("The remote system did not answer."),
            when=ago(one.last.due_at),
        )
    if one.state == HealthState.HELD and one.hold is not None:
        return _(
            "Writes are on hold: %(message)s Correct the settings, or resume below.",
            message=sentence(one.hold.message),
        )
    if one.state == HealthState.PARTIAL and ended is not None:
        number = ended.counts.get("rejected") or 0
        if ended.message:
            return _(
                "The last run ended with a warning: %(message)s %(remedy)s",
                message=sentence(ended.message),
                remedy=sentence(ended.remedy),
            )
        return ngettext(
            "The last run completed; %(num)s row was rejected and is listed in the run.",
            "The last run completed; %(num)s rows were rejected and are listed in the run.",
            int(str(number)),
        )
    if one.is_stale:
        return _(
            "This connection is overdue: no run has succeeded for three planned intervals. Check that a worker is running."
        )
    return _(_CALM[one.state]) if one.state in _CALM else ""


_CALM = {
    HealthState.OK: N_("The last run took over all records. No action needed."),
    HealthState.LISTENING: N_("The platform sends its data to us. No action needed."),
    HealthState.QUEUED: N_("Run requested. It starts as soon as a worker is free."),
    HealthState.RUNNING: N_(
        "A run is in progress. Records already read are kept, even if it is interrupted."
    ),
    HealthState.PAUSED: N_(
        "While paused, this connection reads and writes nothing. Nothing is lost. Resume it when you are ready."
    ),
    HealthState.NEVER: N_("No data read yet. Test the connection, run it once, then check the result."),
}


def web_address(text: str | None) -> str | None:
    """``text`` when it is a plain http(s) address that may become a link, else None: badges may say javascript: and worse."""
    if not text or len(text) > 2000 or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    fine = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    return text if fine and "\\" not in text else None


def pretty(value: object) -> str:
    """JSON for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


def short(text: str | None, length: int = 60) -> str:
    """Cut with an ellipsis."""
    said = text or ""
    return said if len(said) <= length else said[: length - 1] + "…"


def size(number: int) -> str:
    """Bytes for people."""
    if number < 1024:
        return f"{number} B"
    return f"{number / 1024:.0f} kB" if number < 2**20 else f"{number / 2**20:.1f} MB"


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
        role_words=ROLES,
    )
