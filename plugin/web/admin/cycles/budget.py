"""HR's page of a cycle's money: pools, side rules, what is set apart, and rulings for single people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.advisor.policy.pools import REST, Pool
from plugin.advisor.policy.settings import SideRule
from plugin.domain import WORDS, Money, Role, RulingKind, word
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services.cycle import budgets, exceptions, life
from plugin.services.cycle.budgets import Options
from plugin.services.cycle.exceptions import NewRuling
from plugin.services.cycle.run_inputs import FROZEN
from plugin.texts import N_, _, translated
from plugin.web import auth, typed
from plugin.web.admin.cycles.blueprint import blueprint
from plugin.web.admin.cycles.parts import Part
from plugin.web.admin.cycles.views import sentence
from plugin.web.security import core

HR = Role.HR_ADMIN
RULED = {
    RulingKind.FIXED: N_("Raise fixed at"),
    RulingKind.MARKET: N_("Market adjustment"),
    RulingKind.EQUITY: N_("Equity adjustment"),
    RulingKind.RATING_FROZEN: N_("Rating frozen"),
}
GROUPS = {
    "job_family": N_("Job family"),
    "level": N_("Level"),
    "country": N_("Country"),
    "org_unit": N_("Unit"),
}
LABELS = {
    "code": N_("Unit or group"),
    "parent": N_("Below"),
    "funding": N_("Funding"),
    "funding_percent": N_("Funding in %%"),
    "prefill_percent": N_("Prefill in %%"),
    "minimum_pool": N_("Range minimums"),
    "adjustment_pool": N_("Adjustments"),
    "spend_all": N_("Use the full pools"),
    "field": N_("Group by"),
    "at_least": N_("Minimum"),
    "at_most": N_("Maximum"),
    "note": N_("Reason"),
    "person": N_("Employee"),
    "percent": N_("Percent"),
}
Act = Callable[[], object]


@blueprint.get("/cycles/<record_id:cycle_id>/budget")
@auth.requires(HR, Role.ANALYST)
def budget(cycle_id: int) -> ResponseReturnValue:
    return _page(cycle_id, {})


def _page(cycle_id: int, errors: Mapping[str, str], form: str = "", status: int = 200) -> ResponseReturnValue:
    """``form`` names the one that was sent, so that what was typed stays there; ``?people=`` pages through the rulings."""
    found = budgets.state(core(), cycle_id)
    is_hr = auth.has_role(HR)
    html = render_template(
        "cycles/budget.html",
        state=found,
        cycle=found.cycle,
        units=budgets.units(core(), cycle_id),
        rulings=Part.of(exceptions.listed(core(), cycle_id) if is_hr else [], "people"),
        kinds=translated(WORDS[RulingKind]),
        ruled=translated(RULED),
        groups=translated(GROUPS),
        labels=translated(LABELS),
        rest=REST,
        entered=request.form if form else {},
        form=form,
        errors=errors,
        is_hr=is_hr,
        can_change=is_hr and found.cycle.state not in FROZEN,
    )
    return html, status


def _done(cycle_id: int, form: str, act: Act, words: str = "") -> ResponseReturnValue:
    """``words`` say what was done, unless ``act`` answers with them."""
    try:
        done = act()
    except (InvalidInput, NotAllowed, NotFound, Conflict) as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        return _page(cycle_id, _errors(problem), form, status)
    said = done if isinstance(done, str) else words
    flash(_("%(words)s Recalculate the recommendations to apply it.", words=said))
    return redirect(url_for("cycles.budget", cycle_id=cycle_id), 303)


def _errors(problem: AdvisorError) -> Mapping[str, str]:
    """Field -> what is wrong with it; "" for what belongs to none."""
    fields = problem.fields if isinstance(problem, InvalidInput) else None
    return fields or {"": sentence(problem)}


def _money(cycle_id: int, name: str) -> Money | None:
    return typed.amount(name, life.get(core(), cycle_id).currency)


def _amount(cycle_id: int, name: str) -> Decimal | None:
    found = _money(cycle_id, name)
    return None if found is None else found.amount


@blueprint.post("/cycles/<record_id:cycle_id>/budget/pools")
@auth.requires(HR)
def set_pool(cycle_id: int) -> ResponseReturnValue:
    def act() -> None:
        pool = Pool(
            request.form.get("code", "").strip(),
            request.form.get("parent", "").strip() or None,
            _money(cycle_id, "funding"),
            typed.percent("funding_percent"),
            typed.percent("prefill_percent"),
        )
        budgets.set_pool(core(), auth.actor(), cycle_id, pool)

    return _done(cycle_id, "pool", act, _("Pool saved."))


@blueprint.post("/cycles/<record_id:cycle_id>/budget/pools/remove")
@auth.requires(HR)
def remove_pool(cycle_id: int) -> ResponseReturnValue:
    code = request.form.get("code", "")
    return _done(
        cycle_id,
        "",
        lambda: budgets.remove_pool(core(), auth.actor(), cycle_id, code),
        _("Pool removed."),
    )


@blueprint.post("/cycles/<record_id:cycle_id>/budget/pools/file")
@auth.requires(HR)
def take_pools(cycle_id: int) -> ResponseReturnValue:
    def act() -> None:
        currency = life.get(core(), cycle_id).currency
        every = budgets.read_pools(_file(), currency)
        budgets.set_pools(core(), auth.actor(), cycle_id, every)

    return _done(cycle_id, "pools-file", act, _("The pools from the file replaced the previous ones."))


def _file() -> str:
    """The uploaded text; InvalidInput when there is none or it is not UTF-8."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            _("Save the file as CSV UTF-8."), fields={"file": _("Save the file as CSV UTF-8.")}
        ) from error
    if not text.strip():
        raise InvalidInput(_("Choose a file."), fields={"file": _("Choose a file.")})
    return text


@blueprint.post("/cycles/<record_id:cycle_id>/budget/options")
@auth.requires(HR)
def set_options(cycle_id: int) -> ResponseReturnValue:
    def act() -> None:
        options = Options(
            request.form.get("spend_all") == "1",
            _amount(cycle_id, "minimum_pool"),
            _amount(cycle_id, "adjustment_pool"),
        )
        budgets.set_options(core(), auth.actor(), cycle_id, options)

    return _done(cycle_id, "options", act, "Saved.")


@blueprint.post("/cycles/<record_id:cycle_id>/budget/rules")
@auth.requires(HR)
def add_side_rule(cycle_id: int) -> ResponseReturnValue:
    def act() -> None:
        rule = SideRule(
            request.form.get("pool", "") or REST,
            request.form.get("field", ""),
            request.form.get("value", "").strip(),
            _money(cycle_id, "at_least"),
            _money(cycle_id, "at_most"),
        )
        budgets.add_side_rule(core(), auth.actor(), cycle_id, rule)

    return _done(cycle_id, "rule", act, _("Group rule saved."))


@blueprint.post("/cycles/<record_id:cycle_id>/budget/rules/<record_id(least=0):rule_number>/remove")
@auth.requires(HR)
def remove_side_rule(cycle_id: int, rule_number: int) -> ResponseReturnValue:
    return _done(
        cycle_id,
        "",
        lambda: budgets.remove_side_rule(core(), auth.actor(), cycle_id, rule_number),
        _("Group rule removed."),
    )


# --- rulings --------------------------------------------------------------------------------------------------------


@blueprint.post("/cycles/<record_id:cycle_id>/rulings")
@auth.requires(HR)
def rule(cycle_id: int) -> ResponseReturnValue:
    def act() -> str:
        kind = word(RulingKind, request.form.get("kind", ""), "kind")
        percent = typed.percent("percent")
        who = exceptions.person_of(core(), cycle_id, request.form.get("person", ""))
        made = NewRuling(who.person_id, kind, percent, request.form.get("note", ""))
        exceptions.rule(core(), auth.actor(), cycle_id, made)
        return _("Exception saved for %(name)s, no. %(number)s.", name=who.display_name, number=who.number)

    return _done(cycle_id, "ruling", act)


@blueprint.post("/cycles/<record_id:cycle_id>/rulings/file")
@auth.requires(HR)
def take_rulings(cycle_id: int) -> ResponseReturnValue:
    def act() -> None:
        entered = exceptions.read_file(core(), cycle_id, _file())
        exceptions.rule(core(), auth.actor(), cycle_id, *entered)

    return _done(cycle_id, "rulings-file", act, _("Exceptions from the file saved."))


@blueprint.post("/cycles/<record_id:cycle_id>/rulings/<record_id:ruling_id>/lift")
@auth.requires(HR)
def lift(cycle_id: int, ruling_id: int) -> ResponseReturnValue:
    return _done(
        cycle_id,
        "",
        lambda: exceptions.lift(core(), auth.actor(), cycle_id, ruling_id),
        _("Exception removed."),
    )
