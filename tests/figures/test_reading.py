"""The one reader of typed figures: what each locale writes is read back, what could mean two things is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.domain import Money
from plugin.errors import InvalidInput
from plugin.figures import exact, reading
from plugin.figures.reading import (
    FILE,
    read_amount,
    read_date,
    read_hours,
    read_integer,
    read_number,
    read_percent,
    read_points,
    read_share,
)

LOCALES = ("en", "de", "ar", "en-GB", "de-CH", "fr")
DIGITS = ("latn", "arab", "native")
NATIVE = {ord("0") + i: 0x660 + i for i in range(10)}
CURRENCIES = {"EUR": 2, "USD": 2, "CHF": 2, "JPY": 0, "KWD": 3, "AED": 2}
MINUSES = ("-", "\u2212")


def sentence(error: pytest.ExceptionInfo[InvalidInput]) -> str:
    (text,) = error.value.fields.values()
    return text


def system(locale: str, digits: str) -> str:
    return "arab" if locale == "ar" and digits != "latn" else "latn"


def written(text: str, locale: str, digits: str, minus: str = "-") -> str:
    """Babel writes Arabic marks beside Western digits; people write both."""
    return (text.translate(NATIVE) if locale == "ar" and digits == "native" else text).replace("-", minus)


# --- what is written is read back ----------------------------------------------------------------------------------


@given(
    st.sampled_from(LOCALES),
    st.sampled_from(DIGITS),
    st.sampled_from(MINUSES),
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(-(10**15), 10**15),
)
@example("de-CH", "latn", "-", "EUR", -7_000_050)
@example("ar", "arab", "-", "AED", -7_000_050)
def test_money_is_read_as_each_locale_writes_it(
    locale: str, digits: str, minus: str, currency: str, smallest: int
) -> None:
    amount = Decimal(smallest).scaleb(-CURRENCIES[currency])
    name = locale.replace("-", "_")
    text = format_currency(amount, currency, locale=name, numbering_system=system(locale, digits))
    if locale == "de-CH":  # Babel 2.19 takes two apostrophes for quotes and drops them
        text = format_currency(amount, currency, locale="en").replace(",", "'")
    if abs(amount) <= reading.AMOUNT.most:
        assert read_amount(written(text, locale, digits, minus), locale, currency=currency) == amount


@given(st.sampled_from(LOCALES), st.sampled_from(DIGITS), st.integers(-(10**8), 10**8), st.integers(0, 6))
def test_percentages_and_points_are_read_as_each_locale_writes_them(
    locale: str, digits: str, size: int, places: int
) -> None:
    value = Decimal(size).scaleb(-6)
    value = round(value, places)
    name, marks = locale.replace("-", "_"), system(locale, digits)
    percent = format_percent(value / 100, locale=name, numbering_system=marks, decimal_quantization=False)
    points = format_decimal(value, locale=name, numbering_system=marks, decimal_quantization=False)
    assert read_percent(written(percent, locale, digits), locale) == value
    assert read_points(written(points, locale, digits), locale) == value


@given(st.sampled_from(LOCALES[:3]), st.integers(-(10**12), 10**12), st.integers(0, 2), st.integers(0, 6))
def test_what_a_field_holds_is_read_back(locale: str, size: int, cents: int, places: int) -> None:
    money = Money(Decimal(size).scaleb(-cents), "EUR")
    assert read_amount(exact.money(money, locale), locale, currency="EUR") == money.amount
    assert read_amount(exact.number(money.amount, locale), locale, currency="EUR") == money.amount
    points = Decimal(size % 1_000_000).scaleb(-places)
    if points <= reading.PERCENT.most:
        assert read_percent(exact.percent(points, locale), locale) == points
        assert read_percent(exact.points(points, locale), locale) == points


@given(st.sampled_from(LOCALES), st.integers(-(10**6), 10**6))
def test_whole_numbers_are_read_as_each_locale_writes_them(locale: str, value: int) -> None:
    text = format_decimal(value, locale=locale.replace("-", "_"))
    assert read_integer(text, locale) == value
    assert read_number(exact.number(value, locale), locale) == value


@given(
    st.sampled_from(LOCALES),
    st.sampled_from(("medium", "long")),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
)
def test_days_are_read_as_each_locale_writes_them(locale: str, width: str, day: date) -> None:
    text = format_date(day, width, locale=locale.replace("-", "_"))
    assert read_date(text, locale) == day
    assert read_date(day.isoformat(), locale) == read_date(day.isoformat()) == day


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 6))
def test_the_plain_form_of_a_file_is_read_back(amount: Decimal, places: int) -> None:
    if not places and amount == amount.to_integral_value():
        assert read_integer(f"{amount:.0f}") == amount
    lone = abs(amount) >= 1 and abs(amount) < 1000 and -amount.normalize().as_tuple().exponent == 3
    if not lone:
        assert read_amount(f"{amount.normalize():f}") == amount
    assert read_number(str(amount)) == amount


@given(st.text(max_size=80), st.sampled_from((*LOCALES, FILE)))
def test_any_text_is_read_or_refused_with_its_field(text: str, locale: str) -> None:
    for read in (read_amount, read_percent, read_points, read_hours, read_share, read_integer, read_date):
        refused = _refusal(read, text, locale)
        assert refused is None or (list(refused.fields) == ["it"] and len(str(refused)) < 200)


def _refusal(read: Callable[..., object], text: str, locale: str) -> InvalidInput | None:
    try:
        read(text, locale, field="it")
    except InvalidInput as error:
        return error
    return None


# --- amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "locale", "amount"),
    [
        ("70,000", "en", "70000"),
        ("70.000", "de", "70000"),
        ("70'000", "de-CH", "70000"),
        ("70\u2019000.50", "de-CH", "70000.50"),
        ("70\u202f000,50", "fr", "70000.50"),
        ("1,234,567.89", "en", "1234567.89"),
        ("1 234 567", "en", "1234567"),
        ("1 200.50", "en", "1200.50"),
        ("1\u202f200\u202f000", "en", "1200000"),
        ("\u0667\u0660\u066c\u0660\u0660\u0660", "ar", "70000"),
        ("\u06f7\u06f0\u066c\u06f0\u06f0\u06f0\u066b\u06f5", "ar", "70000.5"),
        ("€70,000", "en", "70000"),
        ("\u2212€120", "en", "-120"),
        ("70.000,50\xa0€", "de", "70000.50"),
        ("EUR 70,000", "en", "70000"),
        ("70,000 eur", "en", "70000"),
        ("70000", "de", "70000"),
        ("70000.5", FILE, "70000.5"),
        ("70000,5", FILE, "70000.5"),
        ("70 000.5", FILE, "70000.5"),
        ("-0", "en", "0"),
        ("\u2013", "en", None),
        ("  ", "en", None),
    ],
)
def test_an_amount_is_read(text: str, locale: str, amount: str | None) -> None:
    assert read_amount(text, locale, currency="EUR") == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "locale", "readings"),
    [
        ("70,000", FILE, "70,000 could mean 70000 or 70."),
        ("1.500", FILE, "1.500 could mean 1500 or 1.5."),
        ("1,500", "de", "1,500 could mean 1.500 or 1,5."),
        ("1.500", "en", "1.500 could mean 1,500 or 1.5."),
        ("1.500", "fr", "1.500 could mean 1\u202f500 or 1,5."),
        ("1,500", "de-CH", "1,500 could mean 1'500 or 1.5."),
    ],
)
def test_an_amount_with_two_meanings_is_refused_with_both(text: str, locale: str, readings: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_amount(text, locale, currency="EUR")
    assert sentence(error) == f"{readings} Enter the one you mean."


@pytest.mark.parametrize(
    "text",
    [
        *(
            "70,00",
            "7,0000",
            "1,23,456",
            "0,500",
            "1,000 000",
            "1.000,5",
            "70000.",
            ".5",
            ",5",
            ",",
            "1 00",
            "1 2000",
            "3 5",
            "3.5.1",
        ),
        *("1e5", "1E5", "1_000", "0x10", "NaN", "inf", "Infinity", "-", "+", "--5", "- 5", "5-", "(5)", "€"),
        *(
            "a lot",
            "5 %",
            "\u0667,\u0660\u0660\u0660",
            "7\u0660",
            "\u0967\u0966",
            "\uff15",
            "\u00b2",
            "9" * 61,
        ),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_amount(text, "en", field="funding", currency="EUR")
    assert error.value.fields == {"funding": "Enter an amount, for example 70,000."}


@pytest.mark.parametrize(
    ("locale", "shown"),
    [(FILE, "70000"), ("en", "70,000"), ("de", "70.000"), ("fr", "70\u202f000"), ("de-CH", "70'000")],
)
def test_the_example_is_in_the_reader_s_locale(locale: str, shown: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_amount("much", locale)
    assert sentence(error) == f"Enter an amount, for example {shown}."


@pytest.mark.parametrize("text", ["$5", "5 USD", "CHF 5", "5 EUR EUR", "£ 5"])
def test_another_currency_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_amount(text, "en", currency="EUR")
    assert sentence(error) == "Enter the amount in EUR."


def test_an_amount_has_the_decimals_of_its_currency_on_pages_and_of_the_store_in_files() -> None:
    assert read_amount("1.125", "en", currency="KWD") == Decimal("1.125")
    assert read_amount("52000.1250", FILE, currency="EUR") == Decimal("52000.125")
    for text, locale, currency in (
        ("52000.125", "en", "EUR"),
        ("5.5", "en", "JPY"),
        ("52000.12345", FILE, "EUR"),
    ):
        with pytest.raises(InvalidInput, match="Enter"):
            read_amount(text, locale, currency=currency)


def test_more_than_the_store_can_hold_is_refused() -> None:
    assert read_amount("100000000000000") == Decimal(10**14)
    for text in ("100000000000000.01", "9" * 30, "0." + "0" * 40 + "1"):
        with pytest.raises(InvalidInput, match="at most"):
            read_amount(text)


# --- other kinds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "locale", "percent"),
    [
        ("4.3", "en", "4.3"),
        ("4,3 %", "en", "4.3"),
        ("4,3\xa0%", "de", "4.3"),
        ("4.3%", "de", "4.3"),
        ("1,500", "de", "1.5"),
        ("\u0664\u066b\u0663\u066a", "ar", "4.3"),
        ("\u22120.5", "en", "-0.5"),
        ("+0.6", "en", "0.6"),
        (".5", "en", "0.5"),
        (",5", "de", "0.5"),
        ("\u2212,25 %", "fr", "-0.25"),
        ("\u066b\u0665", "ar", "0.5"),
        ("0,500", "en", "0.5"),
        (" 3,2 % ", "en", "3.2"),
        (" 0 ", "en", "0"),
        ("-4", "en", "-4"),
    ],
)
def test_a_percentage_is_read(text: str, locale: str, percent: str) -> None:
    assert read_percent(text, locale) == Decimal(percent)


@pytest.mark.parametrize("text", ["1,500", "4.300"])
def test_a_percentage_with_two_meanings_is_refused(text: str) -> None:
    locale = "en" if "," in text else "de"
    with pytest.raises(InvalidInput, match="could mean"):
        read_percent(text, locale)


@pytest.mark.parametrize(
    "text", ["3 5", "4,3,1", "4.3.1", "1e9", "NaN", "abc", "€4", "4 points", "4%%", "%", "2000.5"]
)
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Enter"):
        read_percent(text, "en")


def test_points_go_to_a_millionth() -> None:
    assert read_points("0.000001") == Decimal("0.000001")
    with pytest.raises(InvalidInput, match="6 decimal places"):
        read_points("0.0000001")
    with pytest.raises(InvalidInput, match="points"):
        read_points("0.5%")


def test_a_share_needs_its_sign_when_it_is_a_percentage() -> None:
    assert read_share("0.8", "en") == read_share("80%", "en") == read_share("80 %", "de") == Decimal("0.8")
    assert read_share("1%") == Decimal("0.01")
    with pytest.raises(InvalidInput):
        read_share("80", "en")


def test_hours_and_whole_numbers() -> None:
    assert read_hours("12.5", "en") == read_hours("12,5", "de") == Decimal("12.5")
    assert read_hours("1,500", "en") == 1500
    assert read_hours("1.125") == Decimal("1.125")
    assert read_integer("1,500", "en") == read_integer("1.500", "de") == read_integer("1500") == 1500
    for text in ("1.500", "12.5", "1_000", "\u00bd"):
        with pytest.raises(InvalidInput):
            read_integer(text, "en")


def test_a_rate_keeps_ten_decimals() -> None:
    assert read_number("0.0000573214") == Decimal("0.0000573214")


# --- days -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("2026-12-01", FILE),
        ("1 December 2026", "en"),
        ("December 1, 2026", "en"),
        ("1 Dec 2026", "de"),
        ("1. Dezember 2026", "de"),
        ("01.12.2026", "de"),
        ("1/12/2026", "en-GB"),
        ("\u0661 \u062f\u064a\u0633\u0645\u0628\u0631 \u0662\u0660\u0662\u0666", "ar"),
        ("1\u200f/12\u200f/2026", "ar"),
    ],
)
def test_a_day_is_read(text: str, locale: str) -> None:
    assert read_date(text, locale) == date(2026, 12, 1)


def test_english_digits_mean_one_day_or_are_refused() -> None:
    assert read_date("12/31/2026", "en") == read_date("31/12/2026", "en") == date(2026, 12, 31)
    assert read_date("4/4/2026", "en") == date(2026, 4, 4)
    with pytest.raises(InvalidInput) as error:
        read_date("3/4/2026", "en", field="due_on")
    assert error.value.fields == {
        "due_on": "3/4/2026 could mean 4 March 2026 or 3 April 2026. Enter the one you mean."
    }


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-30", "2026-2-3", "20261201", "2026-W01-1", "1.2.26", "31.12.2026", "1 Dezember 2026"),
        *("1899-12-31", "2200-01-01", "December 2026", "tomorrow", "2026-12-01T00:00", "9" * 70),
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_date(text, FILE if "31.12" in text or "Dez" in text else "en")
    assert sentence(error) == "Enter a date, for example 2026-12-31."
