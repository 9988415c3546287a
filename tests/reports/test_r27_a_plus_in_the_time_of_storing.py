"""LearningLocker #844: ``stored`` with ``+00:00`` went back as ``since``, and its plus arrived as a blank.

https://github.com/LearningLocker/learninglocker/issues/844

Right: encoded. Whatever a store writes into a time or a link comes back to it as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs

import pytest
from flask import Flask, Response, request

from plugin.connectors import load
from plugin.connectors.base import Context
from plugin.domain import JsonObject, Stream
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, connected
from plugin.testing.fake_xapi_lrs import FakeXapiLrs
from plugin.testing.serving import serve

LRS = load("xapi_lrs")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
THROUGH = "X-Experience-API-Consistent-Through"


@contextmanager
def met(app: Flask) -> Iterator[Context]:
    with serve(app) as served:
        values: JsonObject = {
            "endpoint": f"{served.base_url}/xAPI",
            "username": "key",
            "password": "secret",
            "networks": ["127.0.0.0/8"],
            "page_size": 10,
            "since": "stored",
        }
        with connected(LRS, manifest_of("xapi_lrs"), values, clock=lambda: NOW) as ctx:
            yield ctx


def asked(app: Flask) -> list[dict[str, list[str]]]:
    """What the store is asked, decoded as a server does."""
    seen: list[dict[str, list[str]]] = []
    app.before_request(lambda: seen.append(parse_qs(request.query_string.decode(), strict_parsing=True)))
    return seen


ZONES = [timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-8), timedelta(hours=14)]


@pytest.mark.dates
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_time_of_storing_goes_back_as_it_came(zone: timedelta) -> None:
    """A run that ends between two pages goes on after the last ``stored`` that it saw."""
    fake = FakeXapiLrs(watermark=False)
    first = datetime.now(UTC) - timedelta(days=1)
    ids = {
        fake.complete(f"p{number}@example.com", f"https://lms.example.com/c/{number}") for number in range(25)
    }
    for number, one in enumerate(fake.statements):
        one["stored"] = (first + timedelta(minutes=number)).astimezone(timezone(zone)).isoformat()
    app = fake.app
    seen = asked(app)
    inbox = Inbox()
    with met(app) as ctx:
        inbox.run(LRS, ctx, Stream.LEARNING, stop_after=1)
        inbox.run(LRS, ctx, Stream.LEARNING)
    assert {key for _stream, key in inbox.raws} == ids
    (since,) = {datetime.fromisoformat(query["since"][0]) for query in seen if "since" in query}
    assert first + timedelta(minutes=8) < since < first + timedelta(minutes=9)


@pytest.mark.parametrize(
    "mark",
    [
        "2026-11-20T10:00:00.123456+00:00",
        "2026-11-20T15:30:00+05:30",
        "2026-11-20T10:00:00.5Z",
        "2026-11-20T02:00:00-08:00",
    ],
)
def test_a_watermark_goes_back_letter_by_letter(mark: str) -> None:
    fake = FakeXapiLrs(clock=lambda: NOW, watermark=False)
    app = fake.app
    seen = asked(app)

    @app.after_request
    def marked(answer: Response) -> Response:
        answer.headers[THROUGH] = mark
        return answer

    inbox = Inbox()
    with met(app) as ctx:
        for _turn in range(2):
            inbox.run(LRS, ctx, Stream.LEARNING)
    assert seen[-1]["since"] == [mark]


def test_a_mark_that_is_no_time_is_not_sent_back() -> None:
    """Else a store could add parameters of its own to what we ask."""
    fake = FakeXapiLrs(clock=lambda: NOW, watermark=False)
    app = fake.app
    seen = asked(app)

    @app.after_request
    def marked(answer: Response) -> Response:
        answer.headers[THROUGH] = "2026-11-20T10:00:00Z&agent=everybody"
        return answer

    inbox = Inbox()
    with met(app) as ctx:
        for _turn in range(2):
            inbox.run(LRS, ctx, Stream.LEARNING)
    assert all("agent" not in query for query in seen)
    assert datetime.fromisoformat(seen[-1]["since"][0]).tzinfo is not None


@pytest.mark.parametrize(
    "link", ["p=a%2Bb", "p=a+b", "p=a%20b&since=2026-11-20T10%3A00%3A00%2B00%3A00", "p=%C3%BC%2526"]
)
def test_a_link_to_the_next_page_stays_as_it_is(link: str) -> None:
    app = Flask("store")
    queries: list[str] = []

    @app.get("/xAPI/statements")
    def first() -> JsonObject:
        return {"statements": [], "more": f"/xAPI/more?{link}"}

    @app.get("/xAPI/more")
    def more() -> JsonObject:
        queries.append(request.query_string.decode())
        return {"statements": [], "more": ""}

    with met(app) as ctx:
        Inbox().run(LRS, ctx, Stream.LEARNING)
    assert queries == [link]
