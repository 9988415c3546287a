"""The pages of the HR admin (connections, people to match, webhooks, badges) and of the operator (system, audit, accounts, tokens)."""

from __future__ import annotations

from flask import Flask

from plugin.domain import Role
from plugin.texts import N_
from plugin.web import pages
from plugin.web.admin import (
    account_names,
    accounts,
    audit,
    badges,
    conflicts,
    connection,
    connection_edit,
    connections,
    deliveries,
    endpoints,
    file_words,
    files,
    issuers,
    nav,
    overview,
    plausibility,
    records,
    system,
    tokens,
    unmatched,
    words,
)
from plugin.web.admin.blueprint import blueprint

__all__ = [
    "account_names",
    "accounts",
    "audit",
    "badges",
    "conflicts",
    "connection",
    "connection_edit",
    "connections",
    "deliveries",
    "endpoints",
    "files",
    "issuers",
    "overview",
    "plausibility",
    "records",
    "register",
    "system",
    "tokens",
    "unmatched",
]


def register(app: Flask) -> None:
    """Adds the pages and their links to the main navigation."""
    app.register_blueprint(blueprint)
    words.register(app)
    app.jinja_env.globals.update(sections=nav.sections)
    app.jinja_env.filters.update(file_column=file_words.column)
    pages.add_link("admin.overview", N_("Administration"), (Role.HR_ADMIN,), nav.HR)
    pages.add_link("admin.system", N_("Operation"), (Role.OPERATOR,), nav.OPERATION)
