"""Every training run and every cycle has a fairness report; one that did not pass needs two people with reasons."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.advisor.model.tables import TrainOptions
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.core import Actor, Core
from plugin.services.cycle import life
from plugin.services.model import fairness_review, training
from plugin.store import tables
from plugin.store.cycle import recommendations
from plugin.store.model import fairness_reports, protected
from plugin.store.model.fairness_reports import Fresh
from tests.services.past_raises import history, with_sexes
from tests.small_company import Company, count, fill, open_cycle, policy, put_decision

FIRST, SECOND, THIRD = (Actor(f"{name}@example.com") for name in ("first", "second", "third"))
QUICK = TrainOptions(bootstrap=60)


@pytest.fixture
def company(core: Core) -> Company:
    return fill(core)


def _train(core: Core) -> int:
    made = training.train(core, FIRST, training.add_policy(core, FIRST, policy()), QUICK)
    assert made.model_id is not None
    return made.model_id


def _gates(document: dict, attribute: str = "sex") -> dict[str, str]:  # type: ignore[type-arg]
    report = next(one for one in document["attributes"] if one["attribute"] == attribute)
    return {gate["name"]: gate["verdict"] for gate in report["gates"]}


def test_a_training_run_reports_on_its_held_out_year(core: Core) -> None:
    history(core)
    found = fairness_review.of_model(core, _train(core))
    assert found is not None
    assert found.document["held_out_year"] == 2025
    gates = _gates(found.document)
    assert set(gates) == {"recommendation gap", "attribute-blind test", "impact ratio", "proxy scan"}
    assert "not_measured" not in gates.values()
    assert set(_gates(found.document, "age")) == set(gates)


def test_training_without_protected_attributes_has_no_report_and_one_person_approves(core: Core) -> None:
    history(core)
    with core.database.transaction() as tx:
        tx.execute(tables.protected_attribute.delete())
    model_id = _train(core)
    assert fairness_review.of_model(core, model_id) is None
    assert training.approve(core, SECOND, model_id, "Beats the rules.") == 0


def test_a_model_that_uses_a_stand_in_for_sex_fails_and_needs_two_people(core: Core) -> None:
    history(core, women_learn_less=True)
    model_id = _train(core)
    found = fairness_review.of_model(core, model_id)
    assert found is not None
    assert (found.verdict, found.approvals_needed) == ("fail", 2)
    assert _gates(found.document)["proxy scan"] == "fail"
    assert training.approve(core, SECOND, model_id, "Hours are counted alike for all.") == 1
    assert training.card(core, model_id).state == "checked"
    with pytest.raises(Conflict):
        training.approve(core, SECOND, model_id, "Once more.")
    with pytest.raises(NotAllowed):
        training.approve(core, FIRST, model_id, "I trained it.")
    assert training.approve(core, THIRD, model_id, "Read and accepted.") == 0
    assert training.card(core, model_id).state == "approved"


def test_a_gap_of_past_raises_is_measured_on_labels_only(core: Core) -> None:
    history(core, bias=0.6)
    found = fairness_review.of_model(core, _train(core))
    assert found is not None
    (report,) = (one for one in found.document["attributes"] if one["attribute"] == "sex")  # type: ignore[union-attr,index]
    assert report["label_gap"]["estimate"] == pytest.approx(0.6, abs=0.15)  # type: ignore[index,call-overload]
    assert abs(report["recommendation_gap"]["estimate"]) < 0.2  # type: ignore[index,arg-type,call-overload]


def test_a_training_run_looks_at_sex_and_age_at_once(core: Core) -> None:
    history(core, people=160)
    found = fairness_review.of_model(core, _train(core))
    assert found is not None
    crossed = found.document["intersections"]
    assert isinstance(crossed, dict)
    assert (crossed["attributes"], crossed["unknown"]) == (["sex", "age"], 0)
    rows = crossed["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 4
    assert sum(int(str(row["n"])) for row in rows if isinstance(row, dict)) == 160


def test_the_same_training_again_keeps_its_report(core: Core) -> None:
    history(core, people=60)
    _train(core)
    _train(core)
    assert count(core, tables.fairness_report) == 1


def _decide(core: Core, cycle_id: int, most: int) -> None:
    with core.database.transaction() as tx:
        shown = [one for one in recommendations.all_current(tx, cycle_id) if one.percent is not None]
        for i, one in enumerate(shown[:most]):
            assert one.percent is not None
            put_decision(core, tx, cycle_id, one.person_id, one.percent + (1 if i % 3 == 0 else 0))


def test_the_report_of_a_cycle_measures_what_the_model_sees_and_what_was_decided(
    core: Core, company: Company
) -> None:
    with_sexes(core, company.people)
    cycle_id = open_cycle(core, company)
    before = fairness_review.of_cycle(core, company.analyst, cycle_id).report
    assert before.proxy is not None
    assert "rating" in {name for name, _ in before.proxy.features}
    assert before.decisions is None
    _decide(core, cycle_id, 4)
    assert fairness_review.of_cycle(core, company.analyst, cycle_id).report.decisions is None, (
        "too few are decided"
    )
    with core.database.transaction() as tx:
        tx.execute(tables.decision.delete())
    _decide(core, cycle_id, 99)
    after = fairness_review.of_cycle(core, company.analyst, cycle_id).report.decisions
    assert after is not None
    decided = after.group.total + after.reference.total
    assert after.group.up + after.reference.up == -(-decided // 3)
    kept = fairness_review.history(core, cycle_id)
    assert len(kept) == 3
    assert kept[0].document["people"] == 22


def test_a_cycle_with_few_people_shows_none_of_them_by_two_attributes(core: Core, company: Company) -> None:
    with_sexes(core, company.people)
    cycle_id = open_cycle(core, company)
    made = fairness_review.of_cycle(core, company.analyst, cycle_id)
    assert made.crossed is None, "only one attribute is stored"
    assert fairness_review.history(core, cycle_id)[0].document["intersections"] is None
    with core.database.transaction() as tx:
        ages = [
            (who, "birth_year", str(1965 + 15 * (i % 2))) for i, who in enumerate(company.people.values())
        ]
        protected.put(tx, ages[:-1])
    crossed = fairness_review.of_cycle(core, company.analyst, cycle_id).crossed
    assert crossed is not None
    assert crossed.rows == ()
    assert crossed.hidden_because


def test_without_protected_attributes_a_cycle_has_no_report(core: Core, company: Company) -> None:
    with pytest.raises(NotFound, match="protected"):
        fairness_review.of_cycle(core, company.analyst, open_cycle(core, company))


def _report(core: Core, cycle_id: int, verdict: str = "fail", needed: int = 2) -> int:
    with core.database.transaction() as tx:
        fresh = Fresh(verdict, needed, {"attributes": []}, cycle_id=cycle_id)
        return fairness_reports.add(tx, fresh, core.clock(), "analyst@example.com")


def test_two_different_people_approve_with_reasons(core: Core, company: Company) -> None:
    report_id = _report(core, open_cycle(core, company))
    with pytest.raises(InvalidInput):
        fairness_review.approve(core, FIRST, report_id, "  ")
    assert fairness_review.approve(core, FIRST, report_id, "Small numbers; looked at each.") == 1
    with pytest.raises(Conflict):
        fairness_review.approve(core, FIRST, report_id, "Again.")
    assert fairness_review.approve(core, SECOND, report_id, "Agreed.") == 0
    with pytest.raises(Conflict):
        fairness_review.approve(core, THIRD, report_id, "Too late.")
    assert fairness_review.stored(core, FIRST, report_id).approvers == [
        "first@example.com",
        "second@example.com",
    ]


def test_a_report_that_passed_needs_one_person_and_no_words(core: Core, company: Company) -> None:
    report_id = _report(core, open_cycle(core, company), "pass", 1)
    assert fairness_review.approve(core, FIRST, report_id, "") == 0


def _approve_all(core: Core, cycle_id: int) -> None:
    with core.database.transaction() as tx:
        for one in recommendations.all_current(tx, cycle_id):
            put_decision(core, tx, cycle_id, one.person_id, Decimal(2), state="approved")


def test_whoever_made_a_report_does_not_approve_it_alone(core: Core, company: Company) -> None:
    cycle_id = open_cycle(core, company)
    maker = Actor("analyst@example.com")
    passed, failed = _report(core, cycle_id, "pass", 1), _report(core, cycle_id)
    with pytest.raises(NotAllowed):
        fairness_review.approve(core, maker, passed, "All well.")
    assert fairness_review.approve(core, FIRST, passed, "") == 0
    assert fairness_review.approve(core, maker, failed, "Looked at.") == 1
    assert fairness_review.approve(core, FIRST, failed, "Agreed.") == 0


def test_a_cycle_is_approved_only_with_an_approved_report_on_its_final_raises(
    core: Core, company: Company
) -> None:
    cycle_id = open_cycle(core, company)
    with_sexes(core, company.people)
    early = _report(core, cycle_id, "pass", 1)
    fairness_review.approve(core, FIRST, early, "")
    core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    _approve_all(core, cycle_id)
    life.advance(core, company.hr, cycle_id, "review")

    def missing() -> str | None:
        found = life.missing_for_next(core, cycle_id)
        assert found is not None
        return found[1]

    assert (
        missing()
        == "create a new fairness report: raises or recommendations have changed since the latest one"
    )
    core.clock.advance(minutes=5)  # type: ignore[attr-defined]
    late = _report(core, cycle_id)
    assert missing() == "the latest fairness report needs 2 more approvals"
    fairness_review.approve(core, FIRST, late, "Looked at.")
    fairness_review.approve(core, SECOND, late, "Agreed.")
    assert missing() is None
    assert life.advance(core, company.hr, cycle_id, "approved").state == "approved"
