"""Verifies derived ecdsa-sd-2023 proofs, because holders of some wallets can only show a badge in this form.

Source: W3C, Data Integrity ECDSA Cryptosuites, section 3.4 (derived proof, verification algorithm).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob3 import vocabulary
from plugin.badges.proof import keys
from plugin.badges.proof.keys import PublicKey
from plugin.badges.proof.multibase import multibase_decode
from plugin.texts import _

_DERIVED = b"\xd9\x5d\x01"
_BASE = b"\xd9\x5d\x00"
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|_:(c14n\d+)')
_MAX_ITEMS = 2000
_LIFECYCLE = (vocabulary.VALID_UNTIL[0], vocabulary.STATUS[0])


@dataclass(frozen=True)
class Derived:
    """The parts of a derived proof value."""

    base_signature: bytes
    ephemeral_key: bytes
    signatures: tuple[bytes, ...]
    labels: dict[str, str]
    mandatory: frozenset[int]


def verify(value: str, lines: Sequence[str], proof_digest: bytes, key: PublicKey) -> bool:
    """Whether the issuer made the end date and the status mandatory, so that the holder cannot have left them out.

    Raises BadgeProblem invalid_signature, or unsupported_proof for an issuer's undisclosed base proof."""
    derived = _read(value)
    relabelled = sorted(_relabel(line, derived.labels) for line in lines)
    mandatory = [line for index, line in enumerate(relabelled) if index in derived.mandatory]
    others = [line for index, line in enumerate(relabelled) if index not in derived.mandatory]
    if len(mandatory) != len(derived.mandatory) or len(others) != len(derived.signatures):
        raise BadgeProblem("invalid_signature", _("The number of disclosed statements is wrong."))
    base = proof_digest + derived.ephemeral_key + sha256("".join(mandatory).encode()).digest()
    key.verify_p256(derived.base_signature, base)
    if derived.ephemeral_key[:2] != b"\x80\x24":
        raise BadgeProblem("invalid_signature", _("The proof’s own key is of the wrong type."))
    ephemeral = keys.from_raw("p256", derived.ephemeral_key[2:])
    for line, signature in zip(others, derived.signatures, strict=True):
        ephemeral.verify_p256(signature, line.encode())
    return all(any(f" <{term}> " in line for line in mandatory) for term in _LIFECYCLE)


def _relabel(line: str, labels: dict[str, str]) -> str:
    return _TOKEN.sub(lambda match: "_:" + labels.get(match[1], match[1]) if match[1] else match[0], line)


def _read(value: str) -> Derived:
    data = multibase_decode(value, code="invalid_signature")
    if data.startswith(_BASE):
        raise BadgeProblem("unsupported_proof", _("The base proof was not derived for us."))
    if not data.startswith(_DERIVED):
        raise BadgeProblem("invalid_signature", _("It is not a derived proof."))
    parts, rest = _cbor(data[len(_DERIVED) :], 0)
    if rest or not isinstance(parts, list) or len(parts) != 5:
        raise BadgeProblem("invalid_signature", _("The proof’s value has the wrong parts."))
    base, key, signatures, labels, mandatory = parts
    if not (
        isinstance(base, bytes)
        and isinstance(key, bytes)
        and _all(signatures, bytes)
        and _all(mandatory, int)
    ):
        raise BadgeProblem("invalid_signature", _("The proof’s value has the wrong parts."))
    return Derived(base, key, tuple(signatures), _labels(labels), frozenset(mandatory))


def _all(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _labels(value: object) -> dict[str, str]:
    labels: dict[str, str] = {}
    for number, digest in value.items() if isinstance(value, dict) else ():
        if not isinstance(number, int) or not isinstance(digest, bytes):
            raise BadgeProblem("invalid_signature", _("The proof’s labels can't be read."))
        labels[f"c14n{number}"] = "u" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if len(set(labels.values())) != len(labels):
        raise BadgeProblem("invalid_signature", _("One label stands for two nodes."))
    return labels


def _cbor(data: bytes, depth: int) -> tuple[Any, bytes]:
    """One CBOR item of the five kinds used here (unsigned, bytes, array, map) and the bytes after it."""
    if not data or depth > 3:
        raise BadgeProblem("invalid_signature", _("The proof’s value is cut off."))
    major, number, rest = _head(data)
    if major == 0:
        return number, rest
    if major == 2:
        if number > len(rest):
            raise BadgeProblem("invalid_signature", _("The proof’s value is cut off."))
        return rest[:number], rest[number:]
    if major not in (4, 5) or number > _MAX_ITEMS:
        raise BadgeProblem("invalid_signature", _("The proof’s value can't be read."))
    items = []
    for _time in range(number * (2 if major == 5 else 1)):
        item, rest = _cbor(rest, depth + 1)
        items.append(item)
    if major == 4:
        return items, rest
    if not all(isinstance(name, int) for name in items[::2]):
        raise BadgeProblem("invalid_signature", _("The proof’s labels can't be read."))
    return dict(zip(items[::2], items[1::2], strict=True)), rest


def _head(data: bytes) -> tuple[int, int, bytes]:
    major, small = data[0] >> 5, data[0] & 31
    if small < 24:
        return major, small, data[1:]
    size = {24: 1, 25: 2, 26: 4}.get(small, 0)
    if not size or len(data) < 1 + size:
        raise BadgeProblem("invalid_signature", _("The proof’s value can't be read."))
    return major, int.from_bytes(data[1 : 1 + size], "big"), data[1 + size :]
