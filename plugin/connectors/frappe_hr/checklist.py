"""The connection test of Frappe HR: each right by name, what stays hidden, and what is not set."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.connectors.base import Context, Probe
from plugin.connectors.frappe_hr import api, reading, records
from plugin.connectors.probes import attempt, not_tested
from plugin.domain import Json, Sink, Stream
from plugin.errors import AuthError, ConfigError, InvalidInput
from plugin.texts import N_, _, ngettext

_WRITES = {
    Sink.SKILLS: {"Skill": ("create",), "Employee Skill Map": ("create", "write")},
    Sink.TRAINING: {
        "Training Program": ("create",),
        "Training Event": ("create", "submit"),
        "Training Result": ("create", "submit"),
    },
    Sink.RAISES: {
        "Salary Structure Assignment": ("create", "submit", "cancel"),
        "Additional Salary": ("create", "submit"),
    },
}


SINK_WORDS = {
    Sink.SKILLS: N_("skills"),
    Sink.TRAINING: N_("training"),
    Sink.RAISES: N_("raises"),
}


def probes(ctx: Context) -> list[Probe]:
    first, _answer = attempt("sign_in", _("Reach the site and sign in"), lambda: api.logged_user(ctx))
    if not first.ok:
        labels = ((one, reading.listing(ctx, one).doctype) for one in reading.STREAMS)
        return [
            first,
            *(not_tested(one.value, _("Read %(doctype)s", doctype=doctype)) for one, doctype in labels),
        ]
    return [first, *_settings(ctx), *_reads(ctx), *_writes(ctx), _coverage(ctx), _hidden(ctx), _webhook(ctx)]


def _settings(ctx: Context) -> Iterator[Probe]:
    for number, name in enumerate(reading.companies(ctx)):
        code = "company" if number == 0 else f"company_{number + 1}"
        label = _("Find the company %(name)s", name=name)
        yield attempt(code, label, lambda name=name: _company(ctx, name))[0]  # type: ignore[misc]
    zone, found = attempt("time_zone", _("Get the site's time zone"), lambda: api.time_zone(ctx))
    yield Probe(zone.code, zone.label, ok=zone.ok, detail=found or zone.detail, remedy=zone.remedy)
    rules = ctx.settings.get("leave_types")
    if rules:
        yield attempt(
            "leave_types", _("Read the rules for leave types"), lambda: records.leave_kind("", rules)
        )[0]
    yield attempt("countries", _("Read the rules for countries"), lambda: records.countries(ctx))[0]
    component = ctx.settings.get("lump_sum_component")
    if component:
        yield attempt("lump_sums", _("Find the salary component"), lambda: _component(ctx, str(component)))[0]


def _company(ctx: Context, name: str) -> None:
    """By its people: the roles HR Manager and HR User may neither read a company nor ask whether there is one."""
    if not api.count(ctx, "Employee", {"company": name}):
        raise InvalidInput(
            _("the site has no employees of a company with this name"),
            remedy=_("enter it as the site spells it"),
        )


def _component(ctx: Context, name: str) -> None:
    found = api.document(ctx, "Salary Component", name)
    if found.get("type") not in (None, "Earning"):
        raise ConfigError(
            _("%(name)s must be an earning", name=name),
            code="component",
            remedy=_("choose a salary component of type Earning"),
        )


def _reads(ctx: Context) -> Iterator[Probe]:
    for one in reading.STREAMS:
        label = _("Read %(doctype)s", doctype=reading.listing(ctx, one).doctype)
        yield attempt(one.value, label, lambda one=one: reading.look(ctx, one, 1))[0]  # type: ignore[misc]
    beside = [("cycles", "Appraisal Cycle", _("dates of ratings"))]
    if ctx.settings["pay_source"] == "assignment":
        beside.append(("structures", "Salary Structure", _("pay periods")))
    beside += [
        ("deletions", "Deleted Document", _("deletions")),
        ("renames", "Comment", _("renamed employees")),
    ]
    for code, doctype, why in beside:
        label = _("Read %(doctype)s (%(why)s)", doctype=doctype, why=why)
        yield attempt(code, label, lambda doctype=doctype: api.rows(ctx, doctype, ["name"], []))[0]  # type: ignore[misc]


def _writes(ctx: Context) -> Iterator[Probe]:
    """Each write as the site itself judges it; nothing is written."""
    for sink, doctypes in _WRITES.items():
        label = _("Write %(kind)s: %(doctypes)s", kind=_(SINK_WORDS[sink]), doctypes=", ".join(doctypes))
        yield attempt(f"write_{sink.value}", label, lambda doctypes=doctypes: _rights(ctx, doctypes))[0]  # type: ignore[misc]


def _rights(ctx: Context, doctypes: dict[str, tuple[str, ...]]) -> None:
    lacking = [
        f"{doctype} ({right})"
        for doctype, rights in doctypes.items()
        for right in rights
        if not api.may(ctx, doctype, right)
    ]
    if lacking:
        raise AuthError(
            _("the API user lacks permissions: %(rights)s", rights=", ".join(lacking)),
            code="permission",
            remedy=_("grant them before you turn on this write; reading does not need them"),
        )


def _coverage(ctx: Context) -> Probe:
    label = _("Filled fields")
    probe, rows = attempt("coverage", label, lambda: reading.look(ctx, Stream.PEOPLE, 50))
    if rows is None:
        return probe
    wanted = ("company_email", "reports_to", "grade", "employee_number")
    empty = [name for name in wanted if not any(is_filled(row.get(name)) for row in rows)]
    detail = ""
    if empty:
        detail = ngettext(
            "empty for the first employee: %(fields)s",
            "empty for all of the first %(num)s employees: %(fields)s",
            len(rows),
            fields=", ".join(empty),
        )
    return Probe("coverage", label, ok=True, detail=detail)


def _hidden(ctx: Context) -> Probe:
    """User Permissions keep rows out of every list without a word; the site's own count has them."""
    return attempt("hidden_rows", _("See every employee"), lambda: _all_seen(ctx))[0]


def _all_seen(ctx: Context) -> None:
    named = reading.companies(ctx)
    there = sum(api.count(ctx, "Employee", {"company": name}) for name in named)
    seen = len(api.rows(ctx, "Employee", ["name"], reading.filters(ctx, reading.PEOPLE), limit=0))
    if seen < there:
        raise AuthError(
            _("the API user sees %(seen)s of %(there)s employees", seen=seen, there=there),
            code="hidden_rows",
            remedy=_("remove the API user's User Permissions in the HR suite"),
        )


def _webhook(ctx: Context) -> Probe:
    is_set = bool(ctx.settings.get("webhook_secret"))
    detail = "" if is_set else _("no webhook secret is set: changes are seen only at the next run")
    return Probe("webhook", _("Receive webhooks"), ok=True, detail=detail)


def is_filled(value: Json) -> bool:
    return value not in (None, "", 0)
