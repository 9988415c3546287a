"""What the states of runs, files, deliveries and connections are called, and the kinds of record that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from plugin.domain.records import Outcome, Sink, Stream
from plugin.domain.work import (
    ConnectionState,
    EndpointState,
    FileEffect,
    FindingState,
    HealthState,
    InboundState,
    InboxKind,
    InboxState,
    OutboxKind,
    OutboxState,
    ProcessKind,
    RunState,
    RunTrigger,
    StatementVerdict,
    TaskState,
)
from plugin.texts import N_

WORK_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Outcome: {
        Outcome.COMPLETED: N_("Course completed"),
        Outcome.PASSED: N_("Course passed"),
        Outcome.FAILED: N_("Course failed"),
        Outcome.PROGRESSED: N_("Course in progress"),
        Outcome.ENDED: N_("Session ended"),
        Outcome.EARNED: N_("Badge earned"),
    },
    Stream: {
        Stream.PEOPLE: N_("Employees"),
        Stream.PAY: N_("Pay"),
        Stream.PAY_RANGES: N_("Pay ranges"),
        Stream.RATINGS: N_("Ratings"),
        Stream.RAISES: N_("Past raises"),
        Stream.LEAVES: N_("Leave"),
        Stream.LEARNING: N_("Learning records"),
        Stream.BADGES: N_("Badges"),
        Stream.SKILLS: N_("Skills"),
    },
    Sink: {
        Sink.SKILLS: N_("Skills"),
        Sink.TRAINING: N_("Training results"),
        Sink.RAISES: N_("Approved raises"),
    },
    RunState: {
        RunState.QUEUED: N_("Waiting"),
        RunState.RUNNING: N_("Running"),
        RunState.SUCCEEDED: N_("Completed"),
        RunState.PARTIAL: N_("Partially completed"),
        RunState.FAILED: N_("Failed"),
    },
    RunTrigger: {
        RunTrigger.SCHEDULE: N_("the schedule"),
        RunTrigger.PERSON: N_("a person"),
        RunTrigger.WEBHOOK: N_("a webhook"),
        RunTrigger.CLI: N_("the command line"),
    },
    TaskState: {
        TaskState.QUEUED: N_("Waiting"),
        TaskState.RUNNING: N_("Running"),
        TaskState.DONE: N_("Completed"),
        TaskState.FAILED: N_("Failed"),
    },
    InboundState: {
        InboundState.PENDING: N_("Waiting"),
        InboundState.LEASED: N_("Processing"),
        InboundState.HANDLED: N_("Processed"),
        InboundState.FAILED: N_("Failed"),
    },
    OutboxState: {
        OutboxState.DUE: N_("Waiting"),
        OutboxState.LEASED: N_("Sending"),
        OutboxState.DONE: N_("Delivered"),
        OutboxState.DEAD: N_("Failed"),
        OutboxState.SUPERSEDED: N_("Replaced by a newer write"),
    },
    OutboxKind: {OutboxKind.WEBHOOK: N_("To a webhook endpoint"), OutboxKind.WRITE: N_("To the HR suite")},
    ConnectionState: {ConnectionState.ACTIVE: N_("Active"), ConnectionState.PAUSED: N_("Paused")},
    EndpointState: {
        EndpointState.ACTIVE: N_("Active"),
        EndpointState.PAUSED: N_("Paused"),
        EndpointState.DISABLED: N_("Turned off after failures"),
    },
    ProcessKind: {ProcessKind.WORKER: N_("Worker"), ProcessKind.SCHEDULER: N_("Scheduler")},
    InboxKind: {InboxKind.UPSERT: N_("New or changed"), InboxKind.RETRACT: N_("Withdrawn")},
    InboxState: {
        InboxState.PENDING: N_("Waiting"),
        InboxState.APPLIED: N_("Applied"),
        InboxState.WAITING: N_("Waiting for the employee"),
        InboxState.REJECTED: N_("Rejected"),
        InboxState.IGNORED: N_("Ignored"),
    },
    FileEffect: {
        FileEffect.NEW: N_("New"),
        FileEffect.CHANGED: N_("Changed"),
        FileEffect.UNCHANGED: N_("Unchanged"),
        FileEffect.REPEATED: N_("Replaced by another row"),
        FileEffect.REJECTED: N_("Rejected"),
    },
    HealthState: {
        HealthState.OK: N_("Healthy"),
        HealthState.LISTENING: N_("Listening"),
        HealthState.PARTIAL: N_("Partially completed"),
        HealthState.QUEUED: N_("Queued"),
        HealthState.RUNNING: N_("Running"),
        HealthState.RETRYING: N_("Retrying"),
        HealthState.FAILED: N_("Failed"),
        HealthState.HELD: N_("Writes on hold"),
        HealthState.PAUSED: N_("Paused"),
        HealthState.NEVER: N_("Never run"),
    },
    FindingState: {
        FindingState.OK: N_("OK"),
        FindingState.WARNING: N_("Needs attention"),
        FindingState.FAILED: N_("Failed"),
    },
    StatementVerdict: {StatementVerdict.VALID: N_("Valid"), StatementVerdict.INVALID: N_("Invalid")},
}
