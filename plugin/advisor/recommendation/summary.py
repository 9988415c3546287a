"""One sentence or two on a recommendation: kept as codes and figures where results are stored, said in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.advisor.recommendation import codec, shown, wording
from plugin.advisor.recommendation.messages import CONFIDENCE, IN_SENTENCE, REASON_LABELS
from plugin.advisor.recommendation.values import (
    Abstention,
    ConfidenceCode,
    Group,
    Note,
    Reason,
    ReasonCode,
    Recommendation,
)
from plugin.domain import Json
from plugin.figures import writing
from plugin.texts import _


@dataclass(frozen=True)
class Summary:
    """``up``: the two strongest reasons above the typical raise, ``down``: the strongest below; percent of pay.

    Without a figure, why there is none: an abstention or the notes.
    """

    percent: Decimal | None
    base: Decimal | None
    up: tuple[ReasonCode, ...] = ()
    down: tuple[ReasonCode, ...] = ()
    abstention: Abstention | None = None
    notes: tuple[Note, ...] = ()


def of(made: Recommendation) -> Summary:
    if made.percent is None or made.baseline is None:
        return Summary(None, None, abstention=made.abstention, notes=made.notes)
    ups, downs = _sides(shown.reasons(made))
    return Summary(made.percent, made.baseline.points, tuple(ups[:2]), tuple(downs[:1]))


def kept(made: Recommendation) -> Json:
    """As a task's result stores it."""
    return codec.to_json(of(made))


def said(stored: Json) -> str:
    """The sentence of what ``kept`` gave; one that an older version stored stays as it is."""
    return stored if isinstance(stored, str) else words(codec.from_json(Summary, stored))


def words(found: Summary) -> str:
    if found.percent is None or found.base is None:
        if found.abstention is not None:
            return wording.abstention(found.abstention)
        return " ".join(map(wording.note, found.notes)) or _(CONFIDENCE[ConfidenceCode.ABSTAINED])
    ups, downs = found.up, found.down
    figures = {"percent": writing.percent(found.percent), "base": writing.percent(found.base)}
    if ups and downs:
        return _both(ups, downs[0], figures)
    if ups and found.percent > found.base:
        return _above(ups, figures)
    if downs and found.percent < found.base:
        return _(
            "We recommend %(percent)s. It is below the typical %(base)s because of %(down)s.",
            down=_inside(downs[0]),
            **figures,
        )
    if found.percent == found.base:
        return _("We recommend %(percent)s, the typical raise.", **figures)
    return _(
        "We recommend %(percent)s. The typical raise is %(base)s; no single reason stands out.", **figures
    )


def _above(ups: Sequence[ReasonCode], figures: Mapping[str, str]) -> str:
    if len(ups) == 1:
        return _(
            "We recommend %(percent)s. It is above the typical %(base)s because of %(up)s.",
            up=_inside(ups[0]),
            **figures,
        )
    return _(
        "We recommend %(percent)s. %(up)s and %(second)s raise it above the typical %(base)s.",
        up=_(REASON_LABELS[ups[0]]),
        second=_inside(ups[1]),
        **figures,
    )


def _both(ups: Sequence[ReasonCode], down: ReasonCode, figures: Mapping[str, str]) -> str:
    names = {"up": _inside(ups[0]), "down": _inside(down)}
    if len(ups) == 1:
        return _(
            "We recommend %(percent)s; the typical raise is %(base)s. It goes up for %(up)s and down for %(down)s.",
            **names,
            **figures,
        )
    return _(
        "We recommend %(percent)s; the typical raise is %(base)s. "
        "It goes up for %(up)s and %(second)s, and down for %(down)s.",
        second=_inside(ups[1]),
        **names,
        **figures,
    )


def _sides(reasons: Sequence[Reason]) -> tuple[list[ReasonCode], list[ReasonCode]]:
    """The reasons that raise and those that lower, the strongest first."""
    named = sorted((one for one in reasons if one.group is not Group.OTHER), key=lambda one: -abs(one.points))
    return [one.code for one in named if one.points > 0], [one.code for one in named if one.points < 0]


def _inside(code: ReasonCode) -> str:
    """A reason's name inside of a sentence."""
    return _(IN_SENTENCE[code])
