"""Skills and how scarce they are: lists that others keep, loaded from files, each with its source."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.errors import InvalidInput
from plugin.services.evidence import catalogue_files, skill_lists
from plugin.texts import N_
from plugin.web import auth
from plugin.web.admin.catalogue.blueprint import blueprint, hr, look, may_edit, uploaded
from plugin.web.admin.listing import SIZE, cut, number
from plugin.web.security import core

FURTHEST = 100_000
SKILL_COLUMNS = (
    ("url", N_("the skill’s address in its list, or a URN; it identifies the skill")),
    ("name", N_("the skill’s name")),
    ("synonyms", N_("other names, separated by | (optional)")),
)
SCARCITY_COLUMNS = (
    ("skill", N_("the skill’s address or name")),
    ("measured_on", N_("the date of the figures, such as 2026-10-31")),
    ("source", N_("the source of the figures")),
    ("time_to_hire_days", N_("days from opening a job to the signed contract")),
    ("offer_rejection_percent", N_("offers declined, out of 100")),
    ("new_hire_pay_ratio", N_("pay of new hires relative to the range midpoint, such as 1.08")),
    ("open_jobs", N_("jobs open on that date")),
)


@blueprint.get("/skills")
@look
def skills() -> str:
    search, after = request.args.get("q", "")[:200], number("after") or 0
    framework = request.args.get("framework", "")[:100]
    rows = skill_lists.skills(core(), search=search, framework=framework, after=after, limit=SIZE + 1)
    return render_template(
        "catalogue/skills.html",
        listing=cut(rows, lambda one: one.skill.id, started=bool(after)),
        frameworks=skill_lists.frameworks(core()),
        search=search,
        framework=framework,
        may_edit=may_edit(),
    )


@blueprint.get("/skills/<record_id:skill_id>")
@look
def skill(skill_id: int) -> str:
    return render_template(
        "catalogue/skill.html",
        shown=skill_lists.skill(core(), skill_id),
        figures=skill_lists.scarcities(core(), skill_id=skill_id, limit=50),
    )


@blueprint.get("/skills/import")
@hr
def import_skills() -> str:
    return _skills_page({}, {})


@blueprint.post("/skills/import")
@hr
def take_skills() -> ResponseReturnValue:
    values = {name: request.form.get(name, "").strip() for name in ("framework", "attribution")}
    try:
        done = catalogue_files.import_skills(core(), auth.actor(), uploaded(), **values)
    except InvalidInput as error:
        return _skills_page(values, error.fields), 422
    return _skills_page(values, {}, done=done)


def _skills_page(values: dict[str, str], errors: dict[str, str], done: object = None) -> str:
    return render_template(
        "catalogue/import_skills.html", columns=SKILL_COLUMNS, values=values, errors=errors, done=done
    )


@blueprint.get("/scarcity")
@look
def scarcity() -> ResponseReturnValue:
    offset = number("after") or 0
    if offset > FURTHEST:
        return redirect(url_for("catalogue.scarcity"), 303)
    rows = skill_lists.scarcities(core(), offset=offset, limit=SIZE + 1)
    return render_template(
        "catalogue/scarcity.html",
        listing=cut(rows, lambda _: offset + SIZE, started=bool(offset)),
        may_edit=may_edit(),
    )


@blueprint.get("/scarcity/import")
@hr
def import_scarcity() -> str:
    return _scarcity_page({})


@blueprint.post("/scarcity/import")
@hr
def take_scarcity() -> ResponseReturnValue:
    try:
        done = catalogue_files.import_scarcity(core(), auth.actor(), uploaded())
    except InvalidInput as error:
        return _scarcity_page(error.fields), 422
    return _scarcity_page({}, done=done)


def _scarcity_page(errors: dict[str, str], done: object = None) -> str:
    return render_template(
        "catalogue/import_scarcity.html", columns=SCARCITY_COLUMNS, errors=errors, done=done
    )
