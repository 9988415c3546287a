"""What this room gives the worker: training, fairness reports, comparisons, drift."""

from __future__ import annotations

from plugin.advisor.fairness.wording import word
from plugin.advisor.model import wording
from plugin.advisor.recommendation import codec
from plugin.domain import JsonObject
from plugin.figures.writing import decimals
from plugin.services.core import Actor, Core
from plugin.services.model import comparison, fairness_review, model_drift, training
from plugin.services.operation.steps import Step, at
from plugin.services.operation.topics import Say, Topic, number
from plugin.texts import _


def train(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``policy_id``, ``repair`` (an attribute, or none) -> model_id and verdict."""
    start = core.clock()
    repair = str(arguments.get("repair") or "") or None
    made = training.train(core, actor, number(arguments, "policy_id"), repair=repair, say=say)
    is_known = made.model_id is not None and training.card(core, made.model_id).trained_at < start
    return {
        "model_id": made.model_id,
        "approvable": made.approvable,
        "verdict": codec.to_json(made.verdict),
        "repaired_on": made.repair.attribute if made.repair else None,
        "repair_points": made.repair.mean_points if made.repair else None,
        "is_known": is_known,
        "decisions": made.decisions,
    }


def _trained_words(result: JsonObject) -> str:
    verdict = result["verdict"]
    words = [wording.verdict(verdict if isinstance(verdict, dict) else {})]
    if result["repaired_on"] is not None:
        words.append(
            _(
                "Past raises were repaired on %(attribute)s: %(points)s points were added on average.",
                attribute=word(result["repaired_on"]),
                points=decimals(float(str(result["repair_points"])), 2),
            )
        )
    if result["is_known"]:
        words.append(
            _("The same data gave the same model: this is model %(id)s again.", id=result["model_id"])
        )
    return " ".join(words)


def measure_fairness(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``cycle_id`` -> report_id and verdict."""
    say(at(Step.COMPARING_GROUPS))
    made = fairness_review.of_cycle(core, actor, number(arguments, "cycle_id"))
    return {"report_id": made.report_id, "people": made.people}


def compare(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``first``, ``second`` (a model's id or 0 for policy alone), ``cycle_id`` -> who would move."""
    say(at(Step.COMPARING_MODELS))
    return comparison.compare(
        core, number(arguments, "first"), number(arguments, "second"), number(arguments, "cycle_id")
    )


def drift(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id`` -> how far its people are from those that its model learned from."""
    say(at(Step.COMPARING_TRAINING))
    return model_drift.of_cycle(core, number(arguments, "cycle_id"))


TOPIC = Topic(
    kinds={"train": train, "fairness": measure_fairness, "compare": compare, "drift": drift},
    words={"train": _trained_words},
)
