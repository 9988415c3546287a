"""The bounds that keep a hostile badge cheap, in one place so that tests and the reference page can read them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Upper bounds. Sizes are bytes, ``cpu_seconds`` is CPU of the worker for one document of ``document_bytes``."""

    input_bytes: int = 8 * 2**20
    document_bytes: int = 64 * 2**10
    container_bytes: int = 256 * 2**10
    baked_text_bytes: int = 352 * 2**10
    png_chunks: int = 20_000
    depth: int = 40
    blank_nodes: int = 1000
    cpu_seconds: float = 0.12
    wall_seconds: float = 10.0
    fetched_bytes: int = 2 * 2**20
    fetches: int = 60
    status_list_bytes: int = 8 * 2**20
    members: int = 40
    endorsements: int = 20
    proofs: int = 8


DEFAULT_LIMITS = Limits()


class Budget:
    """CPU seconds of the worker that one verification may still use, over all documents that it meets.

    Embedded credentials share it, or forty of them could each spend the limit of one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def grow(self, factor: float) -> None:
        """A container is allowed time in proportion to its size."""
        self.seconds *= max(1.0, factor)

    def spend(self, seconds: float) -> None:
        self.seconds = max(0.0, self.seconds - seconds)
