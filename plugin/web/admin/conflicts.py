"""Identifiers that several employees hold: both people side by side, what hangs on the answer, one press, and Undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain import IdentityAnswer, Stream
from plugin.domain.ids import known_id
from plugin.errors import AdvisorError, InvalidInput
from plugin.figures import writing
from plugin.figures.reading import read_date
from plugin.services.cycle import conflict_effects
from plugin.services.operation import installation_status
from plugin.services.sources import conflicts, merging
from plugin.services.sources.conflicts import Case, Wish
from plugin.texts import _, ngettext
from plugin.web import auth
from plugin.web.admin import conflict_words
from plugin.web.admin.blueprint import blueprint, hr
from plugin.web.admin.listing import SIZE, cut, number, sent_number
from plugin.web.security import core

DECIDED_SHOWN = 10
LEFT, RIGHT = 93, 1193  # of the timeline's axis


@blueprint.get("/people-to-match/conflicts", endpoint="conflicts")
@hr
def list_conflicts() -> str:
    after, before = request.args.get("after", "")[:600], number("before")
    rows = conflicts.page(core(), after=after, limit=SIZE + 1)
    done = conflicts.answered(core(), before=before, limit=SIZE + 1)
    return render_template(
        "admin/conflicts.html",
        questions=cut(rows, lambda one: f"{one.kind} {one.value}", started=bool(after)),
        decided=cut(done, lambda one: one.ruling.id, started=before is not None),
        connections=installation_status.names(core()),
        pairs=merging.proposals(core(), limit=SIZE),
        merges=merging.decided(core(), limit=DECIDED_SHOWN),
    )


@blueprint.post("/people-to-match/merge")
@hr
def merge_people() -> ResponseReturnValue:
    kept, other = sent_number("kept_id"), sent_number("merged_id")
    try:
        if request.form.get("do") == "refuse":
            merging.refuse(core(), auth.actor(), kept, other)
            flash(_("Saved: they are two people."))
        else:
            merging.merge(core(), auth.actor(), kept, other)
            flash(_("Merged: everything counts for one person now."))
    except InvalidInput as error:
        flash(_("Not merged. %(error)s", error=error))
    return redirect(url_for("admin.conflicts"), 303)


@blueprint.post("/people-to-match/split")
@hr
def split_people() -> ResponseReturnValue:
    try:
        merging.undo(core(), auth.actor(), sent_number("merge_id"))
    except AdvisorError as error:
        flash(_("Not undone. %(error)s", error=error))
    else:
        flash(_("Undone. They are two records again."))
    return redirect(url_for("admin.conflicts"), 303)


@blueprint.get("/people-to-match/conflict")
@hr
def conflict() -> ResponseReturnValue:
    kind, value = request.args.get("kind", "")[:40], request.args.get("value", "")[:600]
    if not kind or not value:
        return redirect(url_for("admin.conflicts"), 303)
    return _page(kind, value, {})


def _page(kind: str, value: str, errors: dict[str, str]) -> ResponseReturnValue:
    case = conflicts.load(core(), kind, value)
    effects = conflict_effects.of(core(), auth.actor(), case)
    page = render_template(
        "admin/conflict.html",
        case=case,
        lines=_lines(case),
        facts=_facts(case),
        effects=effects,
        pay=conflict_words.sentences(case, effects),
        timeline=Timeline((), (), 0, "") if case.is_record else _timeline(case),
        connections=installation_status.names(core()),
        decided=conflicts.answered(core(), limit=DECIDED_SHOWN),
        per_side={
            one.person.id: sum(r.holder_id == one.person.id for r in case.records) for one in case.sides
        },
        errors=errors,
        sent=request.form,
        chosen=request.form.get("answer") or (IdentityAnswer.HANDED_ON if case.is_clear else ""),
    )
    return (page, 422) if errors else page


@blueprint.post("/people-to-match/conflict")
@hr
def answer_conflict() -> ResponseReturnValue:
    kind, value = request.form.get("kind", "")[:40], request.form.get("value", "")[:600]
    try:
        wish = _wish(conflicts.load(core(), kind, value))
        _ruling, counts = conflicts.answer(core(), auth.actor(), kind, value, wish)
    except InvalidInput as error:
        return _page(kind, value, dict(error.fields))
    applied = counts["applied"]
    flash(
        _("Decided. The records are attached to no one.")
        if wish.answer is IdentityAnswer.SHARED
        else ngettext(
            "Decided. %(num)s record was attached.", "Decided. %(num)s records were attached.", applied
        )
        if applied
        else _("Decided. No record was waiting.")
    )
    return redirect(url_for("admin.conflicts"), 303)


def _wish(case: Case) -> Wish:
    said, _bar, who = request.form.get("answer", "").partition(":")
    if said not in set(IdentityAnswer):
        raise InvalidInput(_("choose an answer"), fields={"answer": _("choose an answer")})
    starts: dict[int, date | None] = {}
    for side in case.sides if said == IdentityAnswer.HANDED_ON else ():
        name = f"from-{side.person.id}"
        starts[side.person.id] = read_date(request.form.get(name, ""), field=name)
    person_id = known_id(who)
    return Wish(IdentityAnswer(said), person_id, starts or None, request.form.get("note", ""))


@blueprint.post("/people-to-match/conflict/undo")
@hr
def undo_conflict() -> ResponseReturnValue:
    try:
        conflicts.undo(core(), auth.actor(), sent_number("ruling_id"))
    except AdvisorError as error:
        flash(_("Not undone. %(error)s", error=error))
    else:
        flash(_("Undone. The records are waiting again."))
    return redirect(url_for("admin.conflicts"), 303)


# --- what the page shows --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One line of the comparison; ``differs`` is in bold."""

    label: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def _facts(case: Case) -> list[Fact]:
    def line(label: str, *values: str | None) -> Fact:
        return Fact(label, tuple(value or "–" for value in values))

    sides = case.sides
    people = [one.person for one in sides]
    told = (
        line(_("Named by"), *(", ".join(one.named) for one in sides))
        if case.is_record
        else line(_("Holds the identifier"), *(_employed(one.from_on, one.until_on) for one in sides))
    )
    return [
        line(_("Employee number"), *(one.employee_number for one in people)),
        line(_("Employed"), *(_employed(one.hired_on, one.left_on) for one in people)),
        line(
            _("Job"),
            *(", ".join(part for part in (one.job_title, one.level, one.org_unit) if part) for one in people),
        ),
        line(_("Manager"), *(one.manager for one in sides)),
        told,
    ]


def _employed(first: date | None, last: date | None) -> str:
    if first and last:
        return _("%(first)s to %(last)s", first=writing.day(first), last=writing.day(last))
    if last:
        return _("until %(last)s", last=writing.day(last))
    return _("since %(first)s", first=writing.day(first)) if first else _("no dates given")


def _lines(case: Case) -> dict[int, str]:
    """How many records do not fit a person, in words."""
    return {
        who: ngettext("%(num)s does not fit", "%(num)s do not fit", n) if n else ""
        for who, n in case.misfits.items()
    }


@dataclass(frozen=True)
class Bar:
    """A person's time and the records of it, in units of the drawing; ``y`` is the bar's top."""

    person_id: int
    x: int
    width: int
    y: int
    dots: tuple[tuple[int, bool], ...]  # place, and whether it is a badge


@dataclass(frozen=True)
class Timeline:
    bars: tuple[Bar, ...]
    years: tuple[tuple[int, int], ...]
    height: int
    sentence: str


def _timeline(case: Case) -> Timeline:
    """The proposed times, with every record on its day; the sentence carries the same facts."""
    dated = [one.day for one in case.records if one.day]
    known = [
        day
        for side in case.sides
        for day in (side.from_on, side.until_on, case.starts.get(side.person.id))
        if day
    ]
    days = [*dated, *known]
    if not days:
        return Timeline((), (), 0, "")
    begin, end = min(days) - timedelta(days=30), max(days) + timedelta(days=30)

    def place(day: date | None, otherwise: int) -> int:
        if day is None:
            return otherwise
        return LEFT + round((min(max(day, begin), end) - begin) / (end - begin) * (RIGHT - LEFT))

    bars = []
    for row, side in enumerate(case.sides):
        x, last = place(side.from_on, LEFT), place(side.until_on, RIGHT)
        fits = [
            one
            for one in case.records
            if one.day and (side.from_on or date.min) <= one.day <= (side.until_on or date.max)
        ]
        dots = tuple((place(one.day, LEFT), one.stream is Stream.BADGES) for one in fits)
        bars.append(Bar(side.person.id, x, max(last - x, 4), 25 + 54 * row, dots))
    years = tuple((year, place(date(year, 1, 1), LEFT)) for year in range(begin.year + 1, end.year + 1))
    return Timeline(tuple(bars), years[:: max(1, len(years) // 10)], 41 + 54 * len(bars), _sentence(case))


def _sentence(case: Case) -> str:
    parts = [
        _("%(name)s: %(time)s.", name=side.person.display_name, time=_employed(side.from_on, side.until_on))
        for side in case.sides
    ]
    return " ".join(parts)
