"""Sends approved raises to the HR suite through the outbox: checked first, once each, with a result per person."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.connectors.base import Desired
from plugin.domain import JsonObject, Sink
from plugin.errors import NotAllowed
from plugin.services import advice, events
from plugin.services.advice import Advice
from plugin.services.core import SYSTEM, Actor, Core
from plugin.store import (
    audits,
    connections,
    cycles,
    decisions,
    exports,
    facts,
    people,
    recommendations,
)
from plugin.store.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decisions import Decision
from plugin.store.facts import PayOn

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One approved raise on its way. ``problem`` is why it is not sent; ``state`` what became of it: ready, queued, done, dead."""

    person_id: int
    name: str
    percent: Decimal
    annual: Decimal
    currency: str
    state: str
    problem: str = ""


def preview(core: Core, cycle_id: int) -> list[Line]:
    """What ``export`` would send, and what it would hold back and why. Nothing is written."""
    with core.database.reading() as tx:
        found = cycles.get(tx, cycle_id)
        return [line for _, _, line in _lines(tx, found)]


def export(core: Core, actor: Actor, cycle_id: int) -> list[Line]:
    """Queues every approved raise that passes the checks; a second call queues nothing twice.

    NotAllowed unless the cycle is approved and a connection takes raises. The pay ledger "pay a skill once" is written here.
    """
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        if found.state != "approved":
            raise NotAllowed("only an approved cycle is sent", code="cycle_state")
        if not connections.writers(tx, Sink.RAISES.value):
            raise NotAllowed(
                "no connection takes raises",
                code="no_sink",
                remedy="switch the sink raises on at a connection to your HR suite",
            )
        lines = [_send(tx, core, found, *entry) for entry in _lines(tx, found)]
        sent: JsonObject = {
            "queued": sum(not line.problem for line in lines),
            "held_back": sum(bool(line.problem) for line in lines),
        }
        audits.append(tx, core.clock(), actor.name, "cycle.export", f"cycle:{cycle_id}", sent)
        return lines


def _lines(tx: Tx, found: Cycle) -> list[tuple[Decision, Advice, Line]]:
    approved = decisions.of_cycle(tx, found.id, ("approved", "exported", "failed"))
    by_person = {stored.person_id: stored for stored in recommendations.all_current(tx, found.id)}
    names = {p.person_id: p.display_name for p in cycles.participants(tx, found.id)}
    pays = facts.pay_on(tx, found.snapshot_on)
    lines: list[tuple[Decision, Advice, Line]] = []
    for decision in approved:
        one = advice.from_stored(by_person[decision.person_id])
        lines.append((decision, one, _line(found, decision, one, names, pays)))
    return lines


def _line(
    found: Cycle, decision: Decision, one: Advice, names: dict[int, str], pays: dict[int, PayOn]
) -> Line:
    percent = decision.percent if decision.percent is not None else Decimal(0)
    annual, currency = _annual(found, decision, one, pays.get(decision.person_id))
    state = "ready" if decision.state == "approved" else "done" if decision.state == "exported" else "dead"
    problem = _problem(found, decision, one, pays.get(decision.person_id))
    return Line(decision.person_id, names[decision.person_id], percent, annual, currency, state, problem)


def _annual(found: Cycle, decision: Decision, one: Advice, pay: PayOn | None) -> tuple[Decimal, str]:
    """The new full-time pay a year in the currency that the person is paid in."""
    amount = decision.amount or Decimal(0)
    if pay is None or pay.currency == found.currency:
        exact = one.row.annual.amount + amount / one.row.fte
        return exact.quantize(CENT, ROUND_HALF_UP), found.currency
    exact = pay.annual * (1 + (decision.percent or Decimal(0)) / 100)
    return exact.quantize(CENT, ROUND_HALF_UP), pay.currency


def _problem(found: Cycle, decision: Decision, one: Advice, pay: PayOn | None) -> str:
    """The checks before anything leaves: pay still as in the snapshot, not lowered, inside the range unless HR said so."""
    if decision.percent is None:
        return "no raise was decided"
    if decision.percent < 0:
        return "a raise cannot lower pay"
    if pay is None:
        return "the pay on the day of the snapshot is gone"
    top = one.row.range_maximum
    after = one.annual_after(decision.percent)
    above = top is not None and after.amount > top.amount + 1 and one.row.annual.amount <= top.amount
    if above and decision.reason_code is None:
        return f"above the top of the pay range ({top.rounded().amount if top else ''} {found.currency})"
    return ""


def _send(tx: Tx, core: Core, found: Cycle, decision: Decision, one: Advice, line: Line) -> Line:
    if line.problem or line.state == "done":
        return line
    who = people.get(tx, line.person_id)
    day = found.effective_on.isoformat()
    values: JsonObject = {"annual": str(line.annual), "currency": line.currency, "effective_on": day}
    desired = Desired(Sink.RAISES, exports.subject(who.source_id, found.effective_on), who.source_id, values)
    now = core.clock()
    events.write(tx, now, desired, who)
    told: JsonObject = {"cycle": found.name, "percent": str(line.percent), **values}
    events.publish(tx, now, "raise.approved", who, told, subject=f"raise:{found.id}:{line.person_id}")
    _reward(tx, core, found, decision, one)
    return Line(line.person_id, line.name, line.percent, line.annual, line.currency, "queued", line.problem)


def _reward(tx: Tx, core: Core, found: Cycle, decision: Decision, one: Advice) -> None:
    """Badges that brought points are paid now; they bring none in the next cycle."""
    if not decision.percent:
        return
    paid = [
        (int(piece.ref), piece.points)
        for line in one.recommendation.ledger
        for piece in line.evidence
        if piece.kind == "badge" and piece.points and piece.ref.isdigit()
    ]
    exports.add_rewards(tx, found.id, core.clock().date(), paid)


def collect(core: Core, actor: Actor, cycle_id: int) -> dict[str, int]:
    """Reads what became of the queued writes and marks the decisions ``exported`` or ``failed``; counts by state."""
    counts = {"done": 0, "dead": 0, "queued": 0}
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        results = exports.write_results(tx, found.effective_on)
        for decision in decisions.of_cycle(tx, cycle_id, ("approved", "failed")):
            if decision.person_id not in results:
                continue
            state = results[decision.person_id][0]
            kind = state if state in ("done", "dead") else "queued"
            counts[kind] += 1
            to = {"done": "exported", "dead": "failed"}.get(kind, decision.state)
            if to != decision.state:
                decisions.move(tx, cycle_id, [decision.person_id], expected=(decision.state,), to=to)
        if counts["done"] or counts["dead"]:
            detail: JsonObject = {**counts}
            audits.append(tx, core.clock(), actor.name, "cycle.collect", f"cycle:{cycle_id}", detail)
    return counts


def collect_due(core: Core) -> int:
    """Collects for every approved cycle; the number of raises whose state is new. Silent in the audit when nothing is."""
    with core.database.reading() as tx:
        waiting = [one for one in cycles.newest_first(tx) if one.state == "approved"]
        due = [one.id for one in waiting if exports.write_results(tx, one.effective_on)]
    return sum(sum(collect(core, SYSTEM, cycle_id).values()) for cycle_id in due)
