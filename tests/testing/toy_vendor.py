"""A toy connector and its vendor: good as they stand, so that each mutant in test_contract_mutants breaks one thing only."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Flask, request

from plugin.connectors.base import Context, Field, Hint, Page, Probe, RawRequest, Slice, Upsert, Verified
from plugin.connectors.probes import attempt
from plugin.connectors.writing import (
    Action,
    Create,
    Desired,
    Done,
    Noop,
    Outcome,
    Patch,
    Remote,
    failed_write,
)
from plugin.domain import JsonObject, Record, Sink, SkillRecord, Stream
from plugin.errors import AdvisorError, AuthError, NotFound, SkipRecord
from plugin.http_client import Response, classify_status
from plugin.manifest import QUALITY_RULES, Manifest, parse_manifest
from plugin.testing.contract import Subject
from plugin.testing.contract_reads import outcome_of
from plugin.testing.faults import Faults

MANIFEST: dict[str, Any] = {
    "slug": "toy",
    "title": "Toy",
    "summary": "For the contract's own test.",
    "systems": ["Toy"],
    "version": "1.0",
    "streams": [{"stream": "skills", "reads": "Items", "fields": ["id", "person", "skill"], "why": "test"}],
    "sinks": [{"sink": "skills", "writes": "Grants", "why": "test"}],
    "settings": [
        {
            "name": "base_url",
            "label": "Address",
            "type": "url",
            "required": True,
            "example": "https://toy.example.com",
        },
        {"name": "token", "label": "Token", "type": "secret", "required": True},
        {"name": "networks", "label": "Networks", "type": "networks"},
    ],
    "webhook": {"dialect": "toy"},
    "evidence": [{"what": "all", "source": "here", "mark": "seen"}],
    "quality": [{"rule": rule, "done": True} for rule in QUALITY_RULES],
}


class Toy:
    """Reads /items, writes /grants, signs webhooks with HMAC-SHA256 in hex."""

    def check(self, ctx: Context) -> list[Probe]:
        return [attempt("reach", "Reach it", lambda: self.page(ctx, ""))[0]]

    def discover(self, ctx: Context) -> list[Field]:
        return []

    def classify(self, response: Response) -> AdvisorError | None:
        if b'"error"' in response.body and response.status == 200:
            return AuthError("denied")
        return classify_status(response)

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        yield Slice("all", cursors.get("all"))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        cursor, more = part.cursor or "", True
        while more:
            body = self.page(ctx, cursor)
            items: list[Any] = body["items"]  # type: ignore[assignment]
            cursor = items[-1]["id"] if items else cursor or "0"
            more = bool(body["more"])
            yield Page([Upsert(self.key(ctx, one), one) for one in items], cursor)

    def key(self, ctx: Context, item: JsonObject) -> str:
        return str(item["id"])

    def page(self, ctx: Context, after: str) -> JsonObject:
        response = ctx.http.request("GET", self.url(ctx, f"/items?after={after}"), headers=self.headers(ctx))
        body = response.json()
        if not isinstance(body, dict) or "items" not in body:
            raise AuthError("not the toy's answer", remedy="check the address")
        return body

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        if not raw.get("skill"):
            raise SkipRecord("no skill", code="missing")
        return SkillRecord(str(raw["id"]), str(raw["person"]), str(raw["skill"]))

    def lookup(self, ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        found: dict[str, Remote] = {}
        for one in desired:
            try:
                answer = ctx.http.request(
                    "GET", self.url(ctx, f"/grants/{one.person_source_id}"), headers=self.headers(ctx)
                )
            except NotFound:
                continue
            if one.values["skill"] in answer.json()["grants"]:  # type: ignore[index,call-overload,operator]
                found[one.key] = Remote(one.key, {})
        return found

    def plan(self, ctx: Context, desired: Desired, remote: Remote | None) -> Action:
        return Noop(desired, remote.remote_id) if remote else Create(desired)

    def apply(self, ctx: Context, action: Create | Patch, op_id: UUID) -> Outcome:
        try:
            self.grant(ctx, action.desired)
        except AdvisorError as error:
            return failed_write(error)
        return Done(action.desired.key)

    def grant(self, ctx: Context, desired: Desired) -> None:
        body: JsonObject = {"person": desired.person_source_id, "skill": desired.values["skill"]}
        ctx.http.request("POST", self.url(ctx, "/grants"), json=body, headers=self.headers(ctx))

    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        wanted = hmac.new(b"hook", raw.body, "sha256").hexdigest()
        if not hmac.compare_digest(wanted.encode(), raw.headers.get("x-toy", "").encode("utf-8", "replace")):
            raise AuthError("bad signature")
        return Verified(wanted, json.loads(raw.body))

    def hints(self, ctx: Context, event: Verified) -> list[Hint]:
        return [Hint(Stream.SKILLS)] if event.payload == {"kind": "item"} else []

    def url(self, ctx: Context, path: str) -> str:
        return str(ctx.settings["base_url"]) + path

    def headers(self, ctx: Context) -> dict[str, str]:
        return {"Authorization": f"Bearer {ctx.settings['token']}"}


Toy.__module__ = "toy"


@dataclass
class FakeToy:
    """Five items, and the grants that were written."""

    token: str
    grants: list[tuple[str, str]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    @property
    def app(self) -> Flask:
        app = Flask("toy")
        app.add_url_rule("/items", view_func=self._items)
        app.add_url_rule("/grants/<person>", view_func=self._granted)
        app.add_url_rule("/grants", view_func=self._grant, methods=["POST"])
        return app

    def _items(self) -> dict[str, Any]:
        after = int(request.args.get("after") or 0)
        left = [number for number in range(1, 6) if number > after]
        items = [{"id": str(number), "person": "p1", "skill": f"s{number}"} for number in left[:2]]
        return {"items": items, "more": len(left) > 2}

    def _granted(self, person: str) -> dict[str, Any]:
        return {"grants": [skill for one, skill in self.grants if one == person]}

    def _grant(self) -> dict[str, Any]:
        body = request.get_json()
        self.grants.append((body["person"], body["skill"]))
        return {}


FAKE = SimpleNamespace(
    make=lambda settings: FakeToy(settings["token"]),
    address=lambda settings, base_url: settings | {"base_url": base_url, "networks": ["127.0.0.0/8"]},
    WRITES=[Desired(Sink.SKILLS, "p1/s9", "p1", {"skill": "s9"})],
    written=lambda fake, desired: fake.grants.count(("p1", "s9")),
)


def subject_of(
    connector: Any, folder: Path, manifest: dict[str, Any] | None = None, fake: Any = FAKE
) -> Subject:
    """The toy, or a mutant of it, with its recordings written below ``folder``."""
    toy = folder / "toy"
    toy.mkdir()
    declared: Manifest = parse_manifest(json.dumps(manifest or MANIFEST), "toy")
    items = [{"id": "1", "person": "p1", "skill": "s1"}, {"id": "2", "person": "p1", "skill": ""}]
    exchanges = [
        {"path": "/items", "body": {"items": items, "more": True}},
        {"path": "/items", "body": {"items": [{"id": "3", "person": "p2", "skill": "s3"}], "more": False}},
    ]
    body = '{"kind": "item"}'
    signature = hmac.new(b"hook", body.encode(), "sha256").hexdigest()
    _write(toy / "settings.json", {"base_url": "https://toy.example.com", "token": "t"})
    _write(toy / "skills.json", {"exchanges": exchanges})
    _write(toy / "error.json", {"error": "denied"})
    _write(toy / "webhook.json", {"headers": {"X-Toy": signature}, "body": body, "streams": ["skills"]})
    good = Subject(declared, Toy(), toy, FAKE)  # type: ignore[arg-type]
    _write(toy / "expected.json", {"skills": outcome_of(good, Stream.SKILLS)})
    return Subject(declared, connector, toy, fake)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))
