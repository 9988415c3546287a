"""What a badge means here: rules propose from the badge's own words, a person decides, and nothing undecided ever counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from plugin.domain import BadgeKind, EntryState, Json
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.evidence import skill_writes
from plugin.store.database import Tx
from plugin.store.evidence import catalogue
from plugin.store.evidence.catalogue import Entry, EntryChange, Skill, Undecided
from plugin.store.operation import audits
from plugin.texts import _, joined

KINDS = (
    BadgeKind.KNOWLEDGE,
    BadgeKind.SKILL,
    BadgeKind.CONTRIBUTION,
    BadgeKind.PERFORMANCE,
    BadgeKind.MEMBERSHIP,
)
PROGRAMMES = (
    "skill_development_recognition",
    "certificate_programme",
    "specialization",
    "certification",
    "special_achievement",
)
LEVELS = ("foundational", "intermediate", "advanced", "expert")
_LEVEL_WORDS = {"beginner": "foundational", "basic": "foundational"}

# Open Badges 3.0 achievementType -> (kind, programme): defaults to propose, never to decide (credentials.md section 6).
_BY_TYPE: Mapping[str, tuple[BadgeKind, str]] = {  # machine text
    "Course": (BadgeKind.KNOWLEDGE, "skill_development_recognition"),
    "CertificateOfCompletion": (BadgeKind.KNOWLEDGE, "skill_development_recognition"),
    "Competency": (BadgeKind.SKILL, "skill_development_recognition"),
    "MicroCredential": (BadgeKind.SKILL, "specialization"),
    "Certificate": (BadgeKind.KNOWLEDGE, "certificate_programme"),
    "Certification": (BadgeKind.SKILL, "certification"),
    "LearningProgram": (BadgeKind.KNOWLEDGE, "certificate_programme"),
    "Award": (BadgeKind.CONTRIBUTION, "special_achievement"),
    "CommunityService": (BadgeKind.CONTRIBUTION, "special_achievement"),
    "Membership": (BadgeKind.MEMBERSHIP, "special_achievement"),
    "ext:Knowledge": (BadgeKind.KNOWLEDGE, "skill_development_recognition"),
    "ext:Skill": (BadgeKind.SKILL, "skill_development_recognition"),
    "ext:Contribution": (BadgeKind.CONTRIBUTION, "special_achievement"),
    "ext:Performance": (BadgeKind.PERFORMANCE, "special_achievement"),
}


@dataclass(frozen=True)
class Meaning:
    """What a person decides about a badge class. The kind decides whether it can be skill evidence at all."""

    kind: str
    programme: str
    level: str | None = None
    strategic: bool = False
    strategic_owner: str | None = None
    strategic_from: date | None = None
    strategic_until: date | None = None
    skill_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Shown:
    """An entry with its skills and the number of people who hold it."""

    entry: Entry
    skills: tuple[Skill, ...]
    holders: int


# --- proposing ------------------------------------------------------------------------------------------------------


def propose(core: Core) -> int:
    """Lets the rules look at new badge classes; the number looked at. What a person decided is never touched."""
    with core.database.transaction() as tx:
        fresh = catalogue.unproposed(tx, 500)
        for entry in fresh:
            _propose(tx, entry)
    return len(fresh)


def _propose(tx: Tx, entry: Entry) -> None:
    words, why = _read(entry.facts)
    words["proposed_by"] = joined("; ", *why) if why else _("no rule recognizes its words")
    catalogue.change(tx, entry.id, entry.version, **words)
    linked = [
        catalogue.find_skill(tx, url=text_of(one, "url") or None, name=text_of(one, "name"))
        for one in listed(entry.facts, "alignments")
    ]
    catalogue.link_skills(tx, entry.id, [one for one in linked if one is not None])


def _read(facts: Mapping[str, Json]) -> tuple[EntryChange, list[str]]:
    words: EntryChange = {}
    why: list[str] = []
    achievement = str(facts.get("achievement_type") or "")
    if achievement in _BY_TYPE:
        words["kind"], words["programme"] = _BY_TYPE[achievement]
        why.append(_("achievement type %(type)s", type=achievement))
    for tag in (str(one).strip().lower() for one in listed(facts, "tags")):
        name, _other, value = tag.partition(":")
        value = value.strip().replace(" ", "_")
        value = _LEVEL_WORDS.get(value, value)
        if name == "kind" and value in KINDS:
            words["kind"] = BadgeKind(value)
        elif name == "programme" and value in PROGRAMMES:
            words["programme"] = value
        elif name == "level" and value in LEVELS:
            words["level"] = value
        elif tag == "strategic":
            words["strategic"] = True
        else:
            continue
        why.append(_("tag %(tag)s", tag=tag))
    level = str(facts.get("level") or "").lower()
    if _LEVEL_WORDS.get(level, level) in LEVELS:
        words["level"] = _LEVEL_WORDS.get(level, level)
        why.append(_("level %(level)s", level=level))
    return words, why


def listed(facts: Mapping[str, Json], name: str) -> list[Json]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def text_of(value: Json, name: str) -> str:
    return str(value.get(name) or "") if isinstance(value, dict) else ""


# --- deciding -------------------------------------------------------------------------------------------------------


def decide(core: Core, actor: Actor, entry_id: int, version: int, meaning: Meaning) -> None:
    """A person's word on a badge class. InvalidInput names the field, Conflict on an old ``version``."""
    with core.database.transaction() as tx:
        decide_in(core, tx, actor, entry_id, version, meaning)


@dataclass(frozen=True)
class Same:
    """What a bulk edit sets for all chosen entries; None leaves each entry's own."""

    kind: str | None = None
    programme: str | None = None
    level: str | None = None
    strategic: bool | None = None


def decide_many(core: Core, actor: Actor, entry_ids: Sequence[int], same: Same = Same()) -> int:
    """Takes the proposals of these entries, with what ``same`` sets, as decided; those without a kind or programme stay open."""
    done = 0
    with core.database.transaction() as tx:
        for entry_id in entry_ids:
            entry = catalogue.get(tx, entry_id)
            known = [one.id for one in catalogue.skills_of(tx, [entry_id]).get(entry_id, [])]
            meaning = _meaning(entry, same, actor, known)
            if meaning is not None:
                decide_in(core, tx, actor, entry_id, entry.version, meaning)
                done += 1
    return done


def _meaning(entry: Entry, same: Same, actor: Actor, skill_ids: Sequence[int]) -> Meaning | None:
    kind, programme = same.kind or entry.kind, same.programme or entry.programme
    if kind is None or programme is None:
        return None
    flag = entry.strategic if same.strategic is None else same.strategic
    return Meaning(
        kind,
        programme,
        same.level or entry.level,
        flag,
        entry.strategic_owner or (actor.name if flag else None),
        entry.strategic_from,
        entry.strategic_until,
        tuple(skill_ids),
    )


def decide_in(core: Core, tx: Tx, actor: Actor, entry_id: int, version: int, meaning: Meaning) -> None:
    """``decide`` in the caller's transaction."""
    _check(meaning)
    now = core.clock()
    catalogue.change(
        tx,
        entry_id,
        version,
        kind=BadgeKind(meaning.kind),
        programme=meaning.programme,
        level=meaning.level,
        strategic=meaning.strategic,
        strategic_owner=meaning.strategic_owner,
        strategic_from=meaning.strategic_from,
        strategic_until=meaning.strategic_until,
        state=EntryState.DECIDED,
        decided_by=actor.name,
        decided_at=now,
    )
    catalogue.link_skills(tx, entry_id, meaning.skill_ids)
    skill_writes.of_entry(tx, now, entry_id)
    said: dict[str, Json] = {
        "kind": meaning.kind,
        "programme": meaning.programme,
        "level": meaning.level,
        "strategic": meaning.strategic,
    }
    audits.append(tx, now, actor.name, "catalogue.decide", f"catalogue:{entry_id}", said)


def _check(meaning: Meaning) -> None:
    wrong: dict[str, str] = {}
    for name, allowed in (("kind", KINDS), ("programme", PROGRAMMES)):
        if getattr(meaning, name) not in allowed:
            wrong[name] = _("choose one of %(choices)s", choices=", ".join(allowed))
    if meaning.level is not None and meaning.level not in LEVELS:
        wrong["level"] = _("choose one of %(choices)s", choices=", ".join(LEVELS))
    if meaning.strategic and not (meaning.strategic_owner or "").strip():
        wrong["strategic_owner"] = _("enter an owner for the strategic skill")
    if (
        meaning.strategic_from
        and meaning.strategic_until
        and meaning.strategic_from > meaning.strategic_until
    ):
        wrong["strategic_until"] = _("must not be before the first day")
    if wrong:
        raise InvalidInput(
            _(
                "the entry can't be saved: %(problems)s",
                problems="; ".join(f"{field}: {said}" for field, said in wrong.items()),
            ),
            fields=wrong,
        )


def page(
    core: Core,
    *,
    state: EntryState | None = None,
    kind: BadgeKind | Undecided | None = None,
    search: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Shown]:
    """In the order of ids; ``kind`` "none" means none yet."""
    with core.database.reading() as tx:
        entries = catalogue.page(tx, state=state, kind=kind, search=search, after=after, limit=limit)
        known = catalogue.skills_of(tx, [one.id for one in entries])
        held = catalogue.holders(tx, [one.id for one in entries])
        return [Shown(one, tuple(known.get(one.id, ())), held.get(one.id, 0)) for one in entries]


def counts(core: Core) -> dict[EntryState, int]:
    """Number of entries by state: proposed, decided."""
    with core.database.reading() as tx:
        return {EntryState.PROPOSED: 0, EntryState.DECIDED: 0, **catalogue.state_counts(tx)}


def shown(core: Core, entry_id: int) -> Shown:
    with core.database.reading() as tx:
        entry = catalogue.get(tx, entry_id)
        return Shown(
            entry,
            tuple(catalogue.skills_of(tx, [entry_id]).get(entry_id, ())),
            catalogue.holders(tx, [entry_id]).get(entry_id, 0),
        )


# --- skills -----------------------------------------------------------------------------------------------------------

FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "ESCO": ("data.europa.eu/esco/skill/", "data.europa.eu/esco/isced-f/"),
    "O*NET": ("www.onetonline.org/", "www.onetcenter.org/", "services.onetcenter.org/"),
}
"""Open Badges have no word for ESCO or O*NET: an alignment is told by the beginning of its address."""
