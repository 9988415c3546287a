"""Answers "what would change it?" for things a person can do, by asking rules and model again; never an effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from plugin.advisor.model import features
from plugin.advisor.policy import guideline, skills
from plugin.advisor.policy.rounding import points
from plugin.advisor.policy.skills import SkillPoints
from plugin.advisor.recommendation import ledger_steps
from plugin.advisor.recommendation.columns import changed
from plugin.advisor.recommendation.context import Context
from plugin.advisor.recommendation.frame import Frame
from plugin.advisor.recommendation.recommend import Run
from plugin.advisor.recommendation.snapshot import SkillEvidence
from plugin.advisor.recommendation.values import NO_FACTS, Facts, WhatIf, WhatIfCode
from plugin.domain import BadgeKind

TOP_RATING = Decimal(5)
MOST_BADGES = 4
HALF = 5  # tenths of a point


def what_ifs(run: Run, person_id: int) -> tuple[WhatIf, ...]:
    """A further skill badge, a further strategic one, the next rating, and how many badges bring it beyond the next half point;
    nothing while the advisor gives no number.

    The change is computed before the budget, whose shift is taken as it is, and without the pool cap of skills. InvalidInput for a person not in the snapshot.
    """
    return what_ifs_of(run, [run.context.snapshot.position(person_id)])[0]


def what_ifs_of(run: Run, positions: Sequence[int]) -> list[tuple[WhatIf, ...]]:
    """``what_ifs`` of many rows of the snapshot at once, in their order: about ten times quicker than one by one."""
    loud = [i for i in positions if not _silent(run, i)]
    tries = {i: _tries(run.context, i) for i in loud}
    tenths = iter(_tenths(run.context, [Try(i) for i in loud] + [one for i in loud for one in tries[i]]))
    starts = {i: next(tenths) for i in loud}
    gains = {i: [next(tenths) - starts[i] for _ in tries[i]] for i in loud}
    found = {i: [_what_if(run, *each) for each in zip(tries[i], gains[i], strict=True)] for i in loud}
    for i, way in _ways(run, starts, {i: gains[i][0] for i in loud}).items():
        found[i].append(way)
    return [tuple(found.get(i, ())) for i in positions]


@dataclass(frozen=True)
class Try:
    """The row at a position of the snapshot with further badges or another rating; None = its own. ``code`` None: as it is."""

    position: int
    code: WhatIfCode | None = None
    further: tuple[SkillEvidence, ...] = ()
    rating: Decimal | None = None


def _tries(context: Context, i: int) -> list[Try]:
    """A further skill badge first."""
    one, strategic = further_badges(context, 1), further_badges(context, 1, strategic=True)
    found = [
        Try(i, WhatIfCode.FURTHER_SKILL, one),
        Try(i, WhatIfCode.FURTHER_STRATEGIC_SKILL, strategic),
    ]
    rating = context.snapshot.rows[i].rating
    if rating is not None and rating < TOP_RATING:
        found.append(Try(i, WhatIfCode.NEXT_RATING, rating=min(rating + 1, TOP_RATING)))
    return found


def _ways(run: Run, starts: Mapping[int, int], one: Mapping[int, int]) -> dict[int, WhatIf]:
    """By position, for whom a badge brings something (``one``, in tenths) and who is below the guideline's high end: the fewest
    badges to the next whole half point above what one badge brings."""
    high = run.steps.guideline[:, 3] + run.steps.reserved
    now = {i: int(run.steps.percent[i]) for i in starts if one[i] > 0 and run.steps.percent[i] < high[i]}
    targets = {i: ((percent + one[i]) // HALF + 1) * HALF for i, percent in now.items()}
    return _fewest(run, starts, targets, range(2, MOST_BADGES + 1))


def path(run: Run, person_id: int, target: Decimal, *, at_most: int = MOST_BADGES) -> WhatIf | None:
    """The fewest further skill badges that bring the recommendation to ``target`` points; None when ``at_most`` do not."""
    i = run.context.snapshot.position(person_id)
    if _silent(run, i):
        return None
    starts = {i: _tenths(run.context, [Try(i)])[0]}
    return _fewest(run, starts, {i: int(target * 10)}, range(1, at_most + 1)).get(i)


def _fewest(
    run: Run, starts: Mapping[int, int], targets: Mapping[int, int], counts: range
) -> dict[int, WhatIf]:
    """By position: the first number of badges that reaches the target (tenths). Who gains nothing by another badge is at a cap
    and asked no further; ``starts``: tenths of the rows as they are, before the budget."""
    found: dict[int, WhatIf] = {}
    waiting = dict.fromkeys(targets, 0)  # position -> gain of the badges so far
    for badges in counts:
        further = further_badges(run.context, badges)
        tenths = _tenths(run.context, [Try(i, further=further) for i in waiting])
        gains = {i: value - starts[i] for i, value in zip(waiting, tenths, strict=True)}
        for i, gain in gains.items():
            if gain > 0 and int(run.steps.percent[i]) + gain >= targets[i]:
                found[i] = _way(run, i, badges, gain)
        waiting = {i: gain for i, gain in gains.items() if i not in found and gain > waiting[i]}
    return found


def _way(run: Run, i: int, badges: int, gain: int) -> WhatIf:
    return WhatIf(WhatIfCode.PATH, _percent(run, i) + points(gain), points(gain), Facts(badges=badges))


def further_badges(context: Context, count: int, *, strategic: bool = False) -> tuple[SkillEvidence, ...]:
    """Verified skill badges, issued on the snapshot's day, for skills that nobody has yet."""
    day = context.snapshot.as_of
    names = [f"what-if-{n}" for n in range(count)]
    return tuple(
        SkillEvidence(name, "", name, BadgeKind.SKILL, day, "", strategic=strategic) for name in names
    )


def _silent(run: Run, i: int) -> bool:
    silent = run.abstentions[i] is not None or not run.context.frame.eligible[i].takes_part
    return silent or bool(run.fixed[i])


def _tenths(context: Context, tries: Sequence[Try]) -> list[int]:
    """Tenths of a point that each would get, before the budget."""
    if not tries:
        return []
    found = _frame(context, tries)
    delta = np.zeros(len(tries))
    if context.predictor is not None:
        delta = context.predictor.delta(features.build(found.columns, context.predictor.features))
    ids = [context.snapshot.rows[one.position].person_id for one in tries]
    adjustment = ledger_steps.tenths_by_person(ids, context.settings.adjustments)
    most = context.settings.largest
    steps = ledger_steps.compute(found, context.policy, delta, adjustment, largest=most)
    held = steps.percent if most is None else np.minimum(steps.percent, int(most * 10))
    tenths: list[int] = held.tolist()
    return tenths


def _frame(context: Context, tries: Sequence[Try]) -> Frame:
    """The rows' own columns, but for what badges and ratings move: who takes part stays as it is."""
    known = context.frame
    where = np.array([one.position for one in tries], dtype=np.int64)
    own = known.columns.rating[where]
    rating = np.array([np.nan if one.rating is None else float(one.rating) for one in tries])
    found = tuple(_skills(context, one) for one in tries)
    table = changed(known.columns, where, np.where(np.isnan(rating), own, rating), found)
    eligible = tuple(known.eligible[one.position] for one in tries)
    return Frame(eligible, found, table, guideline.bands(context.policy.matrix, table))


def _skills(context: Context, one: Try) -> SkillPoints:
    """Without the pool cap, which a single person's badge does not move."""
    policy = context.policy.skills
    if not one.further and policy.pool_percent is None:
        return context.frame.skills[one.position]
    row = context.snapshot.rows[one.position]
    rewarded = context.rewarded.get(row.person_id, ())
    return skills.points(row, context.snapshot.as_of, policy, rewarded, one.further)


def _percent(run: Run, i: int) -> Decimal:
    return points(int(run.steps.percent[i]))


def _what_if(run: Run, tried: Try, gain: int) -> WhatIf:
    assert tried.code is not None
    facts = NO_FACTS if tried.rating is None else Facts(rating=tried.rating)
    return WhatIf(tried.code, _percent(run, tried.position) + points(gain), points(gain), facts)
