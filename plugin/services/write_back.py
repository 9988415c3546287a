"""Sends approved raises to the HR suite through the outbox: checked first, once each, with a result per person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from plugin.connectors.base import Desired
from plugin.domain import JsonObject, Role, Sink
from plugin.errors import NotAllowed
from plugin.manifest import manifests
from plugin.services import advice, events, raise_lines
from plugin.services.advice import Advice
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.raise_lines import Figures, Known
from plugin.store import (
    accounts,
    audits,
    changes,
    connections,
    cycles,
    decisions,
    exports,
    facts,
    people,
    recommendations,
)
from plugin.store.changes import CycleChange
from plugin.store.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decisions import Decision
from plugin.store.exports import Written

CENT, ZERO = Decimal("0.01"), Decimal(0)
BY_HAND = "no connection to the HR suite takes lump sums: pay it by hand"


@dataclass(frozen=True)
class Line:
    """One approved raise on its way; ``annual`` is full-time pay a year after it, ``once`` what is paid once on top.

    ``problem`` is why it is not sent and ``remedy`` what to do; ``by_hand`` why the lump sum must be paid by a person;
    ``state`` what became of it: ready, queued, done, dead, or no_change where there is nothing to write.
    """

    person_id: int
    name: str
    percent: Decimal
    annual: Decimal
    once: Decimal
    currency: str
    state: str
    problem: str = ""
    remedy: str = ""
    by_hand: str = ""


@dataclass(frozen=True)
class _Entry:
    """A line with what it is made of. ``wanted``: by kind, what a suite is to hold; empty where nothing is to be written."""

    decision: Decision
    advice: Advice
    money: Figures
    wanted: Mapping[str, JsonObject]
    line: Line


def preview(core: Core, cycle_id: int) -> list[Line]:
    """What ``export`` would send, and what it would hold back and why. Nothing is written."""
    with core.database.reading() as tx:
        return [entry.line for entry in _entries(tx, core, cycles.get(tx, cycle_id))]


def export(core: Core, actor: Actor, cycle_id: int) -> list[Line]:
    """Queues every approved raise that passes the checks; a second call queues nothing twice. Raises of nothing are done at once.

    NotAllowed unless the cycle is approved and a connection takes raises.
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
        lines = [_send(tx, core, found, entry) for entry in _entries(tx, core, found)]
        sent: JsonObject = {
            "queued": sum(line.state == "queued" for line in lines),
            "held_back": sum(bool(line.problem) for line in lines),
            "no_change": sum(line.state == "no_change" for line in lines),
        }
        audits.append(tx, core.clock(), actor.name, "cycle.export", f"cycle:{cycle_id}", sent)
        return lines


# --- what leaves, and what does not ---------------------------------------------------------------------------------


def _entries(tx: Tx, core: Core, found: Cycle) -> list[_Entry]:
    approved = decisions.of_cycle(tx, found.id, ("approved", "exported", "failed"))
    by_person = {one.person_id: one for one in recommendations.all_current(tx, found.id)}
    names = {p.person_id: p.display_name for p in cycles.participants(tx, found.id)}
    checks = _Checks(tx, core, found)
    return [
        checks.entry(decision, advice.from_stored(by_person[decision.person_id]), names[decision.person_id])
        for decision in approved
        if decision.person_id in by_person
    ]


class _Checks:
    """What is known now of everybody, read once for all lines."""

    def __init__(self, tx: Tx, core: Core, found: Cycle) -> None:
        today = core.clock().date()
        self.found, self.tx = found, tx
        self.today = facts.pay_on(tx, max(today, found.snapshot_on))
        self.then = facts.pay_on(tx, max(today, found.effective_on))
        self.shares = {one.person_id: one.fte for one in facts.employed(tx, max(today, found.snapshot_on))}
        self.kept = _kept(changes.listed(tx, found.id))
        self.written = _written(tx, found)
        self.takes_lump_sums = bool(lump_sum_takers(tx))
        self._hr: dict[str, bool] = {}

    def entry(self, decision: Decision, one: Advice, name: str) -> _Entry:
        money = raise_lines.figures(self.found, decision, one)
        who, values = decision.person_id, raise_lines.values_of(self.found, money)
        by_hand = self._by_hand(decision, values)
        wanted = {kind: each for kind, each in values.items() if not (kind == "once" and by_hand)}
        known = self._known(who)
        problem, remedy = "", ""
        if decision.state != "exported":
            by_hr = self._is_hr(decision.approved_by)
            problem, remedy = raise_lines.problem(decision, one, money, known, by_hr=by_hr)
        line = Line(
            who,
            name,
            decision.percent or ZERO,
            money.after.amount,
            money.once.amount,
            money.after.currency,
            self._state(decision, wanted),
            problem,
            remedy,
            by_hand,
        )
        return _Entry(decision, one, money, wanted, line)

    def _known(self, who: int) -> Known:
        pay, share = self.today.get(who), self.shares.get(who)
        now: dict[str, Decimal | None] = {"hours_changed": share, "pay_changed": None}
        if pay is not None:
            now["pay_changed"] = (pay.annual * Decimal(self.found.rates.get(pay.currency, "1"))).quantize(
                CENT
            )
        kept = (kind for kind, value in now.items() if value is not None and (who, kind, value) in self.kept)
        return Known(pay, self.then.get(who), share, frozenset(kept))

    def _by_hand(self, decision: Decision, values: Mapping[str, JsonObject]) -> str:
        """Of what went out already, whatever no suite has taken."""
        if "once" not in values:
            return ""
        if decision.state == "exported":
            done = outcome(self.written, decision.person_id, {"once": values["once"]}) == "done"
            return "" if done else BY_HAND
        return "" if self.takes_lump_sums else BY_HAND

    def _state(self, decision: Decision, wanted: Mapping[str, JsonObject]) -> str:
        if not wanted:
            return "no_change"
        if decision.state != "approved":
            return "done" if decision.state == "exported" else "dead"
        return "ready" if outcome(self.written, decision.person_id, wanted) == "ready" else "queued"

    def _is_hr(self, name: str | None) -> bool:
        """Whether the account that approved is HR's."""
        if name is None:
            return False
        if name not in self._hr:
            found = accounts.by_email(self.tx, name)
            self._hr[name] = found is not None and Role.HR_ADMIN in found[0].roles
        return self._hr[name]


def _kept(changes: Iterable[CycleChange]) -> frozenset[tuple[int, str, Decimal]]:
    """(person, kind, what it is now) of changes that HR looked at and did not follow."""
    kinds = ("pay_changed", "hours_changed")
    kept = (one for one in changes if one.choice == "keep" and one.kind in kinds)
    return frozenset((one.person_id, one.kind, Decimal(str(one.detail.get("to")))) for one in kept)


def lump_sum_takers(tx: Tx) -> list[int]:
    """Connections that write what is paid once beside raises."""
    declared = {one.slug: one for one in manifests()}
    return [
        one.id
        for one in connections.writers(tx, Sink.RAISES.value)
        if one.connector in declared and declared[one.connector].pays_once(one.settings)
    ]


def _send(tx: Tx, core: Core, found: Cycle, entry: _Entry) -> Line:
    line = entry.line
    if line.problem or entry.decision.state == "exported":
        return line
    who, now = people.get(tx, line.person_id), core.clock()
    if entry.money.is_change or line.once:
        told: JsonObject = {
            "cycle": found.name,
            "percent": str(line.percent),
            "annual": str(line.annual),
            "lump_sum": str(line.once),
            "currency": line.currency,
            "effective_on": found.effective_on.isoformat(),
        }
        events.publish(tx, now, "raise.approved", who, told, subject=f"raise:{found.id}:{line.person_id}")
    if not entry.wanted:
        _finish(tx, core, found, entry.decision, entry.advice)
        return line
    for kind, values in entry.wanted.items():
        key = exports.subject(who.source_id, found.effective_on, kind)
        only = lump_sum_takers(tx) if kind == "once" else None
        events.write(tx, now, Desired(Sink.RAISES, key, who.source_id, values), who, only=only)
    return replace(line, state="queued")


def _finish(tx: Tx, core: Core, found: Cycle, decision: Decision, one: Advice) -> None:
    """The raise is where it belongs: nothing of it is sent again, and the badges that it paid for bring nothing again."""
    decisions.move(tx, found.id, [decision.person_id], expected=(decision.state,), to="exported")
    if not decision.amount and not decision.lump_amount:
        return
    paid = [
        (int(piece.ref), piece.points)
        for line in one.recommendation.ledger
        for piece in line.evidence
        if piece.kind == "badge" and piece.points and piece.ref.isdigit()
    ]
    exports.add_rewards(tx, found.id, core.clock().date(), paid)


# --- what became of it ----------------------------------------------------------------------------------------------

Results = Mapping[str, Mapping[int, list[Written]]]


def _written(tx: Tx, found: Cycle) -> Results:
    return {kind: exports.write_results(tx, found.effective_on, kind) for kind in exports.KINDS}


def outcome(written: Results, person_id: int, wanted: Mapping[str, JsonObject]) -> str:
    """``ready`` while something of ``wanted`` was not queued with these very figures, else dead, queued or done: the worst counts."""
    states: list[str] = []
    for kind, values in wanted.items():
        same = [one.state for one in written[kind].get(person_id, ()) if one.values == values]
        if not same:
            return "ready"
        states += same
    if not states:
        return "ready"
    if "dead" in states:
        return "dead"
    return "done" if all(state == "done" for state in states) else "queued"


def collect(core: Core, actor: Actor, cycle_id: int) -> dict[str, int]:
    """Reads what became of the queued writes and marks the decisions ``exported`` or ``failed``; counts by state.

    The ledger "pay a skill once" is written here, when a raise has arrived.
    """
    counts = {"done": 0, "dead": 0, "queued": 0}
    with core.database.transaction() as tx:
        found = cycles.get(tx, cycle_id)
        for decision, one, state in list(_sent(tx, found)):
            counts[state] += 1
            if state == "done":
                _finish(tx, core, found, decision, one)
            elif state == "dead" and decision.state != "failed":
                decisions.move(tx, cycle_id, [decision.person_id], expected=("approved",), to="failed")
        if counts["done"] or counts["dead"]:
            detail: JsonObject = {**counts}
            audits.append(tx, core.clock(), actor.name, "cycle.collect", f"cycle:{cycle_id}", detail)
    return counts


def _sent(tx: Tx, found: Cycle) -> Iterator[tuple[Decision, Advice, str]]:
    """Raises that were queued and are not done, with the state of their writes."""
    written, takers = _written(tx, found), lump_sum_takers(tx)
    queued = {who for results in written.values() for who in results}
    waiting = [
        one for one in decisions.of_cycle(tx, found.id, ("approved", "failed")) if one.person_id in queued
    ]
    stored = recommendations.current(tx, found.id, [one.person_id for one in waiting])
    for decision in waiting:
        if decision.person_id in stored:
            one = advice.from_stored(stored[decision.person_id])
            values = raise_lines.values_of(found, raise_lines.figures(found, decision, one))
            wanted = {kind: each for kind, each in values.items() if kind == "pay" or takers}
            state = outcome(written, decision.person_id, wanted)
            if state != "ready":
                yield decision, one, state


def collect_due(core: Core) -> int:
    """Collects for every approved cycle; the number of raises whose state is new. Silent in the audit when nothing is."""
    with core.database.reading() as tx:
        waiting = [one for one in cycles.newest_first(tx) if one.state == "approved"]
        due = [one.id for one in waiting if any(_written(tx, one).values())]
    return sum(sum(collect(core, SYSTEM, cycle_id).values()) for cycle_id in due)
