"""What a badge means here: rules propose from the badge's own words, a person decides, and nothing undecided ever counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from plugin.domain import Json
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.store import audits, catalogue
from plugin.store.catalogue import Entry, Scarcity, Skill
from plugin.store.database import Tx

KINDS = ("knowledge", "skill", "contribution", "performance", "membership")
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
_BY_TYPE: Mapping[str, tuple[str, str]] = {
    "Course": ("knowledge", "skill_development_recognition"),
    "CertificateOfCompletion": ("knowledge", "skill_development_recognition"),
    "Competency": ("skill", "skill_development_recognition"),
    "MicroCredential": ("skill", "specialization"),
    "Certificate": ("knowledge", "certificate_programme"),
    "Certification": ("skill", "certification"),
    "LearningProgram": ("knowledge", "certificate_programme"),
    "Award": ("contribution", "special_achievement"),
    "CommunityService": ("contribution", "special_achievement"),
    "Membership": ("membership", "special_achievement"),
    "ext:Knowledge": ("knowledge", "skill_development_recognition"),
    "ext:Skill": ("skill", "skill_development_recognition"),
    "ext:Contribution": ("contribution", "special_achievement"),
    "ext:Performance": ("performance", "special_achievement"),
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
    catalogue.change(
        tx, entry.id, entry.version, **words, proposed_by="; ".join(why) or "no rule knows its words"
    )
    linked = [
        catalogue.find_skill(tx, url=_text(one, "url") or None, name=_text(one, "name"))
        for one in _list(entry.facts, "alignments")
    ]
    catalogue.link_skills(tx, entry.id, [one for one in linked if one is not None])


def _read(facts: Mapping[str, Json]) -> tuple[dict[str, object], list[str]]:
    words: dict[str, object] = {}
    why: list[str] = []
    achievement = str(facts.get("achievement_type") or "")
    if achievement in _BY_TYPE:
        words["kind"], words["programme"] = _BY_TYPE[achievement]
        why.append(f"achievementType {achievement}")
    for tag in (str(one).strip().lower() for one in _list(facts, "tags")):
        name, _, value = tag.partition(":")
        value = value.strip().replace(" ", "_")
        value = _LEVEL_WORDS.get(value, value)
        if value in {"kind": KINDS, "programme": PROGRAMMES, "level": LEVELS}.get(name, ()):
            words[name] = value
            why.append(f"tag {tag}")
        elif tag == "strategic":
            words["strategic"] = True
            why.append("tag strategic")
    level = str(facts.get("level") or "").lower()
    if _LEVEL_WORDS.get(level, level) in LEVELS:
        words["level"] = _LEVEL_WORDS.get(level, level)
        why.append(f"level {level}")
    return words, why


def _list(facts: Mapping[str, Json], name: str) -> list[Json]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _text(value: Json, name: str) -> str:
    return str(value.get(name) or "") if isinstance(value, dict) else ""


# --- deciding -------------------------------------------------------------------------------------------------------


def decide(core: Core, actor: Actor, entry_id: int, version: int, meaning: Meaning) -> None:
    """A person's word on a badge class. InvalidInput names the field, Conflict on an old ``version``."""
    with core.database.transaction() as tx:
        decide_in(core, tx, actor, entry_id, version, meaning)


def decide_many(core: Core, actor: Actor, entry_ids: Sequence[int], *, strategic: bool | None = None) -> int:
    """Takes the proposals of these entries as decided (and sets the strategic flag where given); those without a kind stay open."""
    done = 0
    with core.database.transaction() as tx:
        for entry_id in entry_ids:
            entry = catalogue.get(tx, entry_id)
            if entry.kind is None or entry.programme is None:
                continue
            flag = entry.strategic if strategic is None else strategic
            known = [one.id for one in catalogue.skills_of(tx, [entry_id]).get(entry_id, [])]
            dates = {"strategic_from": entry.strategic_from, "strategic_until": entry.strategic_until}
            owner = entry.strategic_owner or (actor.name if flag else None)
            meaning = Meaning(
                entry.kind, entry.programme, entry.level, flag, owner, **dates, skill_ids=tuple(known)
            )
            decide_in(core, tx, actor, entry_id, entry.version, meaning)
            done += 1
    return done


def decide_in(core: Core, tx: Tx, actor: Actor, entry_id: int, version: int, meaning: Meaning) -> None:
    """``decide`` in the caller's transaction."""
    _check(meaning)
    now = core.clock()
    copied = (
        "kind",
        "programme",
        "level",
        "strategic",
        "strategic_owner",
        "strategic_from",
        "strategic_until",
    )
    values = {name: getattr(meaning, name) for name in copied}
    catalogue.change(tx, entry_id, version, **values, state="decided", decided_by=actor.name, decided_at=now)
    catalogue.link_skills(tx, entry_id, meaning.skill_ids)
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
            wrong[name] = "must be one of " + ", ".join(allowed)
    if meaning.level is not None and meaning.level not in LEVELS:
        wrong["level"] = "must be one of " + ", ".join(LEVELS)
    if meaning.strategic and not (meaning.strategic_owner or "").strip():
        wrong["strategic_owner"] = "a strategic skill needs an owner who answers for it"
    if (
        meaning.strategic_from
        and meaning.strategic_until
        and meaning.strategic_from > meaning.strategic_until
    ):
        wrong["strategic_until"] = "lies before the first day"
    if wrong:
        raise InvalidInput(
            "the entry cannot be decided: " + "; ".join(f"{k} {v}" for k, v in wrong.items()), fields=wrong
        )


def page(
    core: Core, *, state: str | None = None, kind: str | None = None, after: int = 0, limit: int = 50
) -> list[Shown]:
    with core.database.reading() as tx:
        entries = catalogue.page(tx, state=state, kind=kind, after=after, limit=limit)
        known = catalogue.skills_of(tx, [one.id for one in entries])
        held = catalogue.holders(tx, [one.id for one in entries])
        return [Shown(one, tuple(known.get(one.id, ())), held.get(one.id, 0)) for one in entries]


def shown(core: Core, entry_id: int) -> Shown:
    with core.database.reading() as tx:
        entry = catalogue.get(tx, entry_id)
        return Shown(
            entry,
            tuple(catalogue.skills_of(tx, [entry_id]).get(entry_id, ())),
            catalogue.holders(tx, [entry_id]).get(entry_id, 0),
        )


# --- reading --------------------------------------------------------------------------------------------------------


def skills(core: Core, *, search: str = "", after: int = 0, limit: int = 50) -> list[Skill]:
    with core.database.reading() as tx:
        return catalogue.skills(tx, search=search, after=after, limit=limit)


def scarcities(core: Core, *, limit: int = 500) -> list[Scarcity]:
    with core.database.reading() as tx:
        return catalogue.scarcities(tx, limit=limit)
