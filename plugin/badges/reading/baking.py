"""Takes the badge text out of a baked PNG or SVG without decoding the picture, because pictures are the cheapest bomb."""

from __future__ import annotations

import struct
import zlib

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.reading import svg
from plugin.badges.reading.svg import Baked
from plugin.texts import _

_PNG = b"\x89PNG\r\n\x1a\n"
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
_KEYWORDS = {b"openbadges": "ob2", b"openbadgecredential": "ob3"}


def is_png(raw: bytes) -> bool:
    return raw.startswith(_PNG)


def is_picture(raw: bytes) -> bool:
    return is_png(raw) or svg.is_svg(raw)


def unbake(raw: bytes, limits: Limits) -> Baked:
    """The one badge in the picture. Raises BadgeProblem not_baked, invalid_image, image_entities or too_large."""
    found = _in_png(raw, limits) if is_png(raw) else svg.badges(raw, limits)
    if not found:
        raise BadgeProblem("not_baked")
    if len(found) > 1:
        raise BadgeProblem("invalid_image", _("The picture contains more than one badge."))
    return found[0]


def _in_png(raw: bytes, limits: Limits) -> list[Baked]:
    found: list[Baked] = []
    position, count = len(_PNG), 0
    while position < len(raw):
        count += 1
        if count > limits.png_chunks:
            raise BadgeProblem(
                "too_large", _("The picture has more than %(most)s chunks.", most=limits.png_chunks)
            )
        kind, data, position = _chunk(raw, position)
        if kind in _TEXT_CHUNKS:
            baked = _text_chunk(kind, data, limits)
            if baked is not None:
                found.append(baked)
        if kind == b"IEND":
            break
    else:
        raise BadgeProblem("invalid_image", _("The picture has no end."))
    return found


def _chunk(raw: bytes, position: int) -> tuple[bytes, bytes, int]:
    """Type and data of the chunk at ``position`` and where the next begins; only text chunks pay for their CRC."""
    if position + 12 > len(raw):
        raise BadgeProblem("invalid_image", _("The file is cut off."))
    size, kind = struct.unpack_from(">I4s", raw, position)
    end = position + 12 + size
    if end > len(raw):
        raise BadgeProblem("invalid_image", _("A chunk is longer than the file."))
    if kind not in _TEXT_CHUNKS:
        return kind, b"", end
    data = raw[position + 8 : end - 4]
    if zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(raw[end - 4 : end], "big"):
        raise BadgeProblem("invalid_image", _("The checksum of a text chunk is wrong."))
    return kind, data, end


def _text_chunk(kind: bytes, data: bytes, limits: Limits) -> Baked | None:
    keyword, separator, rest = data.partition(b"\0")
    form = _KEYWORDS.get(keyword.lower())
    if form is None:
        return None
    if not separator:
        raise BadgeProblem("invalid_image", _("A text chunk has no text."))
    text = _plain(kind, rest, limits)
    if len(text) > limits.baked_text_bytes:
        raise BadgeProblem(
            "too_large", _("The badge’s text has more than %(most)s bytes.", most=limits.baked_text_bytes)
        )
    try:
        return Baked(text.decode("utf-8").strip(), form)
    except UnicodeDecodeError as error:
        raise BadgeProblem("invalid_image", _("The badge’s text is not UTF-8.")) from error


def _plain(kind: bytes, rest: bytes, limits: Limits) -> bytes:
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        if rest[:1] != b"\0":
            raise BadgeProblem("invalid_image", _("The compression is unknown."))
        return inflate(rest[1:], limit=limits.baked_text_bytes, gzip=False, code="invalid_image")
    flags, rest = rest[:2], rest[2:]
    _language, first, rest = rest.partition(b"\0")
    _keyword, second, text = rest.partition(b"\0")
    if not (first and second) or flags not in (b"\0\0", b"\1\0"):
        raise BadgeProblem("invalid_image", _("An iTXt chunk is malformed."))
    if flags == b"\1\0":
        return inflate(text, limit=limits.baked_text_bytes, gzip=False, code="invalid_image")
    return text


def inflate(data: bytes, *, limit: int, gzip: bool, code: str, beyond: str = "too_large") -> bytes:
    """Inflates one whole zlib (or gzip) stream to at most ``limit`` bytes.

    Raises BadgeProblem with ``code`` when the stream is broken, unfinished or followed by other bytes, and with ``beyond`` when it is larger.
    """
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
    try:
        result = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise BadgeProblem(code, _("The compressed part is broken.")) from error
    if len(result) > limit:
        raise BadgeProblem(beyond, _("Unpacked, it has more than %(most)s bytes.", most=limit))
    if not stream.eof:
        raise BadgeProblem(code, _("The compressed part has no end."))
    if stream.unused_data:
        raise BadgeProblem(code, _("There are bytes after the compressed part."))
    return result
