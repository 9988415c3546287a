"""Inflates compressed parts of badges with an upper bound, because a few bytes can unfold to gigabytes."""

from __future__ import annotations

import zlib

from plugin.badges.codes import BadgeProblem


def inflate(data: bytes, *, limit: int, gzip: bool, code: str) -> bytes:
    """Inflates one whole zlib (or gzip) stream to at most ``limit`` bytes.

    Raises BadgeProblem with ``code`` when the stream is broken, unfinished, followed by other bytes or larger.
    """
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
    try:
        result = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise BadgeProblem(code, "broken compression") from error
    if len(result) > limit:
        raise BadgeProblem(code, f"unfolds to more than {limit} bytes")
    if not stream.eof:
        raise BadgeProblem(code, "unfinished compression")
    if stream.unused_data:
        raise BadgeProblem(code, "bytes after the compressed part")
    return result
