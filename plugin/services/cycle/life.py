"""The life of a raise cycle: set-up, and states that let nobody go on before what is needed is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plugin.domain import CycleState, JsonObject, ModelState, Reveal, word
from plugin.errors import InvalidInput, NotAllowed
from plugin.figures import exact
from plugin.figures.marks import FILE
from plugin.figures.reading import read_number
from plugin.services.core import Actor, Core
from plugin.services.cycle import guards
from plugin.services.people import plausibility
from plugin.store.cycle import cycles, frozen_inputs, pools
from plugin.store.cycle.cycles import Cycle, CycleDraft
from plugin.store.database import Tx
from plugin.store.model import model_versions
from plugin.store.operation import audits
from plugin.texts import _

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
            missing = guards.missing(tx, core, found, state)
            if missing:
                raise NotAllowed(_("not yet: %(missing)s", missing=missing), code="guard", remedy=missing)
        cycles.change(tx, cycle_id, found.version if version is None else version, state=state)
        if state == CycleState.APPROVED:
            plausibility.judge_leavers(tx, core)
        detail: JsonObject = {"from": found.state, "to": state}
        audits.append(tx, core.clock(), actor.name, "cycle.state", f"cycle:{cycle_id}", detail)
        return cycles.get(tx, cycle_id)


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
        return STATES[at + 1], guards.missing(tx, core, found, STATES[at + 1])
