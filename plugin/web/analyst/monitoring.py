"""How a cycle goes: overrides, abstentions, whom more money would reach, a dry run on last year, and the replay of a figure.

HR administrators see names; analysts see numbers of people only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import render_template, request
from flask.typing import ResponseReturnValue

from plugin.advisor.recommendation import summary
from plugin.advisor.recommendation.messages import FEATURES
from plugin.domain import WORDS, CycleState, JsonObject, Money, Role
from plugin.domain.ids import record_id
from plugin.errors import InvalidInput
from plugin.services.cycle import budgets, cycle_monitoring, exceptions, life
from plugin.services.operation import task_requests
from plugin.services.payroll import listing
from plugin.store.cycle.cycles import Cycle
from plugin.store.operation.tasks import Task
from plugin.texts import _
from plugin.web import auth, typed
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.card import figure, part, rows
from plugin.web.analyst.gap_charts import before_and_after
from plugin.web.analyst.people import called
from plugin.web.analyst.tasks import queued
from plugin.web.analyst.words import ABSTENTIONS, DRIFT, DRIFT_SIGNS, PROGRAMME, full, raise_words
from plugin.web.csv_files import download, stream
from plugin.web.security import core


@dataclass(frozen=True)
class Gain:
    who: str
    points: Decimal
    money: Money


@dataclass(frozen=True)
class NextMoney:
    """Where another ``amount`` would go; ``gains`` are the largest of ``people``."""

    task: Task
    pool: str
    amount: Money
    unused: Money
    people: int
    gains: tuple[Gain, ...]


@dataclass(frozen=True)
class DriftRow:
    """``index`` 0 = as in training; ``sign`` as in DRIFT_SIGNS."""

    label: str
    index: float
    chance: float
    sign: str
    word: str


@dataclass(frozen=True)
class Drift:
    """How the people of a cycle differ from those that its model learned from."""

    task: Task
    result: JsonObject
    inputs: tuple[DriftRow, ...]
    programme: tuple[DriftRow, ...]


@dataclass(frozen=True)
class Different:
    who: str
    given: Decimal
    recommended: Decimal
    sentence: str


@blueprint.get("/monitoring")
@analysts
def monitoring() -> ResponseReturnValue:
    """Of ``?cycle=`` or the newest cycle that has recommendations."""
    every = [one for one in life.listed(core()) if one.state not in (CycleState.DRAFT, CycleState.NOTICE)]
    wanted = request.args.get("cycle", type=record_id)
    chosen = next((one for one in every if one.id == wanted), next(iter(every), None))
    return _page(chosen, every)


def _page(
    chosen: Cycle | None, every: list[Cycle], error: str = "", status: int = 200
) -> ResponseReturnValue:
    found = cycle_monitoring.of_cycle(core(), chosen.id) if chosen else None
    subject = f"cycle:{chosen.id}" if chosen else ""
    report = found.report if found else None
    html = render_template(
        "analyst/monitoring.html",
        found=found,
        cycle=chosen,
        cycles=every,
        states=WORDS[CycleState],
        abstentions=[
            (_(ABSTENTIONS[code]) if code in ABSTENTIONS else code, n) for code, n in found.abstentions
        ]
        if found
        else [],
        groups=_groups(report.document) if report else [],
        next_money=_next_money(chosen.id) if chosen else None,
        pools=[one.row.code for one in budgets.state(core(), chosen.id).lines if one.row.own_payroll]
        if chosen
        else [],
        drift=_drift(chosen.id) if chosen else None,
        dry_run=task_requests.last_done(core(), "dry_run", subject),
        under_way=[one for one in task_requests.newest(core(), subject=subject) if one.is_open],
        names=auth.has_role(Role.HR_ADMIN),
        error=error,
        entered=request.form,
    )
    return html, status


def _groups(document: JsonObject) -> list[tuple[str, JsonObject]]:
    """Per attribute and group what managers did, from the newest fairness report; small groups are in none."""
    return [
        (str(report[side]), part(part(report, "decisions"), key))
        for report in rows(document, "attributes")
        if part(report, "decisions")
        for side, key in (("group", "group"), ("reference", "reference"))
    ]


def _next_money(cycle_id: int) -> NextMoney | None:
    found = task_requests.last_done(core(), "next_money", f"cycle:{cycle_id}")
    if found is None:
        return None
    result: JsonObject = found.result or {}
    currency, every = str(result["currency"]), rows(result, "gains")
    gains = _shown(cycle_id, every)
    names = called(cycle_id, [int(str(gain["person_id"])) for gain in gains])
    return NextMoney(
        found,
        str(result.get("pool", "*")),
        Money(Decimal(str(result["amount"])), currency),
        Money(Decimal(str(result["unused"])), currency),
        int(str(result["people"])) - len(every) + len(gains),
        tuple(
            Gain(
                names[int(str(gain["person_id"]))],
                Decimal(str(gain["points"])),
                Money(Decimal(str(gain["money"])), currency),
            )
            for gain in gains
        ),
    )


def _shown(cycle_id: int, found: Sequence[JsonObject]) -> list[JsonObject]:
    """Without those who are held by now."""
    held = cycle_monitoring.held_among(core(), cycle_id, [int(str(one["person_id"])) for one in found])
    return [one for one in found if int(str(one["person_id"])) not in held]


def _drift(cycle_id: int) -> Drift | None:
    found = task_requests.last_done(core(), "drift", f"cycle:{cycle_id}")
    if found is None:
        return None
    result: JsonObject = found.result or {}
    labels = FEATURES | PROGRAMME
    inputs, programme = (
        tuple(
            DriftRow(
                _(labels[str(one["name"])]),
                figure(one["index"]) or 0.0,
                figure(one["chance"]) or 0.0,
                DRIFT_SIGNS[str(one["verdict"])],
                _(DRIFT[str(one["verdict"])]),
            )
            for one in rows(result, part_name)
        )
        for part_name in ("inputs", "programme")
    )
    return Drift(found, result, inputs, programme)


@blueprint.post("/monitoring/<record_id:cycle_id>/drift")
@analysts
def work_out_drift(cycle_id: int) -> ResponseReturnValue:
    life.get(core(), cycle_id)
    return queued("drift", f"cycle:{cycle_id}", {"cycle_id": cycle_id})


@blueprint.post("/monitoring/<record_id:cycle_id>/next-money")
@analysts
def work_out_next_money(cycle_id: int) -> ResponseReturnValue:
    life.get(core(), cycle_id)
    arguments: JsonObject = {"cycle_id": cycle_id, "pool": request.form.get("pool") or None}
    return queued("next_money", f"cycle:{cycle_id}", arguments)


@blueprint.post("/monitoring/<record_id:cycle_id>/replay")
@analysts
def replay(cycle_id: int) -> ResponseReturnValue:
    """Asks the worker to compute one person's figure again."""
    chosen = life.get(core(), cycle_id)
    try:
        on = typed.day("on")
        by_name = auth.has_role(Role.HR_ADMIN)
        who = exceptions.person_of(core(), cycle_id, request.form.get("person", ""), by_name=by_name)
    except InvalidInput as problem:
        return _page(chosen, [chosen], problem.fields.get("on") or full(str(problem)), 422)
    arguments: JsonObject = {
        "cycle_id": cycle_id,
        "person_id": who.person_id,
        "on": on.isoformat() if on else None,
    }
    return queued("replay", f"cycle:{cycle_id}", arguments)


# --- dry run --------------------------------------------------------------------------------------------------------


@blueprint.post("/monitoring/<record_id:cycle_id>/dry-run")
@analysts
def ask_dry_run(cycle_id: int) -> ResponseReturnValue:
    life.get(core(), cycle_id)
    return queued("dry_run", f"cycle:{cycle_id}", {"cycle_id": cycle_id})


@blueprint.get("/monitoring/<record_id:cycle_id>/dry-run")
@analysts
def dry_run(cycle_id: int) -> ResponseReturnValue:
    """The newest result."""
    chosen = life.get(core(), cycle_id)
    found = task_requests.last_done(core(), "dry_run", f"cycle:{cycle_id}")
    result: JsonObject = (found.result or {}) if found else {}
    currency = str(result.get("currency", chosen.currency))
    return render_template(
        "analyst/dry_run.html",
        cycle=chosen,
        task=found,
        run=result,
        given=Money(Decimal(str(result.get("given_cost", 0))), currency),
        recommended=Money(Decimal(str(result.get("recommended_cost", 0))), currency),
        paid_once=Money(Decimal(str(result.get("paid_once", 0))), currency),
        gaps=[(one, before_and_after(one)) for one in rows(result, "gaps")],
        mean=Decimal(str(result.get("mean_difference", 0))),
        different=_different(cycle_id, result),
        under_way=[
            one for one in task_requests.newest(core(), "dry_run", f"cycle:{cycle_id}") if one.is_open
        ],
    )


def _different(cycle_id: int, result: JsonObject) -> list[Different]:
    found = _shown(cycle_id, rows(result, "different"))
    names = called(cycle_id, [int(str(one["person_id"])) for one in found])
    return [
        Different(
            names[int(str(one["person_id"]))],
            Decimal(str(one["given"])),
            Decimal(str(one["recommended"])),
            summary.said(one.get("summary", one.get("sentence"))),
        )
        for one in found
    ]


@blueprint.get("/monitoring/<record_id:cycle_id>/dry-run.csv")
@analysts
def dry_run_file(cycle_id: int) -> ResponseReturnValue:
    found = task_requests.last_done(core(), "dry_run", f"cycle:{cycle_id}")
    different = _different(cycle_id, (found.result or {}) if found else {})
    columns = (_("Employee"), _("Given, %% of pay"), _("Recommended, %% of pay"), _("Reason"))
    table = ((one.who, one.given, one.recommended, one.sentence) for one in different)
    return download(f"dry-run-{cycle_id}.csv", columns, table)


# --- what goes to payroll -------------------------------------------------------------------------------------------


@blueprint.get("/monitoring/<record_id:cycle_id>/raises.csv")
@auth.requires(Role.HR_ADMIN)
def raises_file(cycle_id: int) -> ResponseReturnValue:
    """Approved raises with what holds them back or what became of them."""
    columns = (
        _("Employee number"),
        _("ID in the HR suite"),
        _("Name"),
        _("Raise, %% of pay"),
        _("New full-time-equivalent pay a year"),
        _("Lump sum"),
        _("Currency"),
        _("Status"),
        _("Reason on hold"),
        _("What to do"),
        _("Reason to pay manually"),
    )
    table = (
        (
            line.number,
            line.source_id,
            line.name,
            line.percent,
            line.annual,
            line.once or "",
            line.currency,
            raise_words(line),
            line.problem,
            line.remedy,
            line.by_hand,
        )
        for line in listing.lines(core(), cycle_id)
    )
    return stream(f"raises-{cycle_id}.csv", columns, table)
