"""Sends approved raises to the HR suite through the outbox: checked first, once each, with a result per person.

A firm is sent in parts: each is computed beside everybody else's work, and written in one short transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from plugin.connectors.writing import Desired
from plugin.domain import CycleState, DecisionState, HeldRule, JsonObject, PayKind, RaiseState, Sink
from plugin.domain.ids import known_id
from plugin.errors import AdvisorError, NotAllowed
from plugin.services.bulk import bulk
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.decision import recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.delivery import events
from plugin.services.operation.steps import Step, at
from plugin.services.payroll import checks, raise_lines
from plugin.services.payroll.checks import Entry, Line
from plugin.services.payroll.listing import Tally
from plugin.services.people import plausibility
from plugin.store.cycle import cycles, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.decision.decisions import Decision
from plugin.store.delivery import endpoints
from plugin.store.operation import audits
from plugin.store.payroll import exports
from plugin.store.people import held_facts, persons, withheld
from plugin.store.people.persons import Person
from plugin.store.sources import connections
from plugin.texts import _

Say = Callable[[str], object]
APPROVED = "raise.approved"


@bulk()
def export(
    core: Core,
    actor: Actor,
    cycle_id: int,
    *,
    say: Say = lambda _: None,
    each: Callable[[Line], object] = lambda _: None,
) -> Tally:
    """Queues every approved raise that passes the checks; a second call queues nothing twice. Raises of nothing are done at once.

    A part that is written stays written: after a crash the next call goes on. ``each`` is told of every raise. NotAllowed
    unless the cycle is approved, all the time, and a connection takes raises.
    """
    with core.database.transaction() as tx:
        _Targets(tx, cycle_id)
        plausibility.judge_wholes(tx, core)
        audits.append(tx, core.clock(), actor.name, "cycle.export_start", f"cycle:{cycle_id}")
    counts = Tally()
    try:
        for entries in checks.parts(core, cycle_id):
            for line in _send_part(core, cycle_id, entries, counts):
                counts.add(line)
                each(line)
            say(at(Step.QUEUED_RAISES, counts.total, counts.new))
    except AdvisorError as stopped:
        _note_export(core, actor, cycle_id, {**counts.document(), "stopped": str(stopped)})
        raise
    _note_export(core, actor, cycle_id, counts.document())
    return counts


def _note_export(core: Core, actor: Actor, cycle_id: int, detail: JsonObject) -> None:
    with core.database.transaction() as tx:
        audits.append(tx, core.clock(), actor.name, "cycle.export", f"cycle:{cycle_id}", detail)


class _Targets:
    """Who takes what, read once for a part. NotAllowed when the cycle is not approved, or nobody takes raises."""

    def __init__(self, tx: Tx, cycle_id: int) -> None:
        self.found = cycles.get(tx, cycle_id)
        if self.found.state != CycleState.APPROVED:
            raise NotAllowed(_("only approved cycles can be sent"), code="cycle_state")
        self.pay = [one.id for one in connections.writers(tx, Sink.RAISES.value)]
        if not self.pay:
            raise NotAllowed(
                _("no connection writes raises"),
                code="no_sink",
                remedy=_("turn on Raises at a connection to your HR suite"),
            )
        self.once = checks.lump_sum_takers(tx)
        self.told = endpoints.subscribed(tx, APPROVED)


def _send_part(core: Core, cycle_id: int, entries: Sequence[Entry], counts: Tally) -> list[Line]:
    """One transaction: all of the part or nothing. Decisions that were changed since they were read are left as they are."""
    ids = [entry.line.person_id for entry in entries]
    with core.database.transaction() as tx:
        targets = _Targets(tx, cycle_id)
        plausibility.judge_people(tx, core, ids)
        now = decisions.of_people(tx, cycle_id, ids)
        held = withheld.held_people(tx, ids, cycle_id=cycle_id)
        same = [one for one in entries if now.get(one.line.person_id) == one.decision]
        leaving = [
            one
            for one in same
            if not one.line.problem
            and one.line.person_id not in held
            and one.decision.state != DecisionState.EXPORTED
        ]
        who = persons.by_ids(tx, [one.line.person_id for one in leaving])
        held_facts.mark_used(tx, core.clock(), [one.line.person_id for one in leaving])
        new = {one.line.person_id: _send(tx, core, targets, one, who[one.line.person_id]) for one in leaving}
        _finish(
            tx, core, targets.found, [(one.decision, one.recommended) for one in leaving if not one.wanted]
        )
    counts.new += sum(bool(number) for number in new.values())
    is_sent = {
        one.line.person_id for one in leaving if one.wanted and one.decision.state == DecisionState.APPROVED
    }
    return [
        replace(one.line, state=RaiseState.QUEUED)
        if one.line.person_id in is_sent
        else _as_held(one.line, held)
        for one in entries
    ]


def _as_held(line: Line, held: Mapping[int, Collection[HeldRule]]) -> Line:
    """A value that was found only now holds a raise back like one that was known."""
    if line.problem or line.person_id not in held or line.state != RaiseState.READY:
        return line
    problem, remedy = checks.why_held(held[line.person_id])
    return replace(line, problem=problem, remedy=remedy)


def _send(tx: Tx, core: Core, targets: _Targets, entry: Entry, who: Person) -> int:
    """How many writes are new."""
    line, found, now = entry.line, targets.found, core.clock()
    if targets.told and (entry.money.is_change or line.once):
        told: JsonObject = {
            "cycle": found.name,
            "percent": str(line.percent),
            "annual": str(line.annual),
            "lump_sum": str(line.once),
            "currency": line.currency,
            "effective_on": found.effective_on.isoformat(),
        }
        subject = f"raise:{found.id}:{line.person_id}"
        events.publish(tx, now, APPROVED, who, told, subject=subject, targets=targets.told)
    new = 0
    for kind, values in entry.wanted.items():
        key = exports.subject(who.source_id, found.effective_on, kind)
        takers = targets.once if kind == PayKind.ONCE else targets.pay
        new += events.write(tx, now, Desired(Sink.RAISES, key, who.source_id, values), who, takers=takers)
    return new


def _finish(
    tx: Tx, core: Core, found: Cycle, arrived: Sequence[tuple[Decision, PersonRecommendation]]
) -> None:
    """The raises are where they belong: nothing of them is sent again, and the badges that they paid for bring nothing again."""
    if not arrived:
        return
    ids = [decision.person_id for decision, _other in arrived]
    decisions.move(
        tx, found.id, ids, expected=(DecisionState.APPROVED, DecisionState.FAILED), to=DecisionState.EXPORTED
    )
    paid: list[tuple[int, Decimal | None]] = [
        (int(badge.award_id), badge.points)
        for decision, one in arrived
        if decision.amount or decision.lump_amount
        for step in one.recommendation.ledger
        for badge in step.badges
        if badge.points and known_id(badge.award_id)
    ]
    exports.add_rewards(tx, found.id, core.clock().date(), paid)


# --- what became of it ----------------------------------------------------------------------------------------------


def collect(core: Core, actor: Actor, cycle_id: int, *, say: Say = lambda _: None) -> dict[str, int]:
    """Reads what the HR suites answered since the last time and marks those decisions ``exported`` or ``failed``.

    Counts: ``done`` and ``dead`` that are new, and ``queued``, still without an answer. The ledger "pay a skill once" is
    written here, when a raise has arrived. What it costs grows with the new answers, not with the firm.
    """
    with core.database.reading() as tx:
        found, kinds = cycles.get(tx, cycle_id), _kinds(tx)
        new = exports.answered(tx, cycle_id, found.effective_on, kinds)
    counts = {"done": 0, "dead": 0}
    for first in range(0, len(new), checks.AT_ONCE):
        _collect_part(core, found, new[first : first + checks.AT_ONCE], counts)
        say(at(Step.READ_ANSWERS, min(first + checks.AT_ONCE, len(new)), len(new)))
    if any(counts.values()):
        detail: JsonObject = {**counts}
        with core.database.transaction() as tx:
            audits.append(tx, core.clock(), actor.name, "cycle.collect", f"cycle:{cycle_id}", detail)
    with core.database.reading() as tx:
        return {**counts, "queued": exports.under_way(tx, cycle_id, found.effective_on, kinds)}


def _kinds(tx: Tx) -> tuple[PayKind, ...]:
    """What is waited for: lump sums only where somebody takes them."""
    return exports.KINDS if checks.lump_sum_takers(tx) else (PayKind.PAY,)


def _collect_part(core: Core, found: Cycle, ids: Sequence[int], counts: dict[str, int]) -> None:
    """One transaction, computed before it begins. Decisions that were changed meanwhile are left for the next time."""
    with core.database.reading() as tx:
        answered = _answered(tx, found, ids)
    with core.database.transaction() as tx:
        now = decisions.of_people(tx, found.id, ids)
        same = [(one, told, state) for one, told, state in answered if now.get(one.person_id) == one]
        done = [(one, told) for one, told, state in same if state == RaiseState.DONE]
        dead = [
            one.person_id
            for one, _other, state in same
            if state == RaiseState.DEAD and one.state == DecisionState.APPROVED
        ]
        _finish(tx, core, found, done)
        decisions.move(tx, found.id, dead, expected=(DecisionState.APPROVED,), to=DecisionState.FAILED)
    counts["done"] += len(done)
    counts["dead"] += len(dead)


def _answered(
    tx: Tx, found: Cycle, ids: Sequence[int]
) -> list[tuple[Decision, PersonRecommendation, RaiseState]]:
    """What became of the raises of these people: ready means that other figures were decided than those that were sent."""
    results, takers = checks.written(tx, found, ids), checks.lump_sum_takers(tx)
    of = persons.by_ids(tx, ids)
    stored = recommendations.current(tx, found.id, ids)
    known: list[tuple[Decision, PersonRecommendation, RaiseState]] = []
    for who, decision in decisions.of_people(tx, found.id, ids).items():
        if who in stored:
            one = recommendation.without_others(stored[who])
            values = raise_lines.values_of(found, raise_lines.figures(found, decision, one))
            is_taker = of[who].connection_id in takers
            wanted = {kind: each for kind, each in values.items() if is_taker or kind != PayKind.ONCE}
            known.append((decision, one, checks.outcome(results, who, wanted)))
    return known


def collect_due(core: Core) -> int:
    """Collects for every approved cycle; the number of raises whose state is new. Silent in the audit when nothing is."""
    with core.database.reading() as tx:
        waiting = [one.id for one in cycles.newest_first(tx) if one.state == CycleState.APPROVED]
    found = [collect(core, SYSTEM, cycle_id) for cycle_id in waiting]
    return sum(one["done"] + one["dead"] for one in found)
