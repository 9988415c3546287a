"""Skills as the catalogue knows them: alignments of a badge, lists to look at, and how scarce each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.services.core import Core
from plugin.services.evidence.meanings import FRAMEWORKS, listed, text_of
from plugin.store.database import Tx
from plugin.store.evidence import catalogue
from plugin.store.evidence.catalogue import Entry, Scarcity, Skill


def framework_of(url: str) -> str:
    """The public framework that an alignment's address belongs to; empty for any other."""
    rest = url.strip().partition("://")[2].lower()
    return next((name for name, starts in FRAMEWORKS.items() if rest.startswith(starts)), "")


@dataclass(frozen=True)
class Alignment:
    """What a badge says it shows: untrusted text. ``skill`` is ours, None when no loaded list holds it."""

    name: str
    url: str
    framework: str
    skill: Skill | None


def alignments(core: Core, entry_id: int) -> list[Alignment]:
    """The badge's own alignments with the skills that they were found to mean."""
    with core.database.reading() as tx:
        said = listed(catalogue.get(tx, entry_id).facts, "alignments")
        return [_alignment(tx, text_of(one, "name"), text_of(one, "url")) for one in said]


def _alignment(tx: Tx, name: str, url: str) -> Alignment:
    found = catalogue.find_skill(tx, url=url or None, name=name)
    return Alignment(name, url, framework_of(url), None if found is None else catalogue.get_skill(tx, found))


def find_skills(core: Core, names: Sequence[str]) -> tuple[list[int], list[str]]:
    """Ids of the skills of these names or addresses, and those that no list holds."""
    with core.database.reading() as tx:
        found = {name: catalogue.find_skill(tx, url=name, name=name) for name in names}
    return [one for one in found.values() if one is not None], [n for n, one in found.items() if one is None]


@dataclass(frozen=True)
class ShownSkill:
    """A skill with its other names and the catalogue entries that show it."""

    skill: Skill
    synonyms: tuple[str, ...]
    entries: tuple[Entry, ...]


def skills(
    core: Core, *, search: str = "", framework: str = "", after: int = 0, limit: int = 50
) -> list[ShownSkill]:
    """In the order of ids; ``search`` in names and other names."""
    with core.database.reading() as tx:
        found = catalogue.skills(tx, search=search, framework=framework, after=after, limit=limit)
        return _with_names(tx, found)


def skill(core: Core, skill_id: int) -> ShownSkill:
    with core.database.reading() as tx:
        return _with_names(tx, [catalogue.get_skill(tx, skill_id)])[0]


def _with_names(tx: Tx, found: Sequence[Skill]) -> list[ShownSkill]:
    ids = [one.id for one in found]
    called, shown_by = catalogue.synonyms(tx, ids), catalogue.entries_of(tx, ids)
    return [ShownSkill(one, tuple(called.get(one.id, ())), tuple(shown_by.get(one.id, ()))) for one in found]


def frameworks(core: Core) -> list[tuple[str, str | None, int]]:
    """(framework, attribution, number of skills)."""
    with core.database.reading() as tx:
        return catalogue.frameworks(tx)


def scarcities(
    core: Core, *, skill_id: int | None = None, offset: int = 0, limit: int = 500
) -> list[Scarcity]:
    """Newest figures first."""
    with core.database.reading() as tx:
        return catalogue.scarcities(tx, skill_id=skill_id, offset=offset, limit=limit)
