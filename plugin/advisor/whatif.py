"""Answers "what would change it?" for things a person can do, by asking rules and model again; guidance, never an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from plugin.advisor import eligibility, features, guideline, skills, wording
from plugin.advisor import steps as stepping
from plugin.advisor.columns import columns
from plugin.advisor.context import Context
from plugin.advisor.frame import Frame
from plugin.advisor.recommend import Run
from plugin.advisor.recommendation import WhatIf
from plugin.advisor.rounding import points
from plugin.advisor.snapshot import EmployeeRow, SkillEvidence

TOP_RATING = Decimal(5)


def what_ifs(run: Run, person_id: int) -> tuple[WhatIf, ...]:
    """A further skill badge, a further strategic one and the next rating; nothing while the advisor gives no number.

    The change is computed before the budget, whose shift is taken as it is, and without the pool cap of skills. InvalidInput for a person not in the snapshot.
    """
    return what_ifs_of(run, [run.context.snapshot.position(person_id)])[0]


def what_ifs_of(run: Run, positions: Sequence[int]) -> list[tuple[WhatIf, ...]]:
    """``what_ifs`` of many rows of the snapshot at once, in their order: about ten times quicker than one by one."""
    loud = [i for i in positions if not _silent(run, i)]
    tries = {i: _tries(run.context, run.context.snapshot.rows[i]) for i in loud}
    rows = [[run.context.snapshot.rows[i], *(changed for _, _, changed in tries[i])] for i in loud]
    changes = dict(zip(loud, _changes(run.context, rows), strict=True))
    return [
        tuple(_what_if(run, i, *each) for each in zip(tries[i], changes[i], strict=True))
        if i in tries
        else ()
        for i in positions
    ]


Try = tuple[str, str, EmployeeRow]  # code, template, the row with the change


def _tries(context: Context, row: EmployeeRow) -> list[Try]:
    strategic = with_badges(row, context, 1, strategic=True)
    found = [
        ("further_skill", wording.WHAT_IF_SKILL, with_badges(row, context, 1)),
        ("further_strategic_skill", wording.WHAT_IF_STRATEGIC, strategic),
    ]
    if row.rating is not None and row.rating < TOP_RATING:
        found.append(("next_rating", wording.WHAT_IF_RATING, with_next_rating(row)))
    return found


def path(run: Run, person_id: int, target: Decimal, *, at_most: int = 4) -> WhatIf | None:
    """The fewest further skill badges that bring the suggestion to ``target`` points; None when ``at_most`` do not."""
    i = run.context.snapshot.position(person_id)
    if _silent(run, i):
        return None
    row = run.context.snapshot.rows[i]
    changes = _changes(
        run.context, [[row, *(with_badges(row, run.context, n) for n in range(1, at_most + 1))]]
    )[0]
    now = _percent(run, i)
    for badges, change in enumerate(changes, start=1):
        if change > 0 and now + change >= target:
            template = wording.PATH_ONE if badges == 1 else wording.PATH
            return WhatIf("path", template.format(badges=badges, percent=now + change), now + change, change)
    return None


def with_badges(row: EmployeeRow, context: Context, count: int, *, strategic: bool = False) -> EmployeeRow:
    """The row with further verified skill badges, issued on the snapshot's day, for skills that are not there yet."""
    made = tuple(
        SkillEvidence(
            f"what-if-{n}",
            "a further skill badge",
            f"what-if-{n}",
            "skill",
            context.snapshot.as_of,
            "",
            strategic=strategic,
        )
        for n in range(count)
    )
    return replace(row, new_evidence=row.new_evidence + made)


def with_next_rating(row: EmployeeRow) -> EmployeeRow:
    """The row with a rating one step higher, at most 5."""
    if row.rating is None:
        return row
    return replace(row, rating=min(row.rating + 1, TOP_RATING), rating_label="")


def _silent(run: Run, i: int) -> bool:
    silent = run.abstentions[i] is not None or not run.context.frame.eligible[i].takes_part
    return silent or bool(run.fixed[i])


def _changes(context: Context, people: Sequence[Sequence[EmployeeRow]]) -> list[list[Decimal]]:
    """Per person: points by which each changed row would get more or less than the first, the row as it is, before the
    budget."""
    found = _frame(context, [row for rows in people for row in rows])
    delta = np.zeros(len(found.eligible))
    if context.predictor is not None and len(delta):
        delta = context.predictor.delta(features.build(found.columns, context.predictor.features))
    ids = [row.person_id for rows in people for row in rows]
    adjustment = stepping.tenths_by_person(ids, context.settings.adjustments)
    percent = (
        stepping.compute(found, context.policy, delta, adjustment).percent.tolist() if len(delta) else []
    )
    changes, at = [], 0
    for rows in people:
        changes.append([points(value - percent[at]) for value in percent[at + 1 : at + len(rows)]])
        at += len(rows)
    return changes


def _frame(context: Context, rows: Sequence[EmployeeRow]) -> Frame:
    as_of, policy = context.snapshot.as_of, context.policy
    found = [
        skills.points(row, as_of, policy.skills, context.rewarded.get(row.person_id, ())) for row in rows
    ]
    table = columns(rows, as_of, found)
    eligible = tuple(eligibility.judge(row, as_of, policy) for row in rows)
    return Frame(eligible, tuple(found), table, guideline.bands(policy.matrix, table))


def _percent(run: Run, i: int) -> Decimal:
    return points(int(run.steps.percent[i]))


def _what_if(run: Run, i: int, tried: Try, change: Decimal) -> WhatIf:
    code, template, changed = tried
    percent = _percent(run, i) + change
    return WhatIf(code, template.format(rating=changed.rating, percent=percent), percent, change)
