"""A write goes to the HR suite that the person comes from: the same id is somebody else's on another site."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

from plugin.connectors.base import Context, Writer
from plugin.connectors.writing import Create, Desired, Done
from plugin.domain import OutboxKind, PersonRecord, Sink
from plugin.services.core import Core
from plugin.services.delivery import events, writes
from plugin.store import tables
from plugin.store.database import Tx
from plugin.store.delivery import holds
from plugin.store.people import persons
from plugin.store.sources import connections

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ID = "HR-EMP-00007"


def site(tx: Tx, name: str) -> tuple[int, int]:
    """A connection with all sinks on, and its person of the one id that all sites have."""
    made = connections.add(tx, AT, connector="frappe_hr", name=name, settings={}, hook_token=name)
    connections.change(tx, AT, made, 1, sinks=[one.value for one in Sink])
    who = PersonRecord(source_id=ID, display_name=f"Ada of {name}", hired_on=date(2020, 1, 1))
    return made, persons.put(tx, AT, made, [who])[0][ID]


def wish(tx: Tx, who: int, sink: Sink = Sink.RAISES, key: str = "k") -> int:
    return events.write(tx, AT, Desired(sink, key, ID, {"annual": "53040.00"}), persons.get(tx, who))


def test_two_sites_with_the_same_ids_get_each_their_own_person_s_write(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        north, of_north = site(tx, "North")
        south, of_south = site(tx, "South")
        assert (wish(tx, of_north), wish(tx, of_south)) == (1, 1)
        queued = tx.execute(tables.outbox.select().order_by(tables.outbox.c.id)).all()
    assert [(row.target_id, row.person_id) for row in queued] == [(north, of_north), (south, of_south)]


def test_nothing_crosses_to_a_site_that_writes_when_the_own_one_does_not(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        north, of_north = site(tx, "North")
        site(tx, "South")
        connections.change(tx, AT, north, 2, sinks=[])
        assert wish(tx, of_north) == 0


def test_a_person_whose_connection_was_removed_is_written_nowhere(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        north, of_north = site(tx, "North")
        site(tx, "South")
        connections.remove(tx, north)
        assert wish(tx, of_north) == 0


class Suite:
    """Takes every write but those of one sink, for which a right is missing."""

    def __init__(self, lacking: Sink) -> None:
        self.lacking, self.taken = lacking, list[str]()

    def lookup(self, _ctx: Context, desired: list[Desired]) -> dict[str, object]:
        return {}

    def plan(self, _ctx: Context, desired: Desired, _remote: object) -> Create:
        return Create(desired)

    def apply(self, _ctx: Context, action: Create, _op_id: object) -> object:
        from plugin.connectors.writing import AuthLost

        if action.desired.sink is self.lacking:
            return AuthLost("the API user lacks a permission", "permission")
        self.taken.append(action.desired.key)
        return Done(action.desired.key, None, {"payslip_after": {"net_pay": 3600.0}})


def test_one_missing_right_stops_its_sink_and_no_other(any_core: Core) -> None:
    with any_core.database.transaction() as tx:
        north, who = site(tx, "North")
        wish(tx, who, Sink.SKILLS, "skill")
    suite = Suite(Sink.SKILLS)

    def opened(_core: Core, _id: int) -> tuple[Writer, Context]:
        return cast("Writer", suite), cast("Context", None)

    assert writes.perform_next(any_core, opened)
    with any_core.database.transaction() as tx:
        assert [(one.part, one.code) for one in holds.current(tx, any_core.clock())] == [
            ("skills.write", "permission")
        ]
        other, _names = persons.put(
            tx, AT, north, [PersonRecord(source_id="HR-EMP-00008", display_name="Ben")]
        )
        wish(tx, other["HR-EMP-00008"], Sink.RAISES, "raise")
        wish(tx, other["HR-EMP-00008"], Sink.SKILLS, "another skill")
    while writes.perform_next(any_core, opened):
        pass
    assert suite.taken == ["raise"]
    with any_core.database.transaction() as tx:
        done = tx.execute(tables.outbox.select().where(tables.outbox.c.state == "done")).one()
        assert done.seen == {"payslip_after": {"net_pay": 3600.0}}
        assert holds.release(tx, OutboxKind.WRITE, north)
