"""The fairness report of a training run, on the year that the model had not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plugin.advisor.fairness.intersections import Intersections, intersections
from plugin.advisor.fairness.report import FairnessReport, report
from plugin.domain import JsonObject
from plugin.services.core import Core
from plugin.services.model import fairness_inputs
from plugin.services.model.fairness_documents import document, needed, worst
from plugin.services.model.fairness_repair import Repair
from plugin.store.model import fairness_reports
from plugin.store.model.fairness_reports import Fresh

if TYPE_CHECKING:
    from plugin.advisor.model.tables import Floats, Table, TrainOptions
    from plugin.advisor.model.training import PastCycle
    from plugin.store.database import Tx


@dataclass(frozen=True)
class HeldOut:
    """What the report rests on: all past decisions as the table that the model learned from, the newest cycle in it, and
    ``given``, the same rows with the raises as they were given. Both tables are one unless labels were repaired."""

    table: Table
    last: PastCycle
    options: TrainOptions
    given: Table
    repair: Repair | None = None

    def newest(self, table: Table) -> Table:
        """The rows of the last year, which the model had not seen."""
        return table.take(table.year == self.last.year)


@dataclass(frozen=True)
class Fair:
    """One report per protected attribute, none when no attribute is stored, and two attributes at once."""

    reports: tuple[FairnessReport, ...] = ()
    crossed: Intersections | None = None


def measure(core: Core, held: HeldOut, said: Floats) -> Fair:
    """``said``: what ``predicted`` gives.

    Measured are the figures of a model that was trained on all years but the last, for the people of the last: what the
    model in question is expected to do to people whom it has not seen. Its gap stands beside that of the raises as they were
    given, so that a repair of the labels is seen in what it does.
    """
    test = held.newest(held.given)
    if test.cluster is None or not len(test):
        return Fair()
    ids = [int(who) for who in test.cluster]
    people = fairness_inputs.of_rows(ids, [held.last.snapshot.row(who) for who in ids], said)
    people = fairness_inputs.with_model(replace(people, label=test.y, of_training=True), test.x, test.names)
    with core.database.reading() as tx:
        found = fairness_inputs.inputs(tx, people, held.last.snapshot.as_of)
    return Fair(tuple(report(one) for one in found), intersections(found))


def predicted(kind: str, table: Table, held: HeldOut) -> Floats:
    """What a model of this kind says of the people of the last year, in points, trained on the years of ``table`` before it."""
    from plugin.advisor.model import evaluation

    before, test = table.take(table.year < held.last.year), held.newest(table)
    _, level = evaluation.residual(before)
    found: Floats = test.base + level + evaluation.fit_predict(kind, before, test.x, held.options)
    return found


def as_they_were(kind: str, held: HeldOut, said: Floats) -> JsonObject:
    """Errors in points on the last year's raises as they were given, of the model that learned from repaired labels, of
    one of the same kind that learned from unrepaired ones, and of the policy alone: what the repair costs."""
    from plugin.advisor.model import evaluation

    test = held.newest(held.given)
    _, level = evaluation.residual(held.given.take(held.given.year < held.last.year))
    methods = {
        "model": said,
        "unrepaired": predicted(kind, held.given, held),
        "policy": test.base + level,
    }
    scores = {name: evaluation.score(name, held.last.year, test.y, one) for name, one in methods.items()}
    return {name: {"mae": one.mae, "r2": one.r2} for name, one in scores.items()}


def store(tx: Tx, core: Core, by: str, model_id: int, fair: Fair, held: HeldOut) -> int | None:
    """The report's id; None when nothing was measured. A model that was stored before keeps its first report."""
    reports = fair.reports
    if not reports or fairness_reports.of_model(tx, model_id) is not None:
        return None
    repaired_on = held.repair.attribute if held.repair else None
    text = document(reports, fair.crossed, held_out_year=held.last.year, labels_repaired_on=repaired_on)
    fresh = Fresh(worst(reports), needed(reports), text, model_id=model_id)
    return fairness_reports.add(tx, fresh, core.clock(), by)
