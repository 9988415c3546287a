"""Work that was queued before all queues had the same columns goes on after the upgrade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.operation import leased_work, queues, tasks
from plugin.store.sources import inbound

BEFORE, AFTER = "0002", "0003"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TASK = (
    "INSERT INTO task (kind, subject, arguments, state, progress, attempts, requested_at)"
    " VALUES ('train', 'policy:1', '{}', 'queued', '', 0, '2026-11-21 08:00:00')"
)
CONNECTION = (
    "INSERT INTO connection (id, connector, name, settings, sinks, state, hook_token, version, created_at, updated_at)"
    " VALUES (1, 'suite', 'Suite', '{}', '[]', 'active', 't', 1, '2026-11-01', '2026-11-01')"
)
EVENT = (
    "INSERT INTO inbound_event (connection_id, message_id, body, received_at, state, attempts, due_at)"
    " VALUES (1, 'm', '{}', '2026-11-01 08:00:00', 'handled', 1, '2026-11-01 08:00:00')"
)


def test_queued_work_goes_on_and_handled_work_is_pruned(empty_database: Database) -> None:
    migrate.upgrade(empty_database, BEFORE)
    with empty_database.transaction() as tx:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql("SET TIME ZONE 'UTC'")
        for row in (TASK, CONNECTION, EVENT):
            tx.exec_driver_sql(row)
    migrate.upgrade(empty_database, AFTER)
    with empty_database.transaction() as tx:
        held = tasks.claim(tx, NOW)
        assert held is not None
        assert (held.row.subject, held.row.due_at) == ("policy:1", NOW - timedelta(hours=1))
        leased_work.extend(tx, NOW, held.lease)
        assert inbound.prune(tx, NOW - timedelta(days=30)) == 0
        assert inbound.prune(tx, NOW - timedelta(days=10)) == 1
        assert queues.page(tx, inbound.QUEUE) == []
