"""Whatever the policy, the people, the pools and the model: every figure adds up and every sentence is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.advisor.model import training
from plugin.advisor.model.artefact import Artefact
from plugin.advisor.policy.pay_policy import Eligibility, Policy, Proration, RangeRules, SkillPolicy
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import recommend, shown, summary, wording
from plugin.advisor.recommendation.snapshot import EmployeeRow, Snapshot, snapshot
from plugin.advisor.recommendation.values import Recommendation
from tests.advisor.advisor_company import euro, past_cycles, people, policy

D = Decimal
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


@pytest.fixture(scope="module")
def model() -> Artefact:
    return training.train(
        training.table_of(past_cycles((2023, 2024, 2025), 300, policy()), policy())
    ).artefact


policies = st.builds(
    lambda unit, points, ranges, proration, hired_by, months, pool: policy(
        money_unit=unit,
        model_points=points,
        ranges=ranges,
        proration=proration,
        eligibility=Eligibility(hired_by, months),
        skills=SkillPolicy(pool_percent=pool),
    ),
    st.sampled_from([D("0.01"), D(1), D(50)]),
    st.sampled_from([D(0), D("0.5"), D(3)]),
    st.builds(RangeRules, st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from([Proration(), Proration(*YEAR), Proration(*YEAR, since_pay_change=True)]),
    st.sampled_from([None, date(2017, 1, 1)]),
    st.sampled_from([None, 9]),
    st.sampled_from([None, D("0.1")]),
)


@st.composite
def companies(draw: st.DrawFn) -> Snapshot:
    rows = people(draw(st.sampled_from([1, 2, 8, 40])), seed=draw(st.integers(0, 9999)))
    return snapshot(date(2026, 4, 1), "EUR", [draw(st.sampled_from(_variants(row))) for row in rows])


def _variants(row: EmployeeRow) -> list[EmployeeRow]:
    return [
        row,
        row,
        replace(row, rating=None),
        replace(row, range_minimum=None, range_midpoint=None, range_maximum=None),
        replace(row, annual=euro(int(row.annual.amount * D("0.6")))),
        replace(row, annual=euro(int(row.annual.amount * D("1.7")))),
    ]


@settings(max_examples=40)
@given(
    rules=policies,
    snap=companies(),
    share=st.none() | st.integers(0, 80),
    spend_all=st.booleans(),
    lock=st.booleans(),
)
def test_everything_adds_up(
    model: Artefact, rules: Policy, snap: Snapshot, share: int | None, spend_all: bool, lock: bool
) -> None:
    payroll = sum((row.paid.amount for row in snap.rows), D(0))
    pools = {} if share is None else {"*": euro(int(payroll * share / 1000))}
    locked = (
        {"1": D("2.3")} if lock and (share is None or share >= 23) else {}
    )  # else the pool is rightly refused
    chosen = AdvisorSettings(pools=pools, spend_all=spend_all, locked=locked)
    found = recommend.recommend(snap, rules, model, chosen)
    for item in found:
        _check(item)
    if pools:
        assert sum(_pool_money(item, snap) for item in found) <= pools["*"].amount + D("0.01") * len(found)
    data = recommend.to_json(found)
    assert recommend.from_json(data) == found


def _check(found: Recommendation) -> None:
    assert sum(line.points for line in found.ledger) == found.planned >= 0
    assert found.lump_points >= 0
    g = found.guideline
    assert 0 <= g.minimum <= g.low <= g.default <= g.high <= g.maximum
    if found.percent is not None and found.amount is not None:
        assert sum(line.money.amount for line in found.ledger) == found.amount.amount
        assert found.low <= found.percent <= found.high
    if found.baseline is not None and found.amount is not None:
        assert found.baseline.points + sum(r.points for r in found.reasons) == found.percent
        assert found.baseline.money.amount + sum(r.money.amount for r in found.reasons) == found.amount.amount
    reasons = shown.reasons(found)
    assert sum((r.points for r in reasons), D(0)) == sum((r.points for r in found.reasons), D(0))
    texts = (*(wording.reason(r) for r in reasons), *(wording.note(note) for note in found.notes))
    for text in (summary.words(summary.of(found)), *texts):
        assert text[-1] == "."
        assert "None" not in text
        assert "%(" not in text


def _pool_money(found: Recommendation, snap: Snapshot) -> Decimal:
    """What the pool pays for one person: base and lump sum without the step to the range minimum."""
    first = sum((line.points for line in found.ledger if line.code.value == "range_minimum"), D(0))
    return (found.planned - first + found.lump_points) * snap.row(found.person_id).paid.amount / 100
