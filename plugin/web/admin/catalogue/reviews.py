"""Evidence that was paid for and holds no more: HR decides. And one person's ledger: what was rewarded, what is new."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import BadgeStanding, Doubt, ReviewState
from plugin.errors import InvalidInput
from plugin.services.evidence import skill_ledger
from plugin.web import auth
from plugin.web.admin.catalogue.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

REASONS = {
    Doubt.REVOKED: "The badge was withdrawn",
    Doubt.EXPIRED: "The badge has run out",
    Doubt.INVALID: "The badge no longer verifies",
    Doubt.BLOCKED: "Its issuer is blocked",
    "": "The badge holds again",
}
STATES = {ReviewState.OPEN: "Open", ReviewState.KEPT: "Kept", ReviewState.WITHDRAWN: "Withdrawn"}
STANDINGS = {
    BadgeStanding.NEW: ("ok", "New: may count"),
    BadgeStanding.REWARDED: ("submitted", "Already rewarded"),
    BadgeStanding.BEFORE: ("na", "Older than the last change of pay"),
    BadgeStanding.KIND: ("na", "No skill evidence by its kind"),
    BadgeStanding.UNDECIDED: ("todo", "Its meaning is not decided"),
    BadgeStanding.UNVERIFIED: ("reason", "Not verified"),
    BadgeStanding.UNTRUSTED: ("reason", "Issuer not trusted"),
    BadgeStanding.EXPIRED: ("bad", "Expired"),
    BadgeStanding.REVOKED: ("bad", "Withdrawn"),
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
        states=STATES,
        reasons=REASONS,
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
    flash("Kept." if outcome == ReviewState.KEPT else "Withdrawn from the ledger. Nobody’s pay was changed.")
    return redirect(url_for("catalogue.reviews"), 303)


@blueprint.get("/people/<record_id:person_id>")
@hr
def person(person_id: int) -> str:
    return render_template(
        "catalogue/person.html",
        ledger=skill_ledger.of_person(core(), person_id),
        standings=STANDINGS,
        states=STATES,
        reasons=REASONS,
    )
