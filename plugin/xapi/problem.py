"""How a broken rule is named, so that a sender, a log and a test all speak of the same code and the same place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from plugin.errors import InvalidInput

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_\-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One broken rule. ``code`` is stable, ``path`` is like ``context.team.mbox`` (empty: the statement itself).

    ``message`` names the rule and never repeats a value, because values can be a person's data.
    """

    code: str
    path: str
    message: str


class InvalidStatement(InvalidInput):
    """A statement that the standard refuses: answer 400 and store nothing. ``path`` and ``code`` name the first broken rule."""

    code = "xapi_invalid"

    def __init__(self, problem: Problem) -> None:
        where = problem.path or "statement"
        super().__init__(
            f"{where}: {problem.message}",
            fields={where: problem.message},
            remedy="correct the statement and send it again under the same id",
        )
        self.code = problem.code
        self.path = problem.path


Report = list[Problem]


def at(path: str, key: object) -> str:
    """The path of a member, quoted and cut when the key is not a plain word."""
    text = str(key)
    if not _PLAIN_KEY.fullmatch(text):
        return f"{path}[{json.dumps(text[:60])}]"
    return f"{path}.{text}" if path else text


def wrong_type(report: Report, path: str, wanted: str) -> None:
    """Notes a value of another type."""
    report.append(Problem("wrong_type", path, f"must be {wanted}"))


def check_keys(value: dict[str, object], allowed: frozenset[str], path: str, report: Report) -> None:
    """Every key must be one that the standard lists here, in its exact case."""
    if value.keys() <= allowed:
        return
    for key in value:
        if key not in allowed:
            report.append(
                Problem("unknown_key", at(path, key), "is not a property that the standard allows here")
            )


def missing(report: Report, path: str) -> None:
    """Notes a required property that is not there."""
    report.append(Problem("missing", path, "is required"))
