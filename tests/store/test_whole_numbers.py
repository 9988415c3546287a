"""A database of the first release comes to whole numbers without loss, and what its decisions mean is stored."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from plugin.services.core import Core
from plugin.services.decision import deciding, worksheet
from plugin.services.decision.deciding import Choice
from plugin.store import migrate
from plugin.store.column_types import Fixed
from plugin.store.database import Database
from plugin.store.tables import metadata
from tests.small_company import fill, open_cycle

BEFORE, AFTER = "0001", "0002"
FORMER = {"recommendation_run": "advice_run", "recommendation_run_id": "advice_run_id"}  # tables and columns


class Exact(sa.types.TypeDecorator[Decimal]):
    """As the first release stored decimals."""

    impl = sa.Numeric(20, 6)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(sa.String(40) if dialect.name == "sqlite" else sa.Numeric(20, 6))

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        return format(value, "f") if value is not None and dialect.name == "sqlite" else value


GONE = {
    "account": {"session_epoch": 0, "failed_sign_ins": 0}
}  # columns that a later release dropped, as the first one filled them


def _shape(database: Database) -> dict[str, set[str]]:
    with database.reading() as tx:
        looked = sa.inspect(tx)
        return {
            name: {column["name"] for column in looked.get_columns(name)} for name in looked.get_table_names()
        }


def _tables(shape: dict[str, set[str]], *, exact: bool = False) -> list[sa.TableClause]:
    """Our tables with the columns that they have in a revision, parents before children."""
    return [
        sa.table(
            _then(table.name),
            *(
                sa.column(
                    _then(column.name), Exact() if exact and isinstance(column.type, Fixed) else column.type
                )
                for column in table.columns
                if _then(column.name) in shape[_then(table.name)]
            ),
        )
        for table in metadata.sorted_tables
        if _then(table.name) in shape
    ]


def _then(name: str) -> str:
    return FORMER.get(name, name)


def _of_today(old: sa.TableClause) -> sa.Select[Any]:
    """The same values where they stand today."""
    now = {former: name for name, former in FORMER.items()}
    table = metadata.tables[now.get(old.name, old.name)]
    return sa.select(*(table.c[now.get(column.name, column.name)] for column in old.columns))


def _rows(database: Database, queries: dict[str, sa.Select[Any]]) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as tx:
        return {
            name: sorted((tuple(row) for row in tx.execute(query)), key=repr)
            for name, query in queries.items()
        }


def _copy(source: Database, target: Database) -> None:
    """Into the columns of the first release."""
    shape = _shape(target)
    with source.reading() as read, target.rebuilding() as tx:
        if not target.is_sqlite:
            tx.exec_driver_sql("SET session_replication_role = replica")  # people before their managers
        for old in _tables(shape, exact=True):
            names = [column.name for column in old.columns]
            gone = GONE.get(old.name, {})
            values = [dict(zip(names, row, strict=True)) | gone for row in read.execute(_of_today(old))]
            if values:
                columns = [sa.column(column.name, column.type) for column in old.columns]
                tx.execute(sa.table(old.name, *columns, *map(sa.column, gone)).insert(), values)


def _decided_company(core: Core) -> None:
    """Everybody of one team is decided: as recommended, above, far above, below; and one has a figure of the manager's only."""
    company = fill(core)
    cycle_id = open_cycle(core, company)
    sheet = worksheet.load(core, company.dana, cycle_id)
    rows = [row for row in sheet.rows if row.recommended and row.recommended.is_eligible]
    deciding.estimate(core, company.dana, cycle_id, rows[0].person_id, Decimal("3.25"))
    for row, away in zip(rows[1:], ("0", "1.3", "2.6", "-0.7", "-2.4"), strict=False):
        assert row.recommended
        percent = max(row.recommended.recommendation.planned + Decimal(away), Decimal(0))
        with suppress(deciding.InvalidInput):
            deciding.decide(core, company.hr, cycle_id, row.person_id, Choice(percent, reason_code="market"))


def test_a_filled_database_keeps_every_value(any_core: Core, empty_beside: Database) -> None:
    _decided_company(any_core)
    migrate.upgrade(empty_beside, BEFORE)
    first = _shape(empty_beside)
    _copy(any_core.database, empty_beside)
    migrate.upgrade(empty_beside, AFTER)
    second = _shape(empty_beside)
    assert {name for table in second for name in second[table] - first.get(table, set())} == {
        "cost", "budget_cost", "is_unchanged", "is_outside", "needs_hr"
    }  # fmt: skip
    tables = _tables(second)
    moved = _rows(empty_beside, {table.name: sa.select(table) for table in tables})
    assert moved == _rows(any_core.database, {table.name: _of_today(table) for table in tables})
    with any_core.database.reading() as tx:
        said = tx.execute(sa.select(metadata.tables["decision"])).all()
    assert {(row.is_unchanged, row.is_outside, row.needs_hr) for row in said} >= {
        (True, False, False), (False, True, False), (False, True, True), (False, False, False)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "units"),
    [("98765.4321", 987_654_321), ("0.00005", 1), ("-0.00005", -1), ("-12.5", -125_000), ("9999999999999", 99_999_999_999_990_000)],
)  # fmt: skip
def test_money_finer_than_the_unit_is_rounded_once(empty_database: Database, text: str, units: int) -> None:
    migrate.upgrade(empty_database, BEFORE)
    person = "INSERT INTO person (id, source_id, display_name, fte, updated_at) VALUES (1, 'E1', 'Ada', '0.8', '2026-11-21 09:00:00')"
    pay = "INSERT INTO pay (person_id, effective_on, annual, currency) VALUES (1, '2026-04-01', '{}', 'EUR')"
    with empty_database.transaction() as tx:
        tx.exec_driver_sql(person)
        tx.exec_driver_sql(pay.format(text))
    migrate.upgrade(empty_database, AFTER)
    with empty_database.reading() as tx:
        assert tx.exec_driver_sql("SELECT annual FROM pay").scalar_one() == units
        assert tx.exec_driver_sql("SELECT fte FROM person").scalar_one() == 800_000
