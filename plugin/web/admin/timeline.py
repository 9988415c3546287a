"""Says an entry of the audit trail in words, for people who do not know our codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from plugin.domain import Role, RunTrigger, said
from plugin.figures import writing
from plugin.store.operation.audits import Entry
from plugin.texts import N_, _, ngettext
from plugin.web.admin.phrases import every
from plugin.web.admin.words import sign, sink, stream

ACTIONS: Mapping[str, str] = {
    "connection.add": N_("added the connection"),
    "connection.change": N_("changed the settings"),
    "connection.schedule": N_("changed the schedule or writes"),
    "connection.active": N_("resumed"),
    "connection.paused": N_("paused"),
    "connection.renew_hook": N_("created a new webhook address"),
    "connection.read_again": N_("requested a full read"),
    "connection.remove": N_("removed the connection"),
    "file.apply": N_("applied a file"),
    "file.undo": N_("undid an applied file"),
    "run.request": N_("requested a run"),
    "run.end": N_("ended a run"),
    "inbox.retry": N_("retried records"),
    "outbox.release": N_("resumed writes"),
    "outbox.replay": N_("sent a delivery again"),
    "outbox.replay_all": N_("sent all failed deliveries again"),
    "endpoint.add": N_("added the webhook endpoint"),
    "endpoint.change": N_("changed the webhook endpoint"),
    "endpoint.rotate_secret": N_("created a new secret"),
    "endpoint.active": N_("resumed"),
    "endpoint.paused": N_("paused"),
    "endpoint.disable": N_("turned it off after failures"),
    "endpoint.remove": N_("removed the webhook endpoint"),
    "endpoint.test": N_("sent a test"),
    "issuer.decide": N_("decided on the issuer"),
    "badge.recheck": N_("requested a new badge check"),
    "badge.counts": N_("found that the badge counts"),
    "badge.stops": N_("found that the badge no longer counts"),
    "identity.link": N_("matched a name to an employee"),
}

DETAILS: Mapping[str, str] = {
    "active": N_("Active"),
    "answer": N_("Answer"),
    "applied": N_("Applied"),
    "cells": N_("Rejected cells"),
    "changed": N_("Changed"),
    "code": N_("Code"),
    "connector": N_("Connector"),
    "email": N_("Email"),
    "every_minutes": N_("Interval in minutes"),
    "from": N_("From"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "left_out": N_("Left out"),
    "name": N_("Name"),
    "new": N_("New"),
    "note": N_("Note"),
    "people": N_("Employees"),
    "person_id": N_("Record of the employee"),
    "read": N_("Read"),
    "reason": N_("Reason"),
    "records": N_("Records"),
    "rejected": N_("Rejected rows"),
    "retracted": N_("Withdrawn"),
    "role": N_("Role"),
    "roles": N_("Roles"),
    "run": N_("Run"),
    "secrets": N_("Secrets"),
    "settings": N_("Settings"),
    "sinks": N_("Writes"),
    "state": N_("Status"),
    "streams": N_("Data read"),
    "task": N_("Task"),
    "to": N_("To"),
    "trigger": N_("Requested by"),
    "trust": N_("Trust"),
    "unchanged": N_("Unchanged"),
    "unusable": N_("Unusable records"),
    "waiting": N_("Unmatched"),
}


def describe(entry: Entry) -> str:
    """What was done, with the details that a reader asks for next."""
    known = ACTIONS.get(entry.action)
    said = _(known) if known else entry.action
    extra = _extra(entry)
    return f"{said} ({extra})" if extra else said


def detail_words(detail: Mapping[str, object]) -> str:
    """The details of an entry as "name: value" pairs; what is empty or zero is left out, but for a list that was emptied."""
    return "; ".join(_pairs(detail))


def _pairs(detail: Mapping[str, object]) -> Iterator[str]:
    for name, value in sorted(detail.items()):  # databases keep their own orders
        if isinstance(value, Mapping):
            yield from _pairs(value)
        elif isinstance(value, list):
            said = writing.each(*(_value(name, one) for one in value)) if value else _("none")
            yield _("%(name)s: %(value)s", name=_name(name), value=said)
        elif value not in (None, "", 0):
            yield _("%(name)s: %(value)s", name=_name(name), value=_value(name, value))


def _name(name: str) -> str:
    return _(DETAILS[name]) if name in DETAILS else name


def _value(name: str, value: object) -> str:
    """Words of ours as people call them; what somebody typed, and numbers, as they are."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    match name:
        case "roles" | "role":
            return said(Role(text)) if text in list(Role) else text
        case "sinks":
            return sink(text)
        case "streams" | "stream":
            return stream(text)
        case "trigger":
            return said(RunTrigger(text)) if text in list(RunTrigger) else text
        case _:
            return text


def _extra(entry: Entry) -> str:
    detail = entry.detail
    match entry.action:
        case "connection.change":
            names = cast("list[str]", detail.get("changed") or [])
            return ", ".join(map(_name, names)) or _("only the name")
        case "connection.schedule":
            minutes, sinks = detail.get("every_minutes"), cast("list[str]", detail.get("sinks") or [])
            often = every(int(str(minutes)) if minutes else None)
            written = ", ".join(sink(name) for name in sinks) or _("none")
            return _("%(often)s; writes: %(written)s", often=often, written=written)
        case "run.end":
            return "; ".join((sign("run", str(detail.get("state")))[1], *_counts(detail)))
        case "run.request":
            trigger = str(detail.get("trigger"))
            return said(RunTrigger(trigger)) if trigger in list(RunTrigger) else trigger
        case "inbox.retry":
            return ngettext("%(num)s record", "%(num)s records", int(str(detail.get("records") or 0)))
        case "endpoint.disable":
            return str(detail.get("reason") or "")
        case _:
            return ""


def _counts(detail: Mapping[str, object]) -> list[str]:
    counts = detail.get("counts")
    if not isinstance(counts, dict):
        return []
    return [
        _("read: %(number)s", number=counts.get("read", 0)),
        _("new: %(number)s", number=counts.get("new", 0)),
        _("rejected: %(number)s", number=counts.get("rejected", 0)),
    ]
