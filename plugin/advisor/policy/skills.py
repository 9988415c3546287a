"""The skill guideline: points of pay for verified skills that are new since the last pay change, each paid once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from plugin.advisor.policy.pay_policy import SkillPolicy
from plugin.advisor.policy.settings import RewardedSkill
from plugin.advisor.recommendation.snapshot import KINDS_THAT_COUNT, EmployeeRow, SkillEvidence
from plugin.advisor.recommendation.values import BadgePoints
from plugin.domain import BadgeKind, BadgeVerdict, largest_remainder, one_decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class CountedBadge:
    """A badge that counts, with its share of the person's points (a multiple of 0.1)."""

    badge: SkillEvidence
    points: Decimal


@dataclass(frozen=True)
class Refused:
    """A badge that does not count, and why."""

    badge: SkillEvidence
    code: str  # kind, unverified, not_new, expired, rewarded, same_skill


@dataclass(frozen=True)
class SkillPoints:
    """A person's skill guideline. ``points`` of all counted badges sum to ``points``, at most the cap."""

    points: Decimal
    counted: tuple[CountedBadge, ...] = ()
    refused: tuple[Refused, ...] = ()
    capped: bool = False

    @property
    def tenths(self) -> int:
        """``points`` times ten."""
        return int(self.points * 10)

    @property
    def skill_badges(self) -> int:
        """Counted badges of kind skill."""
        return sum(entry.badge.kind == BadgeKind.SKILL for entry in self.counted)

    @property
    def knowledge_badges(self) -> int:
        """Counted badges of kind knowledge."""
        return sum(entry.badge.kind == BadgeKind.KNOWLEDGE for entry in self.counted)

    @property
    def strategic(self) -> int:
        """Counted badges with the strategic flag."""
        return sum(entry.badge.strategic for entry in self.counted)

    @property
    def scarcity(self) -> float:
        """Sum of the counted badges' scarcity, 0 to 1 each."""
        return float(sum((entry.badge.scarcity or ZERO for entry in self.counted), ZERO))

    @property
    def badges(self) -> tuple[BadgePoints, ...]:
        """Each counted badge with its tenths of a point."""
        return tuple(
            BadgePoints(
                one.badge.badge_award_id, one.badge.name, one.badge.issuer, one.badge.issued_on, one.points
            )
            for one in self.counted
        )


NO_POINTS = SkillPoints(ZERO)
Ledger = Mapping[int, Sequence[RewardedSkill]]


def ledger(rewarded: Iterable[RewardedSkill]) -> Ledger:
    """The entries "already rewarded" by person."""
    found: dict[int, list[RewardedSkill]] = {}
    for entry in rewarded:
        found.setdefault(entry.person_id, []).append(entry)
    return found


def points(
    row: EmployeeRow,
    as_of: date,
    policy: SkillPolicy,
    rewarded: Sequence[RewardedSkill] = (),
    further: Sequence[SkillEvidence] = (),
) -> SkillPoints:
    """Points for the new evidence of one person, and for ``further`` evidence: best badge per skill, capped, each tenth linked to
    its badge."""
    if not (row.new_evidence or further):
        return NO_POINTS
    refused: list[Refused] = []
    best: dict[str, tuple[SkillEvidence, Decimal]] = {}
    for badge in sorted((*row.new_evidence, *further), key=lambda b: (b.issued_on, b.badge_award_id)):
        why = _refusal(badge, row, as_of)
        value = ZERO if why else _value(badge, as_of, policy) - _paid_before(badge, as_of, policy, rewarded)
        if why or value <= 0:
            refused.append(why or Refused(badge, "rewarded"))
        elif badge.skill in best and best[badge.skill][1] >= value:
            refused.append(Refused(badge, "same_skill"))
        else:
            if badge.skill in best:
                refused.append(Refused(best[badge.skill][0], "same_skill"))
            best[badge.skill] = (badge, value)
    return _capped(list(best.values()), tuple(refused), policy)


def shrink(found: Sequence[SkillPoints], pays: Sequence[Decimal], policy: SkillPolicy) -> list[SkillPoints]:
    """The same points under the pool cap: when they cost more than ``pool_percent`` of all pay, all shrink alike (rounded down)."""
    cost = sum((p.points * pay for p, pay in zip(found, pays, strict=True)), ZERO)
    if policy.pool_percent is None or cost <= policy.pool_percent * sum(pays, ZERO):
        return list(found)
    factor = policy.pool_percent * sum(pays, ZERO) / cost
    return [_scaled(entry, factor) if entry.points else entry for entry in found]


def _refusal(badge: SkillEvidence, row: EmployeeRow, as_of: date) -> Refused | None:
    since = row.last_pay_change_on
    if badge.kind not in KINDS_THAT_COUNT:
        return Refused(badge, "kind")
    if badge.verdict != BadgeVerdict.VALID:
        return Refused(badge, "unverified")
    if badge.issued_on > as_of or (since is not None and badge.issued_on <= since):
        return Refused(badge, "not_new")
    if badge.expires_on is not None and badge.expires_on < as_of:
        return Refused(badge, "expired")
    return None


def _value(badge: SkillEvidence, as_of: date, policy: SkillPolicy) -> Decimal:
    base = policy.kind_points.get(badge.kind, ZERO) * policy.level_factor.get(badge.level, Decimal(1))
    strategic = policy.strategic_factor if badge.strategic else Decimal(1)
    return base * strategic * (1 + policy.scarcity_weight * dated_scarcity(badge, as_of, policy))


def dated_scarcity(badge: SkillEvidence, as_of: date, policy: SkillPolicy) -> Decimal:
    """The scarcity figure when it has a source and is fresh enough, else 0."""
    if badge.scarcity is None or badge.scarcity_on is None or not badge.scarcity_source:
        return ZERO
    age = as_of - badge.scarcity_on
    return badge.scarcity if timedelta(0) <= age <= timedelta(days=policy.scarcity_valid_days) else ZERO


def _paid_before(
    badge: SkillEvidence, as_of: date, policy: SkillPolicy, rewarded: Sequence[RewardedSkill]
) -> Decimal:
    """What a rewarded badge of the same skill is worth today: only a higher level brings the difference."""
    levels = [entry.level for entry in rewarded if _same(entry, badge)]
    if not levels:
        return ZERO
    one = Decimal(1)
    paid = max(policy.level_factor.get(level, one) for level in levels)
    return _value(badge, as_of, policy) * min(paid / policy.level_factor.get(badge.level, one), one)


def _same(entry: RewardedSkill, badge: SkillEvidence) -> bool:
    """The same skill, or the same badge under a skill that it was linked to only after it was paid."""
    return entry.skill == badge.skill or entry.badge_award_id == badge.badge_award_id


def _capped(
    best: list[tuple[SkillEvidence, Decimal]], refused: tuple[Refused, ...], policy: SkillPolicy
) -> SkillPoints:
    raw = sum((value for _, value in best), ZERO)
    total = one_decimal(min(raw, policy.cap_points))
    return _shared(best, total, refused, capped=raw > policy.cap_points)


def _scaled(entry: SkillPoints, factor: Decimal) -> SkillPoints:
    total = (entry.points * factor * 10).to_integral_value(rounding="ROUND_FLOOR") / 10
    return _shared([(c.badge, c.points) for c in entry.counted], total, entry.refused, capped=True)


def _shared(
    best: list[tuple[SkillEvidence, Decimal]], total: Decimal, refused: tuple[Refused, ...], *, capped: bool
) -> SkillPoints:
    raw = sum((value for _, value in best), ZERO)
    if not best or not raw:
        return SkillPoints(ZERO, (), refused, capped)
    shares = largest_remainder([value * total / raw for _, value in best], total)
    counted = tuple(CountedBadge(badge, share) for (badge, _), share in zip(best, shares, strict=True))
    return SkillPoints(total, counted, refused, capped)
