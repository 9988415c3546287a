"""Long work on a raise cycle that a page asks for and a worker does, each with what it leaves as its result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from plugin.advisor.recommendation import codec
from plugin.domain import ChangeChoice, ChangeKind, Json, JsonObject, Money, word
from plugin.errors import Conflict
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, cycle_monitoring, dry_runs, recommending, settling
from plugin.services.cycle.recommending import INPUTS_CHANGED, Made, Taken
from plugin.services.cycle.snapshots import LeftOut
from plugin.services.operation import task_requests
from plugin.services.operation.steps import Step, at
from plugin.services.operation.task_requests import Here
from plugin.services.operation.topics import Say, number

LISTED = 2000  # people of a result who are named one by one
TRIES = 3  # a cycle that is switched again and again while its recommendations are made


def snapshot(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people are frozen, and who is left out and why; at most LISTED."""
    return _taken(recommending.take_snapshot(core, actor, number(arguments, "cycle_id"), say=say))


def _taken(taken: Taken) -> JsonObject:
    return {**_left_out(taken.people, taken.left_out), "hash": taken.hash}


def snapshot_here(core: Core, actor: Actor, cycle_id: int) -> Taken:
    """At once, in the shell."""
    work = Here(actor, "snapshot", f"cycle:{cycle_id}", {"cycle_id": cycle_id})
    return task_requests.do_here(
        core, work, lambda say: recommending.take_snapshot(core, actor, cycle_id, say=say), _taken
    )


def recommend_here(core: Core, actor: Actor, cycle_id: int, say: Say) -> Made:
    """At once, in the shell, which shows the progress too."""

    def do(told: Say) -> Made:
        def both(words: str) -> None:
            told(words)
            say(words)

        return recommending.make_recommendations(core, actor, cycle_id, say=both)

    work = Here(actor, "recommend", f"cycle:{cycle_id}", {"cycle_id": cycle_id})
    return task_requests.do_here(core, work, do, _recommended)


def left_out(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> whom a snapshot would leave out by the data of now: numbers and reasons, no names; at most LISTED."""
    say(at(Step.CHECKING_PAY))
    people, found = recommending.left_out(core, number(arguments, "cycle_id"))
    return _left_out(people, found)


def _left_out(people: int, found: Sequence[LeftOut]) -> JsonObject:
    listed: list[Json] = [{"person_id": one.person_id, "reason": one.reason} for one in found[:LISTED]]
    return {"people": people, "left_out": len(found), "listed": listed}


def recommend(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people get recommendations. Starts again when the cycle was switched meanwhile."""
    return _recommended(_made(core, actor, number(arguments, "cycle_id"), say))


def _recommended(made: Made) -> JsonObject:
    return {
        "people": made.people,
        "recommended": made.recommended,
        "silent": made.silent,
        "not_eligible": made.not_eligible,
        "ruled": made.ruled,
        "coverage": made.coverage,
        "model_off": made.model_off.value if made.model_off else None,
    }


def _made(core: Core, actor: Actor, cycle_id: int, say: Say) -> Made:
    for _other in range(TRIES - 1):
        try:
            return recommending.make_recommendations(core, actor, cycle_id, say=say)
        except Conflict as changed:
            if changed.code != INPUTS_CHANGED:
                raise
            say(at(Step.STARTING_AGAIN))
    return recommending.make_recommendations(core, actor, cycle_id, say=say)


def changes(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many differences to the snapshot are new."""
    new = change_desk.find_changes(core, actor, number(arguments, "cycle_id"), say=say)
    return {"new": new}


def refresh(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``change_id`` -> what recommendations from today's data does to the planned money."""
    cycle_id, change_id = number(arguments, "cycle_id"), number(arguments, "change_id")
    settled = settling.settle_change(core, actor, cycle_id, change_id, ChangeChoice.REFRESH, say=say)
    return {"change_id": change_id, "people": 1, **_effect(settled.budget_effect)}


def _effect(effect: Money) -> JsonObject:
    return {"effect": str(effect.amount), "currency": effect.currency}


def refresh_kind(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``kind``, ``up_to`` (the newest change that was looked at) -> people refreshed, and what it does to the money."""
    cycle_id, up_to = number(arguments, "cycle_id"), number(arguments, "up_to")
    kind = word(ChangeKind, str(arguments.get("kind")), "kind")
    done = settling.refresh_kind(core, actor, cycle_id, kind, up_to=up_to, say=say)
    return {"people": done.people, "left": done.left, **_effect(done.budget_effect)}


def dry_run(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> figures of last year, and who would differ most (ids, no names)."""
    say(at(Step.LAST_YEAR))
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
                "summary": codec.to_json(one.summary),
            }
            for one in made.different
        ],
    }


def next_money(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``pool`` (null = the one with the most money) -> whom its next 1,000 would reach."""
    say(at(Step.MORE_MONEY))
    pool = arguments.get("pool")
    return cycle_monitoring.next_money(
        core, number(arguments, "cycle_id"), pool=pool if isinstance(pool, str) else None
    )


def replay(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``person_id``, ``on`` (ISO day or null) -> whether the figure comes out the same."""
    say(at(Step.REPLAYING))
    on = arguments.get("on")
    day = date.fromisoformat(on) if isinstance(on, str) else None
    return cycle_monitoring.replay(core, number(arguments, "cycle_id"), number(arguments, "person_id"), day)
