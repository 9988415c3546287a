"""One approved raise as it leaves: money in the currency that the person is paid in, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugin.domain import ChangeKind, JsonObject, Money, PayKind
from plugin.figures import exact
from plugin.services.decision import approving
from plugin.services.decision.recommendation import PersonRecommendation
from plugin.store.cycle.cycles import Cycle
from plugin.store.cycle.facts import PayOn
from plugin.store.decision.decisions import Decision
from plugin.texts import N_, _, locale

CENT, ZERO = Decimal("0.01"), Decimal(0)
ROUNDED_AWAY = Decimal(
    1
)  # a suite keeps pay by month, to the cent: what it says a year is not exactly what it was told

REFRESH = N_("return the cycle to review, compare with today's data and refresh this employee")
REMOVE = N_("return the cycle to review, compare with today's data and remove this employee")
WAIT = N_("wait until that pay is in force, then return the cycle to review and refresh this employee")
SEND_BACK = N_("return the cycle to review, send this raise back and have HR approve it")


@dataclass(frozen=True)
class Figures:
    """Full-time pay a year before and after the raise, and what is paid once, in the person's own currency, to the cent."""

    before: Money
    after: Money
    once: Money

    @property
    def is_change(self) -> bool:
        return self.after != self.before


@dataclass(frozen=True)
class Known:
    """What is stored of a person now: pay in force today and on the day of the raise, and the working share (None = gone).

    ``kept``: kinds of changes of which HR chose on the desk to keep what the snapshot says.
    """

    today: PayOn | None
    then: PayOn | None
    fte: Decimal | None
    kept: frozenset[str] = frozenset()


def figures(found: Cycle, decision: Decision, one: PersonRecommendation) -> Figures:
    """From the row that was recommended on and the money that was decided, turned back at the cycle's frozen rate."""
    row = one.row
    own = row.paid_in or row.annual
    rate = Decimal(1) if row.paid_in is None else Decimal(found.rates[own.currency])
    more = (decision.amount or ZERO) / row.fte / rate
    once = (decision.lump_amount or ZERO) / rate
    return Figures(*(_cents(value, own.currency) for value in (own.amount, own.amount + more, once)))


def _cents(amount: Decimal, currency: str) -> Money:
    return Money(amount.quantize(CENT, ROUND_HALF_UP), currency)


def problem(
    decision: Decision, one: PersonRecommendation, money: Figures, known: Known, *, by_hr: bool
) -> tuple[str, str]:
    """Why a raise is held back and what to do about it, both empty when it may leave. ``by_hr``: HR approved it.

    Pay and working share must be those that were recommended on, unless HR kept them so; base pay is never lowered, and taken
    above its range by HR only.
    """
    if decision.percent is None or decision.percent < 0:
        return (_("a raise can't lower pay") if decision.percent else _("no raise has been decided")), _(
            SEND_BACK
        )
    if not money.is_change and not money.once.amount:
        return "", ""
    if known.fte is None:
        return _("this employee has left the company"), _(REMOVE)
    if known.today is None or known.then is None:
        return _("pay is no longer on file"), _(REFRESH)
    if not _is_there(known.then, money):
        changed = _changed(known.today, known.then, money, is_kept=ChangeKind.PAY_CHANGED in known.kept)
        if changed[0]:
            return changed
    if known.fte != one.row.fte and ChangeKind.HOURS_CHANGED not in known.kept:
        return _(
            "FTE is now %(now)s instead of %(before)s", now=_share(known.fte), before=_share(one.row.fte)
        ), _(REFRESH)
    if approving.is_above_range(one, decision) and not by_hr:
        return (
            _(
                "above the pay range maximum (%(range_maximum)s) and not approved by HR",
                range_maximum=_said(one.row.range_maximum),
            ),
            _(SEND_BACK),
        )
    return "", ""


def too_much(decision: Decision, most: Decimal) -> tuple[str, str] | None:
    """Why nobody sends a raise of more than ``most`` points, however it came to be decided, and what to do about it."""
    if decision.percent is None or decision.percent <= most:
        return None
    return _(
        "the raise exceeds %(most)s, the policy's overall maximum", most=exact.percent(most, locale())
    ), _(SEND_BACK)


def _is_there(then: PayOn, money: Figures) -> bool:
    """The suite told us the new pay already: the raise was written, only its result is not read yet."""
    return then.currency == money.after.currency and abs(then.annual - money.after.amount) < ROUNDED_AWAY


def note(known: Known, money: Figures) -> str:
    """What HR entered in the suite after the raise had arrived; pay as it was before may only not be read again yet."""
    then = known.then
    if then is None or _is_there(then, money):
        return ""
    if then.currency == money.before.currency and abs(then.annual - money.before.amount) < ROUNDED_AWAY:
        return ""
    return _("the HR suite now has %(pay)s from that day on", pay=_said(Money(then.annual, then.currency)))


def _changed(today: PayOn, then: PayOn, money: Figures, *, is_kept: bool) -> tuple[str, str]:
    if today.currency != money.before.currency:
        return _(
            "pay is now in %(now)s instead of %(before)s",
            now=today.currency,
            before=money.before.currency,
        ), _(REFRESH)
    before, now = money.before.amount, today.annual.quantize(CENT, ROUND_HALF_UP)
    if money.after.amount < now:
        return _("the raise would lower pay, which is now %(pay)s", pay=_said(Money(now, today.currency))), _(
            REFRESH
        )
    if now != before and not is_kept:
        return _(
            "pay is now %(now)s instead of %(before)s",
            now=_said(Money(now, today.currency)),
            before=_said(money.before),
        ), _(REFRESH)
    if (then.annual, then.currency) != (today.annual, today.currency):
        return (
            _(
                "different pay is on file for the effective date of the raise: %(pay)s",
                pay=_said(Money(then.annual, then.currency)),
            ),
            _(WAIT),
        )
    return "", ""


def _said(money: Money | None) -> str:
    return "" if money is None else exact.money(money, locale())


def _share(fte: Decimal) -> str:
    return exact.share(fte, locale())


def values_of(found: Cycle, money: Figures) -> dict[PayKind, JsonObject]:
    """What a suite is to hold, by kind: ``pay`` where base pay changes, ``once`` where something is paid once."""
    day = found.effective_on.isoformat()
    shared: JsonObject = {"currency": money.after.currency, "effective_on": day}
    kinds: dict[PayKind, JsonObject] = {}
    if money.is_change:
        kinds[PayKind.PAY] = {"annual": str(money.after.amount), **shared}
    if money.once.amount:
        kinds[PayKind.ONCE] = {"lump_sum": str(money.once.amount), **shared}
    return kinds
