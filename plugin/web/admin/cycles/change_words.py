"""What a change under an open cycle was from and to, as HR reads it: figures and days in the reader's form, managers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from plugin.domain import ChangeKind
from plugin.figures import exact, writing
from plugin.services.people import persons
from plugin.store.cycle.changes import CycleChange
from plugin.texts import _, locale
from plugin.web.security import core

NOTHING = "nothing"  # as the desk stores it


def words_of(changes: Sequence[CycleChange]) -> Callable[[CycleChange], str]:
    """For the changes of one page: their managers' names are read once."""
    moved = [one for one in changes if one.kind == ChangeKind.TRANSFERRED]
    ids = {who for one in moved for who in one.detail.values() if isinstance(who, int)}
    return partial(_words, persons.names(core(), sorted(ids)) if ids else {})


def _words(names: Mapping[int, str], change: CycleChange) -> str:
    if change.kind == ChangeKind.REPORTED or not change.detail:
        return ""
    before, after = (_end(names, change.kind, change.detail.get(end)) for end in ("from", "to"))
    return _("%(before)s → %(after)s", before=before, after=after)


def _end(names: Mapping[int, str], kind: ChangeKind, value: object) -> str:
    if kind == ChangeKind.TRANSFERRED:
        return names.get(value, _("no one")) if isinstance(value, int) else _("no one")
    text = str(value)
    if text == NOTHING:
        return _("nothing")
    match kind:
        case ChangeKind.PAY_CHANGED | ChangeKind.HOURS_CHANGED | ChangeKind.RATING_CHANGED:
            return exact.number(Decimal(text), locale())
        case ChangeKind.PAY_RANGE_CHANGED:
            return " – ".join(exact.number(Decimal(part), locale()) for part in text.split(" – ") if part)
        case ChangeKind.HIRING_DAY_CHANGED:
            return writing.day(date.fromisoformat(text))
        case _:
            return text
