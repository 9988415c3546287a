"""Accounts of identity providers: no password, the role ``scim`` and no other, and tokens."""

from __future__ import annotations

from plugin.domain import JsonObject, Role
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.people import api_tokens
from plugin.store.operation import audits
from plugin.store.people import accounts
from plugin.texts import _
from plugin.vault import Secret


def make_token(
    core: Core, actor: Actor, *, email: str, name: str, days: int = api_tokens.LONGEST_DAYS
) -> Secret:
    """A token for /scim/v2; its account is made when there is none. InvalidInput when the address is somebody else's."""
    address = email.strip().lower()
    if "@" not in address:
        said = _("must be an email address")
        raise InvalidInput(_("the token can't be created"), fields={"email": said})
    with core.database.transaction() as tx:
        found = accounts.by_email(tx, address)
        if found is not None and found[0].roles != {Role.SCIM}:
            said = _("belongs to an account that isn’t an identity provider’s")
            raise InvalidInput(_("the token can't be created"), fields={"email": said})
        if found is None:
            roles = frozenset({Role.SCIM})
            account_id = accounts.add(tx, core.clock(), address, name.strip() or address, None, roles)
            detail: JsonObject = {"roles": [Role.SCIM.value]}
            audits.append(tx, core.clock(), actor.name, "account.add", f"account:{account_id}", detail)
        else:
            account_id = found[0].id
    return api_tokens.make(core, actor, account_id=account_id, name=name, days=days)
