"""Long work on a raise cycle that a page asks for and a worker does, each with what it leaves as its result."""

from __future__ import annotations

from datetime import date

from plugin.advisor.recommendation import wording
from plugin.domain import ChangeChoice, ChangeKind, Json, JsonObject, Money, word
from plugin.errors import Conflict
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, cycle_monitoring, dry_runs, recommending, settling
from plugin.services.cycle.recommending import INPUTS_CHANGED, Made
from plugin.services.operation.topics import Say, number

LISTED = 2000  # people of a result who are named one by one
TRIES = 3  # a cycle that is switched again and again while its recommendations are made


def snapshot(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people are frozen and how many are left out."""
    taken = recommending.take_snapshot(core, actor, number(arguments, "cycle_id"), say=say)
    left = len(taken.left_out)
    out = "Nobody is" if not left else "1 is" if left == 1 else f"{left:,} are"
    words = f"{taken.people:,} people are frozen. {out} left out."
    return {"people": taken.people, "left_out": left, "hash": taken.hash, "sentence": words}


def left_out(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> whom a snapshot would leave out by the data of now: numbers and reasons, no names; at most LISTED."""
    say("looking for people without pay")
    people, found = recommending.left_out(core, number(arguments, "cycle_id"))
    listed: list[Json] = [{"person_id": one.person_id, "reason": one.reason} for one in found[:LISTED]]
    return {"people": people, "left_out": len(found), "listed": listed}


def recommend(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many people get advice. Starts again when the cycle was switched meanwhile."""
    made = _made(core, actor, number(arguments, "cycle_id"), say)
    return {"people": made.people, "advised": made.advised, "sentence": _said(made)}


def _said(made: Made) -> str:
    """Counts, and what ranges rest on."""
    words = [
        f"{made.advised:,} people get a suggestion, {made.silent:,} the policy's range only, {made.not_eligible:,} take no part."
    ]
    if made.ruled:
        words.append(f"{made.ruled:,} follow rules of HR alone.")
    if made.coverage is not None:
        words.append(f"Ranges were measured on this cycle's decisions: they held {made.coverage:.0%}.")
    if made.model_off is not None:
        words.append(wording.model_off(made.model_off))
    return " ".join(words)


def _made(core: Core, actor: Actor, cycle_id: int, say: Say) -> Made:
    for _ in range(TRIES - 1):
        try:
            return recommending.make_recommendations(core, actor, cycle_id, say=say)
        except Conflict as changed:
            if changed.code != INPUTS_CHANGED:
                raise
            say("the cycle was changed: starting again")
    return recommending.make_recommendations(core, actor, cycle_id, say=say)


def changes(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many differences to the snapshot are new."""
    new = change_desk.find_changes(core, actor, number(arguments, "cycle_id"), say=say)
    found = f"{new:,} changes are" if new > 1 else "1 change is" if new else "Nothing is"
    return {"new": new, "sentence": f"Today’s data were compared with the snapshot. {found} new."}


def refresh(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``change_id`` -> what advice from today's data does to the planned money."""
    cycle_id, change_id = number(arguments, "cycle_id"), number(arguments, "change_id")
    settled = settling.settle_change(core, actor, cycle_id, change_id, ChangeChoice.REFRESH, say=say)
    return {
        "change_id": change_id,
        "effect": str(settled.budget_effect.amount),
        "sentence": f"The person is advised anew from today’s data; the {_moved(settled.budget_effect)}.",
    }


def _moved(effect: Money) -> str:
    amount = f"{abs(effect.rounded().amount):,} {effect.currency} a year"
    way = "rises" if effect.amount > 0 else "falls"
    return f"planned money {way} by {amount}" if effect.rounded().amount else "planned money stays the same"


def refresh_kind(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id``, ``kind``, ``up_to`` (the newest change that was looked at) -> people refreshed, and what it does to the money."""
    cycle_id, up_to = number(arguments, "cycle_id"), number(arguments, "up_to")
    kind = word(ChangeKind, str(arguments.get("kind")), "kind")
    done = settling.refresh_kind(core, actor, cycle_id, kind, up_to=up_to, say=say)
    words = f"{done.people:,} people are advised anew from today’s data; the {_moved(done.budget_effect)}."
    if done.left:
        words += f" {done.left:,} wait on, since there is no data of them today: choose keep or remove."
    effect = str(done.budget_effect.amount)
    return {"people": done.people, "left": done.left, "effect": effect, "sentence": words}


def dry_run(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> figures of last year, and who would differ most (ids, no names)."""
    say("advising on last year's data")
    made = dry_runs.last_cycle(core, number(arguments, "cycle_id"))
    return {
        "year": made.year,
        "people": made.people,
        "advised": made.advised,
        "currency": made.given_cost.currency,
        "given_cost": str(made.given_cost.amount),
        "advised_cost": str(made.advised_cost.amount),
        "paid_once": str(made.paid_once.amount),
        "gaps": [*made.gaps],
        "mean_difference": str(made.mean_difference),
        "close_share": float(made.close_share),
        "different": [
            {
                "person_id": one.person_id,
                "given": str(one.given),
                "advised": str(one.advised),
                "sentence": one.sentence,
            }
            for one in made.different
        ],
    }


def next_money(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``pool`` (null = the one with the most money) -> whom its next 1,000 would reach."""
    say("fitting the budget with a little more")
    pool = arguments.get("pool")
    return cycle_monitoring.next_money(
        core, number(arguments, "cycle_id"), pool=pool if isinstance(pool, str) else None
    )


def replay(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``person_id``, ``on`` (ISO day or null) -> whether the figure comes out the same."""
    say("computing from the frozen inputs")
    on = arguments.get("on")
    day = date.fromisoformat(on) if isinstance(on, str) else None
    return cycle_monitoring.replay(core, number(arguments, "cycle_id"), number(arguments, "person_id"), day)
