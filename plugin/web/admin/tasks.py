"""Which piles of work wait for a person: a number, where its list is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from plugin.domain import BadgeVerdict, InboundState, InboxState, OutboxKind, OutboxState, RunState, Trust
from plugin.services.operation.installation_status import Work
from plugin.texts import _, ngettext


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
            _("Writes on hold"),
            sum(1 for one in work.holds if one.kind == OutboxKind.WRITE and one.until is None),
            _(
                "An HR suite rejects our sign-in, so nothing is written there. Correct the connection’s settings."
            ),
            url_for("admin.connections"),
            _("View connections"),
            "bad",
        ),
        Task(
            _("Failed HR suite writes"),
            work.writes.get(OutboxState.DEAD, 0),
            _(
                "These writes did not reach the HR suite. Read why, correct the cause there, then send them again."
            ),
            url_for("admin.deliveries", kind=OutboxKind.WRITE, state=OutboxState.DEAD),
            _("View writes"),
            "bad",
        ),
        Task(
            _("Failed webhook deliveries"),
            work.webhooks.get(OutboxState.DEAD, 0),
            _("The receiver did not accept these. Contact its owner, then send them again."),
            url_for("admin.deliveries", state=OutboxState.DEAD),
            _("View failed deliveries"),
            "bad",
        ),
        Task(
            _("Failed incoming webhooks"),
            work.inbound.get(InboundState.FAILED, 0),
            _("These could not be used. Open the connection’s webhook page and retry them."),
            url_for("admin.inbound_failed"),
            _("View failed webhooks"),
            "bad",
        ),
        Task(
            _("Identifiers with several holders"),
            work.conflicts,
            _("More than one employee has them. The records are on hold until you decide."),
            url_for("admin.conflicts"),
            _("Decide"),
        ),
        Task(
            _("Held values"),
            work.held,
            _("These are too unusual to be used. Held employees get no figure until you have checked them."),
            url_for("admin.held"),
            _("Check values"),
        ),
        Task(
            _("Unmatched records"),
            work.unmatched,
            _("The employee is unknown. Match the name once; the records follow automatically."),
            url_for("admin.unmatched"),
            _("Match people"),
        ),
        Task(
            _("Rejected records"),
            work.records.get(InboxState.REJECTED, 0) + work.unread,
            _("These records could not be used. Correct the source or retry them."),
            url_for("admin.set_aside"),
            _("View records"),
        ),
        Task(
            _("Badge issuers to decide"),
            work.issuers.get(Trust.UNKNOWN, 0),
            _("Badges don’t count until you trust their issuer."),
            url_for("admin.issuers", trust=Trust.UNKNOWN),
            _("Decide"),
        ),
        Task(
            _("Badges with an unclear result"),
            work.badges_by_verdict()[BadgeVerdict.UNDETERMINED],
            _("These checks are missing information. We check again automatically."),
            url_for("admin.badges", verdict=BadgeVerdict.UNDETERMINED),
            _("View badges"),
        ),
    ]


def backlog_words(work: Work) -> str:
    """One sentence on what is queued."""
    parts = [
        ngettext(
            "%(num)s run",
            "%(num)s runs",
            work.runs.get(RunState.QUEUED, 0) + work.runs.get(RunState.RUNNING, 0),
        ),
        ngettext("%(num)s webhook", "%(num)s webhooks", _open(work.webhooks)),
        ngettext("%(num)s write", "%(num)s writes", _open(work.writes)),
        ngettext(
            "%(num)s webhook to process",
            "%(num)s webhooks to process",
            work.inbound.get(InboundState.PENDING, 0),
        ),
        ngettext(
            "%(num)s record to apply", "%(num)s records to apply", work.records.get(InboxState.PENDING, 0)
        ),
    ]
    return ", ".join(parts)


def _open(states: dict[OutboxState, int]) -> int:
    return states.get(OutboxState.DUE, 0) + states.get(OutboxState.LEASED, 0)
