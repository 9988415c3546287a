"""The contract passes a good connector and catches each fault that a mutant of it has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from plugin.connectors.base import Context, Page, Probe, RawRequest, Slice, Upsert, Verified
from plugin.connectors.writing import Create, Desired, Done, Outcome, Patch, Remote, Retryable
from plugin.domain import JsonObject, Record, Stream
from plugin.errors import AdvisorError, AuthError, GiveUp, RetryLater
from plugin.http_client import Response, classify_status
from plugin.testing.contract import Broken, checks, checks_for
from plugin.testing.contract_reads import verbs_fit
from tests.testing.toy_vendor import MANIFEST, Toy, subject_of


def caught_by(connector: Any, folder: Path, **more: Any) -> set[str]:
    """The names of the checks that the connector fails."""
    subject = subject_of(connector, folder, **more)
    failed = set()
    for check in checks_for(subject):
        try:
            check.run(subject)
        except (AssertionError, AdvisorError):
            failed.add(check.name)
    return failed


def test_good_connector_passes_every_check(tmp_path: Path) -> None:
    assert {one.name for one in checks_for(subject_of(Toy(), tmp_path))} == {one.name for one in checks()}
    folder = tmp_path / "again"
    folder.mkdir()
    assert caught_by(Toy(), folder) == set()


class TakesErrorForSuccess(Toy):
    def classify(self, response: Response) -> AdvisorError | None:
        return classify_status(response)

    def page(self, ctx: Context, after: str) -> JsonObject:
        body = ctx.http.request(
            "GET", self.url(ctx, f"/items?after={after}"), headers=self.headers(ctx)
        ).json()
        return {"items": [], "more": False} | (body if isinstance(body, dict) else {})


class LosesRetryAfter(Toy):
    def classify(self, response: Response) -> AdvisorError | None:
        return RetryLater("slow down") if response.status == 429 else super().classify(response)


class TakesForbiddenForTransient(Toy):
    def classify(self, response: Response) -> AdvisorError | None:
        return RetryLater("perhaps later") if response.status == 403 else super().classify(response)


class RaisesLibraryError(Toy):
    def page(self, ctx: Context, after: str) -> JsonObject:
        body: Any = ctx.http.request(
            "GET", self.url(ctx, f"/items?after={after}"), headers=self.headers(ctx)
        ).json()
        return {"items": body["items"], "more": body["more"]}


class PutsSecretIntoAddress(Toy):
    def url(self, ctx: Context, path: str) -> str:
        return super().url(ctx, path) + f"&token={ctx.settings['token']}"


class TellsSecretInError(Toy):
    def page(self, ctx: Context, after: str) -> JsonObject:
        try:
            return super().page(ctx, after)
        except GiveUp as error:
            raise GiveUp(f"failed with {ctx.settings['token']}") from error


class QuotesAnswerInError(Toy):
    def classify(self, response: Response) -> AdvisorError | None:
        return GiveUp(response.body.decode()) if response.status == 400 else super().classify(response)


class TellsSecretInProbe(Toy):
    def check(self, ctx: Context) -> list[Probe]:
        return [Probe("reach", "Reach it", ok=False, detail=str(dict(ctx.settings)), remedy="x")]


class NamesRecordsByTime(Toy):
    def key(self, ctx: Context, item: JsonObject) -> str:
        return f"{item['id']} {ctx.clock().isoformat()}"


class StoresTime(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            changes = [
                Upsert(one.remote_key, one.raw | {"seen": ctx.clock().isoformat()}) for one in page.changes
            ]  # type: ignore[union-attr]
            yield Page(changes, page.cursor)


class ChangesRawWhenMapping(Toy):
    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        raw["mapped"] = True
        return super().map(ctx, stream, raw)


class MapsDifferentlyEachTime(Toy):
    counter = itertools.count()

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        return super().map(ctx, stream, raw | {"person": str(next(self.counter))})


class AsksWhenMapping(Toy):
    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        ctx.http.request("GET", self.url(ctx, "/items"))
        return super().map(ctx, stream, raw)


class StopsAtBadRecord(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            if any(not one.raw["skill"] for one in page.changes):  # type: ignore[union-attr]
                raise GiveUp("bad record")
            yield page


class DropsBadRecordSilently(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            yield Page([one for one in page.changes if one.raw["skill"]], page.cursor)  # type: ignore[union-attr]


class KeepsMoreThanItSays(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            yield Page(
                [Upsert(one.remote_key, one.raw | {"birthday": "?"}) for one in page.changes], page.cursor
            )  # type: ignore[union-attr]


class GivesNoCursor(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            yield Page(page.changes, None)


class MovesCursorTooFar(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        for page in super().read(ctx, stream, part):
            yield Page(page.changes, "5")


class ReadsOnePageOnly(Toy):
    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        yield next(super().read(ctx, stream, part))


class RepeatsBlindly(Toy):
    def apply(self, ctx: Context, action: Create | Patch, op_id: UUID) -> Outcome:
        try:
            self.grant(ctx, action.desired)
        except RetryLater as error:
            return Retryable(error.wait, "again")
        except AdvisorError:
            return super().apply(ctx, action, op_id)
        return Done(action.desired.key)


class RepeatsInsideApply(Toy):
    def grant(self, ctx: Context, desired: Desired) -> None:
        try:
            super().grant(ctx, desired)
        except RetryLater:
            super().grant(ctx, desired)


class ClaimsToHaveWritten(Toy):
    def grant(self, ctx: Context, desired: Desired) -> None:
        pass


class NeverFindsWhatItWrote(Toy):
    def lookup(self, ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        return {}


class RaisesFromApply(Toy):
    def apply(self, ctx: Context, action: Create | Patch, op_id: UUID) -> Outcome:
        self.grant(ctx, action.desired)
        return Done(action.desired.key)


class AsksWhenPlanning(Toy):
    def plan(self, ctx: Context, desired: Desired, remote: Remote | None) -> Any:
        self.lookup(ctx, [desired])
        return super().plan(ctx, desired, remote)


class AcceptsAnyWebhook(Toy):
    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        return Verified("x", {"kind": "item"})


class RaisesLibraryErrorForBadWebhook(Toy):
    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        raw.body.decode()
        _ = raw.headers["x-toy"]
        return super().verify(ctx, raw)


class HintsAtAnything(Toy):
    def hints(self, ctx: Context, event: Verified) -> Any:
        return super().hints(ctx, Verified("x", {"kind": "item"}))


class RaisesFromCheck(Toy):
    def check(self, ctx: Context) -> list[Probe]:
        self.page(ctx, "")
        return [Probe("reach", "Reach it", ok=True)]


class AlwaysSaysWell(Toy):
    def check(self, ctx: Context) -> list[Probe]:
        return [Probe("reach", "Reach it", ok=True)]


class FailsWithoutRemedy(Toy):
    def check(self, ctx: Context) -> list[Probe]:
        try:
            self.page(ctx, "")
        except AuthError:
            return [Probe("reach", "Reach it", ok=False)]
        except AdvisorError:
            return super().check(ctx)
        return []


MUTANTS: list[tuple[type[Toy], str]] = [
    (TakesErrorForSuccess, "answers_become_our_errors"),
    (LosesRetryAfter, "answers_become_our_errors"),
    (TakesForbiddenForTransient, "answers_become_our_errors"),
    (RaisesLibraryError, "check_never_raises"),
    (PutsSecretIntoAddress, "secrets_stay_inside"),
    (TellsSecretInError, "secrets_stay_inside"),
    (QuotesAnswerInError, "secrets_stay_inside"),
    (TellsSecretInProbe, "secrets_stay_inside"),
    (NamesRecordsByTime, "second_run_changes_nothing"),
    (StoresTime, "second_run_changes_nothing"),
    (ChangesRawWhenMapping, "map_is_pure"),
    (MapsDifferentlyEachTime, "map_is_pure"),
    (AsksWhenMapping, "map_is_pure"),
    (StopsAtBadRecord, "recordings_give_what_is_expected"),
    (DropsBadRecordSilently, "recordings_give_what_is_expected"),
    (DropsBadRecordSilently, "recordings_hold_a_bad_record"),
    (KeepsMoreThanItSays, "only_declared_fields_are_kept"),
    (GivesNoCursor, "every_page_has_a_cursor"),
    (MovesCursorTooFar, "cut_off_run_goes_on"),
    (ReadsOnePageOnly, "recordings_give_what_is_expected"),
    (ReadsOnePageOnly, "fake_is_read_twice_alike"),
    (RepeatsBlindly, "outcomes_say_what_to_do"),
    (RepeatsBlindly, "ambiguous_write_is_read_back"),
    (RepeatsInsideApply, "ambiguous_write_is_read_back"),
    (ClaimsToHaveWritten, "write_happens_once"),
    (NeverFindsWhatItWrote, "write_happens_once"),
    (RaisesFromApply, "outcomes_say_what_to_do"),
    (AsksWhenPlanning, "plan_is_pure"),
    (AcceptsAnyWebhook, "webhook_is_verified"),
    (RaisesLibraryErrorForBadWebhook, "webhook_is_verified"),
    (HintsAtAnything, "webhook_is_verified"),
    (RaisesFromCheck, "check_never_raises"),
    (AlwaysSaysWell, "check_never_raises"),
    (FailsWithoutRemedy, "check_never_raises"),
]
for mutant, _ in MUTANTS:
    mutant.__module__ = "toy"


@pytest.mark.parametrize(("mutant", "check"), MUTANTS, ids=lambda value: getattr(value, "__name__", value))
def test_mutant_is_caught(mutant: type[Toy], check: str, tmp_path: Path) -> None:
    subject = subject_of(mutant(), tmp_path)
    rule = next(one for one in checks_for(subject) if one.name == check)
    with pytest.raises(Exception, match=r".") as caught:
        rule.run(subject)
    assert isinstance(caught.value, AssertionError | AdvisorError | KeyError | TypeError)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in MANIFEST.items() if name not in names}


def test_verb_that_the_manifest_does_not_declare_is_a_stub(tmp_path: Path) -> None:
    assert "verbs_fit" in caught_by(Toy(), tmp_path, manifest=without("sinks"))


def test_verb_that_is_missing_is_caught(tmp_path: Path) -> None:
    class Without(Toy):
        verify = property()  # type: ignore[assignment]

    Without.__module__ = "toy"
    with pytest.raises(Broken, match="verify is missing"):
        verbs_fit(subject_of(Without(), tmp_path))


def test_module_of_another_name_is_caught(tmp_path: Path) -> None:
    class Elsewhere(Toy):
        pass

    assert "names_agree" in caught_by(Elsewhere(), tmp_path)


def test_setting_without_explanation_is_caught(tmp_path: Path) -> None:
    changed = deepcopy(MANIFEST)
    del changed["settings"][0]["example"]
    assert "settings_pass" in caught_by(Toy(), tmp_path, manifest=changed)


def test_fake_that_is_promised_and_not_there_is_caught(tmp_path: Path) -> None:
    caught = caught_by(Toy(), tmp_path, fake=None)
    assert {"fake_is_there", "has_a_write_for_each_sink"} <= caught
