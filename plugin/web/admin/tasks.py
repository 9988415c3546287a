"""Which piles of work wait for a person: a number, where its list is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from plugin.domain import BadgeVerdict, InboundState, InboxState, OutboxKind, OutboxState, RunState, Trust
from plugin.services.operation.installation_status import Work
from plugin.web.formats import plural


@dataclass(frozen=True)
class Task:
    """``number`` 0 means nothing to do. ``tone`` bad or reason draws its sign."""

    title: str
    number: int
    said: str
    address: str
    link: str
    tone: str = "reason"


def tasks(work: Work) -> list[Task]:
    """All piles, in the order in which they hold others up."""
    return [task for task in _all(work) if task.number]


def _all(work: Work) -> list[Task]:
    return [
        Task(
            "Writes on hold",
            sum(1 for one in work.holds if one.kind == OutboxKind.WRITE and one.until is None),
            "An HR suite refuses our sign-in, so nothing is written there. Correct the connection’s settings.",
            url_for("admin.connections"),
            "See connections",
            "bad",
        ),
        Task(
            "HR-suite writes given up",
            work.writes.get(OutboxState.DEAD, 0),
            "These did not reach the HR suite. Read why, correct it there, then send them again.",
            url_for("admin.deliveries", kind=OutboxKind.WRITE, state=OutboxState.DEAD),
            "See writes",
            "bad",
        ),
        Task(
            "Webhook deliveries given up",
            work.webhooks.get(OutboxState.DEAD, 0),
            "The receiver did not take these. Ask its owner, then send them again.",
            url_for("admin.deliveries", state=OutboxState.DEAD),
            "See dead letters",
            "bad",
        ),
        Task(
            "Webhooks that came in and failed",
            work.inbound.get(InboundState.FAILED, 0),
            "These could not be used. Open the connection’s webhook page and try them again.",
            url_for("admin.inbound_failed"),
            "See failed webhooks",
            "bad",
        ),
        Task(
            "Records that wait for a person",
            work.unmatched,
            "They name somebody whom we do not know. Say who it is; the records follow by themselves.",
            url_for("admin.unmatched"),
            "Match people",
        ),
        Task(
            "Records set aside",
            work.records.get(InboxState.REJECTED, 0),
            "They came in but could not be used. Correct the source or try them again.",
            url_for("admin.set_aside"),
            "See records",
        ),
        Task(
            "Badge issuers to decide on",
            work.issuers.get(Trust.UNKNOWN, 0),
            "Until you trust or block an issuer, its badges do not count.",
            url_for("admin.issuers", trust=Trust.UNKNOWN),
            "Decide",
        ),
        Task(
            "Badges undecided",
            work.badges_by_verdict()[BadgeVerdict.UNDETERMINED],
            "Something needed for the check could not be had. They are checked again by themselves.",
            url_for("admin.badges", verdict=BadgeVerdict.UNDETERMINED),
            "See badges",
        ),
    ]


def backlog_words(work: Work) -> str:
    """One sentence on what is queued."""
    parts = [
        plural(work.runs.get(RunState.QUEUED, 0) + work.runs.get(RunState.RUNNING, 0), "%d run", "%d runs"),
        plural(_open(work.webhooks), "%d webhook", "%d webhooks"),
        plural(_open(work.writes), "%d write", "%d writes"),
        plural(work.inbound.get(InboundState.PENDING, 0), "%d webhook to handle", "%d webhooks to handle"),
        plural(work.records.get(InboxState.PENDING, 0), "%d record to apply", "%d records to apply"),
    ]
    return ", ".join(parts)


def _open(states: dict[OutboxState, int]) -> int:
    return states.get(OutboxState.DUE, 0) + states.get(OutboxState.LEASED, 0)
