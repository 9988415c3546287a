"""What the rules say of a decision is stored with it, follows new recommendation, and adds up in SQL as it does by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.advisor.policy.pay_policy import ApprovalRules
from plugin.errors import InvalidInput
from plugin.services.core import Core
from plugin.services.cycle import exceptions, recommending
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.decision import deciding, judging, recommendation, worksheet
from plugin.services.decision.deciding import Choice
from plugin.services.decision.judging import Changes, judge
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle import cycles, monitoring, pools, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision import decisions, teams
from plugin.store.decision.decisions import UNDECIDED, Decision
from plugin.store.decision.scope import NO_MANAGER, Viewer
from tests.small_company import Company, fill, open_cycle, put_decision

EVERYBODY = Viewer(None, everyone=True)
ADVICE = Outline(
    1, "advised", Decimal(3), Decimal(3), Decimal(2), Decimal(4), Decimal("0.95"), Decimal("6.04"), Decimal(50)
)  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "unchanged", "outside", "hr"),
    [
        ("3", True, False, False),
        ("3.00", True, False, False),
        ("3.04", False, False, False),
        ("2.95", False, False, False),
        ("4.00", False, False, False),
        ("4.01", False, True, False),
        ("1.99", False, True, False),
        ("5.00", False, True, False),
        ("5.01", False, True, True),  # further than two points from the recommendation
        ("1.00", False, True, False),
        ("0.94", False, True, True),
        ("6.05", False, True, True),
    ],
)
def test_figures_are_compared_exactly(percent: str, unchanged: bool, outside: bool, hr: bool) -> None:
    said = judge(ADVICE, ApprovalRules(), Decimal(percent), Decimal(70))
    assert (said.is_unchanged, said.is_outside, said.needs_hr) == (unchanged, outside, hr)
    assert (said.cost, said.budget_cost) == (70, 20)


def test_nothing_is_said_without_a_figure_and_no_silence_is_followed() -> None:
    assert judge(ADVICE, ApprovalRules(), None, Decimal(0)) == UNDECIDED
    silent = replace(ADVICE, status="abstained", percent=None)
    said = judge(silent, ApprovalRules(), Decimal(3), Decimal(40))
    assert not said.is_unchanged
    assert said.budget_cost == 0
    assert judge(silent, ApprovalRules(), Decimal("5.01"), Decimal(40)).needs_hr
    assert not judge(
        replace(ADVICE, status="ineligible"), ApprovalRules(), Decimal(3), Decimal(40)
    ).is_unchanged


def test_the_narrow_row_says_what_the_document_says(any_core: Core) -> None:
    cycle_id = open_cycle(any_core, fill(any_core))
    with any_core.database.reading() as tx:
        recommended = [recommendation.from_stored(one) for one in recommendations.all_current(tx, cycle_id)]
        assert [one.outline for one in recommended] == recommendations.outlines(tx, cycle_id)
        some = [one.row.person_id for one in recommended[3:7]]
        assert [one.outline for one in recommended[3:7]] == recommendations.outlines(tx, cycle_id, some)


def test_what_is_said_follows_new_advice(any_core: Core) -> None:
    company = fill(any_core)
    cycle_id, ada = open_cycle(any_core, company), company["Ada Example"]
    recommended = worksheet.load(any_core, company.dana, cycle_id).row(ada).recommended
    assert recommended is not None
    assert recommended.percent is not None
    before = deciding.decide(any_core, company.dana, cycle_id, ada, Choice(percent=recommended.percent))
    assert before.is_unchanged
    ruling = NewRuling(ada, "fixed", recommended.percent + 3, "agreed when she was hired")
    exceptions.rule(any_core, company.hr, cycle_id, ruling)
    recommending.make_recommendations(any_core, company.hr, cycle_id)
    with any_core.database.reading() as tx:
        after = decisions.of_people(tx, cycle_id, [ada])[ada]
    assert (after.is_unchanged, after.is_outside, after.needs_hr) == (False, True, True)
    assert (after.percent, after.cost, after.version) == (before.percent, before.cost, before.version)


def test_a_figure_that_is_decided_while_the_run_ends_is_looked_at_again(
    any_core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = fill(any_core)
    cycle_id, ada = open_cycle(any_core, company), company["Ada Example"]
    recommended = worksheet.load(any_core, company.dana, cycle_id).row(ada).recommended
    assert recommended is not None
    assert recommended.percent is not None
    choice, real = Choice(percent=recommended.percent), judging.ahead

    def slow(tx: Tx, found: Cycle, run_id: int) -> Changes:
        changes = real(tx, found, run_id)
        assert deciding.decide(any_core, company.dana, cycle_id, ada, choice).is_unchanged
        return changes

    monkeypatch.setattr(judging, "ahead", slow)
    exceptions.rule(
        any_core, company.hr, cycle_id, NewRuling(ada, "fixed", recommended.percent + 3, "agreed")
    )
    recommending.make_recommendations(any_core, company.hr, cycle_id)
    with any_core.database.reading() as tx:
        after = decisions.of_people(tx, cycle_id, [ada])[ada]
    assert (after.is_unchanged, after.is_outside, after.needs_hr) == (False, True, True)


# --- sums in SQL and by hand ----------------------------------------------------------------------------------------


@pytest.fixture
def running(any_core: Core) -> tuple[Core, Company, int]:
    company = fill(any_core)
    return any_core, company, open_cycle(any_core, company)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.decimals(min_value=0, max_value=12, places=2),
            st.decimals(min_value=0, max_value=50_000_000_000, places=4),
            st.sampled_from(["decided", "submitted", "approved", "sent_back", "exported", "failed"]),
        ),
        unique_by=lambda each: each[0],
        max_size=25,
    )
)
@settings(max_examples=15)
def test_sums_and_counts_of_random_decisions_are_those_of_a_hand_count(
    running: tuple[Core, Company, int], chosen: list[tuple[int, Decimal, Decimal, str]]
) -> None:
    core, _, cycle_id = running
    with core.database.reading() as tx:
        recommended = [recommendation.from_stored(one) for one in recommendations.all_current(tx, cycle_id)]
        open_to = [one for one in recommended if one.is_eligible]
        for n, percent, amount, state in chosen:
            if n < len(open_to):
                who = open_to[n].row.person_id
                put_decision(core, tx, cycle_id, who, percent, amount=amount, state=state)
        pairs = [
            (one, decided.get(one.row.person_id))
            for decided in [_decided(tx, cycle_id)]
            for one in recommended
        ]
        _check_monitoring(tx, cycle_id, pairs)
        _check_pools(tx, cycle_id, pairs)
        _check_teams(tx, cycle_id, pairs)


Pairs = list[tuple[PersonRecommendation, Decision | None]]


def _decided(tx: Tx, cycle_id: int) -> dict[int, Decision]:
    return {one.person_id: one for one in decisions.of_cycle(tx, cycle_id)}


def _check_monitoring(tx: Tx, cycle_id: int, pairs: Pairs) -> None:
    counts = monitoring.counts(tx, cycle_id)
    moves = [
        made.percent - recommended.percent
        for recommended, made in pairs
        if made is not None and made.percent is not None and recommended.percent is not None
    ]
    assert counts.decided == len(moves)
    assert counts.up == sum(move > 0 for move in moves)
    assert counts.unchanged == sum(move == 0 for move in moves)
    assert counts.down == sum(move < 0 for move in moves)


def _beyond(recommended: PersonRecommendation, cost: Decimal) -> Decimal:
    return max(cost - recommended.recommendation.reserved_money.amount, Decimal(0))


def _check_pools(tx: Tx, cycle_id: int, pairs: Pairs) -> None:
    spent, _gone = pools.spent(tx, cycle_id)
    eligible = [(recommended, made) for recommended, made in pairs if recommended.is_eligible]
    used = [
        _beyond(recommended, made.amount)
        for recommended, made in eligible
        if made and made.amount is not None
    ]
    assert sum(one.used for one in spent.values()) == sum(used)
    planned = sum(_beyond(recommended, recommended.planned.amount) for recommended, _ in eligible)
    assert sum(one.planned for one in spent.values()) == planned == teams.cycle_sums(tx, cycle_id).planned


def _is_outside(recommended: PersonRecommendation, percent: Decimal) -> bool:
    made = recommended.recommendation
    return not made.low <= percent <= made.high


def _needs_hr(recommended: PersonRecommendation, percent: Decimal) -> bool:
    least, most = recommended.approvable
    base = recommended.percent if recommended.percent is not None else recommended.recommendation.planned
    return not least <= percent <= most or (_is_outside(recommended, percent) and abs(percent - base) > 2)


def _check_teams(tx: Tx, cycle_id: int, pairs: Pairs) -> None:
    boss = {one.person_id: one.manager_id for one in cycles.participants(tx, cycle_id)}
    managers = {who or NO_MANAGER for who in boss.values()}
    rates = {one.code: one.rate for one in pools.of_cycle(tx, cycle_id)}
    pool = {one.person_id: one.pool or "" for one in recommendations.all_current(tx, cycle_id)}
    for team in teams.sums(tx, cycle_id, EVERYBODY, managers):
        mine = [pair for pair in pairs if (boss[pair[0].row.person_id] or NO_MANAGER) == team.manager_id]
        eligible = [(recommended, made) for recommended, made in mine if recommended.is_eligible]
        figures = [
            (recommended, made, made.percent)
            for recommended, made in eligible
            if made and made.percent is not None
        ]
        assert (team.total, team.not_eligible) == (len(eligible), len(mine) - len(eligible))
        assert team.decided == len(figures)
        assert team.unchanged == sum(points == recommended.percent for recommended, _, points in figures)
        assert team.outside == sum(_is_outside(recommended, points) for recommended, _, points in figures)
        waiting = [each for each in figures if each[1].state == "submitted"]
        assert team.waiting == len(waiting)
        assert team.for_hr == sum(_needs_hr(recommended, points) for recommended, _, points in waiting)
        assert team.approved == sum(made.state in ("approved", "exported") for _, made, _ in figures)
        assert team.used == sum(
            _beyond(recommended, made.amount or Decimal(0)) for recommended, made, _ in figures
        )
        assert team.planned == sum(
            _beyond(recommended, recommended.planned.amount) for recommended, _ in eligible
        )
        paid = [(recommended.row.paid.amount, rates[code]) for recommended, _ in eligible
                if (code := pool[recommended.row.person_id]) in rates]  # fmt: skip
        assert team.payroll == sum(amount for amount, _ in paid)
        assert abs(team.budget - sum(amount * rate for amount, rate in paid)) < Decimal("1E-12")


def test_an_amount_finer_than_money_is_stored_is_refused(core: Core) -> None:
    company = fill(core)
    cycle_id, ada = open_cycle(core, company), company["Ada Example"]
    with pytest.raises(InvalidInput, match="more than 4 decimal places"):
        deciding.decide(core, company.dana, cycle_id, ada, Choice(amount=Decimal("2520.12345")))
    made = deciding.decide(core, company.dana, cycle_id, ada, Choice(amount=Decimal("2520.1234")))
    assert made.cost == Decimal("2520.1234")
