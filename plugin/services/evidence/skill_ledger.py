"""Pay a skill once: what was rewarded in which cycle, what is new since, and the reviews of evidence that holds no more.

A badge that is withdrawn or runs out after it was paid for opens a review. Nothing here changes pay: a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plugin.advisor.recommendation.snapshot import KINDS_THAT_COUNT
from plugin.domain import (
    AwardState,
    BadgeStanding,
    BadgeVerdict,
    Doubt,
    EntryState,
    JsonObject,
    ReviewState,
    Trust,
)
from plugin.errors import InvalidInput
from plugin.services import reasons
from plugin.services.core import SYSTEM, Actor, Core
from plugin.store.cycle import facts
from plugin.store.database import Tx
from plugin.store.evidence import ledger
from plugin.store.evidence.ledger import Line, Piece, Step
from plugin.store.operation import audits
from plugin.store.people import persons
from plugin.texts import _

OUTCOMES = (ReviewState.KEPT, ReviewState.WITHDRAWN)


# --- reviews --------------------------------------------------------------------------------------------------------


def open_reviews(core: Core) -> int:
    """Opens a review for rewarded evidence that was withdrawn, found invalid, blocked or has run out; how many are new."""
    with core.database.transaction() as tx:
        return open_reviews_in(tx, core.clock())


def open_reviews_in(tx: Tx, now: datetime, *, award_id: int | None = None) -> int:
    """``open_reviews`` in the caller's transaction, for all or for one badge. What was kept is asked again for a new reason only."""
    found = ledger.doubtful(tx, now.date(), award_id=award_id)
    asked = ledger.opened_before(tx, [line.id for line in found])
    fresh = [(line, reason(line, now.date())) for line in found]
    fresh = [(line, why) for line, why in fresh if (line.id, why) not in asked]
    for line, why in fresh:
        ledger.open_review(tx, line.id)
        detail: JsonObject = {"reason": why, "badge": line.award_id}
        audits.append(tx, now, SYSTEM.name, ledger.OPENED, f"reward:{line.id}", detail)
    return len(fresh)


def reason(line: Line, on: date) -> Doubt | None:
    """Why the evidence does not hold on the day; None when it does (or again does)."""
    if line.state == AwardState.REVOKED or AwardState.REVOKED in line.codes:
        return Doubt.REVOKED
    if "expired" in line.codes or (line.expires_on is not None and line.expires_on <= on):
        return Doubt.EXPIRED
    if line.verdict == BadgeVerdict.INVALID:
        return Doubt.INVALID
    return Doubt.BLOCKED if line.trust == Trust.BLOCKED else None


@dataclass(frozen=True)
class Review:
    """A line of the ledger under review. ``reason`` is today's; ``steps`` tell who opened and decided it, oldest first."""

    line: Line
    reason: Doubt | None
    steps: tuple[Step, ...]


def reviews(
    core: Core, *, state: ReviewState = ReviewState.OPEN, after: int = 0, limit: int = 50
) -> list[Review]:
    """In the order of ids."""
    with core.database.reading() as tx:
        return _reviews(tx, ledger.lines(tx, review=state, after=after, limit=limit), core.clock().date())


def _reviews(tx: Tx, lines: Sequence[Line], on: date) -> list[Review]:
    told = ledger.steps(tx, [line.id for line in lines])
    return [Review(line, reason(line, on), tuple(told.get(line.id, ()))) for line in lines]


def counts(core: Core) -> dict[str, int]:
    """Number of ledger lines by review: none, open, kept, withdrawn."""
    with core.database.reading() as tx:
        return ledger.review_counts(tx)


def decide(core: Core, actor: Actor, reward_id: int, outcome: str, note: str) -> None:
    """``kept``: the reward stands. ``withdrawn``: the evidence counts as not rewarded, so that new evidence of the skill may count.

    Neither changes anybody's pay. InvalidInput without a note, Conflict when the review is not open.
    """
    wrong: dict[str, str] = {}
    if outcome not in OUTCOMES:
        wrong["outcome"] = _("must be kept or withdrawn")
    try:
        reasons.read(note, "note", _("Reason for your decision"), _("enter a reason for later review"))
    except InvalidInput as error:
        wrong |= error.fields
    if wrong:
        raise InvalidInput(_("the review can't be decided"), fields=wrong)
    with core.database.transaction() as tx:
        line = ledger.get(tx, reward_id)
        ledger.close_review(tx, reward_id, ReviewState(outcome), note.strip())
        said: JsonObject = {
            "outcome": outcome,
            "badge": line.award_id,
            "reason": reason(line, core.clock().date()),
        }
        audits.append(tx, core.clock(), actor.name, "reward.review_decided", f"reward:{reward_id}", said)


# --- one person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A badge and where it stands: ``new`` may count in the next cycle, the other words say why not."""

    piece: Piece
    word: BadgeStanding


@dataclass(frozen=True)
class PersonLedger:
    """``pay_changed_on`` None: pay never changed, so everything since hiring is new (``since``)."""

    person_id: int
    name: str
    pay_changed_on: date | None
    since: date | None
    paid: tuple[Review, ...]
    badges: tuple[Standing, ...]


def of_person(core: Core, person_id: int) -> PersonLedger:
    """What was rewarded in which cycle, and every badge with its standing today. NotFound for unknown people."""
    today = core.clock().date()
    with core.database.reading() as tx:
        who = persons.get(tx, person_id)
        pay = facts.pay_on(tx, today, people=[person_id]).get(person_id)
        changed = pay.changed_on if pay else None
        since = changed or who.hired_on
        paid = _reviews(tx, ledger.lines(tx, person_id=person_id, limit=1000), today)
        found = [Standing(one, standing(one, since, today)) for one in ledger.pieces(tx, person_id)]
    return PersonLedger(person_id, who.display_name, changed, since, tuple(paid), tuple(found))


def standing(piece: Piece, since: date | None, on: date) -> BadgeStanding:
    """The first reason that holds; new when none does. The same rules as the snapshot of a cycle."""
    if piece.state == AwardState.REVOKED:
        return BadgeStanding.REVOKED
    if piece.expires_on is not None and piece.expires_on <= on:
        return BadgeStanding.EXPIRED
    if piece.verdict != BadgeVerdict.VALID:
        return BadgeStanding.UNVERIFIED
    if piece.trust != Trust.TRUSTED:
        return BadgeStanding.UNTRUSTED
    if piece.entry_state != EntryState.DECIDED:
        return BadgeStanding.UNDECIDED
    if piece.kind not in KINDS_THAT_COUNT:
        return BadgeStanding.KIND
    if piece.rewarded_in:
        return BadgeStanding.REWARDED
    return BadgeStanding.BEFORE if since is not None and piece.issued_on <= since else BadgeStanding.NEW
