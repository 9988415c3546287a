"""The study's panel from the company's own records: person by half-year or year, and what could not be built, said in words."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import SystemRandom

import numpy as np
import numpy.typing as npt

from plugin.advisor.study.panel import LearningPanel
from plugin.advisor.study.panel_models import HALVES_FROM, take
from plugin.domain import BadgeKind, JsonObject
from plugin.errors import InvalidInput
from plugin.figures.writing import day, decimals, whole_percent
from plugin.services.core import Actor, Core
from plugin.services.model import study_levels
from plugin.services.model.study_levels import Levels
from plugin.store.database import Tx
from plugin.store.evidence import learning_time
from plugin.store.model import study
from plugin.store.model.study import Earned, Result
from plugin.store.operation import audits
from plugin.texts import N_, _, counted, ngettext

OUTCOMES = {"rating": N_("performance rating, 1 to 5"), "raise": N_("raise, points of pay")}
COUNTED = (
    BadgeKind.KNOWLEDGE,
    BadgeKind.SKILL,
)  # the other kinds are "other", but for those that show no learning
NO_LEARNING = (BadgeKind.PERFORMANCE, BadgeKind.MEMBERSHIP)
FEWEST_PERIODS = 2  # a person with one is compared with nobody by the person effects
FEWEST_PEOPLE = 30  # fewer would tell of single people, and of nothing else
WARNINGS = {
    "rating": (
        N_("Ratings are steps of judgment, read as if they were equally far apart."),
        N_(
            "Raters may know of a badge and reward the badge itself. Then the result measures the rater, not performance."
        ),
    ),
    "raise": (
        N_(
            "Raises follow the policy. Where it pays for badges, the result shows the policy’s points, not an effect of learning."
        ),
    ),
}
SHORT_GAP = 270  # days between a person's results below which the panel is one of half-years

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Built:
    """``promotions``: the rows whose promotions are known, None when none are. ``notes`` say what is in it and what is not."""

    panel: LearningPanel
    promotions: LearningPanel | None
    outcome: str
    period: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One person and period: ``index`` counts periods, ``ended_on`` is the last day of the months that it covers."""

    person_id: int
    index: int
    ended_on: date
    value: float


def build(core: Core, actor: Actor, outcome: str | None = None) -> Built:
    """The panel of everybody with results in enough periods. ``outcome`` None: ratings, where there are any, else raises.

    A row covers the months up to its result: the badges that were earned in them and the hours of the year up to then.
    People appear as numbers in no order of the store. InvalidInput when there are too few people, results or badges.
    """
    with core.database.reading() as tx:
        chosen, results = _results(tx, outcome)
        months = 6 if _is_half_yearly(results) else 12
        badges = study.earned(tx)
        rows, dropped = _kept([_row(one, months, chosen) for one in results], badges)
        hours = _hours(tx, rows)
        levels, ends = study_levels.read(tx), learning_time.ends(tx)
    panel, promotions = _panel(rows, badges, hours, levels, months)
    told = ends[0] if ends else None
    period = "half-year" if months == 6 else "year"
    notes = (*_notes(chosen, period, (panel, promotions), levels, told), *dropped)
    detail: JsonObject = {"outcome": chosen, "rows": len(panel), "people": len(np.unique(panel.person))}
    with core.database.transaction() as tx:
        audits.append(tx, core.clock(), actor.name, "study.build", "study:store", detail)
    return Built(panel, promotions, chosen, period, notes)


def _results(tx: Tx, outcome: str | None) -> tuple[str, list[Result]]:
    reads = {"rating": study.ratings, "raise": study.raises}
    for name in reads if outcome is None else [outcome]:
        if found := reads[name](tx):
            return name, found
    raise InvalidInput(
        _("The store holds no ratings or raises to compare badges with."),
        remedy=_("Connect a source of ratings first."),
    )


def _is_half_yearly(results: Sequence[Result]) -> bool:
    gaps = [
        (after.on - before.on).days
        for before, after in pairwise(results)
        if before.person_id == after.person_id
    ]
    return bool(gaps) and statistics.median(gaps) < SHORT_GAP


def _kept(results: Sequence[Row], badges: Sequence[Earned]) -> tuple[list[Row], list[str]]:
    """One row a person and period, of people with enough of them, from the time on in which badges are known."""
    if not badges:
        raise InvalidInput(
            _("The store holds no verified badge from a trusted issuer."), remedy=_("Verify badges first.")
        )
    first = min(badge.on for badge in badges)
    since = [row for row in results if row.ended_on >= first]
    newest = {(row.person_id, row.index): row for row in since}
    by_person: dict[int, list[Row]] = defaultdict(list)
    for row in newest.values():
        by_person[row.person_id].append(row)
    enough = [mine for mine in by_person.values() if len(mine) >= FEWEST_PERIODS]
    if len(enough) < FEWEST_PEOPLE:
        raise InvalidInput(
            ngettext(
                "Only %(num)s employee has results in %(periods)s or more periods since the first verified badge.",
                "Only %(num)s employees have results in %(periods)s or more periods since the first verified badge.",
                len(enough),
                periods=FEWEST_PERIODS,
            ),
            remedy=_(
                "At least %(least)s employees are needed. Import more years of ratings, raises or badges.",
                least=FEWEST_PEOPLE,
            ),
        )
    return [row for mine in enough for row in mine], [
        _(
            "Left out: results before the first verified badge (%(day)s): %(early)s; results replaced by a newer one in the "
            "same period: %(replaced)s; employees with fewer than %(periods)s periods: %(people)s.",
            day=day(first),
            early=counted(len(results) - len(since)),
            replaced=counted(len(since) - len(newest)),
            periods=FEWEST_PERIODS,
            people=counted(len(by_person) - len(enough)),
        )
    ]


def _row(one: Result, months: int, outcome: str) -> Row:
    """A rating covers the months up to its own; a raise those up to the month before it."""
    index = (one.on.year * 12 + one.on.month - 1) // months
    ended_on = _month_end(one.on) if outcome == "rating" else _months_before(one.on, 1)
    return Row(one.person_id, index, ended_on, float(one.value))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_before(ended_on: date, months: int) -> date:
    """The last day of the month so many months earlier."""
    count = ended_on.year * 12 + ended_on.month - 1 - months
    return _month_end(date(count // 12, count % 12 + 1, 1))


def _hours(tx: Tx, rows: Sequence[Row]) -> Mapping[tuple[int, date], Decimal]:
    """Learning time of the twelve months up to each row's end, each hour once; a query an end."""
    found = {}
    for ended_on in sorted({row.ended_on for row in rows}):
        begin, end = _after(_months_before(ended_on, 12)), _after(ended_on)
        for person_id, spent in learning_time.by_person(tx, begin, end):
            found[person_id, ended_on] = spent.hours
    return found


def _after(day: date) -> datetime:
    """The last moment of the day, UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1) - timedelta(microseconds=1)


def _panel(
    rows: Sequence[Row],
    badges: Iterable[Earned],
    hours: Mapping[tuple[int, date], Decimal],
    levels: Levels,
    months: int,
) -> tuple[LearningPanel, LearningPanel | None]:
    mine: dict[int, list[Earned]] = defaultdict(list)
    for badge in badges:
        mine[badge.person_id].append(badge)
    earned = [_earned(mine[row.person_id], row.ended_on, months) for row in rows]
    counts = np.array([_counts(some) for some in earned], np.int64)
    moved = [levels.moved(row.person_id, _months_before(row.ended_on, months), row.ended_on) for row in rows]
    panel = LearningPanel(
        person=_numbers([row.person_id for row in rows]),
        half_year=np.array([row.index for row in rows], np.int64),
        annual_hours=np.array([float(hours.get((row.person_id, row.ended_on), 0)) for row in rows]),
        knowledge=counts[:, 0],
        skill=counts[:, 1],
        other=counts[:, 2],
        strategic=counts[:, 3],
        target=np.array([row.value for row in rows]),
        promoted=np.array([bool(one) for one in moved]),
    )
    known = np.array([one is not None for one in moved])
    return panel, take(panel, known) if known.any() else None


def _earned(badges: Sequence[Earned], ended_on: date, months: int) -> Sequence[Earned]:
    """Those of the months up to ``ended_on``; ``badges`` are one person's, oldest first."""
    days = [badge.on for badge in badges]
    return badges[bisect_right(days, _months_before(ended_on, months)) : bisect_right(days, ended_on)]


def _counts(badges: Sequence[Earned]) -> tuple[int, int, int, int]:
    """knowledge, skill, other, strategic."""
    learned = [badge for badge in badges if badge.kind not in NO_LEARNING]
    named = [sum(badge.kind == kind for badge in learned) for kind in COUNTED]
    return named[0], named[1], len(learned) - sum(named), sum(badge.strategic for badge in learned)


def _numbers(person_ids: Sequence[int]) -> Ints:
    """Each person's number from 0 on, drawn anew each time: it leads back to nobody."""
    people = sorted(set(person_ids))
    drawn = list(range(len(people)))
    SystemRandom().shuffle(drawn)
    number = dict(zip(people, drawn, strict=True))
    return np.array([number[one] for one in person_ids], np.int64)


# --- what is said of it ---------------------------------------------------------------------------------------------


def _notes(
    outcome: str,
    period: str,
    panels: tuple[LearningPanel, LearningPanel | None],
    levels: Levels,
    told: datetime | None,
) -> list[str]:
    """``told``: when the first learning record happened."""
    panel, promotions = panels
    badges = {kind: int(getattr(panel, kind).sum()) for kind in ("knowledge", "skill", "other", "strategic")}
    per_person = np.bincount(panel.person)
    long = int((per_person >= HALVES_FROM).sum())
    hours = panel.annual_hours
    return [
        _(
            "Outcome: %(outcome)s. The study’s outcome was percent of a sales target, so its points are not these points.",
            outcome=_(OUTCOMES[outcome]),
        ),
        _("A period is a half-year.") if period == "half-year" else _("A period is a year."),
        _(
            "Badges earned in each period, verified and from trusted issuers. Knowledge: %(knowledge)s. Skill: %(skill)s. "
            "Other (contribution or unclassified): %(other)s. Strategic: %(strategic)s.",
            **{kind: counted(number) for kind, number in badges.items()},
        ),
        _("Performance and membership badges do not count."),
        _(
            "Learning hours of the twelve months up to the end of each period: %(hours)s on average, any in %(share)s of the rows.",
            hours=decimals(float(hours.mean()), 1),
            share=whole_percent(float((hours > 0).mean())),
        ),
        *_since(told),
        *_of_promotions(panel, promotions, levels),
        _(
            "Employees with %(least)s or more periods, whom the jackknife needs: %(long)s of %(people)s.",
            least=HALVES_FROM,
            long=counted(long),
            people=counted(len(per_person)),
        ),
        *map(_, WARNINGS[outcome]),
    ]


def _since(told: datetime | None) -> list[str]:
    if told is None:
        return []
    return [
        _(
            "The first learning record is from %(day)s. Before it, 0 hours means unknown.",
            day=day(told.date()),
        )
    ]


def _of_promotions(panel: LearningPanel, promotions: LearningPanel | None, levels: Levels) -> list[str]:
    if promotions is None:
        return [
            _("Promotions are unknown and left out. The store keeps only today’s level."),
            ngettext(
                "A change of level needs snapshots of two cycles one period apart; %(num)s can be read.",
                "A change of level needs snapshots of two cycles one period apart; %(num)s can be read.",
                levels.snapshots,
            ),
        ]
    return [
        ngettext(
            "Promotions are known for %(known)s of %(rows)s rows, from the levels in %(num)s snapshot.",
            "Promotions are known for %(known)s of %(rows)s rows, from the levels in %(num)s snapshots.",
            levels.snapshots,
            known=counted(len(promotions)),
            rows=counted(len(panel)),
        ),
        ngettext(
            "%(num)s change of level counts as a promotion, since levels have no order.",
            "%(num)s changes of level count as promotions, since levels have no order.",
            int(promotions.promoted.sum()),
        ),
    ]
