"""What a recommendation says of its range: how often such ranges held, or why that is not known."""

from __future__ import annotations

from decimal import Decimal

from plugin.advisor.model import interval
from plugin.advisor.model.predictor import Predictor
from plugin.advisor.recommendation.values import Confidence, ConfidenceCode, Facts, Note, NoteCode
from plugin.domain import RangeKind, RecommendationStatus

EXACT = Decimal("0.0001")


def no_record(status: RecommendationStatus) -> Confidence:
    special = {
        RecommendationStatus.ABSTAINED: ConfidenceCode.ABSTAINED,
        RecommendationStatus.FIXED: ConfidenceCode.FIXED,
    }
    return Confidence(special.get(status, ConfidenceCode.POLICY))


def record_of(predictor: Predictor | None, band: int) -> Confidence:
    """The model's track record with such ratings."""
    record = None if predictor is None else predictor.track_record(band)
    if predictor is None or record is None:
        return Confidence(ConfidenceCode.POLICY)
    within = Decimal(f"{record[0]:.1f}")
    facts = Facts(points=within, people=record[1], year=predictor.tested_year)
    return Confidence(ConfidenceCode.TRACK_RECORD, facts)


def of_range(calibration: interval.Calibration | None, kind: RangeKind, band: int) -> Note:
    """Measured on decisions of this cycle, or the policy's, and why."""
    if calibration is None or not calibration.n:
        return Note(NoteCode.RANGE_TOO_FEW, Facts(people=interval.LEAST_ROWS))
    own = calibration.of_band(band)
    coverage, n = own if own and calibration.usable else (calibration.coverage["all"], calibration.n["all"])
    said = Facts(share=_share(coverage), people=n, level=_share(calibration.level))
    if not calibration.usable:
        return Note(NoteCode.RANGE_NOT_HELD, said)
    if kind != RangeKind.CALIBRATED:
        return Note(NoteCode.RANGE_NOT_HELD_FOR_RATING, said)
    return Note(NoteCode.RANGE_MEASURED if own else NoteCode.RANGE_MEASURED_TOGETHER, said)


def _share(value: float) -> Decimal:
    return Decimal(str(value)).quantize(EXACT)
