"""Invented statements of obviously fictitious people, the starting point of every xAPI test."""

from __future__ import annotations

import copy
from typing import Any

ID = "0b1d7c52-6f0e-4c1b-9a54-2f6b1c0de001"
OTHER_ID = "0b1d7c52-6f0e-4c1b-9a54-2f6b1c0de002"
REGISTRATION = "7d2b3f0e-9d5c-4f0a-8f77-000000000042"
VERBS = "http://adlnet.gov/expapi/verbs/"
W3ID = "https://w3id.org/xapi/adl/verbs/"
ACTIVITY = "https://learning.example.org/courses/welding-2"
HOME = "https://hr.example.com"


def ada() -> dict[str, Any]:
    return {"objectType": "Agent", "name": "Ada Example", "mbox": "mailto:ada.example@example.com"}


def simple(name: str = "completed", **parts: Any) -> dict[str, Any]:
    """The smallest statement that has an id."""
    return {
        "id": ID,
        "actor": {"mbox": "mailto:ada.example@example.com"},
        "verb": {"id": VERBS + name},
        "object": {"id": ACTIVITY},
        **parts,
    }


def full() -> dict[str, Any]:
    """One valid statement that uses nearly every property of xAPI 1.0.3."""
    return copy.deepcopy(
        {
            "id": ID,
            "actor": ada(),
            "verb": {"id": VERBS + "passed", "display": {"en-GB": "passed", "de": "bestand"}},
            "object": {
                "objectType": "Activity",
                "id": ACTIVITY,
                "definition": {
                    "name": {"en": "Welding II", "de-AT": "Schweißen II"},
                    "description": {"en": "Seams under water."},
                    "type": "http://adlnet.gov/expapi/activities/assessment",
                    "moreInfo": "https://learning.example.org/about",
                    "interactionType": "matching",
                    "correctResponsesPattern": ["a[.]1[,]b[.]2"],
                    "source": [{"id": "a", "description": {"en": "Steel"}}, {"id": "b"}],
                    "target": [{"id": "1"}, {"id": "2", "description": {"en": "Two"}}],
                    "extensions": {"https://example.org/x/level": None},
                },
            },
            "result": {
                "score": {"scaled": 0.8, "raw": 80, "min": 0, "max": 100},
                "success": True,
                "completion": True,
                "response": "a[.]1",
                "duration": "PT1H30M",
                "extensions": {"https://example.org/x/attempt": {"number": 2, "note": None}},
            },
            "context": {
                "registration": REGISTRATION,
                "instructor": {"account": {"homePage": HOME, "name": "bo.example"}},
                "team": {
                    "objectType": "Group",
                    "name": "Night shift",
                    "member": [ada(), {"openid": "https://cy.example.org/"}],
                },
                "contextActivities": {
                    "parent": [{"id": "https://learning.example.org/programmes/metal"}],
                    "grouping": {"objectType": "Activity", "id": "https://learning.example.org/years/2026"},
                    "category": [],
                    "other": [{"id": "urn:example:other"}],
                },
                "revision": "3b",
                "platform": "Example LMS",
                "language": "de-AT",
                "statement": {"objectType": "StatementRef", "id": OTHER_ID},
                "extensions": {"https://example.org/x/room": "12"},
            },
            "timestamp": "2026-03-04T05:06:07.089+01:00",
            "stored": "2026-03-04T04:06:08Z",
            "authority": {
                "objectType": "Group",
                "member": [
                    {"account": {"homePage": "https://lrs.example.com/token", "name": "app-1"}},
                    ada(),
                ],
            },
            "version": "1.0.0",
            "attachments": [
                {
                    "usageType": "https://example.org/usage/certificate",
                    "display": {"en": "Certificate"},
                    "description": {"en": "Signed by nobody."},
                    "contentType": "application/pdf; charset=binary",
                    "length": 27,
                    "sha2": "ab" * 32,
                    "fileUrl": "https://files.example.org/1.pdf",
                }
            ],
        }
    )


def with_substatement() -> dict[str, Any]:
    """A plan to do something: a statement about a statement."""
    inner = full()
    for key in ("id", "stored", "authority", "version"):
        del inner[key]
    return {
        "actor": ada(),
        "verb": {"id": "https://example.org/verbs/planned"},
        "object": {"objectType": "SubStatement", **inner},
    }


def second() -> dict[str, Any]:
    """A valid statement of version 2.0 with what 2.0 added."""
    return full() | {
        "version": "2.0.0",
        "context": {
            "contextAgents": [
                {
                    "objectType": "contextAgent",
                    "agent": ada(),
                    "relevantTypes": ["https://example.org/types/mentor"],
                }
            ],
            "contextGroups": [
                {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [ada()]}}
            ],
        },
    }


def cmi5(name: str = "passed", **parts: Any) -> dict[str, Any]:
    """A cmi5 defined statement that follows the rules of its verb."""
    base = W3ID if name in ("abandoned", "waived", "satisfied") else VERBS
    category = [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}]
    result: dict[str, Any] = {}
    if name in ("completed", "passed", "failed", "terminated", "abandoned"):
        result["duration"] = "PT50M"
    if name in ("passed", "waived", "failed"):
        result["success"] = name != "failed"
    if name in ("completed", "waived"):
        result["completion"] = True
    if name == "waived":
        result["extensions"] = {"https://w3id.org/xapi/cmi5/result/extensions/reason": "Tested Out"}
    if "success" in result or "completion" in result:
        category.append({"id": "https://w3id.org/xapi/cmi5/context/categories/moveon"})
    extensions = {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1"}
    if name == "launched":
        extensions |= {
            "https://w3id.org/xapi/cmi5/context/extensions/launchmode": "Normal",
            "https://w3id.org/xapi/cmi5/context/extensions/launchurl": "https://learning.example.org/launch",
            "https://w3id.org/xapi/cmi5/context/extensions/moveon": "Passed",
        }
    return {
        "id": ID,
        "actor": {"account": {"homePage": HOME, "name": "ada.example"}},
        "verb": {"id": base + name},
        "object": {"id": ACTIVITY},
        "result": result,
        "context": {
            "registration": REGISTRATION,
            "contextActivities": {
                "category": category,
                "grouping": [{"id": "https://publisher.example.org/unit-1"}],
            },
            "extensions": extensions,
        },
        "timestamp": "2026-03-04T05:00:00Z",
        **parts,
    }
