"""Plays the kernel's part in memory: runs a stream page by page as services/sync does, so that a connector can be watched alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from plugin.connectors.base import (
    Change,
    Connector,
    Context,
    Http,
    Reject,
    Rename,
    Retract,
    Source,
    Upsert,
)
from plugin.domain import Clock, JsonObject, Record, Stream, utc_now
from plugin.errors import SkipRecord
from plugin.http_client import Client, Limits, networks
from plugin.manifest import Manifest, load_settings


@dataclass
class Inbox:
    """What came in: raw records by (stream, key), what was refused, and the cursors. Pages commit whole, as in the store."""

    raws: dict[tuple[Stream, str], JsonObject] = field(default_factory=dict)
    rejects: dict[tuple[Stream, str], str] = field(default_factory=dict)
    retracted: set[tuple[Stream, str]] = field(default_factory=set)
    cursors: dict[tuple[Stream, str], str | None] = field(default_factory=dict)
    arrivals: int = 0

    def run(
        self, connector: Connector, ctx: Context, stream: Stream, *, stop_after: int | None = None
    ) -> int:
        """One sync of one stream, cut off after so many pages when asked; the number of pages that were committed."""
        source = cast("Source", connector)
        stored = {key: cursor for (one, key), cursor in self.cursors.items() if one is stream}
        pages = 0
        for part in source.slices(ctx, stream, stored):
            for page in source.read(ctx, stream, part):
                for change in page.changes:
                    self.take(stream, change)
                self.cursors[stream, part.key] = page.cursor
                pages += 1
                if stop_after is not None and pages >= stop_after:
                    return pages
        return pages

    def records(
        self, connector: Connector, ctx: Context, stream: Stream
    ) -> tuple[dict[str, Record], dict[str, str]]:
        """Mapped records by key, and the codes of those that cannot be used."""
        made: dict[str, Record] = {}
        skipped: dict[str, str] = {}
        for (one, key), raw in self.raws.items():
            if one is stream:
                try:
                    made[key] = cast("Source", connector).map(ctx, stream, raw)
                except SkipRecord as error:
                    skipped[key] = error.code
        return made, skipped

    def state(self) -> tuple[object, ...]:
        """All that a second run must leave as it is; cursors may move."""
        return dict(self.raws), dict(self.rejects), set(self.retracted)

    def take(self, stream: Stream, change: Change) -> None:
        """One change, as the store applies it."""
        match change:
            case Upsert():
                self.arrivals += (stream, change.remote_key) not in self.raws
                old = self.raws.get((stream, change.remote_key), {})
                kept = {name: old[name] for name in change.kept if name in old}
                self.raws[stream, change.remote_key] = {**kept, **change.raw}
            case Retract():
                self.raws.pop((stream, change.remote_key), None)
                self.retracted.add((stream, change.remote_key))
            case Rename():
                for one, key in [name for name in self.raws if name[0] is stream]:
                    if key == change.remote_key or key.startswith(f"{change.remote_key}/"):
                        new = change.new_key + key[len(change.remote_key) :]
                        self.raws.setdefault((one, new), self.raws.pop((one, key)))
            case Reject():
                self.rejects[stream, f"{change.place} {change.cell}".strip()] = change.code


@contextmanager
def connected(
    connector: Connector,
    manifest: Manifest,
    values: JsonObject,
    *,
    clock: Clock = utc_now,
    files: Path | None = None,
    limits: Limits | None = None,
) -> Iterator[Context]:
    """A context with checked settings and the real HTTP client, allowed to reach the settings' networks."""
    settings = load_settings(manifest, values)
    with Client(limits=limits or Limits(total_seconds=5, attempts=2)) as client:
        allowed = networks(settings.get("networks") or [])
        http = client.bound(networks=allowed, classify=connector.classify)
        yield Context(settings, cast("Http", http), clock, files)


def context(
    manifest: Manifest, values: JsonObject, http: Http, *, clock: Clock = utc_now, files: Path | None = None
) -> Context:
    """A context over any HTTP."""
    settings: dict[str, Any] = load_settings(manifest, values)
    return Context(settings, http, clock, files)
