"""Whose a record is: the holder of its names on its day, or nobody. Never a guess, and never who came first.

The answer depends on what is known alone. When that changes, every record that was searched under a changed name is looked at
again, so that it makes no difference whether people or records came first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from plugin.domain import (
    BadgeRecord,
    Identifier,
    IdentifierKind,
    InboxState,
    LearningRecord,
    LeaveRecord,
    NameRule,
    PayRangeRecord,
    PayRecord,
    PersonRecord,
    RaiseRecord,
    RatingRecord,
    Record,
    Stream,
    identifier,
)
from plugin.domain.holders import Claim, holders
from plugin.errors import InvalidInput
from plugin.services.sources import withdrawing
from plugin.store.database import Tx
from plugin.store.people import identities, rulings
from plugin.store.people.identities import Name
from plugin.store.sources import home_pages, record_names
from plugin.store.sources.home_pages import HomePageRule
from plugin.store.sources.intake import Item
from plugin.store.sources.record_names import AMBIGUOUS, OUTSIDE, RECORD, SHARED, UNKNOWN, Searched

_ASKED_FIRST = (IdentifierKind.EMAIL, IdentifierKind.EMPLOYEE_NUMBER, IdentifierKind.ACCOUNT)


@dataclass(frozen=True)
class Search:
    """Whom to look for: by which names, on which day, and the connection that the record came from."""

    connection_id: int
    day: date | None
    names: tuple[Searched, ...]


@dataclass(frozen=True)
class Found:
    """The record's person; else ``code`` says why there is none, and ``asked`` under which name HR is asked. ``named``: whom each
    name means, where the names of one record are different people's."""

    person_id: int | None
    code: str | None = None
    asked: Name | None = None
    candidates: frozenset[int] = frozenset()
    named: Mapping[Name, frozenset[int]] = field(default_factory=dict)


# --- by which names a record is searched ----------------------------------------------------------------------------


def names_in(record: Record, connection_id: int) -> tuple[Identifier, ...]:
    """The names by which the record's person is searched; none for a record about no one."""
    match record:
        case LearningRecord():
            return record.learner
        case BadgeRecord():
            return record.recipient
        case PersonRecord() | PayRangeRecord():
            return ()
        case _:
            return _source_names(record.person_source_id, connection_id)


def _source_names(source_id: str, connection_id: int) -> tuple[Identifier, ...]:
    """A file may name a person by the suite's id, the employee number or the e-mail address."""
    own = identities.suite_identifier(connection_id, source_id)
    if "@" in source_id:
        return own, identifier(IdentifierKind.EMAIL, source_id)
    return own, identifier(IdentifierKind.EMPLOYEE_NUMBER, source_id)


def day_of(record: Record) -> date | None:
    """The day on which the record's names must be held."""
    match record:
        case LearningRecord():
            return record.occurred_at.date()
        case BadgeRecord():
            return record.issued_on
        case PayRecord() | RaiseRecord():
            return record.effective_on
        case RatingRecord():
            return record.period_ended_on
        case LeaveRecord():
            return record.started_on
        case PersonRecord() | PayRangeRecord():
            return None
        case _:
            return record.evaluated_on


def searched(
    names: Sequence[Identifier], connection_id: int, rules: Mapping[tuple[int, str], HomePageRule]
) -> tuple[Searched, ...]:
    """With the names that rules of home pages make of accounts."""
    found = [Searched(name) for name in names]
    for name in names:
        home, _bar, account = name.value.partition("|")
        rule = rules.get((connection_id, home)) if name.kind is IdentifierKind.ACCOUNT else None
        if rule is not None and (made := made_by(rule.name_is, rule.people_connection_id, account)):
            found.append(Searched(made, rule.id))
    return tuple(found)


def made_by(name_is: NameRule, suite: int | None, account: str) -> Identifier | None:
    """The name that an account's name is; None where a list says it, or it is none of that kind."""
    try:
        match name_is:
            case NameRule.EMPLOYEE_NUMBER:
                return identifier(IdentifierKind.EMPLOYEE_NUMBER, account)
            case NameRule.EMAIL:
                return identifier(IdentifierKind.EMAIL, account) if "@" in account else None
            case NameRule.SUITE_ID:
                return identities.suite_identifier(suite or 0, account)
            case NameRule.OWN_LIST:
                return None
    except InvalidInput:
        return None


# --- whose it is ----------------------------------------------------------------------------------------------------


def resolve(tx: Tx, searches: Mapping[int, Search]) -> dict[int, Found]:
    """By the same keys: the records' ids in the inbox."""
    plain: dict[int, list[Name]] = {
        key: [_key(one) for one in search.names] for key, search in searches.items()
    }
    known = identities.claims(tx, {name for names in plain.values() for name in names})
    addresses = {name: address for name, mine in known.items() if (address := _address(name, mine))}
    plain = {key: [addresses.get(name, name) for name in names] for key, names in plain.items()}
    known |= identities.claims(tx, set(addresses.values()) - set(known))
    ruled = rulings.in_force(tx, {name for names in plain.values() for name in names})
    found = {key: _Case(key, search, plain[key], known, ruled).found() for key, search in searches.items()}
    own = rulings.in_force(tx, {one.asked for one in found.values() if one.asked and one.asked[0] == RECORD})
    return {key: _decided_alone(one, own) for key, one in found.items()}


def _decided_alone(found: Found, own: Mapping[Name, Sequence[Claim]]) -> Found:
    """What HR said of this record alone; it no longer counts once the record's names mean others."""
    if found.asked is None or found.asked not in own:
        return found
    who = next(iter(holders(own[found.asked], None)), None)
    if who is None:
        return Found(None, SHARED, candidates=found.candidates)
    return Found(who) if who in found.candidates else found


def _key(one: Searched) -> Name:
    return one.name.kind.value, one.name.value


def _address(name: Name, claims: Sequence[Claim]) -> Name | None:
    """Of a hash, the address that it is of, so that both are one name."""
    spelled = next((one.spelling for one in claims if "@" in one.spelling), None)
    if name[0] != IdentifierKind.EMAIL_SHA1 or spelled is None:
        return None
    return IdentifierKind.EMAIL.value, spelled.lower()


@dataclass(frozen=True)
class _Case:
    """One record's names against what is known and what HR decided."""

    item_id: int
    search: Search
    names: Sequence[Name]
    known: Mapping[Name, Sequence[Claim]]
    ruled: Mapping[Name, Sequence[Claim]]

    def found(self) -> Found:
        own = self._own_id()
        if own is not None:
            return Found(own)
        decided = [name for name in self.names if name in self.ruled]
        held = {name: self._holders(name) for name in self.names if name not in self.ruled}
        if decided:
            return self._decided(decided, held)
        owners = frozenset(who for mine in held.values() for who in mine)
        if len(owners) == 1:
            return Found(next(iter(owners)))
        if owners:
            first = _first(held)
            return (
                Found(None, AMBIGUOUS, first, owners) if len(held[first]) > 1 else self._contradiction(held)
            )
        return Found(None, OUTSIDE if any(self.known.get(name) for name in self.names) else UNKNOWN)

    def _own_id(self) -> int | None:
        """The suite's own id of the same connection stands above every other name, whatever the day."""
        mine = f"{self.search.connection_id}/"
        for kind, value in self.names:
            if kind == IdentifierKind.SUITE_ID and value.startswith(mine) and self.known.get((kind, value)):
                return self.known[kind, value][0].person_id
        return None

    def _decided(self, names: Sequence[Name], held: Mapping[Name, frozenset[int]]) -> Found:
        """A name that HR gave to one person yields to no other name, nor that one to it: where they differ, HR is asked again."""
        by_word = {name: holders(self.ruled[name], self.search.day) for name in names}
        owners = frozenset(who for mine in by_word.values() for who in mine)
        if not owners:
            return Found(None, OUTSIDE if any(self.ruled[name] for name in names) else SHARED)
        if len(owners) == 1 and all(not mine or owners <= mine for mine in held.values()):
            return Found(next(iter(owners)))
        return self._contradiction(by_word | dict(held))

    def _contradiction(self, named: Mapping[Name, frozenset[int]]) -> Found:
        """Names that are different people's: only this record is open, and none of the names."""
        told = {name: who for name, who in named.items() if who}
        everybody = frozenset(who for mine in told.values() for who in mine)
        return Found(None, AMBIGUOUS, record_names.record_itself(self.item_id), everybody, told)

    def _holders(self, name: Name) -> frozenset[int]:
        """What the record's own connection says of a name, and what a person says, counts before what other connections say."""
        claims = self.known.get(name, ())
        source = identities.source_of(self.search.connection_id)
        mine = [one for one in claims if one.source == source or not identities.is_connection(one.source)]
        mine = mine if any(one.source == source for one in claims) else list(claims)
        return holders(mine, None if name[0] == IdentifierKind.SUITE_ID else self.search.day)


def _first(held: Mapping[Name, Collection[int]]) -> Name:
    """A name with several holders, if there is one; of those alike, the first in an order that does not depend on their own."""
    order = {kind.value: place for place, kind in enumerate(_ASKED_FIRST)}
    claimed = [name for name, who in held.items() if who]
    return min(claimed, key=lambda name: (len(held[name]) < 2, order.get(name[0], len(order)), name))


# --- when what is known changes -------------------------------------------------------------------------------------


def reconsider(tx: Tx, at: datetime, names: Iterable[Name]) -> int:
    """Looks again at every record that was searched under one of the names, and takes it from whom it no longer belongs to.
    Those that have another person, or none any more, become pending; their number."""
    items = record_names.items_named(tx, identities.with_known_hashes(tx, names))
    known = record_names.of_items(tx, [item.id for item in items])
    searches = {one.id: Search(one.connection_id, one.day, tuple(known[one.id])) for one in items}
    answers = resolve(tx, searches)
    moved = [item for item in items if _differs(item, answers[item.id])]
    for stream in Stream:
        mine = [one for one in moved if one.stream == stream.value and one.state == InboxState.APPLIED]
        if mine:
            withdrawing.withdraw(tx, at, stream, mine, is_moved=True)
    asked = {
        one.id: answers[one.id].asked for one in items if one.state == InboxState.WAITING and one not in moved
    }
    record_names.ask(tx, {item: name for item, name in asked.items() if name is not None})
    return record_names.release(tx, [one.id for one in moved])


def _differs(item: Item, found: Found) -> bool:
    if item.state == InboxState.APPLIED:
        return found.person_id != item.person_id
    return found.person_id is not None or found.code != item.code


def rules_of(tx: Tx, connection_id: int) -> dict[tuple[int, str], HomePageRule]:
    return home_pages.of_connections(tx, [connection_id])
