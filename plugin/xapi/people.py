"""Turns an actor into identifiers that an HR record can be matched on, written in one way each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from plugin.domain.web_addresses import home_page
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
        found.append(Identifier("openid", home_page(openid)))
    account = member(actor, "account")
    if (home := text_of(account, "homePage")) and (name := text_of(account, "name")):
        found.append(Identifier("account", f"{home_page(home)}|{name}"))
    return tuple(found)


def actor_key(statement: dict[str, object]) -> str:
    """One text per actor, to group statements by; empty for a group without identity."""
    return " ".join(f"{one.kind}:{one.value}" for one in identifiers(statement.get("actor")))
