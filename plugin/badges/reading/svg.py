"""Finds the badges in an SVG without drawing it, and unfolds the abbreviations that drawing programs write only where they are small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.texts import _

_NAMES = {
    "{http://openbadges.org}assertion": "ob2",
    "{http://openbadges.org/}assertion": "ob2",
    "{https://purl.imsglobal.org/ob/v3p0}credential": "ob3",
}
_STARTS = ("<".encode("utf-16-le"), "<".encode("utf-16-be"))
_MOST_ELEMENTS = 200_000
_MOST_ENTITIES = 200
_LONGEST_ENTITY = 2_000  # characters; an Illustrator file's are addresses of some 50
_MOST_DEFAULTS = 1_000  # characters that a DTD adds to elements
_UNDEFINED_ENTITY = 11  # expat's XML_ERROR_UNDEFINED_ENTITY


@dataclass(frozen=True)
class Baked:
    """What a picture holds: ``text`` is a URL, JSON or a compact JWS, ``format`` ob2 or ob3."""

    text: str
    format: str


def is_svg(raw: bytes) -> bool:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw[2:4] in _STARTS
    head = raw[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<")


def badges(raw: bytes, limits: Limits) -> list[Baked]:
    """All badges in the drawing. Raises BadgeProblem invalid_image, image_entities, not_baked or too_large."""
    collector = _Collector(limits.baked_text_bytes)
    parser = _Parser(raw, limits, collector)
    try:
        parser.feed(raw)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        if parser.is_incomplete and getattr(error, "code", None) == _UNDEFINED_ENTITY:
            raise BadgeProblem("image_entities", _("Another file defines one of the entities.")) from error
        raise BadgeProblem("invalid_image", _("The SVG is not well-formed.")) from error
    return [_badge(element, limits) for element in collector.found]


class _Parser(DefusedXMLParser):
    """Entities of the file itself are unfolded where that cannot grow: flat, few, and in all no more than a file may have.

    Nothing outside the file is ever read. What is beyond is a limit of ours and no fault of the badge: image_entities.
    """

    def __init__(self, raw: bytes, limits: Limits, target: _Collector) -> None:
        super().__init__(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        self.is_incomplete = False
        self._references = raw.count(b"&")  # of any encoding at least as many as there are
        self._most = limits.input_bytes
        self._entities = 0
        self._longest = 0
        self._defaults = 0
        expat: Any = self.parser
        expat.StartDoctypeDeclHandler = self._doctype_started
        expat.AttlistDeclHandler = self._attribute_declared

    def _doctype_started(self, _name: str, system: str | None, public: str | None, _internal: bool) -> None:
        self.is_incomplete = bool(system or public)

    def _attribute_declared(
        self, _element: str, _name: str, _kind: str, default: str | None, _required: bool
    ) -> None:
        self._defaults += len(default or "")
        if self._defaults > _MOST_DEFAULTS:
            raise BadgeProblem(
                "image_entities", _("Default values have more than %(most)s characters.", most=_MOST_DEFAULTS)
            )

    def defused_entity_decl(self, *declared: Any) -> None:
        name, is_parameter, value = declared[:3]
        if is_parameter or value is None:
            raise BadgeProblem("image_entities", _("The entity %(name)s is outside the file.", name=name))
        if "&" in value or "%" in value:
            raise BadgeProblem("image_entities", _("The entity %(name)s contains entities.", name=name))
        self._entities += 1
        self._longest = max(self._longest, len(value))
        if self._entities > _MOST_ENTITIES or self._longest > _LONGEST_ENTITY:
            raise BadgeProblem("image_entities", _("The entities exceed our limits."))
        if self._references * self._longest > self._most:
            raise BadgeProblem(
                "image_entities",
                _(
                    "Entities with up to %(longest)s characters are used %(number)s times.",
                    longest=self._longest,
                    number=self._references,
                ),
            )

    def defused_unparsed_entity_decl(self, name: str, *_declared: Any) -> None:
        raise BadgeProblem("image_entities", _("The entity %(name)s is outside the file.", name=name))


class _Collector:
    """Keeps the badge elements of an SVG and nothing else, so that a huge drawing costs no tree."""

    def __init__(self, most: int) -> None:
        self.found: list[Element] = []
        self._most = most
        self._open: Element | None = None
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise BadgeProblem("too_large", _("The picture has too many elements."))
        if self._open is not None:
            self._depth += 1
        elif tag in _NAMES:
            self._open, self._depth = Element(tag, attributes), 0
            self._open.text = ""
            self.found.append(self._open)
        return Element(tag)

    def end(self, tag: str) -> Element:
        if self._open is not None:
            if self._depth == 0:
                self._open = None
            else:
                self._depth -= 1
        return Element(tag)

    def data(self, text: str) -> None:
        if self._open is not None and self._depth == 0:
            self._open.text = (self._open.text or "") + text
            if len(self._open.text) > self._most:
                raise _too_long(self._most)

    def close(self) -> Element:
        return Element("svg")

    def comment(self, text: str) -> None:
        """Comments are not part of the badge."""

    def pi(self, target: str, text: str | None = None) -> None:
        """Processing instructions are not part of the badge."""


def _badge(element: Element, limits: Limits) -> Baked:
    form = _NAMES[element.tag]
    body, verify = (element.text or "").strip(), (element.get("verify") or "").strip()
    text = body if body.startswith(("{", "ey")) or not verify else verify
    if form == "ob3" and body and verify:
        raise BadgeProblem("invalid_image", _("The badge is given twice."))
    if not text:
        raise BadgeProblem("not_baked", _("The badge’s element is empty."))
    if len(text.encode("utf-8", "surrogatepass")) > limits.baked_text_bytes:
        raise _too_long(limits.baked_text_bytes)
    return Baked(text, form)


def _too_long(most: int) -> BadgeProblem:
    return BadgeProblem("too_large", _("The badge’s text has more than %(most)s bytes.", most=most))
