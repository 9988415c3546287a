"""What a recommendation says of its range: how often such ranges held, or why that is not known."""

from __future__ import annotations

from plugin.advisor.model import interval
from plugin.advisor.recommendation import wording
from plugin.domain import RangeKind, RecommendationStatus


def no_record(status: RecommendationStatus) -> str:
    special = {
        RecommendationStatus.ABSTAINED: wording.CONFIDENCE_ABSTAINED,
        RecommendationStatus.FIXED: wording.CONFIDENCE_FIXED,
    }
    return special.get(status, wording.CONFIDENCE_POLICY)


def of_range(calibration: interval.Calibration | None, kind: RangeKind, band: int) -> str:
    if calibration is None or not calibration.usable:
        why = calibration.warning if calibration is not None else ""
        return wording.INTERVAL_NOTE.format(why=why or interval.NONE.warning)
    own = calibration.of_band(band)
    coverage, n = own or (calibration.coverage["all"], calibration.n["all"])
    said = {"coverage": f"{coverage:.0%}", "n": n, "level": f"{calibration.level:.0%}"}
    if kind == RangeKind.CALIBRATED:
        return (wording.COVERAGE_NOTE if own else wording.COVERAGE_ALL_NOTE).format(**said)
    return wording.INTERVAL_NOTE.format(why=wording.BAND_WARNING.format(**said))
