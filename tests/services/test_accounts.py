"""Sign-in refuses alike whatever is wrong, and slows guessing down."""

from __future__ import annotations

import pytest

from plugin.domain import Role
from plugin.errors import InvalidInput, NotAllowed, RetryLater
from plugin.services import accounts
from plugin.services.core import SYSTEM, Core

PASSWORD = "a long enough password"


@pytest.fixture
def account_id(any_core: Core) -> int:
    return accounts.add_account(
        any_core,
        SYSTEM,
        email="Ada@Example.com ",
        display_name="Ada Example",
        password=PASSWORD,
        roles=[Role.MANAGER],
    )


def test_right_password_signs_in_with_roles(any_core: Core, account_id: int) -> None:
    actor, epoch = accounts.sign_in(any_core, "ada@example.COM", PASSWORD)
    assert (actor.account_id, actor.roles, epoch) == (account_id, {"manager"}, 0)
    assert accounts.resume(any_core, account_id, epoch) == actor


def test_wrong_name_and_wrong_password_answer_alike(core: Core) -> None:
    accounts.add_account(
        core, SYSTEM, email="ada@example.com", display_name="Ada", password=PASSWORD, roles=[Role.MANAGER]
    )
    said = []
    for email, password in (
        ("ada@example.com", "wrong"),
        ("nobody@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
    ):
        with pytest.raises(NotAllowed) as caught:
            accounts.sign_in(core, email, password)
        said.append(str(caught.value))
    assert len(set(said)) == 1


def test_account_locks_after_five_wrong_passwords_and_opens_again(core: Core, clock) -> None:
    accounts.add_account(
        core, SYSTEM, email="ada@example.com", display_name="Ada", password=PASSWORD, roles=[Role.MANAGER]
    )
    for _ in range(accounts.FREE_TRIES):
        with pytest.raises(NotAllowed):
            accounts.sign_in(core, "ada@example.com", "wrong")
    with pytest.raises(RetryLater) as caught:
        accounts.sign_in(core, "ada@example.com", PASSWORD)
    assert caught.value.wait == pytest.approx(accounts.FIRST_LOCK_SECONDS)
    clock.advance(seconds=accounts.FIRST_LOCK_SECONDS + 1)
    assert accounts.sign_in(core, "ada@example.com", PASSWORD)[0].name == "ada@example.com"


def test_ended_sessions_do_not_resume(core: Core) -> None:
    account_id = accounts.add_account(
        core, SYSTEM, email="a@example.com", display_name="A", password=PASSWORD, roles=[Role.ANALYST]
    )
    accounts.end_sessions(core, SYSTEM, account_id)
    with pytest.raises(NotAllowed):
        accounts.resume(core, account_id, 0)


def test_short_password_and_missing_role_are_named(core: Core) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.add_account(core, SYSTEM, email="x", display_name="", password="short", roles=[])
    assert set(caught.value.fields) == {"email", "password", "roles"}
