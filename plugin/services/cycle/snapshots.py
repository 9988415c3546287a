"""Freezes what is known of everybody on one day into the advisor's snapshot."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from plugin.advisor.policy.settings import RewardedSkill
from plugin.advisor.recommendation.snapshot import (
    KINDS_THAT_COUNT,
    EmployeeRow,
    LeavePeriod,
    SkillEvidence,
    Snapshot,
    snapshot,
)
from plugin.domain import BadgeVerdict, HeldRule, Money
from plugin.services.people import plausibility_words
from plugin.store.cycle import facts
from plugin.store.cycle.cycles import Participant
from plugin.store.database import Tx
from plugin.store.evidence import evidence_facts
from plugin.store.people import withheld
from plugin.store.sources import leaves
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.model.training import PastCycle

NEVER = date.min
HELD_RANGES = (HeldRule.RANGE_ORDER, HeldRule.RANGE_CURRENCY)
UNNAMED = "this company"  # machine text


@dataclass(frozen=True)
class LeftOut:
    """An employed person for whom no row can be made, and why."""

    person_id: int
    display_name: str
    reason: str


@dataclass(frozen=True)
class Built:
    """A snapshot with the people in it, those left out, and the ledger "pay a skill once" of that day."""

    snapshot: Snapshot
    participants: tuple[Participant, ...]
    left_out: tuple[LeftOut, ...]
    rewarded: tuple[RewardedSkill, ...]


@dataclass(frozen=True)
class _Facts:
    """Everything that was read, by person where not said otherwise."""

    on: date
    currency: str
    rates: Mapping[str, str]
    pay: dict[int, facts.PayOn]
    ranges: dict[tuple[str, str, str], facts.RangeOn]
    ratings: dict[int, tuple[facts.RatingOn, facts.RatingOn | None]]
    awards: dict[int, list[evidence_facts.AwardOn]]
    hours: dict[int, Decimal]
    scarcity: dict[int, evidence_facts.Scarce]
    leaves: dict[int, list[leaves.Leave]]


def build(
    tx: Tx,
    on: date,
    currency: str,
    rates: Mapping[str, str],
    *,
    label: str = UNNAMED,
    people: Collection[int] | None = None,
) -> Built:
    """The snapshot as of ``on`` in ``currency`` (of ``people`` alone, when given: at most a few thousand): nine queries whatever the number of people.

    ``rates`` turn another currency into ``currency`` (text of a decimal). People without pay, or paid in a currency
    without a rate, are left out and listed. Job, level, place and manager are as they are now, since their history is
    not stored: a snapshot of a day long past is right about pay, ratings and badges, not about moves between jobs.
    """
    employed = facts.employed(tx, on, people=people)
    held = withheld.held_people(tx, people)
    rewarded = evidence_facts.rewarded_before(tx, on)
    read = _Facts(
        on=on,
        currency=currency,
        rates=rates,
        pay=facts.pay_on(tx, on, people=people),
        ranges=facts.ranges_on(tx, on, held=withheld.held_subjects(tx, HELD_RANGES)),
        ratings=facts.ratings_on(tx, on, people=people),
        awards=evidence_facts.awards_on(tx, on, people=people),
        hours=evidence_facts.learning_hours(tx, on, people=people),
        scarcity=evidence_facts.scarcity_on(tx, on),
        leaves=leaves.of_year_before(tx, on, people=people),
    )
    rows: list[EmployeeRow] = []
    taking_part: list[Participant] = []
    left_out: list[LeftOut] = []
    for one in employed:
        why_not = _held(held, one) or _why_not(one, read.pay.get(one.person_id), currency, rates)
        if why_not:
            left_out.append(LeftOut(one.person_id, one.display_name, why_not))
            continue
        rows.append(_row(one, read))
        taking_part.append(Participant(one.person_id, one.manager_id, one.display_name, one.job_title))
    return Built(
        snapshot(on, currency, rows, typical_label=label),
        tuple(taking_part),
        tuple(left_out),
        tuple(_rewarded(entry) for entry in rewarded),
    )


def left_out(tx: Tx, on: date, currency: str, rates: Mapping[str, str]) -> tuple[int, tuple[LeftOut, ...]]:
    """How many people ``build`` would take in, and whom it would leave out; reads people and pay only."""
    people, pay, held = facts.employed(tx, on), facts.pay_on(tx, on), withheld.held_people(tx)
    reasons = [
        (one, _held(held, one) or _why_not(one, pay.get(one.person_id), currency, rates)) for one in people
    ]
    found = tuple(LeftOut(one.person_id, one.display_name, why) for one, why in reasons if why)
    return len(people) - len(found), found


def _held(held: Mapping[int, Collection[HeldRule]], one: facts.Employed) -> str | None:
    found = held.get(one.person_id)
    return (
        _("held until HR has checked: %(rules)s", rules=plausibility_words.labels(found)) if found else None
    )


def _why_not(
    one: facts.Employed, paid: facts.PayOn | None, currency: str, rates: Mapping[str, str]
) -> str | None:
    if paid is None or paid.annual <= 0:
        return _("no pay on file for that date")
    if paid.currency != currency and paid.currency not in rates:
        return _("the cycle needs a rate for %(currency)s", currency=paid.currency)
    if not 0 < one.fte <= 1:
        return _("FTE must be above 0 and at most 1, not %(fte)s", fte=one.fte)
    return None


def _row(one: facts.Employed, read: _Facts) -> EmployeeRow:
    paid = read.pay[one.person_id]
    low, middle, high, problems = _range(one, paid, read)
    newest, before = read.ratings.get(one.person_id, (None, None))
    awards = read.awards.get(one.person_id, [])
    since = paid.changed_on or one.hired_on or NEVER
    fresh = [award for award in awards if award.issued_on > since]
    return EmployeeRow(
        person_id=one.person_id,
        annual=_converted(paid.annual, paid.currency, read),
        fte=one.fte,
        job_family=one.job_family,
        level=one.level,
        country=one.country,
        org_unit=one.org_unit,
        hired_on=one.hired_on,
        range_minimum=low,
        range_midpoint=middle,
        range_maximum=high,
        rating=newest.score if newest else None,
        previous_rating=before.score if before else None,
        rating_label=(newest.label or "") if newest else "",
        last_pay_change_on=paid.changed_on,
        new_evidence=tuple(piece for award in fresh for piece in _evidence(award, read)),
        skills_held=tuple(
            sorted({name for award in awards if _counts(award) for name in _skill_names(award)})
        ),
        learning_hours=read.hours.get(one.person_id, Decimal(0)),
        leaves=tuple(
            LeavePeriod(away.kind, away.started_on, away.ended_on, away.protected)
            for away in read.leaves.get(one.person_id, [])
        ),
        data_problems=problems,
        paid_in=None if paid.currency == read.currency else Money(paid.annual, paid.currency),
    )


def _converted(amount: Decimal, currency: str, read: _Facts) -> Money:
    rate = Decimal(1) if currency == read.currency else Decimal(read.rates[currency])
    exact = amount * rate
    return Money(exact if rate == 1 else exact.quantize(Decimal("0.01")), read.currency)


def _range(
    one: facts.Employed, paid: facts.PayOn, read: _Facts
) -> tuple[Money | None, Money | None, Money | None, tuple[str, ...]]:
    """The range of the person's job, level and country (or the one for all countries), in the cycle's currency."""
    job = (one.job_family, one.level)
    found = read.ranges.get((*job, one.country)) or read.ranges.get((*job, ""))
    if found is None:
        return None, None, None, ()
    if found.is_held or not 0 < found.minimum < found.midpoint < found.maximum:
        return None, None, None, ("pay_range_wrong",)
    if found.currency != read.currency and found.currency not in read.rates:
        return None, None, None, ("pay_range_currency",)
    if found.currency != paid.currency:
        return None, None, None, ("pay_range_currency",)
    ends = (found.minimum, found.midpoint, found.maximum)
    low, middle, high = (_converted(end, found.currency, read) for end in ends)
    return low, middle, high, ()


def _counts(award: evidence_facts.AwardOn) -> bool:
    """Verified, of a trusted issuer, and of a kind that shows a skill; the advisor says of the others why they do not count."""
    return award.verdict == BadgeVerdict.VALID and award.kind in KINDS_THAT_COUNT


def _skill_names(award: evidence_facts.AwardOn) -> tuple[str, ...]:
    return tuple(name for _other, name in award.skills) or (award.name,)


def _evidence(award: evidence_facts.AwardOn, read: _Facts) -> list[SkillEvidence]:
    """One piece per skill of the badge; a badge without linked skills stands for itself."""
    return [_piece(award, skill_id, name, read) for skill_id, name in (award.skills or ((0, award.name),))]


def _piece(award: evidence_facts.AwardOn, skill_id: int, name: str, read: _Facts) -> SkillEvidence:
    scarce = read.scarcity.get(skill_id)
    return SkillEvidence(
        badge_award_id=str(award.award_id),
        name=award.name,
        skill=name,
        kind=award.kind,
        issued_on=award.issued_on,
        issuer=award.issuer,
        programme=award.programme,
        level=award.level,
        strategic=award.strategic,
        scarcity=scarcity_score(scarce) if scarce else None,
        scarcity_on=scarce.measured_on if scarce else None,
        scarcity_source=scarce.source if scarce else "",
        expires_on=award.expires_on,
        verdict=award.verdict,
    )


# What counts as "as scarce as it gets" for each of the four signals; ours, named on the page "How recommendations are made".
FULL_TIME_TO_HIRE_DAYS = Decimal(120)
FULL_REJECTION_PERCENT = Decimal(50)
FULL_NEW_HIRE_PREMIUM = Decimal("0.20")


def scarcity_score(scarce: evidence_facts.Scarce) -> Decimal:
    """0 (plentiful) to 1: the mean of those of three signals that are known (time to hire, refused offers, new-hire pay)."""
    signals: list[Decimal] = []
    if scarce.time_to_hire_days is not None:
        signals.append(scarce.time_to_hire_days / FULL_TIME_TO_HIRE_DAYS)
    if scarce.offer_rejection_percent is not None:
        signals.append(scarce.offer_rejection_percent / FULL_REJECTION_PERCENT)
    if scarce.new_hire_pay_ratio is not None:
        signals.append((scarce.new_hire_pay_ratio - 1) / FULL_NEW_HIRE_PREMIUM)
    if not signals:
        return Decimal(0)
    bounded = [min(max(signal, Decimal(0)), Decimal(1)) for signal in signals]
    return (sum(bounded, Decimal(0)) / len(bounded)).quantize(Decimal("0.01"))


def _rewarded(entry: evidence_facts.Rewarded) -> RewardedSkill:
    return RewardedSkill(
        entry.person_id, entry.skill, entry.level, str(entry.award_id), entry.cycle, entry.rewarded_on
    )


def past_cycles(tx: Tx, currency: str, rates: Mapping[str, str], *, smallest: int = 1) -> list[PastCycle]:
    """What the model learns from: one cycle per calendar year with at least ``smallest`` past raises, oldest first.

    The snapshot is taken on the day before the year's first day of raises, so that nothing of the round itself is in it.
    Who was there and got nothing is a raise of 0.
    """
    from plugin.advisor.model.training import PastCycle  # numpy: not for those who only read a page

    found: list[PastCycle] = []
    for year, (first, last) in _seasons(tx, smallest).items():
        eve = first - timedelta(days=1)
        got = facts.raises_between(tx, eve, last)
        built = build(tx, eve, currency, rates)
        raises = {row.person_id: got.get(row.person_id, Decimal(0)) for row in built.snapshot.rows}
        found.append(PastCycle(year, built.snapshot, raises, built.rewarded))
    return found


def _seasons(tx: Tx, smallest: int) -> dict[int, tuple[date, date]]:
    """First and last day of raises of each year that has enough of them."""
    days = facts.raise_days(tx)
    number: dict[int, int] = {}
    for day, n in days:
        number[day.year] = number.get(day.year, 0) + n
    return {
        year: (min(d for d, _other in days if d.year == year), max(d for d, _other in days if d.year == year))
        for year, n in sorted(number.items())
        if n >= smallest
    }
