"""Evidence that was paid for and holds no more: HR decides. And one person's ledger: what was rewarded, what is new."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import WORDS, BadgeStanding, Doubt, ReviewState, said
from plugin.errors import InvalidInput
from plugin.services.evidence import skill_ledger
from plugin.texts import N_, _, translated
from plugin.web import auth
from plugin.web.admin.catalogue.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

REASONS = {**{str(one): words for one, words in WORDS[Doubt].items()}, "": N_("Badge valid again")}
TONES = {
    BadgeStanding.NEW: "ok",
    BadgeStanding.REWARDED: "submitted",
    BadgeStanding.BEFORE: "na",
    BadgeStanding.KIND: "na",
    BadgeStanding.UNDECIDED: "todo",
    BadgeStanding.UNVERIFIED: "reason",
    BadgeStanding.UNTRUSTED: "reason",
    BadgeStanding.EXPIRED: "bad",
    BadgeStanding.REVOKED: "bad",
}


@blueprint.get("/reviews")
@hr
def reviews() -> str:
    return _page({}, "", 0)


def _page(errors: dict[str, str], note: str, wrong: int) -> str:
    state, after = chosen("state", tuple(ReviewState)) or ReviewState.OPEN, number("after") or 0
    rows = skill_ledger.reviews(core(), state=state, after=after, limit=SIZE + 1)
    return render_template(
        "catalogue/reviews.html",
        listing=cut(rows, lambda one: one.line.id, started=bool(after)),
        counts=skill_ledger.counts(core()),
        state=state,
        states=translated(WORDS[ReviewState]),
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
        standings={one: (tone, said(one)) for one, tone in TONES.items()},
        states=translated(WORDS[ReviewState]),
        reasons=translated(REASONS),
    )
