"""The bias that the demo company can be given is what the fairness report finds, and repaired labels lose it."""

import numpy as np
import pytest

from plugin.advisor.fairness.gap import adjusted_gap
from plugin.advisor.fairness.proxy import repair_labels
from plugin.advisor.fairness.report import FairnessInput, report
from plugin.demo.company import simulate_company
from plugin.demo.company_truth import CompanySettings
from plugin.domain import FairnessVerdict


def first_cycle(bias):
    """Raises of the first cycle with sex, unit, job family and rating; later ones are milder, as low pay earns more."""
    company = simulate_company(5, 3000, settings=CompanySettings(label_bias_points=bias))
    points = company.history.raise_points[:, 0]
    rows = ~np.isnan(points)
    people = company.workforce
    rating = company.history.rating[:, 0]
    return (
        points[rows],
        company.is_female[rows],
        people.column("unit")[rows],
        people.column("family")[rows],
        (rating[:, None] == np.arange(1, 6))[rows].astype(float),
    )


@pytest.mark.parametrize(("bias", "verdict"), [(0.0, FairnessVerdict.PASS), (0.8, FairnessVerdict.FAIL)])
def test_injected_bias_is_found_and_its_absence_is_not_called_bias(bias, verdict):
    points, woman, _, family, rating = first_cycle(bias)
    found = report(
        FairnessInput(in_group=woman, category=[str(f) for f in family], recommended=points, controls=rating)
    )
    assert next(g.verdict for g in found.gates if g.name == "recommendation gap") is verdict


def test_labels_repaired_per_unit_lose_the_bias():
    points, woman, unit, family, rating = first_cycle(0.8)
    before = adjusted_gap(points, woman, category=family, controls=rating)
    repaired, _ = repair_labels(points, woman, [str(u) for u in unit], rating)
    after = adjusted_gap(repaired, woman, category=family, controls=rating)
    assert before.estimate < -0.25
    assert abs(after.estimate) < 0.05
