"""Decodes multibase text and multikeys with exact alphabets and lengths, because keys and signatures arrive in them."""

from __future__ import annotations

import base64
import binascii
import re

from plugin.badges.codes import BadgeProblem
from plugin.texts import _

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {char: value for value, char in enumerate(_BASE58)}
_MAX_BASE58 = 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")

#: multicodec prefix (two varint bytes) -> name of the key type
_CODECS = {b"\xed\x01": "ed25519", b"\x80\x24": "p256", b"\x81\x24": "p384", b"\x85\x24": "rsa"}
_LENGTHS = {"ed25519": 32, "p256": 33, "p384": 49}


def base58_decode(text: str) -> bytes:
    """Bitcoin alphabet, at most 1,024 characters. Raises BadgeProblem invalid_key."""
    if len(text) > _MAX_BASE58:
        raise BadgeProblem("invalid_key", _("The base58 text is too long."))
    number = 0
    for char in text:
        if char not in _VALUES:
            raise BadgeProblem("invalid_key", _("The text is not base58."))
        number = number * 58 + _VALUES[char]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58_encode(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base64url_decode(text: str, *, code: str = "unreadable") -> bytes:
    """Unpadded base64url (padding is tolerated), no other character. Raises BadgeProblem with ``code``."""
    bare = text.rstrip("=")
    if not _BASE64URL.match(bare) or len(bare) % 4 == 1:
        raise BadgeProblem(code, _("The text is not base64url."))
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadgeProblem(code, _("The text is not base64url.")) from error


def multibase_decode(text: str, *, code: str = "invalid_key") -> bytes:
    """``z`` base58btc or ``u`` base64url. Raises BadgeProblem with ``code`` for anything else."""
    if text.startswith("z"):
        try:
            return base58_decode(text[1:])
        except BadgeProblem as problem:
            raise BadgeProblem(code, problem.detail) from problem
    if text.startswith("u"):
        return base64url_decode(text[1:], code=code)
    raise BadgeProblem(code, _("The multibase prefix is unknown."))


def multikey_decode(text: str) -> tuple[str, bytes]:
    """Key type (ed25519, p256, p384, rsa) and raw key. Raises invalid_key, or unsupported_key for another type."""
    data = multibase_decode(text)
    kind = _CODECS.get(data[:2])
    if kind is None:
        raise BadgeProblem("unsupported_key", _("The type of the key is unknown."))
    if len(data) - 2 != _LENGTHS.get(kind, len(data) - 2):
        raise BadgeProblem("invalid_key", _("A key of the type %(kind)s has another length.", kind=kind))
    return kind, data[2:]


def ed25519_multikey(raw: bytes) -> str:
    return "z" + base58_encode(b"\xed\x01" + raw)
