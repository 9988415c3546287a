"""A second factor: each code once, recovery codes once, required by role, reset by somebody else, sealed in the vault."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from plugin.domain import Role, SignInStep
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, RetryLater
from plugin.services.core import SYSTEM, Actor, Core
from plugin.services.operation import doctoring
from plugin.services.people import account_setup, guessing, second_factor, sessions, signing_in
from plugin.services.people.sessions import Resumed
from plugin.store.operation import audits
from plugin.vault import Vault
from tests.conftest import FrozenClock

PASSWORD, HANA = "a long enough password", "hana@example.com"


@pytest.fixture
def account_id(any_core: Core) -> int:
    return account_setup.add_account(
        any_core, SYSTEM, email=HANA, display_name="Hana", password=PASSWORD, roles=[Role.HR_ADMIN]
    )


def _signed_in(core: Core) -> Resumed:
    return sessions.resume(core, signing_in.with_password(core, HANA, PASSWORD).key.reveal())


def _code(core: Core, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(core.clock() + timedelta(seconds=30 * steps))


def _set_up(core: Core) -> tuple[str, list[str], str]:
    """The secret, the recovery codes and the session's new key."""
    who = _signed_in(core)
    second_factor.begin(core, who.actor)
    offer = second_factor.offered(core, who.actor)
    assert offer is not None
    key, codes = second_factor.confirm(core, who, _code(core, offer.secret))
    return offer.secret, codes, key.reveal()


def test_after_setting_up_a_sign_in_needs_a_code(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    other = signing_in.with_password(any_core, HANA, PASSWORD).key.reveal()
    assert sessions.resume(any_core, other).step == SignInStep.COMPLETE
    secret, _codes, key = _set_up(any_core)
    assert sessions.resume(any_core, key).step == SignInStep.COMPLETE
    assert sessions.resume(any_core, other).step == SignInStep.CODE
    clock.advance(seconds=60)
    half = signing_in.with_password(any_core, HANA, PASSWORD).key.reveal()
    who = sessions.resume(any_core, half)
    assert who.step == SignInStep.CODE
    full = second_factor.complete(
        any_core, who, f" {_code(any_core, secret)[:3]} {_code(any_core, secret)[3:]}"
    )
    assert sessions.resume(any_core, full.reveal()).step == SignInStep.COMPLETE
    with pytest.raises(NotAllowed):  # the key of before the code opens nothing any more
        sessions.resume(any_core, half)


def test_a_code_works_once_and_an_older_one_not_at_all(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    secret, _codes, _key = _set_up(any_core)
    clock.advance(seconds=90)
    newest = _code(any_core, secret)
    second_factor.complete(any_core, _signed_in(any_core), newest)
    for used in (newest, _code(any_core, secret, -1), "\ud800", "١٢٣٤٥٦"):
        with pytest.raises(InvalidInput):
            second_factor.complete(any_core, _signed_in(any_core), used)
    clock.advance(minutes=10)
    second_factor.complete(any_core, _signed_in(any_core), _code(any_core, secret, -1))  # a clock that lags


def test_one_code_at_once_from_many_is_taken_once(
    any_core: Core, account_id: int, clock: FrozenClock
) -> None:
    secret, codes, _key = _set_up(any_core)
    clock.advance(seconds=60)
    for code in (_code(any_core, secret), codes[0]):
        waiting = [_signed_in(any_core) for _ in range(4)]

        def tried(who: Resumed, code: str = code) -> bool:
            try:
                second_factor.complete(any_core, who, code)
            except (InvalidInput, RetryLater):
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(tried, waiting)) == 1
        clock.advance(hours=5)


def test_recovery_codes_work_once_and_only_hashes_are_stored(any_core: Core, account_id: int) -> None:
    _secret, codes, _key = _set_up(any_core)
    assert len(set(codes)) == second_factor.CODES
    with any_core.database.reading() as tx:
        stored = str(tx.exec_driver_sql("SELECT * FROM recovery_code").all())
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    second_factor.complete(any_core, _signed_in(any_core), codes[3].upper().replace("-", " "))
    with pytest.raises(InvalidInput):
        second_factor.complete(any_core, _signed_in(any_core), codes[3])
    assert second_factor.standing(any_core, account_id).codes_left == second_factor.CODES - 1


def test_new_recovery_codes_end_the_old_ones(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    secret, old, key = _set_up(any_core)
    clock.advance(seconds=60)
    owner = sessions.resume(any_core, key).actor
    with pytest.raises(InvalidInput):
        second_factor.renew_codes(any_core, owner, old[0])  # a recovery code makes no new ones
    new = second_factor.renew_codes(any_core, owner, _code(any_core, secret))
    with pytest.raises(InvalidInput):
        second_factor.complete(any_core, _signed_in(any_core), old[0])
    second_factor.complete(any_core, _signed_in(any_core), new[0])


def test_wrong_codes_are_slowed(any_core: Core, account_id: int, clock: FrozenClock) -> None:
    secret, _codes, _key = _set_up(any_core)
    clock.advance(seconds=60)
    who = _signed_in(any_core)
    for _ in range(guessing.CODE.free):
        with pytest.raises(InvalidInput):
            second_factor.complete(any_core, who, "000000")
    with pytest.raises(RetryLater):
        second_factor.complete(any_core, who, _code(any_core, secret))
    clock.advance(seconds=30)
    second_factor.complete(any_core, who, _code(any_core, secret))


def test_a_role_can_require_it(any_core: Core, account_id: int) -> None:
    strict = replace(any_core, settings=replace(any_core.settings, second_factor_roles=("hr_admin",)))
    who = _signed_in(strict)
    assert who.step == SignInStep.SET_UP
    account_setup.set_roles(strict, SYSTEM, account_id, [Role.MANAGER])
    assert _signed_in(strict).step == SignInStep.COMPLETE
    account_setup.set_roles(strict, SYSTEM, account_id, [Role.MANAGER, Role.HR_ADMIN])
    secret, _codes, key = _set_up(strict)
    assert sessions.resume(strict, key).step == SignInStep.COMPLETE
    with pytest.raises(NotAllowed, match="requires"):
        second_factor.remove(strict, sessions.resume(strict, key).actor, _code(strict, secret, 1))
    second_factor.remove(any_core, sessions.resume(any_core, key).actor, _code(strict, secret, 1))
    assert _signed_in(any_core).step == SignInStep.COMPLETE


def test_somebody_else_resets_it_and_sessions_end(any_core: Core, account_id: int) -> None:
    _secret, codes, key = _set_up(any_core)
    owner = sessions.resume(any_core, key).actor
    with pytest.raises(NotAllowed, match="own"):
        second_factor.reset(any_core, owner, account_id)
    other = Actor("rosa@example.com", frozenset({"hr_admin"}), account_id + 1)
    second_factor.reset(any_core, other, account_id)
    with pytest.raises(NotAllowed):
        sessions.resume(any_core, key)
    assert _signed_in(any_core).step == SignInStep.COMPLETE
    with pytest.raises(NotFound):
        second_factor.reset(any_core, other, account_id)
    with pytest.raises(Conflict):
        second_factor.renew_codes(any_core, owner, codes[0])
    with any_core.database.reading() as tx:
        found = audits.page(tx, action="account.second_factor_reset")
    assert [(one.actor, one.subject) for one in found] == [("rosa@example.com", f"account:{account_id}")]


def test_the_secret_is_sealed_and_rotates_with_the_vault(any_core: Core, account_id: int) -> None:
    secret, _codes, _key = _set_up(any_core)
    with any_core.database.reading() as tx:
        stored = tx.exec_driver_sql("SELECT secret_ciphertext FROM second_factor").scalar_one()
    assert secret not in stored
    key = Vault.new_key()
    assert doctoring.unreadable(replace(any_core, vault=Vault([key]))) == (1, 1)
    both = replace(any_core, vault=Vault([key, *any_core.settings.vault_keys]))
    assert doctoring.rotate(both, SYSTEM) == 1
    assert doctoring.unreadable(replace(any_core, vault=Vault([key]))) == (0, 1)


def test_one_that_counts_is_not_replaced_and_none_is_confirmed_without_a_right_code(
    any_core: Core, account_id: int
) -> None:
    who = _signed_in(any_core)
    with pytest.raises(Conflict):
        second_factor.confirm(any_core, who, "000000")
    second_factor.begin(any_core, who.actor)
    with pytest.raises(InvalidInput):
        second_factor.confirm(any_core, who, "000000")
    assert _signed_in(any_core).step == SignInStep.COMPLETE
    offer = second_factor.offered(any_core, who.actor)
    assert offer is not None
    second_factor.confirm(any_core, who, _code(any_core, offer.secret))
    with pytest.raises(Conflict):
        second_factor.begin(any_core, who.actor)
    assert second_factor.offered(any_core, who.actor) is None
