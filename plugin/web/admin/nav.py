"""The sections of the admin's and the operator's pages, in one list that further areas add to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from plugin.domain import Role
from plugin.texts import N_
from plugin.web import auth

HR, OPERATION = "admin", "operation"


@dataclass(frozen=True)
class Section:
    """A link of the second row. ``key`` marks the current one (a page sets ``section``); ``area`` is HR or OPERATION."""

    endpoint: str
    label: str
    key: str
    area: str = HR
    roles: tuple[Role, ...] = (Role.HR_ADMIN,)


_OPERATOR = (Role.OPERATOR,)

SECTIONS: list[Section] = [
    Section("admin.overview", N_("Overview"), "overview"),
    Section("admin.connections", N_("Connections"), "connections"),
    Section("admin.unmatched", N_("People to match"), "unmatched"),
    Section("admin.conflicts", N_("Conflicts"), "conflicts"),
    Section("admin.set_aside", N_("Rejected"), "set_aside"),
    Section("admin.held", N_("Held values"), "held"),
    Section("admin.endpoints", N_("Webhooks"), "endpoints"),
    Section("admin.deliveries", N_("Deliveries"), "deliveries"),
    Section("admin.badges", N_("Badges"), "badges"),
    Section("admin.issuers", N_("Issuers"), "issuers"),
    Section("admin.accounts", N_("Accounts"), "accounts"),
    Section("admin.system", N_("System"), "system", OPERATION, _OPERATOR),
    Section("admin.audit", N_("Audit log"), "audit", OPERATION, _OPERATOR),
    Section("admin.accounts", N_("Accounts"), "accounts", OPERATION, _OPERATOR),
    Section("admin.tokens", N_("API tokens"), "tokens", OPERATION, _OPERATOR),
]


def add_section(section: Section, *, after: str = "") -> None:
    """For another area's ``register``: one more section, behind the one with key ``after`` or at the end (once)."""
    if section in SECTIONS:
        return
    place = next((i + 1 for i, one in enumerate(SECTIONS) if one.key == after), len(SECTIONS))
    SECTIONS.insert(place, section)


def sections(area: str) -> list[Section]:
    """The sections of an area that the signed-in person may open."""
    known = current_app.view_functions
    return [
        one for one in SECTIONS if one.area == area and one.endpoint in known and auth.has_role(*one.roles)
    ]
