"""What this room gives the worker and the scheduler: raises checked, sent and collected."""

from __future__ import annotations

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.operation.schedule import Every, Job
from plugin.services.operation.topics import Say, Topic, number
from plugin.services.payroll import listing, send
from plugin.services.payroll.listing import Tally


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


TOPIC = Topic(
    kinds={"check_raises": check_raises, "export": export, "collect": collect},
    jobs=(Job("collect_raises", Every(60), send.collect_due),),
)
