"""Signs and verifies webhooks in the Standard Webhooks 1.0 format, on raw bytes and with one error for whatever is wrong.

The wire format is that of https://www.standardwebhooks.com: HMAC-SHA256 over ``id.timestamp.body``, one or more signatures in
one header. Own code instead of the spec's package, because there a hostile header escapes as ValueError, binascii.Error or
UnicodeDecodeError, a receiver cannot hold two secrets during a rotation, and a secret of one byte passes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from plugin.domain import aware
from plugin.errors import AuthError, ConfigError, InvalidInput
from plugin.texts import _
from plugin.vault import Secret

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_SECONDS = 300  # into the past and into the future
MOST_SIGNATURES = 8
_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret
# No brace, bracket, quote or blank: with a JSON body the signed text cannot be cut at another place.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:=/+@~-]{1,256}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_DECOY = b"no connection has this secret: 0"


def secret_key(secret: Secret) -> bytes:
    """The key in a ``whsec_…`` secret. ConfigError unless it is base64 of 24 to 64 bytes."""
    text = secret.reveal()
    try:
        key = b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else b""
    except ValueError:
        key = b""  # the cause would quote the secret
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ConfigError(
            _("the webhook secret is malformed"),
            code="secret",
            remedy=_("enter whsec_ and base64 of 24 to 64 bytes"),
        )
    return key


def sign(secrets: Sequence[Secret], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers, with one signature per secret (newest first). ``at`` is aware; InvalidInput otherwise, or for a bad id."""
    if not secrets:
        raise ConfigError(_("a secret is needed to sign with"), code="secret")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise InvalidInput(
            _("a message id must have 1 to 256 characters out of A-Z a-z 0-9 _ . : = / + @ ~ -")
        )
    stamp = str(int(aware(at).timestamp()))
    digests = [_digest(secret_key(secret), message_id, stamp, body) for secret in secrets]
    signatures = " ".join("v1," + b64encode(digest).decode() for digest in digests)
    return {ID: message_id, TIMESTAMP: stamp, SIGNATURE: signatures}


def verify(secrets: Sequence[Secret], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message id, when one of ``secrets`` signed exactly these bytes within the tolerance; AuthError for anything else.

    ``headers`` have lower-case names. With no secrets the same work is done and the answer is AuthError.
    """
    message_id, stamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    given = _signatures(headers.get(SIGNATURE, ""))
    keys = [secret_key(secret) for secret in secrets] or [_DECOY]
    right = [
        hmac.compare_digest(_digest(key, message_id, stamp, body), signature)
        for key in keys
        for signature in given
    ]
    in_order = bool(_MESSAGE_ID.fullmatch(message_id)) and _is_recent(stamp, now)
    if not (any(right) and in_order and secrets):
        raise AuthError(_("the webhook's signature is not valid"), code="signature")
    return message_id


def _digest(key: bytes, message_id: str, stamp: str, body: bytes) -> bytes:
    start = f"{message_id}.{stamp}.".encode("utf-8", "replace")
    return hmac.digest(key, start + body, hashlib.sha256)


def _signatures(header: str) -> list[bytes]:
    """The ``v1`` digests in a header; others (``v1a``) and malformed ones are passed over. None of a header with too many."""
    parts = header.split(" ", MOST_SIGNATURES)
    return [] if len(parts) > MOST_SIGNATURES else [_decoded(part) for part in parts]


def _decoded(part: str) -> bytes:
    version, _other, text = part.partition(",")
    if version != "v1" or not text.isascii():
        return b""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def _is_recent(stamp: str, now: datetime) -> bool:
    if not _SECONDS.fullmatch(stamp):
        return False
    return abs(aware(now).timestamp() - int(stamp)) <= TOLERANCE_SECONDS
