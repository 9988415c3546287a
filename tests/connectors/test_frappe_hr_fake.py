"""The Frappe HR connector against the fake site over real HTTP: reading under change, and writes that are never doubled."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

import pytest

from plugin.connectors import load
from plugin.connectors.base import Context, Hint, RawRequest, Receiver, Writer
from plugin.connectors.frappe_hr import api
from plugin.connectors.writing import (
    Ambiguous,
    AuthLost,
    Create,
    Desired,
    Done,
    Noop,
    Patch,
    Refuse,
    Rejected,
    Retryable,
)
from plugin.domain import JsonObject, Money, PayRecord, PersonRecord, RatingRecord, Sink, SkillRecord, Stream
from plugin.errors import AuthError, GiveUp, RetryLater
from plugin.http_client import Limits
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, connected
from plugin.testing.fake_frappe_hr import LUMP_SUMS, WRITES, make, written
from plugin.testing.faults import Fault, Kind, error_inside, error_status, html_page, rate_limited
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HR = load("frappe_hr")
WRITER = cast("Writer", HR)
SETTINGS: JsonObject = {
    "api_key": "key",
    "api_secret": "secret",
    "company": "Example Works",
    "lump_sum_component": LUMP_SUMS,
}
OP = UUID(int=7)
ONCE = WRITES[4]


@pytest.fixture
def fake() -> FakeFrappeHr:
    return make(SETTINGS, clock=lambda: NOW)


@pytest.fixture
def ctx(fake: FakeFrappeHr) -> Iterator[Context]:
    yield from context_of(fake)


def context_of(fake: FakeFrappeHr, **values: object) -> Iterator[Context]:
    with ExitStack() as stack:
        base = stack.enter_context(serve(fake.app, faults=fake.faults)).base_url
        settings = SETTINGS | {"base_url": base, "networks": ["127.0.0.0/8"], "page_size": 2} | values  # type: ignore[operator]
        limits = Limits(total_seconds=1.0, gap_seconds=0.5, attempts=2)
        yield stack.enter_context(
            connected(HR, manifest_of("frappe_hr"), settings, clock=lambda: NOW, limits=limits)
        )


def read(ctx: Context, stream: Stream) -> dict[str, object]:
    inbox = Inbox()
    inbox.run(HR, ctx, stream)
    return dict(inbox.records(HR, ctx, stream)[0])


# --- reading ---


def test_people_come_with_their_manager(ctx: Context) -> None:
    people = read(ctx, Stream.PEOPLE)
    ada = people["HR-EMP-00002"]
    assert isinstance(ada, PersonRecord)
    assert (ada.display_name, ada.manager_source_id, ada.level) == ("Ada Example", "HR-EMP-00001", "L2")
    assert ada.emails == ("ada.example@example.com",)
    assert len(people) == 4


def test_people_of_another_company_are_not_read(fake: FakeFrappeHr, ctx: Context) -> None:
    other = fake.employee("Oda Other", company="Elsewhere")
    assert other not in read(ctx, Stream.PEOPLE)


def test_person_who_left_without_a_day_left_when_it_was_entered(fake: FakeFrappeHr, ctx: Context) -> None:
    fake.update("Employee", "HR-EMP-00004", {"status": "Left"})
    assert read(ctx, Stream.PEOPLE)["HR-EMP-00004"].left_on == date(2026, 11, 21)  # type: ignore[attr-defined]


def test_the_company_is_found_without_the_right_to_see_companies(fake: FakeFrappeHr) -> None:
    """As with the roles HR Manager and HR User: 403 for the document and for ``validate_link`` too."""
    fake.hidden = frozenset({"Company"})
    found = {}
    for name in ("Example Works", "Elsewhere"):
        for ctx in context_of(fake, company=name):
            found[name] = {one.code: one.ok for one in HR.check(ctx)}["company"]
            with pytest.raises(AuthError):
                api.method(ctx, "frappe.client.validate_link", doctype="Company", docname=name)
    assert found == {"Example Works": True, "Elsewhere": False}


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 100])
def test_bulk_import_of_one_instant_arrives_whole_at_any_page_size(
    fake: FakeFrappeHr, page_size: int
) -> None:
    for number in range(9):
        fake.employee(f"Person{number} Example")
    for one in fake.docs["Employee"].values():
        one["modified"] = "2026-11-21 14:30:00.000000"
    for ctx in context_of(fake, page_size=page_size):
        assert len(read(ctx, Stream.PEOPLE)) == 13


def test_row_that_changes_between_pages_is_not_lost_nor_its_neighbours(
    fake: FakeFrappeHr, ctx: Context
) -> None:
    for number in range(8):
        fake.employee(f"Person{number} Example")
    inbox = Inbox()
    inbox.run(HR, ctx, Stream.PEOPLE, stop_after=2)
    fake.update("Employee", "HR-EMP-00001", {"designation": "CTO"})
    inbox.run(HR, ctx, Stream.PEOPLE)
    assert {key for _, key in inbox.raws} == set(fake.docs["Employee"])
    assert inbox.raws[Stream.PEOPLE, "HR-EMP-00001"]["designation"] == "CTO"


def test_cursor_is_the_site_s_own_time_and_second_run_changes_nothing(
    fake: FakeFrappeHr, ctx: Context
) -> None:
    inbox = Inbox()
    for stream in (Stream.PEOPLE, Stream.RATINGS, Stream.PAY, Stream.SKILLS):
        inbox.run(HR, ctx, stream)
    assert str(inbox.cursors[Stream.PEOPLE, "all"]).startswith("2026-11-21 14:30:00")
    before = inbox.state()
    for stream in (Stream.PEOPLE, Stream.RATINGS, Stream.PAY, Stream.SKILLS):
        inbox.run(HR, ctx, stream)
    assert inbox.state() == before


def test_only_what_changed_is_asked_for_again(fake: FakeFrappeHr, ctx: Context) -> None:
    inbox = Inbox()
    inbox.run(HR, ctx, Stream.PEOPLE)
    for one in list(fake.docs["Employee"].values())[:3]:
        one["modified"] = "2026-11-01 00:00:00.000000"
    fake.clock = lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    fake.update("Employee", "HR-EMP-00004", {"designation": "Lead"})
    again = Inbox(cursors=dict(inbox.cursors))
    again.run(HR, ctx, Stream.PEOPLE)
    assert {key for _, key in again.raws} == {"HR-EMP-00004"}


def test_change_in_the_hour_that_the_site_s_clock_repeats_is_seen(fake: FakeFrappeHr, ctx: Context) -> None:
    """In autumn the site's local time goes back an hour: a later change has an earlier ``modified`` than the cursor."""
    inbox = Inbox()
    inbox.run(HR, ctx, Stream.PEOPLE)
    changed = fake.update("Employee", "HR-EMP-00004", {"designation": "Lead"})
    changed["modified"] = "2026-11-21 13:31:00.000000"  # the cursor stands at 14:30
    inbox.run(HR, ctx, Stream.PEOPLE)
    assert inbox.raws[Stream.PEOPLE, "HR-EMP-00004"]["designation"] == "Lead"


def test_rating_ignores_a_feedback_that_was_never_given(fake: FakeFrappeHr, ctx: Context) -> None:
    name = fake.appraisal("HR-EMP-00002", "2026-09-30", total_score=4.0, self_score=3.5)
    assert fake.docs["Appraisal"][name]["final_score"] == 2.5
    rating = read(ctx, Stream.RATINGS)[name]
    assert isinstance(rating, RatingRecord)
    assert (rating.score, rating.period_ended_on) == (Decimal("4.00"), date(2026, 9, 30))
    for other in context_of(fake, rating_field="mean"):
        assert read(other, Stream.RATINGS)[name].score == Decimal("3.75")  # type: ignore[attr-defined]


def test_scale_of_ten_is_brought_to_five(fake: FakeFrappeHr) -> None:
    name = fake.appraisal("HR-EMP-00002", "2026-09-30", total_score=7.0)
    for ctx in context_of(fake, rating_maximum=10):
        assert read(ctx, Stream.RATINGS)[name].score == Decimal("3.50")  # type: ignore[attr-defined]


def test_appraisal_without_a_score_is_set_aside(fake: FakeFrappeHr, ctx: Context) -> None:
    name = fake.appraisal("HR-EMP-00002", "2026-09-30")
    inbox = Inbox()
    inbox.run(HR, ctx, Stream.RATINGS)
    assert inbox.records(HR, ctx, Stream.RATINGS)[1] == {name: "no_score"}


def test_draft_is_not_read_and_cancelled_is_retracted(fake: FakeFrappeHr, ctx: Context) -> None:
    fake.appraisal("HR-EMP-00004", "2026-09-30", total_score=2.0)
    draft = fake.insert(
        "Appraisal",
        {
            "employee": "HR-EMP-00002",
            "company": "Example Works",
            "appraisal_cycle": "Cycle to 2026-09-30",
            "total_score": 5,
        },
    )
    gone = fake.appraisal("HR-EMP-00003", "2026-09-30", total_score=2.0)
    inbox = Inbox()
    inbox.run(HR, ctx, Stream.RATINGS)
    assert (Stream.RATINGS, draft["name"]) not in inbox.raws
    assert (Stream.RATINGS, gone) in inbox.raws
    fake.update("Appraisal", gone, {"docstatus": 2})
    inbox.run(HR, ctx, Stream.RATINGS)
    assert (Stream.RATINGS, gone) not in inbox.raws
    assert (Stream.RATINGS, gone) in inbox.retracted


def test_pay_is_base_times_periods(ctx: Context) -> None:
    pay = [one for one in read(ctx, Stream.PAY).values() if one.person_source_id == "HR-EMP-00002"]  # type: ignore[attr-defined]
    assert pay == [
        PayRecord("HR-SSA-26-11-00001", "HR-EMP-00002", date(2026, 1, 1), Money(Decimal("51000.0"), "EUR"))
    ]


def test_pay_can_come_from_cost_to_company(fake: FakeFrappeHr) -> None:
    fake.update("Employee", "HR-EMP-00002", {"ctc": 60000.0})
    for ctx in context_of(fake, pay_source="ctc"):
        pay = read(ctx, Stream.PAY)
    assert pay == {
        "HR-EMP-00002/ctc": PayRecord(
            "HR-EMP-00002/ctc", "HR-EMP-00002", date(2020, 1, 1), Money(Decimal("60000.0"), "EUR")
        )
    }


def test_skills_come_row_by_row(ctx: Context) -> None:
    assert read(ctx, Stream.SKILLS) == {
        "HR-EMP-00002/SQL": SkillRecord(
            "HR-EMP-00002/SQL", "HR-EMP-00002", "SQL", Decimal("0.6"), date(2026, 2, 1)
        )
    }


def test_hidden_doctype_is_a_probe_with_a_remedy(fake: FakeFrappeHr) -> None:
    fake.hidden = frozenset({"Employee Skill Map"})
    for ctx in context_of(fake):
        probes = {probe.code: probe for probe in HR.check(ctx)}
        with pytest.raises(AuthError) as caught:
            Inbox().run(HR, ctx, Stream.SKILLS)
    assert caught.value.code == "permission"
    assert [code for code, probe in probes.items() if probe.ok is False] == ["skills", "write_skills"]
    assert "System Manager" in probes["skills"].remedy


def test_check_names_fields_that_nobody_filled(ctx: Context) -> None:
    probes = {probe.code: probe for probe in HR.check(ctx)}
    assert "employee_number" in probes["coverage"].detail
    assert [probe for probe in probes.values() if not probe.ok] == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error_status(401, {"exc_type": "AuthenticationError"}), AuthError),
        (error_status(403, {"exc_type": "PermissionError"}), AuthError),
        (error_status(417, {"exc_type": "ValidationError"}), GiveUp),
        (error_inside({"exc_type": "PermissionError"}), AuthError),
        (error_inside({"message": "what"}), GiveUp),
        (html_page(), GiveUp),
        (rate_limited(900), RetryLater),
        (Fault(Kind.HANG), RetryLater),
        (error_status(500), RetryLater),
    ],
)
def test_trouble_becomes_our_error(
    fake: FakeFrappeHr, ctx: Context, fault: Fault, kind: type[Exception]
) -> None:
    fake.faults.plan(fault, times=9)
    with pytest.raises(kind):
        Inbox().run(HR, ctx, Stream.PEOPLE)


# --- writing ---


def write(ctx: Context, desired: Desired) -> object:
    """One turn of the outbox: look, plan, apply."""
    action = WRITER.plan(ctx, desired, WRITER.lookup(ctx, [desired]).get(desired.key))
    return WRITER.apply(ctx, action, uuid4()) if isinstance(action, Create | Patch) else action


@pytest.mark.parametrize("desired", WRITES, ids=lambda one: one.key)
def test_write_happens_once_however_often_it_is_asked_for(
    fake: FakeFrappeHr, ctx: Context, desired: Desired
) -> None:
    assert isinstance(write(ctx, desired), Done)
    assert isinstance(write(ctx, desired), Noop)
    assert written(fake, desired) == 1


@pytest.mark.parametrize("desired", WRITES, ids=lambda one: one.key)
@pytest.mark.parametrize("step", range(6))
def test_answer_lost_at_any_step_is_looked_up_and_never_doubled(
    fake: FakeFrappeHr, ctx: Context, desired: Desired, step: int
) -> None:
    """Each write call in turn does its work and loses its answer."""
    for method in ("POST", "PUT"):
        fake.faults.plan(Fault(Kind.COMMIT_THEN_HANG, seconds=1.5), method=method, after=step)
    outcomes = []
    for _ in range(6):
        outcomes.append(write(ctx, desired))
        if isinstance(outcomes[-1], Noop):
            break
    assert isinstance(outcomes[-1], Noop)
    assert [one for one in outcomes if not isinstance(one, Ambiguous | Done | Noop)] == []
    assert sum(isinstance(one, Ambiguous) for one in outcomes) == fake.faults.met
    assert written(fake, desired) == 1


def test_plan_needs_no_network(ctx: Context) -> None:
    offline = Context(ctx.settings, cast("object", None), ctx.clock)  # type: ignore[arg-type]
    assert all(isinstance(WRITER.plan(offline, one, None), Create) for one in WRITES)


def test_skill_is_added_beside_the_others_and_never_lowered(fake: FakeFrappeHr, ctx: Context) -> None:
    assert isinstance(write(ctx, WRITES[1]), Done)
    rows = fake.docs["Employee Skill Map"]["HR-EMP-00002"]["employee_skills"]
    assert [(row["skill"], row["proficiency"]) for row in rows] == [("SQL", 0.6), ("Statistics", 0.6)]  # type: ignore[union-attr,index,call-overload]
    lower = Desired(Sink.SKILLS, "k", "HR-EMP-00002", {"skill": "SQL", "proficiency": "0.2"})
    assert isinstance(write(ctx, lower), Noop)


def test_somebody_else_s_edit_is_not_overwritten(fake: FakeFrappeHr, ctx: Context) -> None:
    """Between our read and our write the map changes: the site refuses, nothing is lost, the next turn succeeds."""
    real, done = fake.update, []

    def meddle(doctype: str, name: str, values: JsonObject) -> JsonObject:
        if doctype == "Employee Skill Map" and not done:
            done.append(True)
            rows = [{"skill": "SQL", "proficiency": 1.0, "evaluation_date": None}]
            real(doctype, name, {"employee_skills": rows})  # type: ignore[dict-item]
        return real(doctype, name, values)

    fake.update = meddle  # type: ignore[method-assign]
    assert isinstance(write(ctx, WRITES[1]), Retryable)
    assert isinstance(write(ctx, WRITES[1]), Done)
    rows = fake.docs["Employee Skill Map"]["HR-EMP-00002"]["employee_skills"]
    assert {row["skill"]: row["proficiency"] for row in rows} == {"SQL": 1.0, "Statistics": 0.6}  # type: ignore[union-attr,index,call-overload]


def test_raise_is_a_new_submitted_assignment_with_the_old_structure(fake: FakeFrappeHr, ctx: Context) -> None:
    assert isinstance(write(ctx, WRITES[3]), Done)
    made = fake.held("Salary Structure Assignment", employee="HR-EMP-00002", from_date="2027-01-01")[0]
    assert (made["base"], made["docstatus"], made["salary_structure"]) == (4420.0, 1, "Standard")


def test_lump_sum_is_a_submitted_additional_salary_that_overwrites_nothing(
    fake: FakeFrappeHr, ctx: Context
) -> None:
    assert isinstance(write(ctx, ONCE), Done)
    made = fake.held("Additional Salary", employee="HR-EMP-00003")[0]
    assert (made["amount"], made["currency"], made["docstatus"]) == (1345.5, "EUR", 1)
    assert (made["salary_component"], made["payroll_date"]) == (LUMP_SUMS, "2027-01-01")
    assert made["overwrite_salary_structure_amount"] == 0
    assert fake.held("Salary Structure Assignment", from_date="2027-01-01") == []


def test_lump_sum_beside_another_payment_of_the_day_is_told_from_it_by_its_amount(
    fake: FakeFrappeHr, ctx: Context
) -> None:
    assert isinstance(write(ctx, ONCE), Done)
    other = fake.held("Additional Salary")[0] | {"amount": 99.0, "docstatus": 1}
    fake.insert("Additional Salary", {k: v for k, v in other.items() if k != "name"})
    assert isinstance(write(ctx, ONCE), Noop)
    more = Desired(Sink.RAISES, "k", "HR-EMP-00003", ONCE.values | {"lump_sum": "1400.00"})
    action = write(ctx, more)
    assert isinstance(action, Refuse)
    assert action.code == "differs"


def test_lump_sum_without_a_component_is_left_to_be_paid_by_hand(fake: FakeFrappeHr) -> None:
    for ctx in context_of(fake, lump_sum_component=None):
        action = write(ctx, ONCE)
        assert isinstance(action, Refuse)
        assert action.code == "by_hand"
        assert "lump_sums" not in {probe.code for probe in HR.check(ctx)}
    assert fake.held("Additional Salary") == []


def test_lump_sum_for_somebody_without_a_salary_is_rejected(ctx: Context) -> None:
    outcome = write(ctx, Desired(Sink.RAISES, "k", "HR-EMP-00001", ONCE.values))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "no_structure"


@pytest.mark.parametrize("kind", ["missing", "Deduction"])
def test_component_that_does_not_fit_is_a_failed_probe(fake: FakeFrappeHr, kind: str) -> None:
    if kind == "missing":
        del fake.docs["Salary Component"][LUMP_SUMS]
    else:
        fake.docs["Salary Component"][LUMP_SUMS]["type"] = kind
    for ctx in context_of(fake):
        probes = {probe.code: probe for probe in HR.check(ctx)}
        assert probes["lump_sums"].ok is False


def test_salary_that_a_person_entered_is_refused_not_overwritten(fake: FakeFrappeHr, ctx: Context) -> None:
    fake.assignment("HR-EMP-00002", "2027-01-01", 9999.0)
    action = write(ctx, WRITES[3])
    assert isinstance(action, Refuse)
    assert action.code == "differs"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"annual": "60000", "currency": "USD", "effective_on": "2027-01-01"}, "currency"),
        ({"annual": "60000", "currency": "EUR", "effective_on": "2019-01-01"}, "no_structure"),
    ],
)
def test_raise_that_does_not_fit_the_salary_is_rejected(ctx: Context, values: JsonObject, code: str) -> None:
    who = "HR-EMP-00001" if code == "no_structure" else "HR-EMP-00002"
    outcome = write(ctx, Desired(Sink.RAISES, "r", who, values))
    assert isinstance(outcome, Rejected)
    assert outcome.code == code


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error_status(401, {"exc_type": "AuthenticationError"}), AuthLost),
        (error_status(403, {"exc_type": "PermissionError"}), AuthLost),
        (rate_limited(60), Retryable),
        (error_status(500), Ambiguous),
        (html_page(), Ambiguous),
        (error_status(417, {"exc_type": "MandatoryError"}), Rejected),
    ],
)
def test_outcome_says_what_to_do_next(fake: FakeFrappeHr, ctx: Context, fault: Fault, kind: type) -> None:
    fake.faults.plan(fault, method="POST")
    assert isinstance(WRITER.apply(ctx, Create(WRITES[3]), OP), kind)


# --- webhooks ---


def signed(secret: str, body: bytes) -> RawRequest:
    signature = b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return RawRequest({"x-frappe-webhook-signature": signature}, body, NOW)


def webhook_context(**values: object) -> Context:
    settings = {"webhook_secret": "hook-secret", "pay_source": "assignment", **values}
    return Context(settings, cast("object", None), lambda: NOW)  # type: ignore[arg-type]


def test_webhook_of_the_site_is_verified_and_hints_at_the_stream(fake: FakeFrappeHr) -> None:
    got: list[RawRequest] = []
    fake.webhook_secret = "hook-secret"
    fake.on_change = lambda headers, body: got.append(
        RawRequest({name.lower(): value for name, value in headers.items()}, body, NOW)
    )
    fake.update("Employee", "HR-EMP-00002", {"designation": "Lead"})
    receiver = cast("Receiver", HR)
    event = receiver.verify(webhook_context(), got[0])
    assert receiver.hints(webhook_context(), event) == [Hint(Stream.PEOPLE)]
    assert receiver.hints(webhook_context(pay_source="ctc"), event) == [Hint(Stream.PEOPLE), Hint(Stream.PAY)]
    assert receiver.verify(webhook_context(), got[0]).message_id == event.message_id


BODY = json.dumps(
    {"doctype": "Employee", "name": "HR-EMP-00002", "modified": "2026-11-21 14:30:00.000001"}
).encode()


@pytest.mark.parametrize(
    "raw",
    [
        RawRequest({}, BODY, NOW),
        RawRequest({"x-frappe-webhook-signature": ""}, BODY, NOW),
        RawRequest({"x-frappe-webhook-signature": "\u20ac"}, BODY, NOW),
        signed("another", BODY),
        RawRequest(signed("hook-secret", BODY).headers, BODY + b" ", NOW),
        signed("hook-secret", b"not json"),
        signed("hook-secret", b"[]"),
        signed("hook-secret", b'{"doctype": "Employee"}'),
        signed("hook-secret", b"\xff"),
    ],
)
def test_webhook_that_does_not_hold_is_one_error(raw: RawRequest) -> None:
    with pytest.raises(AuthError):
        cast("Receiver", HR).verify(webhook_context(), raw)


def test_webhook_is_refused_when_no_secret_is_set() -> None:
    with pytest.raises(AuthError):
        cast("Receiver", HR).verify(webhook_context(webhook_secret=None), signed("", BODY))
