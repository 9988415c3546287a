"""The desk of changes and the reports of wrong data: each waits for a choice by HR."""

from __future__ import annotations

from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.services import cycle_changes
from plugin.web import auth
from plugin.web.cycles.blueprint import blueprint
from plugin.web.cycles.views import done
from plugin.web.security import core


@blueprint.post("/cycles/<int:cycle_id>/changes")
@auth.requires(Role.HR_ADMIN)
def find(cycle_id: int) -> ResponseReturnValue:
    act = partial(cycle_changes.find_changes, core(), auth.actor(), cycle_id)
    return done(cycle_id, act, "Today’s data were compared with the snapshot.")


@blueprint.post("/cycles/<int:cycle_id>/changes/<int:change_id>")
@auth.requires(Role.HR_ADMIN)
def settle(cycle_id: int, change_id: int) -> ResponseReturnValue:
    choice = request.form.get("choice", "")
    act = partial(cycle_changes.settle_change, core(), auth.actor(), cycle_id, change_id, choice)
    return done(cycle_id, act, "Settled.")


@blueprint.post("/cycles/<int:cycle_id>/reports/<int:report_id>")
@auth.requires(Role.HR_ADMIN)
def answer(cycle_id: int, report_id: int) -> ResponseReturnValue:
    text = request.form.get("answer", "")
    act = partial(cycle_changes.answer_objection, core(), auth.actor(), cycle_id, report_id, text)
    return done(cycle_id, act, "Answered.")
