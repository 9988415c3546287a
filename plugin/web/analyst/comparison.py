"""Two models side by side: their errors, and how many people would get another recommendation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import render_template, request
from flask.typing import ResponseReturnValue

from plugin.advisor.recommendation import summary, wording
from plugin.advisor.recommendation.values import ModelOff
from plugin.domain import WORDS, CycleState, JsonObject, ModelState, Money
from plugin.domain.ids import record_id
from plugin.errors import InvalidInput, NotFound
from plugin.services.cycle import life
from plugin.services.model import training
from plugin.services.operation import task_requests
from plugin.store.cycle.cycles import Cycle
from plugin.store.operation.tasks import Task
from plugin.texts import _
from plugin.web.analyst.blueprint import analysts, blueprint
from plugin.web.analyst.card import Card, rows
from plugin.web.analyst.people import called
from plugin.web.analyst.tasks import queued
from plugin.web.csv_files import download
from plugin.web.security import core


@dataclass(frozen=True)
class Move:
    """One person's figure with the first and with the second model, in points, and the second's reason."""

    who: str
    first: Decimal
    second: Decimal
    sentence: str


@dataclass(frozen=True)
class Moved:
    """What a comparison found. Amounts are a year's, not fitted to the budget; points are of pay."""

    task: Task
    cycle: str
    people: int
    moved: int
    up: int
    down: int
    mean_difference: Decimal
    largest: Decimal
    costs: tuple[Money, Money]
    budget: Money
    switched_off: tuple[str | None, str | None]


def _moved(found: Task) -> Moved:
    result: JsonObject = found.result or {}
    currency = str(result["currency"])
    costs, off = result["costs"], result["switched_off"]
    assert isinstance(costs, list)
    assert isinstance(off, list)
    amounts = [Money(Decimal(str(cost)), currency) for cost in costs] or [Money(Decimal(0), currency)] * 2
    silent = [None if code is None else _model_off(str(code)) for code in off]
    return Moved(
        found,
        str(result["cycle"]),
        int(str(result["people"])),
        int(str(result["moved"])),
        int(str(result["up"])),
        int(str(result["down"])),
        Decimal(str(result["mean_difference"])),
        Decimal(str(result["largest"])),
        (amounts[0], amounts[1]),
        Money(Decimal(str(result["budget"])), currency),
        (silent[0], silent[1]),
    )


def _model_off(code: str) -> str:
    """Why no model was used, in words; a comparison of an older version kept the words themselves."""
    return wording.model_off(ModelOff(code)) if code in set(ModelOff) else code


def _moves(found: Task) -> list[Move]:
    """Those whose figure changes most; none of a comparison that was made before they were kept."""
    moves = rows(found.result or {}, "moves")
    names = called(int(str(found.arguments["cycle_id"])), [int(str(one["person_id"])) for one in moves])
    return [
        Move(
            names[int(str(one["person_id"]))],
            Decimal(str(one["first"])),
            Decimal(str(one["second"])),
            summary.said(one.get("summary", one.get("sentence"))),
        )
        for one in moves
    ]


def _subject(first: int, second: int) -> str:
    return f"models:{first}:{second}"


def newest_comparison(first: int, second: int) -> Moved | None:
    """The newest result for these two (0 = policy alone); None when none was asked for in the last 30 days."""
    found = task_requests.last_done(core(), "compare", _subject(first, second))
    return _moved(found) if found else None


def _newest_cycle() -> Cycle | None:
    """The newest cycle that has a snapshot, i.e. that is past its notice."""
    return next(
        (one for one in life.listed(core()) if one.state not in (CycleState.DRAFT, CycleState.NOTICE)), None
    )


@blueprint.get("/models/compare")
@analysts
def compare() -> ResponseReturnValue:
    """``?first=`` and ``?second=`` are models' numbers; 0 or nothing stands for policy and skills alone."""
    return _page(request.args.get("first", 0, type=record_id), request.args.get("second", 0, type=record_id))


def _page(first: int, second: int, error: str = "", status: int = 200) -> ResponseReturnValue:
    versions = training.versions(core())
    by_id = {version.id: version for version in versions}
    cards = [Card(by_id[one]) if one in by_id else None for one in (first, second)]
    moved = newest_comparison(first, second) if first != second else None
    html = render_template(
        "analyst/compare.html",
        versions=versions,
        first=first if first in by_id else 0,
        second=second if second in by_id else 0,
        left=cards[0],
        right=cards[1],
        moved=moved,
        moves=_moves(moved.task) if moved else [],
        open=[one for one in task_requests.newest(core(), "compare", _subject(first, second)) if one.is_open],
        cycle=_newest_cycle(),
        states=WORDS[ModelState],
        error=error,
    )
    return html, status


@blueprint.get("/models/compare.csv")
@analysts
def compare_file() -> ResponseReturnValue:
    """The largest changes of the newest comparison of ``?first=`` and ``?second=``."""
    first, second = (
        request.args.get("first", 0, type=record_id),
        request.args.get("second", 0, type=record_id),
    )
    moved = newest_comparison(first, second)
    if moved is None:
        raise NotFound(
            _("These models were not compared in the last 30 days."), remedy=_("Compare them first.")
        )
    columns = (_("Employee"), _("From, %% of pay"), _("To, %% of pay"), _("Reason"))
    table = ((one.who, one.first, one.second, one.sentence) for one in _moves(moved.task))
    return download(f"compare-{first}-{second}.csv", columns, table)


@blueprint.post("/models/compare")
@analysts
def work_out_comparison() -> ResponseReturnValue:
    """Asks the worker for the newest cycle’s recommendations by both models."""
    first, second = (
        request.form.get("first", 0, type=record_id),
        request.form.get("second", 0, type=record_id),
    )
    cycle = _newest_cycle()
    known = {version.id for version in training.versions(core())} | {0}
    if first == second or not {first, second} <= known:
        return _page(first, second, _("Choose two different models."), 422)
    if cycle is None:
        raise InvalidInput(_("No cycle has a snapshot yet."), remedy=_("Take the snapshot of a cycle first."))
    arguments: JsonObject = {"first": first, "second": second, "cycle_id": cycle.id}
    return queued("compare", _subject(first, second), arguments)
