"""Local accounts: made, opened and closed, with roles, a password and the employee they belong to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from plugin.domain import Json, Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import Actor, Core
from plugin.services.people import passwords
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import accounts, api_tokens, persons, web_sessions
from plugin.texts import LOCALES, _


def add_account(
    core: Core, actor: Actor, *, email: str, display_name: str, password: str, roles: Collection[Role]
) -> int:
    """InvalidInput names the field that is missing, short or taken."""
    address = email.strip().lower()
    wrong: dict[str, str] = {}
    if "@" not in address:
        wrong["email"] = _("must be an email address")
    refused = passwords.refusal(password, (address, display_name, core.settings.company_name))
    if refused:
        wrong["password"] = refused
    if not roles:
        wrong["roles"] = _("choose at least one of manager, hr_admin, analyst and operator")
    elif Role.SCIM in roles and len(set(roles)) > 1:
        wrong["roles"] = _("scim can’t be combined with another role")
    if wrong:
        raise InvalidInput(
            _(
                "the account can't be created: %(problems)s",
                problems="; ".join(f"{field}: {said}" for field, said in wrong.items()),
            ),
            fields=wrong,
        )
    digest, now = passwords.hashed(password), core.clock()
    with core.database.transaction() as tx:
        account_id = accounts.add(tx, now, address, display_name.strip() or address, digest, frozenset(roles))
        audits.append(
            tx,
            now,
            actor.name,
            "account.add",
            f"account:{account_id}",
            {"roles": [role.value for role in sorted(roles)]},
        )
    return account_id


def set_active(core: Core, actor: Actor, account_id: int, *, active: bool) -> None:
    """Closes an account (its sessions and tokens end for good) or opens it again. NotAllowed for the last active operator."""
    with core.database.transaction() as tx:
        if not active:
            _keep_an_operator(tx, account_id)
            end_access(tx, core.clock(), account_id)
        accounts.change(tx, account_id, core.clock(), active=active)
        action = "account.open" if active else "account.close"
        audits.append(tx, core.clock(), actor.name, action, f"account:{account_id}")


def end_access(tx: Tx, at: datetime, account_id: int) -> None:
    """All sessions and tokens of an account that is closed; none comes back when it is opened again."""
    web_sessions.end_all(tx, account_id)
    api_tokens.revoke_all(tx, at, account_id)


def set_roles(core: Core, actor: Actor, account_id: int, roles: Collection[Role]) -> None:
    """Other roles, from the next request on. InvalidInput for none, NotAllowed for the last active operator."""
    if not roles:
        raise InvalidInput(_("choose at least one role"), fields={"roles": _("is required")})
    if Role.SCIM in roles and len(set(roles)) > 1:
        said = _("scim can’t be combined with another role")
        raise InvalidInput(said, fields={"roles": said})
    with core.database.transaction() as tx:
        if Role.OPERATOR not in roles:
            _keep_an_operator(tx, account_id)
        names = [role.value for role in sorted(roles)]
        accounts.change(tx, account_id, core.clock(), roles=names)
        audits.append(
            tx,
            core.clock(),
            actor.name,
            "account.roles",
            f"account:{account_id}",
            {"roles": list[Json](names)},
        )


def set_password(
    core: Core, actor: Actor, account_id: int, password: str, *, but_session: int | None = None
) -> None:
    """A new password; running sessions end, but for one. InvalidInput says what to enter instead of one that is easy to guess."""
    with core.database.reading() as tx:
        account = accounts.get(tx, account_id)
    refused = passwords.refusal(password, (account.email, account.display_name, core.settings.company_name))
    if refused:
        raise InvalidInput(refused, fields={"password": refused})
    digest = passwords.hashed(password)
    with core.database.transaction() as tx:
        accounts.change(tx, account_id, password_hash=digest)
        web_sessions.end_all(tx, account_id, but=but_session)
        audits.append(tx, core.clock(), actor.name, "account.password", f"account:{account_id}")


def set_language(core: Core, actor: Actor, language: str | None) -> None:
    """In which language the actor's own account reads pages; None: as the browser asks. InvalidInput for one that we don't have."""
    if language is not None and language not in LOCALES:
        said = _("must be one of %(languages)s", languages=", ".join(LOCALES))
        raise InvalidInput(said, fields={"language": said})
    if actor.account_id is None:
        raise NotAllowed(_("only an account has a language"))
    with core.database.transaction() as tx:
        accounts.change(tx, actor.account_id, language=language)
        subject = f"account:{actor.account_id}"
        audits.append(tx, core.clock(), actor.name, "account.language", subject, {"language": language})


def _keep_an_operator(tx: Tx, account_id: int) -> None:
    if accounts.operators(tx) == [account_id]:
        raise NotAllowed(
            _("this is the last operator account"),
            code="last_operator",
            remedy=_("give another person the role first"),
        )


def link_person(core: Core, actor: Actor, account_id: int, person_id: int | None) -> None:
    """Says which employee an account belongs to: a manager sees that person's reports."""
    with core.database.transaction() as tx:
        accounts.change(tx, account_id, person_id=person_id)
        audits.append(
            tx, core.clock(), actor.name, "account.link", f"account:{account_id}", {"person_id": person_id}
        )


def employees(core: Core, found: Collection[accounts.Account]) -> dict[int, persons.Person]:
    """Whom the accounts belong to, by the id of the account."""
    with core.database.reading() as tx:
        known = persons.by_ids(tx, {one.person_id for one in found if one.person_id is not None})
        return {one.id: known[one.person_id] for one in found if one.person_id in known}


def page(core: Core, *, after: int = 0, limit: int = 50) -> list[accounts.Account]:
    """In the order of ids; ``after`` is the id of the last one of the page before."""
    with core.database.reading() as tx:
        return accounts.page(tx, after=after, limit=limit)
