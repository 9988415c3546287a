"""Breaks long template lines where white space means nothing, so that a person can review them: ``python -m tests.template_format FILE…``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

WIDTH = 140
BLOCKS = [
    "address",
    "article",
    "aside",
    "body",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "header",
    "hr",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "svg",
    "g",
    "rect",
    "line",
    "circle",
    "path",
    "text",
    "caption",
]
TOKEN = re.compile(
    r"(\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(?:[^<>{]|\{%.*?%\}|\{\{.*?\}\}|\{(?![{%]))*>)", re.DOTALL
)
_NAME = re.compile(r"<(/?)([a-z0-9]+)", re.IGNORECASE)
_LONG_MESSAGE = re.compile(r"\{\{ _\('((?:[^'\\]|\\.)*)'((?:, \w+=[^{}]*?)?)\) \}\}")
_BREAK = "\x00%d"  # a place where a line may end, by rank: 1 is the best


def formatted(source: str) -> str:
    """The same template with lines of at most WIDTH characters, as far as neutral places allow."""
    return "\n".join(line for long in source.split("\n") for line in _lines(long))


def _lines(line: str) -> Iterator[str]:
    if len(line) <= WIDTH:
        yield line
        return
    pieces = re.split(r"(\x00\d ?)", _with_breaks(_messages_as_blocks(line)))
    yield from _filled(pieces)


def _messages_as_blocks(line: str) -> str:
    """A message that is longer than a line becomes a trans block, whose lines are joined again."""

    def block(found: re.Match[str]) -> str:
        message, values = found[1].replace("\\'", "'"), found[2]
        if len(found[0]) <= WIDTH - 20 or values.count("(") != values.count(")") or " if " in values:
            return found[0]
        body = re.sub(r"%\((\w+)\)s", r"{{ \1 }}", message).replace("%%", "%")
        return f"{{% trans {values[2:]} %}}{body}{{% endtrans %}}".replace("trans  %", "trans %")

    return _LONG_MESSAGE.sub(block, line)


def _with_breaks(line: str) -> str:
    tokens = [token for token in TOKEN.split(line) if token]
    made, silent = [], 0
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        name = _NAME.match(token)
        if name and name[2].lower() in ("pre", "textarea"):
            silent += -1 if name[1] else 1
        if name and name[2].lower() in ("pre", "textarea") and not name[1]:
            made.append(_inside(token, 4))
        elif silent:
            made.append(token)
        elif name:
            made.append(_around_tag(token, name))
        elif token.startswith("{%"):
            free = bool(following) and not following[0].isspace()
            made.append(_inside(token, 3) + (_BREAK % 2 if free else ""))
        elif token.startswith("{{"):
            made.append(_inside(token, 3))
        else:
            held = tokens[place - 1].endswith("%}") if place else True  # a line's end there would be trimmed
            lead = token[: len(token) - len(token.lstrip())] if held else ""
            made.append(
                token
                if token.startswith("{#")
                else lead + token[len(lead) :].replace(" ", (_BREAK % 5) + " ")
            )
    return "".join(made)


def _around_tag(token: str, name: re.Match[str]) -> str:
    inner = _inside(token, 4)
    if name[2].lower() not in BLOCKS:
        return inner
    return inner + _BREAK % 1 if name[1] else _BREAK % 1 + inner


_CODE_WORDS = ("if", "else", "or", "and", "~", "in", "%}", "}}")


def _inside(token: str, rank: int) -> str:
    """Blanks between attributes, after commas and beside words of code; never inside a quoted text."""
    made, outer, quote, in_code, place = [], "", "", token.startswith("{"), 0
    while place < len(token):
        letter, pair = token[place], token[place : place + 2]
        if not in_code and pair in ("{{", "{%"):
            in_code, quote = True, ""
        elif in_code and not quote and pair in ("}}", "%}"):
            in_code = place + 2 >= len(token)
            free = pair == "%}" and not outer and place + 2 < len(token) and token[place + 2] == "{"
            made.append(pair + (_BREAK % rank if free else ""))
            place += 2
            continue
        elif in_code and letter in "'\"":
            quote = "" if letter == quote else quote or letter
        elif not in_code and letter in "'\"":
            outer = "" if letter == outer else outer or letter
        made.append(
            (_BREAK % _rank(token, place, rank, in_code=in_code)) + " "
            if _is_free(letter, quote, outer, in_code=in_code, token=token, place=place)
            else letter
        )
        place += 1
    return "".join(made)


def _is_free(letter: str, quote: str, outer: str, *, in_code: bool, token: str, place: int) -> bool:
    if letter != " " or quote:
        return False
    if in_code:
        return token[place - 1] == "," or token[place + 1 :].split(" ", 1)[0] in _CODE_WORDS[:6]
    return not outer and token[place - 2 : place] != "%}"  # a line's end behind a block would be trimmed


def _rank(token: str, place: int, rank: int, *, in_code: bool) -> int:
    return rank if not in_code or token[place - 1] == "," else 5


def _filled(pieces: list[str]) -> Iterator[str]:
    """Lines as long as WIDTH allows, ending at the best rank within reach."""
    texts, breaks = pieces[::2], pieces[1::2]
    start = 0
    while start < len(texts):
        reach, length, best = start, len(texts[start]), None
        while reach < len(breaks) and length <= WIDTH:
            rank = int(breaks[reach][1])
            if length and (best is None or rank <= best[0]):
                best = (rank, reach)
            reach += 1
            length += len(texts[reach]) + len(breaks[reach - 1]) - 2
        if length <= WIDTH and reach == len(breaks):
            best = None
        end = best[1] if best else len(breaks) if length <= WIDTH else start
        line = texts[start]
        for place in range(start, end):
            line += breaks[place][2:] + texts[place + 1]
        if line.strip():
            yield line
        start = end + 1


_BLOCK = rf"</?(?:{'|'.join(BLOCKS)})\b[^<>]*>"
_BESIDE_BLOCK = re.compile(rf"\n(?={_BLOCK})|(?<=>)\n(?=\n)|({_BLOCK})\n")


def flat(page: str) -> str:
    """A rendered page as a browser reads it: no line ends beside blocks, a blank for every other one (text areas aside)."""
    return _BESIDE_BLOCK.sub(r"\1", page).replace("\n", " ")


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(formatted(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
