"""The fairness report of a cycle: the one place where protected attributes meet recommendations and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plugin.advisor.fairness import FairnessInput, FairnessReport, report
from plugin.domain import JsonObject
from plugin.errors import NotFound
from plugin.services import advice
from plugin.services.advice import Advice
from plugin.services.core import Actor, Core
from plugin.store import audits, cycles, decisions, guidance, protected
from plugin.store.database import Tx

SEX = "sex"


@dataclass(frozen=True)
class CycleFairness:
    """``report`` suppresses small groups by itself; ``people`` took part and have advice."""

    cycle: str
    people: int
    report: FairnessReport


def of_cycle(core: Core, actor: Actor, cycle_id: int) -> CycleFairness:
    """Measures recommendations and decisions by sex. NotFound without recommendations or without any protected attribute."""
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        people = [
            one for one in map(advice.from_stored, guidance.all_current(tx, cycle_id)) if one.is_eligible
        ]
        if not people:
            raise NotFound("this cycle has no recommendations yet")
        made = report(_input(tx, cycle_id, people))
        detail: JsonObject = {"verdict": made.verdict.value, "people": len(people)}
        audits.append(tx, core.clock(), actor.name, "fairness.report", f"cycle:{cycle_id}", detail)
    return CycleFairness(found.name, len(people), made)


def _input(tx: Tx, cycle_id: int, people: Sequence[Advice]) -> FairnessInput:
    ids = [one.row.person_id for one in people]
    known = protected.values(tx, SEX)
    if not known:
        raise NotFound("no protected attributes are stored", remedy="raise-advisor fairness import FILE")
    decided = {person_id: one.percent for person_id, one in decisions.of_people(tx, cycle_id, ids).items()}
    recommended = np.array([float(one.recommendation.planned) for one in people])
    rows = [one.row for one in people]
    has_decisions = any(decided.get(person_id) is not None for person_id in ids)
    final = np.array([float(_decided(decided.get(i), one)) for i, one in zip(ids, people, strict=True)])
    return FairnessInput(
        in_group=np.array([known.get(person_id) == "f" for person_id in ids]),
        is_known=np.array([known.get(person_id) in ("f", "m") for person_id in ids]),
        category=[f"{row.job_family} {row.level}" for row in rows],
        recommended=recommended,
        decided=final if has_decisions else None,
        pay=np.array([float(row.annual.amount) for row in rows]),
    )


def _decided(percent: object, one: Advice) -> float:
    """Who is not decided yet counts with the suggestion: the report says how things stand now."""
    return float(str(percent)) if percent is not None else float(one.recommendation.planned)
