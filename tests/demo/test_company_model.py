"""The advisor's own training on the demo company: the policy knows much, a model a little more, and neither the noise."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from plugin.advisor.model.evaluation import evaluate_table
from plugin.advisor.model.tables import TrainOptions
from plugin.advisor.model.training import PastCycle, table_of
from plugin.advisor.recommendation.snapshot import EmployeeRow, SkillEvidence, snapshot
from plugin.demo.company import simulate_company
from plugin.demo.company_evidence import CLASSES
from plugin.demo.company_policy import demo_policy
from plugin.demo.company_truth import COMPA_EDGES, POLICY_MATRIX


def past_cycles(company):
    """What the records say on the eve of each cycle, for everybody who got a decision."""
    rows_of = {person.source_id: i for i, person in enumerate(company.people)}
    pay, ratings, badges = defaultdict(list), defaultdict(list), defaultdict(list)
    for record in company.pay:
        pay[record.person_source_id].append(record)
    for record in company.ratings:
        ratings[record.person_source_id].append(record)
    for award in range(len(company.badges.person)):
        if not company.badges.is_revoked[award]:
            badges[int(company.badges.person[award])].append(award)
    ranges = {(r.job_family, r.level, r.country, r.effective_on): r for r in company.pay_ranges}
    days = sorted({key[3] for key in ranges})
    cycles = []
    for effective_on in company.settings.cycle_dates:
        eve = effective_on - timedelta(days=1)
        range_day = max(day for day in days if day <= eve)
        decided, rows = {}, []
        for decision in (r for r in company.raises if r.effective_on == effective_on):
            i = rows_of[decision.person_source_id]
            person = company.people[i]
            known = [p for p in pay[person.source_id] if p.effective_on <= eve]
            span = ranges[person.job_family, person.level, person.country, range_day]
            rated = [
                r for r in ratings[person.source_id] if eve - timedelta(days=200) < r.period_ended_on <= eve
            ]
            since = known[-1].effective_on
            rows.append(
                EmployeeRow(
                    i, known[-1].annual, person.fte, person.job_family, person.level, person.country, person.org_unit,
                    person.hired_on, span.minimum, span.midpoint, span.maximum, rated[0].score if rated else None,
                    last_pay_change_on=since if len(known) > 1 else None,
                    new_evidence=tuple(_evidence(company, a, since, eve) for a in badges[i] if _is_new(company, a, since, eve)),
                )
            )  # fmt: skip
            decided[i] = decision.percent
        cycles.append(PastCycle(effective_on.year, snapshot(eve, "EUR", rows), decided))
    return cycles


def _is_new(company, award, since, eve):
    return since < company.badges.issued_on[award].item() <= eve


def _evidence(company, award, since, eve):
    badge = CLASSES[int(company.badges.badge_class[award])]
    skill = badge.skills[0] if badge.skills else badge.name
    issued = company.badges.issued_on[award].item()
    return SkillEvidence(
        str(award), badge.name, skill, badge.kind, issued, "Sample Skills Academy", badge.programme, badge.level,
        badge.is_strategic,
    )  # fmt: skip


def test_policy_holds_the_true_matrix_cell_by_cell():
    cells = {cell.bands: cell.default for cell in demo_policy().matrix.cells}
    assert len(cells) == 36
    for score in range(1, 6):
        for column, label in enumerate(
            ["below 0.85", "0.85 to 0.95", "0.95 to 1.05", "1.05 to 1.15", "from 1.15"]
        ):
            assert cells[str(score), label] == Decimal(str(POLICY_MATRIX[score, column]))
    assert cells["unrated", "no range"] == Decimal(str(POLICY_MATRIX[0, 2]))
    assert len(COMPA_EDGES) == 4


@pytest.fixture(scope="module")
def table():
    return table_of(past_cycles(simulate_company(1)), demo_policy())


def test_table_has_most_decisions_of_eight_cycles(table):
    assert len(table) > 2800
    assert len(np.unique(table.year)) == 8


def test_model_is_approved_because_the_truth_holds_more_than_the_policy(table):
    found = evaluate_table(table, TrainOptions(bootstrap=200))
    scores = {s.method: s for s in found.scores if s.year is None}
    assert found.verdict.approved, found.verdict.sentence
    assert scores["policy"].r2 > 0.4
    assert scores["model"].r2 > scores["policy"].r2 > scores["mean"].r2
    assert scores["model"].mae < scores["policy"].mae


def test_model_does_not_know_more_than_there_is_to_know(table):
    """No method beats the noise: the mean absolute error of a normal sd of 0.5 is 0.40 points."""
    found = evaluate_table(table, TrainOptions(kind="xgboost", bootstrap=50))
    assert min(s.mae for s in found.scores if s.year is None) > 0.38
