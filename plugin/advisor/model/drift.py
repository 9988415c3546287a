"""Whether the people of a cycle look like those that a model learned from: population stability index of each input.

Alike inputs do not show that a model still holds: in measured years of universities pay positions stayed alike (index 0.001
to 0.005) while raises moved by 0.01 to 4.5, since the year's programme had changed. So the policy's figure and, once
people are decided, the raises themselves are compared too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.advisor.model.tables import Floats, Ints, Table
from plugin.domain import Json, JsonObject
from plugin.errors import InvalidInput
from plugin.texts import _

POLICY, RAISE = "policy_points", "raise_points"  # beside the features: what the policy says, what was given
SMALLEST = 30  # people below which an index is mostly chance
MOVED, MOVED_FAR = 0.1, 0.25  # the customary limits of the index


@dataclass(frozen=True)
class Bins:
    """How a column lay in training: ``counts`` of values <= each of ``edges`` and above the one before, the last above all
    edges, and ``missing`` ones."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    def to_json(self) -> JsonObject:
        return {"edges": list(self.edges), "counts": list(self.counts), "missing": self.missing}


@dataclass(frozen=True)
class Drift:
    """``index`` 0 = the same. ``chance``: 95% of draws of this size from the training people stay under it."""

    name: str
    index: float
    chance: float
    people: int

    @property
    def verdict(self) -> str:
        """``alike``, ``moved`` or ``moved_far``: large **and** unlikely to be chance."""
        if self.index < MOVED or self.index <= self.chance:
            return "alike"
        return "moved_far" if self.index >= MOVED_FAR else "moved"

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "index": round(self.index, 4),
            "chance": round(self.chance, 4),
            "people": self.people,
            "verdict": self.verdict,
        }


def deciles(table: Table) -> JsonObject:
    """Bins by name of each feature, of the policy's figure and of the raises, for the model's metadata."""
    columns = dict(zip(table.names, table.x.T, strict=True)) | {POLICY: table.base, RAISE: table.y}
    return {name: bins(values).to_json() for name, values in columns.items()}


def bins(values: Floats) -> Bins:
    """At most ten bins at the deciles; fewer where many people share a value. NaN is missing."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Bins((), (0,), len(values))
    inner = np.quantile(known, np.arange(1, 10) / 10, method="inverted_cdf")
    edges = np.unique(inner[inner < known.max()])
    if known.min() == known.max():  # all alike: below, equal, above
        edges = np.array([np.nextafter(known[0], -np.inf), known[0]])
    return Bins(tuple(edges.tolist()), tuple(_counts(known, edges).tolist()), int(len(values) - len(known)))


def _counts(known: Floats, edges: Floats) -> Ints:
    counts: Ints = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return counts


def from_json(value: Json) -> Bins | None:
    """None for what is no bins (a model trained before they were kept)."""
    if not isinstance(value, dict):
        return None
    edges, counts, missing = value.get("edges"), value.get("counts"), value.get("missing")
    if not isinstance(edges, list) or not isinstance(counts, list) or not isinstance(missing, int):
        return None
    return Bins(
        tuple(float(str(edge)) for edge in edges), tuple(int(str(count)) for count in counts), missing
    )


def drift(name: str, before: Bins, values: Floats) -> Drift:
    """The index of ``values`` against ``before``; half a person is added to every bin, so that an empty one is no infinity.

    Missing values are a bin of their own. InvalidInput for fewer than ``SMALLEST`` people.
    """
    from scipy import stats

    if len(values) < SMALLEST:
        raise InvalidInput(
            _("Fewer than %(least)s employees: the index would be mostly chance.", least=SMALLEST)
        )
    known = values[~np.isnan(values)]
    here = np.append(_counts(known, np.array(before.edges)), len(values) - len(known))
    there = np.array([*before.counts, before.missing])
    used = (here + there) > 0
    ours, theirs = _shares(here[used]), _shares(there[used])
    index = float(((ours - theirs) * np.log(ours / theirs)).sum())
    freedom = max(int(used.sum()) - 1, 1)
    size = 1 / int(here.sum()) + 1 / max(int(there.sum()), 1)
    return Drift(name, index, float(stats.chi2.ppf(0.95, freedom)) * size, len(values))


def _shares(counts: Ints) -> Floats:
    shares: Floats = (counts + 0.5) / (counts + 0.5).sum()
    return shares
