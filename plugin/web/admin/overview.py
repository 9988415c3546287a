"""The first page of an HR admin: how every connection is doing, and each pile of work with a link and what to do about it."""

from __future__ import annotations

from flask import render_template

from plugin.services.operation import installation_status
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.admin.tasks import tasks
from plugin.web.security import core


@blueprint.get("")
@hr
def overview() -> str:
    after = number("after") or 0
    healths = cut(
        installation_status.page(core(), after=after, limit=SIZE + 1),
        lambda one: one.connection.id,
        started=bool(after),
    )
    work = installation_status.work(core())
    return render_template("admin/overview.html", healths=healths, work=work, tasks=tasks(work))
