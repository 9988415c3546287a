"""Reasons are exact: they are the model's Shapley values, grouped, and add up after rounding in points and in money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plugin.advisor.model import boosting, training
from plugin.advisor.model.artefact import Artefact
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import TrainOptions
from plugin.advisor.policy.rounding import money, money_parts, to_totals
from plugin.advisor.recommendation import explain, messages, recommend, shown, summary, wording
from plugin.advisor.recommendation.ledger_steps import ORDER
from plugin.advisor.recommendation.recommend import Run
from plugin.advisor.recommendation.snapshot import snapshot
from plugin.advisor.recommendation.values import Group, ReasonCode, Recommendation
from plugin.domain import largest_remainder
from tests.advisor.advisor_company import AS_OF, badge, company, past_cycles, person, policy

K = len(explain.GROUPS)


@pytest.fixture(scope="module")
def boosted() -> Artefact:
    table = training.table_of(past_cycles((2023, 2024, 2025), 500, policy(), noise=0.3), policy())
    trained = training.train(table, TrainOptions(kind="xgboost", trees=60, bootstrap=100)).artefact
    verdict = {"approved": True, "sentence": "Approved for this test.", "held_out_year": 2025}
    return Artefact(trained.metadata | {"verdict": verdict}, trained.blobs)


@pytest.fixture(scope="module")
def run(boosted: Artefact) -> Run:
    return recommend.start(company(300), policy(), boosted)


@pytest.fixture(scope="module")
def all_of_them(run: Run) -> list[Recommendation]:
    return [item for part in recommend.chunks(run) for item in part]


parts = hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(K)), elements=st.floats(-40, 40))


@given(parts, st.integers(-20, 60))
def test_groups_sum_exactly_after_rounding_for_any_contributions(raw: np.ndarray, base: int) -> None:
    target = np.floor(np.maximum(raw.sum(axis=1), 0)).astype(np.int64) - base
    rounded = explain.fold_and_round(raw, target)
    np.testing.assert_array_equal(rounded.sum(axis=1), target)


@given(parts)
def test_nothing_under_a_tenth_of_a_point_is_shown_alone(raw: np.ndarray) -> None:
    target = np.floor(raw.sum(axis=1)).astype(np.int64)
    rounded = explain.fold_and_round(raw, target)
    small = np.abs(raw) < 0.99
    small[:, [explain.RULES, explain.OTHER]] = False
    assert (rounded[small] == 0).all()
    large = np.abs(raw) >= 1
    large[:, [explain.RULES, explain.OTHER]] = False
    assert (np.abs(rounded - raw)[large] < 1 + 1e-6).all()


@given(st.lists(st.decimals(-9, 9, places=3), min_size=1, max_size=8))
def test_rounding_of_columns_is_that_of_the_domain(values: list[Decimal]) -> None:
    total = sum(values, Decimal(0)).quantize(Decimal("0.1"))
    expected = largest_remainder(values, total)
    found = to_totals(np.array([[float(v * 10) for v in values]]), np.array([int(total * 10)]))
    assert found[0].tolist() == [int(v * 10) for v in expected]


@given(
    st.integers(100_00, 9_000_000_00),
    st.lists(st.integers(-90, 90), min_size=1, max_size=9),
    st.sampled_from([1, 100, 1000]),
)
def test_money_of_the_parts_sums_to_the_money_of_the_whole(minor: int, tenths: list[int], unit: int) -> None:
    found = money_parts(np.array([minor]), np.array([tenths]), unit)
    total = money(np.array([minor]), np.array([sum(tenths)]), unit)[0]
    assert found.sum() == total
    assert abs(total * unit - Decimal(minor) * sum(tenths) / 1000) <= Decimal(unit) / 2
    for part, tenth in zip(found[0], tenths, strict=True):
        assert abs(int(part) * unit - Decimal(minor) * tenth / 1000) <= unit


tenths = st.integers(-30, 60)


@st.composite
def pages(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Tenths of the ledger's lines, and of baseline and groups, with one sum; skills and rules are often the same points."""
    lines = [draw(st.sampled_from([0, 0, 1, -1])) * draw(st.integers(0, 40)) for _ in ORDER]
    lines[explain.SKILL_LINE] = draw(st.integers(0, 15))
    groups = [draw(tenths)] + [draw(st.sampled_from([0, 1])) * draw(tenths) for _ in explain.GROUPS]
    if draw(st.booleans()):
        groups[1 + explain.SKILLS] = lines[explain.SKILL_LINE]
    if draw(st.booleans()):
        groups[1 + explain.RULES] = sum(lines[j] for j in explain.RULE_LINES)
    groups[1] += sum(lines) - sum(groups)  # performance takes the rest
    return lines, groups


@given(st.integers(100_00, 900_000_00), pages(), st.sampled_from([1, 100, 1000]))
def test_the_same_points_have_the_same_money_in_steps_and_reasons(
    minor: int, page: tuple[list[int], list[int]], unit: int
) -> None:
    lines, groups = (np.array([part]) for part in page)
    ours, theirs = explain.same_points(lines, groups)
    pay = np.array([minor])
    steps, shown = money_parts(pay, lines, unit, ours)[0], money_parts(pay, groups, unit, theirs)[0]
    assert steps.sum() == shown.sum() == money(pay, lines.sum(axis=1), unit)[0]
    if groups[0, 1 + explain.SKILLS] == lines[0, explain.SKILL_LINE]:
        assert shown[1 + explain.SKILLS] == steps[explain.SKILL_LINE]
    if theirs[0, 1 + explain.RULES]:
        assert shown[1 + explain.RULES] == sum(steps[j] for j in explain.RULE_LINES)
    for amounts, parts_of in ((steps, page[0]), (shown, page[1])):
        for amount, tenth in zip(amounts.tolist(), parts_of, strict=True):
            assert abs(amount * unit - Decimal(minor) * tenth / 1000) <= 2 * unit
            assert tenth or not amount


def test_a_page_never_shows_two_amounts_for_the_skills_of_a_person(
    all_of_them: list[Recommendation],
) -> None:
    seen = 0
    for found in all_of_them:
        line = next((one for one in found.ledger if one.code == "skills"), None)
        reason = next((one for one in found.reasons if one.group is Group.SKILLS), None)
        if line and reason and line.points == reason.points:
            seen += 1
            assert line.money == reason.money
    assert seen > 20


def test_grouped_contributions_are_the_sums_of_shap_tree_explainer(boosted: Artefact, run: Run) -> None:
    import shap

    predictor = Predictor(boosted)
    booster = boosting.load(boosted.blobs["model"])
    x = run.context.x[:60]
    reference = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent").shap_values(x)
    groups = [feature.group for feature in predictor.features]
    found = explain.group_sums(predictor.contributions(x)[1], groups)
    for g, group in enumerate(explain.GROUPS):
        member = [i for i, owner in enumerate(groups) if owner is group]
        np.testing.assert_allclose(found[:, g], reference[:, member].sum(axis=1), atol=2e-5)


def test_own_engine_gives_the_reasons_of_xgboost(boosted: Artefact, run: Run) -> None:
    predictor = Predictor(boosted)
    theirs = predictor.contributions(run.context.x, engine="xgboost")
    ours = predictor.contributions(run.context.x, engine="tables")
    assert ours[0] == pytest.approx(theirs[0], abs=2e-5)
    np.testing.assert_allclose(ours[1], theirs[1], atol=2e-5)


def test_contributions_and_base_sum_to_the_prediction(boosted: Artefact, run: Run) -> None:
    predictor = Predictor(boosted)
    base, values = predictor.contributions(run.context.x)
    np.testing.assert_allclose(base + values.sum(axis=1), predictor.delta(run.context.x), atol=2e-5)


def test_baseline_and_reasons_sum_to_percent_and_amount(all_of_them: list[Recommendation]) -> None:
    spoken = [r for r in all_of_them if r.percent is not None]
    assert len(spoken) > 250
    for found in spoken:
        assert found.baseline is not None
        assert found.amount is not None
        assert found.baseline.points + sum(r.points for r in found.reasons) == found.percent
        assert found.baseline.money.amount + sum(r.money.amount for r in found.reasons) == found.amount.amount
        assert len(found.reasons) <= 6
        assert all(abs(r.points) >= Decimal("0.1") for r in found.reasons)


def test_baseline_is_the_same_for_all_and_names_its_population(all_of_them: list[Recommendation]) -> None:
    found = {(r.baseline.points, wording.baseline(r.baseline)) for r in all_of_them if r.baseline}
    assert len(found) == 1
    assert found.pop()[1] == "300 employees of this company in this cycle, before new skills"


def test_who_has_no_counted_badge_is_never_told_of_new_skills(
    all_of_them: list[Recommendation], run: Run
) -> None:
    for found in all_of_them:
        skills = run.context.frame.skills[run.context.snapshot.position(found.person_id)]
        codes = {reason.code for reason in found.reasons if reason.group is Group.SKILLS}
        assert codes <= {ReasonCode.NEW_SKILLS if skills.counted else ReasonCode.NO_NEW_SKILL}


def test_no_new_skill_yet_is_said_when_the_model_expects_one() -> None:
    run = recommend.start(snapshot(AS_OF, "EUR", [person(i) for i in range(1, 4)]), policy())
    tenths = [0] * K
    tenths[explain.GROUPS.index(Group.SKILLS)] = -2
    reason = explain.reasons(run.context, 0, tenths, [0] * K, [0] * 8)[0]
    assert (reason.code, reason.points) == (ReasonCode.NO_NEW_SKILL, Decimal("-0.2"))
    assert wording.reason(reason).endswith("The next verified skill will count.")


def test_each_tenth_of_the_skill_line_links_to_a_badge() -> None:
    rows = [person(1, new_evidence=(badge("a"), badge("b", kind="knowledge"))), person(2)]
    found = recommend.recommend(snapshot(AS_OF, "EUR", rows), policy())[0]
    reason = next(r for r in found.reasons if r.group is Group.SKILLS)
    assert reason.points == Decimal("0.6") == sum(e.points for e in reason.badges)
    assert {e.award_id for e in reason.badges} == {"a", "b"}
    assert "Badge a" in wording.reason(reason)
    line = next(line for line in found.ledger if line.code == "skills")
    assert line.badges == reason.badges


def test_explanation_of_a_person_holds_nothing_of_others() -> None:
    rows = [
        person(1),
        *(person(i, rating_label=f"secret {i}", new_evidence=(badge(f"secret-{i}"),)) for i in range(2, 9)),
    ]
    data = recommend.to_json(recommend.recommend(snapshot(AS_OF, "EUR", rows), policy())[:1])
    assert b"secret" not in data


def test_sentences_are_whole_and_filled(all_of_them: list[Recommendation]) -> None:
    for found in all_of_them:
        sentences = [wording.reason(reason) for reason in shown.reasons(found)] + [
            summary.words(summary.of(found)),
            wording.confidence(found.confidence),
            *(wording.note(note) for note in found.notes),
        ]
        for text in sentences:
            assert text.endswith(".")
            assert "%(" not in text
            assert "None" not in text


def test_summary_names_baseline_percent_and_strongest_reason(all_of_them: list[Recommendation]) -> None:
    found = next(r for r in all_of_them if r.percent and any(x.points > 0 for x in r.reasons))
    reasons = [r for r in shown.reasons(found) if r.group is not Group.OTHER]
    strongest = max(reasons, key=lambda r: r.points)
    text = summary.words(summary.of(found))
    assert f"{found.percent}%" in text
    assert (
        messages.IN_SENTENCE[strongest.code].lower() in text.lower()
        or wording.reason_label(strongest) in text
    )


def test_recent_raise_and_rating_end_in_their_own_groups(boosted: Artefact) -> None:
    rows = list(company(100).rows)
    rows[0] = replace(rows[0], last_pay_change_on=AS_OF.replace(year=2023), new_evidence=())
    late = recommend.start(snapshot(AS_OF, "EUR", rows), policy(), boosted)
    rows[0] = replace(rows[0], last_pay_change_on=AS_OF.replace(year=2025, month=12))
    early = recommend.start(snapshot(AS_OF, "EUR", rows), policy(), boosted)
    time = explain.GROUPS.index(Group.TIME)
    where = np.array([0])
    before, after = (explain.raw_groups(r.context, where)[0] for r in (early, late))
    assert after[time] > before[time] + 0.1
