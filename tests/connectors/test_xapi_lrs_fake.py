"""The xAPI connector against the fake store over real HTTP: nothing lost, nothing twice, whatever the store does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plugin.connectors import load
from plugin.connectors.base import Context
from plugin.domain import IdentifierKind, LearningRecord, Outcome, Stream
from plugin.errors import AuthError, ConfigError, GiveUp, RetryLater
from plugin.http_client import Limits
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, connected
from plugin.testing.fake_xapi_lrs import FakeXapiLrs
from plugin.testing.faults import Fault, Kind, error_inside, error_status, html_page, rate_limited
from plugin.testing.serving import serve

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LRS = load("xapi_lrs")


class Ticking:
    """Moves a millisecond each time that it is read, and as told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture(params=["watermark", "ralph"])
def fake(request: pytest.FixtureRequest) -> FakeXapiLrs:
    ralph = request.param == "ralph"
    return FakeXapiLrs(watermark=not ralph, extra_page=ralph, clock=Ticking())


@pytest.fixture
def ctx(fake: FakeXapiLrs) -> Iterator[Context]:
    yield from context_of(fake)


def context_of(fake: FakeXapiLrs, **values: object) -> Iterator[Context]:
    with ExitStack() as stack:
        base = stack.enter_context(serve(fake.app, faults=fake.faults)).base_url
        settings = {
            "endpoint": f"{base}/xAPI",
            "username": "key",
            "password": "secret",
            "networks": ["127.0.0.0/8"],
            "page_size": 10,
            **values,
        }
        limits = Limits(total_seconds=1.0, gap_seconds=0.5, attempts=2)
        yield stack.enter_context(
            connected(LRS, manifest_of("xapi_lrs"), settings, clock=fake.clock, limits=limits)
        )  # type: ignore[arg-type]


def fill(fake: FakeXapiLrs, count: int, *, start: int = 0) -> set[str]:
    return {
        fake.complete(f"person{number}@example.com", f"https://lms.example.com/c/{number}")
        for number in range(start, start + count)
    }


def keys(inbox: Inbox, stream: Stream = Stream.LEARNING) -> set[str]:
    return {key for one, key in inbox.raws if one is stream}


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 35])
def test_every_statement_arrives_once(fake: FakeXapiLrs, ctx: Context, count: int) -> None:
    ids = fill(fake, count)
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == ids
    assert inbox.arrivals == count


def test_second_run_changes_nothing_and_later_ones_bring_what_is_new(fake: FakeXapiLrs, ctx: Context) -> None:
    ids = fill(fake, 25)
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    before = inbox.state()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert inbox.state() == before
    ids |= fill(fake, 7, start=25)
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == ids
    assert inbox.arrivals == 32


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_run_that_is_cut_off_goes_on_without_loss(fake: FakeXapiLrs, ctx: Context, pages: int) -> None:
    ids = fill(fake, 42)
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING, stop_after=pages)
    assert len(keys(inbox)) == 10 * pages
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == ids


def test_statements_of_one_instant_survive_a_cut_between_them(fake: FakeXapiLrs, ctx: Context) -> None:
    for number in range(30):
        statement = {
            "actor": {"mbox": f"mailto:p{number}@example.com"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": f"https://lms.example.com/c/{number}"},
        }
        fake.add(statement, stored=NOW - timedelta(days=1))  # type: ignore[arg-type]
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING, stop_after=1)
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert len(keys(inbox)) == 30


@pytest.mark.dates
def test_statement_committed_late_is_still_seen(fake: FakeXapiLrs, ctx: Context) -> None:
    """Without a watermark the overlap finds it; with one the store itself vouches for what is complete."""
    if fake.watermark:
        fake.clock = lambda: (
            NOW - timedelta(minutes=10)
        )  # the store says: complete only up to ten minutes ago
    inbox = Inbox()
    fill(fake, 3)
    inbox.run(LRS, ctx, Stream.LEARNING)
    late = {
        "actor": {"mbox": "mailto:late@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example.com/c/late"},
    }
    stored = datetime.now(UTC) - timedelta(minutes=30) if not fake.watermark else NOW - timedelta(minutes=5)
    new = fake.add(late, stored=stored)  # type: ignore[arg-type]
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert new in keys(inbox)


def test_voided_statement_is_retracted(fake: FakeXapiLrs, ctx: Context) -> None:
    ids = sorted(fill(fake, 5))
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    fake.void(ids[0])
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == set(ids[1:])
    assert (Stream.LEARNING, ids[0]) in inbox.retracted


def test_streams_part_learning_from_badges(fake: FakeXapiLrs, ctx: Context) -> None:
    course = fake.complete("ada@example.com", "https://lms.example.com/c/1", hours=6.5, score=0.8)
    badge = fake.earn(
        "Ada@Example.com", "https://b.example.org/b/1", "Statistics", "https://b.example.org/a/1"
    )
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    inbox.run(LRS, ctx, Stream.BADGES)
    assert keys(inbox, Stream.LEARNING) == {course}
    assert keys(inbox, Stream.BADGES) == {badge}
    learned = inbox.records(LRS, ctx, Stream.LEARNING)[0][course]
    assert isinstance(learned, LearningRecord)
    assert (learned.hours, learned.score_scaled, learned.outcome) == (
        Decimal("6.50"),
        Decimal("0.8"),
        Outcome.COMPLETED,
    )
    assert [(one.kind, one.value) for one in learned.learner] == [(IdentifierKind.EMAIL, "ada@example.com")]
    award = inbox.records(LRS, ctx, Stream.BADGES)[0][badge]
    assert (award.credential, award.badge_name, award.issuer_id) == (  # type: ignore[union-attr]
        "https://b.example.org/a/1",
        "Statistics",
        "https://b.example.org",
    )


def test_what_is_no_outcome_is_not_kept_unless_asked_for(fake: FakeXapiLrs) -> None:
    fake.add(
        {
            "actor": {"mbox": "mailto:ada@example.com"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": "https://lms.example.com/page"},
        }
    )
    for keep, expected in (("outcomes", 0), ("all", 1)):
        for ctx in context_of(fake, keep=keep):
            inbox = Inbox()
            inbox.run(LRS, ctx, Stream.LEARNING)
            assert len(inbox.raws) == expected
            assert list(inbox.records(LRS, ctx, Stream.LEARNING)[1].values()) == ["no_outcome"] * expected


def test_invalid_statement_is_refused_by_its_id_and_the_rest_arrives(fake: FakeXapiLrs, ctx: Context) -> None:
    good = fill(fake, 2)
    bad = fake.add({"actor": {"mbox": "ada@example.com"}, "verb": {"id": "nonsense"}, "object": {}})
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == good
    assert list(inbox.rejects) == [(Stream.LEARNING, f"statement {bad}")]


def test_repeated_page_does_no_harm(fake: FakeXapiLrs, ctx: Context) -> None:
    ids = fill(fake, 30)
    fake.faults.plan(Fault(Kind.REPEAT), path="/statements", after=1)
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert fake.faults.met == 1
    assert keys(inbox) == ids


@pytest.mark.parametrize(
    "fault", [rate_limited(0), rate_limited(0, as_date=True), error_status(503), error_status(502)]
)
def test_passing_trouble_is_waited_out(fake: FakeXapiLrs, ctx: Context, fault: Fault) -> None:
    ids = fill(fake, 15)
    fake.faults.plan(fault, path="/statements", after=1)
    inbox = Inbox()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert fake.faults.met == 1
    assert keys(inbox) == ids


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited(600), RetryLater),
        (rate_limited(600, as_date=True, status=503), RetryLater),
        (Fault(Kind.HANG), RetryLater),
        (error_status(401), AuthError),
        (error_status(403), AuthError),
        (error_inside({"error": "quota"}), GiveUp),
        (html_page(), GiveUp),
    ],
)
def test_lasting_trouble_keeps_what_was_committed(
    fake: FakeXapiLrs, ctx: Context, fault: Fault, kind: type[Exception]
) -> None:
    ids = fill(fake, 15)
    fake.faults.plan(fault, path="/statements", after=1, times=99)
    inbox = Inbox()
    with pytest.raises(kind):
        inbox.run(LRS, ctx, Stream.LEARNING)
    assert len(keys(inbox)) == 10
    fake.faults.clear()
    inbox.run(LRS, ctx, Stream.LEARNING)
    assert keys(inbox) == ids


def test_next_page_on_another_host_never_gets_our_key(fake: FakeXapiLrs, ctx: Context) -> None:
    fake.faults.plan(error_inside({"statements": [], "more": "https://evil.example/xAPI/statements?x=1"}))
    with pytest.raises(ConfigError) as caught:
        Inbox().run(LRS, ctx, Stream.LEARNING)
    assert caught.value.code == "more_elsewhere"


def test_check_says_what_will_not_be_seen(fake: FakeXapiLrs, ctx: Context) -> None:
    fill(fake, 1)
    probes = {probe.code: probe for probe in LRS.check(ctx)}
    assert probes["reach"].ok
    assert ("more than an hour late is missed" in probes["coverage"].detail) == (not fake.watermark)


def test_check_turns_a_wrong_key_into_a_remedy(fake: FakeXapiLrs) -> None:
    for ctx in context_of(fake, password="wrong"):
        probes = LRS.check(ctx)
    assert [probe.ok for probe in probes] == [False, None, None]
    assert "credentials" in probes[0].remedy


def test_discover_counts_fields(fake: FakeXapiLrs, ctx: Context) -> None:
    fill(fake, 2)
    fake.earn("ada@example.com", "https://b.example.org/b/1", "S", "https://b.example.org/a/1")
    assert {field.name: field.filled for field in LRS.discover(ctx)}["actor"] == 1.0
