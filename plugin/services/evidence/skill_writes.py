"""Verified skills on their way into the HR suite: queued when a badge begins to count, and when a person decides what it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plugin.connectors.writing import Desired
from plugin.domain import BadgeKind, EntryState, JsonObject, Sink
from plugin.services.delivery import events
from plugin.store.database import Tx
from plugin.store.evidence import badges, catalogue
from plugin.store.evidence.badges import Award
from plugin.store.people import persons
from plugin.store.people.persons import Person
from plugin.store.sources import connections

PROFICIENCY = {"foundational": "0.4", "intermediate": "0.6", "advanced": "0.8", "expert": "1"}
"""What a level is on the suites' scale of 0 to 1; a badge without a level counts as intermediate."""
SKILL_KINDS = (BadgeKind.KNOWLEDGE, BadgeKind.SKILL)


def of_award(tx: Tx, now: datetime, award_id: int) -> int:
    """Queues the skills of one award that counts; the number of wishes. The same wish again changes nothing."""
    return _queue(tx, now, [badges.get(tx, award_id)])


def of_entry(tx: Tx, now: datetime, entry_id: int) -> int:
    """The same for every award of a catalogue entry, after its meaning was decided."""
    return _queue(tx, now, badges.counting(tx, entry_id)) if connections.writers(tx, Sink.SKILLS.value) else 0


def stopped(tx: Tx, now: datetime, awards: Sequence[Award]) -> None:
    """Takes the skills of awards that count no more out of the suite, but for those that another badge of the person still shows."""
    gone = {award.id for award in awards}
    for award in awards:
        who = persons.get(tx, award.person_id)
        others = [one for one in badges.counting_of(tx, person_id=who.id) if one.id not in gone]
        kept = {skill: other for other in others for skill in _skills(tx, other)}
        for skill in _skills(tx, award):
            if skill not in kept:
                events.withdraw(tx, now, Sink.SKILLS, _key(who, skill), who)
        _queue(tx, now, list({one.id: one for one in kept.values()}.values()))


def taken_back(tx: Tx, now: datetime, inbox_ids: Sequence[int]) -> None:
    """Awards that their source takes back, before it is stored: told to subscribers, and their skills go with them."""
    awards = badges.counting_of(tx, inbox_ids=inbox_ids)
    for award in awards:
        who, subject = persons.get(tx, award.person_id), f"badge:{award.id}:source:{now.isoformat()}"
        events.publish(tx, now, "badge.revoked", who, told_of(award), subject=subject)
    stopped(tx, now, awards)


def told_of(award: Award) -> JsonObject:
    """What webhooks say of a badge."""
    return {
        "badge": award.badge_name,
        "badge_class": award.badge_class_id,
        "issued_on": award.issued_on.isoformat(),
    }


def _skills(tx: Tx, award: Award) -> list[str]:
    entry = catalogue.get(tx, award.catalogue_entry_id)
    if entry.state != EntryState.DECIDED or entry.kind not in SKILL_KINDS:
        return []
    return [skill.name for skill in catalogue.skills_of(tx, [entry.id]).get(entry.id, [])]


def _key(who: Person, skill: str) -> str:
    return f"skill:{who.source_id}/{skill}"


def _queue(tx: Tx, now: datetime, awards: Sequence[Award]) -> int:
    number = 0
    for award in awards:
        entry = catalogue.get(tx, award.catalogue_entry_id)
        who = persons.get(tx, award.person_id)
        for skill in _skills(tx, award):
            level = PROFICIENCY.get(entry.level or "", PROFICIENCY["intermediate"])
            values: JsonObject = {
                "skill": skill,
                "proficiency": level,
                "evaluated_on": award.issued_on.isoformat(),
            }
            events.write(tx, now, Desired(Sink.SKILLS, _key(who, skill), who.source_id, values), who)
            number += 1
    return number
