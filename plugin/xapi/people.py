"""Turns an actor into identifiers that an HR record can be matched on, written in one way each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from plugin.xapi.shape import member, text_of

Kind = Literal["email", "email_sha1", "openid", "account"]


@dataclass(frozen=True, order=True)
class Identifier:
    """One way to name a person. ``value``: an address in lower case, 40 hex digits, a URI, or ``homePage|name``."""

    kind: Kind
    value: str


def identifiers(actor: object) -> tuple[Identifier, ...]:
    """The identifiers of an agent: one in a valid statement. Empty for groups, because a group is nobody to pay.

    The whole address is lower-cased (no HR suite knows two people who differ by case). An account's home page gets a lower
    case scheme and host and loses a trailing slash; its name stays as it is. Empty names identify nobody.
    """
    if not isinstance(actor, dict) or actor.get("objectType", "Agent") != "Agent":
        return ()
    found: list[Identifier] = []
    if mbox := text_of(actor, "mbox"):
        found.append(Identifier("email", unquote(mbox.removeprefix("mailto:")).lower()))
    if digest := text_of(actor, "mbox_sha1sum"):
        found.append(Identifier("email_sha1", digest.lower()))
    if openid := text_of(actor, "openid"):
        found.append(Identifier("openid", _plain_url(openid)))
    account = member(actor, "account")
    if (home := text_of(account, "homePage")) and (name := text_of(account, "name")):
        found.append(Identifier("account", f"{_plain_url(home)}|{name}"))
    return tuple(found)


def email_sha1s(address: str) -> tuple[str, ...]:
    """The hashes that ``mbox_sha1sum`` may hold for a known address: as given, domain in lower case, all in lower case."""
    local, _, domain = address.rpartition("@")
    forms = dict.fromkeys((address, f"{local}@{domain.lower()}", address.lower()))
    return tuple(hashlib.sha1(f"mailto:{form}".encode(), usedforsecurity=False).hexdigest() for form in forms)


def actor_key(statement: dict[str, object]) -> str:
    """One text per actor, to group statements by; empty for a group without identity."""
    return " ".join(f"{one.kind}:{one.value}" for one in identifiers(statement.get("actor")))


def _plain_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # an IPv6 host that is none
        return url
    host = parts.netloc.rpartition("@")
    netloc = f"{host[0]}{host[1]}{host[2].lower()}"
    return urlunsplit((parts.scheme.lower(), netloc, parts.path.rstrip("/"), parts.query, parts.fragment))
