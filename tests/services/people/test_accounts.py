"""Sign-in refuses alike whatever is wrong, and slows guessing down."""

from __future__ import annotations

import pytest

from plugin.domain import Role
from plugin.errors import InvalidInput, NotAllowed, RetryLater
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens
from tests.conftest import SLOW_HASHER

PASSWORD = "a long enough password"


@pytest.fixture
def account_id(any_core: Core) -> int:
    return account_setup.add_account(
        any_core,
        SYSTEM,
        email="Ada@Example.com ",
        display_name="Ada Example",
        password=PASSWORD,
        roles=[Role.MANAGER],
    )


def test_right_password_signs_in_with_roles(any_core: Core, account_id: int) -> None:
    actor, epoch = account_setup.sign_in(any_core, "ada@example.COM", PASSWORD)
    assert (actor.account_id, actor.roles, epoch) == (account_id, {"manager"}, 0)
    assert account_setup.resume(any_core, account_id, epoch) == actor


def test_passwords_are_hashed_as_rfc_9106_recommends_for_little_memory() -> None:
    used = SLOW_HASHER()
    assert (used.type.name, used.time_cost, used.memory_cost, used.parallelism) == ("ID", 3, 65536, 4)


def test_wrong_name_and_wrong_password_answer_alike(core: Core) -> None:
    account_setup.add_account(
        core, SYSTEM, email="ada@example.com", display_name="Ada", password=PASSWORD, roles=[Role.MANAGER]
    )
    said = []
    for email, password in (
        ("ada@example.com", "wrong"),
        ("nobody@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
    ):
        with pytest.raises(NotAllowed) as caught:
            account_setup.sign_in(core, email, password)
        said.append(str(caught.value))
    assert len(set(said)) == 1


def test_account_locks_after_five_wrong_passwords_and_opens_again(core: Core, clock) -> None:
    account_setup.add_account(
        core, SYSTEM, email="ada@example.com", display_name="Ada", password=PASSWORD, roles=[Role.MANAGER]
    )
    for _ in range(account_setup.FREE_TRIES):
        with pytest.raises(NotAllowed):
            account_setup.sign_in(core, "ada@example.com", "wrong")
    with pytest.raises(RetryLater) as caught:
        account_setup.sign_in(core, "ada@example.com", PASSWORD)
    assert caught.value.wait == pytest.approx(account_setup.FIRST_LOCK_SECONDS)
    clock.advance(seconds=account_setup.FIRST_LOCK_SECONDS + 1)
    assert account_setup.sign_in(core, "ada@example.com", PASSWORD)[0].name == "ada@example.com"


def test_ended_sessions_do_not_resume(core: Core) -> None:
    account_id = account_setup.add_account(
        core, SYSTEM, email="a@example.com", display_name="A", password=PASSWORD, roles=[Role.ANALYST]
    )
    account_setup.end_sessions(core, SYSTEM, account_id)
    with pytest.raises(NotAllowed):
        account_setup.resume(core, account_id, 0)


def test_short_password_and_missing_role_are_named(core: Core) -> None:
    with pytest.raises(InvalidInput) as caught:
        account_setup.add_account(core, SYSTEM, email="x", display_name="", password="short", roles=[])
    assert set(caught.value.fields) == {"email", "password", "roles"}


def test_closed_account_stops_everywhere_and_opens_again(any_core: Core, account_id: int) -> None:
    token = api_tokens.make(any_core, SYSTEM, account_id=account_id, name="t").reveal()
    account_setup.set_active(any_core, SYSTEM, account_id, active=False)
    for refused in (
        lambda: account_setup.sign_in(any_core, "ada@example.com", PASSWORD),
        lambda: account_setup.resume(any_core, account_id, 0),
        lambda: api_tokens.actor_of(any_core, token),
    ):
        with pytest.raises(NotAllowed):
            refused()
    account_setup.set_active(any_core, SYSTEM, account_id, active=True)
    assert account_setup.sign_in(any_core, "ada@example.com", PASSWORD)[0].account_id == account_id


def test_roles_and_password_change_and_end_sessions(any_core: Core, account_id: int) -> None:
    account_setup.set_roles(any_core, SYSTEM, account_id, [Role.ANALYST])
    account_setup.set_password(any_core, SYSTEM, account_id, "another long password")
    with pytest.raises(NotAllowed):
        account_setup.resume(any_core, account_id, 0)
    with pytest.raises(NotAllowed):
        account_setup.sign_in(any_core, "ada@example.com", PASSWORD)
    assert account_setup.sign_in(any_core, "ada@example.com", "another long password")[0].roles == {"analyst"}


def test_last_operator_cannot_be_lost(core: Core) -> None:
    only = account_setup.add_account(
        core, SYSTEM, email="o@example.com", display_name="", password=PASSWORD, roles=[Role.OPERATOR]
    )
    for lost in (
        lambda: account_setup.set_active(core, SYSTEM, only, active=False),
        lambda: account_setup.set_roles(core, SYSTEM, only, [Role.MANAGER]),
    ):
        with pytest.raises(NotAllowed, match="last operator"):
            lost()
