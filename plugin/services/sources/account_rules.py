"""What the name of an xAPI account is, by home page: an employee number, an address, a suite's id, or what a list says.

A dry run counts before anything moves: how many names would be found, and which would not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.domain import Identifier, IdentifierKind, InboxState, NameRule, identifier
from plugin.domain.web_addresses import home_page
from plugin.errors import InvalidInput
from plugin.services.core import Actor, Core
from plugin.services.sources import attributing
from plugin.services.sources.applying import apply_everything
from plugin.services.sources.attributing import Search
from plugin.store.database import Tx
from plugin.store.operation import audits
from plugin.store.people import identities
from plugin.store.sources import connections, home_pages, record_names
from plugin.store.sources.home_pages import HomePageRule, Seen
from plugin.store.sources.record_names import Searched
from plugin.texts import _

EXAMPLES = 20
LARGEST_LIST = 100_000


@dataclass(frozen=True)
class Wish:
    """``people_connection_id``: the HR suite whose ids the names are (SUITE_ID). ``rows``: account name -> the person's employee
    number or e-mail address (OWN_LIST)."""

    home_page: str
    name_is: NameRule
    people_connection_id: int | None = None
    rows: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Tried:
    """A dry run: ``matched`` of ``records`` records would have a person, and the first names that would not."""

    records: int
    matched: int
    names: int
    unmatched_names: int
    examples: tuple[str, ...]


def seen(core: Core, connection_id: int) -> list[Seen]:
    """The home pages of a connection's accounts, those with most waiting records first."""
    with core.database.reading() as tx:
        found: dict[str, tuple[set[str], int, int]] = {}
        for _item, value, state, _code in home_pages.accounts(tx, connection_id):
            home, _bar, name = value.partition("|")
            names, records, waiting = found.get(home, (set(), 0, 0))
            names.add(name)
            found[home] = (names, records + 1, waiting + (state == InboxState.WAITING))
    pages = [Seen(home, records, len(names), waiting) for home, (names, records, waiting) in found.items()]
    return sorted(pages, key=lambda one: (-one.waiting, -one.records, one.home_page))


def rules(core: Core, connection_id: int) -> list[HomePageRule]:
    with core.database.reading() as tx:
        found = home_pages.of_connections(tx, [connection_id])
    return [found[key] for key in sorted(found)]


def dry_run(core: Core, connection_id: int, wish: Wish) -> Tried:
    """What a rule would find; nothing is written."""
    with core.database.reading() as tx:
        home = _checked(tx, connection_id, wish)
        listed = _listed(tx, wish, home)
        records = list(home_pages.accounts(tx, connection_id, home))
        days = {
            one.id: one.day
            for one in record_names.items_named(tx, {_key(value) for _i, value, _s, _c in records})
        }
        searches: dict[int, Search] = {}
        matched: set[int] = set()
        for item, value, _state, _code in records:
            if wish.name_is is NameRule.OWN_LIST:
                matched |= {item} if _key(value) in listed else set()
            elif made := attributing.made_by(
                wish.name_is, wish.people_connection_id, value.partition("|")[2]
            ):
                searches[item] = Search(connection_id, days.get(item), (Searched(made),))
        answers = attributing.resolve(tx, searches)
        matched |= {item for item, found in answers.items() if found.person_id is not None}
    names = {value.partition("|")[2] for _item, value, _state, _code in records}
    lacking = sorted(
        {value.partition("|")[2] for item, value, _state, _code in records if item not in matched}
    )
    return Tried(len(records), len(matched), len(names), len(lacking), tuple(lacking[:EXAMPLES]))


def save(core: Core, actor: Actor, connection_id: int, wish: Wish) -> dict[str, int]:
    """Puts a rule in force and applies what it finds; counts of rows applied, waiting, unusable."""
    now = core.clock()
    with core.database.transaction() as tx:
        home = _checked(tx, connection_id, wish)
        rule = home_pages.put(
            tx, now, connection_id, home, wish.name_is, wish.people_connection_id, actor.name
        )
        listed = _listed(tx, wish, home) if wish.name_is is NameRule.OWN_LIST else {}
        touched = identities.replace_list(tx, now, f"list:{rule.id}", listed)
        records = list(home_pages.accounts(tx, connection_id, home))
        made = [
            (item, name.kind.value, name.value)
            for item, value, _state, _code in records
            if (name := attributing.made_by(wish.name_is, wish.people_connection_id, value.partition("|")[2]))
        ]
        home_pages.derive(tx, connection_id, home, made, rule.id)
        attributing.reconsider(tx, now, touched | {_key(value) for _item, value, _state, _code in records})
        detail = {"home_page": home, "name_is": wish.name_is.value}
        audits.append(tx, now, actor.name, "identity.rule", f"connection:{connection_id}", {**detail})
    return apply_everything(core)


def remove(core: Core, actor: Actor, connection_id: int, home: str) -> dict[str, int]:
    """The names are no longer read; records that only the rule matched wait again. NotFound without such a rule."""
    now, plain = core.clock(), home_page(home.strip())
    with core.database.transaction() as tx:
        rule = home_pages.of_connections(tx, [connection_id]).get((connection_id, plain))
        names = {_key(value) for _item, value, _state, _code in home_pages.accounts(tx, connection_id, plain)}
        home_pages.remove(tx, connection_id, plain)
        touched = identities.replace_list(tx, now, f"list:{rule.id}", {}) if rule else set()
        attributing.reconsider(tx, now, touched | names)
        audits.append(
            tx, now, actor.name, "identity.rule_remove", f"connection:{connection_id}", {"home_page": plain}
        )
    return apply_everything(core)


def _key(account: str) -> tuple[str, str]:
    return IdentifierKind.ACCOUNT.value, account


def _checked(tx: Tx, connection_id: int, wish: Wish) -> str:
    connections.get(tx, connection_id)
    home = home_page(wish.home_page.strip())
    if not home or "|" in home:
        raise InvalidInput(_("a home page is required"), fields={"home_page": _("is required")})
    if (wish.name_is is NameRule.SUITE_ID) != (wish.people_connection_id is not None):
        raise InvalidInput(
            _("choose the HR suite whose ids these are"),
            fields={"people_connection_id": _("is required for suite ids only")},
        )
    if wish.people_connection_id is not None:
        connections.get(tx, wish.people_connection_id)
    if (wish.name_is is NameRule.OWN_LIST) != (wish.rows is not None):
        raise InvalidInput(
            _("a list of names is required"), fields={"rows": _("is required for an own list only")}
        )
    if wish.rows is not None and len(wish.rows) > LARGEST_LIST:
        raise InvalidInput(
            _("the list is too long"), fields={"rows": _("must have at most %(n)s rows", n=LARGEST_LIST)}
        )
    return home


def _listed(tx: Tx, wish: Wish, home: str) -> dict[tuple[str, str], int]:
    """Account -> person, of a list. InvalidInput names the first rows whose person is unknown."""
    if wish.rows is None:
        return {}
    named = {account: _person_name(said) for account, said in wish.rows.items()}
    known = identities.claims(tx, {(one.kind.value, one.value) for one in named.values()})
    found: dict[tuple[str, str], int] = {}
    lacking = []
    for account, name in named.items():
        who = {claim.person_id for claim in known.get((name.kind.value, name.value), [])}
        if len(who) == 1:
            found[_key(f"{home}|{account}")] = next(iter(who))
        else:
            lacking.append(account)
    if lacking:
        raise InvalidInput(
            _("%(n)s rows of the list name no single employee", n=len(lacking)),
            fields={
                "rows": _("correct these accounts: %(names)s", names=", ".join(sorted(lacking)[:EXAMPLES]))
            },
        )
    return found


def _person_name(said: str) -> Identifier:
    return identifier(IdentifierKind.EMAIL if "@" in said else IdentifierKind.EMPLOYEE_NUMBER, said)


def rows_of(lines: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """A list from CSV rows with the columns ``account_name`` and ``employee``. InvalidInput names the line."""
    found: dict[str, str] = {}
    for number, row in enumerate(lines, start=2):
        account, said = (row.get("account_name") or "").strip(), (row.get("employee") or "").strip()
        if not account or not said:
            raise InvalidInput(
                _("line %(line)s needs account_name and employee", line=number),
                fields={"rows": _("needs account_name and employee in line %(line)s", line=number)},
            )
        found[account] = said
    return found
