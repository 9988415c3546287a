"""One file kind per stream: its columns, its natural key, and how a row becomes a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from plugin.connectors.csv_folder.cells import Cells
from plugin.connectors.csv_folder.columns import BadCell, ColumnKind
from plugin.domain import (
    BadgeRecord,
    LearningRecord,
    LeaveKind,
    LeaveRecord,
    Outcome,
    PayRangeRecord,
    PayRecord,
    PersonRecord,
    RaiseRecord,
    RatingRecord,
    Record,
    Stream,
)
from plugin.errors import SkipRecord
from plugin.figures.writing import either
from plugin.texts import _

_OUTCOMES = {
    one.value: one for one in (Outcome.COMPLETED, Outcome.PASSED, Outcome.FAILED, Outcome.PROGRESSED)
}


@dataclass(frozen=True)
class FileKind:
    """``required`` columns must be in the header; ``key`` columns name a row, the first alternative that is filled.

    Of two rows with one key the higher ``sequence`` counts where the kind has such a column.
    """

    required: tuple[str, ...]
    kinds: Mapping[str, ColumnKind]
    key: tuple[tuple[str, ...], ...]
    make: Callable[[Cells, str, ZoneInfo], Record]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.kinds)

    def key_columns(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The columns that name the row: the first alternative that is filled; SkipRecord when none is."""
        for names in self.key:
            if all(row.get(name) for name in names):
                return names
        raise SkipRecord(
            _("%(key)s is empty", key=either(*(", ".join(names) for names in self.key))), code="missing"
        )

    def key_of(self, row: Mapping[str, str]) -> str:
        """The row's natural key; SkipRecord when the cells that name it are empty."""
        return "|".join(row[name].replace("|", "/") for name in self.key_columns(row))


def _person(cells: Cells, key: str, _zone: ZoneInfo) -> PersonRecord:
    hired, left = cells.maybe_day("hired_on"), cells.maybe_day("left_on")
    if hired and left and left < hired:
        raise BadCell(_("left_on is before hired_on"), "left_on", "order")
    manager = cells.maybe_text("manager_id")
    if manager == key:
        raise BadCell(_("manager_id must be another person's"), "manager_id", "own_manager")
    return PersonRecord(
        source_id=key,
        display_name=cells.text("name"),
        emails=cells.emails("email"),
        employee_number=cells.maybe_text("employee_number"),
        manager_source_id=manager,
        job_title=cells.maybe_text("job_title"),
        job_family=cells.maybe_text("job_family"),
        level=cells.maybe_text("level"),
        org_unit=cells.maybe_text("org_unit"),
        country=cells.maybe_text("country"),
        hired_on=hired,
        left_on=left,
        fte=_working_time(cells),
    )


def _working_time(cells: Cells) -> Decimal:
    fte = cells.maybe_number("fte", 0, 2)
    if fte is None:
        return Decimal(1)
    if fte == 0:
        raise BadCell(_("%(column)s must be above 0", column="fte"), "fte", "range")
    return fte


def _rating(cells: Cells, key: str, _zone: ZoneInfo) -> RatingRecord:
    return RatingRecord(
        key,
        cells.text("person_id"),
        cells.day("period_ended_on"),
        cells.number("score", 1, 5),
        cells.maybe_text("label"),
    )


def _pay(cells: Cells, key: str, _zone: ZoneInfo) -> PayRecord:
    annual = cells.money("annual", cells.currency("currency"))
    return PayRecord(key, cells.text("person_id"), cells.day("effective_on"), annual)


def _pay_range(cells: Cells, key: str, _zone: ZoneInfo) -> PayRangeRecord:
    currency = cells.currency("currency")
    low, middle, high = (cells.money(name, currency) for name in ("minimum", "midpoint", "maximum"))
    if not (low <= middle <= high):
        raise SkipRecord(_("minimum, midpoint and maximum must be in ascending order"), code="order")
    return PayRangeRecord(
        source_id=key,
        job_family=cells.text("job_family"),
        level=cells.text("level"),
        country=cells.text("country"),
        effective_on=cells.day("effective_on"),
        minimum=low,
        midpoint=middle,
        maximum=high,
    )


def _raise(cells: Cells, key: str, _zone: ZoneInfo) -> RaiseRecord:
    return RaiseRecord(
        key, cells.text("person_id"), cells.day("effective_on"), cells.number("percent", -100, 1000)
    )


def _leave(cells: Cells, key: str, _zone: ZoneInfo) -> LeaveRecord:
    word, started, ended = cells.text("kind").lower(), cells.day("started_on"), cells.maybe_day("ended_on")
    if word not in list(LeaveKind):
        raise SkipRecord(_("kind must be one of %(leavekind)s", leavekind=", ".join(LeaveKind)), code="kind")
    if ended is not None and ended < started:
        raise BadCell(_("ended_on is before started_on"), "ended_on", "order")
    kind = LeaveKind(word)
    protected = cells.flag("protected") if cells.maybe_text("protected") else kind.is_protected
    return LeaveRecord(key, cells.text("person_id"), kind, started, ended, protected)


def _learning(cells: Cells, key: str, zone: ZoneInfo) -> LearningRecord:
    outcome = cells.text("outcome").lower()
    if outcome not in _OUTCOMES:
        raise SkipRecord(
            _("outcome must be one of %(outcomes)s", outcomes=", ".join(_OUTCOMES)), code="outcome"
        )
    score = cells.maybe_number("score_percent", -100, 100)
    return LearningRecord(
        source_id=key,
        learner=cells.person(),
        activity_id=cells.text("activity_id"),
        title=cells.maybe_text("title") or cells.text("activity_id"),
        outcome=_OUTCOMES[outcome],
        occurred_at=cells.moment("occurred_at", zone),
        hours=cells.maybe_number("hours", 0, 10_000),
        score_scaled=None if score is None else score / 100,
    )


def _badge(cells: Cells, key: str, _zone: ZoneInfo) -> BadgeRecord:
    issued, expires = cells.day("issued_on"), cells.maybe_day("expires_on")
    if expires is not None and expires < issued:
        raise BadCell(_("expires_on is before issued_on"), "expires_on", "order")
    tags = (cells.maybe_text("tags") or "").split("|")
    return BadgeRecord(
        source_id=key,
        recipient=cells.person(),
        badge_class_id=cells.text("badge_class_id"),
        badge_name=cells.text("badge_name"),
        issuer_id=cells.text("issuer_id"),
        issuer_name=cells.maybe_text("issuer_name") or cells.text("issuer_id"),
        issued_on=issued,
        expires_on=expires,
        revoked=cells.flag("revoked"),
        credential=cells.maybe_text("credential"),
        tags=tuple(tag.strip() for tag in tags if tag.strip()),
    )


FILES: Mapping[Stream, FileKind] = {
    Stream.PEOPLE: FileKind(
        ("person_id", "name"),
        {
            "person_id": ColumnKind.ID,
            "name": ColumnKind.TEXT,
            "email": ColumnKind.EMAILS,
            "employee_number": ColumnKind.ID,
            "manager_id": ColumnKind.ID,
            "job_title": ColumnKind.TEXT,
            "job_family": ColumnKind.TEXT,
            "level": ColumnKind.TEXT,
            "org_unit": ColumnKind.TEXT,
            "country": ColumnKind.TEXT,
            "hired_on": ColumnKind.DAY,
            "left_on": ColumnKind.END,
            "fte": ColumnKind.SHARE,
        },
        (("person_id",),),
        _person,
    ),
    Stream.RATINGS: FileKind(
        ("person_id", "period_ended_on", "score"),
        {
            "person_id": ColumnKind.ID,
            "period_ended_on": ColumnKind.DAY,
            "score": ColumnKind.SCORE,
            "label": ColumnKind.TEXT,
            "sequence": ColumnKind.SEQUENCE,
        },
        (("person_id", "period_ended_on"),),
        _rating,
    ),
    Stream.PAY: FileKind(
        ("person_id", "effective_on", "annual", "currency"),
        {
            "person_id": ColumnKind.ID,
            "effective_on": ColumnKind.DAY,
            "annual": ColumnKind.AMOUNT,
            "currency": ColumnKind.CURRENCY,
            "sequence": ColumnKind.SEQUENCE,
        },
        (("person_id", "effective_on"),),
        _pay,
    ),
    Stream.PAY_RANGES: FileKind(
        ("job_family", "level", "country", "effective_on", "minimum", "midpoint", "maximum", "currency"),
        {
            "job_family": ColumnKind.TEXT,
            "level": ColumnKind.TEXT,
            "country": ColumnKind.TEXT,
            "effective_on": ColumnKind.DAY,
            "minimum": ColumnKind.AMOUNT,
            "midpoint": ColumnKind.AMOUNT,
            "maximum": ColumnKind.AMOUNT,
            "currency": ColumnKind.CURRENCY,
        },
        (("job_family", "level", "country", "effective_on"),),
        _pay_range,
    ),
    Stream.RAISES: FileKind(
        ("person_id", "effective_on", "percent"),
        {"person_id": ColumnKind.ID, "effective_on": ColumnKind.DAY, "percent": ColumnKind.PERCENT},
        (("person_id", "effective_on"),),
        _raise,
    ),
    Stream.LEAVES: FileKind(
        ("person_id", "kind", "started_on"),
        {
            "person_id": ColumnKind.ID,
            "kind": ColumnKind.TEXT,
            "started_on": ColumnKind.DAY,
            "ended_on": ColumnKind.END,
            "protected": ColumnKind.FLAG,
        },
        (("person_id", "kind", "started_on"),),
        _leave,
    ),
    Stream.LEARNING: FileKind(
        ("activity_id", "outcome", "occurred_at"),
        {
            "activity_id": ColumnKind.TEXT,
            "outcome": ColumnKind.TEXT,
            "occurred_at": ColumnKind.MOMENT,
            "record_id": ColumnKind.ID,
            "email": ColumnKind.EMAILS,
            "employee_number": ColumnKind.ID,
            "title": ColumnKind.TEXT,
            "hours": ColumnKind.HOURS,
            "score_percent": ColumnKind.SCORE_PERCENT,
        },
        (
            ("record_id",),
            ("employee_number", "activity_id", "outcome", "occurred_at"),
            ("email", "activity_id", "outcome", "occurred_at"),
        ),
        _learning,
    ),
    Stream.BADGES: FileKind(
        ("badge_class_id", "badge_name", "issuer_id", "issued_on"),
        {
            "badge_class_id": ColumnKind.TEXT,
            "badge_name": ColumnKind.TEXT,
            "issuer_id": ColumnKind.TEXT,
            "issued_on": ColumnKind.DAY,
            "badge_id": ColumnKind.ID,
            "email": ColumnKind.EMAILS,
            "employee_number": ColumnKind.ID,
            "issuer_name": ColumnKind.TEXT,
            "expires_on": ColumnKind.END,
            "revoked": ColumnKind.FLAG,
            "credential": ColumnKind.LONG,
            "tags": ColumnKind.TEXT,
        },
        (
            ("badge_id",),
            ("employee_number", "badge_class_id", "issued_on"),
            ("email", "badge_class_id", "issued_on"),
        ),
        _badge,
    ),
}
