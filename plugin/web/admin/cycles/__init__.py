"""HR's pages of a raise cycle: set up, snapshot, open, the desk of changes, the switch to policy alone, sending to payroll."""

from __future__ import annotations

from flask import Flask

from plugin.domain import Role
from plugin.texts import N_
from plugin.web import pages
from plugin.web.admin.cycles import budget, desk, left_out, setup, views
from plugin.web.admin.cycles.blueprint import blueprint

__all__ = ["budget", "desk", "left_out", "register", "setup", "views"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    pages.add_link("cycles.cycles", N_("Raise cycles"), (Role.HR_ADMIN, Role.ANALYST), "cycles")
