"""Compares a badge's recipient with an employee's verified addresses, hashed ones included."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HASH = re.compile(r"(md5\$[0-9a-fA-F]{32}|sha256\$[0-9a-fA-F]{64})\Z", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """A recipient as the badge gives it: plain text or ``md5$..``/``sha256$..`` of the identity and the salt."""

    value: str
    hashed: bool = False
    salt: str = ""


def is_identity_hash(value: object) -> bool:
    """True for ``md5$`` and 32 or ``sha256$`` and 64 hexadecimal digits."""
    return isinstance(value, str) and bool(_HASH.match(value))


def matches(identities: Iterable[Identity], recipients: Sequence[str]) -> bool:
    """True when any identity is any of the recipients, as given or lower-cased."""
    spellings = {form for given in recipients for form in (given.strip(), given.strip().lower())}
    bare = {form.removeprefix("mailto:") for form in spellings} | spellings
    return any(_is_one_of(identity, bare) for identity in identities)


def _is_one_of(identity: Identity, spellings: set[str]) -> bool:
    if not identity.hashed:
        value = identity.value.strip()
        return value in spellings or value.lower().removeprefix("mailto:") in spellings
    if not is_identity_hash(identity.value):
        return False
    algorithm, _, digest = identity.value.partition("$")
    expected = digest.lower()
    return any(hmac.compare_digest(_digest(algorithm, form + identity.salt), expected) for form in spellings)


def _digest(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    if algorithm == "md5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    return hashlib.sha256(data).hexdigest()
