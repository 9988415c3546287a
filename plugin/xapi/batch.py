"""Judges files of statements line by line, so that a company can check an export before it connects the system that made it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, BinaryIO, cast

from plugin.domain import StatementVerdict
from plugin.errors import InvalidInput
from plugin.texts import _
from plugin.xapi.problem import InvalidStatement
from plugin.xapi.reading import MAX_BYTES, parse
from plugin.xapi.statement import problems

_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PARTS = frozenset(("actor", "verb", "object"))


@dataclass(frozen=True)
class Verdict:
    """What is said of one line. ``codes`` are distinct, in the order of the checks; ``path`` is where the first problem lies."""

    file: str
    line: int
    verdict: StatementVerdict
    codes: tuple[str, ...] = ()
    path: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the line holds a valid statement."""
        return self.verdict == StatementVerdict.VALID

    def as_json(self) -> dict[str, object]:
        """The object that ``xapi validate --json`` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "verdict": self.verdict,
            "codes": self.codes,
            "path": self.path,
        }


def judge_file(name: str, stdin: BinaryIO, *, version: str = "auto") -> Iterator[Verdict]:
    """A verdict per line that is not blank; ``-`` reads ``stdin``, gzip is recognised by its first bytes.

    A line is a statement, or an object with a ``statement`` member. Raises InvalidInput when the file cannot be read (to
    its end), or ``version`` is unknown.
    """
    try:
        if name == "-":
            yield from judge_lines(name, _opened(stdin), version=version)
        else:
            with Path(name).open("rb") as file:
                yield from judge_lines(name, _opened(file), version=version)
    except (OSError, EOFError, zlib.error) as cause:
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else "damaged gzip data"
        raise InvalidInput(
            _("%(name)s can't be read: %(reason)s", name=name, reason=reason),
            remedy=_("enter the name of a readable JSON lines file"),
        ) from cause


def judge_lines(name: str, file: IO[bytes], *, version: str = "auto") -> Iterator[Verdict]:
    """The same for an open binary file; memory holds one line of at most ``MAX_BYTES`` at a time."""
    number = 0
    while line := file.readline(MAX_BYTES + 1):
        number += 1
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            _skip_rest(file)
            yield Verdict(name, number, StatementVerdict.INVALID, ("too_large",))
            continue
        text = line.strip()
        if number == 1:
            text = text.removeprefix(_BYTE_ORDER_MARK)
        if text:
            yield judge_line(name, number, text, version=version)


def judge_line(name: str, number: int, text: bytes, *, version: str = "auto") -> Verdict:
    """The verdict on one line; never raises for what the line holds."""
    try:
        found = problems(statement_of(parse(text)), version=version)
    except InvalidStatement as refusal:
        return Verdict(name, number, StatementVerdict.INVALID, (refusal.code,), refusal.path)
    if not found:
        return Verdict(name, number, StatementVerdict.VALID)
    return Verdict(
        name, number, StatementVerdict.INVALID, tuple(dict.fromkeys(one.code for one in found)), found[0].path
    )


def statement_of(value: object) -> object:
    """The ``statement`` member of a wrapper (an object that is not a statement itself), else the value."""
    if isinstance(value, dict) and "statement" in value and _PARTS.isdisjoint(value):
        return value["statement"]
    return value


def _opened(file: BinaryIO) -> IO[bytes]:
    """The file, unpacked when its first two bytes say gzip."""
    peekable = file if isinstance(file, BufferedReader) else BufferedReader(cast("RawIOBase", file))
    if peekable.peek(2)[:2] == _GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=peekable))
    return peekable


def _skip_rest(file: IO[bytes]) -> None:
    """Reads on to the end of an overlong line, a piece at a time."""
    while (piece := file.readline(MAX_BYTES)) and not piece.endswith(b"\n"):
        pass
