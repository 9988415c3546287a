"""The desk of changes and the reports of wrong data: each waits for a choice by HR."""

from __future__ import annotations

from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from plugin.domain import ChangeChoice, ChangeKind, Money, Role
from plugin.domain.ids import record_id
from plugin.errors import InvalidInput
from plugin.figures.writing import money
from plugin.services.cycle import change_desk, settling
from plugin.texts import _, ngettext
from plugin.web import auth
from plugin.web.admin.cycles.blueprint import blueprint
from plugin.web.admin.cycles.views import done, queued_for
from plugin.web.admin.listing import sent_word
from plugin.web.security import core


@blueprint.post("/cycles/<record_id:cycle_id>/changes")
@auth.requires(Role.HR_ADMIN)
def find(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker: everybody's data are read."""
    return queued_for(cycle_id, "changes")


@blueprint.post("/cycles/<record_id:cycle_id>/changes/<record_id:change_id>")
@auth.requires(Role.HR_ADMIN)
def settle(cycle_id: int, change_id: int) -> ResponseReturnValue:
    """What the choice does to the planned money is said afterwards; for a refresh by the worker, who reads the snapshot."""
    choice = sent_word("choice", ChangeChoice)
    if choice == ChangeChoice.REFRESH:
        return queued_for(cycle_id, "refresh", {"change_id": change_id})
    settled: list[settling.Settled] = []

    def act() -> None:
        if choice is None:
            raise InvalidInput(
                _("Choose keep or refresh."), fields={"choice": _("Choose keep, refresh or remove.")}
            )
        settled.append(settling.settle_change(core(), auth.actor(), cycle_id, change_id, choice))

    return done(cycle_id, act, lambda: _effect(settled[0]))


@blueprint.post("/cycles/<record_id:cycle_id>/changes/of-a-kind")
@auth.requires(Role.HR_ADMIN)
def settle_kind(cycle_id: int) -> ResponseReturnValue:
    """All open changes of a kind that were on the page: kept at once, or refreshed by the worker."""
    kind, up_to = sent_word("kind", ChangeKind), request.form.get("up_to", 0, type=record_id)
    if request.form.get("choice") == ChangeChoice.REFRESH:
        return queued_for(cycle_id, settling.REFRESH_KIND, {"kind": kind, "up_to": up_to})
    kept: list[int] = []

    def act() -> None:
        if request.form.get("choice") != ChangeChoice.KEEP or kind is None:
            raise InvalidInput(_("Choose keep or refresh."), fields={"choice": _("keep or refresh")})
        kept.append(settling.keep_kind(core(), auth.actor(), cycle_id, kind, up_to=up_to))

    return done(
        cycle_id,
        act,
        lambda: ngettext(
            "Snapshot data kept for %(num)s change.", "Snapshot data kept for %(num)s changes.", kept[0]
        ),
    )


def _effect(made: settling.Settled) -> str:
    first = {
        ChangeChoice.KEEP: _("The snapshot’s data is kept."),
        ChangeChoice.REMOVE: _("The employee was removed from the cycle."),
    }[made.choice]
    amount = money(Money(abs(made.budget_effect.amount), made.budget_effect.currency))
    if not made.budget_effect.rounded().amount:
        return _("%(done)s The budget plan doesn’t change.", done=first)
    if made.budget_effect.amount > 0:
        return _("%(done)s The budget plan rises by %(amount)s a year.", done=first, amount=amount)
    return _("%(done)s The budget plan falls by %(amount)s a year.", done=first, amount=amount)


@blueprint.post("/cycles/<record_id:cycle_id>/people/<record_id:person_id>/desk")
@auth.requires(Role.HR_ADMIN)
def put_on_desk(cycle_id: int, person_id: int) -> ResponseReturnValue:
    """For a report of wrong data that was mended at the source: the person can be refreshed then."""
    act = partial(change_desk.put_on_desk, core(), auth.actor(), cycle_id, person_id)
    return done(
        cycle_id, act, _("The employee is on the change list. Choose refresh once the data is correct.")
    )


@blueprint.post("/cycles/<record_id:cycle_id>/reports/<record_id:report_id>")
@auth.requires(Role.HR_ADMIN)
def answer(cycle_id: int, report_id: int) -> ResponseReturnValue:
    text = request.form.get("answer", "")
    act = partial(change_desk.answer_objection, core(), auth.actor(), cycle_id, report_id, text)
    return done(cycle_id, act, "Answered.")
