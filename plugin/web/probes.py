"""/healthz, /readyz and /metrics: what a machine asks about this process and the queues. Counts only, nothing about people."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import Blueprint, Flask, Response, request

import plugin
from plugin.domain import OutboxKind
from plugin.errors import AdvisorError
from plugin.services.core import Core
from plugin.services.operation import installation_status
from plugin.web import auth
from plugin.web.security import core

blueprint = Blueprint("probes", __name__)
PREFIX = "raise_advisor_"
Samples = Iterable[tuple[Mapping[str, str], float]]
W = TypeVar("W", bound=str)


@dataclass(frozen=True)
class Metric:
    """A gauge: its name without prefix, what it means, and a value per set of labels."""

    name: str
    means: str
    samples: Samples


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _text(body: str, status: int = 200, mimetype: str = "text/plain") -> Response:
    response = Response(body, status, mimetype=mimetype)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/healthz")
@auth.own_check
def healthz() -> Response:
    """200 while this process answers; it asks nobody else."""
    return _text("ok\n")


@blueprint.get("/readyz")
@auth.own_check
def readyz() -> Response:
    """200 when the database answers and is of this release, else 503 with one word of reason."""
    try:
        ready = installation_status.is_ready(core())
    except AdvisorError as error:
        return _text(f"{error.code}\n", 503)
    return _text("ready\n") if ready else _text("migrate\n", 503)


@blueprint.get("/metrics")
@auth.own_check
def metrics() -> Response:
    """Prometheus' text format. 401 without the token of ADVISOR_METRICS_TOKEN when one is set, as Bearer."""
    wanted = core().settings.metrics_token
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if wanted and not (
        scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), wanted.encode())
    ):
        refused = _text("unauthorized\n", 401)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    response = _text(exposition(measured(core())))
    response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return response


def measured(core_: Core) -> list[Metric]:
    """All gauges of now."""
    work, now = installation_status.work(core_), core_.clock()
    processes: dict[str, int] = {}
    for one in work.processes:
        processes[one.kind] = processes.get(one.kind, 0) + 1
    rows = [
        ({"kind": kind, "state": state}, float(n))
        for kind, states in ((OutboxKind.WEBHOOK, work.webhooks), (OutboxKind.WRITE, work.writes))
        for state, n in sorted(states.items())
    ]
    waits = [
        ({"kind": OutboxKind.WEBHOOK}, _age(work.oldest_webhook_at, now)),
        ({"kind": OutboxKind.WRITE}, _age(work.oldest_write_at, now)),
    ]
    badges = [({"verdict": v, "trust": t}, float(n)) for (v, t), n in sorted(work.badges.items())]
    return [
        Metric("info", "Version of this release", [({"version": plugin.__version__}, 1.0)]),
        Metric("connections", "Connections by state", _by(work.connections)),
        Metric("runs", "Sync runs by state", _by(work.runs)),
        Metric("inbox_records", "Records that came in, by state", _by(work.records)),
        Metric("unmatched_records", "Records that wait for a person", [({}, float(work.unmatched))]),
        Metric("inbound_events", "Webhooks that came in, by state", _by(work.inbound)),
        Metric("outbox_rows", "Webhooks and writes that leave, by state", rows),
        Metric("outbox_oldest_seconds", "How long the oldest queued row has been waiting", waits),
        Metric("holds", "Targets that nothing is sent to for now", [({}, float(len(work.holds)))]),
        Metric("badges", "Badges by verdict and trust in the issuer", badges),
        Metric("issuers", "Badge issuers by trust", _by(work.issuers, "trust")),
        Metric("processes", "Workers and schedulers alive", _by(processes, "kind")),
        Metric("audit_entries", "Entries of the audit trail", [({}, float(work.audit_entries))]),
    ]


def _by(states: Mapping[W, int], label: str = "state") -> Samples:
    return [({label: name}, float(number)) for name, number in sorted(states.items())]


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def exposition(metrics_: Iterable[Metric]) -> str:
    """The text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats)."""
    lines: list[str] = []
    for metric in metrics_:
        name = PREFIX + metric.name
        lines += [f"# HELP {name} {metric.means}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value:.0f}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
