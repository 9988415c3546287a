"""Reads the keys that an admin pastes: the public one that a server must show, and the private one that signs in."""

from __future__ import annotations

import base64
import binascii
import io
from contextlib import suppress
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from plugin.errors import ConfigError
from plugin.texts import _


def pinned(line: str) -> tuple[str, bytes]:
    """Kind and bytes of ``ssh-ed25519 AAAA…``, a host before it and a comment behind it left out."""
    words = line.split()
    at = next((n for n, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-sha2-", "sk-"))), -1)
    with suppress(binascii.Error, ValueError, IndexError):
        found = base64.b64decode(words[at + 1], validate=True)
        kind = words[at]
        length = int.from_bytes(found[:4], "big")
        if at >= 0 and found[4 : 4 + length].decode("ascii") == kind:
            return kind, found
    raise ConfigError(
        _("the host key is not a public key"),
        code="host_key",
        remedy=_(
            "Enter the server's public key as its operator names it: ssh-ed25519 AAAA…, not its fingerprint."
        ),
    )


def private_key(paramiko: Any, pasted: str, passphrase: str) -> Any:
    """Any usual form is read by cryptography and handed on in the one that the library reads without fault."""
    text = pasted.encode()
    is_openssh = b"BEGIN OPENSSH PRIVATE KEY" in text
    load = serialization.load_ssh_private_key if is_openssh else serialization.load_pem_private_key
    try:
        found = load(text, passphrase.encode() or None)
    except TypeError as error:
        raise _unusable_key(
            _("Leave the passphrase empty; this key has none.")
            if passphrase
            else _("Enter the passphrase of the private key.")
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable_key(_other_form()) from error
    kinds = {
        RSAPrivateKey: paramiko.RSAKey,
        EllipticCurvePrivateKey: paramiko.ECDSAKey,
        Ed25519PrivateKey: paramiko.Ed25519Key,
    }
    kind = next((made for known, made in kinds.items() if isinstance(found, known)), None)
    if kind is None:
        raise _unusable_key(_other_form())
    form = PrivateFormat.OpenSSH if kind is paramiko.Ed25519Key else PrivateFormat.TraditionalOpenSSL
    plain = found.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    return kind.from_private_key(io.StringIO(plain))


def _other_form() -> str:
    return _("Enter an Ed25519, ECDSA or RSA key in OpenSSH or PEM form, and its passphrase if it has one.")


def _unusable_key(remedy: str) -> ConfigError:
    return ConfigError(_("the private key can't be read"), code="private_key", remedy=remedy)
