"""The demo company is whole, invented, reproducible, and its truth can be found again."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.demo.company import Company, simulate_company
from plugin.demo.company_evidence import CLASSES, new_evidence
from plugin.demo.company_truth import DEFAULTS, CompanySettings, rating_period_end
from plugin.demo.names import draw_names
from plugin.domain import IdentifierKind, email_sha1
from plugin.errors import InvalidInput


@pytest.fixture(scope="module")
def company() -> Company:
    return simulate_company(1)


def test_company_has_the_asked_number_of_present_people(company):
    assert sum(person.left_on is None for person in company.people) == 420 == company.size


def test_default_history_has_over_3000_decisions_in_eight_cycles(company):
    assert len(company.raises) > 3000
    assert len({record.effective_on for record in company.raises}) == 8


@settings(max_examples=8)
@given(seed=st.integers(0, 2**31), size=st.integers(50, 900))
def test_everybody_but_the_head_reports_to_somebody_present(seed, size):
    people = simulate_company(seed, size).people
    present = {person.source_id for person in people if person.left_on is None}
    heads = [p for p in people if p.left_on is None and p.manager_source_id is None]
    assert len(present) == size
    assert len(heads) == 1
    assert {p.manager_source_id for p in people} <= present | {None}


def test_demo_managers_lead_six_to_ten_people_and_ada_is_the_first(company):
    team = Counter(p.manager_source_id for p in company.people if p.left_on is None)
    assert all(6 <= team[manager] <= 10 for manager in company.demo_managers)
    assert len(company.demo_managers) > 30
    names = {p.source_id: p.display_name for p in company.people}
    bosses = {p.source_id: p.manager_source_id for p in company.people}
    ada = company.demo_managers[0]
    assert (names[ada], names[bosses[ada]]) == ("Ada Example", "Bram Sample")


def test_addresses_are_unique_and_reserved_for_examples(company):
    addresses = [p.emails[0].lower() for p in company.people]
    assert len(set(addresses)) == len(addresses)
    assert all(a.endswith(("@example.com", "@example.org")) for a in addresses)


def test_names_stay_unique_beyond_the_pool():
    names = draw_names(np.random.default_rng(0), 40_000)
    assert len(set(names)) == 40_000
    assert len({name.address("example.com") for name in names}) == 40_000


def test_pay_follows_from_the_raises(company):
    """Each raise above zero has a pay record, and pay is the pay before times one plus the raise, to the euro."""
    pay: dict[str, dict[date, Decimal]] = {}
    for record in company.pay:
        pay.setdefault(record.person_source_id, {})[record.effective_on] = record.annual.amount
    checked = 0
    for decision in company.raises:
        history = pay[decision.person_source_id]
        if decision.percent == 0:
            assert decision.effective_on not in history
            continue
        before = history[max(day for day in history if day < decision.effective_on)]
        expected = before * (1 + decision.percent / 100)
        assert abs(history[decision.effective_on] - expected) <= Decimal("0.51")
        checked += 1
    assert checked > 2500


def test_nobody_is_paid_before_hire_or_raised_after_leaving(company):
    people = {p.source_id: p for p in company.people}
    for record in company.pay:
        assert record.effective_on >= people[record.person_source_id].hired_on
    for decision in company.raises:
        left = people[decision.person_source_id].left_on
        assert left is None or decision.effective_on < left


def test_every_present_person_has_pay_and_a_range(company):
    ranges = {(r.job_family, r.level, r.country) for r in company.pay_ranges}
    paid = {r.person_source_id for r in company.pay}
    for person in company.people:
        assert (person.job_family, person.level, person.country) in ranges
        assert person.source_id in paid


def test_records_have_unique_source_ids(company):
    for records in (company.people, company.pay, company.pay_ranges, company.ratings, company.raises):
        ids = [record.source_id for record in records]
        assert len(set(ids)) == len(ids)
    assert len({r.source_id for r in company.learning}) == len(company.learning)


def test_open_cycle_has_ratings_but_no_decisions(company):
    newest = max(r.period_ended_on for r in company.ratings)
    assert newest == rating_period_end(company.next_cycle_on) <= company.settings.as_of
    assert max(r.effective_on for r in company.raises) < company.settings.as_of < company.next_cycle_on


def test_open_cycle_has_its_own_ratings_and_ranges_whatever_the_day():
    """Else the demo's raises would rest on the ratings of the year before on most days, and on new ones at a month's end."""
    for day in (date(2027, 1, 1) + timedelta(days=n) for n in range(800)):
        effective = CompanySettings(as_of=day).next_cycle_on
        closed = rating_period_end(effective)
        assert closed < day
        assert closed + timedelta(days=1) == (closed + timedelta(days=1)).replace(day=1)
        assert (day - closed).days <= 31


def test_nothing_happened_after_the_eve_of_the_open_cycle(company):
    eve = company.settings.as_of
    assert max(r.occurred_at.date() for r in company.learning) <= eve
    assert max(r.issued_on for r in company.badge_records()) <= eve
    assert max(p.hired_on for p in company.people) <= eve


def test_truth_explains_most_of_the_raises_and_skills_a_part_beyond_the_matrix(company):
    history = company.history
    known = ~np.isnan(history.raise_points)
    assert np.corrcoef(history.expected[known], history.raise_points[known])[0, 1] ** 2 > 0.8
    skill = new_evidence(company.workforce, company.badges, company.settings).skill[:, :-1]
    with_skill = history.raise_points[known & (skill > 0)].mean()
    without = history.raise_points[known & (skill == 0)].mean()
    assert with_skill - without > 0.5


def test_label_bias_lowers_raises_of_women_in_half_of_the_units_only_when_asked():
    def gap(bias: float) -> float:
        company = simulate_company(3, 2000, settings=CompanySettings(label_bias_points=bias))
        known = ~np.isnan(company.history.raise_points)
        women = np.broadcast_to(company.is_female[:, None], known.shape)
        values = company.history.raise_points
        return float(values[known & women].mean() - values[known & ~women].mean())

    assert abs(gap(0.0)) < 0.08
    assert gap(1.0) == pytest.approx(-0.5, abs=0.15)


def test_protected_attributes_are_in_no_other_record(company):
    assert {record.sex for record in company.protected} == {"f", "m"}
    assert not any(hasattr(company.people[0], field) for field in ("sex", "birth_year", "gender"))


def test_equal_arguments_give_equal_records():
    one, two = simulate_company(9, 60), simulate_company(9, 60)
    assert (one.people, one.pay, one.learning, one.badge_records()) == (
        two.people,
        two.pay,
        two.learning,
        two.badge_records(),
    )
    assert simulate_company(10, 60).people != one.people


def test_dirty_records_are_there(company):
    known = {p.emails[0].lower() for p in company.people}
    hashes = {email_sha1(a).value for a in known}
    unmatched = [
        r for r in company.learning if r.learner[0].value not in known and r.learner[0].value not in hashes
    ]
    kinds = {r.learner[0].kind for r in unmatched}
    assert {IdentifierKind.EMAIL, IdentifierKind.ACCOUNT} <= kinds
    assert any("formername" in r.learner[0].value for r in unmatched)
    assert len(unmatched) < 0.03 * len(company.learning)
    badges = company.badge_records()
    assert any(b.revoked for b in badges)
    assert any(b.expires_on and b.expires_on < DEFAULTS.as_of for b in badges)
    assert badges[-1].recipient[0].value == "contractor@example.org"
    assert any(p.emails[0].isupper() for p in company.people)


def test_hosted_documents_agree_with_the_records(company):
    base = "http://127.0.0.1:9/b"
    documents = {base + d.path: d for d in company.badge_documents(base)}
    for record in company.badge_records(base):
        document = documents[record.credential]
        if record.revoked:
            assert (document.status, document.body["revoked"]) == (410, True)
            continue
        recipient = document.body["recipient"]
        secret = (record.recipient[0].value + recipient["salt"]).encode()
        assert recipient["identity"] == "sha256$" + hashlib.sha256(secret).hexdigest()
        assert documents[document.body["badge"]].body["name"] == record.badge_name
        assert document.body["issuedOn"].startswith(str(record.issued_on))
        assert ("expires" in document.body) == (record.expires_on is not None)
    assert documents[f"{base}/issuer"].body["type"] == "Issuer"


def test_badge_classes_have_kinds_and_programmes_on_two_axes():
    assert {c.kind for c in CLASSES} == {"knowledge", "skill", "contribution", "performance", "membership"}
    assert len({c.programme for c in CLASSES}) >= 4
    assert len({c.slug for c in CLASSES}) == len(CLASSES)
    assert any(c.is_strategic for c in CLASSES if c.kind == "skill")


def test_statements_are_the_learning_records(company):
    records = {r.source_id: r for r in company.learning}
    statements = list(company.statements())
    assert {s["id"] for s in statements} == set(records)
    for statement in statements[:50]:
        record = records[statement["id"]]
        hours, minutes = statement["result"]["duration"].removeprefix("PT").removesuffix("M").split("H")
        assert Decimal(hours) + Decimal(minutes) / 60 == record.hours
        assert statement["timestamp"] == record.occurred_at.isoformat()


@pytest.mark.parametrize("size", [0, 49])
def test_tiny_companies_are_refused(size):
    with pytest.raises(InvalidInput):
        simulate_company(1, size)


def test_senseless_settings_are_refused():
    with pytest.raises(InvalidInput):
        CompanySettings(cycles=0)
    with pytest.raises(InvalidInput):
        CompanySettings(attrition=0.9)


@pytest.mark.slow
def test_a_company_of_336000_is_made_as_columns():
    company = simulate_company(1, 336_000)
    assert company.size == 336_000
    assert (~np.isnan(company.history.raise_points)).sum() > 2_500_000
