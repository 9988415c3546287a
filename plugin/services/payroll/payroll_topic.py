"""What this room gives the worker and the scheduler: raises checked, sent and collected."""

from __future__ import annotations

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.operation.schedule import Every, Job
from plugin.services.operation.topics import Say, Topic, number
from plugin.services.payroll import listing, send
from plugin.texts import N_, _, counted, ngettext


def check_raises(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001 - nothing is stored
    """``cycle_id`` -> how many raises would be sent, and how many are held back."""
    found = listing.check(core, number(arguments, "cycle_id"), say=say)
    return found.document()


def export(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises are on their way, and how many are held back."""
    return send.export(core, actor, number(arguments, "cycle_id"), say=say).document()


def collect(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> how many raises have arrived or were refused since the last look."""
    return {**send.collect(core, actor, number(arguments, "cycle_id"), say=say)}


def _checked_words(result: JsonObject) -> str:
    ready = number(result, "ready")
    return _with_left_over(
        ngettext("%(num)s raise can be sent.", "%(num)s raises can be sent.", ready), result
    )


def _export_words(result: JsonObject) -> str:
    new = number(result, "new")
    words = ngettext("%(num)s raise queued for payroll.", "%(num)s raises queued for payroll.", new)
    return _with_left_over(words, result)


def _with_left_over(words: str, result: JsonObject) -> str:
    left = (
        (number(result, "held_back"), N_("Held back: %(raises)s.")),
        (number(result, "queued") - number(result, "new"), N_("Queued earlier: %(raises)s.")),
        (number(result, "done"), N_("Already in the HR suite: %(raises)s.")),
        (number(result, "dead"), N_("Refused by the HR suite: %(raises)s.")),
        (number(result, "no_change"), N_("Without a change: %(raises)s.")),
        (number(result, "by_hand"), N_("With a lump sum to pay manually: %(raises)s.")),
    )
    return " ".join([words, *(_(said, raises=counted(count)) for count, said in left if count)])


def _collected_words(result: JsonObject) -> str:
    return _(
        "Newly in the HR suite: %(arrived)s. Newly refused: %(refused)s. Awaiting an answer: %(waiting)s.",
        arrived=counted(number(result, "done")),
        refused=counted(number(result, "dead")),
        waiting=counted(number(result, "queued")),
    )


TOPIC = Topic(
    kinds={"check_raises": check_raises, "export": export, "collect": collect},
    words={"check_raises": _checked_words, "export": _export_words, "collect": _collected_words},
    jobs=(Job("collect_raises", Every(60), send.collect_due),),
)
