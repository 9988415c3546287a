"""Long work on a raise cycle that a page asks for and a worker does, each with what it leaves as its result."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plugin.advisor.recommendation import wording
from plugin.domain import ChangeChoice, ChangeKind, Json, JsonObject, Money, word
from plugin.errors import Conflict
from plugin.figures.writing import money, percent
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, cycle_monitoring, dry_runs, recommending, settling
from plugin.services.cycle.recommending import INPUTS_CHANGED, Made
from plugin.services.operation.topics import Say, number
from plugin.texts import _, counted, ngettext

LISTED = 2000  # people of a result who are named one by one
TRIES = 3  # a cycle that is switched again and again while its recommendations are made


def snapshot(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people are frozen and how many are left out."""
    taken = recommending.take_snapshot(core, actor, number(arguments, "cycle_id"), say=say)
    left = len(taken.left_out)
    return {
        "people": taken.people,
        "left_out": left,
        "hash": taken.hash,
        "sentence": _taken(taken.people, left),
    }


def _taken(people: int, left: int) -> str:
    words = [
        ngettext("The snapshot holds %(num)s employee.", "The snapshot holds %(num)s employees.", people)
    ]
    if left:
        words.append(ngettext("%(num)s employee was left out.", "%(num)s employees were left out.", left))
    return " ".join(words)


def left_out(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> whom a snapshot would leave out by the data of now: numbers and reasons, no names; at most LISTED."""
    say(_("checking for employees without pay"))
    people, found = recommending.left_out(core, number(arguments, "cycle_id"))
    listed: list[Json] = [{"person_id": one.person_id, "reason": one.reason} for one in found[:LISTED]]
    return {"people": people, "left_out": len(found), "listed": listed}


def recommend(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people get recommendations. Starts again when the cycle was switched meanwhile."""
    made = _made(core, actor, number(arguments, "cycle_id"), say)
    return {"people": made.people, "recommended": made.recommended, "sentence": _said(made)}


def _said(made: Made) -> str:
    """Counts, and what ranges rest on."""
    words = [
        _(
            "Recommendations: %(recommended)s. Policy range only: %(silent)s. Not eligible: %(not_eligible)s.",
            recommended=counted(made.recommended),
            silent=counted(made.silent),
            not_eligible=counted(made.not_eligible),
        )
    ]
    if made.ruled:
        words.append(_("Set by HR rules alone: %(ruled)s.", ruled=counted(made.ruled)))
    if made.coverage is not None:
        words.append(
            _(
                "In this cycle, ranges held for %(coverage)s of the decisions.",
                coverage=percent(Decimal(str(100 * made.coverage))),
            )
        )
    if made.model_off is not None:
        words.append(wording.model_off(made.model_off))
    return " ".join(words)


def _made(core: Core, actor: Actor, cycle_id: int, say: Say) -> Made:
    for _other in range(TRIES - 1):
        try:
            return recommending.make_recommendations(core, actor, cycle_id, say=say)
        except Conflict as changed:
            if changed.code != INPUTS_CHANGED:
                raise
            say(_("the cycle was changed: starting again"))
    return recommending.make_recommendations(core, actor, cycle_id, say=say)


def changes(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many differences to the snapshot are new."""
    new = change_desk.find_changes(core, actor, number(arguments, "cycle_id"), say=say)
    words = ngettext(
        "Today’s data differs from the snapshot in %(num)s new change.",
        "Today’s data differs from the snapshot in %(num)s new changes.",
        new,
    )
    return {"new": new, "sentence": words if new else _("Today’s data shows no new changes to the snapshot.")}


def refresh(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``change_id`` -> what recommendations from today's data does to the planned money."""
    cycle_id, change_id = number(arguments, "cycle_id"), number(arguments, "change_id")
    settled = settling.settle_change(core, actor, cycle_id, change_id, ChangeChoice.REFRESH, say=say)
    return {
        "change_id": change_id,
        "effect": str(settled.budget_effect.amount),
        "sentence": f"{_recalculated(1)} {_moved(settled.budget_effect)}",
    }


def _recalculated(people: int) -> str:
    return ngettext(
        "%(num)s recommendation was recalculated from today’s data.",
        "%(num)s recommendations were recalculated from today’s data.",
        people,
    )


def _moved(effect: Money) -> str:
    if not effect.rounded().amount:
        return _("Planned spending stays the same.")
    amount = money(Money(abs(effect.amount), effect.currency))
    if effect.amount > 0:
        return _("Planned spending rises by %(amount)s a year.", amount=amount)
    return _("Planned spending falls by %(amount)s a year.", amount=amount)


def refresh_kind(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``kind``, ``up_to`` (the newest change that was looked at) -> people refreshed, and what it does to the money."""
    cycle_id, up_to = number(arguments, "cycle_id"), number(arguments, "up_to")
    kind = word(ChangeKind, str(arguments.get("kind")), "kind")
    done = settling.refresh_kind(core, actor, cycle_id, kind, up_to=up_to, say=say)
    words = [_recalculated(done.people), _moved(done.budget_effect)]
    if done.left:
        words.append(
            ngettext(
                "%(num)s employee has no data today: choose keep or remove.",
                "%(num)s employees have no data today: choose keep or remove.",
                done.left,
            )
        )
    effect = str(done.budget_effect.amount)
    return {"people": done.people, "left": done.left, "effect": effect, "sentence": " ".join(words)}


def dry_run(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> figures of last year, and who would differ most (ids, no names)."""
    say(_("calculating recommendations on last year's data"))
    made = dry_runs.last_cycle(core, number(arguments, "cycle_id"))
    return {
        "year": made.year,
        "people": made.people,
        "recommended": made.recommended,
        "currency": made.given_cost.currency,
        "given_cost": str(made.given_cost.amount),
        "recommended_cost": str(made.recommended_cost.amount),
        "paid_once": str(made.paid_once.amount),
        "gaps": [*made.gaps],
        "mean_difference": str(made.mean_difference),
        "close_share": float(made.close_share),
        "different": [
            {
                "person_id": one.person_id,
                "given": str(one.given),
                "recommended": str(one.recommended),
                "sentence": one.sentence,
            }
            for one in made.different
        ],
    }


def next_money(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``pool`` (null = the one with the most money) -> whom its next 1,000 would reach."""
    say(_("fitting the budget with slightly more money"))
    pool = arguments.get("pool")
    return cycle_monitoring.next_money(
        core, number(arguments, "cycle_id"), pool=pool if isinstance(pool, str) else None
    )


def replay(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``person_id``, ``on`` (ISO day or null) -> whether the figure comes out the same."""
    say(_("calculating from the frozen inputs"))
    on = arguments.get("on")
    day = date.fromisoformat(on) if isinstance(on, str) else None
    return cycle_monitoring.replay(core, number(arguments, "cycle_id"), number(arguments, "person_id"), day)
