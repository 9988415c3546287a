"""Is the installation itself sound? Findings, queues, processes, settings (masked), version."""

from __future__ import annotations

from flask import render_template

import plugin
from plugin.services.operation import doctoring, installation_status
from plugin.settings import masked
from plugin.web.admin.blueprint import blueprint, operator
from plugin.web.admin.tasks import backlog_words
from plugin.web.security import core


@blueprint.get("/system")
@operator
def system() -> str:
    return _page(with_connections=False)


@blueprint.post("/system")
@operator
def examine_connections() -> str:
    """With a test of every active connection, which calls the other sides."""
    return _page(with_connections=True)


def _page(*, with_connections: bool) -> str:
    work = installation_status.work(core())
    findings = list(doctoring.examine(core().settings, with_connections=with_connections))
    return render_template(
        "admin/system.html",
        findings=findings,
        worst=_worst([one.state for one in findings]),
        work=work,
        backlog=backlog_words(work),
        settings=masked(core().settings),
        version=plugin.__version__,
        with_connections=with_connections,
    )


def _worst(states: list[str]) -> str:
    return next((state for state in ("failed", "warning") if state in states), "ok")
