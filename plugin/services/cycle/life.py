"""The life of a raise cycle: set-up, and states that let nobody go on before what is needed is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import assert_never

from plugin.domain import CycleState, DecisionState, JsonObject, ModelState, Reveal, word
from plugin.errors import InvalidInput, NotAllowed
from plugin.figures import exact
from plugin.figures.marks import FILE
from plugin.figures.reading import read_number
from plugin.figures.writing import day
from plugin.services.core import Actor, Core
from plugin.services.cycle.run_inputs import is_stale
from plugin.services.people import plausibility
from plugin.store.cycle import changes, cycles, frozen_inputs, monitoring, pools, recommendations
from plugin.store.cycle.cycles import Cycle, CycleDraft
from plugin.store.database import Tx
from plugin.store.decision import teams
from plugin.store.model import fairness_reports, model_versions, protected
from plugin.store.operation import audits
from plugin.texts import _, ngettext

STATES = tuple(CycleState)
LONGEST_NAME = 200  # characters
BACK = {
    (CycleState.NOTICE, CycleState.DRAFT),
    (CycleState.SHADOW, CycleState.DRAFT),
    (CycleState.REVIEW, CycleState.OPEN),
    (CycleState.APPROVED, CycleState.REVIEW),
}


@dataclass(frozen=True)
class NewCycle:
    """What HR enters. ``rates``: other currency -> rate to ``currency``, as text; frozen for the whole cycle."""

    name: str
    snapshot_on: date
    effective_on: date
    due_on: date
    currency: str
    budget_percent: Decimal
    policy_id: int
    notice_on: date | None = None
    rates: Mapping[str, str] = field(default_factory=dict)
    reveal: Reveal = Reveal.TOGETHER
    model_id: int | None = None  # None = the one in use, if any
    is_without_model: bool = False


def create(core: Core, actor: Actor, new: NewCycle) -> int:
    """A draft. InvalidInput names the fields that do not fit."""
    now = core.clock()
    with core.database.transaction() as tx:
        wrong = _wrong(tx, new)
        if wrong:
            raise InvalidInput(_("the cycle can't be created"), fields=wrong)
        values = _values(tx, new)
        cycle_id = cycles.add(tx, now, values)
        audits.append(tx, now, actor.name, "cycle.create", f"cycle:{cycle_id}", {"name": new.name.strip()})
    return cycle_id


def change_draft(
    core: Core, actor: Actor, cycle_id: int, new: NewCycle, *, version: int | None = None
) -> None:
    """Everything about a draft can still be changed. NotAllowed later, InvalidInput names the fields that do not fit."""
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state != CycleState.DRAFT:
            raise NotAllowed(
                _("the state of the cycle is %(state)s", state=found.state),
                code="cycle_state",
                remedy=_("return the cycle to draft first"),
            )
        wrong = _wrong(tx, new, found)
        if wrong:
            raise InvalidInput(_("the cycle can't be changed"), fields=wrong)
        values = _values(tx, new)
        cycles.change(tx, cycle_id, found.version if version is None else version, **values)
        if (new.snapshot_on, new.currency, dict(new.rates)) != (
            found.snapshot_on,
            found.currency,
            found.rates,
        ):
            frozen_inputs.drop_snapshots(tx, cycle_id)
            cycles.replace_participants(tx, cycle_id, ())
            pools.replace(tx, cycle_id, ())
        changed: JsonObject = {
            name: [str(getattr(found, name)), str(value)]
            for name, value in values.items()
            if getattr(found, name) != value
        }
        audits.append(tx, core.clock(), actor.name, "cycle.change_draft", f"cycle:{cycle_id}", changed)


def _values(tx: Tx, new: NewCycle) -> CycleDraft:
    """Columns of the cycle. NotFound for an unknown policy, InvalidInput for a model that is not approved."""
    frozen_inputs.get_policy(tx, new.policy_id)
    in_use = None if new.is_without_model else model_versions.in_use(tx)
    model_id = new.model_id if new.model_id is not None else (in_use.id if in_use else None)
    _check_model(tx, model_id)
    return {
        "name": new.name.strip(),
        "snapshot_on": new.snapshot_on,
        "effective_on": new.effective_on,
        "due_on": new.due_on,
        "notice_on": new.notice_on,
        "currency": new.currency,
        "rates": {code: exact.number(Decimal(rate), FILE) for code, rate in new.rates.items()},
        "budget_percent": new.budget_percent,
        "policy_id": new.policy_id,
        "model_id": model_id,
        "reveal": new.reveal,
    }


def _check_model(tx: Tx, model_id: int | None) -> None:
    if model_id is not None and model_versions.get(tx, model_id).state not in (
        ModelState.APPROVED,
        ModelState.IN_USE,
    ):
        raise InvalidInput(_("choose an approved model"), fields={"model_id": _("must be an approved model")})


def _wrong(tx: Tx, new: NewCycle, old: Cycle | None = None) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not new.name.strip():
        wrong["name"] = _("is required")
    elif len(new.name.strip()) > LONGEST_NAME:
        wrong["name"] = _("must have at most %(n)s characters", n=LONGEST_NAME)
    elif (old is None or old.name != new.name.strip()) and cycles.name_taken(tx, new.name.strip()):
        wrong["name"] = _("is already in use")
    if new.effective_on < new.snapshot_on:
        wrong["effective_on"] = _("must not be before the snapshot date")
    if new.due_on < new.snapshot_on:
        wrong["due_on"] = _("must not be before the snapshot date")
    if len(new.currency) != 3 or not (new.currency.isascii() and new.currency.isupper()):
        wrong["currency"] = _("must be a three-letter currency code, e.g. EUR")
    if not 0 < new.budget_percent <= 50:
        wrong["budget_percent"] = _("must be above 0 and at most 50")
    if new.reveal not in tuple(Reveal):
        wrong["reveal"] = _("must be one of %(reveal)s", reveal=", ".join(Reveal))
    for code, rate in new.rates.items():
        if len(code) != 3 or not (code.isascii() and code.isupper()) or not _is_rate(rate):
            wrong["rates"] = _(
                "%(code)s=%(rate)s must be a currency code and a rate above 0", code=code, rate=rate
            )
        elif code == new.currency:
            wrong["rates"] = _("%(code)s is the currency of the cycle. Remove its rate.", code=code)
    return wrong


def _is_rate(text: str) -> bool:
    """In the plain form of files, since rates are stored as they are given."""
    try:
        value = read_number(text)
    except InvalidInput:
        return False
    return value is not None and value > 0


# --- states ---------------------------------------------------------------------------------------------------------


def advance(core: Core, actor: Actor, cycle_id: int, to: str, *, version: int | None = None) -> Cycle:
    """One state on, or back where that is allowed. NotAllowed says what is missing; Conflict when somebody was faster."""
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        state = word(CycleState, to, "to")
        is_next = STATES.index(state) == STATES.index(found.state) + 1
        if not is_next and (found.state, state) not in BACK:
            raise NotAllowed(
                _(
                    "a cycle can't move from “%(now)s” to “%(wanted)s”",
                    now=found.state,
                    wanted=state,
                ),
                code="cycle_state",
            )
        if is_next:
            missing = guard(tx, core, found, state)
            if missing:
                raise NotAllowed(_("not yet: %(missing)s", missing=missing), code="guard", remedy=missing)
        cycles.change(tx, cycle_id, found.version if version is None else version, state=state)
        if state == CycleState.APPROVED:
            plausibility.judge_leavers(tx, core)
        detail: JsonObject = {"from": found.state, "to": state}
        audits.append(tx, core.clock(), actor.name, "cycle.state", f"cycle:{cycle_id}", detail)
        return cycles.get(tx, cycle_id)


def guard(tx: Tx, core: Core, found: Cycle, to: CycleState) -> str | None:
    """What is missing before ``found`` may enter the state ``to``; None when nothing is."""
    today = core.clock().date()
    match to:
        case CycleState.DRAFT | CycleState.CLOSED:
            return None
        case CycleState.NOTICE:
            return (
                None if found.notice_on else _("enter the date on which employees are told about the cycle")
            )
        case CycleState.SHADOW:
            return _guard_shadow(tx, found, today)
        case CycleState.OPEN:
            return _guard_recommendations(tx, found)
        case CycleState.REVIEW:
            return _guard_review(tx, found, today)
        case CycleState.APPROVED:
            return _guard_approved(tx, found)
        case CycleState.EXPORTED:
            return _guard_exported(tx, found)
        case _ as never:
            assert_never(never)


def _guard_shadow(tx: Tx, found: Cycle, today: date) -> str | None:
    if found.notice_on is not None and found.notice_on > today:
        return _("employees will be informed on %(notice_on)s", notice_on=day(found.notice_on))
    return None if frozen_inputs.has_snapshot(tx, found.id) else _("take the snapshot")


def _guard_recommendations(tx: Tx, found: Cycle) -> str | None:
    """Everybody has recommendations, and it knows the newest snapshot, budget and rulings."""
    made_at = recommendations.oldest_made(tx, found.id)
    if made_at is None:
        return _("calculate the recommendations")
    left = cycles.without_recommendation(tx, found.id)
    if left:
        return ngettext(
            "calculate the recommendations: %(num)s employee in the latest snapshot has none",
            "calculate the recommendations: %(num)s employees in the latest snapshot have none",
            left,
        )
    if is_stale(found, made_at):
        return _("recalculate the recommendations: the budget or an exception has changed")
    return None


def _guard_approved(tx: Tx, found: Cycle) -> str | None:
    waiting = changes.waiting(tx, found.id)
    if waiting:
        return ngettext(
            "decide on %(num)s change since the snapshot in the change list",
            "decide on %(num)s changes since the snapshot in the change list",
            waiting,
        )
    left, held = teams.undecided(
        tx, found.id, (DecisionState.APPROVED, DecisionState.EXPORTED, DecisionState.FAILED)
    )
    if left > held:
        return ngettext(
            "%(num)s employee has no approved raise", "%(num)s employees have no approved raise", left - held
        )
    if held:
        return ngettext(
            "a value of %(num)s employee without an approved raise is held: release or correct it, or remove the employee",
            "values of %(num)s employees without an approved raise are held: release or correct them, or remove the employees",
            held,
        )
    return _guard_recommendations(tx, found) or _guard_fairness(tx, found)


def _guard_exported(tx: Tx, found: Cycle) -> str | None:
    left, held = teams.undecided(tx, found.id, (DecisionState.EXPORTED,))
    if left > held:
        return ngettext(
            "the HR suite has not confirmed %(num)s raise yet",
            "the HR suite has not confirmed %(num)s raises yet",
            left - held,
        )
    return (
        ngettext(
            "a value of %(num)s employee whose raise is not confirmed is held: release or correct it",
            "values of %(num)s employees whose raises are not confirmed are held: release or correct them",
            held,
        )
        if held
        else None
    )


def _guard_fairness(tx: Tx, found: Cycle) -> str | None:
    """Where protected attributes are stored, a report on the raises as they stand, approved by as many people as it asks for."""
    if not protected.names(tx):
        return None
    reports = fairness_reports.of_cycle(tx, found.id, limit=1)
    if not reports:
        return _("create a fairness report for this cycle")
    decided = monitoring.last_decided(tx, found.id)
    recommended = max(run.made_at for run in frozen_inputs.runs(tx, found.id))
    if reports[0].made_at < max(decided or recommended, recommended):
        return _("create a new fairness report: raises or recommendations have changed since the latest one")
    missing = reports[0].approvals_missing
    if not missing:
        return None
    return ngettext(
        "the latest fairness report needs %(num)s more approval",
        "the latest fairness report needs %(num)s more approvals",
        missing,
    )


def _guard_review(tx: Tx, found: Cycle, today: date) -> str | None:
    """Who is held keeps no cycle from its review: HR decides there as soon as the value is released."""
    left, held = teams.undecided(
        tx,
        found.id,
        (DecisionState.SUBMITTED, DecisionState.APPROVED, DecisionState.EXPORTED, DecisionState.FAILED),
    )
    left -= held
    if left and today <= found.due_on:
        return ngettext(
            "%(num)s raise is not submitted and the due date has not passed",
            "%(num)s raises are not submitted and the due date has not passed",
            left,
        )
    return None


def get(core: Core, cycle_id: int) -> Cycle:
    """NotFound when there is none."""
    with core.database.reading() as tx:
        return cycles.get(tx, cycle_id)


def listed(core: Core) -> list[Cycle]:
    """Newest first."""
    with core.database.reading() as tx:
        return cycles.newest_first(tx)


def missing_for_next(core: Core, cycle_id: int) -> tuple[str, str | None] | None:
    """The next state and what is missing for it (None = nothing); None for a closed cycle."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        at = STATES.index(found.state)
        if at + 1 == len(STATES):
            return None
        return STATES[at + 1], guard(tx, core, found, STATES[at + 1])
