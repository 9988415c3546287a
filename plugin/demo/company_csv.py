"""The demo company as the files that the csv_folder connector reads (docs/reference/csv-files.md has the columns)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from plugin.demo.company import BADGE_SITE, Company
from plugin.demo.company_records import learner_address
from plugin.domain import (
    BadgeRecord,
    Identifier,
    IdentifierKind,
    LearningRecord,
    PayRangeRecord,
    PayRecord,
    PersonRecord,
    RaiseRecord,
    RatingRecord,
    email_sha1,
)

Row = Mapping[str, str]


def to_csv_folder(
    company: Company, folder: Path, *, badge_site: str = BADGE_SITE, only: Sequence[str] | None = None
) -> None:
    """Write people.csv, pay.csv, pay_ranges.csv, ratings.csv, raises.csv, learning.csv and badges.csv, or ``only`` some.

    The last learning row has neither address nor number: it is there to be refused. Protected attributes are not
    among the files; see ``write_protected``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in _files(company, badge_site).items():
        if only is None or name in only:
            _write(folder / f"{name}.csv", rows)


def _files(company: Company, badge_site: str) -> dict[str, Iterable[Row]]:
    hashed = {
        email_sha1(address).value: address
        for address in (learner_address(company.names, row) for row in range(len(company.names)))
    }
    return {
        "people": map(_person, company.people),
        "pay": map(_pay, company.pay),
        "pay_ranges": map(_range, company.pay_ranges),
        "ratings": map(_rating, company.ratings),
        "raises": map(_raise, company.raises),
        "learning": map(partial(_learning, hashed), company.learning),
        "badges": map(partial(_badge, hashed), company.badge_records(badge_site)),
    }


def write_protected(company: Company, path: Path) -> None:
    """Sex (f, m) and birth year by ``person_id``, in a file of its own for fairness checks."""
    _write(
        path,
        (
            {"person_id": record.person_source_id, "sex": record.sex, "birth_year": str(record.birth_year)}
            for record in company.protected
        ),
    )


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow(row)


def _text(value: str | date | Decimal | None) -> str:
    return "" if value is None else str(value)


def _person(record: PersonRecord) -> Row:
    return {
        "person_id": record.source_id,
        "name": record.display_name,
        "email": "|".join(record.emails),
        "employee_number": _text(record.employee_number),
        "manager_id": _text(record.manager_source_id),
        "job_title": _text(record.job_title),
        "job_family": _text(record.job_family),
        "level": _text(record.level),
        "org_unit": _text(record.org_unit),
        "country": _text(record.country),
        "hired_on": _text(record.hired_on),
        "left_on": _text(record.left_on),
        "fte": str(record.fte),
    }


def _pay(record: PayRecord) -> Row:
    return {
        "person_id": record.person_source_id,
        "effective_on": str(record.effective_on),
        "annual": str(record.annual.amount),
        "currency": record.annual.currency,
    }


def _range(record: PayRangeRecord) -> Row:
    return {
        "job_family": record.job_family,
        "level": record.level,
        "country": record.country,
        "effective_on": str(record.effective_on),
        "minimum": str(record.minimum.amount),
        "midpoint": str(record.midpoint.amount),
        "maximum": str(record.maximum.amount),
        "currency": record.midpoint.currency,
    }


def _rating(record: RatingRecord) -> Row:
    return {
        "person_id": record.person_source_id,
        "period_ended_on": str(record.period_ended_on),
        "score": str(record.score),
        "label": _text(record.label),
    }


def _raise(record: RaiseRecord) -> Row:
    return {
        "person_id": record.person_source_id,
        "effective_on": str(record.effective_on),
        "percent": str(record.percent),
    }


def _learning(hashed: Mapping[str, str], record: LearningRecord) -> Row:
    return {
        "record_id": record.source_id,
        "email": _address(hashed, record.learner[0]),
        "activity_id": record.activity_id,
        "title": record.title,
        "outcome": record.outcome.value,
        "occurred_at": record.occurred_at.isoformat(),
        "hours": _text(record.hours),
    }


def _badge(hashed: Mapping[str, str], record: BadgeRecord) -> Row:
    return {
        "badge_id": record.source_id,
        "email": _address(hashed, record.recipient[0]),
        "badge_class_id": record.badge_class_id,
        "badge_name": record.badge_name,
        "issuer_id": record.issuer_id,
        "issuer_name": record.issuer_name,
        "issued_on": str(record.issued_on),
        "expires_on": _text(record.expires_on),
        "revoked": "yes" if record.revoked else "no",
        "credential": _text(record.credential),
        "tags": "|".join(record.tags),
    }


def _address(hashed: Mapping[str, str], name: Identifier) -> str:
    """The address behind a name; a file has no column for hashes, and none for accounts of other sites."""
    match name.kind:
        case IdentifierKind.EMAIL:
            return name.value
        case IdentifierKind.EMAIL_SHA1:
            return hashed[name.value]
        case _:
            return ""
