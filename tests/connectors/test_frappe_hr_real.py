"""What a real Frappe HR 15.33 did that our own idea of it had not: one test for each line of the recordings' notes."""

from __future__ import annotations

import json
from typing import cast

import pytest

from plugin.connectors.frappe_hr import answers, names
from plugin.connectors.writing import Create, Desired, Done, Noop, Patch, Refuse, Rejected, Retryable
from plugin.domain import Json, JsonObject, PersonRecord, Sink, Stream
from plugin.errors import AuthError, GiveUp, RetryLater
from plugin.http_client import Response
from plugin.testing.driver import Inbox
from plugin.testing.frappe_rules import same_name
from tests.reports.frappe_company import DAY, HR, WRITER, met, raise_of, records, site, written

ASSIGNMENT = "Salary Structure Assignment"


# --- a raise keeps what the last salary had ---------------------------------------------------------------------------


def test_the_new_salary_is_the_last_one_but_for_day_and_base() -> None:
    """A copy of four fields lost 4,000 of variable pay (samples ssa_doc_variable_before and _after)."""
    fake = site(custom_fields={ASSIGNMENT: ("custom_union",)})
    fake.structure("Taxed", taxed=True)
    fake.insert("Income Tax Slab", {"name": "Slab 2026", "currency": "EUR"})
    who = fake.employee("Ada Example", department="Lab")
    shares: list[Json] = [
        {"cost_center": "North", "percentage": 60},
        {"cost_center": "South", "percentage": 40},
    ]
    fake.assignment(
        who,
        "2026-01-01",
        4000.0,
        salary_structure="Taxed",
        variable=400.0,
        income_tax_slab="Slab 2026",
        custom_union="IG Example",
        payroll_cost_centers=shares,
    )
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    made = fake.held(ASSIGNMENT, employee=who, from_date=DAY)[0]
    assert (made["base"], made["variable"], made["income_tax_slab"]) == (4120.0, 400.0, "Slab 2026")
    assert (made["custom_union"], made["docstatus"]) == ("IG Example", 1)
    rows = cast("list[JsonObject]", made["payroll_cost_centers"])
    assert [(row["cost_center"], row["percentage"]) for row in rows] == [("North", 60), ("South", 40)]
    assert isinstance(outcome, Done)
    before, after = outcome.seen["payslip_before"], outcome.seen["payslip_after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["net_pay"], after["net_pay"]) == (3960.0, 4068.0)
    assert after["parts"] == [["Basic", 4120.0], ["Variable", 400.0], ["Wage Tax", -452.0]]


def test_a_payslip_that_the_suite_cannot_make_keeps_no_raise_waiting() -> None:
    """For who leaves before the period hrms 15.33 answers the preview with 500, ZeroDivisionError: the raise was tried ten times,
    and nobody was told what the suite says to it."""
    fake = site()
    fake.structure("Taxed", taxed=True)
    fake.insert("Income Tax Slab", {"name": "Slab 2026", "currency": "EUR"})
    who = fake.employee("Ada Example", relieving_date="2026-12-20")
    fake.assignment(who, "2026-01-01", 4000.0, salary_structure="Taxed", income_tax_slab="Slab 2026")
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    assert isinstance(outcome, Rejected)
    assert "cannot be after employee's relieving Date 2026-12-20" in outcome.reason


def test_opening_balances_stay_in_their_payroll_period() -> None:
    fake = site()
    period: JsonObject = {"company": "Example Works", "start_date": "2027-01-01", "end_date": "2027-12-31"}
    fake.insert("Payroll Period", period)
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-06-01", 4000.0, taxable_earnings_till_date=9000.0)
    with met(fake) as ctx:
        assert isinstance(written(ctx, raise_of(who, "49440")), Done)
    assert fake.held(ASSIGNMENT, employee=who, from_date=DAY)[0]["taxable_earnings_till_date"] == 0.0


def test_what_the_suite_stores_otherwise_is_told() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-01-01", 4000.0, variable=400.0)
    real = fake.insert

    def forgetful(doctype: str, values: JsonObject) -> JsonObject:
        return real(doctype, values | ({"variable": 0.0} if doctype == ASSIGNMENT else {}))

    fake.insert = forgetful  # type: ignore[method-assign]
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    assert isinstance(outcome, Rejected)
    assert (outcome.code, "variable" in outcome.reason) == ("stored_otherwise", True)


def test_a_leaver_is_refused_in_the_suite_s_own_words() -> None:
    fake = site()
    who = fake.employee("Ada Example", relieving_date="2026-12-31")
    fake.assignment(who, "2026-01-01", 4000.0)
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    assert isinstance(outcome, Rejected)
    assert "cannot be after employee's relieving Date 2026-12-31" in outcome.reason


def test_pay_that_hr_raised_further_is_never_lowered() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-01-01", 4000.0)
    fake.assignment(who, "2026-12-01", 5000.0)
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    assert isinstance(outcome, Refuse)
    assert (outcome.code, "€60,000" in outcome.reason) == ("lower_pay", True)


# --- deletions and renames --------------------------------------------------------------------------------------------


def test_a_deleted_person_is_seen_and_a_number_given_again_is_not() -> None:
    fake = site()
    ada, ben = fake.employee("Ada Example"), fake.employee("Ben Sample")
    inbox = Inbox()
    with met(fake) as ctx:
        inbox.run(HR, ctx, Stream.PEOPLE)
        for who in (ada, ben):
            fake.delete("Employee", who)
        fake.employee("Cleo Demo", employee=ben)
        inbox.run(HR, ctx, Stream.PEOPLE)
    assert {key for _stream, key in inbox.raws} == {ben}
    assert (Stream.PEOPLE, ada) in inbox.retracted


def test_a_renamed_person_keeps_their_row_in_every_stream() -> None:
    """``modified`` of nothing moves: without the comment nobody would see it."""
    fake = site()
    ada = fake.employee("Ada Example")
    fake.insert("Skill", {"skill_name": "SQL"})
    fake.insert(
        "Employee Skill Map", {"employee": ada, "employee_skills": [{"skill": "SQL", "proficiency": 0.4}]}
    )
    inbox = Inbox()
    with met(fake) as ctx:
        for stream in (Stream.PEOPLE, Stream.SKILLS):
            inbox.run(HR, ctx, stream)
        fake.rename("Employee", ada, "EW-0001")
        fake.rename("Employee", "EW-0001", "EW-1")
        for stream in (Stream.PEOPLE, Stream.SKILLS):
            inbox.run(HR, ctx, stream)
        assert set(inbox.raws) == {(Stream.PEOPLE, "EW-1"), (Stream.SKILLS, "EW-1/SQL")}
        skill = Desired(Sink.SKILLS, "k", "EW-1", {"skill": "Welding", "proficiency": "0.6"})
        assert isinstance(written(ctx, skill), Done)
    assert len(fake.docs["Employee Skill Map"]) == 1


def test_without_the_right_to_the_feeds_reading_goes_on() -> None:
    fake = site(hidden=frozenset({"Deleted Document", "Comment"}))
    fake.employee("Ada Example")
    with met(fake) as ctx:
        assert len(records(ctx, Stream.PEOPLE)[0]) == 1
        failed = {probe.code for probe in HR.check(ctx) if probe.ok is False}
    assert failed == {"deletions", "renames"}


# --- several companies ------------------------------------------------------------------------------------------------


def test_one_connection_holds_several_companies_with_their_countries() -> None:
    fake = site()
    fake.insert("Company", {"company_name": "Example Trading"})
    fake.employee("Ada Example")
    fake.employee("Ben Sample", company="Example Trading")
    fake.employee("Oda Other", company="Elsewhere")
    with met(
        fake,
        company="Example Works; Example Trading",
        default_country="Example Works = DE, Example Trading = IN",
    ) as ctx:
        people = records(ctx, Stream.PEOPLE)[0].values()
        assert {(one.display_name, one.country) for one in people if isinstance(one, PersonRecord)} == {
            ("Ada Example", "DE"),
            ("Ben Sample", "IN"),
        }
        probes = {probe.code: probe.ok for probe in HR.check(ctx)}
    assert (probes["company"], probes["company_2"], probes["countries"]) == (True, True, True)


# --- the checklist ----------------------------------------------------------------------------------------------------


def test_the_company_is_found_though_its_document_may_not_be_read() -> None:
    fake = site(hidden=frozenset({"Company"}))
    fake.employee("Ada Example")
    with met(fake) as ctx:
        probes = {probe.code: probe for probe in HR.check(ctx)}
    assert probes["company"].ok
    assert probes["time_zone"].detail == "Asia/Kolkata"
    with met(fake, company="Exmaple Works") as ctx:
        assert {probe.code: probe.ok for probe in HR.check(ctx)}["company"] is False


def test_each_right_to_write_is_tested_and_hidden_people_are_counted() -> None:
    fake = site(denied=frozenset({(ASSIGNMENT, "submit")}))
    ada = fake.employee("Ada Example")
    fake.employee("Ben Sample")
    fake.unseen = frozenset({ada})
    with met(fake) as ctx:
        probes = {probe.code: probe for probe in HR.check(ctx)}
    assert f"{ASSIGNMENT} (submit)" in probes["write_raises"].detail
    assert "1 of 2 employees" in probes["hidden_rows"].detail
    assert probes["write_skills"].ok


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ["kubernetes", "KUBERNETES ", "Kubernétes"])
def test_a_skill_in_another_spelling_is_the_same_row(spelled: str) -> None:
    """Sixteen rows of a map were one skill written in other cases (sample skill_map_doc)."""
    fake = site()
    who = fake.employee("Ada Example")
    with met(fake) as ctx:
        for name in ("Kubernetes", spelled):
            skill = Desired(Sink.SKILLS, "k", who, {"skill": name, "proficiency": "0.8"})
            assert isinstance(written(ctx, skill), Done | Noop)
    rows = cast("list[JsonObject]", fake.docs["Employee Skill Map"][who]["employee_skills"])
    assert [row["skill"] for row in rows] == ["Kubernetes"]


@pytest.mark.parametrize("skill", ["New Skills Academy", "Skill"])
def test_names_that_a_site_keeps_for_itself_are_quoted(skill: str) -> None:
    """A site refuses "New Skill ..." as the name of a skill without saying why: "There were some errors setting the name"."""
    fake = site()
    who = fake.employee("Ada Example")
    values: JsonObject = {"skill": skill, "proficiency": "0.6", "evaluated_on": "2026-10-02"}
    with met(fake) as ctx:
        assert isinstance(written(ctx, Desired(Sink.SKILLS, f"skill:{who}/{skill}", who, values)), Done)
        assert isinstance(written(ctx, Desired(Sink.SKILLS, f"skill:{who}/{skill}", who, values)), Noop)
    assert list(fake.docs["Skill"]) == [f"“{skill}”"]


def test_texts_are_fitted_visibly_and_uniquely() -> None:
    long = "A course about many things " * 9
    first, second = names.fitted(long + "one", "Skill"), names.fitted(long + "two", "Skill")
    assert len(first) == len(second) == names.LONGEST
    assert first != second
    assert "… #" in first
    assert names.fitted("Q & A <basic>\nfor all ", "Skill") == "Q & A ‹basic› for all"


@pytest.mark.parametrize("title", ["A course " * 40, "Q & A <basic>", "Line\nbreak", "50% rule", "#hash?x=1"])
def test_any_title_arrives_as_a_training_once(title: str) -> None:
    fake = site()
    who = fake.employee("Ada Example")
    wish = Desired(Sink.TRAINING, "t", who, {"course": title, "completed_on": "2026-10-01"})
    with met(fake) as ctx:
        assert isinstance(written(ctx, wish), Done)
        assert isinstance(written(ctx, wish), Noop)
    assert len(fake.held("Training Result", docstatus=1)) == 1


def test_a_training_of_somebody_unknown_is_refused_with_words() -> None:
    """The suite itself answers 500 TypeError (sample err_500_training_event_unknown_employee)."""
    with met(site()) as ctx:
        wish = Desired(Sink.TRAINING, "t", "HR-EMP-09999", {"course": "SQL", "completed_on": "2026-10-01"})
        outcome = written(ctx, wish)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "no_employee"


def test_names_compare_without_case_accents_and_blanks_at_the_end() -> None:
    assert same_name("Équipe ") == same_name("equipe")
    assert same_name("a b") != same_name("ab")


# --- waits and words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "wait"), [({"limited": 380}, 380.0), ({"paused": True}, 300.0)])
def test_a_rate_limit_and_maintenance_are_waits(state: dict[str, object], wait: float) -> None:
    fake = site(**state)
    with met(fake) as ctx, pytest.raises(RetryLater) as caught:
        records(ctx, Stream.PEOPLE)
    assert caught.value.wait == wait


def test_a_site_that_only_reads_takes_the_write_later() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-01-01", 4000.0)
    fake.read_only = True
    with met(fake) as ctx:
        outcome = written(ctx, raise_of(who, "49440"))
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds == 300.0


def _said(messages: str, exception: str = "frappe.exceptions.ValidationError") -> str:
    body = {"exc_type": "ValidationError", "exception": exception, "_server_messages": messages}
    error = answers.classify(Response(417, {}, json.dumps(body).encode()))
    assert isinstance(error, GiveUp)
    return str(error)


def test_a_refusal_is_told_in_the_suite_s_words_cleaned_and_bounded() -> None:
    packed = '["{\\"message\\": \\"Income Tax Slab is mandatory since <a href=\\\\\\"x\\\\\\">KW Taxed</a> has &amp; tax\\"}"]'
    assert "Income Tax Slab is mandatory since KW Taxed has & tax" in _said(packed)
    assert len(_said('["{\\"message\\": \\"' + "long " * 900 + '\\"}"]')) < 400
    assert "Cannot edit cancelled document" in _said(
        "", "frappe.exceptions.ValidationError: Cannot edit cancelled document"
    )
    assert "ValidationError" in _said("not json")


def test_a_missing_right_names_the_doctype_and_no_account() -> None:
    fake = site(hidden=frozenset({"Appraisal"}), user="secret.person@example.com")
    with met(fake) as ctx, pytest.raises(AuthError) as caught:
        records(ctx, Stream.RATINGS)
    assert "Appraisal" in str(caught.value)
    assert "secret.person" not in str(caught.value) + caught.value.remedy


def test_plans_of_a_read_only_look_write_nothing() -> None:
    fake = site()
    who = fake.employee("Ada Example")
    fake.assignment(who, "2026-01-01", 4000.0)
    with met(fake) as ctx:
        wish = raise_of(who, "49440")
        assert isinstance(WRITER.plan(ctx, wish, WRITER.lookup(ctx, [wish]).get(wish.key)), Create | Patch)
    assert len(fake.held(ASSIGNMENT)) == 1
