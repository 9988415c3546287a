"""Whose is a name that two people hold: what HR sees of both, what hangs on the answer, one press, and its undoing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from plugin.domain import (
    IdentityAnswer,
    JsonObject,
)
from plugin.domain.holders import Claim
from plugin.errors import AdvisorError, Conflict, InvalidInput, NotAllowed, NotFound
from plugin.services import reasons
from plugin.services.core import Actor, Core
from plugin.services.sources import attributing, waiting_records
from plugin.services.sources.applying import apply_everything
from plugin.services.sources.waiting_records import Waiting
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import identities, persons, rulings
from plugin.store.people.identities import Name
from plugin.store.people.persons import Person
from plugin.store.people.rulings import Ruling
from plugin.store.sources import questions, record_names
from plugin.store.sources.intake import Item
from plugin.store.sources.questions import Question
from plugin.store.sources.record_names import AMBIGUOUS, RECORD
from plugin.texts import _


@dataclass(frozen=True)
class Side:
    """One of the people: their names are compared, ``manager`` is the manager's name. ``from_on`` to ``until_on`` are the days on
    which their suite gives them the name (None: since ever, still); of a record itself, the days of their employment. ``named``: the
    names in the record that are this person's."""

    person: Person
    manager: str | None
    from_on: date | None
    until_on: date | None
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One question; there need be no record that waits. ``starts`` proposes the first day of each person but the first; ``misfits`` says of how many records the day
    does not fit that person; ``is_clear`` when the times follow each other by the suites' word and every record falls into one."""

    kind: str
    value: str
    sides: tuple[Side, ...]
    records: tuple[Waiting, ...]
    starts: Mapping[int, date | None]
    misfits: Mapping[int, int]
    is_clear: bool
    decided: frozenset[int]
    label: str

    @property
    def is_record(self) -> bool:
        """Whether one record is asked about, whose names are different people's, and not a name that several people hold."""
        return self.kind == RECORD


@dataclass(frozen=True)
class Answered:
    """A decision that stands, with the number of records by the name of who has them (None: nobody)."""

    ruling: Ruling
    records: Mapping[str | None, int]
    label: str

    @property
    def is_record(self) -> bool:
        return self.ruling.kind == RECORD


def page(core: Core, *, after: str = "", limit: int = 50) -> list[Question]:
    with core.database.reading() as tx:
        found = questions.page(tx, core.clock().date(), after=after, limit=limit)
        labels = record_names.labels(tx, [(one.kind, one.value) for one in found])
    return [replace(one, label=labels[one.kind, one.value]) for one in found]


def count(core: Core) -> int:
    with core.database.reading() as tx:
        return questions.count(tx, core.clock().date())


def answered(core: Core, *, before: int | None = None, limit: int = 50) -> list[Answered]:
    """The newest first; ``before`` is the id of the last one of the page before."""
    with core.database.reading() as tx:
        found = rulings.page(tx, before=before, limit=limit)
        moved = rulings.records_of(tx, [one.id for one in found])
        people = {who for counts in moved.values() for who in counts if who is not None}
        names = persons.display_names(tx, people)
        labels = record_names.labels(tx, [(one.kind, one.value) for one in found])
    return [
        Answered(
            one,
            {names.get(who or 0): n for who, n in moved.get(one.id, {}).items()},
            labels[one.kind, one.value],
        )
        for one in found
    ]


def load(core: Core, kind: str, value: str) -> Case:
    """NotFound when nothing waits for this name."""
    name = (kind, value)
    with core.database.reading() as tx:
        items = questions.records(tx, name)
        if not items and not questions.is_shared(tx, core.clock().date(), name):
            raise NotFound(_("no record is waiting for a decision on this identifier"))
        sides = _sides(tx, name, items)
        starts = {} if kind == RECORD else _starts(sides)
        label = record_names.labels(tx, [name])[name]
        decided = questions.decided_people(
            tx, [one.person.id for one in sides], datetime.min.replace(tzinfo=core.clock().tzinfo)
        )
    proposed = _spans(starts)
    read = waiting_records.mapped(core, items)
    waiting = tuple(waiting_records.waiting(item, read.get(item.id), proposed) for item in items)
    misfits = {one.person.id: sum(not _fits(one.person, item.day) for item in items) for one in sides}
    ended = all(one.until_on is not None for one in sides[:-1])  # else the proposed days are nobody's word
    clear = (
        ended
        and kind != RECORD
        and all(
            any(one.holder_id == side.person.id and _fits(side.person, one.day) for side in sides)
            for one in waiting
        )
    )
    return Case(kind, value, sides, waiting, starts, misfits, clear, frozenset(decided), label)


def _sides(tx: Tx, name: Name, items: Sequence[Item]) -> tuple[Side, ...]:
    """Everybody who holds the name, who held it first in front; of a record itself, whom its names mean."""
    claims = identities.claims(tx, [name]).get(name, [])
    people = {one.person_id for one in claims}
    named: dict[int, list[str]] = defaultdict(list)
    for found in _resolved(tx, items).values() if name[0] == RECORD else ():
        people |= found.candidates
        for (_kind, value), held in found.named.items():
            for who in held:
                named[who].append(value)
    rows = _told_apart(persons.by_ids(tx, people))
    managers = persons.display_names(tx, {one.manager_id for one in rows.values() if one.manager_id})
    sides = []
    for one in rows.values():
        mine = [claim for claim in claims if claim.person_id == one.id]
        first = min((claim.from_on or date.min for claim in mine), default=one.hired_on or date.min)
        last = max((claim.until_on or date.max for claim in mine), default=one.left_on or date.max)
        begins, ends = (None if first == date.min else first), (None if last == date.max else last)
        sides.append(Side(one, managers.get(one.manager_id or 0), begins, ends, tuple(named[one.id])))
    return tuple(
        sorted(sides, key=lambda one: (one.until_on or date.max, one.from_on or date.min, one.person.id))
    )


def _told_apart(people: Mapping[int, Person]) -> dict[int, Person]:
    """Two of one name, who are the usual case, with what differs behind it: their number, their suite's id, or where neither does, ours."""
    twins = Counter(one.display_name for one in people.values())
    marks = [
        {who: one.employee_number or "" for who, one in people.items()},
        {who: one.source_id for who, one in people.items()},
        {who: str(who) for who in people},
    ]
    differs = next(mark for mark in marks if len(set(mark.values())) == len(people))
    return {
        who: replace(one, display_name=f"{one.display_name} ({differs[who]})")
        if twins[one.display_name] > 1 and differs[who]
        else one
        for who, one in people.items()
    }


def _resolved(tx: Tx, items: Sequence[Item]) -> dict[int, attributing.Found]:
    known = record_names.of_items(tx, [item.id for item in items])
    return attributing.resolve(
        tx, {one.id: attributing.Search(one.connection_id, one.day, tuple(known[one.id])) for one in items}
    )


def _starts(sides: Sequence[Side]) -> dict[int, date | None]:
    """The proposal: each holds the name from the day after the one before gave it up, or from being hired. None: nothing says it."""
    starts: dict[int, date | None] = {}
    before: Side | None = None
    for side in sides:
        if before is None:
            starts[side.person.id] = None
        elif before.until_on is not None:
            starts[side.person.id] = max(before.until_on + timedelta(days=1), side.from_on or date.min)
        else:
            starts[side.person.id] = side.from_on
        before = side
    return starts


def _spans(starts: Mapping[int, date | None]) -> list[Claim]:
    """Of the first person until the second's day, and so on; without a day for all but one, none."""
    first = [who for who, day in starts.items() if day is None]
    if not starts or len(first) > 1:
        return []
    ordered = sorted(starts.items(), key=lambda one: one[1] or date.min)
    ends = [day - timedelta(days=1) for _who, day in ordered[1:] if day is not None]
    return [Claim(who, day, end) for (who, day), end in zip(ordered, [*ends, None], strict=True)]


def _fits(person: Person, day: date | None) -> bool:
    if day is None:
        return False
    return (person.hired_on or date.min) <= day <= (person.left_on or date.max)


# --- the answer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """``person_id`` for ONE_PERSON; ``starts`` for HANDED_ON: the first day of each person but the first one."""

    answer: IdentityAnswer
    person_id: int | None = None
    starts: Mapping[int, date | None] | None = None
    note: str = ""


def answer(core: Core, actor: Actor, kind: str, value: str, wish: Wish) -> tuple[int, dict[str, int]]:
    """Decides, moves the records and remembers; the decision's id and counts of rows applied, waiting, unusable.

    Conflict when somebody answered meanwhile, InvalidInput for days or people that do not fit the question.
    """
    name, now = (kind, value), core.clock()
    note = reasons.read(wish.note, "note", _("Note"), None)
    with core.database.transaction() as tx:
        items = questions.records(tx, name)
        if not items and not questions.is_shared(tx, now.date(), name):
            raise _answered_meanwhile(tx, name)
        sides = _sides(tx, name, items)
        spans = _wished(sides, wish, is_record=kind == RECORD)
        added = rulings.add(tx, now, name, wish.answer, spans, by=actor.name, note=note)
        found = _resolved(tx, items)  # one whose other names contradict the answer waits on
        rulings.add_records(
            tx, added, {item: one.person_id for item, one in found.items() if one.code != AMBIGUOUS}
        )
        attributing.reconsider(tx, now, [name])
        detail: JsonObject = {"answer": wish.answer.value, "kind": kind, "records": len(items)}
        audits.append(tx, now, actor.name, "identity.decide", f"identity_ruling:{added}", detail)
    return added, apply_everything(core)


def _answered_meanwhile(tx: Tx, name: Name) -> AdvisorError:
    last = rulings.last_of(tx, name)
    if last is None:
        return NotFound(_("no record is waiting for a decision on this identifier"))
    return Conflict(
        _("%(who)s has already decided this", who=last.decided_by),
        remedy=_("look at the decision, and undo it first"),
    )


def _wished(sides: Sequence[Side], wish: Wish, *, is_record: bool) -> list[Claim]:
    people = {one.person.id for one in sides}
    match wish.answer:
        case IdentityAnswer.SHARED:
            return []
        case IdentityAnswer.ONE_PERSON:
            if wish.person_id not in people:
                raise InvalidInput(
                    _("choose one of the people"), fields={"person_id": _("is not one of them")}
                )
            return [Claim(wish.person_id, None, None)]
        case IdentityAnswer.HANDED_ON:
            if is_record:
                raise InvalidInput(
                    _("one record belongs to one person or to no one"),
                    fields={"answer": _("choose one of the people")},
                )
            starts = dict(wish.starts) if wish.starts is not None else _starts(sides)
            spans = _spans(starts) if set(starts) == people else []
            if not spans or len(set(starts.values())) != len(starts):
                raise InvalidInput(
                    _("the days on which the identifier was handed on are incomplete"),
                    fields={"starts": _("enter a different first day for each later holder")},
                )
            return spans


def undo(core: Core, actor: Actor, ruling_id: int) -> dict[str, int]:
    """Puts every record back and asks again. NotAllowed once a raise was decided on it, Conflict when it is undone already."""
    now = core.clock()
    with core.database.transaction() as tx:
        found = rulings.get(tx, ruling_id)
        people = {who for who in rulings.records_of(tx, [ruling_id]).get(ruling_id, {}) if who is not None}
        if questions.decided_people(tx, people, found.decided_at):
            raise NotAllowed(
                _("a raise has been decided since with these records"),
                code="decided",
                remedy=_("ask for a change of that raise in the cycle"),
            )
        if not rulings.undo(tx, now, ruling_id, actor.name):
            raise Conflict(_("this decision has already been undone"))
        attributing.reconsider(tx, now, [(found.kind, found.value)])
        audits.append(tx, now, actor.name, "identity.undo", f"identity_ruling:{ruling_id}", {})
    return apply_everything(core)
