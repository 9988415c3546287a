"""Takes web addresses apart without ever failing: a malformed one has no origin and so matches nobody's."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_NOTHING = SplitResult("", "", "", "", "")


def split_address(url: str) -> SplitResult:
    """The parts of an address, all empty for one that is malformed."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _NOTHING
    return parts
