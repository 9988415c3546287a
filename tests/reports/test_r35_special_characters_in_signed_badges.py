"""learner credential wallet #768: badges with special characters fail, though their signature is right.

https://github.com/openwallet-foundation-labs/learner-credential-wallet/issues/768

Right: valid, in every character and every proof; and a changed character is noticed, also one that only looks the same.
"""

from __future__ import annotations

import json

import pytest

from plugin.badges import Verdict
from plugin.domain import BadgeVerdict
from tests.badges.issuing import RSA_KEY, Issuer, Json, achievement, dump, itxt, judge, png, subject, token

SPECIAL = {
    "ampersand and quotes": 'R&D “Lead” — O’Neil\'s "A" & <B>',
    "accents composed": "Zoë Łukasz Žižka",
    "accents combined": "Zoe\u0308 A\u030a",
    "line breaks and tabs": "one\ntwo\r\nthree\tfour",
    "emoji": "Python 🐍👩\u200d💻",
    "right to left": "شهادة بايثون",
    "beyond the basic plane": "𝔓𠮷",
    "backslashes": "C:\\new\\u0041",
    "control characters": "a\u0001b\u007fc\u0085d\u2028e",
    "an invisible sign": "Data\u200b Science\ufeff",
    "registered": "Certified® Scrum™ – Level №2",
}
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2020"]
ISSUER = Issuer()


def badge(text: str) -> Json:
    what = achievement(name=text, description=text, criteria={"narrative": text})
    return ISSUER.badge(name=text, credentialSubject=subject(achievement=what))


def verdict(document: object) -> Verdict:
    return judge(document)


def extra(suite: str) -> Json:
    """The context that the older suite's terms come from."""
    return (
        {"@context": [*badge("x")["@context"], "https://w3id.org/security/suites/ed25519-2020/v1"]}
        if suite.startswith("Ed")
        else {}
    )


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", SPECIAL)
def test_it_is_valid_with_its_text_as_written(name: str, suite: str) -> None:
    found = verdict(ISSUER.sign(badge(SPECIAL[name]) | extra(suite), suite=suite))
    assert found.verdict is BadgeVerdict.VALID
    assert found.badge is not None
    assert found.badge.achievement_name == SPECIAL[name]


@pytest.mark.parametrize("name", SPECIAL)
def test_it_is_valid_as_a_token_and_in_a_picture(name: str) -> None:
    made = token(badge(SPECIAL[name]), {"alg": "EdDSA", "kid": ISSUER.method}, ISSUER.key)
    assert verdict(made).verdict is BadgeVerdict.VALID
    assert verdict(png(itxt(made.encode()))).verdict is BadgeVerdict.VALID
    assert RSA_KEY.key_size >= 2048


@pytest.mark.parametrize("name", SPECIAL)
def test_however_json_spells_it(name: str) -> None:
    signed = ISSUER.sign(badge(SPECIAL[name]))
    spelled = [
        json.dumps(signed, ensure_ascii=False).encode(),
        json.dumps(signed, ensure_ascii=True, indent=2).encode(),
        json.dumps(signed).replace("/", "\\/").encode(),
        b"\xef\xbb\xbf" + dump(signed),
    ]
    assert {verdict(one).verdict for one in spelled} == {BadgeVerdict.VALID}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Zo\u00eb", "Zoe\u0308"),
        ("a\u200bb", "ab"),
        ("A", "\u0410"),
        ("one\r\ntwo", "one\ntwo"),
        ("x ", "x"),
        ("\u212b", "\u00c5"),
    ],
)
@pytest.mark.parametrize("suite", SUITES[:2])
def test_a_character_that_only_looks_the_same_is_noticed(before: str, after: str, suite: str) -> None:
    signed = ISSUER.sign(badge(before), suite=suite)
    assert verdict(signed).verdict is BadgeVerdict.VALID
    assert verdict({**signed, "name": after}).codes == ("invalid_signature",)
