"""Money as whole ten-thousandths, points and other figures as whole millionths; what the rules say of a decision is stored"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MONEY = {
    "decision": ("amount", "lump_amount"),
    "pay": ("annual",),
    "pay_range": ("minimum", "midpoint", "maximum"),
    "pool": ("payroll", "target", "funding", "own_payroll", "own_funding", "fitted"),
    "recommendation": ("paid", "planned_amount", "reserved_amount"),
}
OTHERS = {
    "cycle": ("budget_percent",),
    "decision": ("own_estimate", "percent"),
    "learning": ("hours", "score_scaled"),
    "past_raise": ("percent",),
    "person": ("fte",),
    "person_skill": ("proficiency",),
    "rating": ("score",),
    "recommendation": ("percent", "planned_percent", "low", "high", "policy_minimum", "policy_maximum"),
    "reward": ("points",),
    "ruling": ("percent",),
    "scarcity": ("time_to_hire_days", "offer_rejection_percent", "new_hire_pay_ratio"),
}
SAID = {
    "decision": (
        ("cost", sa.BigInteger(), "0"),
        ("budget_cost", sa.BigInteger(), "0"),
        ("is_unchanged", sa.Boolean(), sa.false()),
        ("is_outside", sa.Boolean(), sa.false()),
        ("needs_hr", sa.Boolean(), sa.false()),
    ),
    "recommendation": (("budget_cost", sa.BigInteger(), "0"),),
}
FACTS = """
SELECT d.id, d.percent, d.amount, d.lump_amount, r.percent AS suggested, r.planned_percent, r.low, r.high,
       r.policy_minimum, r.policy_maximum, r.reserved_amount, c.policy_id
FROM decision d JOIN cycle c ON c.id = d.cycle_id
LEFT JOIN participant p ON p.cycle_id = d.cycle_id AND p.person_id = d.person_id
LEFT JOIN recommendation r ON r.id = p.recommendation_id
WHERE d.percent IS NOT NULL
"""


def upgrade() -> None:
    tx = op.get_bind()
    for table in sorted(MONEY | OTHERS):
        columns = dict.fromkeys(MONEY.get(table, ()), 4) | dict.fromkeys(OTHERS.get(table, ()), 6)
        _to_whole_numbers(tx, table, columns)
    for table, added in SAID.items():
        with op.batch_alter_table(table) as batch:
            for name, kind, default in added:
                batch.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    tx.exec_driver_sql(
        "UPDATE recommendation SET budget_cost = planned_amount - reserved_amount WHERE planned_amount > reserved_amount"
    )
    _say(tx)
    for table, added in SAID.items():
        with op.batch_alter_table(table) as batch:
            for name, _, _ in added:
                batch.alter_column(name, server_default=None)


def _to_whole_numbers(tx: sa.Connection, table: str, columns: dict[str, int]) -> None:
    """What is finer than the unit is rounded once, as it is when such a figure comes in from now on."""
    if tx.dialect.name == "sqlite":  # the cast to BIGINT, when the table is rebuilt, takes whole numbers only
        raw: Any = tx.connection.driver_connection
        raw.create_function("whole", 2, _whole, deterministic=True)
        changes = ", ".join(f"{name} = whole({name}, {digits})" for name, digits in columns.items())
        tx.exec_driver_sql(f"UPDATE {table} SET {changes}")  # noqa: S608 - our own names
    with op.batch_alter_table(table) as batch:
        for name, digits in columns.items():
            using = f"round({name} * {10**digits})::bigint"
            batch.alter_column(name, type_=sa.BigInteger(), postgresql_using=using)


def _whole(value: str | None, digits: int) -> int | None:
    if value is None:
        return None
    return int((Decimal(value) * 10**digits).to_integral_value(ROUND_HALF_UP))


def _say(tx: sa.Connection) -> None:
    """The rules as they are in this revision, on whole numbers of the columns' units."""
    policies = sa.table("policy", sa.column("id"), sa.column("document", sa.JSON))
    found = {row.id: row.document.get("approvals", {}) for row in tx.execute(sa.select(policies))}
    points = {
        id_: int(Decimal(str(rules.get("hr_from_points", "2.0"))) * 10**6) for id_, rules in found.items()
    }
    said = [_said(row, points[row.policy_id]) for row in tx.execute(sa.text(FACTS))]
    names = [name for name, _, _ in SAID["decision"]]
    if said:
        changes = ", ".join(f"{name} = :{name}" for name in names)
        tx.execute(sa.text(f"UPDATE decision SET {changes} WHERE id = :id"), said)  # noqa: S608 - our own names


def _said(row: Any, hr_from_points: int) -> dict[str, Any]:
    cost = (row.amount or 0) + (row.lump_amount or 0)
    if row.low is None:  # takes no part any more
        flags = {"is_unchanged": False, "is_outside": False, "needs_hr": False}
        return {"id": row.id, "cost": cost, "budget_cost": cost, **flags}
    base = row.planned_percent if row.suggested is None else row.suggested
    is_outside = not _shown(row.low) <= _shown(row.percent) <= _shown(row.high)
    is_beyond = not row.policy_minimum <= row.percent <= row.policy_maximum
    return {
        "id": row.id,
        "cost": cost,
        "budget_cost": max(cost - row.reserved_amount, 0),
        "is_unchanged": _shown(row.percent) == row.suggested,
        "is_outside": is_outside,
        "needs_hr": is_beyond or (is_outside and abs(row.percent - base) > hr_from_points),
    }


def _shown(millionths: int) -> int:
    """To a tenth of a point, halves away from zero."""
    tenths = (abs(millionths) + 50_000) // 100_000 * 100_000
    return tenths if millionths >= 0 else -tenths


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
