"""What every connector must prove, ours and third parties': run by tests over all manifests, never edited for a new connector.

A connector's folder holds ``settings.json``, one recording per stream (``<stream>.json`` with ``exchanges``, or ``pushed`` where a
webhook brings the records; or files below ``files/``), ``expected.json``, and for other webhooks ``webhook.json``. A fake vendor lies in ``fake_<slug>``, ours in plugin.testing.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from plugin.connectors import available, load
from plugin.connectors.base import Connector, Context, Http, Source, Upsert
from plugin.domain import Clock, JsonObject, Stream, utc_now
from plugin.manifest import Manifest, SettingType
from plugin.testing.driver import Inbox, context
from plugin.testing.replay import ReplayHttp

ROLE_VERBS: Mapping[str, tuple[str, ...]] = {
    "streams": ("slices", "read", "map"),
    "sinks": ("lookup", "plan", "apply"),
    "webhook": ("verify", "hints"),
}


class Broken(AssertionError):
    """A connector breaks the contract; the text says how."""


@dataclass(frozen=True)
class Subject:
    """One connector under test with its folder and its fake vendor's module, if there is one."""

    manifest: Manifest
    connector: Connector
    folder: Path
    fake: ModuleType | None = None

    @property
    def settings(self) -> JsonObject:
        return read_json(self.folder / "settings.json")

    @property
    def calls_out(self) -> bool:
        return any(one.type is SettingType.URL for one in self.manifest.settings)

    @property
    def is_pushed(self) -> bool:
        """What arrives by webhook is the record itself, so its endpoint verifies it and there may be nothing to fetch."""
        return self.manifest.webhook is not None and self.manifest.webhook.authoritative

    @property
    def streams(self) -> tuple[Stream, ...]:
        return tuple(one.stream for one in self.manifest.streams)

    @property
    def source(self) -> Source:
        return cast("Source", self.connector)

    def context(self, http: object, *, clock: Clock = utc_now, settings: JsonObject | None = None) -> Context:
        files = self.folder / "files"
        return context(
            self.manifest,
            self.settings if settings is None else settings,
            cast("Http", http),
            clock=clock,
            files=files if files.is_dir() else None,
        )

    def replayed(self, stream: Stream, inbox: Inbox, *, clock: Clock = utc_now) -> tuple[Context, ReplayHttp]:
        """One run of the recording into ``inbox``."""
        path = self.folder / f"{stream.value}.json"
        recording = cast("dict[str, list[JsonObject]]", read_json(path)) if path.exists() else {}
        http = ReplayHttp(recording.get("exchanges", []), self.connector.classify)
        ctx = self.context(http, clock=clock)
        for pushed in recording.get("pushed", []):
            inbox.take(stream, Upsert(str(pushed["key"]), cast("JsonObject", pushed["raw"])))
        inbox.run(self.connector, ctx, stream)
        return ctx, http


@dataclass(frozen=True)
class Check:
    """One rule. ``run`` raises Broken, or AssertionError, when it does not hold."""

    name: str
    applies: Callable[[Subject], bool]
    run: Callable[[Subject], None]


def subjects(folder: Path) -> list[Subject]:
    """All connectors of this installation, each with ``folder/<slug>``."""
    return [Subject(one, load(one.slug), folder / one.slug, fake_of(one.slug)) for one in available()]


def checks() -> tuple[Check, ...]:
    """All rules of the contract."""
    from plugin.testing import contract_reads, contract_writes

    return contract_reads.CHECKS + contract_writes.CHECKS


def checks_for(subject: Subject) -> list[Check]:
    return [one for one in checks() if one.applies(subject)]


def fake_of(slug: str) -> ModuleType | None:
    """The module of a fake vendor: ``make(settings)``, ``address(settings, base_url)``, ``WRITES``, ``written(fake, desired)``."""
    name = f"plugin.testing.fake_{slug}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def read_json(path: Path) -> JsonObject:
    if not path.exists():
        raise Broken(f"{path.name} is missing in the connector's test folder")
    found: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    return found


def require(holds: object, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)
