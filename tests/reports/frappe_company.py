"""A fake Frappe HR site for the tests of public reports, and the connector that meets it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from plugin.connectors import load
from plugin.connectors.base import Context, Writer
from plugin.connectors.writing import Create, Desired, Patch
from plugin.domain import JsonObject, Record, Sink, Stream
from plugin.http_client import Limits
from plugin.manifest import manifest_of
from plugin.testing.driver import Inbox, connected
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.serving import serve

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HR = load("frappe_hr")
WRITER = cast("Writer", HR)
KEYS: JsonObject = {"api_key": "key", "api_secret": "secret", "company": "Example Works"}
DAY = "2027-01-01"


def site(**values: object) -> FakeFrappeHr:
    return FakeFrappeHr(clock=lambda: NOW, **values)  # type: ignore[arg-type]


@contextmanager
def met(fake: FakeFrappeHr, **settings: object) -> Iterator[Context]:
    """The connector's context for the site."""
    with serve(fake.app, faults=fake.faults) as served:
        given = {**KEYS, "base_url": served.base_url, "networks": ["127.0.0.0/8"], **settings}
        limits = Limits(total_seconds=2.0, gap_seconds=1.0, attempts=1)
        with connected(HR, manifest_of("frappe_hr"), given, clock=lambda: NOW, limits=limits) as ctx:  # type: ignore[arg-type]
            yield ctx


def records(ctx: Context, stream: Stream) -> tuple[dict[str, Record], dict[str, str]]:
    """What one run gives, by key, and the codes of what cannot be used."""
    inbox = Inbox()
    inbox.run(HR, ctx, stream)
    return inbox.records(HR, ctx, stream)


def written(ctx: Context, desired: Desired) -> object:
    """One turn of the outbox: look, plan, apply."""
    action = WRITER.plan(ctx, desired, WRITER.lookup(ctx, [desired]).get(desired.key))
    return WRITER.apply(ctx, action, uuid4()) if isinstance(action, Create | Patch) else action


def raise_of(who: str, annual: str, *, currency: str = "EUR", day: str = DAY) -> Desired:
    values: JsonObject = {"annual": annual, "currency": currency, "effective_on": day}
    return Desired(Sink.RAISES, f"raise:{who}/{day}", who, values)
