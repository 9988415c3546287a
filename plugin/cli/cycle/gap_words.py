"""What the shell says of the gaps that a repair of past raises is about."""

from __future__ import annotations

from plugin.texts import N_

GAPS = {
    "label_gap": N_(
        "Raises given, %(group)s compared with %(reference)s: %(points)s points (95%% interval %(low)s to %(high)s)"
    ),
    "recommendation_gap": N_(
        "Recommendations, %(group)s compared with %(reference)s: %(points)s points (95%% interval %(low)s to %(high)s)"
    ),
}
