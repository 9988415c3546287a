"""What an account may do, and by which names the outside knows a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plugin.domain.web_addresses import home_page
from plugin.errors import InvalidInput
from plugin.texts import _


class SignInStep(StrEnum):
    """What a session that began with a password still needs."""

    COMPLETE = "complete"
    CODE = "code"  # of the account's second factor
    SET_UP = "set_up"  # a role of the account requires a second factor, and it has none


class Role(StrEnum):
    """What an account may do. An account may hold several."""

    MANAGER = "manager"
    HR_ADMIN = "hr_admin"
    ANALYST = "analyst"
    OPERATOR = "operator"
    SCIM = "scim"  # an identity provider's own account: it may keep accounts and groups, and nothing else


class Scope(StrEnum):
    """What a token may do. It never may more than its account's roles give."""

    READ_CONNECTIONS = "read:connections"
    WRITE_CONNECTIONS = "write:connections"
    READ_PEOPLE = "read:people"
    WRITE_PEOPLE = "write:people"
    READ_WEBHOOKS = "read:webhooks"
    WRITE_WEBHOOKS = "write:webhooks"
    READ_DECISIONS = "read:decisions"
    READ_MODELS = "read:models"
    READ_AUDIT = "read:audit"
    SCIM = "scim"


SCOPES_OF: Mapping[Role, tuple[Scope, ...]] = {
    Role.HR_ADMIN: (
        Scope.READ_CONNECTIONS,
        Scope.WRITE_CONNECTIONS,
        Scope.READ_PEOPLE,
        Scope.WRITE_PEOPLE,
        Scope.READ_WEBHOOKS,
        Scope.WRITE_WEBHOOKS,
        Scope.READ_DECISIONS,
    ),
    Role.MANAGER: (Scope.READ_DECISIONS,),
    Role.ANALYST: (Scope.READ_MODELS,),
    Role.OPERATOR: (Scope.READ_AUDIT,),
    Role.SCIM: (Scope.SCIM,),
}


def scopes_of(roles: Iterable[str]) -> frozenset[Scope]:
    """What an account with these roles may give its tokens."""
    return frozenset(scope for role in roles for scope in SCOPES_OF[Role(role)])


class AccountFinding(StrEnum):
    """What an identity provider sent that was not taken."""

    MANAGER_REFUSED = "manager_refused"
    MEMBER_UNKNOWN = "member_unknown"
    PERSON_UNCLEAR = "person_unclear"


class IdentifierKind(StrEnum):
    """How the outside names a person."""

    EMAIL = "email"
    EMAIL_SHA1 = "email_sha1"
    EMPLOYEE_NUMBER = "employee_number"
    ACCOUNT = "account"  # homePage|name of an xAPI account
    OPENID = "openid"
    DID = "did"
    SUITE_ID = "suite_id"  # id in the HR suite


class NameRule(StrEnum):
    """What the name of an xAPI account at one home page is."""

    EMPLOYEE_NUMBER = "employee_number"
    EMAIL = "email"
    SUITE_ID = "suite_id"
    OWN_LIST = "own_list"  # as a list says that HR gave


class IdentityAnswer(StrEnum):
    """Whose an identifier is, as HR decided it."""

    HANDED_ON = "handed_on"  # each record goes to the holder on its day
    ONE_PERSON = "one_person"  # all records are one person's
    SHARED = "shared"  # it names nobody


class MergeState(StrEnum):
    """Of the question whether two people of the suites are one."""

    MERGED = "merged"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True)
class Identifier:
    """One name of a person in the outside world; ``value`` is normalised by ``identifier``, ``spelling`` is as it was given."""

    kind: IdentifierKind
    value: str
    spelling: str = field(default="", compare=False)


def identifier(kind: IdentifierKind, value: str) -> Identifier:
    """Normalised: trimmed, e-mail and hashes in lower case, web addresses in their normal form. InvalidInput when nothing is left."""
    given = value.strip()
    if kind in (IdentifierKind.EMAIL, IdentifierKind.EMAIL_SHA1):
        given = given[7:] if given[:7].lower() == "mailto:" else given
    if not given:
        raise InvalidInput(_("%(kind)s is required", kind=kind.value), fields={kind.value: _("is required")})
    return Identifier(kind, _normal(kind, given), given)


def _normal(kind: IdentifierKind, given: str) -> str:
    match kind:
        case IdentifierKind.EMAIL | IdentifierKind.EMAIL_SHA1:
            return given.lower()
        case IdentifierKind.OPENID:
            return home_page(given)
        case IdentifierKind.ACCOUNT:
            home, bar, name = given.partition("|")
            return f"{home_page(home)}{bar}{name}"
        case _:
            return given


def email_sha1s(email: str) -> tuple[Identifier, ...]:
    """The xAPI ``mbox_sha1sum`` forms of an address (SHA-1 of the mailto IRI, xAPI-Data 2.4.2.3): as given, with its domain in
    lower case, all in lower case. Each bears the address as its spelling."""
    given = email.strip()
    local, at, domain = given.rpartition("@")
    forms = dict.fromkeys((given, f"{local}{at}{domain.lower()}", given.lower()))
    return tuple(
        Identifier(
            IdentifierKind.EMAIL_SHA1,
            hashlib.sha1(f"mailto:{form}".encode(), usedforsecurity=False).hexdigest(),
            given,
        )
        for form in forms
    )


def email_sha1(email: str) -> Identifier:
    """The hash of the address in lower case."""
    return email_sha1s(email.lower())[0]
