"""The fairness report of a training run, on the year that the model had not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plugin.advisor import features
from plugin.advisor.fairness import FairnessReport, report
from plugin.domain import JsonObject
from plugin.services import fairness_inputs
from plugin.services.core import Core
from plugin.services.fairness_documents import document, needed, worst
from plugin.store import fairness_reports
from plugin.store.fairness_reports import Fresh

if TYPE_CHECKING:
    from plugin.advisor.model import Trained
    from plugin.advisor.tables import Floats, Table, TrainOptions
    from plugin.advisor.training import PastCycle
    from plugin.store.database import Tx


@dataclass(frozen=True)
class HeldOut:
    """What the report rests on: all past decisions as a table, and the newest cycle in it."""

    table: Table
    last: PastCycle
    options: TrainOptions


def measure(core: Core, trained: Trained, held: HeldOut) -> list[FairnessReport]:
    """One report per protected attribute; none when no attribute is stored.

    Measured are the figures of a model that was trained on all years but the last, for the people of the last: what the
    model in question is expected to do to people whom it has not seen.
    """
    rows = held.table.year == held.last.year
    test = held.table.take(rows)
    if test.cluster is None or not len(test):
        return []
    ids = [int(who) for who in test.cluster]
    people = fairness_inputs.of_rows(
        ids, [held.last.snapshot.row(who) for who in ids], _predicted(trained, held)
    )
    labels = [features.BY_NAME[name].label if name in features.BY_NAME else name for name in test.names]
    people = fairness_inputs.with_model(replace(people, label=test.y, of_training=True), test.x, labels)
    with core.database.reading() as tx:
        found = fairness_inputs.inputs(tx, people, held.last.snapshot.as_of)
    return [report(one) for one in found]


def _predicted(trained: Trained, held: HeldOut) -> Floats:
    from plugin.advisor import evaluation

    last = held.table.year == held.last.year
    before, test = held.table.take(~last), held.table.take(last)
    _, level = evaluation.residual(before)
    found: Floats = (
        test.base + level + evaluation.fit_predict(trained.evaluation.kind, before, test.x, held.options)
    )
    return found


def store(tx: Tx, core: Core, by: str, model_id: int, reports: list[FairnessReport], year: int) -> int | None:
    """The report's id; None when nothing was measured. A model that was stored before keeps its first report."""
    if not reports or fairness_reports.of_model(tx, model_id) is not None:
        return None
    held: JsonObject = document(reports, held_out_year=year)
    fresh = Fresh(worst(reports).value, needed(reports), held, model_id=model_id)
    return fairness_reports.add(tx, fresh, core.clock(), by)
