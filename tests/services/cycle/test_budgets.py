"""Money of a cycle: pools roll up, recommendations follow prefill and rulings, teams see the funding; contradictions are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.advisor.policy.pools import Pool
from plugin.advisor.policy.settings import SideRule
from plugin.domain import Money
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.core import Core
from plugin.services.cycle import budgets, cycle_monitoring, cycle_replay, exceptions, life, recommending
from plugin.services.cycle.budgets import Options
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.decision import deciding, handing_in, team_list, worksheet
from plugin.services.decision.deciding import Choice
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.store.cycle.recommendations import StoredRecommendation
from tests.small_company import Company, draft_cycle, fill, open_cycle

D = Decimal


def euro(amount: str | int) -> Money:
    return Money(D(amount), "EUR")


@pytest.fixture
def company(core: Core) -> Company:
    """Dana's team is one unit, everybody else another."""
    found = fill(core)
    with core.database.transaction() as tx:
        mine = tables.person.c.manager_id == found["Dana Lead"]
        tx.execute(tables.person.update().where(mine).values(org_unit="Cloud"))
    return found


def _lines(core: Core, cycle_id: int) -> dict[str, budgets.PoolLine]:
    return {line.row.code: line for line in budgets.state(core, cycle_id).lines}


def _recommended(core: Core, cycle_id: int) -> list[StoredRecommendation]:
    with core.database.reading() as tx:
        return list(recommendations.all_current(tx, cycle_id))


def _remade(core: Core, company: Company, cycle_id: int) -> None:
    core.clock.advance(days=0.01)  # type: ignore[attr-defined]
    recommending.make_recommendations(core, company.hr, cycle_id)


def test_a_new_cycle_has_one_pool_of_its_budget(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    (line,) = budgets.state(core, cycle_id).lines
    assert (line.row.code, line.typed) == ("*", None)
    assert line.row.funding == (line.row.payroll * D("4.4") / 100).quantize(D("0.01"))
    assert line.row.people == sum(one.pool == "*" for one in _recommended(core, cycle_id))
    assert 0 < line.planned.amount <= line.row.funding


def test_pools_roll_up_and_teams_get_the_rate_of_their_own_pool(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    for pool in (
        Pool("Firm", funding_percent=D(4)),
        Pool("Cloud", "Firm", funding=euro(20_000), prefill_percent=D("2.5")),
        Pool("*", "Firm"),
    ):
        budgets.set_pool(core, company.hr, cycle_id, pool)
    assert budgets.state(core, cycle_id).is_stale
    _remade(core, company, cycle_id)
    assert not budgets.state(core, cycle_id).is_stale
    found = _lines(core, cycle_id)
    firm, cloud, rest = found["Firm"], found["Cloud"], found["*"]
    assert list(found) == ["Firm", "Cloud", "*"]
    assert cloud.row.funding + rest.row.funding == firm.row.funding
    assert (firm.planned, firm.used) == (cloud.planned + rest.planned, cloud.used + rest.used)
    assert cloud.planned.amount <= cloud.row.fitted < cloud.row.funding == 20_000
    sheet = worksheet.load(core, company.dana, cycle_id)
    assert sheet.budget.budget == euro(20_000)
    assert abs(sheet.budget.recommended.amount - cloud.planned.amount) <= 1
    listed = team_list.teams_below(core, company.hr, cycle_id).teams
    assert next(t for t in listed if t.manager_id == company["Dana Lead"]).budget == sheet.budget


def test_decisions_count_in_their_pool_and_above(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    for pool in (Pool("Firm", funding_percent=D(6)), Pool("Cloud", "Firm"), Pool("*", "Firm")):
        budgets.set_pool(core, company.hr, cycle_id, pool)
    _remade(core, company, cycle_id)
    ada = company["Ada Example"]
    made = deciding.decide(core, company.dana, cycle_id, ada, Choice(percent=D("4.0")))
    found = _lines(core, cycle_id)
    reserved = worksheet.load(core, company.dana, cycle_id).row(ada).recommended
    assert reserved is not None
    expected = made.amount - reserved.recommendation.reserved_money.amount if made.amount else None
    assert found["Cloud"].used.amount == found["Firm"].used.amount == expected
    assert found["*"].used.amount == 0


def test_the_next_money_is_asked_of_one_pool(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    tight = Pool("Cloud", "Firm", prefill_percent=D("2.5"))
    for pool in (Pool("Firm", funding_percent=D(4)), tight, Pool("*", "Firm")):
        budgets.set_pool(core, company.hr, cycle_id, pool)
    _remade(core, company, cycle_id)
    cloud = {row.person_id for row in worksheet.load(core, company.dana, cycle_id).rows}
    found = cycle_monitoring.next_money(core, cycle_id, pool="Cloud")
    gains = found["gains"]
    assert isinstance(gains, list)
    assert gains
    assert {one["person_id"] for one in gains if isinstance(one, dict)} <= cloud
    assert cycle_monitoring.next_money(core, cycle_id)["pool"] == "*"
    with pytest.raises(InvalidInput, match="Choose one of these pools"):
        cycle_monitoring.next_money(core, cycle_id, pool="Nowhere")


def test_people_without_a_pool_are_refused_when_advice_is_made(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    budgets.set_pool(core, company.hr, cycle_id, Pool("Cloud"))
    with pytest.raises(InvalidInput, match="without a pool"):
        recommending.make_recommendations(core, company.hr, cycle_id)


@pytest.mark.parametrize(
    "pool",
    [
        {"code": " "},
        {"code": "a", "parent": "nowhere"},
        {"code": "Firm", "parent": "Cloud"},
        {"code": "a", "funding": euro(1), "funding_percent": D(1)},
        {"code": "a", "funding": Money(D(1), "USD")},
        {"code": "a", "funding_percent": D(51)},
        {"code": "a", "prefill_percent": D(-1)},
    ],
)
def test_pools_that_do_not_fit_are_refused_and_nothing_changes(
    core: Core, company: Company, pool: dict[str, object]
) -> None:
    cycle_id = draft_cycle(core, company)
    for good in (Pool("Firm"), Pool("Cloud", "Firm")):
        budgets.set_pool(core, company.hr, cycle_id, good)
    before = life.get(core, cycle_id)
    with pytest.raises(InvalidInput):
        budgets.set_pool(core, company.hr, cycle_id, Pool(**pool))  # type: ignore[arg-type]
    assert life.get(core, cycle_id) == before


def test_a_pool_above_others_is_not_taken_out(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    for good in (Pool("Firm"), Pool("Cloud", "Firm")):
        budgets.set_pool(core, company.hr, cycle_id, good)
    with pytest.raises(InvalidInput):
        budgets.remove_pool(core, company.hr, cycle_id, "Firm")
    budgets.remove_pool(core, company.hr, cycle_id, "Cloud")
    with pytest.raises(NotFound):
        budgets.remove_pool(core, company.hr, cycle_id, "Cloud")


def test_two_people_who_change_the_budget_at_once_conflict(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    version = life.get(core, cycle_id).version
    budgets.set_pool(core, company.hr, cycle_id, Pool("Firm"), version=version)
    with pytest.raises(Conflict):
        budgets.set_options(core, company.hr, cycle_id, Options(spend_all=True), version=version)


def test_reserved_money_that_is_too_little_is_refused_with_the_amount(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    cost = budgets.state(core, cycle_id).reserved.amount
    assert cost > 100
    budgets.set_options(core, company.hr, cycle_id, Options(minimum_pool=cost - 100))
    with pytest.raises(InvalidInput, match="pool for range minimums"):
        recommending.make_recommendations(core, company.hr, cycle_id)
    budgets.set_options(core, company.hr, cycle_id, Options(minimum_pool=cost + 100))
    recommending.make_recommendations(core, company.hr, cycle_id)


def test_a_side_rule_moves_money_and_replays(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    before = _lines(core, cycle_id)["*"]
    most = worksheet.load(core, company.dana, cycle_id).budget.recommended.amount - 600
    rule = SideRule("*", "org_unit", "Cloud", at_most=euro(most))
    budgets.add_side_rule(core, company.hr, cycle_id, rule)
    _remade(core, company, cycle_id)
    cloud = [one for one in _recommended(core, cycle_id) if one.person_id == company["Ada Example"]]
    assert worksheet.load(core, company.dana, cycle_id).budget.recommended.amount <= most
    assert _lines(core, cycle_id)["*"].row.funding == before.row.funding
    assert cycle_replay.replay(core, cycle_id, cloud[0].person_id).matches
    budgets.remove_side_rule(core, company.hr, cycle_id, 0)
    with pytest.raises(NotFound):
        budgets.remove_side_rule(core, company.hr, cycle_id, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nFirm\n", "columns"),
        ("code,funding\nFirm,a lot\n", "1 line can't"),
        ("code,parent\nSales,Firm\n", "unknown parent"),
        ("code\n", "at least one pool"),
        ("code\nFirm\nFirm\n", "same code"),
    ],
)
def test_a_file_of_pools_that_does_not_fit_says_where(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        budgets.read_pools(text, "EUR")


def test_a_file_of_pools_takes_the_place_of_the_old_ones(core: Core, company: Company) -> None:
    cycle_id = draft_cycle(core, company)
    budgets.set_pool(core, company.hr, cycle_id, Pool("Old"))
    text = 'code,parent,funding,funding_percent,prefill_percent\nSales,Firm,,"4,0",3.0\nFirm,,500 000,,\n*,Firm,,,\n'
    budgets.set_pools(core, company.hr, cycle_id, budgets.read_pools(text, "EUR"))
    assert budgets.state(core, cycle_id).plan.pools == (
        Pool("Sales", "Firm", None, D("4.0"), D("3.0")),
        Pool("Firm", None, euro(500_000)),
        Pool("*", "Firm"),
    )


# --- rulings --------------------------------------------------------------------------------------------------------


def _rule(core: Core, company: Company, cycle_id: int, name: str, kind: str, percent: str | None) -> None:
    made = NewRuling(company[name], kind, None if percent is None else D(percent), "Agreed.")
    exceptions.rule(core, company.hr, cycle_id, made)


def test_a_fixed_raise_leaves_the_manager_nothing_to_decide(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _rule(core, company, cycle_id, "Ada Example", "fixed", "1.5")
    _remade(core, company, cycle_id)
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
    assert row.recommended is not None
    assert row.recommended.is_fixed
    assert row.recommended.percent == D("1.5")
    with pytest.raises(InvalidInput, match="Enter a raise between"):
        deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=D("2.0")))
    assert deciding.decide(
        core, company.dana, cycle_id, row.person_id, Choice(percent=D("1.5"))
    ).percent == D("1.5")


def test_an_adjustment_is_paid_beside_the_pool(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    before = _lines(core, cycle_id)["*"].planned
    reserved = budgets.state(core, cycle_id).reserved
    _rule(core, company, cycle_id, "Ada Example", "equity", "2.0")
    _rule(core, company, cycle_id, "Ada Example", "market", "0.5")
    _remade(core, company, cycle_id)
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
    assert row.recommended is not None
    assert row.recommended.recommendation.reserved == D("2.5")
    assert _lines(core, cycle_id)["*"].planned == before
    assert budgets.state(core, cycle_id).reserved == reserved + row.recommended.recommendation.reserved_money
    assert cycle_replay.replay(core, cycle_id, row.person_id).matches


def test_a_frozen_rating_silences_the_advisor_until_it_is_lifted(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    _rule(core, company, cycle_id, "Ada Example", "rating_frozen", None)
    _remade(core, company, cycle_id)
    row = worksheet.load(core, company.dana, cycle_id).row(company["Ada Example"])
    assert row.recommended is not None
    assert row.recommended.recommendation.abstain_code == "rating_frozen"
    (one,) = exceptions.listed(core, cycle_id)
    exceptions.lift(core, company.hr, cycle_id, one.id)
    assert exceptions.listed(core, cycle_id) == []
    _remade(core, company, cycle_id)
    assert worksheet.load(core, company.dana, cycle_id).row(row.person_id).recommended.percent is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "percent", "note"),
    [
        ("gift", "1.0", "why"),
        ("fixed", None, "why"),
        ("fixed", "1.55", "why"),
        ("market", "-1", "why"),
        ("market", "26", "why"),
        ("rating_frozen", "1", "why"),
        ("fixed", "1.0", " "),
    ],
)
def test_rulings_that_do_not_fit_are_refused(
    core: Core, company: Company, kind: str, percent: str | None, note: str
) -> None:
    cycle_id = open_cycle(core, company)
    made = NewRuling(company["Ada Example"], kind, None if percent is None else D(percent), note)
    with pytest.raises(InvalidInput):
        exceptions.rule(core, company.hr, cycle_id, made)


def test_who_takes_no_part_gets_an_adjustment_and_no_fixed_raise(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with pytest.raises(InvalidInput, match="not eligible for merit"):
        _rule(core, company, cycle_id, "Hugo Recent", "fixed", "1.5")
    _rule(core, company, cycle_id, "Hugo Recent", "market", "1.5")
    _remade(core, company, cycle_id)
    row = worksheet.load(core, company.dana, cycle_id).row(company["Hugo Recent"])
    assert row.recommended is not None
    assert (row.recommended.recommendation.status, row.recommended.percent) == ("rules_only", D("1.5"))
    with pytest.raises(InvalidInput, match="Enter a raise between"):
        deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=D("2.0")))
    decided = deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=D("1.5")))
    assert decided.amount == 825
    assert worksheet.load(core, company.dana, cycle_id).budget.used.amount == 0


def test_what_was_submitted_is_not_ruled_over(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    handing_in.accept_rest(core, company.dana, cycle_id, company["Dana Lead"])
    sheet = worksheet.load(core, company.dana, cycle_id)
    for row in sheet.rows:
        if row.status == "todo" and row.recommended is not None:
            planned = row.recommended.recommendation.planned
            deciding.decide(core, company.dana, cycle_id, row.person_id, Choice(percent=planned))
    handing_in.submit(core, company.dana, cycle_id, company["Dana Lead"])
    with pytest.raises(NotAllowed):
        _rule(core, company, cycle_id, "Ada Example", "fixed", "1.0")


def test_a_file_of_rulings_is_taken_whole_or_not_at_all(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    with core.database.transaction() as tx:
        mine = tables.person.c.id == company["Ada Example"]
        tx.execute(tables.person.update().where(mine).values(employee_number="00014"))
    text = "person,kind,percent,note\n00014,market,1.5,Below market\nben sample,fixed,2.0,Agreed\n"
    exceptions.rule(core, company.hr, cycle_id, *exceptions.read_file(core, cycle_id, text))
    assert [(one.display_name, one.kind, one.percent) for one in exceptions.listed(core, cycle_id)] == [
        ("Ada Example", "market", D("1.5")),
        ("Ben Sample", "fixed", D("2.0")),
    ]
    with pytest.raises(InvalidInput, match="2 lines") as caught:
        exceptions.read_file(core, cycle_id, text + "Nobody Known,fixed,1,x\nAda Example,fixed,a,x\n")
    assert set(caught.value.fields) == {"line 4", "line 5"}
    assert len(exceptions.listed(core, cycle_id)) == 2
