"""Skills as the company sees them: what badges mean, skills and their scarcity, learning hours, and the ledger of what was paid."""

from __future__ import annotations

from flask import Flask

from plugin.domain import Role
from plugin.texts import N_
from plugin.web import pages
from plugin.web.admin import nav
from plugin.web.admin.catalogue import entries, hours, reviews, skills
from plugin.web.admin.catalogue.blueprint import AREA, LOOK, blueprint, trim_zeros, words
from plugin.web.admin.nav import Section

__all__ = ["entries", "hours", "register", "reviews", "skills"]

SECTIONS = (
    Section("catalogue.entries", N_("Badge meanings"), "entries", AREA, LOOK),
    Section("catalogue.skills", N_("Skills"), "skills", AREA, LOOK),
    Section("catalogue.scarcity", N_("Skill scarcity"), "scarcity", AREA, LOOK),
    Section("catalogue.hours", N_("Learning hours"), "hours", AREA, LOOK),
    Section("catalogue.reviews", N_("Reviews"), "reviews", AREA, (Role.HR_ADMIN,)),
)


def register(app: Flask) -> None:
    """After plugin.web.admin, whose address converter and word filters are used."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(words=words, trim_zeros=trim_zeros)
    for section in SECTIONS:
        nav.add_section(section)
    pages.add_link("catalogue.entries", N_("Skills"), LOOK, AREA)
