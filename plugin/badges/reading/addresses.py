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


def authority_of(url: str) -> str:
    """Host and port in lower case, empty when there is none."""
    return split_address(url).netloc.lower()


def origin_of(url: str) -> str:
    """``https://host[:port]`` in lower case, empty when there is none."""
    parts = split_address(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}" if parts.netloc else ""


def same_origin(first: str, second: str) -> bool:
    return bool(origin_of(first)) and origin_of(first) == origin_of(second)


def same_host(first: str, second: str) -> bool:
    return bool(authority_of(first)) and authority_of(first) == authority_of(second)
