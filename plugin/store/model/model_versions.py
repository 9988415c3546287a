"""Trained models under their content hash, with their state and card; bytes never change once stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

import sqlalchemy as sa

from plugin.domain import JsonObject, ModelState
from plugin.errors import Conflict, NotFound
from plugin.store.database import Tx, insert
from plugin.store.tables import model
from plugin.texts import _


@dataclass(frozen=True)
class ModelVersion:
    """The bytes come from ``artefact``."""

    id: int
    hash: str
    state: ModelState
    card: JsonObject
    trained_at: datetime
    trained_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    note: str | None


_SHOWN = (
    model.c.id,
    model.c.hash,
    model.c.state,
    model.c.card,
    model.c.trained_at,
    model.c.trained_by,
    model.c.approved_at,
    model.c.approved_by,
    model.c.note,
)


@dataclass(frozen=True)
class Fresh:
    """A model just trained: its bytes, their SHA-256, and what the card says."""

    content: bytes
    hash: str
    card: JsonObject
    state: ModelState


def add(tx: Tx, fresh: Fresh, at: datetime, by: str) -> int:
    """The model's id; the existing one when the same bytes are stored already (training is reproducible)."""
    known = tx.execute(sa.select(model.c.id).where(model.c.hash == fresh.hash)).scalar()
    if known is not None:
        return int(known)
    values = {"hash": fresh.hash, "artefact": fresh.content, "card": fresh.card, "state": fresh.state}
    return insert(tx, model, **values, trained_at=at, trained_by=by)


def get(tx: Tx, model_id: int) -> ModelVersion:
    """NotFound when there is none."""
    row = tx.execute(sa.select(*_SHOWN).where(model.c.id == model_id)).first()
    if row is None:
        raise NotFound(_("the model doesn't exist"))
    return ModelVersion(*row)


def artefact(tx: Tx, model_id: int) -> tuple[bytes, str]:
    """The stored bytes and the hash they must have."""
    row = tx.execute(sa.select(model.c.artefact, model.c.hash).where(model.c.id == model_id)).first()
    if row is None:
        raise NotFound(_("the model doesn't exist"))
    return bytes(row.artefact), str(row.hash)


def newest_first(tx: Tx) -> list[ModelVersion]:
    return [ModelVersion(*row) for row in tx.execute(sa.select(*_SHOWN).order_by(model.c.id.desc()))]


def in_use(tx: Tx) -> ModelVersion | None:
    """The one model in use; None when no model speaks."""
    row = tx.execute(
        sa.select(*_SHOWN).where(model.c.state == ModelState.IN_USE).order_by(model.c.id.desc())
    ).first()
    return ModelVersion(*row) if row else None


class Approval(TypedDict, total=False):
    """What is noted with a move."""

    approved_by: str
    approved_at: datetime
    note: str


def move(tx: Tx, model_id: int, *, expected: ModelState, to: ModelState, **values: Unpack[Approval]) -> None:
    """From state ``expected`` to ``to``; Conflict when it is in another state by now."""
    statement = model.update().where(model.c.id == model_id, model.c.state == expected)
    if tx.execute(statement.values(state=to, **values)).rowcount != 1:
        raise Conflict(
            _("the model's state is no longer %(expected)s", expected=expected),
            remedy=_("reload the page and check again"),
        )
