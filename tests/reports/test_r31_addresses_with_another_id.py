"""validator-core #249: a Badgr address whose document declares another id. #229 and #228: old shapes beside it.

https://github.com/1EdTech/openbadges-validator-core/issues/249 https://github.com/1EdTech/openbadges-validator-core/issues/229

Right: the document is read again from the address that it declares, and valid when that one says the same. A document that only
poses as another stays refused.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from plugin.domain import BadgeVerdict
from tests.badges.issuing import OB2, SITE, Document, Json, Site, judge, served

BADGR = "https://api.badgr.example"
HELD = f"{BADGR}/public/assertions/m4wSklfxSFmV3qUXLbwvaw"
HOME = "https://bip.learning.example/6a95/awards/v1/1ACD/406"
THIRD = "https://third.example/1"
ADA = "ada@example.com"


def elsewhere(home: str = HOME) -> Site:
    """A site whose assertion, class and issuer live at ``home``'s host."""
    host = home.split("/", 3)
    root = "/".join(host[:3])
    issuer = {"id": f"{root}/issuer", "url": root}
    return Site(
        issuer=issuer,
        badge={"id": f"{root}/badge", "issuer": f"{root}/issuer"},
        assertion={"id": home, "badge": f"{root}/badge"},
    )


@pytest.mark.parametrize(
    "asked",
    [
        HELD,
        f"{HELD}?identity__email=ada%40example.com",
        f"{HELD}?v=2_0",
        f"{HELD}.json",
        f"{HELD}?identity__email=ada@example.com&v=2_0",
    ],
)
def test_a_copy_on_another_host_leads_to_its_home(asked: str) -> None:
    site = elsewhere()
    site.more[asked] = served(site.assertion)
    found = site.judge(asked, recipients=[ADA])
    assert found.verdict is BadgeVerdict.VALID
    assert found.badge is not None
    assert (found.badge.id, found.badge.recipient_matched) == (HOME, True)


@pytest.mark.parametrize(
    "query", ["?v=2_0", "?identity__email=ada%40example.com", "?expand=badge&expand=badge.issuer", ".json"]
)
def test_an_address_of_the_same_site_with_a_query_is_its_document(query: str) -> None:
    site = Site()
    asked = f"{SITE}/assertions/1{query}"
    site.more[asked] = served(site.assertion)
    assert site.judge(asked).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize("part", ["badge", "issuer"])
def test_class_and_issuer_may_declare_another_id_too(part: str) -> None:
    site = Site()
    document = getattr(site, part)
    asked = f"{document['id']}?v=2_0"
    site.more[asked] = served(document)
    (site.assertion if part == "badge" else site.badge)[part] = asked
    found = site.judge()
    assert (found.verdict, found.codes) == (BadgeVerdict.VALID, ("redirected_id",))


def test_a_badge_in_a_file_is_read_at_the_id_that_it_declares() -> None:
    site = elsewhere()
    assert site.judge(site.assertion).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize(
    ("home", "code"),
    [
        (served(b"", 404), "hosted_unreachable"),
        (served(b"", 410), "revoked"),
        (served({**elsewhere().assertion, "id": THIRD}), "hosted_id_mismatch"),
        (
            served(
                {
                    **elsewhere().assertion,
                    "recipient": {"type": "email", "hashed": False, "identity": "eve@example.com"},
                }
            ),
            "hosted_differs",
        ),
    ],
)
def test_who_only_poses_as_another_is_not_believed(home: Document, code: str) -> None:
    site = elsewhere()
    fourth = served({**site.assertion, "id": "https://fourth.example/1"})
    documents = site.documents | {HELD: served(site.assertion), HOME: home, THIRD: fourth}
    assert judge(HELD, documents).codes == (code,)


# --- the old shapes of #229 and #228 ---------------------------------------------------------------------------------------

ALIGNED: list[dict[str, Any]] = [
    {"alignment": [{"name": "Python", "url": "https://example.com/python", "description": "x"}]},
    {"alignment": {"name": "Python", "url": "https://example.com/python"}},
    {"alignment": [{"targetName": "Python", "targetUrl": "https://example.com/python"}]},
    {"alignment": []},
]


@pytest.mark.parametrize("extra", ALIGNED)
def test_version_0_5_with_alignments_is_valid(extra: Json) -> None:
    digest = hashlib.sha256(b"ada@example.compepper").hexdigest()
    address = f"{SITE}/bakedbadge/assertion/644"
    assertion: Json = {
        "recipient": f"sha256${digest}",
        "salt": "pepper",
        "issued_on": "2012-05-01",
        "badge": {
            "version": "0.5.0",
            "name": "Python Practitioner",
            "description": "Writes small programs.",
            "image": f"{SITE}/badge.png",
            "criteria": f"{SITE}/criteria",
            "issuer": {"origin": SITE, "name": "Example Academy"},
            **extra,
        },
    }
    found = judge(address, {address: served(assertion)}, recipients=[ADA])
    assert (found.verdict, found.codes) == (BadgeVerdict.VALID, ("upgraded",))
    assert found.badge is not None
    assert [one.url for one in found.badge.skills] == ["https://example.com/python"] * bool(
        extra["alignment"]
    )


def test_version_1_0_with_an_id_of_its_own_kind_is_valid() -> None:
    address = f"{SITE}/assertions/640"
    assertion: Json = {
        "uid": "640",
        "recipient": {"type": "email", "hashed": False, "identity": ADA},
        "badge": f"{SITE}/badge",
        "issuedOn": 1767225600,
        "verify": {"type": "hosted", "url": address},
    }
    old = {
        "name": "Python",
        "description": "x",
        "image": f"{SITE}/b.png",
        "criteria": f"{SITE}/c",
        "issuer": f"{SITE}/issuer",
    }
    documents = {
        address: served(assertion),
        f"{SITE}/badge": served(old),
        f"{SITE}/issuer": served({"name": "A", "url": SITE}),
    }
    assert judge(address, documents).verdict is BadgeVerdict.VALID
    assert OB2 not in str(assertion)
