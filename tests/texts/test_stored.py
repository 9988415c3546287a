"""A text that is stored is said again in the language of whoever reads it."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from plugin import texts
from plugin.domain import Money
from plugin.errors import ConfigError, GiveUp
from plugin.figures import writing
from plugin.store import tables
from plugin.store.column_types import Sentence
from plugin.store.database import Database
from plugin.texts import _, joined, ngettext, retold, stored, without_stop

# Rows of every installation hold these names: one may come, none may go.
MAKERS = {
    *("_", "pgettext", "ngettext", "counted", "joined", "without_stop"),
    *("money", "percent", "number", "share", "two_decimals", "decimals", "whole_percent", "signed", "hours"),
    *("cents", "day", "short_day", "moment", "short_moment", "length", "ago", "either"),
}


def _said() -> list[str]:
    day, moment = date(2027, 4, 1), datetime(2026, 11, 21, 9, tzinfo=UTC)
    return [
        _("the host name can't be resolved"),
        _("the score must be from 0 to %(highest)s", highest=Decimal("5.5")),
        ngettext("%(num)s second apart", "%(num)s seconds apart", 1234),
        joined("; ", _("is required"), "as the suite says it", _("must be a whole number")),
        _("%(column)s: %(problem)s", column="fte", problem=_("must be a number")),
        _("%(problem)s (%(code)s)", problem=ConfigError(_("no connection to the host")), code="dns"),
        _("Reason: %(reason)s.", reason=without_stop(_("The badge has expired."))),
        writing.money(Money(Decimal("-68400.5"), "EUR")),
        writing.percent(Decimal("4.25")),
        writing.decimals(0.8125, 3, is_signed=True),
        writing.moment(moment, ZoneInfo("Europe/Berlin")),
        writing.day(day),
        writing.length(timedelta(hours=3)),
        writing.either("a", "b", "c"),
        "as another system says it",
    ]


def test_what_was_stored_in_english_is_read_in_german() -> None:
    kept = [stored(one) for one in _said()]
    with texts.reading("de"):
        wanted = _said()
        assert [retold(one) for one in kept] == wanted
    changed = [new for new, old in zip(wanted, _said(), strict=True) if new != old]
    assert len(changed) == len(wanted) - 1


def test_what_was_read_can_be_stored_again() -> None:
    with texts.reading("de"):
        again = [stored(retold(stored(one))) for one in _said()]
    assert [retold(one) for one in again] == _said()


@pytest.mark.parametrize(
    "text", ["", "plain", '{"said": ["_", ["Saved."], {}]}', '{"said": nonsense', "100%"]
)
def test_a_text_of_another_system_stays_as_it_is(text: str) -> None:
    with texts.reading("de"):
        assert retold(stored(text)) == text


@pytest.mark.parametrize("text", ['{"said": ["gone", [], {}]}', '{"said": [', '{"said": ["_", [1], {}]}'])
def test_what_this_version_does_not_know_is_shown_as_it_is(text: str) -> None:
    assert retold(text) == text


def test_an_old_row_keeps_its_words() -> None:
    with texts.reading("de"):
        assert retold("no connection to the host") == "no connection to the host"


def test_an_error_says_what_it_was_given_and_its_copy_too() -> None:
    error = GiveUp(_("the response must be a document"), remedy=_("check the site's address"))
    for said in (str(error), copy.deepcopy(str(error)), pickle.loads(pickle.dumps(str(error)))):
        with texts.reading("de"):
            assert retold(stored(said)) == "die Antwort muss ein Dokument sein"


def test_no_nul_is_stored() -> None:
    assert "\\u0000" not in stored(_("%(column)s: %(problem)s", column="a\0", problem="b\0"))


def test_names_in_rows_stay() -> None:
    assert texts._MAKERS.keys() >= MAKERS
    assert json.loads(stored(writing.percent(Decimal("4.3")))) == {
        "said": ["percent", [{"decimal": "4.3"}], {}]
    }


def test_every_column_for_a_message_to_people_is_one_of_sentences() -> None:
    names = {"message", "remedy", "disabled_reason", "place", "proposed_by"}
    plain = [
        f"{table.name}.{column.name}"
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if column.name in names and not isinstance(column.type, Sentence)
    ]
    assert plain == []


def test_both_databases_keep_it(any_database: Database) -> None:
    made, at = tables.task, datetime(2026, 11, 21, tzinfo=UTC)
    said = _("the score must be from 0 to %(highest)s", highest=Decimal("5.5"))
    with any_database.transaction() as tx:
        tx.execute(
            made.insert().values(
                kind="train", subject="policy:1", arguments={}, state="failed", attempts=1,
                requested_at=at, due_at=at, message=said + "", remedy=said,
            )
        )  # fmt: skip
        tx.execute(
            made.update().values(message=sa.case((made.c.id > 0, sa.literal(said, made.c.message.type))))
        )
    with any_database.reading() as tx, texts.reading("de"):
        row = tx.execute(
            sa.select(made.c.message, sa.func.min(made.c.remedy).label("remedy")).group_by(made.c.message)
        ).one()
    wanted = "die Punktzahl muss zwischen 0 und 5,5 liegen"
    assert (row.message, row.remedy) == (wanted, wanted)
