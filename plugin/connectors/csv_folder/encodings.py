"""Which encoding a file has: proven by its mark or by every byte of it, else a person's choice, never a guess that cannot fail."""

from __future__ import annotations

import codecs
import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugin.errors import ConfigError
from plugin.texts import _

AUTO = "auto"
UTF8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LABELS: Mapping[str, str] = {
    UTF8: "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "iso8859-15": "ISO 8859-15",
    "iso8859-2": "ISO 8859-2",
    "cp850": "DOS 850",
    "cp852": "DOS 852",
    "mac-roman": "Mac Roman",
    "cp932": "Shift-JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "Korean (CP949)",
}
ONE_BYTE = tuple(name for name in LABELS if name.startswith(("cp125", "iso", "cp85", "mac")))
CHOSEN = (*ONE_BYTE, "cp932", "gb18030", "big5", "cp949")
_SAMPLE = 1 << 16
_PIECE = 1 << 20


@dataclass(frozen=True)
class Bytes:
    """What one pass over a file's bytes shows. ``bad_at`` and ``bad_line``: the first byte that is not UTF-8, from 1."""

    sha256: str
    mark: str
    is_ascii: bool
    bad_at: int
    bad_line: int
    sample: bytes  # from the line of the first byte that is no ASCII

    @property
    def is_utf8(self) -> bool:
        return not self.bad_at


def look_at(path: Path) -> Bytes:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(UTF8)()
    mark, sample, bad_at, bad_line, done, lines, is_ascii = "", b"", 0, 0, 0, 1, True
    with path.open("rb") as stream:
        while chunk := stream.read(_PIECE):
            digest.update(chunk)
            if not done:
                mark = next((name for begin, name in _MARKS if chunk.startswith(begin)), "") or _unmarked(
                    chunk
                )
            if is_ascii and not chunk.isascii():
                is_ascii, sample = False, _from_first_line(chunk)
            if not bad_at:
                where = _first_bad(decoder, chunk)
                bad_at = 0 if where is None else done + max(where, 0) + 1
                bad_line = 0 if where is None else lines + chunk[: max(where, 0)].count(b"\n")
            done += len(chunk)
            lines += chunk.count(b"\n")
    if not bad_at and _first_bad(decoder, b"", final=True) is not None:
        bad_at, bad_line = done, lines
    return Bytes(digest.hexdigest(), mark, is_ascii, bad_at, bad_line, sample)


def chosen(name: str, found: Bytes, declared: str) -> str:
    """The encoding to read with. ConfigError when nothing is proven and nobody has chosen one.

    Proven UTF-8 outweighs a declared one-byte encoding: no such text reads as UTF-8 by chance.
    """
    if found.mark:
        return found.mark
    if found.is_utf8 and (declared in (AUTO, UTF8) or (declared in ONE_BYTE and not found.is_ascii)):
        return UTF8
    if declared != AUTO:
        return declared
    named = ", ".join(LABELS[one] for one in candidates(found.sample)[:6])
    raise ConfigError(
        _(
            "%(name)s is not UTF-8: byte %(byte)s in line %(line)s doesn't fit",
            name=name,
            byte=found.bad_at,
            line=found.bad_line,
        ),
        code="encoding",
        remedy=_(
            "Choose the file's encoding in the connection's setting “Encoding” (possible: %(named)s), or export it as UTF-8.",
            named=named,
        ),
    )


def candidates(sample: bytes) -> list[str]:
    """The encodings in which a sample reads as text."""
    return [name for name in CHOSEN if _reads(sample, name)]


def _reads(sample: bytes, encoding: str) -> bool:
    """A character cut off at the sample's end does not count against it."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return all(one.isascii() or unicodedata.category(one) not in ("Cc", "Cn", "Co", "Cs") for one in text)


def _unmarked(chunk: bytes) -> str:
    """UTF-16 without its mark: every other byte of what begins a table is zero."""
    head = chunk[:512]
    half = len(head) // 2
    if half < 8:
        return ""
    if head[1::2].count(0) > 0.9 * half and not head[::2].count(0):
        return "utf-16-le"
    if head[::2].count(0) > 0.9 * half and not head[1::2].count(0):
        return "utf-16-be"
    return ""


def _from_first_line(chunk: bytes) -> bytes:
    first = next(at for at, byte in enumerate(chunk) if byte > 127)
    start = chunk.rfind(b"\n", 0, first) + 1
    return chunk[start : start + _SAMPLE]


def _first_bad(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> int | None:
    """Where in the chunk decoding fails, below 0 in what was left of the one before; None when it does not."""
    before = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        return error.start - before
    return None
