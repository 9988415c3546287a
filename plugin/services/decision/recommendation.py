"""One person's recommendation as it is stored and read back: the frozen row, the recommendation, peers and what-ifs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from plugin.advisor.recommendation import codec, engine_1
from plugin.advisor.recommendation.snapshot import EmployeeRow
from plugin.advisor.recommendation.values import ENGINE, Peers, Recommendation, WhatIf
from plugin.domain import (
    Json,
    JsonObject,
    Money,
    RangeKind,
    RecommendationStatus,
    canonical_json,
)
from plugin.errors import InvalidInput
from plugin.store.cycle import recommendations
from plugin.store.cycle.recommendations import MadeRecommendation, Outline, StoredRecommendation
from plugin.texts import _

ZERO, CENT = Decimal(0), Decimal("0.01")


def beyond_reserved(cost: Decimal, reserved: Decimal) -> Decimal:
    """What counts against a budget: without what pools of their own pay."""
    return max(cost - reserved, ZERO)


@dataclass(frozen=True)
class PersonRecommendation:
    """Everything a page shows of one person. ``peers`` holds rounded, nameless figures of others, or none."""

    row: EmployeeRow
    recommendation: Recommendation
    peers: Peers | None = None
    what_ifs: tuple[WhatIf, ...] = ()

    @property
    def is_eligible(self) -> bool:
        return self.recommendation.status != RecommendationStatus.INELIGIBLE

    @property
    def percent(self) -> Decimal | None:
        """Points of pay, None when the advisor gives no number."""
        return self.recommendation.percent if self.is_eligible else None

    @property
    def is_fixed(self) -> bool:
        """HR's rules leave nothing to decide: a fixed raise, or the range minimum and adjustments alone."""
        return self.recommendation.interval_kind == RangeKind.FIXED

    @property
    def hard_limits(self) -> tuple[Decimal, Decimal]:
        """Points that a manager cannot leave: the policy's minimum and maximum beyond what is reserved, or what HR fixed."""
        made = self.recommendation
        if self.is_fixed:
            return made.low, made.high
        return made.guideline.minimum + made.reserved, made.guideline.maximum + made.reserved

    @property
    def room(self) -> Decimal | None:
        """Points up to the range maximum, two decimals rounded down; 0 for who is there or above. None without a range."""
        top = self.row.range_maximum
        if top is None:
            return None
        exact = (top.amount / self.row.annual.amount - 1) * 100
        return max(exact.quantize(CENT, ROUND_FLOOR), ZERO)

    @property
    def approvable(self) -> tuple[Decimal, Decimal]:
        """Least and most points that the next manager up may approve: within the hard limits and the recommended range, and not above
        the range maximum. Beyond, HR must."""
        (lowest, highest), made = self.hard_limits, self.recommendation
        least, most = min(lowest, made.low), max(highest, made.high)
        return least, most if self.room is None else min(most, self.room)

    def lump_sum(self, percent: Decimal, unit: Decimal) -> Money:
        """What is paid once beside a raise of ``percent``, to the nearest ``unit``: what the range maximum keeps out of base
        pay, less what a manager takes away or puts into base pay all the same."""
        made = self.recommendation
        moved = abs(percent - made.planned)
        if not moved:
            return made.lump_sum
        return self.row.paid.percent(max(made.lump_points - moved, ZERO)).rounded(unit)

    @property
    def planned(self) -> Money:
        """What the budget must expect: the recommendation, or the policy's own figure when there is none, lump sum included."""
        if not self.is_eligible:
            return Money(ZERO, self.row.annual.currency)
        made = self.recommendation
        base = made.amount if made.amount is not None else self.row.paid.percent(made.planned).rounded()
        return base + made.lump_sum

    @property
    def budget_cost(self) -> Money:
        """Of what is planned, what counts against the budget of the person's pool."""
        rest = beyond_reserved(self.planned.amount, self.recommendation.reserved_money.amount)
        return Money(rest, self.row.annual.currency)

    @property
    def outline(self) -> Outline:
        """What the rules need to know of it."""
        made, (lowest, highest) = self.recommendation, self.approvable
        return Outline(
            person_id=made.person_id,
            status=made.status,
            percent=made.percent,
            planned_percent=made.planned,
            low=made.low,
            high=made.high,
            policy_minimum=lowest,
            policy_maximum=highest,
            reserved_amount=made.reserved_money.amount,
        )

    def annual_after(self, percent: Decimal) -> Money:
        """Full-time pay a year after a raise of ``percent``, unrounded."""
        return self.row.annual + self.row.annual.percent(percent)


def to_document(recommended: PersonRecommendation) -> JsonObject:
    """The JSON form that the store keeps."""
    return {
        "engine": ENGINE,
        "row": codec.to_json(recommended.row),
        "recommendation": codec.to_json(recommended.recommendation),
        "peers": codec.to_json(recommended.peers),
        "what_ifs": codec.to_json(recommended.what_ifs),
    }


def to_store(recommended: PersonRecommendation, pool: str | None) -> MadeRecommendation:
    """The row that the store keeps: the document, and the figures that lists and sums need. ``pool`` pays for merit."""
    return MadeRecommendation(
        **vars(recommended.outline),
        paid=recommended.row.paid.amount,
        planned_amount=recommended.planned.amount,
        pool=pool,
        budget_cost=recommended.budget_cost.amount,
        abstain_code=recommended.recommendation.abstain_code,
        content=recommendations.pack(to_document(recommended)),
    )


def engine_of(document: JsonObject) -> int:
    """Which engine made a stored document: the first one did not say."""
    number = document.get("engine", 1)
    if number not in (1, ENGINE):
        raise InvalidInput(
            _("This recommendation was stored by a later version (engine %(number)s).", number=number),
            remedy=_("Use the version that stored it, or a newer one."),
        )
    return 1 if number == 1 else ENGINE


def without_others(stored: StoredRecommendation) -> PersonRecommendation:
    """As ``from_stored``, without peers and what-ifs: for what shows neither."""
    found = stored.document
    read = engine_1.recommendation if engine_of(found) == 1 else _recommendation
    return PersonRecommendation(codec.from_json(EmployeeRow, found["row"]), read(found["recommendation"]))


def from_stored(stored: StoredRecommendation) -> PersonRecommendation:
    """InvalidInput when the stored form cannot be read."""
    return from_document(stored.document)


def from_document(found: JsonObject) -> PersonRecommendation:
    """Of any engine, as today's values. InvalidInput when it cannot be read."""
    is_first = engine_of(found) == 1
    read, read_peers, read_guess = (
        (engine_1.recommendation, engine_1.peers, engine_1.what_if)
        if is_first
        else (_recommendation, _peers, _what_if)
    )
    peers, what_ifs = found["peers"], found["what_ifs"]
    return PersonRecommendation(
        codec.from_json(EmployeeRow, found["row"]),
        read(found["recommendation"]),
        None if peers is None else read_peers(peers),
        tuple(read_guess(each) for each in what_ifs) if isinstance(what_ifs, list) else (),
    )


def _recommendation(value: Json) -> Recommendation:
    return codec.from_json(Recommendation, value)


def _peers(value: Json) -> Peers:
    return codec.from_json(Peers, value)


def _what_if(value: Json) -> WhatIf:
    return codec.from_json(WhatIf, value)


def is_same(stored: StoredRecommendation, computed: PersonRecommendation) -> bool:
    """Whether what is computed again is what was stored: every byte, or of an engine before every code and figure of it, as
    its texts are not made any more."""
    document = stored.document
    if engine_of(document) == ENGINE:
        return canonical_json(to_document(computed)) == stored.content
    return document["row"] == codec.to_json(computed.row) and _promise(from_document(document)) == _promise(
        computed
    )


def _promise(recommended: PersonRecommendation) -> Json:
    return engine_1.promise(recommended.recommendation, recommended.peers, recommended.what_ifs)
