"""Fairness of a cycle: gates, gaps and overrides by group, with counts, and nothing about anybody."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from plugin.domain import Role
from plugin.errors import NotFound
from plugin.services import cycles
from plugin.services import fairness as fairness_service
from plugin.web import auth
from plugin.web.analyst.blueprint import blueprint
from plugin.web.security import core


@blueprint.get("/fairness")
@auth.requires(Role.ANALYST, Role.HR_ADMIN)
def fairness() -> ResponseReturnValue:
    """Of ``?cycle=`` or the newest one."""
    found = cycles.listed(core())
    wanted = request.args.get("cycle", type=int)
    chosen = next((cycle for cycle in found if cycle.id == wanted), found[0] if found else None)
    report, missing = None, "No cycle was made yet."
    if chosen is not None:
        try:
            report = fairness_service.of_cycle(core(), auth.actor(), chosen.id)
        except NotFound as problem:
            missing = f"{str(problem)[:1].upper()}{str(problem)[1:]}."
    return render_template("analyst/fairness.html", cycle=chosen, cycles=found, found=report, missing=missing)
