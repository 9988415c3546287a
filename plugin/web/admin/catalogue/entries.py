"""What badges mean here: the list of badge classes, one by one or many at once, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import BadgeKind, EntryState
from plugin.domain.ids import known_id, known_version
from plugin.errors import InvalidInput
from plugin.services.evidence import catalogue_files, meanings, skill_lists
from plugin.services.evidence.meanings import KINDS, LEVELS, PROGRAMMES, Meaning, Same, Shown
from plugin.store.evidence.catalogue import UNDECIDED
from plugin.texts import N_, _, ngettext
from plugin.web import auth, typed
from plugin.web.admin.catalogue.blueprint import blueprint, hr, look, may_edit, uploaded
from plugin.web.admin.listing import SIZE, chosen, cut, number
from plugin.web.security import core

COLUMNS = (
    ("badge_class_id", N_("identifies the badge class; don’t change it")),
    ("kind", ", ".join(KINDS)),
    ("programme", ", ".join(PROGRAMMES)),
    ("level", ", ".join(LEVELS)),
    ("strategic", N_("yes or no")),
    (
        "strategic_owner, strategic_from, strategic_until",  # machine text
        N_("the owner of this decision, and its first and last day"),
    ),
    ("skills", N_("names or addresses of skills, separated by |")),
)


@blueprint.get("/")
@look
def entries() -> str:
    state, kind = chosen("state", EntryState), chosen("kind", BadgeKind) or chosen("kind", (UNDECIDED,))
    search, after = request.args.get("q", "")[:200], number("after") or 0
    rows = meanings.page(core(), state=state, kind=kind, search=search, after=after, limit=SIZE + 1)
    return render_template(
        "catalogue/entries.html",
        listing=cut(rows, lambda one: one.entry.id, started=bool(after)),
        counts=meanings.counts(core()),
        state=state,
        kind=kind,
        search=search,
        **_choices(),
    )


def _choices() -> dict[str, object]:
    return {
        "kinds": KINDS,
        "undecided": UNDECIDED,
        "programmes": PROGRAMMES,
        "levels": LEVELS,
        "may_edit": may_edit(),
    }


@blueprint.post("/decide")
@hr
def decide_many() -> ResponseReturnValue:
    """The entries with a tick, with what the form sets for all of them."""
    wanted = list(filter(None, map(known_id, request.form.getlist("entry"))))[:SIZE]
    back = auth.local_path(request.form.get("back") or url_for("catalogue.entries"))
    if not wanted:
        flash(_("Select the badges to decide."))
        return redirect(back, 303)
    done = meanings.decide_many(core(), auth.actor(), wanted, _same())
    said = ngettext("%(num)s badge decided.", "%(num)s badges decided.", done)
    left = len(wanted) - done
    if left:
        said += " " + ngettext(
            "%(num)s badge needs a kind and a program first.",
            "%(num)s badges need a kind and a program first.",
            left,
        )
    flash(said)
    return redirect(back, 303)


def _same() -> Same:
    strategic = {"yes": True, "no": False}.get(request.form.get("strategic", ""))
    kind, programme, level = (request.form.get(name) or None for name in ("kind", "programme", "level"))
    return Same(kind, programme, level, strategic)


@blueprint.get("/entries/<record_id:entry_id>")
@look
def entry(entry_id: int) -> str:
    shown = meanings.shown(core(), entry_id)
    return _entry(shown, _values(shown), {})


def _values(shown: Shown) -> dict[str, object]:
    """What the form begins with: the decision or else the proposal."""
    one = shown.entry
    names = ("kind", "programme", "level", "strategic_owner", "strategic_from", "strategic_until")
    values: dict[str, object] = {name: getattr(one, name) or "" for name in names}
    return values | {
        "strategic": one.strategic,
        "skills": {skill.id for skill in shown.skills},
        "more": "",
        "version": one.version,
    }


def _entry(shown: Shown, values: Mapping[str, object], errors: Mapping[str, str]) -> str:
    facts = shown.entry.facts
    tags = facts.get("tags")
    return render_template(
        "catalogue/entry.html",
        shown=shown,
        entry=shown.entry,
        alignments=skill_lists.alignments(core(), shown.entry.id),
        tags=[str(one) for one in tags] if isinstance(tags, list) else [],
        achievement_type=str(facts.get("achievement_type") or ""),
        said_level=str(facts.get("level") or ""),
        values=values,
        errors=errors,
        **_choices(),
    )


@blueprint.post("/entries/<record_id:entry_id>")
@hr
def decide(entry_id: int) -> ResponseReturnValue:
    shown = meanings.shown(core(), entry_id)
    values = _sent(shown)
    try:
        meanings.decide(core(), auth.actor(), entry_id, _version(values), _meaning(values))
    except InvalidInput as error:
        return _entry(shown, values, error.fields), 422
    flash(_("Decision saved. The badge counts accordingly from now on."))
    return redirect(url_for("catalogue.entry", entry_id=entry_id), 303)


def _sent(shown: Shown) -> dict[str, object]:
    names = ("kind", "programme", "level", "strategic_owner", "strategic_from", "strategic_until", "more")
    values: dict[str, object] = {name: request.form.get(name, "").strip() for name in (*names, "version")}
    offered = {one.id for one in shown.skills}
    ticked = set(filter(None, map(known_id, request.form.getlist("skill"))))
    return values | {"strategic": "strategic" in request.form, "skills": ticked & offered}


def _version(values: Mapping[str, object]) -> int:
    version = known_version(str(values["version"]))
    if version is None:
        raise InvalidInput(_("This form is incomplete."), fields={"version": _("Reload the page.")})
    return version


def _meaning(values: Mapping[str, object]) -> Meaning:
    names = [line.strip() for line in str(values["more"]).splitlines() if line.strip()]
    found, unknown = skill_lists.find_skills(core(), names)
    if unknown:
        wrong = _("Load the list that contains %(unknown)s first.", unknown=unknown[0][:80])
        raise InvalidInput(_("unknown skill"), fields={"more": wrong})
    ticked = values["skills"]
    assert isinstance(ticked, set)
    return Meaning(
        str(values["kind"]),
        str(values["programme"]),
        str(values["level"]) or None,
        bool(values["strategic"]),
        str(values["strategic_owner"])[:200] or None,
        typed.day("strategic_from"),
        typed.day("strategic_until"),
        tuple(ticked | set(found)),
    )


# --- files ----------------------------------------------------------------------------------------------------------


@blueprint.get("/entries.csv")
@look
def entries_csv() -> Response:
    headers = {"Content-Disposition": "attachment; filename=badge-catalogue.csv"}  # machine text
    text = "\ufeff" + catalogue_files.export_entries(core())  # the mark tells spreadsheets that it is UTF-8
    return Response(text, mimetype="text/csv", headers=headers)


@blueprint.get("/import")
@hr
def import_entries() -> str:
    return _import_page()


@blueprint.post("/import")
@hr
def take_entries() -> ResponseReturnValue:
    try:
        done = catalogue_files.import_entries(core(), auth.actor(), uploaded())
    except InvalidInput as error:
        return _import_page(errors=error.fields), 422
    return _import_page(done=done)


def _import_page(**more: object) -> str:
    return render_template(
        "catalogue/import_entries.html", columns=COLUMNS, **{"errors": {}, "done": None, **more}
    )
