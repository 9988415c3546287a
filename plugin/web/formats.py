"""How figures, dates and addresses are written on pages, so that one number never looks two ways."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from plugin.domain import Money, one_decimal
from plugin.web.security import core

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF ", "PLN": "PLN "}
MINUS = "\u2212"
STATIC = Path(__file__).with_name("static")
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def money(amount: Money) -> str:
    """Whole units with thousands commas: €68,400; −€120 below zero."""
    whole = amount.rounded().amount
    sign = SIGNS.get(amount.currency, f"{amount.currency} ")
    return f"{MINUS if whole < 0 else ''}{sign}{abs(whole):,.0f}"


def percent(points: Decimal | None) -> str:
    """One decimal: 4.3%; – when there is none."""
    return "–" if points is None else f"{_number(points)}%"


def number(points: Decimal) -> str:
    """One decimal without a sign of percent."""
    return _number(points)


def _number(points: Decimal) -> str:
    shown = one_decimal(points)
    return f"{MINUS if shown < 0 else ''}{abs(shown)}"


def signed(points: Decimal) -> str:
    """With its sign, as contributions are shown: +0.6, −0.5, 0.0."""
    shown = one_decimal(points)
    return f"{'+' if shown > 0 else MINUS if shown < 0 else ''}{abs(shown)}"


def two_decimals(value: Decimal) -> str:
    return f"{value:.2f}"


def day(value: date | None) -> str:
    """1 April 2027; – when there is none."""
    return "–" if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime | None) -> str:
    """In the installation's time zone: 1 April 2027, 14:05."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(core().settings.time_zone))
    return f"{day(local.date())}, {local:%H:%M}"


def initials(name: str) -> str:
    """At most two letters for the round sign beside a name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[-1:] if len(words) > 1 else words))


def plural(count: int, one: str, many: str) -> str:
    """``one`` or ``many``, whole phrases with ``%d`` for the number."""
    return (one if count == 1 else many) % count


@cache
def _fingerprint(path: Path, _changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file with its content's hash, so that browsers may keep it for ever."""
    path = STATIC / name
    return url_for("pages.static", filename=name, v=_fingerprint(path, path.stat().st_mtime))


_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def said(sentence: str) -> str:
    """A sentence of the advisor in this page's way of writing: 3.4% without a blank, days in words."""

    def in_words(found: re.Match[str]) -> str:
        return day(date(*(int(part) for part in found.groups())))

    return _ISO_DAY.sub(in_words, sentence).replace(" %", "%")


FILTERS = {
    "said": said,
    "money": money,
    "pct": percent,
    "num": number,
    "signed": signed,
    "two": two_decimals,
    "day": day,
    "moment": moment,
    "initials": initials,
}


def shown_pairs(values: Mapping[str, object]) -> list[tuple[str, object]]:
    """Pairs in the order given, for definition lists."""
    return list(values.items())


def register(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(asset=asset, plural=plural)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
