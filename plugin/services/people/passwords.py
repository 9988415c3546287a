"""Passwords: which ones are good enough, and how they are kept and compared (argon2id; the same work where there is none)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plugin.texts import _

SHORTEST, LONGEST = 12, 200
JUDGED = 72  # characters that are looked at; what follows makes a password no weaker
SAFE = 4  # of zxcvbn's scores: ten thousand million guesses and more
OURS = ("raise", "advisor", "raiseadvisor")
_WORDS = re.compile(r"[^\W_]{3,}")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106's second recommendation


@cache
def _dummy_hash() -> str:
    return _hasher().hash("nobody has this password")  # machine text


def hashed(password: str) -> str:
    return _hasher().hash(password)


def fits(digest: str | None, password: str) -> bool:
    """False, after the same work, where no password is stored."""
    try:
        return _hasher().verify(digest or _dummy_hash(), password) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _common_words() -> tuple[str, ...]:
    """Beside those that zxcvbn ships, which are English."""
    return tuple(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())


def refusal(password: str, own: Iterable[str]) -> str | None:
    """What to enter instead of a password that is too easy to guess, None for a good one. ``own``: the person's names, the company's."""
    if len(password) < SHORTEST:
        return _("enter a password of at least %(num)s characters", num=SHORTEST)
    if len(password) > LONGEST:
        return _("enter a password of at most %(num)s characters", num=LONGEST)
    if _score(password) < SAFE:
        return _("enter a password that is harder to guess, such as four words that don’t belong together")
    rest = _without(password, {word.lower() for text in (*own, *OURS) for word in _WORDS.findall(text)})
    if rest != password and _score(rest) < SAFE:
        return _("leave out your name, your email address and the name of the company")
    return None


def _without(password: str, words: Iterable[str]) -> str:
    """What is left when the longest words go first."""
    left = password.lower()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return password if left == password.lower() else left


def _score(password: str) -> int:
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:JUDGED], user_inputs=_common_words())["score"]) if password else 0
