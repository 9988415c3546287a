"""What was recommended to whom: narrow rows for lists and sums, and a packed document each with everything that pages show."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from plugin.domain import JsonObject, RecommendationStatus, canonical_json
from plugin.errors import NotFound
from plugin.store.batches import parts
from plugin.store.cycle.frozen_inputs import complete_in
from plugin.store.database import Tx, analyze
from plugin.store.tables import participant, recommendation, recommendation_document, recommendation_run
from plugin.texts import _

BATCH = 1000
LEVEL = 6  # of zlib: about 40% of the JSON


@dataclass(frozen=True)
class StoredRecommendation:
    """``content`` is the canonical JSON of one person's row of the snapshot, recommendation, peers and what-ifs."""

    person_id: int
    recommendation_run_id: int
    percent: Decimal | None
    pool: str | None
    content: bytes

    @property
    def document(self) -> JsonObject:
        return cast("JsonObject", json.loads(self.content))


@dataclass(frozen=True)
class MadeRecommendation:
    """One row to store: the figures that lists and sums need, and ``content``, which has everything (see ``pack``)."""

    person_id: int
    percent: Decimal | None
    status: RecommendationStatus
    paid: Decimal
    planned_amount: Decimal
    planned_percent: Decimal
    low: Decimal
    high: Decimal
    policy_minimum: Decimal
    policy_maximum: Decimal
    pool: str | None
    reserved_amount: Decimal
    budget_cost: Decimal
    abstain_code: str | None
    content: bytes


def pack(document: JsonObject) -> bytes:
    """The form in which a recommendation's document is stored: zlib of its canonical JSON."""
    return zlib.compress(canonical_json(document), LEVEL)


def add(tx: Tx, cycle_id: int, run_id: int, made: Sequence[MadeRecommendation]) -> None:
    """Nobody sees them before the run is complete."""
    if not made:
        return
    ids = {"cycle_id": cycle_id, "recommendation_run_id": run_id}
    rows = [ids | {name: getattr(one, name) for name in _NARROW} for one in made]
    tx.execute(recommendation.insert(), rows)
    documents = [
        {"recommendation_run_id": run_id, "person_id": one.person_id, "document": one.content} for one in made
    ]
    tx.execute(recommendation_document.insert(), documents)


def many_were_added(tx: Tx) -> None:
    """Tells the database's planner: to be called before pages read them."""
    analyze(tx, recommendation, recommendation_document)


_NARROW = tuple(name for name in MadeRecommendation.__dataclass_fields__ if name != "content")
_SHOWN = (
    recommendation.c.person_id,
    recommendation.c.recommendation_run_id,
    recommendation.c.percent,
    recommendation.c.pool,
    recommendation_document.c.document,
)
_DOCUMENT = sa.and_(
    recommendation_document.c.recommendation_run_id == recommendation.c.recommendation_run_id,
    recommendation_document.c.person_id == recommendation.c.person_id,
)


def _stored(row: sa.Row[*tuple[Any, ...]]) -> StoredRecommendation:
    person_id, run_id, percent, pool, packed = row
    return StoredRecommendation(person_id, run_id, percent, pool, zlib.decompress(packed))


def standing() -> sa.FromClause:
    """Participants with the recommendation that counts for each now; add ``participant.c.cycle_id == ...``."""
    return participant.join(recommendation, recommendation.c.id == participant.c.recommendation_id)


def beside_participants(joined: sa.FromClause) -> tuple[sa.FromClause, Sequence[sa.ColumnElement[Any]]]:
    """``joined`` has participants: with the recommendation that counts for each, where there is one, and the columns for ``made``."""
    counts = recommendation.c.id == participant.c.recommendation_id
    return joined.outerjoin(recommendation, counts).outerjoin(recommendation_document, _DOCUMENT), _SHOWN


def made(values: Sequence[Any]) -> StoredRecommendation | None:
    """From the columns of ``beside_participants``; None when no recommendation counts."""
    person_id, run_id, percent, pool, packed = values
    return (
        None
        if packed is None
        else StoredRecommendation(person_id, run_id, percent, pool, zlib.decompress(packed))
    )


def _current(cycle_id: int) -> sa.Select[Any]:
    both = standing().join(recommendation_document, _DOCUMENT)
    return sa.select(*_SHOWN).select_from(both).where(participant.c.cycle_id == cycle_id)


def current(tx: Tx, cycle_id: int, people: Collection[int]) -> dict[int, StoredRecommendation]:
    """What counts now for each of ``people``; who has nothing, or takes no part, is absent."""
    found: dict[int, StoredRecommendation] = {}
    for part in parts(people):
        query = _current(cycle_id).where(participant.c.person_id.in_(part))
        found |= {row.person_id: _stored(row) for row in tx.execute(query)}
    return found


def all_current(tx: Tx, cycle_id: int) -> Iterable[StoredRecommendation]:
    """What counts now for every participant, streamed in batches."""
    query = _current(cycle_id).order_by(participant.c.person_id)
    for row in tx.execute(query.execution_options(yield_per=BATCH)):
        yield _stored(row)


def planned_of(tx: Tx, run_id: int, abstain_code: str) -> dict[int, Decimal]:
    """By person: the points that the rules of a run give where the advisor is silent for that reason."""
    c = recommendation.c
    query = sa.select(c.person_id, c.planned_percent).where(
        c.recommendation_run_id == run_id, c.abstain_code == abstain_code
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def planned(tx: Tx, cycle_id: int, people: Collection[int]) -> Decimal:
    """What the budget expects for ``people`` together, in the cycle's currency; nothing for who takes no part."""
    query = (
        sa.select(recommendation.c.planned_amount)
        .select_from(standing())
        .where(participant.c.cycle_id == cycle_id)
    )
    found = (
        amount
        for part in parts(people)
        for amount in tx.execute(query.where(participant.c.person_id.in_(part))).scalars()
    )
    return sum(found, Decimal(0))


def oldest_made(tx: Tx, cycle_id: int) -> datetime | None:
    """When the oldest recommendation that still counts was made; None when nobody has one."""
    first = sa.select(sa.func.min(recommendation.c.recommendation_run_id)).select_from(standing())
    mine = first.where(participant.c.cycle_id == cycle_id).scalar_subquery()
    return tx.execute(sa.select(recommendation_run.c.made_at).where(recommendation_run.c.id == mine)).scalar()


@dataclass(frozen=True)
class Outline:
    """A recommendation without its document. ``planned_percent``: points to plan the budget with; ``low`` and ``high``: the
    recommended range; ``policy_minimum`` and ``policy_maximum``: what the next manager up may approve."""

    person_id: int
    status: RecommendationStatus
    percent: Decimal | None
    planned_percent: Decimal
    low: Decimal
    high: Decimal
    policy_minimum: Decimal
    policy_maximum: Decimal
    reserved_amount: Decimal


def outlines(tx: Tx, cycle_id: int, people: Collection[int] | None = None) -> list[Outline]:
    """What counts now for every participant (or for ``people``), by person."""
    columns = tuple(recommendation.c[name] for name in Outline.__dataclass_fields__)
    query = sa.select(*columns).select_from(standing()).where(participant.c.cycle_id == cycle_id)
    if people is None:
        return [Outline(*row) for row in tx.execute(query.order_by(recommendation.c.person_id))]
    asked = (query.where(participant.c.person_id.in_(part)) for part in parts(sorted(people)))
    return [Outline(*row) for one in asked for row in tx.execute(one.order_by(recommendation.c.person_id))]


def of_other_runs(tx: Tx, cycle_id: int, run_id: int) -> list[int]:
    """People for whom what another run said counts."""
    query = sa.select(participant.c.person_id).select_from(standing())
    others = query.where(participant.c.cycle_id == cycle_id, recommendation.c.recommendation_run_id != run_id)
    return list(tx.execute(others).scalars())


def stood(tx: Tx, cycle_id: int, person_id: int, before: datetime | None = None) -> StoredRecommendation:
    """What was said of a person last before a moment (None = now), by a run that was complete then; NotFound for nothing."""
    both = recommendation.join(
        recommendation_run, recommendation_run.c.id == recommendation.c.recommendation_run_id
    )
    query = (
        sa.select(*_SHOWN)
        .select_from(both.join(recommendation_document, _DOCUMENT))
        .where(complete_in(cycle_id), recommendation.c.person_id == person_id)
        .order_by(recommendation_run.c.id.desc())
    )
    if before is not None:
        query = query.where(recommendation_run.c.completed_at < before)
    row = tx.execute(query.limit(1)).first()
    if row is None:
        raise NotFound(_("this employee has no recommendation in this cycle"))
    return _stored(row)
