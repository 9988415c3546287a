"""The report measures what it can, judges it by large-and-not-chance gates, and asks for a second person."""

import json

import numpy as np
import pytest

from plugin.advisor.fairness import wording
from plugin.advisor.fairness.decisions import audit_decisions
from plugin.advisor.fairness.gates import GateLimits
from plugin.advisor.fairness.report import FairnessInput, check_approval, report
from plugin.domain import FairnessVerdict
from plugin.errors import InvalidInput, NotAllowed


def people(seed=1, n=600, *, gap=0.0, override=0.0, leak=False, pay_gap=0.0):
    """A fair workforce, unless told otherwise."""
    rng = np.random.default_rng(seed)
    woman = rng.random(n) < 0.45
    family = rng.integers(0, 3, n)
    merit = rng.standard_normal(n)
    recommended = np.round(3 + merit + gap * woman + rng.normal(0, 0.3, n), 1)
    features = np.column_stack([merit, rng.standard_normal(n) + 3 * leak * woman])
    return FairnessInput(
        in_group=woman,
        category=[f"family {f}" for f in family],
        recommended=recommended,
        label=3 + merit + gap * woman + rng.normal(0, 0.5, n),
        decided=recommended
        + rng.choice([0.0, 0.3, -0.3], n, p=[0.7, 0.15, 0.15])
        + override * woman * (rng.random(n) < 0.4),
        pay=60_000 * np.exp(0.1 * family + pay_gap * woman + rng.normal(0, 0.06, n)),
        controls=merit[:, None],
        features=features,
        feature_names=("rating", "shift_pattern"),
    )


def verdict_of(found, name):
    return next(gate.verdict for gate in found.gates if gate.name == name)


def test_fair_workforce_passes_every_gate():
    found = report(people())
    assert [gate.name for gate in found.gates if gate.verdict is not FairnessVerdict.PASS] == []
    assert (found.verdict, found.approvals_needed) == (FairnessVerdict.PASS, 1)


def test_fair_workforces_seldom_get_a_warning():
    alarmed = sum(report(people(seed, 300)).verdict is not FairnessVerdict.PASS for seed in range(8))
    assert alarmed <= 2


def test_large_gap_in_recommendations_fails_and_a_second_person_with_a_reason_is_needed():
    found = report(people(gap=-0.5))
    assert verdict_of(found, "recommendation gap") is FairnessVerdict.FAIL
    assert verdict_of(found, "attribute-blind test") is FairnessVerdict.WARN
    with pytest.raises(NotAllowed):
        check_approval(found, ["ada", "ada"], "we looked")
    with pytest.raises(NotAllowed):
        check_approval(found, ["ada", "bram"])
    check_approval(found, ["ada", "bram"], "labels are repaired in the next run")


def test_warning_needs_two_people_but_no_reason():
    found = report(people(gap=-0.2, n=1500))
    assert verdict_of(found, "recommendation gap") is FairnessVerdict.WARN
    assert found.verdict is FairnessVerdict.WARN
    with pytest.raises(NotAllowed):
        check_approval(found, ["ada"])
    check_approval(found, ["ada", "bram"])


def test_leaking_feature_fails_and_is_named():
    found = report(people(leak=True))
    gate = next(g for g in found.gates if g.name == "proxy scan")
    assert gate.verdict is FairnessVerdict.FAIL
    assert gate.found["strongest"] == "shift_pattern"
    assert "Strongest input: shift_pattern" in wording.found(gate.to_json())


def test_pay_gap_in_a_category_fails_only_beyond_chance():
    assert verdict_of(report(people(pay_gap=-0.08)), "pay gap by category") is FairnessVerdict.FAIL
    assert verdict_of(report(people()), "pay gap by category") is FairnessVerdict.PASS
    small = report(people(3, 60, pay_gap=0.0))
    assert verdict_of(small, "pay gap by category") is not FairnessVerdict.FAIL


def test_overrides_against_one_group_are_found():
    found = report(people(override=-0.5))
    assert found.decisions.change.estimate == pytest.approx(-0.2, abs=0.06)
    assert found.decisions.p_down < 0.001
    assert verdict_of(found, "overrides") is FairnessVerdict.WARN
    assert verdict_of(found, "recommendation gap") is FairnessVerdict.PASS


def test_gap_after_decisions_is_the_gap_before_plus_the_change():
    data = people(override=-0.5)
    audit = audit_decisions(data.recommended, data.decided, data.in_group, controls=data.controls)
    assert audit.after.estimate == pytest.approx(audit.before.estimate + audit.change.estimate)
    assert audit.group.total == data.in_group.sum()


def test_accepting_nearly_everything_unchanged_is_a_warning():
    data = people()
    accepted = FairnessInput(
        in_group=data.in_group, category=data.category, recommended=data.recommended, decided=data.recommended
    )
    found = report(accepted)
    assert found.decisions.unchanged_share == 1
    assert verdict_of(found, "accepted unchanged") is FairnessVerdict.WARN
    assert verdict_of(found, "overrides") is FairnessVerdict.PASS


def test_what_is_absent_is_called_not_measured():
    data = people()
    found = report(FairnessInput(in_group=data.in_group, category=data.category, pay=data.pay))
    assert verdict_of(found, "recommendation gap") is FairnessVerdict.NOT_MEASURED
    assert verdict_of(found, "proxy scan") is FairnessVerdict.NOT_MEASURED
    assert verdict_of(found, "pay gap by category") is FairnessVerdict.PASS
    assert found.approvals_needed == 2


def test_few_people_give_neither_figures_nor_counts():
    data = people(n=8)
    found = report(
        FairnessInput(in_group=data.in_group, category=data.category, recommended=data.recommended)
    )
    assert (found.n_group, found.n_reference, found.recommendation) == (0, 0, None)
    assert found.verdict is FairnessVerdict.NOT_MEASURED


def test_unknown_attributes_are_counted_and_left_out():
    data = people()
    known = np.arange(600) >= 25
    wild = data.recommended.copy()
    wild[~known] = 40.0
    one = report(
        FairnessInput(in_group=data.in_group, category=data.category, recommended=wild, is_known=known)
    )
    assert one.unknown == one.impact.unknown == 25
    assert one.n_group + one.n_reference == 575
    assert verdict_of(one, "recommendation gap") is FairnessVerdict.PASS


def test_report_as_json_holds_figures_and_no_rows():
    text = json.dumps(report(people()).to_json(), allow_nan=False)
    assert json.loads(text)["verdict"] == "pass"
    assert len(text) < 6000  # 600 people would not fit


def test_limits_are_settings():
    strict = report(people(gap=-0.2, n=1500), GateLimits(gap_fail_points=0.15))
    assert verdict_of(strict, "recommendation gap") is FairnessVerdict.FAIL


def test_columns_of_different_length_are_refused():
    data = people()
    with pytest.raises(InvalidInput):
        report(
            FairnessInput(in_group=data.in_group, category=data.category, recommended=data.recommended[:10])
        )
