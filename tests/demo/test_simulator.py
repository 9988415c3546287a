"""The seller panel has the published figures and keeps its promises on structure."""

import numpy as np
import pytest

from plugin.demo.simulator import (
    BADGE_MIX,
    HOURS_LOG_MEAN,
    HOURS_LOG_SD,
    PROMOTION_SHARE,
    Confounding,
    log_odds_by_kind,
    points_by_kind,
    simulate_panel,
)
from plugin.errors import InvalidInput


def test_hours_have_the_published_shares_and_mean():
    panel = simulate_panel(7)
    assert np.mean(panel.annual_hours >= 40) == pytest.approx(0.80, abs=0.01)
    assert np.mean(panel.annual_hours >= 60) == pytest.approx(0.62, abs=0.01)
    assert np.mean(panel.annual_hours) == pytest.approx(100.6, abs=2)
    assert np.exp(HOURS_LOG_MEAN + HOURS_LOG_SD**2 / 2) == pytest.approx(100.6, abs=0.05)


def test_hours_keep_their_spread_when_ability_drives_learning():
    panel = simulate_panel(7, confounding=Confounding(ability_drives_learning=True))
    assert np.mean(panel.annual_hours >= 40) == pytest.approx(0.80, abs=0.01)


def test_panel_has_about_100_000_rows_and_every_seller():
    panel = simulate_panel(1)
    assert 95_000 < len(panel) < 110_000
    assert len(np.unique(panel.person)) == 14_008


def test_badge_kinds_have_the_published_mix():
    panel = simulate_panel(3)
    shares = np.array([panel.knowledge.sum(), panel.skill.sum(), panel.other.sum()]) / panel.badges.sum()
    np.testing.assert_allclose(shares, BADGE_MIX, atol=0.005)


def test_mix_of_kinds_is_worth_one_point_and_odds_of_1_09():
    points = points_by_kind()
    assert points @ np.array(BADGE_MIX) == pytest.approx(1.0)
    assert points[1] / points[0] == pytest.approx(2.0)
    assert np.exp(log_odds_by_kind()) @ np.array(BADGE_MIX) == pytest.approx(1.09)


def test_promotion_share_is_the_published_one():
    assert simulate_panel(5).promoted.mean() == pytest.approx(PROMOTION_SHARE, abs=0.004)


def test_same_seed_gives_the_same_panel_and_another_seed_another():
    one, two, other = simulate_panel(4, 300), simulate_panel(4, 300), simulate_panel(5, 300)
    np.testing.assert_array_equal(one.target, two.target)
    assert one.target.sum() != other.target.sum()


def test_strategic_badges_are_part_of_all_badges():
    panel = simulate_panel(2, 500)
    assert (panel.strategic <= panel.badges).all()
    assert panel.strategic.sum() > 0


def test_ability_makes_learners_better_only_when_switched_on():
    def slope(confounding: Confounding) -> float:
        panel = simulate_panel(6, confounding=confounding)
        return float(np.polyfit(panel.badges, panel.target, 1)[0])

    assert slope(Confounding()) == pytest.approx(1.0, abs=0.15)
    assert slope(Confounding(ability_drives_learning=True)) > 1.3


@pytest.mark.parametrize(("sellers", "half_years"), [(0, 12), (10, 5), (10, 0)])
def test_impossible_panels_are_refused(sellers, half_years):
    with pytest.raises(InvalidInput):
        simulate_panel(1, sellers, half_years)
