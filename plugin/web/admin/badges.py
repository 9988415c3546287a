"""Badges of employees: the list by verdict and trust, and the evidence of one, step by step. Their text is untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.badges.steps import step_name
from plugin.domain import AwardState, BadgeVerdict, Trust
from plugin.domain.ids import known_id
from plugin.services.evidence import badge_checks
from plugin.services.operation import installation_status
from plugin.store.evidence.badges import Award, Issuer
from plugin.texts import _, ngettext, retold
from plugin.web import auth
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core


@dataclass(frozen=True)
class Step:
    """One check of a verification, as the page shows it."""

    label: str
    state: str
    code: str
    message: str


@blueprint.get("/badges")
@hr
def badges() -> str:
    verdict, trust = chosen("verdict", BadgeVerdict), chosen("trust", Trust)
    person, after = number("person"), number("after") or 0
    rows = badge_checks.page(
        core(), person_id=person, verdict=verdict, trust=trust, after=after, limit=SIZE + 1
    )
    return render_template(
        "admin/badges.html",
        verdict=verdict,
        trust=trust,
        person=person,
        work=installation_status.work(core()),
        awards=cut(rows, lambda one: one.id, started=bool(after)),
    )


@blueprint.get("/badges/<record_id:award_id>")
@hr
def badge(award_id: int) -> str:
    award = badge_checks.get(core(), award_id)
    return render_template(
        "admin/badge.html", award=award, steps=_steps(award), issuer=_issuer(award), says=conclusion(award)
    )


def _steps(award: Award) -> list[Step]:
    return [_step(one) for one in award.steps if isinstance(one, dict)]


def _step(one: Mapping[str, Any]) -> Step:
    return Step(
        step_name(str(one.get("name", ""))),
        str(one.get("state", "")),
        str(one.get("code", "")),
        retold(str(one.get("message", ""))),
    )


def _issuer(award: Award) -> Issuer | None:
    if award.issuer_ref is None:
        return None
    found = badge_checks.issuers(core(), after=award.issuer_ref - 1, limit=1)
    return found[0] if found and found[0].id == award.issuer_ref else None


def conclusion(award: Award) -> str:
    """Whether it counts, and what to do if not."""
    if award.state == AwardState.REVOKED:
        return _("This badge doesn’t count: its source has withdrawn it.")
    if award.verdict == BadgeVerdict.INVALID:
        return _(
            "This badge doesn’t count. The failed check says why; only a new badge from the issuer can change that."
        )
    if award.verdict in (BadgeVerdict.UNDETERMINED, BadgeVerdict.UNCHECKED):
        return _(
            "This badge doesn’t count yet. The check is missing information; we check again automatically."
        )
    if award.trust == Trust.TRUSTED:
        return _(
            "This badge is genuine, belongs to this employee, and its issuer is trusted. The catalog decides whether it shows a skill."
        )
    if award.trust == Trust.BLOCKED:
        return _("This badge is genuine but doesn’t count: your company has blocked the issuer.")
    return _("This badge is genuine but doesn’t count yet: decide whether to trust its issuer.")


@blueprint.post("/badges/<record_id:award_id>/recheck")
@hr
def recheck_badge(award_id: int) -> ResponseReturnValue:
    badge_checks.recheck(core(), auth.actor(), award_id)
    flash(_("The badge will be checked again within a minute."))
    return redirect(url_for("admin.badge", award_id=award_id), 303)


@blueprint.post("/badges/recheck")
@hr
def recheck_badges() -> ResponseReturnValue:
    """Those of the page that was shown."""
    wanted = list(filter(None, map(known_id, request.form.getlist("award"))))
    done = 0
    for award_id in wanted[:SIZE]:
        badge_checks.recheck(core(), auth.actor(), award_id)
        done += 1
    flash(ngettext("%(num)s badge will be checked again.", "%(num)s badges will be checked again.", done))
    return redirect(url_for("admin.badges", verdict=BadgeVerdict.UNDETERMINED), 303)
