"""No rule gives more than anyone may decide: the advisor is silent, or splits the step to the range minimum."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.advisor.policy.pay_policy import Eligibility, Policy, RangeRules
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec, recommend
from plugin.advisor.recommendation.snapshot import EmployeeRow, snapshot
from plugin.advisor.recommendation.values import AbstainCode, NoteCode, Recommendation
from plugin.domain import RecommendationStatus
from tests.advisor.advisor_company import AS_OF, euro, person, policy

D = Decimal
MOST = D(25)
SPLIT = RangeRules(split_shortfall=True)


def one(row: EmployeeRow, rules: Policy | None = None, **chosen: object) -> Recommendation:
    settings = AdvisorSettings(**({"largest": MOST} | chosen))  # type: ignore[arg-type]
    return recommend.recommend(snapshot(AS_OF, "EUR", [row]), rules or policy(), None, settings)[0]


def test_a_weeks_pay_read_as_a_months_gets_no_figure() -> None:
    """1,000 a week taken for 12,000 a year, below a range that starts at 48,000."""
    found = one(person(annual=euro(12_000)))
    assert (found.status, found.percent, found.amount) == (RecommendationStatus.ABSTAINED, None, None)
    assert found.abstain_code is AbstainCode.ABOVE_MAXIMUM
    before = one(
        person(annual=euro(12_000)), largest=None
    )  # what a run without the limit says: a replay of it stays as it was
    assert before.percent is not None
    assert before.percent > 300


@pytest.mark.parametrize(("adjusted", "is_held"), [("22.5", False), ("22.6", True)])
def test_the_limit_itself_is_allowed_whatever_gives_it(adjusted: str, is_held: bool) -> None:
    """Merit gives 2.5 points on top of the adjustment."""
    found = one(person(range_maximum=euro(200_000)), adjustments={"1": D(adjusted)})
    assert (found.percent is None) is is_held
    if not is_held:
        assert found.percent == MOST


def test_neither_a_fixed_raise_nor_a_late_hire_passes_it() -> None:
    low = person(annual=euro(36_000))  # 33.4 points below the range minimum of 48,000
    assert one(low, locked={"1": D("2.0")}).abstain_code is AbstainCode.ABOVE_MAXIMUM
    nobody = policy(eligibility=Eligibility(exempt_countries=(), hired_by=AS_OF.replace(year=1990)))
    assert one(low, nobody).abstain_code is AbstainCode.ABOVE_MAXIMUM


def test_a_policy_may_split_a_shortfall_over_cycles() -> None:
    found = one(person(annual=euro(36_000)), policy(ranges=SPLIT))
    assert (found.status, found.percent) == (RecommendationStatus.POLICY_ONLY, MOST)
    assert [note.code for note in found.notes] == [NoteCode.SPLIT_SHORTFALL]
    near = person(
        annual=euro(36_000) + euro(9_000)
    )  # next year: 6.7 points are left, and merit is there again
    second = one(near, policy(ranges=SPLIT))
    assert second.percent is not None
    assert D("6.7") < second.percent < MOST
    assert not second.notes
    more = one(person(annual=euro(36_000)), policy(ranges=SPLIT), adjustments={"1": D("0.1")})
    assert more.abstain_code is AbstainCode.ABOVE_MAXIMUM


def test_what_was_stored_before_the_limit_keeps_its_bytes() -> None:
    assert b"largest" not in codec.to_bytes(AdvisorSettings())
    assert b"split_shortfall" not in codec.to_bytes(RangeRules())
    assert codec.from_json(AdvisorSettings, codec.to_json(AdvisorSettings(largest=MOST))).largest == MOST
