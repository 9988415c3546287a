"""The invented issuer's badges stand up to the product's own verifier, and those that should fail do."""

import json
from datetime import UTC, datetime, time

import pytest

from plugin.badges import Document
from plugin.badges.batch import Bench, judge
from plugin.badges.reading.documents import MappedDocuments
from plugin.demo.company import BADGE_SITE, simulate_company
from plugin.demo.company_badges import badge_image


@pytest.fixture(scope="module")
def company():
    return simulate_company(1, 60)


@pytest.fixture(scope="module")
def hosted(company):
    documents = {
        BADGE_SITE + d.path: Document(d.status, json.dumps(d.body).encode(), "application/json")
        for d in company.badge_documents()
    }
    return MappedDocuments(documents | {f"{BADGE_SITE}/image.png": Document(200, badge_image(), "image/png")})


def codes(hosted, now, credential, address):
    judged = next(iter(judge([credential], Bench(hosted, now, (address,)))))
    return str(judged.verdict.verdict), tuple(str(code) for code in judged.verdict.codes)


def test_every_badge_is_judged_as_its_record_says(company, hosted):
    now = datetime.combine(company.settings.as_of, time(12), UTC)
    seen = set()
    for record in company.badge_records():
        expected = ("valid", ())
        if record.revoked:
            expected = ("invalid", ("revoked",))
        elif record.expires_on is not None and record.expires_on < now.date():
            expected = ("invalid", ("expired",))
        assert codes(hosted, now, record.credential, record.recipient[0].value) == expected
        seen.add(expected)
    assert len(seen) == 3


def test_badge_of_somebody_else_is_refused(company, hosted):
    now = datetime.combine(company.settings.as_of, time(12), UTC)
    record = next(r for r in company.badge_records() if not r.revoked and r.expires_on is None)
    verdict, found = codes(hosted, now, record.credential, "somebody.else@example.com")
    assert verdict == "invalid"
    assert found
