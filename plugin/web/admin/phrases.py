"""Times, sentences and long values as the admin's pages write them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from plugin.domain import HealthState
from plugin.figures import writing
from plugin.services.operation.installation_status import Health
from plugin.store.sources.runs import Run
from plugin.texts import N_, _, counted, ngettext
from plugin.web.security import core


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
        return _(
            "The last run was partially completed: %(message)s %(remedy)s",
            message=sentence(ended.message),
            remedy=sentence(ended.remedy),
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
        return _("%(number)s B", number=counted(number))
    if number < 2**20:
        return _("%(number)s kB", number=counted(round(number / 1024)))
    return _("%(number)s MB", number=writing.decimals(number / 2**20, 1))
