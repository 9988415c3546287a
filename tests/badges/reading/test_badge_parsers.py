"""The byte parsers under random and mutated input: our own error or a value, never anything else, in bounded work."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.badges import Limits
from plugin.badges.codes import BadgeProblem
from plugin.badges.ob2.legacy import normalise, upgrade
from plugin.badges.ob3.expanded import check_expanded, check_written
from plugin.badges.ob3.status import decode_list
from plugin.badges.proof import jws, selective
from plugin.badges.proof.keys import from_jwk, from_multikey, from_pem
from plugin.badges.proof.multibase import base58_decode, base58_encode, base64url_decode, multibase_decode
from plugin.badges.reading.baking import inflate, unbake
from plugin.badges.reading.strict_json import loads
from plugin.badges.reading.times import parse_time
from tests.badges.issuing import Issuer, Site, b64, chunk, dump, itxt, judge, png, token

LIMITS = Limits()
KEY = from_multikey(Issuer().multikey)
FAST = settings(max_examples=150)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
TERMS = st.sampled_from(
    [
        "id",
        "type",
        "@id",
        "@type",
        "@context",
        "badge",
        "issuer",
        "verify",
        "verification",
        "recipient",
        "issuedOn",
        "expires",
        "criteria",
        "alignment",
        "endorsement",
        "publicKey",
        "name",
        "url",
        "obi:badge",
        "credentialSubject",
    ]
)
VALUES = st.sampled_from(
    [
        "Assertion",
        "BadgeClass",
        "Issuer",
        "HostedBadge",
        "SignedBadge",
        "https://academy.example.org/issuer",
        "_:b0",
        "",
    ]
)
BADGE_LIKE = st.dictionaries(
    TERMS,
    st.recursive(
        VALUES | JSON,
        lambda i: st.lists(i, max_size=3) | st.dictionaries(TERMS, i, max_size=4),
        max_leaves=12,
    ),
    max_size=9,
)


def only_ours(call: Any, *arguments: Any, **options: Any) -> Any:
    """The value, or None after our own problem."""
    try:
        return call(*arguments, **options)
    except BadgeProblem:
        return None


def mutate(data: st.DataObject, raw: bytes) -> bytes:
    """``raw`` with some bytes replaced, cut out or doubled."""
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(changed) - 1)))
        size = data.draw(st.integers(0, 8))
        changed[at : at + size] = data.draw(st.binary(max_size=8))
    return bytes(changed)


@FAST
@given(st.data())
def test_mutated_png_gives_a_badge_or_our_problem(data: st.DataObject) -> None:
    whole = png(
        itxt(b'{"a": 1}', compressed=True), chunk(b"tEXt", b"openbadges\0x"), chunk(b"zTXt", b"a\0\0x")
    )
    only_ours(unbake, b"\x89PNG\r\n\x1a\n" + mutate(data, whole[8:]), LIMITS)


@FAST
@given(
    st.lists(
        st.tuples(st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"IDAT"]), st.binary(max_size=40)), max_size=5
    )
)
def test_random_chunks_give_a_badge_or_our_problem(chunks: list[tuple[bytes, bytes]]) -> None:
    only_ours(unbake, png(*(chunk(kind, b"openbadges\0" + body) for kind, body in chunks)), LIMITS)


@FAST
@given(st.data())
def test_mutated_svg_gives_a_badge_or_our_problem(data: st.DataObject) -> None:
    whole = (
        b'<?xml version="1.0" encoding="utf-8"?><svg xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
        b'<o:credential verify="a.b.c"><![CDATA[{}]]></o:credential></svg>'
    )
    only_ours(unbake, b"<" + mutate(data, whole[1:]), LIMITS)


@FAST
@given(st.text())
def test_any_text_as_a_token(text: str) -> None:
    only_ours(jws.split, text, LIMITS, max_bytes=LIMITS.document_bytes)


@FAST
@given(st.data())
def test_mutated_token_is_never_valid(data: st.DataObject) -> None:
    issuer = Issuer()
    whole = token(issuer.badge(), {"alg": "EdDSA", "kid": issuer.method}, issuer.key)
    changed = mutate(data, whole.encode())
    verdict = judge(changed)
    assert verdict.verdict != "valid" or changed.strip() == whole.encode()


@FAST
@given(JSON, JSON)
def test_any_header_and_payload_of_a_token(header: Any, payload: Any) -> None:
    judge(f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}.AAAA")


@FAST
@given(st.binary())
def test_any_bytes_are_judged(raw: bytes) -> None:
    assert judge(raw).verdict in ("invalid", "undetermined")


@FAST
@given(BADGE_LIKE)
def test_any_badge_like_json_is_judged(document: dict[str, Any]) -> None:
    assert Site().judge(dump(document)).verdict in ("valid", "invalid", "undetermined")


@FAST
@given(BADGE_LIKE)
def test_any_badge_like_credential_is_judged(document: dict[str, Any]) -> None:
    issuer = Issuer()
    for member in ("credentialSubject", "issuer", "proof"):
        whole = {**issuer.badge(), "proof": issuer.sign(issuer.badge())["proof"], member: document}
        assert judge(whole).verdict in ("invalid", "undetermined")


@FAST
@given(BADGE_LIKE)
def test_any_json_can_be_normalised_and_upgraded(document: dict[str, Any]) -> None:
    normal = only_ours(normalise, document)
    if normal is not None:
        only_ours(upgrade, normal)


@FAST
@given(JSON)
def test_any_json_passes_or_fails_the_linked_data_guards(value: Any) -> None:
    only_ours(check_written, value)
    only_ours(check_expanded, value, blank_nodes=10)


@FAST
@given(JSON)
def test_json_is_read_as_the_standard_reader_does_or_refused(value: Any) -> None:
    text = json.dumps(value)
    found = only_ours(loads, text, max_bytes=10_000)
    if found is not None:
        assert found == json.loads(text)


@given(st.text(max_size=10), st.integers(), st.integers())
def test_key_twice_at_any_depth_is_refused(key: str, first: int, second: int) -> None:
    name = json.dumps(key)
    for text in (
        f"{{{name}: {first}, {name}: {second}}}",
        f'[{{"x": {{{name}: {first}, "y": 0, {name}: {second}}}}}]',
    ):
        with pytest.raises(BadgeProblem) as problem:
            loads(text, max_bytes=10_000)
        assert problem.value.code in ("duplicate_keys", "too_large", "unreadable")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too_large"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "too_large"),
        ("9" * 41, "too_large"),
        ("1e999", "too_large"),
        ("NaN", "unreadable"),
        ('"\\ud800"', "unreadable"),
        ("{", "unreadable"),
        ('{"a": 1,}', "unreadable"),
        ('{"a": "' + "x" * 10_000, "too_large"),
        ('"' * 9_999, "unreadable"),
    ],
)
def test_hostile_json_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadgeProblem) as problem:
        loads(text, max_bytes=10_000)
    assert problem.value.code in (code, "too_large")


def test_brackets_inside_strings_are_not_depth() -> None:
    assert loads(json.dumps({"a": "[" * 100 + '\\"' + "{" * 100}), max_bytes=10_000)


@given(st.binary(max_size=200))
def test_base58_round_trip(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


@FAST
@given(st.text())
def test_any_text_as_multibase_key_time_or_list(text: str) -> None:
    for call in (multibase_decode, base64url_decode, from_multikey, from_pem, parse_time):
        only_ours(call, text)
    only_ours(decode_list, text, LIMITS)
    only_ours(selective.verify, "u" + text, [], b"", KEY)


@FAST
@given(st.binary(max_size=80))
def test_any_bytes_as_a_derived_proof(data: bytes) -> None:
    only_ours(selective.verify, "u" + b64(b"\xd9\x5d\x01" + data), ["<a> <b> <c> .\n"], b"", KEY)


@FAST
@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "use", "k"]),
        JSON | st.sampled_from(["EC", "RSA", "OKP", "oct", "P-256", "Ed25519", "AQAB"]),
    )
)
def test_any_object_as_a_jwk(jwk: dict[str, Any]) -> None:
    only_ours(from_jwk, jwk)


@FAST
@given(st.binary(max_size=300), st.booleans())
def test_inflate_gives_the_bytes_or_our_problem(data: bytes, zipped: bool) -> None:
    packed = gzip.compress(data) if zipped else zlib.compress(data)
    assert inflate(packed, limit=300, gzip=zipped, code="invalid_image") == data
    only_ours(inflate, data, limit=300, gzip=zipped, code="invalid_image")
    if data:
        with pytest.raises(BadgeProblem):
            inflate(packed, limit=len(data) - 1, gzip=zipped, code="invalid_image")
    for broken in (packed[:-1], packed + b"x"):
        with pytest.raises(BadgeProblem):
            inflate(broken, limit=300, gzip=zipped, code="invalid_image")


@given(
    st.datetimes(min_value=datetime(3, 1, 1), max_value=datetime(9997, 1, 1)), st.integers(-14 * 60, 14 * 60)
)
def test_times_are_read_exactly(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(aware.isoformat()) == aware
