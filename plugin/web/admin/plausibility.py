"""Values that wait for HR because they are too odd, their release, and the rules by which they are held."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import HeldRule, HeldState
from plugin.errors import InvalidInput
from plugin.figures import exact
from plugin.services.operation import installation_status, task_requests
from plugin.services.people import plausibility, plausibility_words
from plugin.texts import N_, _, locale, ngettext, translated
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number, sent_number, sent_word
from plugin.web.security import core

FIELDS = {
    "pay_factor": N_("Times the last pay"),
    "compa_low": N_("Lowest compa-ratio"),
    "compa_high": N_("Highest compa-ratio"),
    "peers_factor": N_("Times the median pay of peers"),
    "raises_percent": N_("Smallest raise of a whole run, in percent"),
    "rating_low": N_("Lowest rating"),
    "rating_high": N_("Highest rating"),
    "headcount_percent": N_("Headcount change, in percent"),
    "headcount_free": N_("Headcount change that is always plausible, in employees"),
    "also_paid_in": N_("Other currencies by country"),
}


@blueprint.get("/held")
@hr
def held() -> str:
    return _page({}, 0)


def _page(errors: dict[str, str], wrong_id: int, rule: HeldRule | None = None) -> str:
    state = chosen("state", (HeldState.HELD, HeldState.RELEASED)) or HeldState.HELD
    rule = rule or chosen("rule", HeldRule)
    connection_id, after = number("connection"), number("after") or 0
    rows = plausibility.page(
        core(), state=state, rule=rule, connection_id=connection_id, after=after, limit=SIZE + 1
    )
    return render_template(
        "admin/held.html",
        facts=cut(rows, lambda one: one.id, started=bool(after)),
        counts=plausibility.counts(core()),
        state=state,
        rule=rule,
        connection=connection_id,
        connections=installation_status.names(core()),
        say=plausibility_words,
        errors=errors,
        wrong_id=wrong_id,
    )


@blueprint.post("/held/<record_id:fact_id>")
@hr
def release_held(fact_id: int) -> ResponseReturnValue:
    try:
        plausibility.release(core(), auth.actor(), [fact_id], request.form.get("reason", ""))
    except InvalidInput as error:
        return _page(error.fields, fact_id), 422
    flash(_("Released. The value counts from the next snapshot or refresh."))
    return redirect(url_for("admin.held"), 303)


@blueprint.post("/held")
@hr
def release_rule() -> ResponseReturnValue:
    """All that the rule held when the page was shown."""
    rule = sent_word("rule", HeldRule)
    if rule is None:
        raise InvalidInput(_("choose a rule"), fields={"rule": _("Choose a rule.")})
    try:
        done = plausibility.release_all(
            core(), auth.actor(), rule, request.form.get("reason", ""), up_to=sent_number("up_to")
        )
    except InvalidInput as error:
        return _page(error.fields, 0, rule), 422
    flash(ngettext("%(num)s value released.", "%(num)s values released.", done))
    return redirect(url_for("admin.held"), 303)


@blueprint.post("/held/<record_id:fact_id>/undo")
@hr
def undo_release(fact_id: int) -> ResponseReturnValue:
    plausibility.undo(core(), auth.actor(), fact_id)
    flash(_("Held again."))
    return redirect(url_for("admin.held"), 303)


@blueprint.get("/held/rules")
@hr
def held_rules() -> str:
    found = plausibility.rules(core()).thresholds
    values = {name: exact.number(getattr(found, name), locale()) for name in FIELDS if name != "also_paid_in"}
    return _rules(values | {"also_paid_in": ", ".join(found.also_paid_in)}, {})


def _rules(values: dict[str, str], errors: dict[str, str]) -> str:
    found = plausibility.rules(core())
    return render_template(
        "admin/held_rules.html",
        rules=found,
        sentences=plausibility_words.sentences(found.thresholds),
        fixed=plausibility_words.fixed_sentences(),
        fields=FIELDS,
        labels=translated(FIELDS) | {"reason": _("Reason")},
        values=values,
        errors=errors,
    )


@blueprint.post("/held/rules")
@hr
def save_held_rules() -> ResponseReturnValue:
    values = {name: request.form.get(name, "").strip() for name in (*FIELDS, "reason")}
    try:
        now = plausibility.rules(core()).thresholds
        wished = plausibility.typed(now, {name: values[name] for name in FIELDS}, locale())
        plausibility.change(core(), auth.actor(), wished, values["reason"])
    except InvalidInput as error:
        return _rules(values, error.fields or {"reason": str(error)}), 422
    flash(_("Rules saved. All values are checked against them now."))
    task_id = task_requests.request(core(), auth.actor(), "judge", plausibility.SUBJECT, {})
    return redirect(url_for("analyst.task", task_id=task_id), 303)
