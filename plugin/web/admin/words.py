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
from plugin.web.formats import plural
from plugin.web.security import core

Sign = tuple[str, str]  # class, word

HEALTH: Mapping[str, Sign] = {
    HealthState.OK: ("ok", "Healthy"),
    HealthState.LISTENING: ("ok", "Listening"),
    HealthState.PARTIAL: ("reason", "In part"),
    HealthState.QUEUED: ("todo", "Waiting to start"),
    HealthState.RUNNING: ("busy", "Running"),
    HealthState.RETRYING: ("reason", "Retrying"),
    HealthState.FAILED: ("bad", "Failed"),
    HealthState.HELD: ("bad", "Writes on hold"),
    HealthState.PAUSED: ("na", "Paused"),
    HealthState.NEVER: ("todo", "Never run"),
}
RUN: Mapping[str, Sign] = {
    RunState.QUEUED: ("todo", "Waiting"),
    RunState.RUNNING: ("busy", "Running"),
    RunState.SUCCEEDED: ("ok", "Done"),
    RunState.PARTIAL: ("reason", "Done in part"),
    RunState.FAILED: ("bad", "Failed"),
}
OUTBOX: Mapping[str, Sign] = {
    OutboxState.DUE: ("todo", "Waiting"),
    OutboxState.LEASED: ("busy", "Being sent"),
    OutboxState.DONE: ("ok", "Delivered"),
    OutboxState.DEAD: ("bad", "Given up"),
    OutboxState.SUPERSEDED: ("na", "Replaced by a newer one"),
}
ENDPOINT: Mapping[str, Sign] = {
    EndpointState.ACTIVE: ("ok", "Active"),
    EndpointState.PAUSED: ("na", "Paused"),
    EndpointState.DISABLED: ("bad", "Switched off after failures"),
}
VERDICT: Mapping[str, Sign] = {
    BadgeVerdict.VALID: ("ok", "Valid"),
    BadgeVerdict.INVALID: ("bad", "Not valid"),
    BadgeVerdict.UNDETERMINED: ("reason", "Undecided"),
    BadgeVerdict.UNCHECKED: ("todo", "Not checked yet"),
}
TRUST: Mapping[str, Sign] = {
    Trust.TRUSTED: ("ok", "Trusted"),
    Trust.UNKNOWN: ("reason", "Not decided"),
    Trust.BLOCKED: ("bad", "Blocked"),
}
STEP: Mapping[str, Sign] = {
    StepState.OK: (StepState.OK, "Passed"),
    StepState.FAILED: ("bad", "Failed"),
    StepState.SKIPPED: ("na", "Not needed"),
    StepState.UNKNOWN: ("reason", "Could not be checked"),
}
FINDING: Mapping[str, Sign] = {
    StepState.OK: (StepState.OK, "In order"),
    "warning": ("reason", "Look at it"),
    "failed": ("bad", "Not in order"),
}
INBOUND: Mapping[str, Sign] = {
    InboundState.PENDING: ("todo", "Waiting"),
    InboundState.LEASED: ("busy", "Being handled"),
    InboundState.HANDLED: ("ok", "Handled"),
    InboundState.FAILED: ("bad", "Failed"),
}
STREAMS: Mapping[str, str] = {
    "people": "People",
    "pay": "Pay",
    "pay_ranges": "Pay ranges",
    "ratings": "Ratings",
    "raises": "Past raises",
    "leaves": "Leaves",
    "learning": "Learning records",
    "badges": "Badges",
    "skills": "Skills",
}
SINKS: Mapping[str, str] = {"skills": "Skills", "training": "Training results", "raises": "Approved raises"}
EVENTS: Mapping[str, str] = {
    "endpoint.test": "Test message",
    "skills.write": "Skill for the HR suite",
    "training.write": "Training result for the HR suite",
    "raises.write": "Raise for the HR suite",
    "learning.recorded": "Learning recorded",
    "learning.withdrawn": "Learning withdrawn",
    "badge.verified": "Badge verified",
    "badge.revoked": "Badge revoked",
    "raise.approved": "Raise approved",
}
TRIGGERS: Mapping[str, str] = {
    RunTrigger.SCHEDULE: "the schedule",
    RunTrigger.PERSON: "a person",
    RunTrigger.WEBHOOK: "a webhook",
    RunTrigger.CLI: "the command line",
}
NAMES: Mapping[str, str] = {
    "email": "E-mail address",
    "email_sha1": "Hashed e-mail address",
    "employee_number": "Employee number",
    "account": "Account on a platform",
    "openid": "OpenID",
    "suite_id": "Id in the HR suite",
}
ISSUER_KINDS: Mapping[str, str] = {
    IssuerKind.DID: "Identifier (DID)",
    IssuerKind.KEY: "Signing key",
    IssuerKind.ORIGIN: "Web site",
}
ROLES: Mapping[str, str] = {
    "manager": "Manager",
    "hr_admin": "HR admin",
    "analyst": "Analyst",
    "operator": "Operator",
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
    return SIGNS[family].get(state, ("na", state.replace("_", " ").capitalize()))


def delivery_sign(state: str, kind: str) -> Sign:
    """A write is written, not delivered."""
    if kind == OutboxKind.WRITE and state in (OutboxState.DONE, OutboxState.LEASED):
        return ("ok", "Written") if state == OutboxState.DONE else ("busy", "Being written")
    return sign("outbox", state)


def stream(name: str) -> str:
    return STREAMS.get(name, name)


def sink(name: str) -> str:
    return SINKS.get(name, name)


def event(name: str) -> str:
    return EVENTS.get(name, name)


# --- time -----------------------------------------------------------------------------------------------------------


def ago(value: datetime | None) -> str:
    """12 minutes ago, in 3 hours; never."""
    return "never" if value is None else writing.ago(value - core().clock())


def short_moment(value: datetime) -> str:
    """21 Nov 2026, 09:00 in the installation's time zone."""
    return writing.short_moment(value, ZoneInfo(core().settings.time_zone))


def every(minutes: int | None) -> str:
    """How a schedule is said: every hour, every 15 minutes, only on request."""
    if minutes is None:
        return "only on request"
    for unit, words in ((10080, "week"), (1440, "day"), (60, "hour")):
        if minutes % unit == 0:
            return f"every {words}" if minutes == unit else f"every {minutes // unit} {words}s"
    return f"every {minutes} minutes"


def took(run: Run) -> str:
    """How long a run lasted; empty while it has not ended."""
    if run.started_at is None or run.finished_at is None:
        return ""
    gap = run.finished_at - run.started_at
    return "under 1 s" if gap < timedelta(seconds=1) else writing.length(gap)


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
        remedy = sentence(ended.remedy) or "Test the connection to see which step fails."
        return f"The last run stopped: {sentence(ended.message) or 'no reason was given.'} {remedy}"
    if one.state == HealthState.RETRYING and one.last is not None:
        said = sentence(one.last.message) or "The other side did not answer."
        tries = plural(one.last.attempts, "once", "%d times") if one.last.attempts > 1 else "once"
        return f"{said} Tried {tries}; the next try is {ago(one.last.due_at)}. Nothing is lost, and you need not do anything."
    if one.state == HealthState.HELD and one.hold is not None:
        return f"Nothing is written until you act: {sentence(one.hold.message)} Correct the settings, or go on below."
    if one.state == HealthState.PARTIAL and ended is not None:
        number = ended.counts.get("rejected") or 0
        if ended.message:
            return f"The last run ended with a warning: {sentence(ended.message)} {sentence(ended.remedy)}"
        return f"The last run went through; {plural(int(str(number)), '%d row', '%d rows')} could not be read and are listed in the run."
    if one.is_stale:
        return "It is later than planned: no run has ended well for three times the planned interval. Is a worker running?"
    return _CALM.get(one.state, "")


_CALM = {
    HealthState.OK: "All that was read in the last run was taken over. There is nothing to do.",
    HealthState.LISTENING: "The platform sends to us; nothing is fetched. There is nothing to do.",
    HealthState.QUEUED: "A run is asked for and starts as soon as a worker is free.",
    HealthState.RUNNING: "A run is under way. What is already read is kept, even if it is interrupted.",
    HealthState.PAUSED: "Nothing is read or written while it is paused, and nothing is lost. Go on when you are ready.",
    HealthState.NEVER: "Nothing has been read yet. Test it, then run it once and look at the result.",
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
