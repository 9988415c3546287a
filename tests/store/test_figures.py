"""Figures are whole numbers of a small unit in both databases: exact, comparable and summable up to a whole firm."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

import plugin.store
from plugin.errors import InvalidInput
from plugin.store.column_types import MONEY, POINTS, ROUNDED_MONEY, ROUNDED_POINTS, Fixed, Misfit, total
from plugin.store.database import Database
from plugin.store.tables import metadata

FIRM = 336_000  # people
HIGHEST = {"VND": Decimal(12_000_000_000), "IDR": Decimal(8_000_000_000), "KRW": Decimal(600_000_000)}


def test_every_figure_is_a_whole_number_in_the_database(any_database: Database) -> None:
    declared = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Fixed)
    }
    with any_database.reading() as tx:
        looked = sa.inspect(tx)
        stored = {
            (table, column["name"]): column["type"]
            for table in {name for name, _ in declared}
            for column in looked.get_columns(table)
        }
    assert len(declared) > 30
    assert {key: str(stored[key]) for key in declared} == dict.fromkeys(declared, "BIGINT")


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4))
def test_money_comes_back_as_it_was(amount: Decimal) -> None:
    units = MONEY.units(amount)
    assert isinstance(units, int)
    assert MONEY.result_processor(sa.create_engine("sqlite://").dialect, None)(units) == amount


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=7), st.booleans())
def test_what_is_finer_than_the_unit_is_refused_or_rounded_once(points: Decimal, is_measured: bool) -> None:
    exact = points == points.quantize(Decimal("0.000001"))
    if is_measured or exact:
        units = (ROUNDED_POINTS if is_measured else POINTS).units(points)
        assert units is not None
        assert abs(units - points * 10**6) <= Decimal("0.5")
    else:
        with pytest.raises(Misfit, match="more than 6 decimal places"):
            POINTS.units(points)


def test_halves_are_rounded_away_from_zero() -> None:
    assert [ROUNDED_MONEY.units(Decimal(f"{sign}0.00005")) for sign in ("", "-")] == [1, -1]


@pytest.mark.parametrize("text", ["1E14", "-1E14", "NaN", "Infinity", "1E999999"])
def test_what_no_column_holds_is_refused(text: str) -> None:
    assert str(MONEY.misfit(Decimal(text))) == "the figure is too large"
    assert MONEY.misfit(Decimal("-99999999999999.9999")) is None


def test_a_refusal_on_the_way_to_the_database_is_bad_input_without_the_figure(any_database: Database) -> None:
    table = sa.table("pool", sa.column("payroll", MONEY))
    with (
        pytest.raises(InvalidInput, match=r"^the figure has more than 4 decimal places$"),
        any_database.transaction() as tx,
    ):
        tx.execute(table.insert().values(payroll=Decimal("12345.67891")))
    with pytest.raises(sa.exc.StatementError, match="float is no Decimal"), any_database.transaction() as tx:
        tx.execute(table.insert().values(payroll=1.5))


def _salaries(highest: Decimal) -> sa.CTE:
    """A firm whose people earn a little more each, up to about ``highest``, one of them in the red by a cent."""
    number = sa.select(sa.literal(1).label("n")).cte("number", recursive=True)
    number = number.union_all(sa.select(number.c.n + 1).where(number.c.n < FIRM))
    pay = sa.type_coerce(int(highest) * 10_000 - sa.type_coerce(number.c.n, sa.BigInteger), MONEY)
    return sa.select(number.c.n, pay.label("pay")).cte("salaries")


@pytest.mark.parametrize("currency", HIGHEST)
def test_pay_of_a_whole_firm_is_summed_exactly(any_database: Database, currency: str) -> None:
    salaries = _salaries(HIGHEST[currency])
    with any_database.reading() as tx:
        found = tx.execute(
            sa.select(
                total(salaries.c.pay),
                total(salaries.c.pay, salaries.c.n <= 2),
                total(salaries.c.pay, salaries.c.n < 0),
            )
        ).one()
    below = Decimal(FIRM * (FIRM + 1) // 2) / 10_000
    assert found == (HIGHEST[currency] * FIRM - below, HIGHEST[currency] * 2 - Decimal("0.0003"), 0)


def test_a_plain_sum_of_dong_would_be_refused_by_sqlite(database: Database) -> None:
    """Why there is ``total``: 336,000 times 12 billion dong is 4 * 10**19 units, and a BIGINT ends at 9.2 * 10**18."""
    salaries = _salaries(HIGHEST["VND"])
    with pytest.raises(sa.exc.OperationalError, match="integer overflow"), database.reading() as tx:
        tx.execute(sa.select(sa.func.sum(salaries.c.pay))).one()


@pytest.mark.parametrize("amounts", [["-0.0001"], ["-99999.9999", "0.0001"], ["90000000000000", "-1.5"], []])
def test_sums_of_what_is_below_zero(any_database: Database, amounts: list[str]) -> None:
    values = [sa.select(sa.type_coerce(Decimal(each), MONEY).label("v")) for each in [*amounts, "0"]]
    rows = sa.union_all(*values).subquery()
    with any_database.reading() as tx:
        assert tx.execute(sa.select(total(rows.c.v))).scalar_one() == sum(map(Decimal, amounts), Decimal(0))


def test_the_store_knows_no_floats() -> None:
    """No Float column, no cast but to LARGE, no fraction as a constant (an epsilon is one): figures are compared as whole numbers."""
    wrong = []
    for path in Path(next(iter(plugin.store.__path__))).rglob("*.py"):
        tree = ast.parse(path.read_text())
        whole = {
            id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_to_large(node)
        }
        for node in ast.walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            is_cast = (
                id(node) not in whole
                and name in ("Float", "REAL", "Double", "DOUBLE", "DOUBLE_PRECISION", "cast")
                and not (
                    isinstance(node, ast.Name) and node.id == "cast"  # typing.cast
                )
            )
            is_fraction = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_cast or is_fraction:
                wrong.append(f"{path.name}:{node.lineno}")  # type: ignore[attr-defined]  # both kinds have it
    assert wrong == []


def _is_to_large(call: ast.Call) -> bool:
    """Whole numbers whose product may leave 64 bits."""
    return len(call.args) == 2 and isinstance(call.args[1], ast.Name) and call.args[1].id == "LARGE"
