"""Accounts: made with what they need, closed for good, and the last operator stays."""

from __future__ import annotations

import pytest

from plugin.domain import Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.services.core import SYSTEM, Core
from plugin.services.people import account_setup, api_tokens, passwords, sessions, signing_in
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
    signed_in = signing_in.with_password(any_core, "ada@example.COM", PASSWORD)
    assert (signed_in.actor.account_id, signed_in.actor.roles) == (account_id, {"manager"})
    assert sessions.resume(any_core, signed_in.key.reveal()).actor == signed_in.actor


def test_passwords_are_hashed_as_rfc_9106_recommends_for_little_memory() -> None:
    used = SLOW_HASHER()
    assert (used.type.name, used.time_cost, used.memory_cost, used.parallelism) == ("ID", 3, 65536, 4)


def test_short_password_and_missing_role_are_named(core: Core) -> None:
    with pytest.raises(InvalidInput) as caught:
        account_setup.add_account(core, SYSTEM, email="x", display_name="", password="short", roles=[])
    assert set(caught.value.fields) == {"email", "password", "roles"}


def test_closed_account_stops_everywhere_and_what_it_had_stays_ended(any_core: Core, account_id: int) -> None:
    key = signing_in.with_password(any_core, "ada@example.com", PASSWORD).key.reveal()
    token = api_tokens.make(any_core, SYSTEM, account_id=account_id, name="t").reveal()
    assert api_tokens.caller_of(any_core, token).actor.account_id == account_id
    account_setup.set_active(any_core, SYSTEM, account_id, active=False)
    old = (
        lambda: sessions.resume(any_core, key),
        lambda: api_tokens.caller_of(any_core, token),
    )
    for refused in (
        lambda: signing_in.with_password(any_core, "ada@example.com", PASSWORD),
        lambda: api_tokens.make(any_core, SYSTEM, account_id=account_id, name="t"),
        *old,
    ):
        with pytest.raises(NotAllowed):
            refused()
    account_setup.set_active(any_core, SYSTEM, account_id, active=True)
    assert signing_in.with_password(any_core, "ada@example.com", PASSWORD).actor.account_id == account_id
    for refused in old:
        with pytest.raises(NotAllowed):
            refused()


def test_roles_and_password_change_and_end_sessions(any_core: Core, account_id: int) -> None:
    key = signing_in.with_password(any_core, "ada@example.com", PASSWORD).key.reveal()
    account_setup.set_roles(any_core, SYSTEM, account_id, [Role.ANALYST])
    assert sessions.resume(any_core, key).actor.roles == {"analyst"}
    account_setup.set_password(any_core, SYSTEM, account_id, "another long password")
    with pytest.raises(NotAllowed):
        sessions.resume(any_core, key)
    with pytest.raises(NotAllowed):
        signing_in.with_password(any_core, "ada@example.com", PASSWORD)
    found = signing_in.with_password(any_core, "ada@example.com", "another long password")
    assert found.actor.roles == {"analyst"}


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


@pytest.mark.parametrize(
    ("password", "remedy"),
    [
        ("short", "at least 12 characters"),
        ("password1234", "harder to guess"),
        ("Passwort1234!", "harder to guess"),
        ("Willkommen2026", "harder to guess"),
        ("aaaaaaaaaaaaaaaa", "harder to guess"),
        ("qwertzuiop12", "harder to guess"),
        ("Ada-Lovelace-2026", "leave out your name"),
        ("Lovelace//Example//Ada", "leave out your name"),
        ("Your-Company-2026!", "leave out your name"),
        ("Raise-Advisor-1", "leave out your name"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_what_to_enter(
    core: Core, password: str, remedy: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        account_setup.add_account(
            core,
            SYSTEM,
            email="ada.lovelace@example.com",
            display_name="Ada Lovelace",
            password=password,
            roles=[Role.MANAGER],
        )
    assert remedy in caught.value.fields["password"]
    assert password not in str(caught.value)


def test_good_passwords_of_all_scripts_are_taken() -> None:
    for password in (
        "correct horse battery staple",
        "Hügel-Lampe-Tasse-Wolke",
        "جبل مصباح كوب غيمة",
        "Ada, the purple kettle waits",
    ):
        assert passwords.refusal(password, ("Ada Lovelace", "ada@example.com")) is None, password
