"""What HR chooses about changes since the snapshot, one by one or all of a kind, and what the choice does to the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.domain import ChangeChoice, ChangeKind, JsonObject, Money
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.services.cycle import refresh
from plugin.services.cycle.change_desk import OPEN, is_moot
from plugin.services.cycle.refresh import Fresh
from plugin.services.operation.steps import Step, at
from plugin.store.cycle import changes, cycles, recommendations
from plugin.store.cycle.changes import CycleChange
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.recommendations import MadeRecommendation
from plugin.store.database import Tx
from plugin.store.operation import audits, tasks
from plugin.texts import _

Say = Callable[[str], object]
AT_ONCE = 200  # people of one write: their decisions follow in it
REFRESH_KIND = "refresh_kind"  # the task that refreshes all of a kind


@dataclass(frozen=True)
class Settled:
    """``budget_effect``: what the choice adds to (or takes from) the planned money of the cycle."""

    choice: ChangeChoice
    budget_effect: Money


@dataclass(frozen=True)
class KindSettled:
    """``people`` were settled; ``left`` still wait, since there is no data of them today."""

    choice: ChangeChoice
    people: int
    left: int
    budget_effect: Money


def settle_change(
    core: Core,
    actor: Actor,
    cycle_id: int,
    change_id: int,
    choice: ChangeChoice,
    *,
    say: Say = lambda _: None,
) -> Settled:
    """``keep`` the snapshot's data, ``refresh`` the person from today's, or ``remove`` the person from the cycle.

    A refresh makes new recommendation for that person alone; a decision follows the new data, and goes back to the manager when it
    was handed on already. It takes as long as reading the whole snapshot: pages ask the worker for it. Other open changes
    of the person that a refresh or removal makes moot are settled with it.
    """
    if choice == ChangeChoice.REFRESH:
        return _refresh_one(core, actor, cycle_id, change_id, say)
    with core.database.transaction() as tx:
        found, change = _change(tx, cycle_id, change_id)
        _must_not_be_under_way(tx, cycle_id, change.kind)
        who = change.person_id
        before = recommendations.planned(tx, cycle_id, [who])
        changes.settle(tx, change_id, choice, actor.name, core.clock())
        if choice == ChangeChoice.REMOVE:
            cycles.remove_participant(tx, cycle_id, who)
            others = [one.id for one in changes.open_of(tx, cycle_id, [who])]
            changes.settle_all(tx, others, choice, actor.name, core.clock())
        effect = recommendations.planned(tx, cycle_id, [who]) - before
        _note(tx, core, actor, cycle_id, change, choice, effect)
        return Settled(choice, Money(effect, found.currency))


def _note(
    tx: Tx,
    core: Core,
    actor: Actor,
    cycle_id: int,
    change: CycleChange,
    choice: ChangeChoice,
    effect: Decimal,
) -> None:
    detail: JsonObject = {"kind": change.kind, "choice": choice, "effect": str(effect)}
    subject = f"cycle:{cycle_id}:person:{change.person_id}"
    audits.append(tx, core.clock(), actor.name, "cycle.change", subject, detail)


def _change(tx: Tx, cycle_id: int, change_id: int) -> tuple[Cycle, CycleChange]:
    found = cycles.get(tx, cycle_id)
    change = changes.one(tx, cycle_id, change_id)
    if change is None or found.state not in OPEN:
        raise NotFound(_("this change doesn't exist in an open cycle"))
    return found, change


def _must_not_be_under_way(tx: Tx, cycle_id: int, kind: str) -> None:
    """Whom the worker refreshes with all others of the kind is in the new snapshot already."""
    for one in tasks.newest(tx, kind=REFRESH_KIND, subject=f"cycle:{cycle_id}"):
        if one.is_open and one.arguments.get("kind") == kind:
            raise Conflict(
                _("all changes of this kind are being refreshed"),
                remedy=_("wait until this is finished, then choose"),
            )


# --- refresh --------------------------------------------------------------------------------------------------------


def _refresh_one(core: Core, actor: Actor, cycle_id: int, change_id: int, say: Say) -> Settled:
    """NotAllowed when there is no data of the person today."""
    with core.database.reading() as tx:
        found, change = _change(tx, cycle_id, change_id)
    fresh = refresh.read(core, actor, cycle_id, [change.person_id], say)
    if fresh is None:
        raise NotAllowed(_("no data for this employee today"), remedy=_("choose keep or remove"))
    made = refresh.recommend(fresh, [change.person_id])
    with core.database.transaction() as tx:
        _change(tx, cycle_id, change_id)
        changes.settle(tx, change_id, ChangeChoice.REFRESH, actor.name, core.clock())
        effect = refresh.store(tx, core, actor, fresh, made)
        _settle_moot(tx, core, actor, fresh, changes.open_of(tx, cycle_id, [change.person_id]))
        _note(tx, core, actor, cycle_id, change, ChangeChoice.REFRESH, effect)
    return Settled(ChangeChoice.REFRESH, Money(effect, found.currency))


def _settle_moot(tx: Tx, core: Core, actor: Actor, fresh: Fresh, waiting: Sequence[CycleChange]) -> None:
    """Of refreshed people, whatever says what their new rows say."""
    moot = [
        one.id
        for one in waiting
        if is_moot(one, fresh.row(one.person_id), fresh.people[one.person_id], fresh.whole.as_of)
    ]
    changes.settle_all(tx, moot, ChangeChoice.REFRESH, actor.name, core.clock())


# --- all of a kind --------------------------------------------------------------------------------------------------


def keep_kind(core: Core, actor: Actor, cycle_id: int, kind: ChangeKind, *, up_to: int) -> int:
    """Keeps the snapshot's data of everybody with an open change of the kind, at once; how many changes.

    ``up_to`` is the newest change that was looked at: later ones wait on.
    """
    with core.database.transaction() as tx:
        _must_be_open(cycles.get(tx, cycle_id))
        _must_not_be_under_way(tx, cycle_id, kind)
        number = changes.keep_kind(tx, cycle_id, kind, up_to, actor.name, core.clock())
        detail: JsonObject = {"kind": kind, "choice": ChangeChoice.KEEP, "changes": number, "effect": "0"}
        audits.append(tx, core.clock(), actor.name, "cycle.change", f"cycle:{cycle_id}", detail)
        return number


def _must_be_open(found: Cycle) -> None:
    if found.state not in OPEN:
        raise NotAllowed(_("the cycle is not open"), code="cycle_state")


def refresh_kind(
    core: Core, actor: Actor, cycle_id: int, kind: ChangeKind, *, up_to: int, say: Say = lambda _: None
) -> KindSettled:
    """Refreshes everybody with an open change of the kind, up to the change ``up_to``, as ``settle_change`` does one.

    The snapshot is read once. People count as refreshed some at a time, each with recommendations, decision and changes; after a
    crash the next call refreshes the others. NotAllowed when the cycle is not open, Conflict when somebody else was refreshed
    before the first of them.
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        _must_be_open(found)
        people = changes.people_of_kind(tx, cycle_id, kind, up_to)
    fresh = refresh.read(core, actor, cycle_id, people, say) if people else None
    mine = [] if fresh is None else [who for who in people if who in fresh.people]
    effect, done = Decimal(0), 0
    for first in range(0, len(mine), AT_ONCE):
        assert fresh is not None
        part = mine[first : first + AT_ONCE]
        more, number = _refresh_part(core, actor, fresh, kind, refresh.recommend(fresh, part))
        effect, done = effect + more, done + number
        say(at(Step.RECALCULATED, first + len(part), len(mine)))
    return KindSettled(ChangeChoice.REFRESH, done, len(people) - len(mine), Money(effect, found.currency))


def _refresh_part(
    core: Core, actor: Actor, fresh: Fresh, kind: ChangeKind, made: Sequence[MadeRecommendation]
) -> tuple[Decimal, int]:
    """One transaction: what it adds to the planned money, and how many people. Whose change was settled meanwhile is left out."""
    cycle_id = fresh.prepared.found.id
    with core.database.transaction() as tx:
        _must_be_open(cycles.get(tx, cycle_id))
        waiting = changes.open_of(tx, cycle_id, [one.person_id for one in made])
        asked = {one.person_id for one in waiting if one.kind == kind}
        new = [one for one in made if one.person_id in asked]
        if not new:
            return Decimal(0), 0
        effect = refresh.store(tx, core, actor, fresh, new)
        waiting = [one for one in waiting if one.person_id in asked]
        of_kind = [one.id for one in waiting if one.kind == kind]
        changes.settle_all(tx, of_kind, ChangeChoice.REFRESH, actor.name, core.clock())
        _settle_moot(tx, core, actor, fresh, waiting)
        detail: JsonObject = {
            "kind": kind,
            "choice": ChangeChoice.REFRESH,
            "people": [*sorted(asked)],
            "effect": str(effect),
        }
        audits.append(tx, core.clock(), actor.name, "cycle.change", f"cycle:{cycle_id}", detail)
        return effect, len(new)
