"""What an operator asks first when something is wrong: is the installation itself sound?"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from plugin.domain import ConnectionState, FindingState
from plugin.errors import AdvisorError
from plugin.figures import writing
from plugin.services.core import Actor, Core, open_core
from plugin.services.sources import connection_setup
from plugin.settings import Settings
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.delivery import endpoints
from plugin.store.operation import audits, idempotency_keys
from plugin.store.people import second_factors
from plugin.store.sources import connections
from plugin.texts import _, counted, ngettext
from plugin.vault import Vault

APART = timedelta(seconds=30)  # so far may clocks be apart


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    code: str
    label: str
    state: FindingState
    detail: str = ""
    remedy: str = ""


def examine(settings: Settings, *, with_connections: bool = True) -> Iterator[Finding]:
    """Findings in order; later ones are left out when an earlier one makes them pointless."""
    yield from _keys(settings)
    yield _packages()
    yield _clock()
    yield _disk(settings)
    found = _database(settings)
    yield found
    if found.state == FindingState.FAILED or not settings.vault_keys:
        return
    core = open_core(settings)
    try:
        yield from _shared_clock(core)
        yield _audit(core)
        yield from _secrets(core)
        if with_connections:
            yield from _connections(core)
    finally:
        core.database.close()


def _keys(settings: Settings) -> Iterator[Finding]:
    fix = _("create one: raise-advisor init --print-keys")
    yield Finding(
        "secret_key",
        "ADVISOR_SECRET_KEY",
        FindingState.OK if settings.secret_key else FindingState.FAILED,
        "" if settings.secret_key else _("not set"),
        fix,
    )
    try:
        Vault(settings.vault_keys)
        yield Finding(
            "vault_keys",
            "ADVISOR_VAULT_KEYS",
            FindingState.OK,
            ngettext("%(num)s key", "%(num)s keys", len(settings.vault_keys)),
        )
    except AdvisorError as error:
        yield Finding("vault_keys", "ADVISOR_VAULT_KEYS", FindingState.FAILED, str(error), error.remedy)
    secure = settings.secure_cookies or settings.demo
    said = (
        "https"
        if secure
        else _("ADVISOR_PUBLIC_URL is %(public_url)s", public_url=settings.public_url or _("not set"))
    )
    yield Finding(
        "public_url",
        _("Public address"),
        FindingState.OK if secure else FindingState.WARNING,
        said,
        "" if secure else _("set an https address"),
    )


def _packages() -> Finding:
    if find_spec("xgboost") is None:
        fix = _("pip install 'raise-advisor[cpu]' (18 MB), or 'raise-advisor[gpu]' (about 700 MB)")
        return Finding(
            "xgboost",
            "XGBoost",
            FindingState.WARNING,
            _("not installed: recommendations come from policy alone, and models can't be trained or used"),
            fix,
        )
    return Finding("xgboost", "XGBoost", FindingState.OK)


def _clock() -> Finding:
    """A wall clock that stands still or runs backwards breaks leases and signatures."""
    before, start = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = abs((time.time() - before) - (time.monotonic() - start))
    plausible = drift < 0.5 and time.time() > 1_760_000_000  # October 2025, before this release
    return Finding(
        "clock",
        _("Clock"),
        FindingState.OK if plausible else FindingState.FAILED,
        _("%(moment)s UTC", moment=writing.moment(datetime.now(UTC), ZoneInfo("UTC"))),
        _("synchronize the clock with NTP"),
    )


def _shared_clock(core: Core) -> Iterator[Finding]:
    """Leases go by the database server's clock; signatures, tokens and certificates of others by the true time."""
    if core.database.is_sqlite:
        return
    apart = abs(core.clock() - datetime.now(UTC))
    is_near = apart < APART
    yield Finding(
        "shared_clock",
        _("Clock of the database server"),
        FindingState.OK if is_near else FindingState.WARNING,
        _("%(seconds)s s from this host’s clock", seconds=counted(round(apart.total_seconds()))),
        "" if is_near else _("synchronize the clocks of both hosts with NTP"),
    )


def _disk(settings: Settings) -> Finding:
    folder = Path(settings.files_root or ".")
    free = shutil.disk_usage(folder if folder.exists() else Path()).free
    state = FindingState.OK if free > 500 * 2**20 else FindingState.WARNING
    return Finding(
        "disk",
        _("Free disk space"),
        state,
        _("%(number)s MiB", number=counted(free // 2**20)),
        "" if state == FindingState.OK else _("free disk space"),
    )


def _database(settings: Settings) -> Finding:
    try:
        due = _is_pending(settings)
    except AdvisorError as error:
        return Finding("database", _("Database"), FindingState.FAILED, str(error), error.remedy)
    if due:
        return Finding(
            "database",
            _("Database"),
            FindingState.FAILED,
            _("does not match this release"),
            _("raise-advisor db upgrade"),
        )
    return Finding("database", _("Database"), FindingState.OK, settings.database_url.split(":", 1)[0])


def _is_pending(settings: Settings) -> bool:
    database = Database(settings.database_url)
    try:
        return migrate.pending(database)
    finally:
        database.close()


def _audit(core: Core) -> Finding:
    with core.database.reading() as tx:
        broken = audits.first_break(tx)
    if broken is None:
        return Finding("audit", _("Audit trail"), FindingState.OK, _("the chain is intact"))
    return Finding(
        "audit",
        _("Audit trail"),
        FindingState.FAILED,
        _("broken at entry %(broken)s", broken=broken),
        _("run raise-advisor audit list --before, and find out who had access"),
    )


def _secrets(core: Core) -> Iterator[Finding]:
    bad, number = unreadable(core)
    fix = _("put the old key back into ADVISOR_VAULT_KEYS after the new one")
    said = _("readable: %(bad)s of %(number)s", bad=number - bad, number=number)
    yield Finding(
        "secrets",
        _("Stored secrets"),
        FindingState.FAILED if bad else FindingState.OK,
        said,
        fix if bad else "",
    )


def _connections(core: Core) -> Iterator[Finding]:
    after = 0
    while found := connection_setup.page(core, after=after):
        for one in found:
            after = one.connection.id
            if one.connection.state == ConnectionState.ACTIVE:
                failed = [probe for probe in connection_setup.check(core, after) if probe.ok is False]
                said = failed[0].detail or failed[0].label if failed else _("every check passed")
                label = _("Connection %(name)s", name=one.connection.name)
                yield Finding(
                    f"connection_{after}",
                    label,
                    FindingState.FAILED if failed else FindingState.OK,
                    said,
                    failed[0].remedy if failed else "",
                )


def rotate(core: Core, actor: Actor) -> int:
    """Seals every stored secret with the newest vault key; their number. Tampered when one fits none of the keys."""
    with core.database.transaction() as tx:
        ours = connections.all_sealed(tx)
        for secret_id, text in ours:
            connections.reseal(tx, secret_id, core.vault.rotate(text))
        theirs = endpoints.all_sealed(tx)
        for endpoint_id, current, old in theirs:
            endpoints.reseal(
                tx, endpoint_id, core.vault.rotate(current), core.vault.rotate(old) if old else None
            )
        factors = second_factors.all_sealed(tx)
        for account_id, text in factors:
            second_factors.reseal(tx, account_id, core.vault.rotate(text))
        for row_id, text in idempotency_keys.all_sealed(tx):
            if core.vault.is_readable(text):  # else it is no use to anyone, and gone in a day
                idempotency_keys.reseal(tx, row_id, core.vault.rotate(text))
        number = len(ours) + len(theirs) + len(factors)
        audits.append(tx, core.clock(), actor.name, "vault.rotate", "vault", {"secrets": number})
    return number


def unreadable(core: Core) -> tuple[int, int]:
    """(number of stored secrets that fit none of the keys, number of all)."""
    with core.database.reading() as tx:
        sealed = [text for _other, text in connections.all_sealed(tx)]
        sealed += [
            text for _other, current, old in endpoints.all_sealed(tx) for text in (current, old) if text
        ]
        sealed += [text for _account, text in second_factors.all_sealed(tx)]
    return sum(not core.vault.is_readable(text) for text in sealed), len(sealed)
