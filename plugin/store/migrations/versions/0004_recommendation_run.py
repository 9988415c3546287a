"""A run of the advisor bears the glossary's word: the table advice_run becomes recommendation_run"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD, NEW = "advice_run", "recommendation_run"


def upgrade() -> None:
    _rename(OLD, NEW)


def downgrade() -> None:
    _rename(NEW, OLD)


def _rename(old: str, new: str) -> None:
    """SQLite keeps the old names of foreign keys, which nothing asks for."""
    op.rename_table(old, new)
    for table in ("recommendation", "recommendation_document"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old}_id TO {new}_id")  # both databases know it
    for table, columns in ((new, ("cycle_id", "snapshot_id")), ("recommendation", (f"{new}_id",))):
        for column in columns:
            op.drop_index(_index(table, column).replace(new, old), table_name=table)
            op.create_index(_index(table, column), table, [column])
    if op.get_bind().dialect.name == "postgresql":
        _rename_constraints(old, new)
        return
    with op.batch_alter_table("recommendation") as batch:
        batch.drop_constraint(f"uq_recommendation_{old}_id_person_id", type_="unique")
        batch.create_unique_constraint(f"uq_recommendation_{new}_id_person_id", [f"{new}_id", "person_id"])


def _index(table: str, column: str) -> str:
    return f"ix_{table}_{column}"


def _rename_constraints(old: str, new: str) -> None:
    named = sa.text(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE strpos(conname, :old) > 0 AND connamespace = current_schema()::regnamespace"
    )
    for table, name in op.get_bind().execute(named, {"old": old}).all():
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {name.replace(old, new)}")
    op.execute(f"ALTER SEQUENCE IF EXISTS {old}_id_seq RENAME TO {new}_id_seq")
