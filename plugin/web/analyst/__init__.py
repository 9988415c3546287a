"""The analyst's pages: models with their measured cards, approval by a second person, and the cycle's dry run and fairness."""

from __future__ import annotations

from flask import Flask

from plugin.domain import Role
from plugin.web import pages
from plugin.web.analyst import fairness, models
from plugin.web.analyst.blueprint import blueprint

__all__ = ["fairness", "models", "register"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    pages.add_link("analyst.models", "Models", (Role.ANALYST, Role.HR_ADMIN), "models")
    pages.add_link("analyst.fairness", "Fairness", (Role.ANALYST, Role.HR_ADMIN), "fairness")
