"""Learning hours of a year: everybody's total in tiers, and person by person for HR."""

from __future__ import annotations

from flask import render_template

from plugin.services.evidence import learning_hours
from plugin.texts import N_, translated
from plugin.web.admin.catalogue.blueprint import blueprint, look, may_edit
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

TIER_WORDS = {
    "super": N_("Exceptional"),
    "steady": N_("Steady"),
    "adequate": N_("Adequate"),
    "under": N_("Below goal"),
}


@blueprint.get("/hours")
@look
def hours() -> str:
    """An analyst sees the totals only. Many records are counted only when asked for with ``all=1``."""
    known = learning_hours.years(core())
    year = number("year")
    year = year if year in known else known[0]
    records = learning_hours.records(core(), year)
    is_counted = records <= learning_hours.SMALL or chosen("all", ("1",)) is not None
    tier, after = chosen("tier", tuple(learning_hours.TIERS)) if is_counted else None, number("after") or 0
    people = learning_hours.page(core(), year, tier=tier, after=after, limit=SIZE + 1) if may_edit() else []
    return render_template(
        "catalogue/hours.html",
        years=known,
        year=year,
        records=records,
        totals=learning_hours.totals(core(), year) if is_counted else None,
        asked=chosen("all", ("1",)),
        tier=tier,
        tiers=learning_hours.TIERS,
        tier_words=translated(TIER_WORDS),
        goal=learning_hours.GOAL,
        listing=cut(people, lambda one: one.person_id, started=bool(after)),
        may_edit=may_edit(),
    )
