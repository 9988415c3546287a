"""What becomes of recommendations is counted alike on both databases, and small numbers are not turned into shares."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.errors import InvalidInput
from plugin.services.core import Core
from plugin.services.cycle import cycle_monitoring, exceptions
from plugin.store import tables
from plugin.store.cycle import recommendations
from tests.small_company import fill, open_cycle, put_decision


def _decide(core: Core, cycle_id: int, changes: list[str]) -> None:
    with core.database.transaction() as tx:
        recommended = [one for one in recommendations.all_current(tx, cycle_id) if one.percent is not None]
        for one, change in zip(recommended, changes, strict=False):
            assert one.percent is not None
            put_decision(core, tx, cycle_id, one.person_id, one.percent + Decimal(change))


def test_changes_and_abstentions_are_counted(any_core: Core) -> None:
    cycle_id = open_cycle(any_core, fill(any_core))
    _decide(any_core, cycle_id, ["0", "0.04", "0.5", "-0.3", "0", "0"])
    found = cycle_monitoring.of_cycle(any_core, cycle_id)
    counts = found.counts
    assert (counts.up, counts.unchanged, counts.down, counts.decided) == (2, 3, 1, 6)
    assert counts.recommended + counts.abstained == counts.eligible == 22
    assert dict(found.abstentions).keys() == {"rating_missing"}
    assert sum(n for _, n in found.abstentions) == counts.abstained > 0
    assert found.unchanged_share == pytest.approx(3 / 6)


def test_no_share_under_five_decisions(core: Core) -> None:
    cycle_id = open_cycle(core, fill(core))
    _decide(core, cycle_id, ["0"] * 4)
    found = cycle_monitoring.of_cycle(core, cycle_id)
    assert found.unchanged_share is None
    assert not found.is_rubber_stamping


def test_a_person_is_found_by_number_and_by_name_only_where_allowed(core: Core) -> None:
    company = fill(core)
    cycle_id = open_cycle(core, company)
    ada, ben = company["Ada Example"], company["Ben Sample"]
    with core.database.transaction() as tx:  # Ben's employee number looks like a number of ours
        mine = tables.person.c.id == ben
        tx.execute(tables.person.update().where(mine).values(employee_number=str(ada)))
        tx.execute(tables.person.update().where(tables.person.c.id == ada).values(employee_number="00014"))
    assert exceptions.person_of(core, cycle_id, "00014", by_name=False).person_id == ada
    assert exceptions.person_of(core, cycle_id, " ADA example ", by_name=True).person_id == ada
    assert exceptions.person_of(core, cycle_id, str(ada), by_name=False).person_id == ben
    gia = exceptions.person_of(core, cycle_id, "p-010", by_name=False)
    assert gia.number == gia.source_id == "P-010"
    ours = str(company["Cleo Instance"])
    for text, by_name in (("Ada Example", False), ("14", True), (ours, True), ("999999", True), ("", True)):
        with pytest.raises(InvalidInput):
            exceptions.person_of(core, cycle_id, text, by_name=by_name)
