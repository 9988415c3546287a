"""Sign-in with local accounts: argon2id, the same work for a wrong name and a wrong password, and a growing lock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plugin.domain import Json, Role
from plugin.errors import InvalidInput, NotAllowed, RetryLater
from plugin.services.core import Actor, Core
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import accounts
from plugin.texts import LOCALES, _, ngettext

FREE_TRIES = 5  # wrong passwords before the first lock
FIRST_LOCK_SECONDS = 30  # doubles with every further wrong password, up to an hour
SHORTEST_PASSWORD = 12


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106's second recommendation


@cache
def _dummy_hash() -> str:
    return _hasher().hash("nobody has this password")  # machine text


def add_account(
    core: Core, actor: Actor, *, email: str, display_name: str, password: str, roles: Collection[Role]
) -> int:
    """InvalidInput names the field that is missing, short or taken."""
    address = email.strip().lower()
    wrong: dict[str, str] = {}
    if "@" not in address:
        wrong["email"] = _("must be an email address")
    if len(password) < SHORTEST_PASSWORD:
        wrong["password"] = _("enter a password of at least %(num)s characters", num=SHORTEST_PASSWORD)
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
    digest, now = _hasher().hash(password), core.clock()
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


def sign_in(core: Core, email: str, password: str) -> tuple[Actor, int]:
    """The actor and the session epoch to keep in the cookie.

    NotAllowed for a wrong name or password (not saying which), RetryLater with ``wait`` seconds while locked.
    """
    now = core.clock()
    with core.database.reading() as tx:
        found = accounts.by_email(tx, email.strip().lower())
    account, digest = found or (None, None)
    if account and account.locked_until and account.locked_until > now:
        wait = (account.locked_until - now).total_seconds()
        raise RetryLater(
            _("too many failed sign-in attempts"),
            wait=wait,
            code="locked",
            remedy=ngettext("try again in %(num)s second", "try again in %(num)s seconds", int(wait) + 1),
        )
    fits = (
        _fits(digest or _dummy_hash(), password)
        and account is not None
        and digest is not None
        and account.active
    )
    if account is None or not fits:
        if account is not None:
            _count_failure(core, account)
        raise NotAllowed(_("the email address or password is incorrect"), code="sign_in")
    with core.database.transaction() as tx:
        accounts.change(tx, account.id, failed_sign_ins=0, locked_until=None)
        audits.append(tx, now, account.email, "account.sign_in", f"account:{account.id}")
    return _actor(account), account.session_epoch


def _fits(digest: str, password: str) -> bool:
    try:
        return _hasher().verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False


def _count_failure(core: Core, account: accounts.Account) -> None:
    now, failures = core.clock(), account.failed_sign_ins + 1
    lock = min(FIRST_LOCK_SECONDS * 2 ** max(0, failures - FREE_TRIES), 3600)
    until = now + timedelta(seconds=lock) if failures >= FREE_TRIES else None
    with core.database.transaction() as tx:
        accounts.change(tx, account.id, failed_sign_ins=failures, locked_until=until)
        audits.append(
            tx, now, account.email, "account.sign_in_failed", f"account:{account.id}", {"failures": failures}
        )


def resume(core: Core, account_id: int, epoch: int) -> Actor:
    """The actor of a running session; NotAllowed when the account was closed or its sessions were ended."""
    with core.database.reading() as tx:
        account = accounts.get(tx, account_id)
    if not account.active or account.session_epoch != epoch:
        raise NotAllowed(_("your session has ended"), code="session", remedy=_("sign in again"))
    return _actor(account)


def end_sessions(core: Core, actor: Actor, account_id: int) -> None:
    with core.database.transaction() as tx:
        accounts.end_sessions(tx, account_id)
        audits.append(tx, core.clock(), actor.name, "account.end_sessions", f"account:{account_id}")


def set_active(core: Core, actor: Actor, account_id: int, *, active: bool) -> None:
    """Closes an account (its sessions and tokens stop at once) or opens it again. NotAllowed for the last active operator."""
    with core.database.transaction() as tx:
        if not active:
            _keep_an_operator(tx, account_id)
        accounts.change(tx, account_id, core.clock(), active=active, failed_sign_ins=0, locked_until=None)
        accounts.end_sessions(tx, account_id)
        action = "account.open" if active else "account.close"
        audits.append(tx, core.clock(), actor.name, action, f"account:{account_id}")


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


def set_password(core: Core, actor: Actor, account_id: int, password: str) -> None:
    """A new password; running sessions end. InvalidInput when it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        said = _("enter a password of at least %(num)s characters", num=SHORTEST_PASSWORD)
        raise InvalidInput(said, fields={"password": said})
    digest = _hasher().hash(password)
    with core.database.transaction() as tx:
        accounts.change(tx, account_id, password_hash=digest, failed_sign_ins=0, locked_until=None)
        accounts.end_sessions(tx, account_id)
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


def _actor(account: accounts.Account) -> Actor:
    roles = frozenset(role.value for role in account.roles)
    return Actor(account.email, roles, account.id, account.person_id, account.display_name, account.language)


def page(core: Core, *, after: int = 0, limit: int = 50) -> list[accounts.Account]:
    """In the order of ids; ``after`` is the id of the last one of the page before."""
    with core.database.reading() as tx:
        return accounts.page(tx, after=after, limit=limit)
