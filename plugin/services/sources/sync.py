"""Carries out one sync run: reads page by page, commits page and cursor together, resumes after a crash, loses nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from plugin import manifest
from plugin.connectors.base import Context, Page, Retract, Slice, Source
from plugin.domain import Json, JsonObject, RunState, Stream
from plugin.errors import AdvisorError, AuthError, RetryLater
from plugin.http_client import CallRecord
from plugin.services.core import Core
from plugin.services.sources import applying, connection_opening, dropped_files, inbox, partial_runs
from plugin.store.database import Tx
from plugin.store.operation import audits, leased_work
from plugin.store.operation.leased_work import Held, LeaseLost, Reason
from plugin.store.sources import applied_files, connections, intake, runs
from plugin.store.sources.runs import NewCall, Run
from plugin.texts import N_, _, joined

MASS_DELETE_SHARE = 0.2  # more of a stream may not vanish at once without a person's word
MASS_DELETE_FREE = 10  # so few may always
MASS_DELETE_REMEDY = N_("check the source's file or filter, then run it again")

COUNTS = ("read", "new", "changed", "unchanged", "retracted", "rejected", "cells")


def perform_next(core: Core, *, run_id: int | None = None) -> Run | None:
    """Claims the next due run (or that one) and carries it out; the run as it ended, None when there was none."""
    with core.database.transaction() as tx:
        held = runs.claim(tx, core.clock(), run_id=run_id)
    if held is None:
        return None
    try:
        _Performance(core, held).carry_out()
    finally:
        if connection_opening.own_folder(core, held.row.connection_id).is_dir():
            dropped_files.forget(core, held.row.connection_id)
    with core.database.reading() as tx:
        return runs.get(tx, held.row.id)


class _Performance:
    """One claimed run under way."""

    def __init__(self, core: Core, held: Held[Run]) -> None:
        self.core = core
        self.held = held.row
        self.lease = held.lease
        self.counts: dict[str, int] = dict.fromkeys(COUNTS, 0) | {
            name: int(cast("int", n)) for name, n in held.row.counts.items()
        }
        self.keeps = self.is_undo = False  # whether the run reads a dropped file, and whether it undoes one
        self.warnings: list[str] = []
        self.lacking: list[AuthError] = []  # streams that one missing right stopped; the others were read

    def carry_out(self) -> None:
        """Ends the run as succeeded, partial or failed, or puts it back into the queue. When the lease is lost, what was committed
        stays valid."""
        with leased_work.guarded(self.core.database, self.core.clock, self.lease, self._fail):
            self._carry_out()

    def _carry_out(self) -> None:
        try:
            connector, ctx = connection_opening.opened(self.core, self.held.connection_id, on_call=self._log)
            self._read_all(cast("Source", connector), ctx)
            self.counts |= applying.apply_pending(self.core, self.held.connection_id, step=self._extend)
            if self.is_undo:
                applying.apply_everything(self.core, step=self._extend)
        except LeaseLost:
            raise
        except RetryLater as error:
            self._later(error)
        except AdvisorError as error:
            self._fail(Reason(error.code, str(error), error.remedy or None))
        else:
            is_whole = not (self.warnings or self.lacking or partial_runs.is_partial(self.counts))
            self._end(RunState.SUCCEEDED if is_whole else RunState.PARTIAL)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _read_all(self, connector: Source, ctx: Context) -> None:
        with self.core.database.reading() as tx:
            found = connections.get(tx, self.held.connection_id)
            self.keeps, self.is_undo = applied_files.purpose(tx, self.held.id)
        declared = [one.stream for one in manifest.manifest_of(found.connector).streams]
        wanted = [
            one
            for one in Stream
            if one in declared and (self.held.streams is None or one in self.held.streams)
        ]
        for stream in wanted:
            try:
                self._read_stream(connector, ctx, stream)
            except AuthError as error:
                if error.code != "permission":
                    raise
                self.lacking.append(error)
        if self.lacking and len(self.lacking) == len(wanted):
            raise self.lacking[0]

    def _read_stream(self, connector: Source, ctx: Context, stream: Stream) -> None:
        with self.core.database.reading() as tx:
            cursors = connections.cursors(tx, self.held.connection_id, stream)
        present: set[str] = set()
        for part in connector.slices(ctx, stream, cursors):
            present.add(part.key)
            self._read_slice(connector.read(ctx, stream, part), stream, part)
        if present:
            with self.core.database.transaction() as tx:
                self._extend(tx)
                runs.gone(tx, self.core.clock(), self.held.connection_id, stream.value, self.held.id, present)

    def _read_slice(self, pages: Iterable[Page], stream: Stream, part: Slice) -> None:
        keys: set[str] = set()
        for page in pages:
            keys |= {change.remote_key for change in page.changes if hasattr(change, "remote_key")}
            with self.core.database.transaction() as tx:
                self._commit(tx, page, stream, part, keys)

    def _commit(self, tx: Tx, page: Page, stream: Stream, part: Slice, keys: set[str]) -> None:
        """Page and cursor, one transaction: a crash anywhere repeats a page, never loses one."""
        now, mine = self.core.clock(), self.held.connection_id
        if page.anew or page.snapshot_complete:
            runs.told_anew(tx, now, mine, stream.value, self.held.id, part.key)
        taken = inbox.take(
            tx,
            now,
            mine,
            stream,
            page.changes,
            run_id=self.held.id,
            slice_key=part.key,
            keeps=self.keeps,
        )
        if page.snapshot_complete:
            taken = _sum(taken, self._retract_missing(tx, stream, keys))
        connections.put_cursor(tx, now, mine, stream, part.key, page.cursor)
        self.counts = _sum(self.counts, taken)
        self._extend(tx)

    def _extend(self, tx: Tx) -> None:
        """In the transaction of each step: keeps the lease, and fences what the step writes."""
        leased_work.extend(tx, self.core.clock(), self.lease, counts=self.counts)

    def _retract_missing(self, tx: Tx, stream: Stream, keys: set[str]) -> dict[str, int]:
        """What two complete listings in a row did not hold is withdrawn, unless it is suspiciously much."""
        gone, live = intake.miss(tx, self.held.connection_id, stream.value, keys)
        if len(gone) > max(MASS_DELETE_FREE, MASS_DELETE_SHARE * live):
            self.warnings.append(
                _(
                    "%(gone)s of %(live)s %(kind)s are missing from a complete listing; none were withdrawn",
                    gone=len(gone),
                    live=live,
                    kind=stream.value,
                )
            )
            return {}
        changes = [Retract(key, _("missing from two complete listings")) for key in gone]
        return {
            **inbox.take(
                tx,
                self.core.clock(),
                self.held.connection_id,
                stream,
                changes,
                run_id=self.held.id,
                keeps=self.keeps,
            ),
            "read": 0,
        }

    # --- ending -----------------------------------------------------------------------------------------------------

    def _later(self, error: RetryLater) -> None:
        now = self.core.clock()
        wait = error.wait if error.wait is not None else _backoff(self.held.attempts)
        reason, due_at = Reason(error.code, str(error), error.remedy or None), now + timedelta(seconds=wait)
        with self.core.database.transaction() as tx:
            if not leased_work.again(tx, now, self.lease, due_at, reason, counts=self.counts):
                self._audit(tx, RunState.FAILED, error.code)

    def _end(self, state: RunState) -> None:
        reason = None
        if self.lacking:
            said = joined("; ", *dict.fromkeys(str(error) for error in self.lacking))
            reason = Reason("permission", said, self.lacking[0].remedy or None)
        elif self.warnings:
            reason = Reason("mass_delete", joined("; ", *self.warnings), _(MASS_DELETE_REMEDY))
        with self.core.database.transaction() as tx:
            if reason is None and state is RunState.PARTIAL:
                reason = partial_runs.reason(self.counts, runs.commonest(tx, self.held.id))
            leased_work.end(tx, self.core.clock(), self.lease, state, reason, counts=self.counts)
            self._audit(tx, state, reason.code if reason else None)

    def _fail(self, reason: Reason) -> None:
        with self.core.database.transaction() as tx:
            leased_work.set_aside(tx, self.core.clock(), self.lease, reason, counts=self.counts)
            self._audit(tx, RunState.FAILED, reason.code)

    def _audit(self, tx: Tx, state: RunState, code: str | None) -> None:
        counts = cast("Json", self.counts)
        detail: JsonObject = {"run": self.held.id, "state": state, "counts": counts, "code": code}
        subject = f"connection:{self.held.connection_id}"
        audits.append(tx, self.core.clock(), "system:worker", "run.end", subject, detail)

    def _log(self, call: CallRecord) -> None:
        row = NewCall(
            connection_id=self.held.connection_id,
            run_id=self.held.id,
            at=self.core.clock(),
            method=call.method,
            path=call.path[:500],
            status=call.status,
            milliseconds=call.ms,
            request_bytes=call.request_bytes,
            response_bytes=call.response_bytes,
            code=call.code or None,
        )
        with self.core.database.transaction() as tx:
            runs.log_call(tx, row)


def _backoff(attempts: int) -> float:
    """Seconds to wait after that many attempts: half to all of 30 s doubled each time, an hour at most."""
    return random.uniform(0.5, 1.0) * min(30.0 * 2.0**attempts, 3600.0)  # noqa: S311 - jitter needs no secrecy


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
