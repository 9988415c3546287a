"""The values that a verification gives back, so that pages, commands and the store read the same words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from plugin.badges.codes import CODES, LONGEST_DETAIL, BadgeProblem
from plugin.domain import BadgeVerdict, StepState
from plugin.texts import Said, _, cut, joined


@dataclass(frozen=True)
class Step:
    """One check. ``message`` may quote the badge: escape it."""

    name: str
    state: StepState
    code: str = ""
    message: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "code": self.code, "message": self.message}


@dataclass(frozen=True)
class Alignment:
    """What the achievement is aligned to; ``url`` decides whether it is a known skill."""

    name: str
    url: str
    framework: str = ""
    code: str = ""
    target_type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Result:
    """One stated result. Only ``status`` empty or Completed is an achievement."""

    status: str = ""
    value: str = ""
    achieved_level: str = ""
    result_description: str = ""


@dataclass(frozen=True)
class Evidence:
    """A pointer to the work behind the badge, never fetched by us."""

    url: str = ""
    name: str = ""
    description: str = ""
    narrative: str = ""


@dataclass(frozen=True)
class Issuer:
    """Who issued, and what that rests on.

    ``binding`` is did (a resolved or self-certifying DID), https (key from the issuer's own site), hosted (Open
    Badges 2 document at the issuer's origin) or self_asserted. ``key`` is ``sha256:<hex of the key's SPKI>`` or empty.
    """

    id: str = ""
    name: str = ""
    url: str = ""
    email: str = ""
    binding: str = ""
    key: str = ""
    origin: str = ""


@dataclass(frozen=True)
class BadgeFacts:
    """What the badge says, normalised over all formats. Every text is the issuer's and untrusted."""

    format: str
    id: str = ""
    name: str = ""
    issuer: Issuer = field(default_factory=Issuer)
    achievement_id: str = ""
    achievement_name: str = ""
    description: str = ""
    achievement_type: str = ""
    criteria_url: str = ""
    criteria_narrative: str = ""
    image: str = ""
    recipient_id: str = ""
    recipient_matched: bool | None = None
    issued_on: datetime | None = None
    expires_on: datetime | None = None
    alignments: tuple[Alignment, ...] = ()
    tags: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    level: str = ""
    endorsed_by: tuple[str, ...] = ()
    members: tuple[Verdict, ...] = ()

    @property
    def achieved(self) -> bool:
        """False when the badge states a result that is no achievement (Enrolled, Failed, ...), or none at all."""
        done = all(result.status in ("", "Completed") for result in self.results)
        return done and bool(self.achievement_name)

    @property
    def skills(self) -> tuple[Alignment, ...]:
        """The alignments, empty unless achieved: a stated failure is not a skill."""
        return self.alignments if self.achieved else ()


@dataclass(frozen=True)
class Verdict:
    """Outcome of one verification; ``badge`` is None when nothing could be read."""

    verdict: BadgeVerdict
    codes: tuple[str, ...]
    steps: tuple[Step, ...]
    badge: BadgeFacts | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "verdict": self.verdict.value,
            "codes": list(self.codes),
            "steps": [step.as_json() for step in self.steps],
        }


class Inspection:
    """Collects the steps of one verification and turns them into a verdict."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def ok(self, name: str, message: str) -> None:
        self.steps.append(Step(name, StepState.OK, "", message))

    def skip(self, name: str, message: str) -> None:
        self.steps.append(Step(name, StepState.SKIPPED, "", message))

    def note(self, name: str, code: str, detail: str = "") -> None:
        """Adds the code with the state that the table gives it; a remark leaves the step ok."""
        state = {
            BadgeVerdict.INVALID: StepState.FAILED,
            BadgeVerdict.UNDETERMINED: StepState.UNKNOWN,
            BadgeVerdict.VALID: StepState.OK,
        }[CODES[code].outcome]
        sentence = _(CODES[code].sentence)
        if detail:
            more = cut(detail, LONGEST_DETAIL)
            sentence = joined(" ", sentence, more if isinstance(more, Said) else f"({more})")
        self.steps.append(Step(name, state, code, sentence))

    @contextmanager
    def step(self, name: str, message: str) -> Iterator[None]:
        """Runs a check that the rest does not depend on: its problem is noted and the next step goes on."""
        try:
            yield
        except BadgeProblem as problem:
            self.note(name, problem.code, problem.detail)
        else:
            if not any(step.name == name and step.state != StepState.OK for step in self.steps):
                self.ok(name, message)

    @contextmanager
    def gate(self, name: str, message: str) -> Iterator[None]:
        """Like ``step``, for a check without which nothing else means anything: its problem ends the verification."""
        try:
            yield
        except BadgeProblem as problem:
            self.note(name, problem.code, problem.detail)
            raise Stopped from problem
        self.ok(name, message)

    def result(self, badge: BadgeFacts | None) -> Verdict:
        states = {step.state for step in self.steps}
        outcome = (
            BadgeVerdict.INVALID
            if StepState.FAILED in states
            else BadgeVerdict.UNDETERMINED
            if StepState.UNKNOWN in states
            else BadgeVerdict.VALID
        )
        codes = tuple(dict.fromkeys(step.code for step in self.steps if step.code))
        return Verdict(outcome, codes, tuple(self.steps), badge)


class Stopped(BadgeProblem):
    """A gate did not pass; its step is already noted."""

    def __init__(self) -> None:
        super().__init__("invalid_structure", "a required check did not pass")
