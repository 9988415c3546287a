"""The fairness reports of a cycle: made, kept, approved; the one place where protected attributes meet what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plugin.advisor.fairness.intersections import Intersections, intersections
from plugin.advisor.fairness.report import FairnessReport, report
from plugin.advisor.model import features
from plugin.advisor.policy.settings import AdvisorSettings
from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.frame import frame
from plugin.advisor.recommendation.snapshot import Snapshot
from plugin.domain import JsonObject, RecommendationStatus
from plugin.errors import Conflict, NotFound
from plugin.services.bulk import bulk
from plugin.services.core import Actor, Core
from plugin.services.cycle import recommending
from plugin.services.model import fairness_inputs, training
from plugin.services.model.fairness_approvals import sign
from plugin.services.model.fairness_documents import document, needed, worst
from plugin.services.model.fairness_inputs import Measured
from plugin.store.cycle import cycles, frozen_inputs, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.frozen_inputs import RecommendationRun
from plugin.store.cycle.recommendations import Outline
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.model import fairness_reports, protected
from plugin.store.model.fairness_reports import Fresh, StoredReport
from plugin.store.operation import audits
from plugin.store.people import withheld
from plugin.texts import _


@dataclass(frozen=True)
class CycleFairness:
    """``reports`` suppress small groups by themselves, one an attribute; ``people`` took part and have recommendations."""

    cycle: str
    people: int
    reports: tuple[FairnessReport, ...]
    report_id: int
    crossed: Intersections | None = None

    @property
    def report(self) -> FairnessReport:
        """Of the first attribute."""
        return self.reports[0]


@bulk()
def of_cycle(core: Core, actor: Actor, cycle_id: int) -> CycleFairness:
    """Measures recommendations and decisions and stores the report.

    NotFound without recommendations or without any protected attribute. Reading and measuring are apart from storing, so
    that nobody waits for the database meanwhile.
    """
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        held = withheld.held_people(tx, cycle_id=cycle_id)
        people = [
            one
            for one in recommendations.outlines(tx, cycle_id)
            if one.status != RecommendationStatus.INELIGIBLE and one.person_id not in held
        ]
        if not people:
            raise NotFound(
                _("This cycle has no recommendations yet."), remedy=_("Create the recommendations first.")
            )
        entered = fairness_inputs.inputs(tx, _measured(tx, found, people), found.snapshot_on)
    if not entered:
        raise NotFound(
            _("No protected attributes are stored."),
            remedy=_("Run: %(command)s", command="raise-advisor fairness import FILE"),
        )
    made, crossed = [report(one) for one in entered], intersections(entered)
    text = document(made, crossed, cycle=found.name, people=len(people), state=found.state)
    report_id = _store(core, actor, found, made, text)
    return CycleFairness(found.name, len(people), tuple(made), report_id, crossed)


def _store(core: Core, actor: Actor, found: Cycle, made: Sequence[FairnessReport], text: JsonObject) -> int:
    now = core.clock()
    fresh = Fresh(worst(made), needed(made), text, cycle_id=found.id)
    with core.database.transaction() as tx:
        report_id = fairness_reports.add(tx, fresh, now, actor.name)
        detail: JsonObject = {"report": report_id, "verdict": fresh.verdict, "people": text["people"]}
        audits.append(tx, now, actor.name, "fairness.report", f"cycle:{found.id}", detail)
    return report_id


def _measured(tx: Tx, found: Cycle, people: Sequence[Outline]) -> Measured:
    """Everything that the reports compare. Decided counts only where a recommendation was given and a person decided."""
    run = frozen_inputs.newest_run(tx, found.id)
    assert run is not None  # there are recommendations
    frozen = recommending.read_snapshot(frozen_inputs.get_snapshot(tx, run.snapshot_id))
    rows = [frozen.row(one.person_id) for one in people]
    recommended = np.array([float(one.planned_percent) for one in people])
    made = fairness_inputs.of_rows([row.person_id for row in rows], rows, recommended)
    decided = _decided(tx, found.id, people)
    return replace(
        _with_model(tx, run, frozen, made),
        label=fairness_inputs.past_raises(tx, rows, found.snapshot_on),
        decided=decided if np.isfinite(decided).any() else None,
    )


def _decided(tx: Tx, cycle_id: int, people: Sequence[Outline]) -> np.typing.NDArray[np.float64]:
    chosen = {one.person_id: one.percent for one in decisions.of_cycle(tx, cycle_id)}
    points = [
        np.nan if one.percent is None or (percent := chosen.get(one.person_id)) is None else float(percent)
        for one in people
    ]
    return np.array(points, dtype=np.float64)


def _with_model(tx: Tx, run: RecommendationRun, frozen: Snapshot, made: Measured) -> Measured:
    """With the numbers that a model sees of these people, from the frozen inputs of the newest run."""
    settings = codec.from_json(AdvisorSettings, run.settings)
    chosen = features.choose()
    columns = frame(frozen, training.read_policy(tx, run.policy_id), settings.rewarded).columns
    where = [frozen.position(who) for who in made.ids]
    matrix = features.build(columns, chosen)[where]
    return fairness_inputs.with_model(made, matrix, [one.name for one in chosen])


# --- reading and approving ------------------------------------------------------------------------------------------


def history(core: Core, cycle_id: int, *, before: int | None = None, limit: int = 50) -> list[StoredReport]:
    """The reports of a cycle, newest first."""
    with core.database.reading() as tx:
        return fairness_reports.of_cycle(tx, cycle_id, before=before, limit=limit)


def stored(core: Core, actor: Actor, report_id: int) -> StoredReport:
    """One report; that it was read is audited. NotFound when there is none."""
    with core.database.transaction() as tx:
        found = fairness_reports.get(tx, report_id)
        audits.append(tx, core.clock(), actor.name, "fairness.view", f"fairness_report:{report_id}")
        return found


def of_model(core: Core, model_id: int) -> StoredReport | None:
    """The report of a training run; None when no protected attributes were stored at that time."""
    with core.database.reading() as tx:
        return fairness_reports.of_model(tx, model_id)


def is_measurable(core: Core) -> bool:
    """Whether any protected attribute is stored."""
    with core.database.reading() as tx:
        return bool(protected.names(tx))


def approve(core: Core, actor: Actor, report_id: int, note: str) -> int:
    """One person's approval of a cycle's report; how many more people are needed.

    InvalidInput when the report needs a written reason and ``note`` is empty, Conflict for a second approval by the same
    person or of a report that has been approved.
    """
    with core.database.transaction() as tx:
        found = fairness_reports.get(tx, report_id)
        if found.cycle_id is None:
            raise NotFound(_("This report belongs to a model."), remedy=_("Approve the model instead."))
        if not found.approvals_missing:
            raise Conflict(_("This report has already been approved."))
        return sign(tx, core, actor, found, note)
