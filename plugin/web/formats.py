"""How figures, dates and addresses are written on pages, so that one number never looks two ways."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from plugin import domain, texts
from plugin.domain import Money, one_decimal
from plugin.figures import writing
from plugin.services.operation import steps
from plugin.web import typed
from plugin.web.security import core

STATIC = Path(__file__).with_name("static")


def moment(value: datetime | None) -> str:
    """In the installation's time zone: 1 April 2027, 14:05."""
    return writing.moment(value, ZoneInfo(core().settings.time_zone))


def initials(name: str) -> str:
    """At most two letters for the round sign beside a name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[-1:] if len(words) > 1 else words))


def cents(amount: Decimal | float, currency: str) -> str:
    """What stands on a payslip."""
    return writing.cents(Money(Decimal(str(amount)), currency))


def inside(words: str) -> str:
    """As it stands within a sentence: small where the language writes it so. German keeps the capitals of its nouns."""
    return words if texts.locale() == "de" else words[:1].lower() + words[1:]


def as_paid(amount: Money) -> str:
    """To the cent where there is one, so that the figure is the one that is sent: €68,400; €129,442.96."""
    return typed.exact_money(amount.rounded(writing.CENT))


def as_decided(points: Decimal | None) -> str:
    """With the second decimal where a decision has one: 4.3%, 2.26%; – when there is none."""
    return writing.NONE if points is None else typed.exact_percent(points)


def exact_signed(points: Decimal) -> str:
    """As ``signed``, with the second decimal where there is one: +0.6, −0.04, 0.0."""
    return (
        writing.signed(points)
        if points == one_decimal(points)
        else writing.decimals(float(points), 2, is_signed=True)
    )


@cache
def _fingerprint(path: Path, _changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file with its content's hash, so that browsers may keep it for ever."""
    path = STATIC / name
    return url_for("pages.static", filename=name, v=_fingerprint(path, path.stat().st_mtime))


FILTERS = {
    "step": steps.words,
    "money": writing.money,
    "as_paid": as_paid,
    "pct": writing.percent,
    "as_decided": as_decided,
    "exact_signed": exact_signed,
    "num": writing.number,
    "signed": writing.signed,
    "two": writing.two_decimals,
    "hours": writing.hours,
    "day": writing.day,
    "short_day": writing.short_day,
    "moment": moment,
    "count": texts.counted,
    "initials": initials,
    "inside": inside,
}


def register(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS | typed.FILTERS, said=domain.said)
    app.jinja_env.globals.update(asset=asset, cents=cents)
    app.jinja_env.globals.update({words.__name__: words for words in domain.STATES})
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
