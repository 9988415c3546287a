"""The states of work that waits for its turn, and of what it is done for: runs, tasks, events, deliveries, connections."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """Of one reading of a connection."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"  # all streams were read, some records could not be used
    FAILED = "failed"


class RunTrigger(StrEnum):
    """What asked for a run."""

    SCHEDULE = "schedule"
    PERSON = "person"
    WEBHOOK = "webhook"
    CLI = "cli"


class TaskState(StrEnum):
    """Of long work that a page asked for."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class InboundState(StrEnum):
    """Of a webhook that came in."""

    PENDING = "pending"
    LEASED = "leased"
    HANDLED = "handled"
    FAILED = "failed"


class OutboxState(StrEnum):
    """Of one thing to send."""

    DUE = "due"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    SUPERSEDED = "superseded"  # a newer one of the same subject replaced it


class OutboxKind(StrEnum):
    """To whom it is sent: a webhook endpoint, or the HR suite of a connection."""

    WEBHOOK = "webhook"
    WRITE = "write"


class ConnectionState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class EndpointState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"  # by nothing but failures


class ProcessKind(StrEnum):
    """A process that shows signs of life."""

    WORKER = "worker"
    SCHEDULER = "scheduler"


class InboxKind(StrEnum):
    """What a source says of a record."""

    UPSERT = "upsert"
    RETRACT = "retract"


class InboxState(StrEnum):
    """Of a record as it was read."""

    PENDING = "pending"
    APPLIED = "applied"
    WAITING = "waiting"  # for the person that it is about
    REJECTED = "rejected"
    IGNORED = "ignored"


class FileEffect(StrEnum):
    """What a row of a file would do, before it is applied."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REPEATED = "repeated"  # another row of the file stands for it
    REJECTED = "rejected"


class HealthState(StrEnum):
    """How a connection is doing."""

    OK = "ok"
    LISTENING = "listening"  # the platform sends to us
    PARTIAL = "partial"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    FAILED = "failed"
    HELD = "held"  # writes wait for a person
    PAUSED = "paused"
    NEVER = "never"


class FindingState(StrEnum):
    """Of one thing that the doctor looked at."""

    OK = "ok"
    WARNING = "warning"  # works, but should be looked at
    FAILED = "failed"


class StatementVerdict(StrEnum):
    """Of one xAPI statement."""

    VALID = "valid"
    INVALID = "invalid"
