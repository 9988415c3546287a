"""One person's advice as it is stored and read back: the frozen row, the recommendation, peers and what-ifs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor import codec, wording
from plugin.advisor.recommendation import Peers, Recommendation, Status, WhatIf
from plugin.advisor.snapshot import EmployeeRow
from plugin.domain import JsonObject, Money, one_decimal
from plugin.store.guidance import MadeRecommendation, StoredRecommendation

ZERO = Decimal(0)


@dataclass(frozen=True)
class Advice:
    """Everything a page shows of one person. ``peers`` holds rounded, nameless figures of others, or none."""

    row: EmployeeRow
    recommendation: Recommendation
    peers: Peers | None = None
    what_ifs: tuple[WhatIf, ...] = ()

    @property
    def is_eligible(self) -> bool:
        return self.recommendation.status != Status.INELIGIBLE

    @property
    def suggested(self) -> Decimal | None:
        """Points of pay, None when the advisor gives no number."""
        return self.recommendation.percent if self.is_eligible else None

    @property
    def summary(self) -> str:
        """One sentence first: why there is this figure, or why there is none."""
        return wording.summary(self.recommendation)

    @property
    def planned(self) -> Money:
        """What the budget must expect: the suggestion, or the policy's own figure when there is none."""
        if not self.is_eligible:
            return Money(ZERO, self.row.annual.currency)
        if self.recommendation.amount is not None:
            return self.recommendation.amount
        return self.row.paid.percent(self.recommendation.planned).rounded()

    def is_outside(self, percent: Decimal) -> bool:
        """Outside the suggested range, compared as shown (one decimal), so that 6.96 is not above 7.0."""
        shown = one_decimal(percent)
        return not one_decimal(self.recommendation.low) <= shown <= one_decimal(self.recommendation.high)

    def annual_after(self, percent: Decimal) -> Money:
        """Full-time pay a year after a raise of ``percent``, unrounded."""
        return self.row.annual + self.row.annual.percent(percent)


def to_document(advice: Advice) -> JsonObject:
    """The JSON form that the store keeps."""
    return {
        "row": codec.to_json(advice.row),
        "recommendation": codec.to_json(advice.recommendation),
        "peers": codec.to_json(advice.peers),
        "what_ifs": codec.to_json(advice.what_ifs),
    }


def to_store(advice: Advice) -> MadeRecommendation:
    """The row that the store keeps: the document, and the figures that lists and sums need."""
    made = advice.recommendation
    return MadeRecommendation(
        person_id=made.person_id,
        percent=made.percent,
        status=made.status.value,
        paid=advice.row.paid.amount,
        planned_amount=advice.planned.amount,
        planned_percent=made.guideline.default if made.percent is None else made.percent,
        low=made.low,
        high=made.high,
        policy_minimum=made.guideline.minimum,
        policy_maximum=made.guideline.maximum,
        document=to_document(advice),
    )


def from_stored(stored: StoredRecommendation) -> Advice:
    """InvalidInput when the stored form cannot be read."""
    found = stored.document
    peers, what_ifs = found["peers"], found["what_ifs"]
    return Advice(
        codec.from_json(EmployeeRow, found["row"]),
        codec.from_json(Recommendation, found["recommendation"]),
        None if peers is None else codec.from_json(Peers, peers),
        tuple(codec.from_json(WhatIf, each) for each in what_ifs) if isinstance(what_ifs, list) else (),
    )
