"""The simulated company's own systems, as fake vendors over real HTTP on 127.0.0.1: HR suite, learning record store, badge issuer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from plugin.demo.company import Company
from plugin.demo.company_badges import badge_image
from plugin.demo.company_csv import to_csv_folder
from plugin.domain import Json, JsonObject, PersonRecord
from plugin.testing.fake_frappe_hr import LUMP_SUMS
from plugin.testing.fake_xapi_lrs import FakeXapiLrs
from plugin.testing.frappe_site import FakeFrappeHr
from plugin.testing.hosted import Hosted, site
from plugin.testing.serving import serve

COMPANY = "Example Works"
KEY, WORD = "demo-key", "demo-word-of-the-simulated-systems"


@dataclass(frozen=True)
class Vendors:
    """Addresses of the running systems, without a slash at the end, and the folder of files."""

    suite: FakeFrappeHr
    suite_url: str
    store_url: str
    issuer_url: str
    files: Path


@contextmanager
def running(company: Company, files: Path) -> Iterator[Vendors]:
    """All systems until the block ends. ``files`` gets what has no interface: pay ranges, past raises, the list of badges."""
    suite = _suite(company)
    documents: dict[str, Hosted] = {"/image.png": Hosted(badge_image())}
    with ExitStack() as stack:
        suite_url = stack.enter_context(serve(suite.app)).base_url
        store_url = stack.enter_context(serve(_store(company).app)).base_url
        issuer_url = stack.enter_context(serve(site(documents))).base_url
        documents |= {one.path: Hosted(one.body, one.status) for one in company.badge_documents(issuer_url)}
        to_csv_folder(company, files, badge_site=issuer_url, only=("pay_ranges", "raises", "badges"))
        yield Vendors(suite, suite_url, f"{store_url}/xAPI", issuer_url, files)


def _suite(company: Company) -> FakeFrappeHr:
    suite = FakeFrappeHr(KEY, WORD, COMPANY)
    suite.insert("Salary Component", {"salary_component": LUMP_SUMS, "type": "Earning"})
    for person in company.people:
        suite.insert("Employee", _employee(person))
    for pay in company.pay:
        monthly = float(round(pay.annual.amount / 12, 2))
        suite.assignment(pay.person_source_id, pay.effective_on.isoformat(), monthly)
    for rating in company.ratings:
        score = float(rating.score)
        suite.appraisal(rating.person_source_id, rating.period_ended_on.isoformat(), total_score=score)
    return suite


def _employee(person: PersonRecord) -> JsonObject:
    """As the suite holds an employee; designation is the job family, branch the country."""
    left: JsonObject = {}
    if person.left_on is not None:
        left = {"status": "Left", "relieving_date": person.left_on.isoformat()}
    hired: Json = person.hired_on.isoformat() if person.hired_on else None
    return {
        "employee": person.source_id,
        "employee_name": person.display_name,
        "employee_number": person.employee_number,
        "company": COMPANY,
        "status": "Active",
        "company_email": person.emails[0] if person.emails else None,
        "user_id": person.emails[0] if person.emails else None,
        "designation": person.job_family,
        "grade": person.level,
        "department": person.org_unit,
        "branch": person.country,
        "reports_to": person.manager_source_id,
        "date_of_joining": hired,
        "salary_currency": "EUR",
        **left,
    }


def _store(company: Company) -> FakeXapiLrs:
    """Every statement as stored when it happened, so that the store's watermark means something."""
    store = FakeXapiLrs(KEY, WORD)
    given = [{**statement, "stored": statement["timestamp"]} for statement in company.statements()]
    store.statements.extend(sorted(given, key=lambda one: str(one["stored"])))
    return store
