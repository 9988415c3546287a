"""What each answer to a conflict does to pay: HR's answer and the refresh after it are rehearsed, and nothing of them stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import Recommendation
from plugin.domain import IdentityAnswer, Money
from plugin.errors import AdvisorError, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.cycle import refresh
from plugin.services.cycle.change_desk import OPEN
from plugin.services.decision import recommendation
from plugin.services.sources import conflicts
from plugin.services.sources.conflicts import Case, Wish
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.evidence import badges
from plugin.store.sources import intake
from plugin.texts import _, counted

MOST_RECORDS = 500
"""That wait: each answer moves them while the page waits, and others who write wait as well."""
MOST_PEOPLE = 5000
"""Of the cycle, whose snapshot is read while the page waits: 20,000 took 15 s on a busy machine."""
Choice: TypeAlias = tuple[IdentityAnswer, int | None]


@dataclass(frozen=True)
class Effect:
    """What an answer does to one person's recommendation; nothing where ``why_none`` says why not.

    ``percent`` and ``yearly`` say by how much it changes, ``once`` the lump sum. None: no recommendation.
    ``is_conditional``: once the badges that come with it are verified. ``is_mixed``: other data of the person has changed since
    the recommendation was made, and counts in the figure.
    """

    person_id: int
    why_none: str = ""
    before: Decimal | None = None
    after: Decimal | None = None
    yearly: Money | None = None
    once: Money | None = None
    is_conditional: bool = False
    is_mixed: bool = False


@dataclass(frozen=True)
class Effects:
    """By answer, one per person; an answer that lacks a day is absent. ``why_none``: why there are none at all."""

    by_choice: Mapping[Choice, Sequence[Effect]]
    cycle: str = ""
    why_none: str = ""


@dataclass(frozen=True)
class _Data:
    """People's data of one day by id, why some have none, and whose counts a badge that is not checked yet."""

    rows: Mapping[int, EmployeeRow]
    lacking: Mapping[int, str]
    supposed: Collection[int] = ()


def of(core: Core, actor: Actor, case: Case) -> Effects:
    """Of the newest open cycle."""
    people = [side.person.id for side in case.sides]
    with core.database.reading() as tx:
        found = next((one for one in cycles.newest_first(tx) if one.state in OPEN), None)
        if found is None:
            return Effects({}, why_none=_("No effect on pay: no cycle is open."))
        if len(case.records) > MOST_RECORDS or cycles.people(tx, found.id)[0] > MOST_PEOPLE:
            return Effects(
                {},
                why_none=_(
                    "The effect on pay isn’t calculated here for more than %(people)s employees or %(records)s records. "
                    "The list of changes shows it after your answer.",
                    people=counted(MOST_PEOPLE),
                    records=counted(MOST_RECORDS),
                ),
            )
        now = _data(tx, core, found, people)
        stored = recommendations.current(tx, found.id, people)
    standing = {who: recommendation.without_others(one) for who, one in stored.items()}
    try:
        moved = {choice: _rehearsed(core, actor, case, found, wish) for choice, wish in _wishes(case).items()}
        made = _made(core, actor, found, now, moved, standing.keys())
    except AdvisorError as error:
        return Effects({}, why_none=_("The effect on pay could not be calculated: %(error)s.", error=error))
    mixed = {who for who, one in standing.items() if who in now.rows and _differs(one.row, now.rows[who])}
    return Effects(
        {
            choice: [
                replace(
                    _effect(found, who, now, moved[choice], standing.get(who), made[choice].get(who)),
                    is_mixed=who in mixed,
                )
                for who in people
            ]
            for choice in moved
        },
        found.name,
    )


def _wishes(case: Case) -> dict[Choice, Wish]:
    wishes: dict[Choice, Wish] = {
        (IdentityAnswer.ONE_PERSON, side.person.id): Wish(IdentityAnswer.ONE_PERSON, side.person.id)
        for side in case.sides
    }
    days = list(case.starts.values())
    if days and len(set(days)) == len(days):
        wishes[IdentityAnswer.HANDED_ON, None] = Wish(IdentityAnswer.HANDED_ON)
    return {**wishes, (IdentityAnswer.SHARED, None): Wish(IdentityAnswer.SHARED)}


def _data(tx: Tx, core: Core, found: Cycle, people: Collection[int]) -> _Data:
    built = refresh.today(tx, core, found, people)
    return _Data(
        {row.person_id: row for row in built.snapshot.rows},
        {one.person_id: one.reason for one in built.left_out},
    )


def _rehearsed(core: Core, actor: Actor, case: Case, found: Cycle, wish: Wish) -> _Data:
    """The data after the answer, with its badges verified."""
    people = [side.person.id for side in case.sides]
    with core.database.rehearsing() as unreal:
        stage = replace(core, database=unreal)
        with unreal.transaction() as tx:
            if intake.connections_with_pending(tx):
                raise NotAllowed(_("records are being read; load this page again later"))
            before = badges.unchecked(tx, people)
        conflicts.answer(stage, actor, case.kind, case.value, wish)
        with unreal.transaction() as tx:
            supposed = badges.suppose_proven(tx, badges.unchecked(tx, people) - before)
            return replace(_data(tx, core, found, people), supposed=supposed)


def _made(
    core: Core,
    actor: Actor,
    found: Cycle,
    now: _Data,
    moved: Mapping[Choice, _Data],
    taking_part: Collection[int],
) -> dict[Choice, dict[int, Recommendation]]:
    """What a refresh of those whose data an answer changes would recommend. Answers with the same data are advised once."""
    ways = {
        choice: tuple(
            row for who, row in data.rows.items() if who in taking_part and row != now.rows.get(who)
        )
        for choice, data in moved.items()
    }
    different = list(dict.fromkeys(rows for rows in ways.values() if rows))
    advised = (
        dict(zip(different, refresh.tried(core, actor, found.id, different), strict=True))
        if different
        else {}
    )
    return {choice: advised.get(rows, {}) for choice, rows in ways.items()}


def _differs(before: EmployeeRow, now: EmployeeRow) -> bool:
    """Learning hours grow every day."""
    return replace(before, learning_hours=now.learning_hours) != now


def _effect(
    found: Cycle,
    who: int,
    now: _Data,
    moved: _Data,
    standing: recommendation.PersonRecommendation | None,
    made: Recommendation | None,
) -> Effect:
    none = Effect(who)
    if standing is None:
        return replace(none, why_none=_("not in “%(cycle)s”", cycle=found.name))
    if who not in moved.rows:
        return replace(none, why_none=moved.lacking.get(who) or _("no longer employed"))
    before = standing.recommendation
    if made is None:
        return replace(none, why_none=_("no record counts for the recommendation"))
    if before.percent is None and made.percent is None:
        return replace(none, why_none=_("without a recommendation before and after"))
    yearly = _amount(made, found) - _amount(before, found)
    once = made.lump_sum - before.lump_sum
    if before.percent == made.percent and not yearly.amount and not once.amount:
        return replace(none, why_none=_unpaid(now.rows.get(who), moved.rows[who]))
    return replace(
        none,
        before=before.percent,
        after=made.percent,
        yearly=yearly,
        once=once,
        is_conditional=who in moved.supposed,
    )


def _amount(made: Recommendation, found: Cycle) -> Money:
    return made.amount if made.amount is not None else Money(Decimal(0), found.currency)


def _unpaid(before: EmployeeRow | None, after: EmployeeRow) -> str:
    if before is not None and before.new_evidence == after.new_evidence:
        return _("no record counts for the recommendation")
    return _("no record counts for a skill that is paid")
