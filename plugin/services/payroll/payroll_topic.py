"""What this room gives the worker and the scheduler: raises checked, sent and collected."""

from __future__ import annotations

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.operation.schedule import Every, Job
from plugin.services.operation.topics import Say, Topic, number
from plugin.services.payroll import listing, send
from plugin.services.payroll.listing import Tally
from plugin.texts import N_, _, counted, ngettext


def check_raises(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> how many raises would be sent, and how many are held back."""
    found = listing.check(core, number(arguments, "cycle_id"), say=say)
    return {
        **found.document(),
        "sentence": _with_left_over(
            ngettext("%(num)s raise can be sent.", "%(num)s raises can be sent.", found.ready), found
        ),
    }


def export(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises are on their way, and how many are held back."""
    sent = send.export(core, actor, number(arguments, "cycle_id"), say=say)
    return {
        **sent.document(),
        "sentence": _with_left_over(
            ngettext("%(num)s raise queued for payroll.", "%(num)s raises queued for payroll.", sent.new),
            sent,
        ),
    }


def _with_left_over(words: str, found: Tally) -> str:
    left = (
        (found.held_back, N_("Held back: %(raises)s.")),
        (found.queued - found.new, N_("Queued earlier: %(raises)s.")),
        (found.done, N_("Already in the HR suite: %(raises)s.")),
        (found.dead, N_("Refused by the HR suite: %(raises)s.")),
        (found.no_change, N_("Without a change: %(raises)s.")),
        (found.by_hand, N_("With a lump sum to pay manually: %(raises)s.")),
    )
    return " ".join([words, *(_(said, raises=counted(number)) for number, said in left if number)])


def collect(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises have arrived or were refused since the last look."""
    found = send.collect(core, actor, number(arguments, "cycle_id"), say=say)
    words = _(
        "Newly in the HR suite: %(arrived)s. Newly refused: %(refused)s. Awaiting an answer: %(waiting)s.",
        arrived=counted(found["done"]),
        refused=counted(found["dead"]),
        waiting=counted(found["queued"]),
    )
    return {**found, "sentence": words}


TOPIC = Topic(
    kinds={"check_raises": check_raises, "export": export, "collect": collect},
    jobs=(Job("collect_raises", Every(60), send.collect_due),),
)
