"""Skill points: only verified new skill and knowledge, once, capped, each tenth linked to its badge."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.policy import skills
from plugin.advisor.policy.pay_policy import SkillPolicy
from plugin.advisor.policy.settings import RewardedSkill
from plugin.advisor.recommendation.snapshot import SkillEvidence
from tests.advisor.advisor_company import AS_OF, badge, people, person

RULES = SkillPolicy()


def points(
    *evidence: SkillEvidence, rewarded: tuple[RewardedSkill, ...] = (), rules: SkillPolicy = RULES
) -> skills.SkillPoints:
    return skills.points(person(new_evidence=evidence), AS_OF, rules, rewarded)


@pytest.mark.parametrize("kind", ["performance", "membership", "contribution", "unheard_of"])
def test_badges_that_show_no_skill_never_count(kind: str) -> None:
    generous = SkillPolicy(kind_points={kind: Decimal(1), "skill": Decimal(1)})
    found = points(badge(kind=kind), rules=generous)
    assert found.points == 0
    assert [entry.code for entry in found.refused] == ["kind"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"verdict": "invalid"}, "unverified"),
        ({"verdict": "undetermined"}, "unverified"),
        ({"issued_on": person().last_pay_change_on}, "not_new"),
        ({"issued_on": AS_OF + timedelta(days=1)}, "not_new"),
        ({"expires_on": AS_OF - timedelta(days=1)}, "expired"),
    ],
)
def test_badge_that_proves_nothing_new_is_refused_with_its_reason(
    changes: dict[str, object], code: str
) -> None:
    found = points(badge(**changes))
    assert (found.points, found.refused[0].code) == (0, code)


def test_kind_level_strategy_and_dated_scarcity_set_the_points() -> None:
    assert points(badge(level="")).points == Decimal("0.4")
    assert points(badge(kind="knowledge")).points == Decimal("0.2")
    assert points(badge(level="expert")).points == Decimal("0.6")
    assert points(badge(level="expert", strategic=True)).points == Decimal("0.9")
    scarce = badge(
        scarcity=Decimal("0.5"), scarcity_on=AS_OF - timedelta(days=10), scarcity_source="example survey"
    )
    assert points(scarce).points == Decimal("0.6")


@pytest.mark.parametrize(
    "stale",
    [
        {"scarcity_on": None, "scarcity_source": "example survey"},
        {"scarcity_on": AS_OF - timedelta(days=400), "scarcity_source": "example survey"},
        {"scarcity_on": AS_OF + timedelta(days=1), "scarcity_source": "example survey"},
        {"scarcity_on": AS_OF, "scarcity_source": ""},
    ],
)
def test_scarcity_without_fresh_date_and_source_is_ignored(stale: dict[str, object]) -> None:
    assert points(badge(scarcity=Decimal(1), **stale)).points == Decimal("0.4")


def test_a_skill_is_paid_once() -> None:
    paid = (RewardedSkill(1, "skill-b1", "intermediate", cycle="spring 2025"),)
    found = points(badge(), rewarded=paid)
    assert found.points == 0
    assert found.refused[0].code == "rewarded"


def test_a_higher_level_of_a_paid_skill_brings_the_difference() -> None:
    paid = (RewardedSkill(1, "skill-b1", "foundational"),)
    assert points(badge(level="expert"), rewarded=paid).points == Decimal("0.3")


def test_a_paid_badge_that_is_linked_to_another_skill_later_is_not_paid_again() -> None:
    paid = (RewardedSkill(1, "a former skill", "intermediate", "b1", "spring 2025"),)
    found = points(badge("b1"), rewarded=paid)
    assert (found.points, [entry.code for entry in found.refused]) == (0, ["rewarded"])


def test_two_badges_for_one_skill_count_once_and_the_better_one() -> None:
    found = points(badge("a", skill="python"), badge("b", skill="python", level="expert"))
    assert [entry.badge.badge_award_id for entry in found.counted] == ["b"]
    assert [entry.code for entry in found.refused] == ["same_skill"]


evidence = st.builds(
    lambda n, kind, level, strategic, scarcity: badge(
        f"x{n}",
        kind=kind,
        level=level,
        strategic=strategic,
        scarcity=scarcity,
        scarcity_on=AS_OF,
        scarcity_source="example",
    ),
    st.integers(0, 9),
    st.sampled_from(["skill", "knowledge", "performance"]),
    st.sampled_from(["", "foundational", "advanced", "expert"]),
    st.booleans(),
    st.decimals(0, 1, places=2),
)


@given(st.lists(evidence, max_size=8, unique_by=lambda b: b.badge_award_id))
def test_tenths_of_the_badges_sum_to_the_points_within_the_cap(found: list[SkillEvidence]) -> None:
    result = points(*found)
    assert sum((entry.points for entry in result.counted), Decimal(0)) == result.points
    assert result.points <= RULES.cap_points
    assert all(entry.points % Decimal("0.1") == 0 and entry.points >= 0 for entry in result.counted)
    assert len(result.counted) + len(result.refused) == len(found)
    assert [e.points for e in result.badges] == [e.points for e in result.counted]


@given(st.lists(evidence, max_size=5, unique_by=lambda b: b.badge_award_id))
def test_one_more_badge_never_lowers_the_points(found: list[SkillEvidence]) -> None:
    assert points(*found, badge("new")).points >= points(*found).points


@given(st.decimals("0.05", 2, places=2))
def test_pool_cap_holds_and_tenths_still_link(percent: Decimal) -> None:
    rules = SkillPolicy(pool_percent=percent)
    rows = people(40)
    before = [skills.points(row, AS_OF, rules) for row in rows]
    pays = [row.paid.amount for row in rows]
    after = skills.shrink(before, pays, rules)
    cost = sum((a.points * pay for a, pay in zip(after, pays, strict=True)), Decimal(0))
    assert cost <= percent * sum(pays, Decimal(0))
    assert all(a.points <= b.points for a, b in zip(after, before, strict=True))
    assert all(sum((c.points for c in a.counted), Decimal(0)) == a.points for a in after)
