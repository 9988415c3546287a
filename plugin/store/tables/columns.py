"""What every table is made of: one metadata, keys, references, and the mark of a personal column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey

from plugin.store.column_types import Id

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def ref(name: str, target: str, *, nullable: bool = False, delete: str = "CASCADE") -> Column[Any]:
    return Column(name, Id, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable, index=True)


def personal(category: str, erase: str) -> dict[str, str]:
    """``category``: identity, contact, employment, pay, performance, learning, protected. ``erase``: delete, blank or keep: ground."""
    return {"personal": category, "erase": erase}
