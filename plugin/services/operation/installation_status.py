"""How everything is doing, in figures: the state of each connection, what waits for a person, and the length of the queues."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.domain import (
    BadgeVerdict,
    ConnectionState,
    HealthState,
    InboundState,
    InboxState,
    OutboxKind,
    OutboxState,
    RunState,
    Trust,
)
from plugin.manifest import Manifest, manifest_of
from plugin.services.core import Core
from plugin.store import migrate
from plugin.store.database import Tx
from plugin.store.delivery import holds, outbox
from plugin.store.delivery.holds import Hold
from plugin.store.operation import audits, health, queues, slots
from plugin.store.operation.health import OwnedToken
from plugin.store.operation.slots import Beat
from plugin.store.people import held_facts
from plugin.store.sources import connections, inbound, intake, questions, runs
from plugin.store.sources.connections import Connection
from plugin.store.sources.runs import Run, Unread

ALIVE = timedelta(minutes=3)  # since the last sign of life of a worker or scheduler
PUSHED = "xapi"  # dialect of connections that are never read: others push to them


@dataclass(frozen=True)
class Health:
    """How a connection is doing.

    ``state``: ok, partial, queued, running, retrying, failed, held (writes wait for a person), paused, never, listening.
    ``last`` is the newest run, ``ended`` the newest one that ended. ``records`` counts the inbox by state,
    ``unread`` is what never became records, by run and stream.
    """

    connection: Connection
    manifest: Manifest
    state: HealthState
    last: Run | None
    ended: Run | None
    fresh_at: datetime | None
    next_at: datetime | None
    records: dict[InboxState, int]
    hold: Hold | None
    is_stale: bool
    unread: tuple[Unread, ...] = ()

    @property
    def rejected(self) -> int:
        """Everything that came and could not be used."""
        return self.records.get(InboxState.REJECTED, 0) + sum(one.number for one in self.unread)

    @property
    def is_pushed(self) -> bool:
        return self.manifest.webhook is not None and self.manifest.webhook.dialect == PUSHED

    @property
    def needs_a_person(self) -> bool:
        return self.state in (HealthState.FAILED, HealthState.HELD) or self.is_stale


def page(core: Core, *, after: int = 0, limit: int = 50) -> list[Health]:
    """Connections in the order of their ids with how they are doing."""
    with core.database.reading() as tx:
        return _healths(tx, core.clock(), connections.page(tx, after=after, limit=limit))


def of(core: Core, connection_id: int) -> Health:
    """NotFound."""
    with core.database.reading() as tx:
        return _healths(tx, core.clock(), [connections.get(tx, connection_id)])[0]


def _healths(tx: Tx, now: datetime, found: list[Connection]) -> list[Health]:
    ids = [one.id for one in found]
    newest, ended = health.newest_runs(tx, ids), health.last_finished(tx, ids)
    fresh, arrived = health.last_successes(tx, ids), health.last_arrivals(tx, ids)
    records = health.inbox_states(tx, ids)
    held = {one.target_id: one for one in holds.current(tx, now) if one.kind == OutboxKind.WRITE}
    unread: dict[int, list[Unread]] = defaultdict(list)
    for one in runs.unread(tx, ids):
        unread[one.connection_id].append(one)
    return [
        replace(
            _health(
                now, one, newest.get(one.id), ended.get(one.id), fresh, arrived, records, held.get(one.id)
            ),
            unread=tuple(unread[one.id]),
        )
        for one in found
    ]


def _health(
    now: datetime,
    one: Connection,
    last: Run | None,
    ended: Run | None,
    fresh: dict[int, datetime],
    arrived: dict[int, datetime],
    records: dict[int, dict[InboxState, int]],
    hold: Hold | None,
) -> Health:
    declared = manifest_of(one.connector)
    pushed = declared.webhook is not None and declared.webhook.dialect == PUSHED
    fresh_at = arrived.get(one.id) if pushed else fresh.get(one.id)
    state = _state(one, last, ended, hold, pushed=pushed)
    next_at = None
    if one.every_minutes is not None and one.state == ConnectionState.ACTIVE:
        next_at = max(now, (last.requested_at if last else now) + timedelta(minutes=one.every_minutes))
    late = one.every_minutes is not None and one.state == ConnectionState.ACTIVE and fresh_at is not None
    is_stale = late and now - fresh_at > timedelta(minutes=3 * (one.every_minutes or 0)) + timedelta(hours=1)  # type: ignore[operator]
    return Health(
        one, declared, state, last, ended, fresh_at, next_at, records.get(one.id, {}), hold, is_stale
    )


def _state(
    one: Connection, last: Run | None, ended: Run | None, hold: Hold | None, *, pushed: bool
) -> HealthState:
    if one.state == ConnectionState.PAUSED:
        return HealthState.PAUSED
    if last is not None and last.state == RunState.RUNNING:
        return HealthState.RUNNING
    if last is not None and last.state == RunState.QUEUED:
        return HealthState.RETRYING if last.attempts else HealthState.QUEUED
    if hold is not None and hold.until is None:
        return HealthState.HELD
    if pushed and (ended is None or ended.state != RunState.FAILED):
        return HealthState.LISTENING
    if ended is None:
        return HealthState.NEVER
    return HealthState.OK if ended.state == RunState.SUCCEEDED else HealthState(ended.state)


def names(core: Core) -> dict[int, str]:
    """Names of connections by id, for lists of other things; at most a thousand."""
    with core.database.reading() as tx:
        return {one.id: one.name for one in connections.page(tx, limit=1000)}


def alive(core: Core) -> tuple[Beat, ...]:
    """Workers and schedulers that gave a sign of life lately."""
    with core.database.reading() as tx:
        return tuple(slots.beats(tx, core.clock() - ALIVE))


# --- what waits for somebody ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """Figures over the whole installation; dictionaries count by state, ``badges`` by (verdict, trust)."""

    unmatched: int
    conflicts: int
    records: dict[InboxState, int]
    unread: int  # rows and cells that never became records
    webhooks: dict[OutboxState, int]
    writes: dict[OutboxState, int]
    oldest_webhook_at: datetime | None
    oldest_write_at: datetime | None
    inbound: dict[InboundState, int]
    runs: dict[RunState, int]
    badges: dict[tuple[BadgeVerdict, Trust], int]
    issuers: dict[Trust, int]
    connections: dict[ConnectionState, int]
    holds: tuple[Hold, ...]
    held: int  # values that wait for HR
    processes: tuple[Beat, ...] = field(default=())
    audit_entries: int = 0

    def badges_by_verdict(self) -> dict[BadgeVerdict, int]:
        return {
            verdict: sum(n for (one, _), n in self.badges.items() if one == verdict)
            for verdict in (
                BadgeVerdict.VALID,
                BadgeVerdict.UNDETERMINED,
                BadgeVerdict.INVALID,
                BadgeVerdict.UNCHECKED,
            )
        }

    @property
    def counting_badges(self) -> int:
        """Valid and of a trusted issuer: only these may be evidence of a skill."""
        return self.badges.get((BadgeVerdict.VALID, Trust.TRUSTED), 0)


def work(core: Core) -> Work:
    now = core.clock()
    with core.database.reading() as tx:
        records: dict[InboxState, int] = {}
        for states in health.inbox_states(tx).values():
            for state, number in states.items():
                records[state] = records.get(state, 0) + number
        unmatched, conflicts = questions.counts(tx, now.date())
        lengths, oldest = outbox.all_counts(tx), outbox.all_oldest_due(tx)
        return Work(
            unmatched=unmatched,
            conflicts=conflicts,
            records=records,
            unread=sum(one.number for one in runs.unread(tx)),
            webhooks=lengths[OutboxKind.WEBHOOK],
            writes=lengths[OutboxKind.WRITE],
            oldest_webhook_at=oldest.get(OutboxKind.WEBHOOK),
            oldest_write_at=oldest.get(OutboxKind.WRITE),
            inbound=queues.count(tx, inbound.QUEUE, InboundState),
            runs=queues.count(tx, runs.QUEUE, RunState),
            badges=health.badge_states(tx),
            issuers=health.issuer_trusts(tx),
            connections=health.connection_states(tx),
            holds=tuple(holds.current(tx, now)),
            held=sum(held_facts.counts(tx).values()),
            processes=tuple(slots.beats(tx, now - ALIVE)),
            audit_entries=audits.count(tx),
        )


def is_ready(core: Core) -> bool:
    """True when the database answers and is of this release. RetryLater when it does not answer."""
    return not migrate.pending(core.database)


def tokens(core: Core, *, before: int | None = None, limit: int = 50) -> list[OwnedToken]:
    """API tokens of all accounts, newest first."""
    with core.database.reading() as tx:
        return health.tokens(tx, before=before, limit=limit)


# --- a connection's history -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """Runs of one day, in the installation's time zone. ``changed`` counts records that were new, changed or withdrawn."""

    on: date
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    other: int = 0
    changed: int = 0

    @property
    def runs(self) -> int:
        return self.succeeded + self.partial + self.failed + self.other


CHANGED = ("new", "changed", "retracted")


def days(core: Core, connection_id: int, *, number: int = 30) -> list[Day]:
    """The last days, oldest first, today last; days without a run are empty."""
    zone = ZoneInfo(core.settings.time_zone)
    today = core.clock().astimezone(zone).date()
    first = today - timedelta(days=number - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    with core.database.reading() as tx:
        marks = health.run_marks(tx, connection_id, since)
    tally: dict[date, dict[str, int]] = {first + timedelta(days=i): {} for i in range(number)}
    for mark in marks:
        day = tally.setdefault(mark.at.astimezone(zone).date(), {})
        name = (
            mark.state if mark.state in (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED) else "other"
        )
        day[name] = day.get(name, 0) + 1
        day["changed"] = day.get("changed", 0) + sum(_number(mark.counts.get(key)) for key in CHANGED)
    return [Day(on, **figures) for on, figures in sorted(tally.items())]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def streams(core: Core, connection_id: int) -> dict[str, dict[InboxState, int]]:
    """Stream -> state -> number of records in the inbox of a connection."""
    with core.database.reading() as tx:
        return intake.counts(tx, connection_id)
