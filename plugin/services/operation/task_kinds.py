"""Which long work a page can ask for, and what each kind does and leaves as its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from plugin.domain import JsonObject
from plugin.services.core import Actor, Core
from plugin.services.cycle import cycle_monitoring, cycle_tasks, dry_runs, policy_fit_tasks, settling
from plugin.services.cycle.cycle_tasks import number
from plugin.services.model import comparison, fairness_review, model_drift, training

Say = Callable[[str], None]
Perform = Callable[[Core, Actor, JsonObject, Say], JsonObject]


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


def compare(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``first``, ``second`` (a model's id or 0 for policy alone), ``cycle_id`` -> who would move."""
    say("advising everybody twice")
    return comparison.compare(
        core, number(arguments, "first"), number(arguments, "second"), number(arguments, "cycle_id")
    )


def next_money(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``pool`` (null = the one with the most money) -> whom its next 1,000 would reach."""
    say("fitting the budget with a little more")
    pool = arguments.get("pool")
    return cycle_monitoring.next_money(
        core, number(arguments, "cycle_id"), pool=pool if isinstance(pool, str) else None
    )


def drift(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id`` -> how far its people are from those that its model learned from."""
    say("comparing this cycle with the training data")
    return model_drift.of_cycle(core, number(arguments, "cycle_id"))


def replay(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:  # noqa: ARG001
    """``cycle_id``, ``person_id``, ``on`` (ISO day or null) -> whether the figure comes out the same."""
    say("computing from the frozen inputs")
    on = arguments.get("on")
    day = date.fromisoformat(on) if isinstance(on, str) else None
    return cycle_monitoring.replay(core, number(arguments, "cycle_id"), number(arguments, "person_id"), day)


KINDS: Mapping[str, Perform] = {
    "train": train,
    "fairness": measure_fairness,
    "snapshot": cycle_tasks.snapshot,
    "left_out": cycle_tasks.left_out,
    "recommend": cycle_tasks.recommend,
    "changes": cycle_tasks.changes,
    "refresh": cycle_tasks.refresh,
    settling.REFRESH_KIND: cycle_tasks.refresh_kind,
    "check_raises": cycle_tasks.check_raises,
    "export": cycle_tasks.export,
    "collect": cycle_tasks.collect,
    "dry_run": dry_run,
    "compare": compare,
    "next_money": next_money,
    "drift": drift,
    "replay": replay,
    policy_fit_tasks.KIND: policy_fit_tasks.preview,
}
