"""The connector contract: what a connector declares, reads and writes, and the words in which it reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from plugin.connectors.writing import Action, Create, Desired, Outcome, Patch, Remote, Withdraw
from plugin.domain import Clock, Identifier, Json, JsonObject, Record, Stream
from plugin.errors import AdvisorError
from plugin.http_client import Response


class Http(Protocol):
    """The kernel's HTTP client bound to one connection: time limits, guard, retries, call log and classify are inside.

    Raises what the connector's ``classify`` found in the answer, and RetryLater, ConfigError or GiveUp when there is none.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        template: str | None = None,
    ) -> Response:
        """``template`` stands for the path in the call log where the path itself names a person."""
        ...


@dataclass(frozen=True)
class Context:
    """What a verb gets: the connection's settings (secrets inside, typed by the manifest), HTTP, clock and file folders."""

    settings: Mapping[str, Any] = field(repr=False)
    http: Http
    clock: Clock
    files: Path | None = None
    own: Path | None = None  # the connection's own folder, with the files that people dropped on its page


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """A bounded part of a stream that can be read and resumed alone. ``cursor`` is opaque to the kernel."""

    key: str
    cursor: str | None


@dataclass(frozen=True)
class Upsert:
    """A record as it is now. ``raw`` is what is stored and hashed; ``version`` orders versions of one record if the source has such.

    ``kept``: names in ``raw`` that could not be read; what is on record for them stays.
    """

    remote_key: str
    raw: JsonObject
    version: str | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Retract:
    """The source says that the record no longer counts (voided, revoked, deleted)."""

    remote_key: str
    reason: str


@dataclass(frozen=True)
class Rename:
    """The source calls a record by another key now. Keys that begin with ``remote_key`` and a slash are renamed with it;
    of people, the person keeps the old id as a former one."""

    remote_key: str
    new_key: str


@dataclass(frozen=True)
class Reject:
    """What could not be used, with its place (a line number, a page index) and the reason: a row that cannot even be named or
    parsed, or only the ``cell`` of that name in a row that is used without it. ``key``: the record's, where it can be told; once
    the same record was read, the row no longer counts as unread."""

    place: str
    code: str
    message: str
    cell: str = ""
    key: str = ""


Change: TypeAlias = Upsert | Retract | Rename | Reject


@dataclass(frozen=True)
class Page:
    """What one call read. The kernel commits changes and ``cursor`` in one transaction.

    ``cursor``: where a run that is cut off here goes on; the last page of a slice carries the server's watermark.
    ``anew``: this page begins to read the slice from its start: what could not be read of it before and has no key is told again.
    ``snapshot_complete``: this page ends a proven full listing, so what was not seen may be treated as gone.
    """

    changes: Sequence[Change]
    cursor: str | None
    snapshot_complete: bool = False
    anew: bool = False


# --- set-up ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """One named step of a connection test, in words for an HR admin. ``ok`` None = not tested because an earlier step failed."""

    code: str
    label: str
    ok: bool | None
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Field:
    """A field of the tenant: how often it is filled in what was looked at (0 to 1), None when unknown."""

    stream: str
    name: str
    filled: float | None = None
    example_kind: str = ""


# --- writing --------------------------------------------------------------------------------------------------------


# --- webhooks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RawRequest:
    """An inbound webhook exactly as received; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Verified:
    """A webhook whose origin is proven. ``message_id`` is stable over the sender's retries."""

    message_id: str
    payload: Json


@dataclass(frozen=True)
class Hint:
    """Something changed over there: fetch it. ``remote_key`` None = look at the whole stream."""

    stream: Stream
    remote_key: str | None = None


# --- the verbs ------------------------------------------------------------------------------------------------------


class Connector(Protocol):
    """A connector's always-present verbs. The others below are present exactly when the manifest declares their use."""

    def check(self, ctx: Context) -> list[Probe]:
        """Named probes, each with a remedy, including what will not be seen. Raises nothing: a failure is a probe."""
        ...

    def discover(self, ctx: Context) -> list[Field]:
        """The tenant's real fields, so that a missing permission is seen before anything depends on it."""
        ...

    def classify(self, response: Response) -> AdvisorError | None:
        """The error that an answer stands for, None for a success: the one place for the vendor's dialect.

        The kernel hands it to the HTTP client, so a verb sees successes only. http_client.classify_status has the common part.
        """
        ...


class Source(Connector, Protocol):
    """A connector that reads (manifest: ``streams``)."""

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
        """Bounded windows, each with the stored cursor of its key (None at the first run)."""
        ...

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        """Pages in the source's order. Raises AuthError, RetryLater, GiveUp."""
        ...

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        """The record in our shape; pure. SkipRecord with a code when it cannot be used."""
        ...


class Writer(Connector, Protocol):
    """A connector that writes to the HR suite (manifest: ``sinks``)."""

    def lookup(self, ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        """What the suite holds now, by natural key; missing keys are absent."""
        ...

    def plan(self, ctx: Context, desired: Desired, remote: Remote | None) -> Action:
        """What a write would do; pure, so a dry run is free. A withdrawn wish gives Withdraw, Noop or Refuse."""
        ...

    def apply(self, ctx: Context, action: Create | Patch | Withdraw, op_id: UUID) -> Outcome:
        """Does it once. Never raises for what the other side answers: the outcome says it."""
        ...


class Previewer(Writer, Protocol):
    """A writer whose suite can tell what a payslip would be (a verb that is optional)."""

    def preview(self, ctx: Context, desired: Desired) -> JsonObject:
        """The payslip of the period in which the raise begins, as the suite has it now: ``gross_pay``, ``total_deduction``,
        ``net_pay``, ``currency`` and ``parts`` (name and amount), or ``problem`` in the suite's own words. Writes nothing."""
        ...


class Receiver(Connector, Protocol):
    """A connector with webhooks of its own signature dialect (manifest: ``webhook``)."""

    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        """Proves the origin from the raw bytes; AuthError when it does not hold, whatever the reason."""
        ...

    def hints(self, ctx: Context, event: Verified) -> list[Hint]:
        """What to fetch because of it."""
        ...


@dataclass(frozen=True)
class Match:
    """The identifiers by which a record's person is searched; every record that names a person has at least one."""

    identifiers: tuple[Identifier, ...]
    label: str = ""
    hints: Mapping[str, str] = field(default_factory=dict)
