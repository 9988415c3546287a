"""Fitting a policy to a target as long work: the worker computes the figures, a person looks at them and may keep what was shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

from plugin.advisor.policy import pay_policy
from plugin.domain import Json, JsonObject, Money, TaskState, canonical_json
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.figures.reading import read_percent
from plugin.services.core import Actor, Core
from plugin.services.cycle import policy_fit
from plugin.services.cycle.policy_fit import CellChange, Cost, Fitted
from plugin.services.operation.steps import Step, at
from plugin.services.operation.topics import number
from plugin.store.operation import tasks
from plugin.texts import _

KIND = "fit_policy"
Say = Callable[[str], None]


def target_of(percent: Decimal | None) -> Decimal:
    """InvalidInput when it is not above 0 and at most 100."""
    if percent is None or not 0 < percent <= 100:
        sentence = _("Enter a percentage above 0 and at most 100.")
        raise InvalidInput(sentence, fields={"target": sentence})
    return percent


def preview(core: Core, actor: Actor, arguments: JsonObject, say: Say) -> JsonObject:
    """``policy_id``, ``cycle_id``, ``target`` (text, per cent) -> the figures and the fitted policy; nothing is stored."""
    say(at(Step.FITTING_POLICY))
    policy_id, cycle_id = number(arguments, "policy_id"), number(arguments, "cycle_id")
    target = target_of(read_percent(str(arguments.get("target")), field="target"))
    made = policy_fit.fit(core, actor, cycle_id, target, policy_id=policy_id, store=False)
    document: Json = json.loads(pay_policy.to_json(made.policy))
    return {
        "policy": document,
        "fitted_from": made.fitted_from,
        "cycle_id": made.cycle_id,
        "target_percent": str(made.target_percent),
        "people": made.people,
        "currency": made.payroll.currency,
        "payroll": str(made.payroll.amount),
        "from_snapshot": made.from_snapshot,
        "before": [str(made.before.percent), str(made.before.money.amount)],
        "after": [str(made.after.percent), str(made.after.money.amount)],
        "criteria": list(made.criteria),
        "cells": [[list(one.bands), one.people, str(one.before), str(one.after)] for one in made.cells],
    }


def shown(core: Core, policy_id: int, task_id: int) -> Fitted:
    """The figures of a finished preview of the policy. NotFound when there is none, Conflict when it is not done."""
    with core.database.reading() as tx:
        found = tasks.get(tx, task_id)
    if found.kind != KIND or found.arguments.get("policy_id") != policy_id:
        raise NotFound(_("the policy fit doesn't exist"))
    if found.state != TaskState.DONE or found.result is None:
        raise Conflict(
            _("the policy fit is not finished"), remedy=_("wait until it is finished, or start it again")
        )
    return of_result(found.result)


def keep(core: Core, actor: Actor, policy_id: int, task_id: int) -> int:
    """Stores exactly the policy that was shown; its id."""
    kept = policy_fit.keep(core, actor, shown(core, policy_id, task_id)).policy_id
    assert kept is not None
    return kept


def of_result(result: JsonObject) -> Fitted:
    """What ``preview`` left, as it was computed."""
    currency = str(result["currency"])
    return Fitted(
        policy=pay_policy.from_json(canonical_json(result["policy"])),
        policy_id=None,
        fitted_from=number(result, "fitted_from"),
        cycle_id=number(result, "cycle_id"),
        target_percent=Decimal(str(result["target_percent"])),
        people=number(result, "people"),
        payroll=Money(Decimal(str(result["payroll"])), currency),
        from_snapshot=result["from_snapshot"] is True,
        before=_cost(result["before"], currency),
        after=_cost(result["after"], currency),
        criteria=tuple(str(one) for one in _items(result["criteria"])),
        cells=tuple(_change(one) for one in _items(result["cells"])),
    )


def _items(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


def _cost(value: Json, currency: str) -> Cost:
    percent, amount = _items(value)
    return Cost(Decimal(str(percent)), Money(Decimal(str(amount)), currency))


def _change(value: Json) -> CellChange:
    bands, people, before, after = _items(value)
    return CellChange(
        tuple(str(one) for one in _items(bands)), int(str(people)), Decimal(str(before)), Decimal(str(after))
    )
