"""Runs the steps of a connection test, so that every connector tells an HR admin about failures in the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from plugin.connectors.base import Probe
from plugin.errors import AdvisorError
from plugin.texts import _

Result = TypeVar("Result")  # machine text


def attempt(code: str, label: str, step: Callable[[], Result]) -> tuple[Probe, Result | None]:
    """The probe of one step and what the step gave; a failure becomes a probe with the error's remedy."""
    try:
        result = step()
    except AdvisorError as error:
        remedy = error.remedy or _(
            "try again later; if the problem continues, contact the system's administrator"
        )
        return Probe(
            code,
            label,
            ok=False,
            detail=_("%(problem)s (%(code)s)", problem=error, code=error.code),
            remedy=remedy,
        ), None
    return Probe(code, label, ok=True), result


def not_tested(code: str, label: str) -> Probe:
    """A step that makes no sense after an earlier failure."""
    return Probe(code, label, ok=None, detail=_("not tested because an earlier step failed"))
