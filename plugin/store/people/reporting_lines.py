"""Who reports to whom, as the suites say it: linked to people anew for those whom a change concerns, without circles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin.domain import IdentifierKind, identifier
from plugin.store.batches import parts
from plugin.store.database import Tx
from plugin.store.people import identities, persons
from plugin.store.people.identities import Name
from plugin.store.tables import connection, person

_SAID = sa.and_(
    person.c.erased_at.is_(None), person.c.connection_id.is_not(None)
)  # others keep what they have
MOST_NAMES = 2_000  # beyond it everybody is looked at


@dataclass(frozen=True)
class Concerned:
    """Whose links may have changed: people of whom something was said, and whoever is led by a name that changed hands."""

    people: Collection[int]
    names: Collection[Name]


def relink(tx: Tx, on: date, concerned: Concerned | None = None) -> int:
    """Sets the manager links anew that what the suites say has changed (None: of everybody); how many changed. A manager is found by
    the suite's own id, else by an address, a number or an id of another connection that one person holds on the day. Whom nobody
    knows leads no one. Who is said to lead themself has no manager, nor has anybody in a circle: which of its links is wrong
    nothing says."""
    rows = _rows(tx, concerned)
    elsewhere = _managers_elsewhere(tx, {r.manager_source_id for r in rows if r.found is None}, on)
    now = {row.id: row.manager_id for row in rows}
    wished: dict[int, int | None] = {}
    for row in rows:
        found = row.found or elsewhere.get(row.manager_source_id)
        wished[row.id] = None if found in (row.id, row.merged_into_id) else found
    for who in circles(_with_those_above(tx, wished)):
        wished[who] = None
        if who not in now:  # a link that closed the circle by another's change
            now[who] = 0
    changed = [{"row": who, "boss": boss} for who, boss in wished.items() if boss != now[who]]
    if changed:
        statement = person.update().where(person.c.id == sa.bindparam("row"))
        tx.execute(statement.values(manager_id=sa.bindparam("boss")), changed)
    return len(changed)


def _rows(tx: Tx, concerned: Concerned | None) -> list[sa.Row[int, str, int, int, int]]:
    boss = person.alias("boss")
    named = sa.and_(
        boss.c.connection_id == person.c.connection_id, boss.c.source_id == person.c.manager_source_id
    )
    own = sa.select(sa.func.coalesce(boss.c.merged_into_id, boss.c.id)).where(named).scalar_subquery()
    columns = (person.c.id, person.c.manager_source_id, person.c.manager_id, person.c.merged_into_id)
    query = sa.select(*columns, own.label("found")).where(_SAID)
    if concerned is None or len(concerned.names) > MOST_NAMES:
        return list(tx.execute(query))
    unlinked = sa.and_(person.c.manager_id.is_(None), person.c.manager_source_id.is_not(None))
    said = sa.func.lower(person.c.manager_source_id).in_(sorted(_texts(concerned.names)))
    found = {row.id: row for row in tx.execute(query.where(sa.or_(unlinked, said)))}
    for part in parts(concerned.people):
        found |= {row.id: row for row in tx.execute(query.where(person.c.id.in_(part)))}
    return list(found.values())


def _texts(names: Iterable[Name]) -> set[str]:
    """What a suite may write for these names, in lower case."""
    own = IdentifierKind.SUITE_ID.value
    return {(value.partition("/")[2] if kind == own else value).lower() for kind, value in names}


def _with_those_above(tx: Tx, wished: Mapping[int, int | None]) -> dict[int, int | None]:
    """The links, with those of everybody above as they are stored."""
    links = dict(wished)
    missing = {boss for boss in links.values() if boss is not None and boss not in links}
    while missing:
        found: dict[int, int | None] = dict.fromkeys(missing)
        for part in parts(missing):
            query = sa.select(person.c.id, person.c.manager_id).where(person.c.id.in_(part))
            found |= {row.id: row.manager_id for row in tx.execute(query)}
        links |= found
        missing = {boss for boss in found.values() if boss is not None and boss not in links}
    return links


def circles(links: Mapping[int, int | None]) -> set[int]:
    """Everybody who is above themself. Each link is followed once."""
    inside: set[int] = set()
    done: set[int] = set()
    for start in links:
        way: dict[int, None] = {}
        who: int | None = start
        while who is not None and who not in done and who not in way:
            way[who] = None
            who = links.get(who)
        if who is not None and who in way:
            steps = list(way)
            inside.update(steps[steps.index(who) :])
        done.update(way)
    return inside


def _managers_elsewhere(tx: Tx, said: Collection[str | None], on: date) -> dict[str, int]:
    """By what a suite calls a manager whom it does not know itself."""
    texts = {text for text in said if text}
    ids = [row.id for row in tx.execute(sa.select(connection.c.id))] if texts else []
    meant = {}
    for text in texts:
        kind = IdentifierKind.EMAIL if "@" in text else IdentifierKind.EMPLOYEE_NUMBER
        meant[text] = [identifier(kind, text), *(identities.suite_identifier(one, text) for one in ids)]
    known = persons.match(tx, [name for names in meant.values() for name in names], on)
    found = {text: {known[name] for name in names if name in known} for text, names in meant.items()}
    return {text: next(iter(who)) for text, who in found.items() if len(who) == 1}


# --- what HR is told ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unlinked:
    """An employee whose suite names a manager who is not used. ``circle``: the names of those who lead one another, in order
    and with the first again; empty when nobody or not one person alone is called so, or the employee leads themself (``is_own``)."""

    person_id: int
    connection_id: int
    name: str
    said: str
    is_own: bool
    circle: tuple[str, ...]


def unlinked(tx: Tx, on: date, *, limit: int) -> list[Unlinked]:
    """Of people who are there, circles and own managers first."""
    boss = person.alias("boss")
    named = sa.and_(
        boss.c.connection_id == person.c.connection_id, boss.c.source_id == person.c.manager_source_id
    )
    own = sa.select(sa.func.coalesce(boss.c.merged_into_id, boss.c.id)).where(named).scalar_subquery()
    here = sa.and_(_SAID, person.c.left_on.is_(None), person.c.merged_into_id.is_(None))
    said = sa.and_(person.c.manager_id.is_(None), person.c.manager_source_id.is_not(None))
    columns = (person.c.id, person.c.connection_id, person.c.display_name, person.c.manager_source_id)
    query = sa.select(*columns, own.label("found")).where(here, said).order_by(person.c.id)
    rows = {row.id: row for row in tx.execute(query)}
    elsewhere = _managers_elsewhere(tx, {row.manager_source_id for row in rows.values() if not row.found}, on)
    links = {who: row.found or elsewhere.get(row.manager_source_id) for who, row in rows.items()}
    inside = circles(links)
    found = []
    for who, row in rows.items():
        way = [who]
        while who in inside and (after := links[way[-1]]) is not None and after != who:
            way.append(after)
        circle = (
            tuple(rows[one].display_name for one in (*way, who)) if who in inside and len(way) > 1 else ()
        )
        said_by = (row.connection_id, row.display_name, row.manager_source_id)
        found.append(Unlinked(who, *said_by, links[who] == who, circle))
    return sorted(found, key=lambda one: (not (one.circle or one.is_own), one.person_id))[:limit]
