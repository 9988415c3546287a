"""Says an entry of the audit trail in words, for people who do not know our codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from plugin.store.operation.audits import Entry
from plugin.web.admin.words import RUN, TRIGGERS

ACTIONS: Mapping[str, str] = {
    "connection.add": "added the connection",
    "connection.change": "changed the settings",
    "connection.schedule": "changed schedule or writes",
    "connection.active": "let it go on",
    "connection.paused": "paused it",
    "connection.renew_hook": "made a new webhook address",
    "connection.read_again": "asked to read everything again",
    "connection.remove": "removed the connection",
    "run.request": "asked for a run",
    "run.end": "ended a run",
    "inbox.retry": "tried records again",
    "outbox.release": "let writes go on",
    "outbox.replay": "sent it again",
    "outbox.replay_all": "sent all that was given up again",
    "endpoint.add": "added the webhook endpoint",
    "endpoint.change": "changed the webhook endpoint",
    "endpoint.rotate_secret": "made a new secret",
    "endpoint.active": "let it go on",
    "endpoint.paused": "paused it",
    "endpoint.disable": "switched it off after failures",
    "endpoint.remove": "removed the webhook endpoint",
    "endpoint.test": "sent a test",
    "issuer.decide": "decided on the issuer",
    "badge.recheck": "asked to check the badge again",
    "badge.counts": "found that the badge counts",
    "badge.stops": "found that the badge no longer counts",
    "identity.link": "said whose name it is",
}


def describe(entry: Entry) -> str:
    """What was done, with the details that a reader asks for next."""
    said = ACTIONS.get(entry.action, entry.action.replace(".", ": ").replace("_", " "))
    extra = _extra(entry)
    return f"{said} ({extra})" if extra else said


def detail_words(detail: Mapping[str, object]) -> str:
    """The details of an entry as "name value" pairs; what is empty or zero is left out."""
    return ", ".join(_pairs(detail))


def _pairs(detail: Mapping[str, object]) -> Iterator[str]:
    for name, value in detail.items():
        if isinstance(value, Mapping):
            yield from _pairs(value)
        elif isinstance(value, list):
            yield f"{_spaced(name)} {' and '.join(str(one) for one in value) or 'none'}"
        elif value not in (None, "", 0):
            yield f"{_spaced(name)} {value}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _extra(entry: Entry) -> str:
    detail = entry.detail
    match entry.action:
        case "connection.change":
            names = cast("list[str]", detail.get("changed") or [])
            return ", ".join(name.replace("_", " ") for name in names) or "nothing but the name"
        case "connection.schedule":
            minutes, sinks = detail.get("every_minutes"), cast("list[str]", detail.get("sinks") or [])
            often = f"every {minutes} minutes" if minutes else "only on request"
            return f"{often}, writes {', '.join(sinks) or 'nothing'}"
        case "run.end":
            return f"{RUN.get(str(detail.get('state')), ('', str(detail.get('state'))))[1].lower()}{_counts(detail)}"
        case "run.request":
            return f"by {TRIGGERS.get(str(detail.get('trigger')), str(detail.get('trigger')))}"
        case "inbox.retry":
            return f"{detail.get('records')} records"
        case "endpoint.disable":
            return str(detail.get("reason") or "")
        case _:
            return ""


def _counts(detail: Mapping[str, object]) -> str:
    counts = detail.get("counts")
    if not isinstance(counts, dict):
        return ""
    return (
        f", {counts.get('read', 0)} read, {counts.get('new', 0)} new, {counts.get('rejected', 0)} not usable"
    )
