"""Fairness reports as they were made, with who approved them; figures about groups, never about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin.domain import FairnessVerdict, JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import fairness_report
from plugin.texts import _


@dataclass(frozen=True)
class StoredReport:
    """Of a cycle or of a model. ``approvals``: each has by, at (ISO) and note."""

    id: int
    cycle_id: int | None
    model_id: int | None
    made_at: datetime
    made_by: str | None
    verdict: FairnessVerdict
    approvals_needed: int
    document: JsonObject
    approvals: list[dict[str, str]]
    version: int

    @property
    def approvers(self) -> list[str]:
        """Different people, in the order in which they approved."""
        return list(dict.fromkeys(entry["by"] for entry in self.approvals))

    @property
    def approvals_missing(self) -> int:
        """How many different people have still to approve."""
        return max(self.approvals_needed - len(self.approvers), 0)


@dataclass(frozen=True)
class Fresh:
    """A report just made; exactly one of ``cycle_id`` and ``model_id`` is set."""

    verdict: FairnessVerdict
    approvals_needed: int
    document: JsonObject
    cycle_id: int | None = None
    model_id: int | None = None


def add(tx: Tx, fresh: Fresh, at: datetime, by: str) -> int:
    """Its id."""
    values = {name: getattr(fresh, name) for name in Fresh.__dataclass_fields__}
    return insert(tx, fairness_report, **values, made_at=at, made_by=by, approvals=[], version=1)


def get(tx: Tx, report_id: int) -> StoredReport:
    """NotFound when there is none."""
    row = tx.execute(sa.select(fairness_report).where(fairness_report.c.id == report_id)).first()
    if row is None:
        raise NotFound(_("the fairness report doesn't exist"))
    return StoredReport(*row)


def of_cycle(tx: Tx, cycle_id: int, *, before: int | None = None, limit: int = 50) -> list[StoredReport]:
    """Newest first; ``before`` is the id of the last one of the page before."""
    query = sa.select(fairness_report).where(fairness_report.c.cycle_id == cycle_id)
    if before is not None:
        query = query.where(fairness_report.c.id < before)
    return [
        StoredReport(*row) for row in tx.execute(query.order_by(fairness_report.c.id.desc()).limit(limit))
    ]


def of_model(tx: Tx, model_id: int) -> StoredReport | None:
    """The newest of a model; None when none could be made."""
    query = sa.select(fairness_report).where(fairness_report.c.model_id == model_id)
    row = tx.execute(query.order_by(fairness_report.c.id.desc()).limit(1)).first()
    return StoredReport(*row) if row else None


def set_approvals(tx: Tx, found: StoredReport, approvals: list[dict[str, str]]) -> None:
    """Conflict when somebody else approved since ``found`` was read."""
    mine = sa.and_(fairness_report.c.id == found.id, fairness_report.c.version == found.version)
    statement = fairness_report.update().where(mine)
    if tx.execute(statement.values(approvals=approvals, version=found.version + 1)).rowcount != 1:
        raise Conflict(
            _("another person approved at the same time"), remedy=_("reload the page and check again")
        )
