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


def _queue(tx: Tx, now: datetime, awards: Sequence[Award]) -> int:
    number = 0
    for award in awards:
        entry = catalogue.get(tx, award.catalogue_entry_id)
        if entry.state != EntryState.DECIDED or entry.kind not in SKILL_KINDS:
            continue
        who = persons.get(tx, award.person_id)
        for skill in catalogue.skills_of(tx, [entry.id]).get(entry.id, []):
            level = PROFICIENCY.get(entry.level or "", PROFICIENCY["intermediate"])
            values: JsonObject = {
                "skill": skill.name,
                "proficiency": level,
                "evaluated_on": award.issued_on.isoformat(),
            }
            events.write(
                tx,
                now,
                Desired(Sink.SKILLS, f"skill:{who.source_id}/{skill.name}", who.source_id, values),
                who,
            )
            number += 1
    return number
