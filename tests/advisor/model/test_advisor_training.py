"""Models are reproducible to the byte, trusted by hash, monotone, and silent when they have shown nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.advisor.model import boosting, evaluation, features, interval, ridge, training
from plugin.advisor.model.artefact import Trained, unpack
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.model.tables import Table, TrainOptions
from plugin.advisor.policy.pay_policy import Eligibility
from plugin.advisor.recommendation.frame import frame
from plugin.errors import InvalidInput, Tampered
from tests.advisor.advisor_company import company, past_cycles, policy

FAST = TrainOptions(kind="xgboost", trees=60, bootstrap=200)
YEARS = (2023, 2024, 2025)


@cache
def table(count: int = 500, *, signal: float = 1.0, noise: float = 0.4) -> Table:
    return training.table_of(past_cycles(YEARS, count, policy(), signal=signal, noise=noise), policy())


@pytest.fixture(scope="module")
def boosted() -> Trained:
    return training.train(table(), FAST)


@pytest.fixture(scope="module")
def ridged() -> Trained:
    return training.train(table(), TrainOptions())


def test_same_data_gives_the_same_bytes(boosted: Trained) -> None:
    assert training.train(table(), FAST).artefact.sha256 == boosted.artefact.sha256


def test_two_threads_give_the_bytes_of_one() -> None:
    x, y = table().x[:300], table().y[:300]  # tiny: two threads wait for each other on a busy machine
    small = TrainOptions(trees=3, validation_share=0.0)
    one, two = (boosting.train(x, y, table().directions, replace(small, threads=n)) for n in (1, 2))
    assert one == two


def test_other_data_gives_another_address(boosted: Trained) -> None:
    assert training.train(table(noise=0.41), FAST).artefact.sha256 != boosted.artefact.sha256


def test_artefact_survives_packing_and_predicts_the_same(boosted: Trained) -> None:
    data = boosted.artefact.pack()
    back = unpack(data, expected_sha256=boosted.artefact.sha256)
    x = table().x[:50]
    assert back == boosted.artefact
    np.testing.assert_array_equal(Predictor(back).delta(x), Predictor(boosted.artefact).delta(x))


@pytest.mark.parametrize("at", [12, 200, -1])
def test_one_changed_byte_is_noticed(boosted: Trained, at: int) -> None:
    data = bytearray(boosted.artefact.pack())
    data[at] ^= 1
    with pytest.raises(Tampered):
        unpack(bytes(data), expected_sha256=boosted.artefact.sha256)


def test_nothing_is_pickled(boosted: Trained, ridged: Trained) -> None:
    for blob in (*boosted.artefact.blobs.values(), *ridged.artefact.blobs.values()):
        assert blob[:1] == b"{"  # UBJ and JSON objects; a pickle starts with 0x80


def test_small_firm_gets_ridge(ridged: Trained) -> None:
    assert ridged.evaluation.kind == "ridge"
    assert ridged.artefact.metadata["kind"] == "ridge"


def test_large_firm_gets_xgboost() -> None:
    assert evaluation.kind_of(table(), TrainOptions(ridge_below=1000)) == "xgboost"


def test_model_that_knows_something_may_speak(ridged: Trained) -> None:
    assert ridged.artefact.approved
    assert ridged.evaluation.verdict.held_out_year == 2025
    assert all(c.low > 0 for c in ridged.evaluation.verdict.comparisons)


def test_model_that_learned_noise_switches_itself_off() -> None:
    found = training.train(table(signal=0.0), TrainOptions())
    assert not found.artefact.approved
    assert found.artefact.verdict_sentence.startswith("The model is turned off. On ")
    assert found.artefact.verdict_sentence.endswith(".")


def test_xgboost_that_does_not_beat_ridge_is_switched_off() -> None:
    linear = training.train(table(), replace(FAST, trees=5))
    assert not linear.artefact.approved
    assert "ridge" in linear.artefact.verdict_sentence


def test_scores_are_those_of_the_held_out_years(ridged: Trained) -> None:
    rows = table()
    train, test = rows.take(rows.year < 2025), rows.take(rows.year == 2025)
    found = {s.method: s for s in ridged.evaluation.scores if s.year == 2025}
    assert set(found) == {"mean", "median", "matrix", "policy", "ridge", "model"}
    assert found["median"].mae == pytest.approx(np.abs(test.y - np.median(train.y)).mean())
    spread = ((test.y - test.y.mean()) ** 2).sum()
    assert found["mean"].r2 == pytest.approx(1 - ((test.y - train.y.mean()) ** 2).sum() / spread)


def test_labels_of_the_tested_year_do_not_reach_its_predictions() -> None:
    rows = table()
    changed = replace(rows, y=np.where(rows.year == 2025, rows.y[::-1], rows.y))
    mine, theirs = (
        {(s.method, s.year): s.mae for s in evaluation.evaluate_table(t, TrainOptions(bootstrap=50)).scores}
        for t in (rows, changed)
    )
    assert mine["model", 2024] == theirs["model", 2024]
    assert mine["model", 2025] != theirs["model", 2025]


def test_generic_table_is_evaluated_and_never_approved_when_for_comparison_only() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 2))
    y = 2 * x[:, 0] + rng.normal(0, 0.1, 900)
    year = np.repeat([1, 2, 3], 300)
    found = evaluation.evaluate_table(
        Table(("lwage", "hours"), x, y, year, cluster=np.tile(np.arange(300), 3), pay_use=False)
    )
    assert {s.method for s in found.scores} == {"mean", "median", "ridge", "model"}
    assert next(s.r2 for s in found.scores if s.method == "model" and s.year is None) > 0.9
    assert not found.verdict.approved
    with pytest.raises(InvalidInput):
        evaluation.evaluate_table(Table(("lwage", "hours"), x, y, year))


def test_one_year_is_not_enough() -> None:
    rows = table()
    with pytest.raises(InvalidInput, match="two years"):
        evaluation.evaluate_table(rows.take(rows.year == 2025))


def test_clusters_widen_the_bootstrap_interval() -> None:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(20), 50)
    gains = rng.normal(0, 1, 20)[unit] + rng.normal(0, 0.1, 1000)
    options = TrainOptions(bootstrap=400)
    alone = evaluation._bootstrap(gains, None, options)
    together = evaluation._bootstrap(gains, unit, options)
    assert together.std() > 3 * alone.std()


def test_a_year_s_own_level_is_not_learned() -> None:
    rows = table()
    lifted = replace(rows, y=rows.y + np.where(rows.year == 2024, 3.0, 0.0))
    before = Predictor(training.train(rows, TrainOptions()).artefact).delta(rows.x)
    after = Predictor(training.train(lifted, TrainOptions()).artefact).delta(rows.x)
    np.testing.assert_allclose(before, after, atol=1e-9)


@settings(max_examples=30)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["ridge", "xgboost"])
def test_prediction_follows_the_declared_directions(
    boosted: Trained, ridged: Trained, kind: str, data: st.DataObject
) -> None:
    predictor = Predictor((ridged if kind == "ridge" else boosted).artefact)
    x = table().x
    row = x[data.draw(st.integers(0, len(x) - 1))].copy()
    j = data.draw(st.integers(0, len(row) - 1))
    direction = predictor.features[j].direction
    low, high = np.nanmin(x[:, j]), np.nanmax(x[:, j])
    grid = np.repeat(row[None, :], 12, axis=0)
    grid[:, j] = np.linspace(low, high, 12)
    assert (np.diff(predictor.delta(grid)) * direction >= -1e-6).all()


def test_table_leaves_out_people_without_rating_or_decision() -> None:
    cycle = past_cycles((2025,), 50, policy())[0]
    rows = tuple(replace(r, rating=None) if r.person_id <= 5 else r for r in cycle.snapshot.rows)
    decided = {k: v for k, v in cycle.decided.items() if k != 50}
    thin = replace(cycle, snapshot=replace(cycle.snapshot, rows=rows), decided=decided)
    assert len(training.table_of([thin], policy())) == 44


def test_firm_without_any_rating_can_still_be_measured() -> None:
    cycles = [
        replace(c, snapshot=replace(c.snapshot, rows=tuple(replace(r, rating=None) for r in c.snapshot.rows)))
        for c in past_cycles((2024, 2025), 60, policy())
    ]
    assert len(training.table_of(cycles, policy())) == 120
    assert not np.isnan(training.train(training.table_of(cycles, policy())).evaluation.scores[0].mae)


def test_ridge_solves_the_normal_equations_and_drops_wrong_signs() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 3))
    y = 1 + 2 * x[:, 0] - 1 * x[:, 1] + rng.normal(0, 0.01, 200)
    free = ridge.fit(x, y, alpha=1e-9)
    np.testing.assert_allclose(free.coef, [2, -1, 0], atol=0.01)
    held = ridge.fit(x, y, (1, 1, 0), alpha=1e-9)
    assert held.coef[1] == 0
    np.testing.assert_allclose(ridge.load(held.dump()).predict(x), held.predict(x))
    np.testing.assert_allclose(held.intercept + held.contributions(x).sum(axis=1), held.predict(x))


def test_current_features_are_within_what_training_saw(boosted: Trained) -> None:
    low, high = Predictor(boosted.artefact).seen
    x = features.build(frame(company(300), policy()).columns, Predictor(boosted.artefact).features)
    assert ((x >= low) & (x <= high)).all(axis=1).mean() > 0.9


def test_a_feature_that_never_varied_in_training_makes_nobody_strange() -> None:
    rows = table()
    flat = rows.x.copy()
    flat[:, rows.names.index("learning_hours")] = 0.0
    low, high = Predictor(training.train(replace(rows, x=flat), TrainOptions()).artefact).seen
    at = rows.names.index("learning_hours")
    assert (low[at], high[at]) == (-np.inf, np.inf)
    assert np.isfinite(low[rows.names.index("rating")])


def noise(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    band = rng.integers(1, 6, n)
    return rng.normal(0, 0.2 + 0.2 * band, n), np.zeros(n), band


def test_calibrated_interval_holds_its_level_in_every_rating() -> None:
    y, zero, band = noise(4000, 1)
    found = interval.calibrate(y, zero, zero, band)
    fresh, zero, band = noise(20000, 2)
    low, high = interval.apply(found, zero, zero, band)
    inside = (fresh >= low) & (fresh <= high)
    assert found.usable
    for rating in range(1, 6):
        assert 0.86 < inside[band == rating].mean() < 0.94
    assert (high - low)[band == 5].mean() > 2 * (high - low)[band == 1].mean()


def test_a_level_shift_of_the_year_moves_the_interval_and_does_not_widen_it() -> None:
    y, zero, band = noise(2000, 3)
    plain = interval.calibrate(y, zero, zero, band)
    moved = interval.calibrate(y + 2, zero, zero, band)
    assert moved.width == pytest.approx(plain.width)
    assert moved.coverage == plain.coverage


def test_too_few_decisions_give_no_interval() -> None:
    y, zero, band = noise(99, 4)
    found = interval.calibrate(y, zero, zero, band)
    assert found == interval.NONE


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40), st.floats(0.5, 0.99))
def test_conformal_quantile_covers_at_least_its_level(scores: list[float], level: float) -> None:
    values = np.array(scores)
    found = interval.conformal_quantile(values, level)
    assert found in scores
    assert found == values.max() or (values <= found).sum() >= (len(scores) + 1) * level


def test_the_year_a_policy_is_for_follows_its_dates_and_the_season_of_raises() -> None:
    past = past_cycles((2024, 2025), 30, policy())  # raises on April 2
    assert training.own_year(policy(), past) is None
    for last, year in ((date(2025, 12, 31), 2026), (date(2026, 4, 2), 2026), (date(2026, 4, 3), 2027)):
        assert training.own_year(policy(eligibility=Eligibility(hired_by=last)), past) == year


def _hired_in_turn(cycle: training.PastCycle) -> training.PastCycle:
    """One person a day, the last on the day before the snapshot."""
    newest = cycle.snapshot.as_of
    rows = tuple(replace(r, hired_on=newest - timedelta(days=r.person_id)) for r in cycle.snapshot.rows)
    return replace(cycle, snapshot=replace(cycle.snapshot, rows=rows))


def test_a_table_of_past_cycles_moves_the_dates_of_the_policy_to_each_year() -> None:
    cycles = [_hired_in_turn(cycle) for cycle in past_cycles(YEARS, 300, policy())]
    dated = policy(eligibility=Eligibility(hired_by=date(2025, 9, 30)))
    found = training.table_of(cycles, dated, policy_year=2026)
    for cycle in cycles:
        limit = date(cycle.year - 1, 9, 30)
        expected = {r.person_id for r in cycle.snapshot.rows if r.hired_on is None or r.hired_on <= limit}
        assert 0 < len(expected) < 300
        assert found.cluster is not None
        assert set(found.cluster[found.year == cycle.year].tolist()) == expected
