"""Signatures in the Standard Webhooks format, against the specification's own package in both directions."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from plugin.errors import AuthError, ConfigError, InvalidInput
from plugin.services.delivery import signing
from plugin.vault import Secret

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BODY = '{"type":"badge.awarded","data":{"name":"Größe"}}'.encode()


def secret(seed: bytes = b"k", size: int = 32) -> Secret:
    return Secret("whsec_" + b64encode((seed * size)[:size]).decode())


OURS, OTHER = secret(b"a"), secret(b"b")
SIGNED = signing.sign([OURS], "msg_1", NOW, BODY)


def refused(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> bool:
    try:
        signing.verify([OURS], headers, body, now)
    except AuthError:
        return True
    return False


def test_own_signature_verifies_and_gives_the_message_id() -> None:
    assert signing.verify([OURS], SIGNED, BODY, NOW) == "msg_1"


@pytest.mark.dates
def test_the_specs_package_accepts_our_signature() -> None:
    now = datetime.now(UTC)
    headers = signing.sign([OTHER, OURS], "msg_1", now, BODY)
    for one in (OURS, OTHER):
        assert standardwebhooks.Webhook(one.reveal()).verify(BODY, headers) == {
            "type": "badge.awarded",
            "data": {"name": "Größe"},
        }


def test_we_accept_the_specs_packages_signature() -> None:
    signature = standardwebhooks.Webhook(OURS.reveal()).sign("msg_1", NOW, BODY.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature,
    }
    assert signing.verify([OURS], headers, BODY, NOW) == "msg_1"


def test_both_secrets_verify_while_they_overlap() -> None:
    signed_by_old = signing.sign([OTHER], "msg_1", NOW, BODY)
    assert signing.verify([OURS, OTHER], signed_by_old, BODY, NOW) == "msg_1"
    assert refused(signed_by_old)


def test_body_need_not_be_text() -> None:
    body = b"\xff\x00{"
    assert signing.verify([OURS], signing.sign([OURS], "m", NOW, body), body, NOW) == "m"


@pytest.mark.parametrize("drift", [-301, 301, 10**9])
def test_too_old_and_too_new_are_refused(drift: int) -> None:
    assert refused(SIGNED, now=NOW + timedelta(seconds=drift))


@pytest.mark.parametrize("drift", [-300, 0, 300])
def test_drift_within_five_minutes_is_accepted(drift: int) -> None:
    assert not refused(SIGNED, now=NOW + timedelta(seconds=drift))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,a,b"),
        ("webhook-signature", "v1,abc"),
        ("webhook-signature", "v1,größe"),
        ("webhook-signature", "v1a," + SIGNED["webhook-signature"][3:]),
        ("webhook-signature", SIGNED["webhook-signature"][3:]),
        ("webhook-signature", "v1,\udc80"),
        ("webhook-id", ""),
        ("webhook-id", "msg 1"),
        ("webhook-id", "m" * 257),
        ("webhook-id", "msg_\udc80"),
        ("webhook-id", "high\ud800"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", SIGNED["webhook-timestamp"] + ".0"),
        ("webhook-timestamp", "+" + SIGNED["webhook-timestamp"]),
        ("webhook-timestamp", "1_700_000_000"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "١٧٠٠٠٠٠٠٠٠"),
        ("webhook-timestamp", "9" * 400),
    ],
)
def test_malformed_header_is_refused_as_any_wrong_signature(header: str, value: str) -> None:
    assert refused({**SIGNED, header: value})


def test_missing_header_is_refused() -> None:
    for name in SIGNED:
        assert refused({key: value for key, value in SIGNED.items() if key != name})


def test_two_blanks_between_signatures_do_no_harm() -> None:
    assert not refused({**SIGNED, "webhook-signature": "v1,AAAA  " + SIGNED["webhook-signature"]})


def test_more_than_eight_signatures_are_refused_unread() -> None:
    right = SIGNED["webhook-signature"]
    assert not refused({**SIGNED, "webhook-signature": " ".join(["v1,AAAA"] * 7 + [right])})
    assert refused({**SIGNED, "webhook-signature": " ".join([right] + ["v1,AAAA"] * 8)})


def test_without_a_secret_nothing_verifies() -> None:
    decoy = Secret("whsec_" + b64encode(signing._DECOY).decode())
    headers = signing.sign([decoy], "msg_1", NOW, BODY)
    with pytest.raises(AuthError):
        signing.verify([], headers, BODY, NOW)


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_AAAA", "hunter2hunter2hunter2", "whsec_%%%", "whsec_" + "A" * 31]
)
def test_malformed_secret_is_a_setting_to_change_and_is_not_shown(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        signing.sign([Secret(text)], "m", NOW, b"")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("size", [24, 64])
def test_shortest_and_longest_secret_sign(size: int) -> None:
    signing.sign([secret(b"s", size)], "m", NOW, b"")


@pytest.mark.parametrize("size", [23, 65])
def test_shorter_and_longer_secrets_are_refused(size: int) -> None:
    with pytest.raises(ConfigError):
        signing.sign([secret(b"s", size)], "m", NOW, b"")


def test_naive_time_is_not_signed() -> None:
    with pytest.raises(InvalidInput):
        signing.sign([OURS], "m", datetime(2026, 11, 21, 9, 0), b"")


@pytest.mark.parametrize("message_id", ["", "a b", 'm{"', "ü"])
def test_message_id_that_could_move_the_cut_is_not_signed(message_id: str) -> None:
    with pytest.raises(InvalidInput):
        signing.sign([OURS], message_id, NOW, b"")


@given(st.binary(max_size=400), st.text("abcXYZ019_.-", min_size=1, max_size=40))
def test_every_body_and_id_verifies_as_signed(body: bytes, message_id: str) -> None:
    headers = signing.sign([OURS], message_id, NOW, body)
    assert signing.verify([OTHER, OURS], headers, body, NOW) == message_id


@given(st.integers(0, len(BODY) * 8 - 1))
def test_no_flipped_bit_of_the_body_is_accepted(bit: int) -> None:
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << (bit % 8)
    assert refused(SIGNED, bytes(changed))


@given(st.sampled_from(sorted(SIGNED)), st.data())
def test_no_changed_header_is_accepted(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SIGNED[name]) - 1))
    character = data.draw(st.characters())
    value = SIGNED[name][:place] + character + SIGNED[name][place + 1 :]
    assert value == SIGNED[name] or refused({**SIGNED, name: value})


@given(st.dictionaries(st.sampled_from(sorted(SIGNED)), st.text(max_size=200)), st.binary(max_size=50))
def test_random_headers_are_refused_without_another_error(headers: dict[str, str], body: bytes) -> None:
    assert refused(headers, body)
