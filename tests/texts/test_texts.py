"""Texts and figures follow the reader: language, plural form, number, date and direction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin import texts
from plugin.domain import Money
from plugin.figures import writing


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small Arabic and German catalogue in two areas instead of the product's."""
    (tmp_path / "de").mkdir()
    (tmp_path / "ar").mkdir()
    (tmp_path / "de" / "one.po").write_text('msgid "Hello %(name)s"\nmsgstr "Hallo %(name)s"\n')
    (tmp_path / "de" / "two.po").write_text(
        'msgid "%(num)s row"\nmsgid_plural "%(num)s rows"\nmsgstr[0] "%(num)s Zeile"\nmsgstr[1] "%(num)s Zeilen"\n\n'
        'msgctxt "verb"\nmsgid "Open"\nmsgstr "Öffnen"\n'
    )
    forms = "".join(
        f'msgstr[{place}] "{word}"\n'
        for place, word in enumerate(["zero", "one", "two", "few", "many", "other"])
    )
    (tmp_path / "ar" / "one.po").write_text(f'msgid "%(num)s row"\nmsgid_plural "%(num)s rows"\n{forms}')
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    texts._catalogue.cache_clear()
    yield tmp_path
    texts._catalogue.cache_clear()


@pytest.mark.usefixtures("catalogue")
def test_a_message_comes_in_the_readers_language_and_in_english_without_a_translation() -> None:
    assert texts._("Hello %(name)s", name="Dana") == "Hello Dana"
    with texts.reading("de"):
        assert texts._("Hello %(name)s", name="Dana") == "Hallo Dana"
        assert texts._("Bye, 100%%") == "Bye, 100%"
        assert texts.pgettext("verb", "Open") == "Öffnen"
        assert texts.ngettext("%(num)s row", "%(num)s rows", 1) == "1 Zeile"
        assert texts.ngettext("%(num)s row", "%(num)s rows", 12000) == "12.000 Zeilen"
    with texts.reading("ar"):
        said = [texts.ngettext("%(num)s row", "%(num)s rows", n) for n in (0, 1, 2, 5, 11, 100)]
        assert said == ["zero", "one", "two", "few", "many", "other"]
        assert texts.direction() == "rtl"
    assert texts.direction() == "ltr"


def test_without_a_reader_the_installations_language_counts() -> None:
    texts.set_default("de")
    try:
        assert texts.locale() == "de"
        with texts.reading("en"):
            assert texts.locale() == "en"
    finally:
        texts.set_default("en")


WRITTEN = {
    "en": ("€68,401", "−CHF\xa0120", "4.3%", "−0.5", "+0.6", "1,234.50", "7.5", "1 December 2026", "1 Dec 2026"),
    "de": ("68.401\xa0€", "−120\xa0CHF", "4,3\u202f%", "−0,5", "+0,6", "1.234,50", "7,5", "1. Dezember 2026", "01.12.2026"),
}  # fmt: skip


@pytest.mark.parametrize("language", list(WRITTEN))
def test_figures_are_written_as_the_reader_writes_them(language: str) -> None:
    with texts.reading(language):
        assert WRITTEN[language] == (
            writing.money(Money(Decimal("68400.50"), "EUR")),
            writing.money(Money(Decimal("-119.6"), "CHF")),
            writing.percent(Decimal("4.25")),
            writing.number(Decimal("-0.5")),
            writing.signed(Decimal("0.6")),
            writing.two_decimals(Decimal("1234.495")),
            writing.hours(7.5),
            writing.day(date(2026, 12, 1)),
            writing.short_day(date(2026, 12, 1)),
        )


def test_nothing_is_never_written_as_less_than_nothing() -> None:
    assert writing.percent(Decimal("-0.04")) == "0.0%"
    assert writing.money(Money(Decimal("-0.4"), "EUR")) == "€0"
    assert writing.signed(Decimal("-0.04")) == writing.number(Decimal("-0.04")) == "0.0"
    assert writing.percent(None) == writing.day(None) == "–"


def test_times_are_of_the_installations_zone_and_spans_have_one_unit() -> None:
    at, berlin = datetime(2026, 12, 31, 23, 5, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    assert writing.moment(at, berlin) == "1 January 2027, 00:05"
    assert writing.short_moment(at, berlin) == "1 Jan 2027, 00:05"
    assert writing.length(timedelta(minutes=50)) == "50 min"
    assert writing.length(timedelta(hours=1)) == "1 hr"
    assert writing.ago(timedelta(hours=-3)) == "3 hours ago"
    assert writing.ago(timedelta(seconds=-2)) == "just now"
    with texts.reading("de"):
        assert writing.ago(timedelta(days=2)) == "in 2 Tagen"
