"""The demo company's learning as xAPI statements, ready to be posted to any learning record store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin.domain import Identifier, IdentifierKind, Json, JsonObject, LearningRecord

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
COURSE = "http://adlnet.gov/expapi/activities/course"


def statements(records: Iterable[LearningRecord]) -> Iterator[JsonObject]:
    """One ``completed`` statement a record; the statement's id is the record's ``source_id``, a UUID."""
    for record in records:
        yield {
            "id": record.source_id,
            "actor": _actor(record.learner[0]),
            "verb": {"id": COMPLETED, "display": {"en": "completed"}},
            "object": {
                "objectType": "Activity",
                "id": record.activity_id,
                "definition": {"type": COURSE, "name": {"en": record.title}},
            },
            "result": _result(record),
            "context": {"platform": "Demo learning site (simulated)"},
            "timestamp": record.occurred_at.isoformat(),
        }


def _actor(learner: Identifier) -> JsonObject:
    match learner.kind:
        case IdentifierKind.EMAIL:
            return {"objectType": "Agent", "mbox": f"mailto:{learner.value}"}
        case IdentifierKind.EMAIL_SHA1:
            return {"objectType": "Agent", "mbox_sha1sum": learner.value}
        case _:
            site, _, name = learner.value.partition("|")
            return {"objectType": "Agent", "account": {"homePage": site, "name": name}}


def _result(record: LearningRecord) -> dict[str, Json]:
    result: dict[str, Json] = {"completion": True}
    if record.hours is not None:
        minutes = int(record.hours * 60)
        result["duration"] = f"PT{minutes // 60}H{minutes % 60}M"
    return result
