"""The manager's pages: one's team, why, review, approvals, and how recommendations are made."""

from __future__ import annotations

from flask import Flask

from plugin.figures import writing
from plugin.texts import counted
from plugin.web import auth
from plugin.web.approver import approval
from plugin.web.manager import download, evidence, how, review, team
from plugin.web.manager.blueprint import blueprint
from plugin.web.manager.words import waiting

__all__ = ["approval", "download", "evidence", "how", "register", "review", "team"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(waiting=waiting, has_role=auth.has_role)
    app.jinja_env.filters.update(share=writing.share, whole=counted)
