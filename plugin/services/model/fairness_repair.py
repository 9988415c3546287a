"""Labels with the gap of each unit closed, made for one training run and forgotten: what stays is figures of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from plugin.advisor.fairness import wording
from plugin.advisor.fairness.gap import MIN_PER_GROUP
from plugin.advisor.fairness.proxy import UnitRepair, repair_labels
from plugin.errors import InvalidInput
from plugin.services.core import Core
from plugin.services.model import fairness_inputs
from plugin.services.model.fairness_inputs import Attribute
from plugin.texts import _

if TYPE_CHECKING:
    from plugin.advisor.model.tables import Floats, Table
    from plugin.advisor.model.training import PastCycle
    from plugin.advisor.recommendation.snapshot import EmployeeRow

Mask = npt.NDArray[np.bool_]
NO_UNIT = "no unit known"  # machine text  # a word of wording.STORED_WORDS


@dataclass(frozen=True)
class LargestUnit:
    """Of the newest year, the unit with most people among those with enough of both groups. ``gap`` in points of pay,
    negative = the group got less; as much was added to every label of the side that got less."""

    unit: str
    year: int
    gap: float
    n_group: int
    n_reference: int


@dataclass(frozen=True)
class Repair:
    """What was done to the labels of a training run. Points are of pay, means are over all labels of that side.

    ``labels`` were looked at; ``left`` stay as they were, because the attribute is not known or the year has too few people
    of a group. ``units`` count once a year; ``pooled`` of them were too small for an estimate of their own.
    """

    attribute: str
    group: str
    reference: str
    years: tuple[int, ...]
    labels: int
    left: int
    units: int
    pooled: int
    mean_points: float
    mean_group: float
    mean_reference: float
    largest: LargestUnit | None


@dataclass(frozen=True)
class _Year:
    """One year's labels of people whose attribute is known. ``rows`` are their places in the table."""

    year: int
    rows: npt.NDArray[np.int64]
    in_group: Mask
    unit: tuple[str, ...]
    added: Floats
    repairs: tuple[UnitRepair, ...]


def choices(core: Core) -> tuple[Attribute, ...]:
    """The attributes on which labels can be repaired: those of which something is stored."""
    with core.database.reading() as tx:
        return fairness_inputs.stored(tx)


def repaired(core: Core, table: Table, past: Sequence[PastCycle], attribute: str) -> tuple[Table, Repair]:
    """The table with each year's labels repaired by themselves, so that no year is changed by what came after it.

    Unit: the organisational unit of the year's snapshot; controls: ratings. InvalidInput for an attribute that is unknown
    or not stored, or when no year has enough people of both groups.
    """
    chosen = _attribute(core, attribute)
    years = [found for cycle in past if (found := _year(core, table, cycle, chosen)) is not None]
    if not years:
        raise InvalidInput(
            _(
                "Nothing can be repaired: no year has %(least)s past raises of each group (%(group)s, %(reference)s).",
                least=MIN_PER_GROUP,
                group=wording.word(chosen.group),
                reference=wording.word(chosen.reference),
            ),
            fields={"repair": _("There are too few employees in a group.")},
            remedy=_("Import the attribute for more employees, or train on the original raises."),
        )
    labels = table.y.copy()
    for year in years:
        labels[year.rows] += year.added
    return replace(table, y=labels), _summary(chosen, years, len(table))


def _attribute(core: Core, name: str) -> Attribute:
    known = {one.name: one for one in fairness_inputs.ATTRIBUTES}
    if name not in known:
        raise InvalidInput(
            _("Past raises can't be repaired on %(name)s.", name=name),
            fields={"repair": _("Choose one of: %(choices)s.", choices=", ".join(known))},
        )
    if known[name] not in choices(core):
        raise InvalidInput(
            _("Past raises can't be repaired: no values are stored for %(name)s.", name=wording.word(name)),
            fields={"repair": _("No values are stored.")},
            remedy=_(
                "Import the attribute with %(command)s, or train on the original raises.",
                command="raise-advisor fairness import FILE",
            ),
        )
    return known[name]


def _year(core: Core, table: Table, cycle: PastCycle, attribute: Attribute) -> _Year | None:
    """None when either group has too few people in that year."""
    if table.cluster is None:
        raise InvalidInput("the table does not say whose labels these are")  # machine text
    with core.database.reading() as tx:
        groups = fairness_inputs.groups(tx, attribute, cycle.snapshot.as_of)
    places = np.nonzero(table.year == cycle.year)[0]
    rows = places[[int(who) in groups for who in table.cluster[places]]] if len(places) else places
    people = [cycle.snapshot.row(int(who)) for who in table.cluster[rows]]
    in_group = np.array([groups[row.person_id] for row in people], dtype=bool)
    if min(int(in_group.sum()), int((~in_group).sum())) < MIN_PER_GROUP:
        return None
    unit = tuple(_unit(row) for row in people)
    labels, repairs = repair_labels(table.y[rows], in_group, unit, fairness_inputs.ratings(people))
    return _Year(cycle.year, rows, in_group, unit, labels - table.y[rows], tuple(repairs))


def _unit(row: EmployeeRow) -> str:
    return row.org_unit.strip() or NO_UNIT


def _summary(attribute: Attribute, years: Sequence[_Year], labels: int) -> Repair:
    added = np.concatenate([year.added for year in years])
    in_group = np.concatenate([year.in_group for year in years])
    repairs = [one for year in years for one in year.repairs]
    return Repair(
        attribute.name,
        attribute.group,
        attribute.reference,
        tuple(year.year for year in years),
        len(added),
        labels - len(added),
        len(repairs),
        sum(one.is_pooled for one in repairs),
        float(added.mean()),
        float(added[in_group].mean()),
        float(added[~in_group].mean()),
        _largest(years[-1]),
    )


def _largest(year: _Year) -> LargestUnit | None:
    """None when every unit has too few people of a group for its gap to be shown."""
    units, shown = np.asarray(year.unit), [one for one in year.repairs if not one.is_pooled]
    if not shown:
        return None
    found = max(shown, key=lambda one: (int((units == one.unit).sum()), one.unit))
    here = units == found.unit
    ours = int((here & year.in_group).sum())
    return LargestUnit(found.unit, year.year, found.gap, ours, int(here.sum()) - ours)
