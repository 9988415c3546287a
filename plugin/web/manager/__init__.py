"""The manager's pages: one's team, why, review, approvals, and how suggestions are made."""

from __future__ import annotations

from flask import Flask

from plugin.web import auth
from plugin.web.approver import approval
from plugin.web.manager import download, evidence, how, review, team
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import waiting

__all__ = ["approval", "download", "evidence", "how", "register", "review", "team"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(waiting=waiting, has_role=auth.has_role)
