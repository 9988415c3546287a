"""The schema is what plugin/store/tables says, on both databases, and every personal column has a rule."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from plugin.errors import ConfigError
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.operation import audits
from plugin.store.tables import account, metadata, pay, person

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

# A column is personal when its name says so; the test fails for a new one without a category and an erase rule.
PERSONAL_NAMES = (
    "email",
    "name",
    "percent",
    "amount",
    "annual",
    "score",
    "label",
    "note",
    "raw",
    "payload",
    "by",
    "title",
    "hours",
)
NOT_PERSONAL = {
    "connection.name", "connection_secret.name", "webhook_endpoint.name", "policy.name", "cycle.name", "skill.name", "issuer.name",
    "catalogue_entry.name", "catalogue_entry.issuer_name", "catalogue_entry.proposed_by", "cycle.budget_percent", "model.note",
    "scarcity.offer_rejection_percent", "protected_attribute.name",
}  # fmt: skip


def test_migrated_schema_is_what_models_declare(any_database: Database) -> None:
    assert migrate.differences(any_database) == []
    assert not migrate.pending(any_database)


def test_every_personal_column_names_category_and_erase_rule() -> None:
    missing = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(column.name == word or column.name.endswith("_" + word) for word in PERSONAL_NAMES)
        and f"{table.name}.{column.name}" not in NOT_PERSONAL
        and not {"personal", "erase"} <= set(column.info)
    ]
    assert missing == []


def test_money_and_times_come_back_exactly(any_database: Database) -> None:
    with any_database.transaction() as tx:
        person_id = tx.execute(
            person.insert().values(
                source_id="E1", display_name="Ada Example", fte=Decimal("0.8"), updated_at=NOW
            )
        ).inserted_primary_key[0]
        tx.execute(
            pay.insert().values(
                person_id=person_id,
                effective_on=date(2026, 4, 1),
                annual=Decimal("98765.4321"),
                currency="EUR",
            )
        )
    with any_database.reading() as tx:
        assert tx.execute(sa.select(pay.c.annual)).scalar_one() == Decimal("98765.4321")
        assert tx.execute(sa.select(person.c.updated_at)).scalar_one() == NOW
        assert tx.execute(sa.select(person.c.updated_at)).scalar_one().tzinfo is UTC


def test_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError), database.transaction() as tx:
        tx.execute(
            person.insert().values(
                source_id="E1", display_name="A", fte=Decimal(1), updated_at=datetime(2026, 1, 1)
            )
        )


def test_failed_transaction_leaves_nothing(any_database: Database) -> None:
    with pytest.raises(RuntimeError), any_database.transaction() as tx:
        audits.append(tx, NOW, "tester", "try", "nothing")
        raise RuntimeError
    with any_database.reading() as tx:
        assert audits.count(tx) == 0


def test_reading_never_writes(any_database: Database) -> None:
    with any_database.reading() as tx:
        audits.append(tx, NOW, "tester", "try", "nothing")
    with any_database.reading() as tx:
        assert audits.count(tx) == 0


def test_errors_do_not_show_parameters(any_database: Database) -> None:
    values = {
        "email": "a@example.com",
        "display_name": "canary-987654321",
        "roles": [],
        "active": True,
        "created_at": NOW,
    }
    with pytest.raises(sa.exc.IntegrityError) as caught, any_database.transaction() as tx:
        tx.execute(account.insert().values(**values))
        tx.execute(account.insert().values(**values))
    assert "canary" not in str(caught.value.statement) + str(caught.value.args[0]).split("DETAIL")[0]


def test_unknown_database_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="mysql"):
        Database("mysql://localhost/x")


def test_audit_chain_holds_and_shows_a_change(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for number in range(5):
            audits.append(tx, NOW, "tester", "count", "thing", {"number": number})
    with any_database.reading() as tx:
        assert audits.first_break(tx) is None
        assert audits.head(tx)[0] == 5
    with any_database.transaction() as tx:
        tx.execute(sa.text("UPDATE audit SET actor = 'somebody else' WHERE seq = 3"))
    with any_database.reading() as tx:
        assert audits.first_break(tx) == 3


def test_audit_chain_shows_a_missing_entry(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for number in range(5):
            audits.append(tx, NOW, "tester", "count", "thing", {"number": number})
        tx.execute(sa.text("DELETE FROM audit WHERE seq = 2"))
    with any_database.reading() as tx:
        assert audits.first_break(tx) == 2
