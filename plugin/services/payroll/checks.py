"""What approved raises are made of, and what of each may leave: read for some people at a time, so that a firm costs no more memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.domain import (
    ChangeKind,
    DecisionState,
    HeldRule,
    JsonObject,
    OutboxState,
    PayKind,
    RaiseState,
    Role,
    Sink,
)
from plugin.manifest import manifests
from plugin.services.core import Core
from plugin.services.decision import judging, recommendation
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.services.payroll import raise_lines
from plugin.services.payroll.raise_lines import Figures, Known
from plugin.services.people import plausibility_words
from plugin.store.cycle import changes, cycles, facts, recommendations
from plugin.store.cycle.cycles import Cycle
from plugin.store.database import Tx
from plugin.store.decision import decisions
from plugin.store.decision.decisions import Decision
from plugin.store.payroll import exports
from plugin.store.payroll.exports import SENT_FROM, Written
from plugin.store.people import accounts, persons, withheld
from plugin.store.sources import connections
from plugin.texts import N_, _, without_stop

AT_ONCE = 1000  # people of one reading, and of one write
CENT, ZERO = Decimal("0.01"), Decimal(0)
BY_HAND = N_("no connection to the HR suite writes lump sums: pay it by hand")
NOBODY = N_("the connection that this employee comes from does not write raises")
TURN_ON = N_("turn on Raises at that connection, or enter this raise in the HR suite by hand")
KEPT = (ChangeKind.PAY_CHANGED, ChangeKind.HOURS_CHANGED)

Results = Mapping[PayKind, Mapping[int, list[Written]]]


@dataclass(frozen=True)
class Line:
    """One approved raise on its way; ``annual`` is full-time pay a year after it, ``once`` what is paid once on top.

    ``problem`` is why it is not sent and ``remedy`` what to do; ``by_hand`` why the lump sum must be paid by a person;
    ``note``: what the suite holds otherwise since it was sent, or why it refused; ``source_id``: the id in the suite; ``state`` what became of it: ready, queued, done, dead, or no_change where there is nothing to write.
    """

    person_id: int
    name: str
    percent: Decimal
    annual: Decimal
    once: Decimal
    currency: str
    state: RaiseState
    problem: str = ""
    remedy: str = ""
    by_hand: str = ""
    note: str = ""
    number: str = ""
    source_id: str = ""


@dataclass(frozen=True)
class Entry:
    """A line with what it is made of. ``wanted``: by kind, what a suite is to hold; empty where nothing is to be written."""

    decision: Decision
    recommended: PersonRecommendation
    money: Figures
    wanted: Mapping[PayKind, JsonObject]
    line: Line


def parts(core: Core, cycle_id: int) -> Iterator[list[Entry]]:
    """All raises that are approved, sent or refused, by person, AT_ONCE at a time, each part as it is when it is asked for."""
    after = 0
    while True:
        with core.database.reading() as tx:
            found = cycles.get(tx, cycle_id)
            approved = decisions.recommended(tx, cycle_id, SENT_FROM, after=after, limit=AT_ONCE)
            entries = of_decisions(tx, core, found, approved)
        if not approved:
            return
        after = approved[-1].person_id
        yield entries


def of_decisions(tx: Tx, core: Core, found: Cycle, approved: Sequence[Decision]) -> list[Entry]:
    """The entries of some decisions; who has no recommendation is left out."""
    people = [one.person_id for one in approved]
    stored = recommendations.current(tx, found.id, people)
    names = {one.person_id: one.display_name for one in cycles.participants(tx, found.id, people)}
    checks = _Checks(tx, core, found, people)
    return [
        checks.entry(one, recommendation.without_others(stored[one.person_id]), names[one.person_id])
        for one in approved
        if one.person_id in stored
    ]


class _Checks:
    """What is known now of some people, read once for all their lines."""

    def __init__(self, tx: Tx, core: Core, found: Cycle, people: Collection[int]) -> None:
        today = core.clock().date()
        self.found, self.tx = found, tx
        self.today = facts.pay_on(tx, max(today, found.snapshot_on), people=people)
        self.then = facts.pay_on(tx, max(today, found.effective_on), people=people)
        at_work = facts.employed(tx, max(today, found.snapshot_on), people=people)
        self.shares = {one.person_id: one.fte for one in at_work}
        self.kept = {
            (who, kind, Decimal(str(detail.get("to"))))
            for who, kind, detail in changes.kept(tx, found.id, KEPT, people)
        }
        self.held = withheld.held_people(tx, people, cycle_id=found.id)
        self.most = judging.terms_of(tx, found).approvals.hr_maximum
        self.written = written(tx, found, people)
        self.of = persons.by_ids(tx, people)
        self.takers = {one.id for one in connections.writers(tx, Sink.RAISES.value)}
        self.once_takers = set(lump_sum_takers(tx))
        self._hr: dict[str, bool] = {}

    def entry(self, decision: Decision, one: PersonRecommendation, name: str) -> Entry:
        money = raise_lines.figures(self.found, decision, one)
        who, values = decision.person_id, raise_lines.values_of(self.found, money)
        by_hand = self._by_hand(decision, values)
        wanted = {kind: each for kind, each in values.items() if not (kind == PayKind.ONCE and by_hand)}
        known = self._known(who)
        problem, remedy = "", ""
        if decision.state != DecisionState.EXPORTED:
            by_hr = self._is_hr(decision.approved_by)
            problem, remedy = raise_lines.problem(decision, one, money, known, by_hr=by_hr)
            if wanted and not problem and self.takers and self._connection(who) not in self.takers:
                problem, remedy = _(NOBODY), _(TURN_ON)
            if who in self.held and not (problem and self.held[who] == (HeldRule.LEAVES_BEFORE,)):
                problem, remedy = why_held(self.held[who])
            problem, remedy = raise_lines.too_much(decision, self.most) or (problem, remedy)
        state = self._state(decision, wanted)
        refused = self._refused(who) if state == RaiseState.DEAD and not problem else ""
        person = self.of.get(who)
        line = Line(
            who,
            name,
            decision.percent or ZERO,
            money.after.amount,
            money.once.amount,
            money.after.currency,
            state,
            problem,
            remedy,
            by_hand,
            raise_lines.note(known, money) if decision.state == DecisionState.EXPORTED else refused,
            (person.employee_number or "") if person else "",
            person.source_id if person else "",
        )
        return Entry(decision, one, money, wanted, line)

    def _known(self, who: int) -> Known:
        pay, share = self.today.get(who), self.shares.get(who)
        now: dict[str, Decimal | None] = {ChangeKind.HOURS_CHANGED: share, ChangeKind.PAY_CHANGED: None}
        if pay is not None:
            now[ChangeKind.PAY_CHANGED] = (
                pay.annual * Decimal(self.found.rates.get(pay.currency, "1"))
            ).quantize(CENT)
        kept = (kind for kind, value in now.items() if value is not None and (who, kind, value) in self.kept)
        return Known(pay, self.then.get(who), share, frozenset(kept))

    def _by_hand(self, decision: Decision, values: Mapping[PayKind, JsonObject]) -> str:
        """Of what went out already, whatever no suite has taken."""
        if PayKind.ONCE not in values:
            return ""
        if decision.state == DecisionState.EXPORTED:
            done = (
                outcome(self.written, decision.person_id, {PayKind.ONCE: values[PayKind.ONCE]})
                == RaiseState.DONE
            )
            return "" if done else _(BY_HAND)
        return "" if self._connection(decision.person_id) in self.once_takers else _(BY_HAND)

    def _refused(self, who: int) -> str:
        """Why no suite took it, and what to do."""
        written = (one for by_person in self.written.values() for one in by_person.get(who, ()))
        said = next((one.message for one in written if one.state == OutboxState.DEAD and one.message), "")
        return _(
            "%(reason)s; correct the cause and send it again, or enter this raise in the HR suite by hand",
            reason=without_stop(said) or _("the HR suite rejected this raise"),
        )

    def _connection(self, who: int) -> int | None:
        found = self.of.get(who)
        return found.connection_id if found else None

    def _state(self, decision: Decision, wanted: Mapping[PayKind, JsonObject]) -> RaiseState:
        if not wanted:
            return RaiseState.NO_CHANGE
        if decision.state != DecisionState.APPROVED:
            return RaiseState.DONE if decision.state == DecisionState.EXPORTED else RaiseState.DEAD
        return (
            RaiseState.READY
            if outcome(self.written, decision.person_id, wanted) == RaiseState.READY
            else RaiseState.QUEUED
        )

    def _is_hr(self, name: str | None) -> bool:
        """Whether the account that approved is HR's."""
        if name is None:
            return False
        if name not in self._hr:
            found = accounts.by_email(self.tx, name)
            self._hr[name] = found is not None and Role.HR_ADMIN in found[0].roles
        return self._hr[name]


def why_held(rules: Collection[HeldRule]) -> tuple[str, str]:
    """Problem and remedy."""
    said = _("a value of this employee is held: %(rules)s", rules=plausibility_words.labels(rules))
    return said, _("check it under Held values, and release or correct it")


def lump_sum_takers(tx: Tx) -> list[int]:
    """Connections that write what is paid once beside raises."""
    declared = {one.slug: one for one in manifests()}
    return [
        one.id
        for one in connections.writers(tx, Sink.RAISES.value)
        if one.connector in declared and declared[one.connector].pays_once(one.settings)
    ]


def written(tx: Tx, found: Cycle, people: Collection[int]) -> Results:
    """By kind and person: the newest write to each HR suite."""
    return {kind: exports.write_results(tx, found.effective_on, kind, people) for kind in exports.KINDS}


def outcome(results: Results, person_id: int, wanted: Mapping[PayKind, JsonObject]) -> RaiseState:
    """``ready`` while something of ``wanted`` was not queued with these very figures, else dead, queued or done: the worst counts."""
    states: list[OutboxState] = []
    for kind, values in wanted.items():
        same = [one.state for one in results[kind].get(person_id, ()) if one.values == values]
        if not same:
            return RaiseState.READY
        states += same
    if not states:
        return RaiseState.READY
    if OutboxState.DEAD in states:
        return RaiseState.DEAD
    return RaiseState.DONE if all(state == OutboxState.DONE for state in states) else RaiseState.QUEUED
