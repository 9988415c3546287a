"""What is read from Frappe HR: lists by what changed, deletions, renames; and what a row needs from another document."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from plugin.connectors.base import Change, Context, Page, Rename, Retract, Slice, Upsert
from plugin.connectors.frappe_hr import api, records
from plugin.domain import Json, JsonObject, Stream
from plugin.errors import AuthError

ALL, DELETED, RENAMED = "all", "deleted", "renamed"
CYCLE_FIELDS = ("name", "end_date", "calculate_final_score_based_on_formula", "modified")
_RENAMED = re.compile(r"<strong>([^<]{1,140})</strong>[^<]{1,40}<strong>([^<]{1,140})</strong>")


@dataclass(frozen=True)
class Listing:
    """Where a stream's rows are listed. ``drafts``: the doctype has drafts, of which only submitted ones count.

    ``of_people``: keys begin with the employee's id, so that they follow when an employee is renamed.
    """

    doctype: str
    fields: tuple[str, ...]
    drafts: bool = False
    by_company: bool = True
    of_people: bool = False


PEOPLE = Listing(
    "Employee",
    (
        *("name", "employee_name", "employee_number", "user_id", "company_email", "status", "designation"),
        *("department", "grade", "branch", "company", "reports_to", "date_of_joining", "relieving_date"),
    ),
    of_people=True,
)
RATINGS = Listing(
    "Appraisal",
    (
        *("name", "employee", "appraisal_cycle", "total_score", "self_score", "avg_feedback_score"),
        *("final_score", "docstatus"),
    ),
    drafts=True,
)
ASSIGNMENTS = Listing(
    "Salary Structure Assignment",
    ("name", "employee", "from_date", "base", "currency", "salary_structure", "docstatus"),
    drafts=True,
)
CTC = Listing("Employee", ("name", "ctc", "salary_currency", "date_of_joining"), of_people=True)
LEAVES = Listing(
    "Leave Application",
    ("name", "employee", "leave_type", "from_date", "to_date", "half_day", "status", "docstatus"),
    drafts=True,
)
SKILLS = Listing("Employee Skill Map", ("name", "employee"), by_company=False, of_people=True)
STREAMS = (Stream.PEOPLE, Stream.RATINGS, Stream.PAY, Stream.LEAVES, Stream.SKILLS)


def listing(ctx: Context, stream: Stream) -> Listing:
    pay = CTC if ctx.settings["pay_source"] == "ctc" else ASSIGNMENTS
    return dict(zip(STREAMS, (PEOPLE, RATINGS, pay, LEAVES, SKILLS), strict=True))[stream]


def companies(ctx: Context) -> list[str]:
    """The names that the setting holds, one or several separated by semicolons."""
    return [name.strip() for name in str(ctx.settings["company"]).split(";") if name.strip()]


def filters(ctx: Context, spec: Listing) -> list[Json]:
    named = companies(ctx)
    found: list[Json] = []
    if spec.by_company:
        found.append(
            ["company", "=", named[0]] if len(named) == 1 else ["company", "in", cast("Json", named)]
        )
    if spec.drafts:
        found.append(["docstatus", "in", [1, 2]])
    return found


def look(ctx: Context, stream: Stream, limit: int) -> list[JsonObject]:
    """The first rows, as a test of the right to see them."""
    spec = listing(ctx, stream)
    return api.rows(ctx, spec.doctype, spec.fields, filters(ctx, spec), limit=limit)


def slices(ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:
    """Renames first, so that what follows finds its row under the new name; then deletions; then what changed."""
    if listing(ctx, stream).of_people:
        yield Slice(RENAMED, cursors.get(RENAMED))
    yield Slice(DELETED, cursors.get(DELETED))
    yield Slice(ALL, cursors.get(ALL))


def read(ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
    cursor = part.cursor
    pages = {RENAMED: _renames, DELETED: _deletions}.get(part.key, _changed)(ctx, stream, part.cursor)
    for rows, changes in pages:
        cursor = max([str(row["modified"]) for row in rows] + ([cursor] if cursor else []), default=None)
        if cursor is not None or part.key == ALL:
            yield Page(changes, cursor)


Rows = Iterator[tuple[Sequence[JsonObject], list[Change]]]


def _changed(ctx: Context, stream: Stream, since: str | None) -> Rows:
    spec = listing(ctx, stream)
    beside = _Beside(ctx, stream)
    for rows in api.changed(ctx, spec.doctype, spec.fields, filters(ctx, spec), since):
        yield rows, beside.changes(rows)
    for cycle in beside.moved(since):
        about: list[Json] = [*filters(ctx, spec), ["appraisal_cycle", "=", cycle]]
        for rows in api.changed(ctx, spec.doctype, spec.fields, about, None):
            yield (), beside.changes(rows)


class _Beside:
    """What the rows of a stream need from other documents, read once for a run of it."""

    def __init__(self, ctx: Context, stream: Stream) -> None:
        self.ctx, self.stream = ctx, stream
        self._known: dict[str, JsonObject] | None = None

    def changes(self, rows: Sequence[JsonObject]) -> list[Change]:
        if self.stream is Stream.SKILLS:
            return _skills(self.ctx, rows)
        return [change for row in rows for change in self._change(row)]

    def _change(self, row: JsonObject) -> Iterator[Change]:
        name, modified = str(row["name"]), str(row["modified"])
        if row.get("docstatus") == 2:
            yield Retract(name, "cancelled")
        elif (
            self.stream is Stream.LEAVES
        ):  # only the kind of an approved leave is kept, not the name of its type
            raw = records.leave_row(self.ctx, row)
            if raw is not None:
                yield Upsert(name, raw, version=modified)
        else:
            key = f"{name}/ctc" if "ctc" in row else name
            # ``modified`` moves with every unrelated edit: it is the version, and content only where the mapping needs it
            kept = {k: value for k, value in row.items() if k != "modified" or row.get("status") == "Left"}
            yield Upsert(key, kept | self._of_other(row), version=modified)

    def _of_other(self, row: JsonObject) -> JsonObject:
        if self.stream is Stream.RATINGS:
            cycle = self._others().get(str(row.get("appraisal_cycle")), {})
            return {name: cycle.get(name) for name in CYCLE_FIELDS[1:3]}
        if "salary_structure" in row:
            structure = self._others().get(str(row["salary_structure"]), {})
            return {"payroll_frequency": structure.get("payroll_frequency")}
        return {}

    def _others(self) -> dict[str, JsonObject]:
        if self._known is None:
            of_cycles = self.stream is Stream.RATINGS
            doctype = "Appraisal Cycle" if of_cycles else "Salary Structure"
            fields = CYCLE_FIELDS if of_cycles else ("name", "payroll_frequency")
            self._known = {str(one["name"]): one for one in api.rows(self.ctx, doctype, fields, [], limit=0)}
        return self._known

    def moved(self, since: str | None) -> list[str]:
        """Appraisal cycles that were changed since: their ratings may have another day now."""
        if self.stream is not Stream.RATINGS or since is None:
            return []
        first = api.earlier(since)
        return sorted(name for name, one in self._others().items() if str(one.get("modified")) >= first)


def _skills(ctx: Context, rows: Sequence[JsonObject]) -> list[Change]:
    """One call for the skills of a page of people."""
    if not rows:
        return []
    about = {str(row["name"]): row for row in rows}
    fields = ["name", *(f"employee_skills.{name}" for name in ("skill", "proficiency", "evaluation_date"))]
    changes: list[Change] = []
    for one in api.named(ctx, SKILLS.doctype, fields, list(about)):
        held = about.get(str(one["name"]))
        if held is None or not one.get("skill"):
            continue
        raw: JsonObject = {"employee": held.get("employee") or held["name"]}
        raw |= {name: one.get(name) for name in ("skill", "proficiency", "evaluation_date")}
        changes.append(Upsert(f"{raw['employee']}/{raw['skill']}", raw, version=str(held["modified"])))
    return changes


# --- feeds of what vanished and what has another name ---------------------------------------------------------------


def _deletions(ctx: Context, stream: Stream, since: str | None) -> Rows:
    """The site's own feed. A name that is in use again is not gone: series give numbers out twice."""
    spec = listing(ctx, stream)
    about: list[Json] = [["deleted_doctype", "=", spec.doctype], ["restored", "=", 0]]
    for rows in _feed(ctx, "Deleted Document", ("name", "deleted_name"), about, since):
        names = [str(row["deleted_name"]) for row in rows]
        used = _in_use(ctx, spec.doctype, names)
        gone = [f"{name}/ctc" if spec is CTC else name for name in names if name not in used]
        yield rows, [Retract(key, "deleted") for key in gone]


def _renames(ctx: Context, _stream: Stream, since: str | None) -> Rows:
    """The comment that a rename leaves, in whatever language; ``modified`` of the document itself does not move."""
    about: list[Json] = [["reference_doctype", "=", "Employee"], ["content", "like", "%</strong>%"]]
    for rows in _feed(ctx, "Comment", ("name", "content"), about, since):
        found = (_RENAMED.search(str(row["content"])) for row in rows)
        pairs = {html.unescape(one[1]): html.unescape(one[2]) for one in found if one}
        last = {old: _last(pairs, new) for old, new in pairs.items()}
        used = _in_use(ctx, "Employee", [*last, *last.values()])
        yield rows, [Rename(old, new) for old, new in last.items() if old not in used and new in used]


def _last(pairs: Mapping[str, str], name: str) -> str:
    """Where a chain of renames ends."""
    for _step in pairs:
        name = pairs.get(name, name)
    return name


def _feed(
    ctx: Context, doctype: str, fields: Sequence[str], about: Sequence[Json], since: str | None
) -> Iterator[list[JsonObject]]:
    """Nothing where the API user may not read it: what is then not seen, the test of the connection says."""
    try:
        yield from api.changed(ctx, doctype, fields, about, since)
    except AuthError as error:
        if error.code != "permission":
            raise


def _in_use(ctx: Context, doctype: str, names: Sequence[str]) -> set[str]:
    return {str(one["name"]) for one in api.named(ctx, doctype, ["name"], list(dict.fromkeys(names)))}
