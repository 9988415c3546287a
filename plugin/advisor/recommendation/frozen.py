"""A snapshot as it is kept: packed canonical JSON, read row by row, alone or with some rows replaced by newer ones.

A whole firm is hundreds of megabytes of JSON: it is packed and read in pieces, so that only the rows themselves are ever
in memory. The hash is that of the whole canonical content, replaced rows included.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import merge
from json import JSONDecodeError, JSONDecoder
from typing import Any, NamedTuple

from plugin.advisor.recommendation import codec
from plugin.advisor.recommendation.snapshot import EmployeeRow, Snapshot, parts
from plugin.domain import Json
from plugin.errors import InvalidInput, Tampered
from plugin.texts import _

LEVEL = 6  # of zlib: about a sixteenth of the JSON
PIECE = 1 << 16  # packed bytes that are unpacked at a time: about a megabyte of JSON
ROWS = '"rows":['


@dataclass(frozen=True)
class Packed:
    """``content`` is zlib of the canonical JSON whose SHA-256 is ``hash``."""

    hash: str
    content: bytes


def pack(value: Snapshot) -> Packed:
    """Hashed and packed in one pass."""
    digest, packer, packed = hashlib.sha256(), zlib.compressobj(LEVEL), bytearray()
    for part in parts(value):
        digest.update(part)
        packed += packer.compress(part)
    packed += packer.flush()
    return Packed(digest.hexdigest(), bytes(packed))


def patch(value: Snapshot, rows: Iterable[EmployeeRow]) -> bytes:
    """What ``read`` takes as ``newer``: ``rows`` with the head of ``value``, in the same form as a whole snapshot."""
    mine = tuple(sorted(rows, key=lambda row: row.person_id))
    return pack(replace(value, rows=mine)).content


def rows_of(newer: bytes) -> tuple[EmployeeRow, ...]:
    """The rows of a patch."""
    return tuple(codec.from_json(EmployeeRow, one.found) for one in _Reader(newer).rows())


def read(content: bytes, expected_hash: str, newer: bytes | None = None) -> Snapshot:
    """The snapshot with the rows of ``newer`` (a patch) in place of its own. Tampered when the whole is not of its hash."""
    try:
        return _read(_Reader(content), expected_hash, [] if newer is None else list(_Reader(newer).rows()))
    except (zlib.error, UnicodeDecodeError, JSONDecodeError) as error:
        raise _tampered() from error


def _read(reader: _Reader, expected_hash: str, newer: list[_Row]) -> Snapshot:
    """One pass: what is wrong with a row is told only when the bytes are known to be the right ones."""
    digest, rows, problem = hashlib.sha256(), list[EmployeeRow](), None
    head = reader.head()
    digest.update(head.encode())
    for i, one in enumerate(_merged(reader.rows(), newer)):
        digest.update(f",{one.text}".encode() if i else one.text.encode())
        try:
            rows.append(codec.from_json(EmployeeRow, one.found))
        except InvalidInput as error:
            problem = problem or error
    tail = reader.tail()
    digest.update(tail.encode())
    if digest.hexdigest() != expected_hash:
        raise _tampered()
    if problem is not None:
        raise problem
    outline: Json = json.loads(head + tail)
    whole = replace(codec.from_json(Snapshot, outline), rows=tuple(rows))
    vars(whole)["hash"] = expected_hash  # known: to compute it again takes as long as to read
    return whole


def _tampered() -> Tampered:
    return Tampered(_("The stored snapshot does not match its hash."), remedy=_("Restore it from a backup."))


class _Row(NamedTuple):
    """``text`` is canonical, ``found`` the same as JSON."""

    person_id: int
    text: str
    found: Any


def _merged(rows: Iterable[_Row], newer: list[_Row]) -> Iterator[_Row]:
    replaced = {one.person_id for one in newer}
    kept = (one for one in rows if one.person_id not in replaced)
    return merge(kept, newer, key=lambda one: one.person_id)


class _Reader:
    """Reads the packed JSON from front to end: ``head``, then all ``rows``, then ``tail``."""

    def __init__(self, content: bytes) -> None:
        self._texts = _texts(content)
        self._text, self._at = "", 0

    def head(self) -> str:
        while ROWS not in self._text:
            self._more()
        self._at = self._text.index(ROWS) + len(ROWS)
        return self._text[: self._at]

    def rows(self) -> Iterator[_Row]:
        if not self._at:
            self.head()
        while self._ahead() != "]":
            self._at += self._ahead() == ","
            found, end = self._value()
            yield _Row(found["person_id"], self._text[self._at : end], found)
            self._at = end

    def tail(self) -> str:
        return self._text[self._at :] + "".join(self._texts)

    def _value(self) -> tuple[Any, int]:
        """The JSON value here and where it ends; more text is taken in until it is complete."""
        scanner = JSONDecoder()
        while True:
            try:
                return scanner.raw_decode(self._text, self._at)
            except JSONDecodeError:
                self._more()

    def _ahead(self) -> str:
        while self._at == len(self._text):
            self._more()
        return self._text[self._at]

    def _more(self) -> None:
        for text in self._texts:
            self._text, self._at = self._text[self._at :] + text, 0
            return
        raise JSONDecodeError("the snapshot ends too early", "", 0)


def _texts(content: bytes) -> Iterator[str]:
    unpacker, decoder = zlib.decompressobj(), codecs.getincrementaldecoder("utf-8")()
    for first in range(0, len(content), PIECE):
        yield decoder.decode(unpacker.decompress(content[first : first + PIECE]))
    yield decoder.decode(unpacker.flush(), final=True)
    if not unpacker.eof:
        raise zlib.error("the content is cut off")  # machine text
