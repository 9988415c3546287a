"""Accounts as an identity provider keeps them (SCIM 2.0, RFC 7643): joiners, leavers, and whom an account belongs to.

Documents are the provider's own JSON, in RFC 7643's attribute names; ``id``, ``meta`` and ``groups`` are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from unicodedata import normalize

from plugin.domain import AccountFinding, Identifier, IdentifierKind, Json, JsonObject, identifier
from plugin.domain.holders import holders
from plugin.domain.ids import known_id
from plugin.errors import Conflict, InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.people import account_setup
from plugin.store import fitting
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import account_findings, accounts, identities, provisioned, second_factors
from plugin.store.people.provisioned import AccountColumns, Condition, Provisioned
from plugin.store.tables import account
from plugin.texts import _

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
USER_TYPE = "User"  # machine text
OURS = ("id", "meta", "groups", "schemas")
TAKEN, VERSION = "taken", "version"  # codes of a Conflict


@dataclass(frozen=True)
class Directory:
    """One transaction of an identity provider."""

    core: Core
    actor: Actor
    tx: Tx

    def note(self, action: str, subject: str, detail: JsonObject | None = None) -> None:
        audits.append(self.tx, self.core.clock(), self.actor.name, action, subject, detail)

    def found(self, subject: str, kind: AccountFinding, sent: str) -> None:
        """Keeps what was not taken for people to see; the trail has it once."""
        if account_findings.put(self.tx, self.core.clock(), subject, kind, sent):
            self.note(f"scim.{kind.value}", subject)


@contextmanager
def opened(core: Core, actor: Actor, *, writing: bool) -> Iterator[Directory]:
    """A transaction; whoever writes waits for the one who writes now."""
    with core.database.transaction() if writing else core.database.reading() as tx:
        if writing:
            provisioned.queue(tx)
        yield Directory(core, actor, tx)


def user_key(account_id: int) -> str:
    return f"u{account_id}"


def number_of(key: str, letter: str = "u") -> int:
    """The id in a key such as ``u17``; 0, which is nobody's, for anything else."""
    fits = key[:1] == letter and key[1:2] != "0"
    return (known_id(key[1:]) or 0) if fits else 0


def name_key(user_name: str) -> str:
    """A userName as it is compared: RFC 7643 §4.1.1 has no regard to case."""
    return normalize("NFC", normalize("NFC", user_name.strip()).lower())


def tag(version: int) -> str:
    return f'W/"{version}"'


def get(directory: Directory, account_id: int) -> JsonObject:
    """NotFound."""
    return _documents(directory.tx, [provisioned.get(directory.tx, account_id)])[0]


def page(
    directory: Directory, conditions: Sequence[Condition], *, offset: int = 0, limit: int | None = None
) -> list[JsonObject]:
    rows = provisioned.page(directory.tx, conditions, offset=offset, limit=limit)
    return _documents(directory.tx, rows)


def count(directory: Directory, conditions: Sequence[Condition]) -> int:
    return provisioned.count(directory.tx, conditions)


def _documents(tx: Tx, rows: Sequence[Provisioned]) -> list[JsonObject]:
    groups = provisioned.groups(tx, [row.id for row in rows])
    bosses = provisioned.visible(tx, {_boss(row.document or {}) for row in rows} - {0})
    return [_document(row, groups.get(row.id, []), bosses) for row in rows]


def _document(row: Provisioned, groups: Sequence[tuple[int, str, Any]], bosses: set[int]) -> JsonObject:
    made = dict(row.document or _of_local(row))
    boss = _boss(made)
    if boss:
        extension = dict(cast("JsonObject", made[ENTERPRISE]))
        extension.pop("manager")
        if boss in bosses:
            key = user_key(boss)
            extension["manager"] = {"value": key, "$ref": f"Users/{key}"}
        made[ENTERPRISE] = extension
    if groups:
        made["groups"] = [
            {"value": f"g{group_id}", "$ref": f"Groups/g{group_id}", "display": name, "type": "direct"}
            for group_id, name, _role in groups
        ]
    if row.active or made.pop("active", True) is not None:
        made["active"] = row.active
    made["schemas"] = [USER, ENTERPRISE] if made.get(ENTERPRISE) else [USER]
    return {
        **made,
        "id": user_key(row.id),
        "meta": {
            "resourceType": USER_TYPE,
            "created": row.created_at.isoformat(),
            "lastModified": (row.changed_at or row.created_at).isoformat(),
            "version": tag(row.version),
        },
    }


def _of_local(row: Provisioned) -> JsonObject:
    return {
        "userName": row.email,
        "displayName": row.display_name,
        "emails": [{"value": row.email, "type": "work", "primary": True}],
    }


def _boss(document: JsonObject) -> int:
    """Account id of the manager, 0 when none is named."""
    manager = cast("JsonObject", document.get(ENTERPRISE) or {}).get("manager")
    value = manager.get("value") if isinstance(manager, dict) else None
    return number_of(value) if isinstance(value, str) else 0


def add(directory: Directory, document: JsonObject) -> JsonObject:
    """A joiner: no password and no role but those of groups. Conflict (TAKEN) when the name is in use, InvalidInput."""
    values = _columns(directory, document, 0)
    values["active"] = document.get("active") is not False
    account_id = provisioned.add(directory.tx, directory.core.clock(), values)
    _settle_manager(directory, account_id, document, None)
    provisioned.change(directory.tx, directory.core.clock(), [account_id], {"document": _kept(document)})
    directory.note("account.add", f"account:{account_id}", {"active": bool(values["active"])})
    _link(directory, account_id, document)
    return get(directory, account_id)


def change(
    directory: Directory,
    account_id: int,
    document: JsonObject,
    expected: str | None,
    *,
    unsaid_closes: bool = False,
) -> JsonObject:
    """The whole new state; who is no longer active loses every session and token at once, and keeps person and roles.

    Without ``active`` it stays as it is, or is closed when ``unsaid_closes``: somebody took the word back.
    NotFound, Conflict (TAKEN, VERSION), InvalidInput.
    """
    tx, now = directory.tx, directory.core.clock()
    before = provisioned.get(tx, account_id)
    check(before.version, expected)
    _settle_manager(directory, account_id, document, before.document)
    active, kept = bool(document.get("active")), _kept(document)
    if document.get("active") is None:
        active = before.active and not unsaid_closes
        kept |= {"active": None} if unsaid_closes else {}
    values: AccountColumns = {**_columns(directory, document, account_id), "document": kept, "active": active}
    provisioned.change(tx, now, [account_id], values)
    old = before.document or _of_local(before)
    changed = sorted(name for name in {*old, *kept} if old.get(name) != kept.get(name))
    if changed:
        directory.note("account.change", f"account:{account_id}", {"attributes": list[Json](changed)})
    if active != before.active:
        if not active:
            account_setup.end_access(tx, now, account_id)
        directory.note("account.open" if active else "account.close", f"account:{account_id}")
    _link(directory, account_id, document)
    return get(directory, account_id)


def delete(directory: Directory, account_id: int, expected: str | None) -> None:
    """Sessions and tokens end at once, and the name is free for somebody else."""
    before = provisioned.get(directory.tx, account_id)
    check(before.version, expected)
    provisioned.blank(directory.tx, directory.core.clock(), account_id)
    account_setup.end_access(directory.tx, directory.core.clock(), account_id)
    second_factors.remove(directory.tx, account_id)
    account_findings.settle(directory.tx, f"account:{account_id}")
    directory.note("account.delete", f"account:{account_id}")


def check(version: int, expected: str | None) -> None:
    """Conflict (VERSION) unless the tag is that of the version."""
    if expected is not None and expected != tag(version):
        raise Conflict(_("it has changed since it was read"), code=VERSION)


def _kept(document: JsonObject) -> JsonObject:
    return {name: value for name, value in document.items() if name not in (*OURS, "active")}


def _columns(directory: Directory, document: JsonObject, account_id: int) -> AccountColumns:
    name = str(document["userName"]).strip()
    values: AccountColumns = {
        "user_name": name_key(name),
        "email": _sign_in_name(name, document).lower(),
        "display_name": _shown_name(name, document)[:200],
        "external_id": cast("str | None", document.get("externalId")),
    }
    wrong = _("is required") if not name else fitting.misfit(account, values)
    if wrong:
        raise InvalidInput(
            _("the account can’t be stored: %(wrong)s", wrong=wrong), fields={"userName": wrong}
        )
    if accounts.taken(directory.tx, {name_key(name), values["email"]}, besides=account_id):
        said = _("another account has this userName or email address")
        raise Conflict(said, code=TAKEN)
    return values


def _sign_in_name(name: str, document: JsonObject) -> str:
    """The userName when it is an address, else the primary, working or first address, else the userName after all."""
    if "@" in name:
        return name
    given = [one for one in cast("list[Any]", document.get("emails") or []) if one.get("value")]
    given.sort(key=lambda one: (one.get("primary") is not True, str(one.get("type")).lower() != "work"))
    return next((str(one["value"]).strip() for one in given if "@" in one["value"]), name)


def _shown_name(name: str, document: JsonObject) -> str:
    parts = cast("JsonObject", document.get("name") or {})
    full = " ".join(str(parts[one]) for one in ("givenName", "familyName") if parts.get(one))
    return str(document.get("displayName") or parts.get("formatted") or full or name)


def _settle_manager(
    directory: Directory, account_id: int, document: JsonObject, before: JsonObject | None
) -> None:
    """A manager who is nobody, or the account itself, is not taken: what was stored stays, and the rest is not concerned."""
    subject, extension = f"account:{account_id}", dict(cast("JsonObject", document.get(ENTERPRISE) or {}))
    if "manager" not in extension:
        account_findings.settle(directory.tx, subject, AccountFinding.MANAGER_REFUSED)
        return
    boss, sent = _boss(document), cast("JsonObject", extension.pop("manager"))
    if boss != account_id and provisioned.visible(directory.tx, {boss} - {0}):
        extension["manager"] = {"value": user_key(boss)}
        account_findings.settle(directory.tx, subject, AccountFinding.MANAGER_REFUSED)
    else:
        known = _boss(before or {})
        if known:
            extension["manager"] = {"value": user_key(known)}
        directory.found(subject, AccountFinding.MANAGER_REFUSED, str(sent.get("value") or ""))
    if extension:
        document[ENTERPRISE] = cast("Json", extension)
    else:
        document.pop(ENTERPRISE)


def _link(directory: Directory, account_id: int, document: JsonObject) -> None:
    """Links an account to the one person who holds all its known names today; a link that is there stays. Doubt is a finding."""
    tx, subject = directory.tx, f"account:{account_id}"
    linked = provisioned.get(tx, account_id).person_id
    linked = linked and identities.merged(tx).get(linked, linked)
    claims = identities.claims(tx, {(one.kind.value, one.value) for one in _names(document)})
    today = directory.core.clock().date()
    people = {who for mine in claims.values() for who in holders(mine, today)}
    if people <= {linked}:
        account_findings.settle(tx, subject, AccountFinding.PERSON_UNCLEAR)
        return
    person_id = people.pop()
    others = [one for one in provisioned.person_holders(tx, person_id) if one != account_id]
    if people or linked is not None or others:
        directory.found(subject, AccountFinding.PERSON_UNCLEAR, str(document["userName"]))
        return
    accounts.change(tx, account_id, person_id=person_id)
    account_findings.settle(tx, subject, AccountFinding.PERSON_UNCLEAR)
    directory.note("account.link", subject, {"person_id": person_id})


def _names(document: JsonObject) -> list[Identifier]:
    emails = [one.get("value") for one in cast("list[Any]", document.get("emails") or [])]
    addresses = {str(one) for one in (document["userName"], *emails) if one and "@" in str(one)}
    number = cast("JsonObject", document.get(ENTERPRISE) or {}).get("employeeNumber")
    numbers = {str(one) for one in (document.get("externalId"), number) if one and str(one).strip()}
    return [
        *(identifier(IdentifierKind.EMAIL, one) for one in sorted(addresses)),
        *(identifier(IdentifierKind.EMPLOYEE_NUMBER, one) for one in sorted(numbers)),
    ]


def findings(core: Core, *, after: int = 0, limit: int = 50) -> list[account_findings.Found]:
    """What identity providers sent that was not taken, in the order of ids."""
    with core.database.reading() as tx:
        return account_findings.page(tx, after=after, limit=limit)
