"""The study's regressions find the simulator's truth within their errors, and say when a figure fools."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from plugin.advisor.study.panel_models import (
    demean_two_ways,
    promotion_fit,
    split_panel_jackknife,
    within_fit,
)
from plugin.advisor.study.regressions import run
from plugin.advisor.study.report import PUBLISHED
from plugin.cli.model.study import study
from plugin.demo.simulator import Confounding, simulate_panel
from plugin.errors import InvalidInput
from tests.advisor.panel_files import write_panel


@pytest.fixture(scope="module")
def clean():
    return run(simulate_panel(1))


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_clean_simulation_gives_the_published_figures_within_three_errors(clean, name):
    found = clean.get(name)
    assert abs(found.value - PUBLISHED[name]) < 3 * found.standard_error


@pytest.mark.parametrize(
    ("name", "at_most"),
    [
        ("points per badge", 0.06),
        ("skill badge / knowledge badge", 0.35),
        ("odds per badge", 0.01),
        ("odds per skill badge", 0.02),
        ("odds of super learners", 0.1),
        ("odds of steady learners", 0.1),
    ],
)
def test_errors_are_small_enough_to_mean_something(clean, name, at_most):
    assert clean.get(name).standard_error < at_most


def test_clean_simulation_raises_no_warning_and_always_names_the_limits(clean):
    assert clean.warnings == ()
    said = " ".join(clean.not_identifiable)
    for word in ("flow", "stock", "caused", "strategic", "ratio"):
        assert word in said


def test_leaving_badges_out_makes_hours_look_better_than_they_are(clean):
    left_out = clean.get("odds of super learners, badges left out")
    assert left_out.low > clean.get("odds of super learners").value


def test_ability_fools_the_pooled_estimate_and_not_the_within_one():
    found = run(simulate_panel(2, 5000, confounding=Confounding(ability_drives_learning=True)))
    assert found.get("points per badge, pooled").low > 1.3
    assert found.get("points per badge").low < 1 < found.get("points per badge").high
    assert any("Pooled and within" in warning for warning in found.warnings)


def test_feedback_fools_the_within_estimate_and_the_jackknife_corrects_it():
    panel = simulate_panel(3, confounding=Confounding(feedback=True))
    within = within_fit(panel, {"badges": panel.badges.astype(float)})
    jackknife, error, _ = split_panel_jackknife(panel)
    assert within.value("badges") + 1.96 * within.error("badges") < 1
    assert abs(jackknife - 1) < 1.96 * error


def test_feedback_is_noticed_by_the_lead_test():
    found = run(simulate_panel(3, 3000, confounding=Confounding(feedback=True)))
    assert found.get("points per badge of the next period").low > 0
    assert any("Prefer the jackknife" in warning for warning in found.warnings)


def test_ability_in_promotion_inflates_the_odds():
    both = Confounding(ability_drives_learning=True, ability_drives_promotion=True)
    found = run(simulate_panel(4, 8000, confounding=both))
    assert found.get("odds per badge").low > 1.09
    assert found.warnings


def test_panelols_agrees_with_our_two_way_demeaning():
    panel = simulate_panel(5, 400)
    fit = within_fit(panel, {"badges": panel.badges.astype(float)})
    x = demean_two_ways(panel.badges.astype(float), panel.person, panel.half_year)
    y = demean_two_ways(panel.target, panel.person, panel.half_year)
    assert fit.value("badges") == pytest.approx(float(x @ y / (x @ x)), abs=1e-7)


def test_jackknife_error_is_the_spread_over_simulations():
    found = [split_panel_jackknife(simulate_panel(seed, 1500)) for seed in range(40)]
    values, errors = np.array([f[0] for f in found]), np.array([f[1] for f in found])
    assert values.mean() == pytest.approx(1.0, abs=0.08)
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.35)


def test_jackknife_uses_people_with_four_half_years_or_more():
    panel = simulate_panel(6, 300)
    counts = np.bincount(panel.person)[panel.person]
    assert split_panel_jackknife(panel)[2] == (counts >= 4).sum()


def test_logit_without_other_columns_is_the_odds_ratio_of_a_table():
    panel = simulate_panel(7, 3000)
    one = replace(panel, half_year=np.zeros_like(panel.half_year), person=np.arange(len(panel)))
    is_super, promoted = one.is_super, one.promoted
    fit = promotion_fit(one, {"super": is_super.astype(float)})
    table = np.array([[(is_super & promoted).sum(), (is_super & ~promoted).sum()],
                      [(~is_super & promoted).sum(), (~is_super & ~promoted).sum()]])  # fmt: skip
    assert np.exp(fit.value("super")) == pytest.approx(table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0])
    assert fit.error("super") == pytest.approx(np.sqrt((1 / table).sum()), rel=0.02)


def test_panels_that_cannot_carry_a_regression_are_refused():
    panel = simulate_panel(8, 300)
    same = replace(panel, promoted=np.zeros(len(panel), bool))
    with pytest.raises(InvalidInput, match="promoted"):
        run(same)
    nothing = np.zeros_like(panel.knowledge)
    with pytest.raises(InvalidInput):
        run(replace(panel, knowledge=nothing, skill=nothing, other=nothing))
    with pytest.raises(InvalidInput):
        promotion_fit(panel, {"oracle": panel.promoted.astype(float)})


def test_report_as_text_and_json_say_the_same(clean):
    data = json.loads(json.dumps(clean.to_json(), allow_nan=False))
    first = data["estimates"][0]
    assert first["published"] == 1.0
    assert f"{first['value']:.3f}" in clean.to_text()
    assert "Not identifiable" in clean.to_text()


def test_command_reads_a_csv_panel(tmp_path):
    write_panel(simulate_panel(9, 800), tmp_path / "panel.csv")
    answer = CliRunner().invoke(study, ["--panel", str(tmp_path / "panel.csv"), "--json"])
    assert answer.exit_code == 0, answer.output
    data = json.loads(answer.stdout)
    assert (data["people"], data["simulated"], data["seed"]) == (800, False, None)


@pytest.mark.parametrize("arguments", [[], ["--confound", "ability"]])
def test_command_wants_exactly_one_panel(arguments):
    answer = CliRunner().invoke(study, arguments)
    assert isinstance(answer.exception, InvalidInput)


@pytest.mark.slow
def test_eight_replications_recover_the_truth_on_average():
    reports = [run(simulate_panel(seed)) for seed in range(10, 18)]
    for name, truth in PUBLISHED.items():
        values = np.array([found.get(name).value for found in reports])
        error = np.mean([found.get(name).standard_error for found in reports])
        assert abs(values.mean() - truth) < 3 * error / np.sqrt(len(values)) + 0.005 * truth, name
