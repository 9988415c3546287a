"""Evidence that was paid for and holds no more: HR decides. And one person's ledger: what was rewarded, what is new."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import BadgeStanding, Doubt, ReviewState
from plugin.errors import InvalidInput
from plugin.services.evidence import skill_ledger
from plugin.texts import N_, _, translated
from plugin.web import auth
from plugin.web.admin.catalogue.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

REASONS = {
    Doubt.REVOKED: N_("Badge withdrawn"),
    Doubt.EXPIRED: N_("Badge expired"),
    Doubt.INVALID: N_("Badge no longer verifies"),
    Doubt.BLOCKED: N_("Issuer blocked"),
    "": N_("Badge valid again"),
}
STATES = {
    ReviewState.OPEN: N_("Undecided"),
    ReviewState.KEPT: N_("Kept"),
    ReviewState.WITHDRAWN: N_("Withdrawn"),
}
STANDINGS = {
    BadgeStanding.NEW: ("ok", N_("New: may count")),
    BadgeStanding.REWARDED: ("submitted", N_("Already rewarded")),
    BadgeStanding.BEFORE: ("na", N_("Before the last pay change")),
    BadgeStanding.KIND: ("na", N_("No skill evidence (by kind)")),
    BadgeStanding.UNDECIDED: ("todo", N_("Meaning not decided")),
    BadgeStanding.UNVERIFIED: ("reason", N_("Not verified")),
    BadgeStanding.UNTRUSTED: ("reason", N_("Issuer not trusted")),
    BadgeStanding.EXPIRED: ("bad", N_("Expired")),
    BadgeStanding.REVOKED: ("bad", N_("Withdrawn")),
}


@blueprint.get("/reviews")
@hr
def reviews() -> str:
    return _page({}, "", 0)


def _page(errors: dict[str, str], note: str, wrong: int) -> str:
    state, after = chosen("state", tuple(STATES)) or ReviewState.OPEN, number("after") or 0
    rows = skill_ledger.reviews(core(), state=state, after=after, limit=SIZE + 1)
    return render_template(
        "catalogue/reviews.html",
        listing=cut(rows, lambda one: one.line.id, started=bool(after)),
        counts=skill_ledger.counts(core()),
        state=state,
        states=translated(STATES),
        reasons=translated(REASONS),
        errors=errors,
        note=note,
        wrong=wrong,
    )


@blueprint.post("/reviews/<record_id:reward_id>")
@hr
def decide_review(reward_id: int) -> ResponseReturnValue:
    outcome, note = request.form.get("outcome", ""), request.form.get("note", "")
    try:
        skill_ledger.decide(core(), auth.actor(), reward_id, outcome, note)
    except InvalidInput as error:
        return _page(error.fields, note, reward_id), 422
    flash(
        _("Reward kept.")
        if outcome == ReviewState.KEPT
        else _("Evidence withdrawn from the ledger. Pay doesn’t change.")
    )
    return redirect(url_for("catalogue.reviews"), 303)


@blueprint.get("/people/<record_id:person_id>")
@hr
def person(person_id: int) -> str:
    return render_template(
        "catalogue/person.html",
        ledger=skill_ledger.of_person(core(), person_id),
        standings={name: (tone, _(word)) for name, (tone, word) in STANDINGS.items()},
        states=translated(STATES),
        reasons=translated(REASONS),
    )
