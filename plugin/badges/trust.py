"""Decides whether an issuer may move pay, apart from whether a signature fits: a key says who holds it, not who that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plugin.badges.codes import BadgeProblem
from plugin.badges.proof import keys
from plugin.badges.proof.methods import DID, HTTPS, SELF_ASSERTED
from plugin.badges.verdict import Issuer
from plugin.domain import IssuerKind, Trust
from plugin.domain.web_addresses import origin_of, same_address


@dataclass(frozen=True)
class IssuerEntry:
    """One line of a company's issuer list."""

    kind: IssuerKind
    value: str
    blocked: bool = False


def decide(issuer: Issuer, entries: Iterable[IssuerEntry]) -> Trust:
    """Blocked wins over trusted. A name alone never trusts: the entry must match what the binding proves."""
    listed = list(entries)
    if any(entry.blocked and _names(entry, issuer) for entry in listed):
        return Trust.BLOCKED
    if any(not entry.blocked and _proves(entry, issuer) for entry in listed):
        return Trust.TRUSTED
    return Trust.UNKNOWN


def _names(entry: IssuerEntry, issuer: Issuer) -> bool:
    """For blocking, the mere claim is enough."""
    if entry.kind in (IssuerKind.DID, IssuerKind.ISSUER):
        return same_address(issuer.id, entry.value)
    if entry.kind is IssuerKind.KEY:
        return bool(issuer.key) and issuer.key == thumbprint_of(entry.value)
    return bool(issuer.origin) and _listed_origin(entry.value) in (
        origin_of(issuer.origin),
        origin_of(issuer.id),
    )


def _proves(entry: IssuerEntry, issuer: Issuer) -> bool:
    if entry.kind is IssuerKind.DID:
        return issuer.binding == DID and issuer.id == entry.value
    if entry.kind is IssuerKind.KEY:
        return issuer.binding in (DID, HTTPS, SELF_ASSERTED) and issuer.key == thumbprint_of(entry.value)
    if issuer.binding not in (HTTPS, "hosted"):
        return False
    if entry.kind is IssuerKind.ISSUER:
        return same_address(issuer.id, entry.value)
    return bool(issuer.origin) and issuer.origin == _listed_origin(entry.value)


def thumbprint_of(value: str) -> str:
    """``sha256:..`` as it is, a multikey (``z6Mk..``, also with a DID or URL before it) as its thumbprint.

    Anything else gives the value itself, which matches no key.
    """
    if value.startswith("sha256:"):
        return value.lower()
    try:
        return keys.from_multikey(value.rpartition("#")[2].removeprefix("did:key:")).thumbprint
    except BadgeProblem:
        return value


def _listed_origin(value: str) -> str:
    """The origin of an entry; a bare host means https."""
    return origin_of(value if "://" in value else f"https://{value}")
