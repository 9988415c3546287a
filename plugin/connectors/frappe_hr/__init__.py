"""Frappe HR: people, ratings, pay, leaves and skills in; skills, training results and approved raises out; signed webhooks as hints."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from plugin.connectors.base import (
    Change,
    Context,
    Field,
    Hint,
    Page,
    Probe,
    RawRequest,
    Retract,
    Slice,
    Upsert,
    Verified,
)
from plugin.connectors.frappe_hr import api, records
from plugin.connectors.frappe_hr.writes import SINKS
from plugin.connectors.probes import attempt, not_tested
from plugin.connectors.writing import Action, Create, Desired, Outcome, Patch, Remote, Retryable, failed_write
from plugin.domain import Json, JsonObject, Record, Stream, content_hash
from plugin.errors import AdvisorError, AuthError, ConfigError
from plugin.http_client import Response
from plugin.texts import _


@dataclass(frozen=True)
class _List:
    """Where a stream's rows are listed. ``drafts``: the doctype has drafts, of which only submitted ones count."""

    doctype: str
    fields: tuple[str, ...]
    drafts: bool = False
    by_company: bool = True


_PEOPLE = _List(
    "Employee",
    (
        "name",
        "employee_name",
        "employee_number",
        "user_id",
        "company_email",
        "status",
        "designation",
        "department",
        "grade",
        "branch",
        "reports_to",
        "date_of_joining",
        "relieving_date",
    ),
)
_RATINGS = _List(
    "Appraisal",
    (
        "name",
        "employee",
        "appraisal_cycle",
        "end_date",
        "total_score",
        "self_score",
        "avg_feedback_score",
        "docstatus",
    ),
    drafts=True,
)
_ASSIGNMENTS = _List(
    "Salary Structure Assignment",
    ("name", "employee", "from_date", "base", "currency", "docstatus"),
    drafts=True,
)
_CTC = _List("Employee", ("name", "ctc", "salary_currency", "date_of_joining"))
_LEAVES = _List(
    "Leave Application",
    ("name", "employee", "leave_type", "from_date", "to_date", "half_day", "status", "docstatus"),
    drafts=True,
)
_SKILLS = _List("Employee Skill Map", ("name", "employee"), by_company=False)

_STREAM_OF = {
    "Employee": Stream.PEOPLE,
    "Appraisal": Stream.RATINGS,
    "Salary Structure Assignment": Stream.PAY,
    "Leave Application": Stream.LEAVES,
    "Employee Skill Map": Stream.SKILLS,
}
_READ = (Stream.PEOPLE, Stream.RATINGS, Stream.PAY, Stream.LEAVES, Stream.SKILLS)


class FrappeHr:
    """Cursors are the site's own ``modified`` texts."""

    def check(self, ctx: Context) -> list[Probe]:
        probe, _answer = attempt("sign_in", "Reach the site and sign in", lambda: api.logged_user(ctx))
        if not probe.ok:
            return [probe, *(not_tested(one.value, f"Read {_list(ctx, one).doctype}") for one in _READ)]
        company, _found = attempt(
            "company", "Find the company", lambda: api.document(ctx, "Company", ctx.settings["company"])
        )
        reads = [
            attempt(one.value, f"Read {_list(ctx, one).doctype}", lambda one=one: self._look(ctx, one, 1))[0]  # type: ignore[misc]
            for one in _READ
        ]
        return [
            probe,
            company,
            *reads,
            *_leave_types_probe(ctx),
            *_lump_sum_probe(ctx),
            self._coverage(ctx),
            _webhook_probe(ctx),
        ]

    def discover(self, ctx: Context) -> list[Field]:
        """How often each field is filled in the first rows; one that is never filled may be hidden from the API user's role."""
        found: list[Field] = []
        for stream in _READ[:-1]:
            rows = self._look(ctx, stream, 50)
            found += [
                Field(
                    stream.value,
                    name,
                    sum(_is_filled(row.get(name)) for row in rows) / len(rows) if rows else None,
                )
                for name in _list(ctx, stream).fields
            ]
        return found

    def classify(self, response: Response) -> AdvisorError | None:
        return api.classify(response)

    # --- reading ---

    def slices(self, ctx: Context, stream: Stream, cursors: Mapping[str, str | None]) -> Iterator[Slice]:  # noqa: ARG002
        yield Slice("all", cursors.get("all"))

    def read(self, ctx: Context, stream: Stream, part: Slice) -> Iterator[Page]:
        spec, cursor = _list(ctx, stream), part.cursor
        for rows in api.changed(ctx, spec.doctype, spec.fields, _filters(ctx, spec), part.cursor):
            cursor = max([str(row["modified"]) for row in rows] + ([cursor] if cursor else []), default=None)
            yield Page([change for row in rows for change in _changes(ctx, stream, row)], cursor)

    def map(self, ctx: Context, stream: Stream, raw: JsonObject) -> Record:
        return records.record(ctx, stream, raw)

    # --- writing ---

    def lookup(self, ctx: Context, desired: Sequence[Desired]) -> Mapping[str, Remote]:
        found = {one.key: SINKS[one.sink].lookup(ctx, one) for one in desired}
        return {key: remote for key, remote in found.items() if remote is not None}

    def plan(self, ctx: Context, desired: Desired, remote: Remote | None) -> Action:
        return SINKS[desired.sink].plan(ctx, desired, remote)

    def apply(self, ctx: Context, action: Create | Patch, op_id: UUID) -> Outcome:
        try:
            return SINKS[action.desired.sink].apply(ctx, action, op_id)
        except AdvisorError as error:
            if error.code in ("changed_meanwhile", "duplicate"):
                return Retryable(1.0, "somebody else wrote at the same time: look again")
            return failed_write(error)

    # --- webhooks ---

    def verify(self, ctx: Context, raw: RawRequest) -> Verified:
        """The signature is Base64 of HMAC-SHA256 over the raw body. There is no id and no time in it: a replay is the same
        (doctype, name, modified), which is the message's id here."""
        secret = ctx.settings.get("webhook_secret") or ""
        wanted = b64encode(hmac.digest(secret.encode(), raw.body, "sha256"))
        given = raw.headers.get("x-frappe-webhook-signature", "").encode("utf-8", "replace")
        if not (hmac.compare_digest(wanted, given) and secret):
            raise AuthError(_("the webhook's signature is not valid"), code="signature")
        try:
            payload = json.loads(raw.body)
            about = [str(payload[name]) for name in ("doctype", "name", "modified")]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise AuthError(_("the webhook's body does not have the agreed format"), code="body") from error
        return Verified(content_hash(list[Json](about)), payload)

    def hints(self, ctx: Context, event: Verified) -> list[Hint]:
        doctype = event.payload.get("doctype") if isinstance(event.payload, dict) else None
        stream = _STREAM_OF.get(str(doctype))
        found = [Hint(stream)] if stream else []
        if stream is Stream.PEOPLE and ctx.settings["pay_source"] == "ctc":
            found.append(Hint(Stream.PAY))
        return found

    def _look(self, ctx: Context, stream: Stream, limit: int) -> list[JsonObject]:
        spec = _list(ctx, stream)
        return api.rows(ctx, spec.doctype, spec.fields, _filters(ctx, spec), limit=limit)

    def _coverage(self, ctx: Context) -> Probe:
        label = "What is filled in"
        probe, rows = attempt("coverage", label, lambda: self._look(ctx, Stream.PEOPLE, 50))
        if rows is None:
            return probe
        wanted = ("company_email", "reports_to", "grade", "employee_number")
        empty = [name for name in wanted if not any(_is_filled(row.get(name)) for row in rows)]
        detail = f"empty for all of the first {len(rows)} people: {', '.join(empty)}" if empty else ""
        return Probe("coverage", label, ok=True, detail=detail)


CONNECTOR = FrappeHr()


def _list(ctx: Context, stream: Stream) -> _List:
    pay = _CTC if ctx.settings["pay_source"] == "ctc" else _ASSIGNMENTS
    return dict(zip(_READ, (_PEOPLE, _RATINGS, pay, _LEAVES, _SKILLS), strict=True))[stream]


def _filters(ctx: Context, spec: _List) -> list[Json]:
    filters: list[Json] = [["company", "=", ctx.settings["company"]]] if spec.by_company else []
    if spec.drafts:
        filters.append(["docstatus", "in", [1, 2]])
    return filters


def _changes(ctx: Context, stream: Stream, row: JsonObject) -> Iterator[Change]:
    name, modified = str(row["name"]), str(row["modified"])
    if stream is Stream.SKILLS:
        yield from _skill_changes(ctx, row)
    elif row.get("docstatus") == 2:
        yield Retract(name, "cancelled")
    elif stream is Stream.LEAVES:
        yield from _leave_changes(ctx, row)
    else:
        key = f"{name}/ctc" if "ctc" in row else name
        # ``modified`` moves with every unrelated edit: it is the version, and content only where the mapping needs it
        raw = {
            field: value for field, value in row.items() if field != "modified" or row.get("status") == "Left"
        }
        yield Upsert(key, raw, version=modified)


def _leave_changes(ctx: Context, row: JsonObject) -> Iterator[Change]:
    """Only the kind of an approved leave is kept, not the name of its type, which may tell of an illness; no holidays."""
    raw = records.leave_row(ctx, row)
    if raw is not None:
        yield Upsert(str(row["name"]), raw, version=str(row["modified"]))


def _skill_changes(ctx: Context, row: JsonObject) -> Iterator[Change]:
    held = api.document(ctx, _SKILLS.doctype, str(row["name"]))
    rows = held.get("employee_skills")
    for one in rows if isinstance(rows, list) else []:
        if isinstance(one, dict) and one.get("skill"):
            raw: JsonObject = {"employee": held.get("employee") or row["name"]}
            raw |= {name: one.get(name) for name in ("skill", "proficiency", "evaluation_date")}
            yield Upsert(f"{raw['employee']}/{raw['skill']}", raw, version=str(row["modified"]))


def _lump_sum_probe(ctx: Context) -> list[Probe]:
    """Nothing to test while lump sums are paid by hand."""
    component = ctx.settings.get("lump_sum_component")
    if not component:
        return []
    look = attempt("lump_sums", "Find the salary component", lambda: _component(ctx, str(component)))
    return [look[0]]


def _component(ctx: Context, name: str) -> None:
    found = api.document(ctx, "Salary Component", name)
    if found.get("type") not in (None, "Earning"):
        raise ConfigError(
            _("%(name)s must be an earning", name=name),
            code="component",
            remedy=_("choose a salary component of type Earning"),
        )


def _leave_types_probe(ctx: Context) -> list[Probe]:
    rules = ctx.settings.get("leave_types")
    label = "Know the kinds of leave types"
    return [attempt("leave_types", label, lambda: records.leave_kind("", rules))[0]] if rules else []


def _webhook_probe(ctx: Context) -> Probe:
    is_set = bool(ctx.settings.get("webhook_secret"))
    detail = "" if is_set else "no webhook secret is set: changes are seen at the next run only"
    return Probe("webhook", "Receive webhooks", ok=True, detail=detail)


def _is_filled(value: Json) -> bool:
    return value not in (None, "", 0)
