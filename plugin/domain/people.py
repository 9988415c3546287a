"""What an account may do, and by which names the outside knows a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from plugin.errors import InvalidInput
from plugin.texts import _


class Role(StrEnum):
    """What an account may do. An account may hold several."""

    MANAGER = "manager"
    HR_ADMIN = "hr_admin"
    ANALYST = "analyst"
    OPERATOR = "operator"


class IdentifierKind(StrEnum):
    """How the outside names a person."""

    EMAIL = "email"
    EMAIL_SHA1 = "email_sha1"
    EMPLOYEE_NUMBER = "employee_number"
    ACCOUNT = "account"  # homePage|name of an xAPI account
    OPENID = "openid"
    SUITE_ID = "suite_id"  # id in the HR suite


@dataclass(frozen=True)
class Identifier:
    """One name of a person in the outside world; ``value`` is normalised by ``identifier``."""

    kind: IdentifierKind
    value: str


def identifier(kind: IdentifierKind, value: str) -> Identifier:
    """Normalised: trimmed, e-mail and hashes lower-cased. InvalidInput when nothing is left."""
    text = value.strip()
    if kind in (IdentifierKind.EMAIL, IdentifierKind.EMAIL_SHA1):
        text = text.lower().removeprefix("mailto:")
    if not text:
        raise InvalidInput(_("%(kind)s is required", kind=kind.value), fields={kind.value: _("is required")})
    return Identifier(kind, text)


def email_sha1(email: str) -> Identifier:
    """The xAPI ``mbox_sha1sum`` form of an address (SHA-1 of the mailto IRI, xAPI-Data 2.4.2.3)."""
    digest = hashlib.sha1(f"mailto:{email.strip().lower()}".encode(), usedforsecurity=False).hexdigest()
    return Identifier(IdentifierKind.EMAIL_SHA1, digest)
