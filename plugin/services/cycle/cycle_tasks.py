"""Long work on a raise cycle that a page asks for and a worker does, each with what it leaves as its result."""

from __future__ import annotations

from collections.abc import Callable

from plugin.domain import Json, JsonObject, Money
from plugin.errors import Conflict, InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.cycle import change_desk, recommending, settling
from plugin.services.cycle.recommending import INPUTS_CHANGED, Made
from plugin.services.payroll import listing, send
from plugin.services.payroll.listing import Tally

Say = Callable[[str], None]
LISTED = 2000  # people of a result who are named one by one
TRIES = 3  # a cycle that is switched again and again while its recommendations are made


def number(arguments: JsonObject, name: str) -> int:
    """A whole number among a task's arguments. InvalidInput when it is missing."""
    value = arguments.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} is missing", fields={name: "is no number"})
    return value


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
    return " ".join([*words, made.switched_off or ""]).strip()


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
    settled = settling.settle_change(core, actor, cycle_id, change_id, "refresh", say=say)
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
    kind = str(arguments.get("kind") or "")
    done = settling.refresh_kind(core, actor, cycle_id, kind, up_to=up_to, say=say)
    words = f"{done.people:,} people are advised anew from today’s data; the {_moved(done.budget_effect)}."
    if done.left:
        words += f" {done.left:,} wait on, since there is no data of them today: choose keep or remove."
    effect = str(done.budget_effect.amount)
    return {"people": done.people, "left": done.left, "effect": effect, "sentence": words}


def check_raises(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> how many raises would be sent, and how many are held back."""
    found = listing.check(core, number(arguments, "cycle_id"), say=say)
    return {**found.document(), "sentence": f"{found.ready:,} raises can be sent. {_left_over(found)}"}


def export(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises are on their way, and how many are held back."""
    sent = send.export(core, actor, number(arguments, "cycle_id"), say=say)
    return {**sent.document(), "sentence": f"{sent.new:,} raises are newly on their way. {_left_over(sent)}"}


def _left_over(found: Tally) -> str:
    words = [
        f"{number:,} {said}"
        for number, said in (
            (found.held_back, "held back"),
            (found.queued - found.new, "on their way before"),
            (found.done, "in the HR suite already"),
            (found.dead, "refused by the HR suite"),
            (found.no_change, "without a change"),
            (found.by_hand, "with a lump sum to pay by hand"),
        )
        if number
    ]
    return f"Of {found.total:,} raises: {', '.join(words)}." if words else ""


def collect(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises have arrived or were refused since the last look."""
    found = send.collect(core, actor, number(arguments, "cycle_id"), say=say)
    words = f"New: {found['done']:,} in the HR suite, {found['dead']:,} refused. {found['queued']:,} wait for an answer."
    return {**found, "sentence": words}
