"""Values that wait to be judged are not used, whatever happens between reading and judging them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.domain import HeldRule, Stream
from plugin.services.core import Core
from plugin.services.cycle import snapshots
from plugin.services.people import plausibility
from plugin.store import tables
from plugin.store.people import withheld
from tests.small_company import SNAPSHOT_ON, Company, fill

ADA = "Ada Example"


@pytest.fixture
def company(any_core: Core) -> Company:
    found = fill(any_core)
    with any_core.database.transaction() as tx:
        plausibility.judge(tx, any_core)
    return found


def _apply(core: Core, who: int, amount: int) -> None:
    """As a batch of records does it, up to where the process dies."""
    with core.database.transaction() as tx:
        tx.execute(tables.pay.update().where(tables.pay.c.person_id == who).values(annual=Decimal(amount)))
        plausibility.mark(tx, core, Stream.PAY, {who}, [])


def _held(core: Core) -> dict[int, tuple[HeldRule, ...]]:
    with core.database.reading() as tx:
        return withheld.held_people(tx)


def test_who_waits_to_be_judged_gets_no_figure(any_core: Core, company: Company) -> None:
    ada = company[ADA]
    _apply(any_core, ada, 57_000)
    assert _held(any_core) == {ada: (HeldRule.UNJUDGED,)}
    with any_core.database.reading() as tx:
        assert [one.person_id for one in snapshots.build(tx, SNAPSHOT_ON, "EUR", {}).left_out] == [ada]
        person = tables.person.c.id
        assert list(tx.execute(tables.person.select().where(withheld.is_held(person))).scalars()) == [ada]
    assert plausibility.judge_waiting(any_core) == 0
    assert _held(any_core) == {}
