"""What badges mean in this company, the skills that they show, and how scarce those are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import AwardState, BadgeKind, EntryState, JsonObject
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert_new, upsert
from plugin.store.tables import badge_award, catalogue_entry, catalogue_skill, scarcity, skill, skill_synonym
from plugin.texts import _

Undecided = Literal["none"]
UNDECIDED: Undecided = "none"  # the kind of entries that have none yet


@dataclass(frozen=True)
class Entry:
    """A catalogue entry. ``facts`` and the names are the issuer's words: untrusted."""

    id: int
    badge_class_id: str
    name: str
    issuer_id: str
    issuer_name: str
    facts: JsonObject
    kind: BadgeKind | None
    programme: str | None
    level: str | None
    strategic: bool
    strategic_owner: str | None
    strategic_from: date | None
    strategic_until: date | None
    state: EntryState
    proposed_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int


def get(tx: Tx, entry_id: int) -> Entry:
    row = tx.execute(sa.select(catalogue_entry).where(catalogue_entry.c.id == entry_id)).mappings().first()
    if row is None:
        raise NotFound(_("the catalog entry doesn't exist"))
    return Entry(**row)


def by_class(tx: Tx, badge_class_id: str) -> Entry | None:
    row = (
        tx.execute(sa.select(catalogue_entry).where(catalogue_entry.c.badge_class_id == badge_class_id))
        .mappings()
        .first()
    )
    return Entry(**row) if row else None


def page(
    tx: Tx,
    *,
    state: EntryState | None = None,
    kind: BadgeKind | Undecided | None = None,
    search: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Entry]:
    """In the order of ids; ``kind`` "none" means undecided; ``search`` is looked for in the names of badge and issuer."""
    query = (
        sa.select(catalogue_entry)
        .where(catalogue_entry.c.id > after)
        .order_by(catalogue_entry.c.id)
        .limit(limit)
    )
    if state is not None:
        query = query.where(catalogue_entry.c.state == state)
    if kind is not None:
        query = query.where(
            catalogue_entry.c.kind.is_(None) if kind == UNDECIDED else catalogue_entry.c.kind == kind
        )
    if search.strip():
        text = search.strip().lower()
        names = (catalogue_entry.c.name, catalogue_entry.c.issuer_name)
        query = query.where(sa.or_(*(sa.func.lower(one).contains(text, autoescape=True) for one in names)))
    return [Entry(**row) for row in tx.execute(query).mappings()]


class EntryChange(TypedDict, total=False):
    """Columns that a proposal or a decision sets."""

    kind: BadgeKind | None
    programme: str | None
    level: str | None
    strategic: bool
    strategic_owner: str | None
    strategic_from: date | None
    strategic_until: date | None
    state: EntryState
    proposed_by: str
    decided_by: str
    decided_at: datetime


def change(tx: Tx, entry_id: int, version: int, **values: Unpack[EntryChange]) -> None:
    """Conflict when somebody changed the entry since ``version`` was read."""
    mine = sa.and_(catalogue_entry.c.id == entry_id, catalogue_entry.c.version == version)
    if tx.execute(catalogue_entry.update().where(mine).values(**values, version=version + 1)).rowcount != 1:
        get(tx, entry_id)
        raise Conflict(
            _("another person has changed the entry"), remedy=_("reload the page and make your change again")
        )


def unproposed(tx: Tx, limit: int) -> list[Entry]:
    """Entries that no rule has looked at yet."""
    query = sa.select(catalogue_entry).where(
        catalogue_entry.c.state == EntryState.PROPOSED, catalogue_entry.c.proposed_by.is_(None)
    )
    return [Entry(**row) for row in tx.execute(query.order_by(catalogue_entry.c.id).limit(limit)).mappings()]


def holders(tx: Tx, entry_ids: Sequence[int]) -> dict[int, int]:
    """Number of active awards by entry."""
    which = sa.and_(badge_award.c.catalogue_entry_id.in_(entry_ids), badge_award.c.state == AwardState.ACTIVE)
    query = sa.select(badge_award.c.catalogue_entry_id, sa.func.count().label("n")).where(which)
    return {
        row.catalogue_entry_id: row.n for row in tx.execute(query.group_by(badge_award.c.catalogue_entry_id))
    }


# --- skills ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Skill:
    id: int
    name: str
    url: str | None
    framework: str
    attribution: str | None


_SKILL = [skill.c[name] for name in Skill.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class NewSkill:
    url: str
    name: str
    framework: str
    attribution: str | None


def put_skills(tx: Tx, rows: Sequence[NewSkill]) -> None:
    """Adds or renews skills by their URL."""
    upsert(tx, skill, [asdict(row) for row in rows], ["url"])


def put_synonyms(tx: Tx, pairs: Iterable[tuple[str, str]]) -> int:
    """(skill URL, other name); names are kept in lower case, each for the first skill that has it. The number of new ones."""
    wanted: dict[str, str] = {}
    for url, text in pairs:
        if text.strip():
            wanted.setdefault(text.strip().lower()[:300], url)
    found = sa.select(skill.c.id, skill.c.url).where(skill.c.url.in_(set(wanted.values())))
    ids = {row.url: row.id for row in tx.execute(found)}
    known = set(
        tx.execute(sa.select(skill_synonym.c.text).where(skill_synonym.c.text.in_(set(wanted)))).scalars()
    )
    rows = [
        {"skill_id": ids[url], "text": text}
        for text, url in wanted.items()
        if url in ids and text not in known
    ]
    return insert_new(tx, skill_synonym, rows, ["text"])


def skills(tx: Tx, *, search: str = "", framework: str = "", after: int = 0, limit: int = 50) -> list[Skill]:
    """``search`` is looked for in names and other names."""
    query = sa.select(*_SKILL).where(skill.c.id > after).order_by(skill.c.id).limit(limit)
    text = search.strip().lower()
    if text:
        called = sa.select(skill_synonym.c.skill_id).where(
            skill_synonym.c.text.contains(text, autoescape=True)
        )
        named = sa.func.lower(skill.c.name).contains(text, autoescape=True)
        query = query.where(sa.or_(named, skill.c.id.in_(called)))
    if framework:
        query = query.where(skill.c.framework == framework)
    return [Skill(**row) for row in tx.execute(query).mappings()]


def get_skill(tx: Tx, skill_id: int) -> Skill:
    row = tx.execute(sa.select(*_SKILL).where(skill.c.id == skill_id)).mappings().first()
    if row is None:
        raise NotFound(_("the skill doesn't exist"))
    return Skill(**row)


def synonyms(tx: Tx, skill_ids: Sequence[int]) -> dict[int, list[str]]:
    """Other names by skill, in alphabetical order."""
    query = sa.select(skill_synonym.c.skill_id, skill_synonym.c.text).order_by(skill_synonym.c.text)
    found: dict[int, list[str]] = {}
    for row in tx.execute(query.where(skill_synonym.c.skill_id.in_(skill_ids))):
        found.setdefault(row.skill_id, []).append(row.text)
    return found


def entries_of(tx: Tx, skill_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """Catalogue entries that show a skill, by skill, in the order of names."""
    query = sa.select(catalogue_skill.c.skill_id.label("skill"), catalogue_entry).join(
        catalogue_entry, catalogue_entry.c.id == catalogue_skill.c.catalogue_entry_id
    )
    found: dict[int, list[Entry]] = {}
    wanted = query.where(catalogue_skill.c.skill_id.in_(skill_ids)).order_by(catalogue_entry.c.name)
    for row in tx.execute(wanted).mappings():
        values = dict(row)
        found.setdefault(values.pop("skill"), []).append(Entry(**values))
    return found


def frameworks(tx: Tx) -> list[tuple[str, str | None, int]]:
    """(framework, one of its attributions, number of skills), in alphabetical order."""
    columns = (skill.c.framework, sa.func.max(skill.c.attribution), sa.func.count())
    query = sa.select(*columns).group_by(skill.c.framework).order_by(skill.c.framework)
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def state_counts(tx: Tx) -> dict[EntryState, int]:
    """Number of entries by state."""
    query = sa.select(catalogue_entry.c.state, sa.func.count().label("n")).group_by(catalogue_entry.c.state)
    return {row.state: row.n for row in tx.execute(query)}


def find_skill(tx: Tx, *, url: str | None, name: str) -> int | None:
    """By URL first (http or https, with or without a slash at the end), else by name or synonym; None when no list holds it."""
    if url:
        known = sa.select(skill.c.id).where(skill.c.url.in_(_spellings(url))).order_by(skill.c.id).limit(1)
        found = tx.execute(known).scalar_one_or_none()
        if found is not None:
            return int(found)
    text = name.strip().lower()
    named = sa.select(skill.c.id).where(sa.func.lower(skill.c.name) == text).order_by(skill.c.id).limit(1)
    called = sa.select(skill_synonym.c.skill_id).where(skill_synonym.c.text == text)
    found = tx.execute(named).scalar_one_or_none() or tx.execute(called).scalar_one_or_none()
    return None if found is None else int(found)


def _spellings(url: str) -> set[str]:
    """How the same address is written in badges: ESCO's identifiers begin with http, links to them often with https."""
    bare = url.strip().removesuffix("/")
    scheme, mark, rest = bare.partition("://")
    if scheme.lower() not in ("http", "https") or not mark:
        return {url, bare}
    return {f"{one}://{rest}{end}" for one in ("http", "https") for end in ("", "/")}


def link_skills(tx: Tx, entry_id: int, skill_ids: Iterable[int]) -> None:
    """Exactly these skills for the entry."""
    tx.execute(catalogue_skill.delete().where(catalogue_skill.c.catalogue_entry_id == entry_id))
    rows = [{"catalogue_entry_id": entry_id, "skill_id": one} for one in sorted(set(skill_ids))]
    if rows:
        tx.execute(catalogue_skill.insert(), rows)


def skills_of(tx: Tx, entry_ids: Sequence[int]) -> dict[int, list[Skill]]:
    query = sa.select(catalogue_skill.c.catalogue_entry_id.label("entry"), *_SKILL).join(
        skill, skill.c.id == catalogue_skill.c.skill_id
    )
    found: dict[int, list[Skill]] = {}
    for row in tx.execute(
        query.where(catalogue_skill.c.catalogue_entry_id.in_(entry_ids)).order_by(skill.c.name)
    ).mappings():
        values = dict(row)
        found.setdefault(values.pop("entry"), []).append(Skill(**values))
    return found


# --- scarcity -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scarcity:
    """Figures of one skill on one day. Days, percent of offers, new hires' pay over the range midpoint, open jobs."""

    skill_id: int
    skill_name: str
    measured_on: date
    time_to_hire_days: Decimal | None
    offer_rejection_percent: Decimal | None
    new_hire_pay_ratio: Decimal | None
    open_jobs: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Scarcity figures of one source and day."""

    skill_id: int
    measured_on: date
    source: str
    time_to_hire_days: Decimal | None
    offer_rejection_percent: Decimal | None
    new_hire_pay_ratio: Decimal | None
    open_jobs: int | None


def put_scarcity(tx: Tx, row: Measured) -> None:
    upsert(tx, scarcity, [asdict(row)], ["skill_id", "measured_on", "source"])


def scarcities(tx: Tx, *, skill_id: int | None = None, offset: int = 0, limit: int = 500) -> list[Scarcity]:
    """Newest figures first, of all skills or of one."""
    columns = [scarcity.c[name] for name in Scarcity.__dataclass_fields__ if name != "skill_name"]
    query = sa.select(*columns, skill.c.name.label("skill_name")).join(
        skill, skill.c.id == scarcity.c.skill_id
    )
    if skill_id is not None:
        query = query.where(scarcity.c.skill_id == skill_id)
    ordered = query.order_by(scarcity.c.measured_on.desc(), skill.c.name, scarcity.c.id)
    return [Scarcity(**row) for row in tx.execute(ordered.offset(offset).limit(limit)).mappings()]
