"""Secrets at rest: what a database dump shows is ciphertext, and keys can be rotated without a pause."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.errors import ConfigError, Tampered
from plugin.texts import _

_BOUND = "\0to:"  # machine text  # before a secret that is bound; no secret begins with such a character


class Secret:
    """A secret in memory: its repr, str and format are ``***``; ``reveal()`` is the one way to the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialised")


class Vault:
    """Encrypts with the first key, decrypts with any (MultiFernet, cryptography.io/fernet).

    ``to`` says whom a secret is for, such as a connection's address: it does not open for anybody else, however it got there.

    Raises ConfigError when no key is given or one is malformed, Tampered when a ciphertext fits none of the keys.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigError(
                _("ADVISOR_VAULT_KEYS is not set"), remedy=_("create one: raise-advisor init --print-keys")
            )
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigError(
                _("ADVISOR_VAULT_KEYS holds a malformed key"),
                remedy=_("create one: raise-advisor init --print-keys"),
            ) from error

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode()

    def seal(self, secret: Secret, *, to: str = "") -> str:
        """Ciphertext for the database."""
        text = f"{_BOUND}{_digest(to)}\0{secret.reveal()}" if to else secret.reveal()
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, ciphertext: str, *, to: str = "") -> Secret:
        """Tampered when it is bound to another ``to``; one that was sealed without a binding opens for all."""
        text = self._text(ciphertext)
        if not text.startswith(_BOUND):
            return Secret(text)
        bound_to, _mark, plain = text.removeprefix(_BOUND).partition("\0")
        if bound_to != _digest(to):
            raise Tampered(
                _("a stored secret was entered for another address"),
                code="bound",
                remedy=_("enter the secret again"),
            )
        return Secret(plain)

    def is_readable(self, ciphertext: str) -> bool:
        """Whether any of the keys opens it, for whomever it is."""
        try:
            self._text(ciphertext)
        except Tampered:
            return False
        return True

    def _text(self, ciphertext: str) -> str:
        try:
            return self._fernet.decrypt(ciphertext.encode()).decode()
        except InvalidToken as error:
            raise Tampered(
                _("none of the keys in ADVISOR_VAULT_KEYS opens a stored secret"),
                remedy=_("put the original key back into ADVISOR_VAULT_KEYS, or enter the secret again"),
            ) from error

    def rotate(self, ciphertext: str) -> str:
        """The same secret under the newest key; Tampered as in ``open``."""
        try:
            return self._fernet.rotate(ciphertext.encode()).decode()
        except InvalidToken as error:
            raise Tampered(_("none of the keys in ADVISOR_VAULT_KEYS opens a stored secret")) from error


def _digest(to: str) -> str:
    return hashlib.sha256(to.encode("utf-8", "replace")).hexdigest()
