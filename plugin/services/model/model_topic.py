"""What this room gives the worker: training, fairness reports, comparisons, drift."""

from __future__ import annotations

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.model import comparison, fairness_review, model_drift, training
from plugin.services.operation.topics import Say, Topic, number


def train(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``policy_id``, ``repair`` (an attribute, or none) -> model_id and verdict."""
    start = core.clock()
    repair = str(arguments.get("repair") or "") or None
    made = training.train(core, actor, number(arguments, "policy_id"), repair=repair, say=say)
    is_known = made.model_id is not None and training.card(core, made.model_id).trained_at < start
    same = f" The same data give the same bytes: this is model {made.model_id} again." if is_known else ""
    return {
        "model_id": made.model_id,
        "approvable": made.approvable,
        "sentence": made.sentence + _repaired(made) + same,
        "decisions": made.decisions,
    }


def _repaired(made: training.Report) -> str:
    if made.repair is None:
        return ""
    how = made.repair
    return f" Labels were repaired on {how.attribute}: {how.mean_points:.2f} points were added on average."


def measure_fairness(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> report_id and verdict."""
    say("comparing groups")
    made = fairness_review.of_cycle(core, actor, number(arguments, "cycle_id"))
    return {"report_id": made.report_id, "people": made.people}


def compare(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``first``, ``second`` (a model's id or 0 for policy alone), ``cycle_id`` -> who would move."""
    say("advising everybody twice")
    return comparison.compare(
        core, number(arguments, "first"), number(arguments, "second"), number(arguments, "cycle_id")
    )


def drift(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id`` -> how far its people are from those that its model learned from."""
    say("comparing this cycle with the training data")
    return model_drift.of_cycle(core, number(arguments, "cycle_id"))


TOPIC = Topic(kinds={"train": train, "fairness": measure_fairness, "compare": compare, "drift": drift})
