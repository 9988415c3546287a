"""Numbers of rows as people and machines send them: in addresses, forms, files and on the command line."""

from __future__ import annotations

LARGEST_ID = 2**53 - 1
"""Exact in every JSON reader. Larger ones are unknown and must not reach the database, whose integers are smaller."""
LARGEST_VERSION = 2**31 - 2  # of a row; the next one must fit its column too
_DIGITS = 16


def record_id(text: str) -> int:
    """0 (which is nothing's id) to LARGEST_ID in ASCII digits; ValueError for anything else."""
    number = known_id(text)
    if number is None:
        raise ValueError
    return number


def known_id(text: str) -> int | None:
    """As ``record_id``, but None for what cannot be one."""
    return _up_to(LARGEST_ID, text)


def known_version(text: str) -> int | None:
    """How often a row was changed, 0 to LARGEST_VERSION; None for what cannot be that."""
    return _up_to(LARGEST_VERSION, text)


def _up_to(largest: int, text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        return None
    number = int(text)
    return number if number <= largest else None
