"""The analyst's pages: models with their measured cards, fairness reports, and the long work that a worker does for them."""

from __future__ import annotations

from flask import Flask

from plugin.domain import Role
from plugin.texts import N_
from plugin.web import pages
from plugin.web.analyst import comparison, fairness, models, monitoring, policies, tasks, words
from plugin.web.analyst.blueprint import blueprint

__all__ = ["comparison", "fairness", "models", "monitoring", "policies", "register", "tasks"]


def register(app: Flask) -> None:
    """Adds the pages and their links to the main navigation; HR comes to monitoring and fairness from a cycle's page."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(words.FILTERS)
    pages.add_link("analyst.models", N_("Models"), (Role.ANALYST, Role.HR_ADMIN), "models")
    pages.add_link("analyst.policies", N_("Policies"), (Role.ANALYST, Role.HR_ADMIN), "policies")
    pages.add_link("analyst.monitoring", N_("Monitoring"), (Role.ANALYST,), "monitoring")
    pages.add_link("analyst.fairness", N_("Fairness"), (Role.ANALYST,), "fairness")
