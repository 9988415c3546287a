"""The contract's rules on declaration, secrets and reading."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from plugin.domain import Json, JsonObject, Stream
from plugin.errors import AdvisorError, AuthError, RetryLater
from plugin.http_client import Response
from plugin.manifest import settings_schema
from plugin.testing.contract import ROLE_VERBS, Broken, Check, Subject, read_json, require
from plugin.testing.driver import Inbox
from plugin.testing.replay import NoHttp, SameHttp, failing

CANARY = "canary-31f7-"


def _always(_subject: Subject) -> bool:
    return True


def _reads(subject: Subject) -> bool:
    return bool(subject.manifest.streams)


def _calls_out(subject: Subject) -> bool:
    return subject.calls_out and _reads(subject)


def _fetches(subject: Subject) -> bool:
    return _reads(subject) and not subject.is_pushed


def _has_secrets(subject: Subject) -> bool:
    return bool(subject.manifest.secret_names)


# --- declaration ------------------------------------------------------------------------------------------------------


def names_agree(subject: Subject) -> None:
    """slug = file = module = test folder."""
    slug = subject.manifest.slug
    module = type(subject.connector).__module__.rpartition(".")[2]
    require(module == slug, f"the connector's module is {module}, its manifest {slug}")
    require(subject.folder.name == slug, f"the test folder is {subject.folder.name}, the manifest {slug}")
    require(subject.folder.is_dir(), "there is no test folder")


def verbs_fit(subject: Subject) -> None:
    """Exactly the verbs that the manifest declares: none missing, no stubs."""
    manifest = subject.manifest
    declared = {
        "streams": bool(manifest.streams),
        "sinks": bool(manifest.sinks),
        "webhook": bool(manifest.webhook) and not subject.is_pushed,
    }
    for verb in ("check", "discover", "classify"):
        require(hasattr(subject.connector, verb), f"the verb {verb} is missing")
    for role, verbs in ROLE_VERBS.items():
        for verb in verbs:
            there = hasattr(subject.connector, verb)
            require(
                there == declared[role], f"{verb} is {'there' if there else 'missing'}, {role} says otherwise"
            )


def settings_pass(subject: Subject) -> None:
    """The test settings pass the admin's form, every field has a label, required ones an example or help."""
    settings = subject.context(NoHttp()).settings
    require(set(settings) <= {one.name for one in subject.manifest.settings}, "unknown settings came through")
    for one in subject.manifest.settings:
        explained = one.help or one.example or one.type.value in ("secret", "boolean", "choice")
        require(explained or not one.required, f"setting {one.name} has neither help nor an example")


def fake_is_there(subject: Subject) -> None:
    """What the manifest says about its fake is true."""
    said = next(one.done for one in subject.manifest.quality if one.rule == "fake")
    require(said == (subject.fake is not None), "the manifest's word on its fake vendor is not true")


# --- secrets ----------------------------------------------------------------------------------------------------------


def _with_canaries(subject: Subject) -> JsonObject:
    return subject.settings | {name: CANARY + name for name in subject.manifest.secret_names}


def secrets_are_not_dumped(subject: Subject) -> None:
    settings = subject.context(NoHttp(), settings=_with_canaries(subject)).settings
    dumped = settings_schema(subject.manifest)().dump(settings)
    require(CANARY not in str(dumped), "the settings form dumps a secret")
    require(
        CANARY not in repr(subject.context(NoHttp(), settings=_with_canaries(subject))),
        "a context shows a secret",
    )


def secrets_stay_inside(subject: Subject) -> None:
    """No secret in an address, a probe, an error or its traceback, even when the other side echoes it."""
    echo: JsonObject = {"error": "".join(CANARY + name for name in subject.manifest.secret_names)}
    for status in (200, 400, 401, 403, 404, 429, 500):
        http = SameHttp(failing(status, body=echo), subject.connector.classify)
        ctx = subject.context(http, settings=_with_canaries(subject))
        require(CANARY not in str(subject.connector.check(ctx)), f"a probe shows a secret (status {status})")
        for stream in subject.streams:
            error = _error_of(lambda ctx=ctx, stream=stream: _drain(subject, ctx, stream))  # type: ignore[misc]
            told = "".join(traceback.format_exception(error)) if error else ""
            require(CANARY not in told, f"an error shows a secret (status {status}): {type(error).__name__}")
        require(CANARY not in str(http.calls), "a secret is part of an address")


# --- reading ----------------------------------------------------------------------------------------------------------


def recordings_give_what_is_expected(subject: Subject) -> None:
    expected = read_json(subject.folder / "expected.json")
    require(
        set(expected) == {one.value for one in subject.streams},
        "expected.json has other streams than the manifest",
    )
    for stream in subject.streams:
        found = outcome_of(subject, stream)
        require(
            found == expected[stream.value], f"{stream.value}: {_difference(expected[stream.value], found)}"
        )


def outcome_of(subject: Subject, stream: Stream) -> Json:
    """What the recording of a stream gives, in the form of ``expected.json``."""
    inbox = Inbox()
    ctx, _ = subject.replayed(stream, inbox, clock=_fixed)
    records, skipped = inbox.records(subject.connector, ctx, stream)
    return {
        "records": {key: _plain(one) for key, one in sorted(records.items())},
        "skipped": dict(sorted(skipped.items())),
        "rejected": {place: code for (_, place), code in sorted(inbox.rejects.items())},
        "retracted": [key for _, key in sorted(inbox.retracted)],
    }


def recordings_hold_a_bad_record(subject: Subject) -> None:
    """At least one stream's recording has something that cannot be used beside something that can."""
    found = [outcome_of(subject, stream) for stream in subject.streams]
    bad = [
        one
        for one in found
        if isinstance(one, dict) and one["records"] and (one["skipped"] or one["rejected"])
    ]
    require(bad, "no recording has a bad record beside good ones")


def second_run_changes_nothing(subject: Subject) -> None:
    """The same answers at another time give the same raw records under the same keys."""
    for stream in subject.streams:
        inbox = Inbox()
        subject.replayed(stream, inbox, clock=_fixed)
        before, cursors = copy.deepcopy(inbox.state()), dict(inbox.cursors)
        inbox.cursors.clear()
        subject.replayed(stream, inbox, clock=lambda: _fixed() + timedelta(days=1))
        require(inbox.state() == before, f"{stream.value}: a second run changed what was stored")
        require(inbox.cursors.keys() == cursors.keys(), f"{stream.value}: the slices' names changed")


def only_declared_fields_are_kept(subject: Subject) -> None:
    """What is stored of a record is what the manifest names to the admin, and no more."""
    for spec in subject.manifest.streams:
        inbox = Inbox()
        subject.replayed(spec.stream, inbox, clock=_fixed)
        extra = {name for raw in inbox.raws.values() for name in raw} - set(spec.fields)
        require(not extra, f"{spec.stream.value}: the manifest does not name {sorted(extra)}")


def every_page_has_a_cursor(subject: Subject) -> None:
    for stream in subject.streams:
        inbox = Inbox()
        subject.replayed(stream, inbox, clock=_fixed)
        require(inbox.cursors, f"{stream.value}: the recording gave no page")
        require(None not in inbox.cursors.values(), f"{stream.value}: a page came without a cursor")


def map_is_pure(subject: Subject) -> None:
    """Mapping calls nobody, gives the same twice and leaves the raw record as it is."""
    for stream in subject.streams:
        inbox = Inbox()
        subject.replayed(stream, inbox, clock=_fixed)
        untouched = copy.deepcopy(inbox.raws)
        ctx = subject.context(NoHttp(), clock=_fixed)
        twice = [inbox.records(subject.connector, ctx, stream) for _ in range(2)]
        require(twice[0] == twice[1], f"{stream.value}: mapping is not repeatable")
        require(inbox.raws == untouched, f"{stream.value}: mapping changes the raw record")


# --- errors -----------------------------------------------------------------------------------------------------------


def answers_become_our_errors(subject: Subject) -> None:
    """401, 403, 429, 503, a timeout, and a success with an error or a web page inside."""
    timeout = RetryLater("no answer in time", code="timeout")
    page = Response(200, {"content-type": "text/html"}, b"<!doctype html><title>Sign in</title>")
    inside = failing(200, body=subject_error(subject))
    _expect(subject, failing(401), AuthError, "401")
    _expect(subject, failing(403), AuthError, "403")
    limited = _expect(subject, failing(429, headers={"retry-after": "7"}), RetryLater, "429")
    require(isinstance(limited, RetryLater) and limited.wait == 7.0, "the Retry-After of a 429 is lost")
    _expect(subject, failing(503), RetryLater, "503")
    _expect(subject, inside, AdvisorError, "200 with an error inside")
    _expect(subject, page, AdvisorError, "200 with a web page")
    _expect(subject, timeout, RetryLater, "a timeout")


def subject_error(subject: Subject) -> JsonObject:
    """The vendor's own way to say an error with status 200: ``error.json`` of the folder, else a common one."""
    path = subject.folder / "error.json"
    return read_json(path) if path.exists() else {"error": {"code": "denied", "message": "denied"}}


def check_never_raises(subject: Subject) -> None:
    """A connection test ends in words, each failure with a remedy."""
    for status in (200, 401, 403, 404, 429, 500):
        ctx = subject.context(SameHttp(failing(status, body={"x": 1}), subject.connector.classify))
        probes = subject.connector.check(ctx)
        require(probes, "the test has no step")
        codes = [probe.code for probe in probes]
        require(len(set(codes)) == len(codes), "two steps have the same code")
        failed = [probe for probe in probes if probe.ok is False]
        require(not subject.calls_out or failed, f"status {status} failed no step of the test")
        require(all(probe.remedy for probe in failed), "a failed step has no remedy")


def _expect(
    subject: Subject, outcome: Response | AdvisorError, kind: type[AdvisorError], what: str
) -> AdvisorError:
    found: AdvisorError | None = None
    for stream in subject.streams:
        ctx = subject.context(SameHttp(outcome, subject.connector.classify))
        error = _error_of(lambda ctx=ctx, stream=stream: _drain(subject, ctx, stream))  # type: ignore[misc]
        require(error is not None, f"{stream.value}: {what} was taken for a success")
        if not isinstance(error, kind):
            raise Broken(
                f"{stream.value}: {what} became {type(error).__name__}, not {kind.__name__}"
            ) from error
        found = error
    if found is None:
        raise Broken("the manifest has no stream")
    return found


def _drain(subject: Subject, ctx: Any, stream: Stream) -> None:
    for part in subject.source.slices(ctx, stream, {}):
        for _ in subject.source.read(ctx, stream, part):
            pass


def _error_of(work: Callable[[], None]) -> Exception | None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - a contract test must see every kind that escapes
        return error
    return None


def _fixed() -> datetime:
    return datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def _plain(value: Any) -> Json:
    """A record as JSON, without what is empty or the default of its kind, and without spellings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(one) for name, one in asdict(value).items() if one not in (None, (), "")}
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items() if name != "spelling"}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if isinstance(value, Decimal | date) else value


def _difference(expected: Json, found: Json, path: str = "") -> str:
    return "; ".join(_differences(expected, found, path)) or "differs"


def _differences(expected: Json, found: Json, path: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                yield from _differences(expected.get(name), found.get(name), f"{path}/{name}")
    else:
        yield f"{path}: expected {expected!r}, found {found!r}"


CHECKS = (
    Check("names_agree", _always, names_agree),
    Check("verbs_fit", _always, verbs_fit),
    Check("settings_pass", _always, settings_pass),
    Check("fake_is_there", _always, fake_is_there),
    Check("secrets_are_not_dumped", _has_secrets, secrets_are_not_dumped),
    Check("secrets_stay_inside", _has_secrets, secrets_stay_inside),
    Check("recordings_give_what_is_expected", _reads, recordings_give_what_is_expected),
    Check("recordings_hold_a_bad_record", _reads, recordings_hold_a_bad_record),
    Check("second_run_changes_nothing", _reads, second_run_changes_nothing),
    Check("only_declared_fields_are_kept", _reads, only_declared_fields_are_kept),
    Check("every_page_has_a_cursor", _fetches, every_page_has_a_cursor),
    Check("map_is_pure", _reads, map_is_pure),
    Check("answers_become_our_errors", _calls_out, answers_become_our_errors),
    Check("check_never_raises", _always, check_never_raises),
)
