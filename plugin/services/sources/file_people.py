"""Whom the rows of a file name, found as applying finds them: whatever connection knows the person, or the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin.domain import Identifier, IdentifierKind, PersonRecord, Record
from plugin.services.sources import attributing
from plugin.services.sources.attributing import Found, Search
from plugin.store.database import Tx
from plugin.store.people import identities
from plugin.store.people.identities import Name
from plugin.store.sources.record_names import AMBIGUOUS, OUTSIDE, SHARED, UNKNOWN

_NUMBERS = (IdentifierKind.SUITE_ID, IdentifierKind.EMPLOYEE_NUMBER)


@dataclass
class Named:
    """Of one kind of record, by key. ``people``: whose a row is; ``waiting``: why nobody gets it, one of ``WHY``. Of a new person of
    the file itself neither says anything."""

    people: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)


NUMBERS, ADDRESSES = "numbers", "addresses"
WHY = (NUMBERS, ADDRESSES, OUTSIDE, AMBIGUOUS, SHARED)


@dataclass(frozen=True)
class Coming:
    """The names that the file's own people will have once it is applied: ``ids`` of those who are not on record yet."""

    ids: frozenset[Name]
    others: frozenset[Name]


def coming(tx: Tx, connection_id: int, people: Mapping[str, PersonRecord]) -> tuple[Coming, int]:
    """With the number of new people whose number or address an employee of another connection has already."""
    own = {key: _key(identities.suite_identifier(connection_id, key)) for key in people}
    known = identities.claims(tx, own.values())
    new = {key for key, name in own.items() if name not in known}
    told = {key: set(identities.names_of(one, connection_id)) - {own[key]} for key, one in people.items()}
    elsewhere = identities.claims(tx, {name for key in new for name in told[key]})
    others = frozenset(name for names in told.values() for name in names)
    twice = sum(any(name in elsewhere for name in told[key]) for key in new)
    return Coming(frozenset(own[key] for key in new), others), twice


def of(
    tx: Tx, connection_id: int, made: Mapping[str, Record], items: Mapping[str, int], arriving: Coming
) -> Named:
    """``made``: the records of one kind by key; ``items``: the inbox rows of those that came in before."""
    rules = attributing.rules_of(tx, connection_id)
    places = {key: items.get(key, -number) for number, key in enumerate(made, 1)}
    searches = {}
    for key, record in made.items():
        names = attributing.searched(attributing.names_in(record, connection_id), connection_id, rules)
        if names:
            searches[places[key]] = Search(connection_id, attributing.day_of(record), names)
    found = attributing.resolve(tx, searches)
    named = Named()
    for key in made:
        search = searches.get(places[key])
        if search is not None:
            _sort(named, key, search, found[places[key]], arriving)
    return named


def _sort(named: Named, key: str, search: Search, found: Found, arriving: Coming) -> None:
    names = {_key(one.name) for one in search.names}
    if names & arriving.ids:
        return
    if found.person_id is not None:
        named.people[key] = found.person_id
    elif not (names & arriving.others and found.code in (UNKNOWN, OUTSIDE)):
        named.waiting[key] = _numbers_or_addresses(names) if found.code == UNKNOWN else found.code or UNKNOWN


def _numbers_or_addresses(names: set[Name]) -> str:
    """What a person sees in the cell."""
    has_address = any(kind not in _NUMBERS for kind, _value in names)
    return ADDRESSES if has_address else NUMBERS


def _key(one: Identifier) -> Name:
    return one.kind.value, one.value
