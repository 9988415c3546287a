"""The chain end to end: ledgers add up, order of operations, silence, kill switch, budget, frozen replay, peers, what-ifs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.advisor.model import features, training
from plugin.advisor.model.artefact import Artefact, unpack
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import TrainOptions
from plugin.advisor.policy import budget
from plugin.advisor.policy.pay_policy import Eligibility, Policy, Proration, RangeRules, SkillPolicy
from plugin.advisor.policy.rounding import points
from plugin.advisor.policy.settings import AdvisorSettings, RewardedSkill, SideRule
from plugin.advisor.recommendation import recommend, summary, wording
from plugin.advisor.recommendation.frame import frame
from plugin.advisor.recommendation.peers import peers
from plugin.advisor.recommendation.snapshot import EmployeeRow, LeavePeriod, Snapshot, snapshot
from plugin.advisor.recommendation.values import (
    AbstainCode,
    Abstention,
    ConfidenceCode,
    Facts,
    LineCode,
    ModelOff,
    Note,
    NoteCode,
    Recommendation,
)
from plugin.advisor.recommendation.whatif import further_badges, path, what_ifs, what_ifs_of
from plugin.domain import RecommendationStatus
from plugin.errors import InvalidInput
from tests.advisor.advisor_company import AS_OF, badge, company, euro, past_cycles, people, person, policy

D = Decimal


@pytest.fixture(scope="module")
def model() -> Artefact:
    table = training.table_of(past_cycles((2023, 2024, 2025), 700, policy(), noise=0.3), policy())
    found = training.train(table).artefact
    assert found.approved
    return found


def snap(*rows: EmployeeRow) -> Snapshot:
    return snapshot(AS_OF, "EUR", rows)


def one(row: EmployeeRow, rules: Policy | None = None, **chosen: object) -> Recommendation:
    options = AdvisorSettings(**chosen)  # type: ignore[arg-type]
    return recommend.recommend(snap(row), rules or policy(), None, options)[0]


def lines(found: Recommendation) -> dict[str, Decimal]:
    return {line.code.value: line.points for line in found.ledger}


def check_sums(found: Recommendation) -> None:
    assert sum(line.points for line in found.ledger) == found.planned
    assert found.planned % D("0.1") == 0
    if found.percent is not None and found.amount is not None:
        assert sum(line.money.amount for line in found.ledger) == found.amount.amount
        assert found.low <= found.percent <= found.high


@pytest.mark.parametrize("pools", [{}, {"north": euro(150000), "*": euro(150000)}])
def test_lines_sum_in_points_and_in_money(model: Artefact, pools: dict[str, object]) -> None:
    chosen = AdvisorSettings(pools=pools)  # type: ignore[arg-type]
    for found in recommend.recommend(company(300), policy(), model, chosen):
        check_sums(found)


rows = st.builds(
    lambda pay, fte, rating, months, badges, hired: person(
        annual=euro(pay),
        fte=fte,
        rating=rating,
        last_pay_change_on=date(2026 - months // 12, 1, 1),
        new_evidence=tuple(badge(f"b{n}", issued_on=date(2026, 2, 1)) for n in range(badges)),
        hired_on=hired,
    ),
    st.integers(30000, 90000),
    st.decimals("0.1", 1, places=2),
    st.none() | st.decimals(1, 5, places=1),
    st.integers(0, 40),
    st.integers(0, 6),
    st.dates(date(2015, 1, 1), date(2026, 3, 1)),
)


@given(rows, st.sampled_from([D("0.01"), D(1), D(10)]), st.booleans())
def test_any_person_s_lines_sum_and_pay_stays_in_range(row: EmployeeRow, unit: Decimal, lump: bool) -> None:
    rules = policy(
        money_unit=unit,
        proration=Proration(date(2025, 1, 1), date(2025, 12, 31)),
        ranges=RangeRules(remainder_as_lump_sum=lump),
    )
    found = one(row, rules)
    check_sums(found)
    new_pay = row.annual.amount * (1 + found.planned / 100)
    assert row.range_minimum is not None
    assert row.range_maximum is not None
    assert new_pay >= row.range_minimum.amount
    assert new_pay <= max(row.range_maximum.amount, row.annual.amount, row.range_minimum.amount * D("1.001"))
    if not lump:
        assert found.lump_points == 0


def test_pay_below_the_range_is_first_brought_to_its_minimum() -> None:
    found = one(person(annual=euro(46000)))
    assert lines(found) == {"range_minimum": D("4.4"), "merit": D("3.3")}
    assert (found.low, found.percent, found.high) == (D("7.3"), D("7.7"), D("8.7"))


def test_late_hire_gets_the_range_minimum_only() -> None:
    rules = policy(eligibility=Eligibility(hired_by=date(2025, 10, 1)))
    found = one(person(annual=euro(46000), hired_on=date(2025, 12, 1)), rules)
    assert found.status is RecommendationStatus.RULES_ONLY
    assert (found.low, found.percent, found.high, found.interval_kind) == (*[D("4.4")] * 3, "fixed")
    assert (found.amount, found.reserved_money, found.reasons) == (euro(2024), euro(2024), ())
    assert lines(found) == {"range_minimum": D("4.4"), "merit": D(0)}
    late = Note(NoteCode.HIRED_TOO_LATE, Facts(on=date(2025, 12, 1), limit=date(2025, 10, 1)))
    assert found.notes == (late, Note(NoteCode.RULES_ONLY, Facts(points=D("4.4"))))
    assert one(person(hired_on=date(2025, 12, 1)), rules).status is RecommendationStatus.INELIGIBLE


def test_adjustments_come_before_merit_and_the_range_maximum_holds_for_both() -> None:
    found = one(person(), adjustments={"1": D("1.5")})
    assert lines(found) == {"adjustment": D("1.5"), "merit": D("2.5")}
    assert (found.low, found.percent, found.high) == (D("3.6"), D("4.0"), D("5.0"))
    assert found.reserved == D("1.5")
    near_top = one(person(annual=euro(71600)), adjustments={"1": D("1.5")})
    assert (near_top.percent, near_top.lump_points) == (D("0.5"), D("2.9"))
    late = policy(eligibility=Eligibility(hired_by=date(2015, 1, 1)))
    alone = one(person(), late, adjustments={"1": D("1.5")})
    assert (alone.status, alone.percent) == (RecommendationStatus.RULES_ONLY, D("1.5"))


def test_pools_pay_for_merit_and_not_for_what_is_reserved() -> None:
    rows = [person(1, annual=euro(46000)), person(2)]
    free = recommend.recommend(snap(*rows), policy(), None, AdvisorSettings(adjustments={"2": D("3.0")}))
    merit = sum(((r.planned - r.reserved) * _paid(r, snap(*rows)) / 100 for r in free), D(0))
    chosen = AdvisorSettings(adjustments={"2": D("3.0")}, pools={"*": euro(merit)})
    assert recommend.recommend(snap(*rows), policy(), None, chosen) == free


@pytest.mark.parametrize("reserved", ["minimum_pool", "adjustment_pool"])
def test_a_reserved_pool_that_is_too_small_is_refused_with_the_amount_missing(reserved: str) -> None:
    rows = [person(1, annual=euro(46000)), person(2)]
    cost = {"minimum_pool": D(2024), "adjustment_pool": D(1800)}[reserved]
    for amount, works in ((cost, True), (cost - 10, False)):
        chosen = AdvisorSettings(adjustments={"2": D("3.0")}, **{reserved: euro(amount)})  # type: ignore[arg-type]
        if works:
            recommend.recommend(snap(*rows), policy(), None, chosen)
        else:
            with pytest.raises(InvalidInput, match=r"is €10 too small"):
                recommend.recommend(snap(*rows), policy(), None, chosen)


def test_side_rule_moves_money_to_its_group_within_the_pool() -> None:
    rows = [person(i, job_family="sales" if i < 5 else "engineering") for i in range(1, 11)]
    pool = {"*": euro(12_000)}
    plain = recommend.recommend(snap(*rows), policy(), None, AdvisorSettings(pools=pool))
    assert {r.percent for r in plain} == {D("2.0")}
    rule = SideRule("*", "job_family", "sales", at_least=euro(6000))
    ruled = recommend.recommend(snap(*rows), policy(), None, AdvisorSettings(pools=pool, side_rules=(rule,)))
    money = {r.person_id: _paid(r, snap(*rows)) * r.planned / 100 for r in ruled}
    assert sum(money[i] for i in range(1, 5)) >= 6000 - 60  # less than one step of somebody's pay
    assert sum(money.values()) <= 12_000
    for r in ruled:
        check_sums(r)


@pytest.mark.parametrize(
    "wrong",
    [
        {"side_rules": (SideRule("south", "level", "E2", at_most=euro(1)),)},
        {
            "side_rules": (SideRule("*", "level", "E2", at_most=euro(1)),),
            "spend_all": True,
            "pools": {"*": euro(9)},
        },
        {"adjustments": {"1": D("0.25")}},
    ],
)
def test_settings_of_money_that_contradict_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        AdvisorSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"field": "sex"}, {"at_least": None}])
def test_side_rule_is_about_a_job_or_place_and_says_how_much(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"pool": "*", "field": "level", "value": "E2", "at_least": euro(1)}
    with pytest.raises(InvalidInput):
        SideRule(**(right | wrong))  # type: ignore[arg-type]


def test_raise_above_the_range_maximum_is_paid_once() -> None:
    found = one(person(annual=euro(71600), rating=D(5)))
    assert lines(found) == {"merit": D("3.0"), "range_maximum": D("-2.5")}
    assert (found.percent, found.lump_points, found.lump_sum) == (D("0.5"), D("2.5"), euro(1790))
    assert NoteCode.LUMP_SUM in {note.code for note in found.notes}


def test_pay_above_the_range_gets_a_lump_sum_only() -> None:
    found = one(person(annual=euro(80000), rating=D(3)))
    assert (found.percent, found.lump_points) == (D(0), D("1.9"))


def test_part_of_the_year_is_its_own_line() -> None:
    rules = policy(proration=Proration(date(2025, 1, 1), date(2025, 12, 31)))
    found = one(person(hired_on=date(2025, 7, 2), new_evidence=(badge(),)), rules)
    assert lines(found) == {"merit": D("2.5"), "proration": D("-1.2"), "skills": D("0.4")}
    assert found.guideline.default == D("1.7")


def test_leave_does_not_change_a_single_figure() -> None:
    rules = policy(proration=Proration(date(2025, 1, 1), date(2025, 12, 31)))
    leave = LeavePeriod("parental", date(2025, 2, 1), date(2025, 11, 30))
    with_leave, without = one(person(leaves=(leave,)), rules), one(person(), rules)
    same = {"notes": (), "snapshot_hash": ""}
    assert replace(with_leave, **same) == replace(without, **same)  # type: ignore[arg-type]
    assert with_leave.notes == (Note(NoteCode.LEAVE_NEUTRAL),)


def test_part_timers_get_the_same_points_and_their_share_of_the_money() -> None:
    full, half = one(person()), one(person(fte=D("0.5")))
    assert full.percent == half.percent == D("2.5")
    assert (full.amount, half.amount) == (euro(1500), euro(750))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rating": None}, "rating_missing"),
        ({"data_problems": ("pay_unverified",)}, "unverified_data"),
    ],
)
def test_advisor_abstains_and_leaves_the_guideline(changes: dict[str, object], code: str) -> None:
    found = one(person(**changes))
    assert (found.status, found.percent, found.amount, found.reasons) == (
        RecommendationStatus.ABSTAINED,
        None,
        None,
        (),
    )
    assert found.abstain_code == code
    assert summary.words(summary.of(found)).startswith("No recommendation")
    assert found.guideline.default > 0
    assert found.planned == found.guideline.default


def test_a_frozen_rating_silences_the_advisor() -> None:
    found = one(person(), frozen_ratings=("1",))
    assert (found.percent, found.abstain_code) == (None, "rating_frozen")


def test_unrated_people_get_the_unrated_row() -> None:
    assert one(person(rating=None)).guideline.default == D("2.0")


def test_too_few_comparable_people_silence_the_model_only(model: Artefact) -> None:
    lonely = replace(people(60)[0], level="E9")
    found = recommend.recommend(snap(lonely, *people(60)[1:]), policy(), model)[0]
    assert found.abstain_code == "too_few_comparable"
    assert recommend.recommend(snap(lonely, *people(60)[1:]), policy())[0].percent is not None


def test_somebody_unlike_anybody_in_training_is_not_guessed(model: Artefact) -> None:
    odd = replace(people(60)[0], learning_hours=D(9000))
    found = recommend.recommend(snap(odd, *people(60)[1:]), policy(), model)[0]
    assert found.abstain_code == "out_of_distribution"
    assert found.abstention == Abstention(AbstainCode.OUT_OF_DISTRIBUTION, Facts(feature="learning_hours"))
    assert "Learning hours" in summary.words(summary.of(found))


def test_model_moves_the_guideline_within_its_limits(model: Artefact) -> None:
    found = recommend.recommend(company(300), policy(), model)
    spoken = [r for r in found if r.status is RecommendationStatus.RECOMMENDED]
    assert {r.interval_kind for r in spoken} == {"policy"}
    assert Note(NoteCode.RANGE_TOO_FEW, Facts(people=100)) in spoken[0].notes
    assert any(LineCode.MODEL in [line.code for line in r.ledger] for r in spoken)
    for r in spoken:
        merit = sum(
            line.points
            for line in r.ledger
            if line.code not in (LineCode.RANGE_MINIMUM, LineCode.RANGE_MAXIMUM)
        )
        assert r.guideline.low <= merit <= r.guideline.high
        assert all(abs(line.points) <= D("1.1") for line in r.ledger if line.code is LineCode.MODEL)
        assert r.model_hash == model.sha256
        assert r.confidence.code is ConfidenceCode.TRACK_RECORD
        assert "80%" in wording.confidence(r.confidence)


def test_ranges_are_measured_on_decisions_of_this_very_cycle(model: Artefact) -> None:
    (this_year,) = past_cycles((2026,), 700, policy(), noise=0.3)
    early = {who: points for who, points in this_year.decided.items() if who % 2}
    decided = training.table_of([replace(this_year, decided=early)], policy(), _names(model))
    calibration = training.calibrate_on(model, decided)
    assert calibration.usable
    chosen = AdvisorSettings(calibration=calibration)
    found = recommend.recommend(this_year.snapshot, policy(), model, chosen)
    spoken = [r for r in found if r.interval_kind == "calibrated"]
    assert len(spoken) > 500
    later = [r for r in spoken if not r.person_id % 2 and not r.reserved and not r.lump_points]
    inside = [r.low - D("0.05") <= this_year.decided[r.person_id] <= r.high + D("0.05") for r in later]
    assert 0.84 <= sum(inside) / len(inside) <= 0.97
    assert spoken[0].notes[-1].code in (NoteCode.RANGE_MEASURED, NoteCode.RANGE_MEASURED_TOGETHER)


def test_ranges_that_do_not_hold_fall_back_to_the_policy_with_a_warning(model: Artefact) -> None:
    (this_year,) = past_cycles((2026,), 700, policy(), noise=0.3)
    decided = training.table_of([this_year], policy(), _names(model))
    good = training.calibrate_on(model, decided)
    bad = replace(good, usable=False, coverage=good.coverage | {"all": 0.61})
    found = recommend.recommend(this_year.snapshot, policy(), model, AdvisorSettings(calibration=bad))
    assert {r.interval_kind for r in found} == {"policy"}
    spoken = next(r for r in found if r.status is RecommendationStatus.RECOMMENDED)
    assert spoken.notes[-1].code is NoteCode.RANGE_NOT_HELD
    assert "held 61% of" in wording.note(spoken.notes[-1])


def _measured(model: Artefact, coverage: dict[str, float], n: dict[str, int]) -> list[Recommendation]:
    """This year's people under ranges whose coverage was measured like this."""
    (this_year,) = past_cycles((2026,), 700, policy(), noise=0.3)
    decided = training.table_of([this_year], policy(), _names(model))
    calibration = replace(training.calibrate_on(model, decided), coverage=coverage, n=n)
    assert calibration.usable
    chosen = AdvisorSettings(calibration=calibration)
    made = recommend.recommend(this_year.snapshot, policy(), model, chosen)
    return [r for r in made if r.status is RecommendationStatus.RECOMMENDED]


def _notes_by_rating(found: list[Recommendation]) -> dict[int, tuple[set[str], set[str]]]:
    """By whole rating: kinds of ranges, and what is said of them."""
    (this_year,) = past_cycles((2026,), 700, policy(), noise=0.3)
    by_rating: dict[int, tuple[set[str], set[str]]] = {}
    for r in found:
        rating = this_year.snapshot.row(r.person_id).rating
        assert rating is not None
        kinds, notes = by_rating.setdefault(int(rating), (set(), set()))
        kinds.add(r.interval_kind)
        notes.add(wording.note(r.notes[-1]))
    return by_rating


def test_a_range_says_how_often_it_held_for_the_person_s_own_rating(model: Artefact) -> None:
    coverage = {"all": 0.9, "2": 0.86, "3": 0.97, "4": 0.5}
    found = _notes_by_rating(_measured(model, coverage, {"all": 330, "2": 40, "3": 200, "4": 39}))
    own = "The range is measured. For this rating it held {} of {} other decisions in this cycle."
    assert found[2] == ({"calibrated"}, {own.format("86%", 40)})
    assert found[3] == ({"calibrated"}, {own.format("97%", 200)})
    kinds, notes = found[4]  # too few to say
    assert kinds == {"calibrated"}
    assert all("90% of 330 other decisions" in note and "across all ratings" in note for note in notes)


def test_a_rating_whose_range_held_too_rarely_gets_that_of_the_policy_with_a_warning(model: Artefact) -> None:
    made = _measured(model, {"all": 0.9, "2": 0.78, "3": 0.97}, {"all": 330, "2": 60, "3": 200})
    found = _notes_by_rating(made)
    why = "For this rating the measured range held 78% of 60 decisions instead of 90%."
    assert found[2] == ({"policy"}, {f"The range comes from the policy. {why}"})
    assert found[3][0] == {"calibrated"}
    (this_year,) = past_cycles((2026,), 700, policy(), noise=0.3)
    plain = {r.person_id: r for r in recommend.recommend(this_year.snapshot, policy(), model)}
    same = [r for r in made if r.interval_kind == "policy"]
    assert [(r.low, r.high) for r in same] == [
        (plain[r.person_id].low, plain[r.person_id].high) for r in same
    ]


def _names(model: Artefact) -> list[str]:
    return [feature.name for feature in Predictor(model).features]


def test_policy_bounds_what_the_model_may_move(model: Artefact) -> None:
    tight = policy(model_points=D("0.1"))
    moved = [lines(r).get("model", D(0)) for r in recommend.recommend(company(300), tight, model)]
    assert {abs(points) for points in moved} <= {
        D(0),
        D("0.1"),
        D("0.2"),
    }  # 0.2 where merit is rounded the other way
    assert any(moved)


def test_kill_switch_keeps_the_cycle_running_on_policy(model: Artefact) -> None:
    off = recommend.recommend(company(100), policy(), model, AdvisorSettings(matrix_only=True))
    plain = recommend.recommend(company(100), policy())
    assert [r.percent for r in off] == [r.percent for r in plain]
    assert {r.status for r in off} == {RecommendationStatus.POLICY_ONLY}
    assert off[0].model_off is ModelOff.SWITCHED_OFF


def test_model_that_was_not_approved_does_not_speak(model: Artefact) -> None:
    verdict = {"approved": False, "sentence": "The model is switched off: it knew nothing."}
    refused = Artefact(model.metadata | {"verdict": verdict}, model.blobs)
    found = recommend.recommend(company(50), policy(), refused)
    assert [r.percent for r in found] == [r.percent for r in recommend.recommend(company(50), policy())]
    assert found[0].model_off is ModelOff.NOT_APPROVED


def test_model_with_a_feature_that_was_banned_since_is_refused(model: Artefact) -> None:
    names = list(model.metadata["features"])  # type: ignore[arg-type]
    old = Artefact(model.metadata | {"features": ["age", *names[1:]]}, model.blobs)
    with pytest.raises(InvalidInput, match="age"):
        recommend.recommend(company(50), policy(), old)


def test_a_paid_skill_is_not_paid_again() -> None:
    row = person(new_evidence=(badge(),))
    assert lines(one(row))["skills"] == D("0.4")
    assert "skills" not in lines(one(row, rewarded=(RewardedSkill(1, "skill-b1", "intermediate"),)))


def test_pool_is_kept_and_cuts_are_a_line() -> None:
    plain = recommend.recommend(company(120), policy())
    spent = sum(r.planned * _paid(r, company(120)) / 100 for r in plain)
    pool = euro(int(spent * D("0.7")))
    found = recommend.recommend(company(120), policy(), None, AdvisorSettings(pools={"*": pool}))
    merit = sum(
        (r.planned + r.lump_points - lines(r).get("range_minimum", D(0))) * _paid(r, company(120)) / 100
        for r in found
    )
    assert pool.amount * D("0.995") < merit <= pool.amount
    assert sum("budget" in lines(r) for r in found) > 60
    for r in found:
        check_sums(r)


def _paid(found: Recommendation, where: Snapshot) -> Decimal:
    return where.row(found.person_id).paid.amount


def test_pool_below_the_floors_is_refused() -> None:
    rows = [replace(p, rating=D(3)) for p in people(10)]
    floor = [replace(c, minimum=min(D(1), c.default), low=min(D(1), c.low)) for c in policy().matrix.cells]
    floor = [replace(c, low=max(c.low, c.minimum)) for c in floor]
    rules = policy(matrix=replace(policy().matrix, cells=tuple(floor)))
    with pytest.raises(InvalidInput, match=r"The pool is .* too small for the lowest raises"):
        recommend.recommend(snap(*rows), rules, None, AdvisorSettings(pools={"*": euro(10)}))


def test_locked_rows_keep_what_hr_fixed() -> None:
    chosen = AdvisorSettings(pools={"*": euro(4000)}, locked={"1": D("4.0")})
    found = recommend.recommend(snap(person(1), person(2), person(3)), policy(), None, chosen)
    assert [r.percent for r in found] == [D("4.0"), D("1.3"), D("1.3")]
    fixed = found[0]
    assert (fixed.status, fixed.interval_kind, fixed.low, fixed.high) == (
        RecommendationStatus.FIXED,
        "fixed",
        D("4.0"),
        D("4.0"),
    )
    assert wording.line_label(fixed.ledger[-1].code, fixed.status) == "Set by HR"
    check_sums(fixed)
    assert fixed.baseline is not None
    assert fixed.baseline.points + sum(r.points for r in fixed.reasons) == D("4.0")


def test_a_raise_that_hr_fixed_needs_no_rating_and_has_no_what_ifs() -> None:
    run = recommend.start(
        snap(person(1, rating=None)), policy(), None, AdvisorSettings(locked={"1": D("1.0")})
    )
    (found,) = run.build([0])
    assert (found.status, found.percent, found.abstain_code) == (RecommendationStatus.FIXED, D("1.0"), None)
    assert what_ifs(run, 1) == ()


def test_next_money_of_a_pool_names_people() -> None:
    rows = [person(1), person(2, rating=D(4)), person(3)]
    run = recommend.start(snap(*rows), policy(), None, AdvisorSettings(pools={"*": euro(4000)}))
    found = run.next_money("*", D(600))
    assert [(key, money) for key, _, money in found.gains] == [("2", D(240)), ("1", D(180)), ("3", D(180))]
    assert found.unused == 0
    with pytest.raises(InvalidInput):
        run.next_money("south")


def test_team_is_fitted_around_what_was_decided() -> None:
    run = recommend.start(snap(person(1), person(2), person(3)), policy())
    fitted = budget.fit(run.seats([0, 1, 2], {"1": D("3.5")}), D(3600))
    assert fitted.points == (D("3.5"), D("1.3"), D("1.2"))


def test_same_inputs_give_the_same_bytes(model: Artefact) -> None:
    stored = model.pack()
    first, second = (
        recommend.to_json(
            recommend.recommend(
                company(150),
                policy(),
                unpack(stored, expected_sha256=model.sha256),
                AdvisorSettings(chunk=chunk),
            )
        )
        for chunk in (20000, 7)
    )
    assert first == second
    assert recommend.to_json(recommend.from_json(first)) == first


REPLAY = """
import hashlib
from tests.advisor.advisor_company import company, past_cycles, policy
from plugin.advisor.model import training
from plugin.advisor.recommendation import recommend, summary, wording
from plugin.advisor.model.tables import TrainOptions
table = training.table_of(past_cycles((2023, 2024, 2025), 100, policy()), policy())
model = training.train(table, TrainOptions(kind="xgboost", trees=5, bootstrap=20)).artefact
found = recommend.to_json(recommend.recommend(company(30), policy(), model))
print(model.sha256, hashlib.sha256(found).hexdigest())
"""


def test_another_process_gives_the_same_bytes() -> None:
    found = set()
    for seed in ("1", "2"):
        place = {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(
            [sys.executable, "-c", REPLAY], env=place, capture_output=True, text=True, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"peers_at_least": 4},
        {"chunk": 0},
        {"threads": 0},
        {"explain_engine": "magic"},
        {"locked": {"1": D("0.25")}},
        {"locked": {"1": D(-1)}},
    ],
)
def test_settings_that_harm_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        AdvisorSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["xgboost", "tables"])
def test_one_person_alone_gets_the_bytes_of_the_whole_run(engine: str) -> None:
    table = training.table_of(past_cycles((2023, 2024, 2025), 300, policy(), noise=0.3), policy())
    trained = training.train(table, TrainOptions(kind="xgboost", trees=40, bootstrap=50)).artefact
    verdict = {"approved": True, "sentence": "Approved for this test.", "held_out_year": 2025}
    approved = Artefact(trained.metadata | {"verdict": verdict}, trained.blobs)
    run = recommend.start(company(150), policy(), approved, AdvisorSettings(explain_engine=engine))
    whole = run.build(range(150))
    assert any(r.status is RecommendationStatus.RECOMMENDED for r in whole)
    alone = [
        recommend.start(company(150), policy(), approved, run.context.settings).build([i])[0]
        for i in range(0, 150, 10)
    ]
    assert recommend.to_json(alone) == recommend.to_json(whole[::10])


def test_a_further_badge_moves_only_columns_that_are_declared_to_move_together() -> None:
    run = recommend.start(snap(person(1)), policy())
    chosen = features.choose()
    changed = person(1, new_evidence=further_badges(run.context, 1, strategic=True))
    before, after = (
        features.build(frame(snap(row), policy()).columns, chosen)[0] for row in (person(1), changed)
    )
    moved = {f.name for f, a, b in zip(chosen, before, after, strict=True) if a != b}
    assert moved == {"new_skill_badges", "new_strategic_skills"}
    assert all(features.BY_NAME[name].moved_by_badge for name in moved)


def test_many_what_ifs_at_once_are_those_of_each_person(model: Artefact) -> None:
    run = recommend.start(company(60), policy(), model)
    assert what_ifs_of(run, range(60)) == [what_ifs(run, row.person_id) for row in company(60).rows]


def test_recommendation_names_what_it_was_made_from(model: Artefact) -> None:
    found = recommend.recommend(company(50), policy(), model)[0]
    assert (found.snapshot_hash, found.policy_hash, found.model_hash) == (
        company(50).hash,
        policy().hash,
        model.sha256,
    )


def test_empty_snapshot_gives_no_recommendation(model: Artefact) -> None:
    assert recommend.recommend(snap(), policy(), model) == []


def test_peers_are_shown_from_five_on_only() -> None:
    few = recommend.start(snap(*(person(i) for i in range(1, 6))), policy())
    assert peers(few, 1).nearest == ()
    assert (peers(few, 1).people, peers(few, 1).least) == (4, 5)
    enough = recommend.start(snap(*(person(i) for i in range(1, 7))), policy())
    assert len(peers(enough, 1).nearest) == 5


def test_peers_are_the_nearest_and_pseudonymous() -> None:
    near = [person(i, annual=euro(60000 + i), rating_label=f"R{i}") for i in range(1, 7)]
    far = [person(i, annual=euro(50000), rating=D(5), rating_label="far") for i in range(10, 20)]
    found = peers(recommend.start(snap(*near, *far), policy()), 1)
    assert [p.rating_label for p in found.nearest] == ["R2", "R3", "R4", "R5", "R6"]
    assert all(p.compa_ratio is not None and p.compa_ratio % D("0.05") == 0 for p in found.nearest)
    assert (found.people, found.position_now) == (15, 10)
    assert found.position_after == 15


def test_people_who_do_not_take_part_are_neither_shown_nor_counted_as_peers() -> None:
    late = date(2026, 2, 1)
    here = [person(i, rating=D(3)) for i in range(1, 8)]
    new = [person(i, rating=D(3), hired_on=late) for i in range(8, 12)]
    run = recommend.start(snap(*here, *new), policy(eligibility=Eligibility(hired_by=date(2025, 12, 31))))
    found = peers(run, 1)
    assert (found.people, len(found.nearest)) == (6, 5)
    assert all(one.percent is not None for one in found.nearest)
    assert peers(run, 9).people == 7  # seen from one of the four: all seven are others
    few = recommend.start(snap(*here[:5], *new), run.context.policy)
    assert peers(few, 1).nearest == ()


def test_people_of_another_level_are_no_peers() -> None:
    found = recommend.start(snap(person(1), *(person(i, level="E3") for i in range(2, 20))), policy())
    assert peers(found, 1).people == 0


def test_what_ifs_never_fall(model: Artefact) -> None:
    run = recommend.start(company(300), policy(), model)
    for found in (item for items in what_ifs_of(run, range(300)) for item in items):
        assert found.change >= 0


def test_what_ifs_are_about_things_a_person_can_do() -> None:
    run = recommend.start(snap(person(1)), policy())
    codes = ["further_skill", "further_strategic_skill", "next_rating", "path"]
    assert [w.code for w in what_ifs(run, 1)] == codes
    assert [w.change for w in what_ifs(run, 1)] == [D("0.4"), D("0.6"), D("1.1"), D("0.8")]


def test_best_rated_person_has_no_next_rating() -> None:
    run = recommend.start(snap(person(1, rating=D(5))), policy())
    assert "next_rating" not in [w.code for w in what_ifs(run, 1)]


def test_no_what_if_where_the_advisor_is_silent() -> None:
    run = recommend.start(snap(person(1, rating=None)), policy())
    assert what_ifs(run, 1) == ()
    assert path(run, 1, D(3)) is None


def test_path_names_the_fewest_badges_or_nothing() -> None:
    run = recommend.start(snap(person(1)), policy())
    found = path(run, 1, D("3.2"))
    assert found is not None
    assert (found.facts.badges, found.percent) == (2, D("3.3"))
    said = "With 2 more verified skill badges, the recommendation would reach 3.3%."
    assert wording.what_if(found) == said
    assert path(run, 1, D(9)) is None


def test_a_person_sees_the_fewest_badges_beyond_what_one_brings() -> None:
    """2.5 now, 2.9 with one badge: 3.0 is the next half point, and two badges reach it."""
    run = recommend.start(snap(person(1)), policy())
    (way,) = [w for w in what_ifs(run, 1) if w.code == "path"]
    assert (way.facts.badges, way.percent) == (2, D("3.3"))
    assert way == path(run, 1, D("3.0"))


@pytest.mark.parametrize(
    "changes",
    [
        {"new_evidence": tuple(badge(str(i)) for i in range(9))},  # at the cap of skill points
        {"annual": euro(72000), "range_maximum": euro(72000)},  # at the range maximum
    ],
)
def test_no_way_is_named_to_who_is_at_a_cap(changes: dict[str, object]) -> None:
    run = recommend.start(snap(person(1, **changes)), policy())
    assert "path" not in [w.code for w in what_ifs(run, 1)]
    assert path(run, 1, D(20)) is None


def test_no_way_is_named_when_the_next_half_point_is_beyond_the_cap_or_four_badges() -> None:
    near = recommend.start(snap(person(1, new_evidence=tuple(badge(str(i)) for i in range(3)))), policy())
    assert [w.change for w in what_ifs(near, 1) if w.code == "further_skill"] == [D("0.3")]  # to the cap
    assert "path" not in [w.code for w in what_ifs(near, 1)]
    small = SkillPolicy(kind_points={"skill": D("0.1")})
    slow = recommend.start(snap(person(1)), policy(skills=small))
    assert "path" not in [w.code for w in what_ifs(slow, 1)]


def test_no_way_is_named_to_who_is_at_the_high_end_of_the_guideline() -> None:
    run = recommend.start(snap(person(1), person(2)), policy())
    at_the_end = replace(run.steps, lines=run.steps.lines + np.eye(9, dtype=np.int64)[8] * 10)
    run.__dict__["steps"] = at_the_end  # fitted to a pool that pays everybody the high end
    assert at_the_end.percent.tolist() == at_the_end.guideline[:, 3].tolist()
    assert "path" not in [w.code for w in what_ifs(run, 1)]


def test_the_ways_of_a_whole_company_are_those_of_its_people(model: Artefact) -> None:
    run = recommend.start(company(200), policy(), model)
    seen = 0
    for i, found in enumerate(what_ifs_of(run, range(200))):
        ways = [w for w in found if w.code == "path"]
        one = next((w.change for w in found if w.code == "further_skill"), D(0))
        if ways:
            seen += 1
            now = points(int(run.steps.percent[i]))
            target = ((now + one) * 2 // 1 + 1) / 2
            assert ways[0] == path(run, company(200).rows[i].person_id, target)
            assert one < ways[0].change
            assert now + one < target <= ways[0].percent
    assert seen > 50


def test_unknown_person_is_said() -> None:
    run = recommend.start(snap(person(1)), policy())
    with pytest.raises(InvalidInput):
        what_ifs(run, 99)


@given(st.integers(2, 40), st.sampled_from([D("0.01"), D(1), D(10)]), st.floats(0.3, 1.0))
def test_rounded_amounts_keep_to_the_pool(count: int, unit: Decimal, share: float) -> None:
    rows = [
        replace(row, person_id=i + 1, annual=euro(31_000 + 97 * i)) for i, row in enumerate(people(count))
    ]
    rows = [replace(row, range_minimum=None, range_midpoint=None, range_maximum=None) for row in rows]
    rules = policy(money_unit=unit)
    free = recommend.recommend(snap(*rows), rules)
    wanted = sum(r.planned * _paid(r, snap(*rows)) / 100 for r in free)
    pool = euro((wanted * D(str(share))).quantize(D("0.01")))
    try:
        found = recommend.recommend(snap(*rows), rules, None, AdvisorSettings(pools={"*": pool}))
    except InvalidInput as error:
        if "too small" not in str(error):
            raise
        return
    paid = sum((sum((line.money.amount for line in r.ledger), D(0)) for r in found), D(0))
    assert paid <= pool.amount
