"""Leave Applications of Frappe HR: approved ones by kind and days, holidays and the words of a leave type not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from plugin.connectors import load
from plugin.connectors.base import Context
from plugin.connectors.frappe_hr.records import leave_kind
from plugin.domain import JsonObject, LeaveKind, LeaveRecord, Stream
from plugin.errors import InvalidInput
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, connected
from plugin.testing.fake_frappe_hr import make
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HR = load("frappe_hr")
SETTINGS: JsonObject = {"api_key": "key", "api_secret": "secret", "company": "Example Works"}
RULES = "Elternzeit = parental, Urlaub=none , Sonderurlaub A = unpaid"
DAYS = ("2026-09-07", "2026-09-11")


@pytest.fixture
def fake() -> FakeFrappeHr:
    return make(SETTINGS, clock=lambda: NOW)


@pytest.fixture
def ctx(fake: FakeFrappeHr) -> Iterator[Context]:
    yield from _context(fake, leave_types=RULES)


def _context(fake: FakeFrappeHr, **values: str) -> Iterator[Context]:
    with serve(fake.app) as site:
        settings: JsonObject = SETTINGS | {"base_url": site.base_url, "networks": ["127.0.0.0/8"]} | values  # type: ignore[operator]
        with connected(HR, manifest_of("frappe_hr"), settings, clock=lambda: NOW) as found:
            yield found


def _read(ctx: Context, inbox: Inbox | None = None) -> tuple[Inbox, dict[str, LeaveRecord]]:
    inbox = inbox or Inbox()
    inbox.run(HR, ctx, Stream.LEAVES)
    made, skipped = inbox.records(HR, ctx, Stream.LEAVES)
    assert not skipped
    return inbox, {key: one for key, one in made.items() if isinstance(one, LeaveRecord)}


def test_approved_leave_comes_with_days_and_kind(ctx: Context) -> None:
    found = sorted(_read(ctx)[1].values(), key=lambda one: one.started_on)
    assert [(one.person_source_id, one.kind, one.protected) for one in found] == [
        ("HR-EMP-00002", LeaveKind.PARENTAL, True),
        ("HR-EMP-00003", LeaveKind.UNPAID, False),
    ]
    assert (found[0].started_on, found[0].ended_on) == (date(2026, 2, 1), date(2026, 5, 31))


def test_what_is_not_approved_half_a_day_or_a_holiday_is_not_kept(fake: FakeFrappeHr, ctx: Context) -> None:
    before = set(_read(ctx)[0].raws)
    fake.leave("HR-EMP-00002", "Sick Leave", DAYS, status="Rejected")
    fake.leave("HR-EMP-00002", "Sick Leave", (DAYS[0], DAYS[0]), half_day=1)
    fake.leave("HR-EMP-00002", "Urlaub", DAYS)
    open_one = {"employee": "HR-EMP-00002", "company": "Example Works", "leave_type": "Sick Leave"}
    days = {"from_date": DAYS[0], "to_date": DAYS[1], "status": "Open"}
    fake.insert("Leave Application", {**open_one, **days})
    assert set(_read(ctx)[0].raws) == before


def test_the_words_of_a_leave_type_are_never_kept(fake: FakeFrappeHr, ctx: Context) -> None:
    name = fake.leave("HR-EMP-00002", "Rehabilitation after surgery", DAYS)
    inbox, made = _read(ctx)
    assert made[name].kind is LeaveKind.OTHER
    assert "urgery" not in str(inbox.raws)


def test_a_cancelled_leave_is_withdrawn(fake: FakeFrappeHr, ctx: Context) -> None:
    name = fake.leave("HR-EMP-00002", "Sick Leave", DAYS)
    inbox, made = _read(ctx)
    assert made[name].kind is LeaveKind.SICK
    fake.update("Leave Application", name, {"docstatus": 2})
    assert name not in _read(ctx, inbox)[1]
    assert (Stream.LEAVES, name) in inbox.retracted


@pytest.mark.parametrize(
    ("leave_type", "kind"),
    [
        ("Sick Leave", "sick"),
        ("Maternity leave", "parental"),
        ("Care of a relative", "care"),
        ("Leave Without Pay", "unpaid"),
        ("Privilege Leave", "none"),
        ("Jury duty", "other"),
        ("elternzeit", "parental"),
        ("Sonderurlaub A", "unpaid"),
    ],
)
def test_a_leave_type_has_one_kind_by_rule_or_by_its_words(leave_type: str, kind: str) -> None:
    assert leave_kind(leave_type, RULES) == kind


@pytest.mark.parametrize("rules", ["Elternzeit", "Elternzeit = holiday", "= parental"])
def test_rules_that_cannot_be_read_fail_the_test_of_the_connection(fake: FakeFrappeHr, rules: str) -> None:
    with pytest.raises(InvalidInput):
        leave_kind("Sick Leave", rules)
    for ctx in _context(fake, leave_types=rules):
        assert [probe.ok for probe in HR.check(ctx) if probe.code == "leave_types"] == [False]


def test_a_user_who_may_not_read_leaves_is_told_so(fake: FakeFrappeHr, ctx: Context) -> None:
    fake.hidden = frozenset({"Leave Application"})
    assert {probe.code: probe.ok for probe in HR.check(ctx)}["leaves"] is False
