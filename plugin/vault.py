"""Secrets at rest: what a database dump shows is ciphertext, and keys can be rotated without a pause."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.errors import ConfigError, Tampered
from plugin.texts import _


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

    def seal(self, secret: Secret) -> str:
        """Ciphertext for the database."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def open(self, ciphertext: str) -> Secret:
        try:
            return Secret(self._fernet.decrypt(ciphertext.encode()).decode())
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
