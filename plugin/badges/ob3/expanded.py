"""Guards and reads the expanded form of a linked document: what was signed is here, not in the JSON as written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob3.vocabulary import EMBEDDED
from plugin.texts import _

#: vocabulary of terms that no context defines, and base of IRIs that are not absolute: both are refused
SENTINEL = "urn:x-undefined:"
BASE = "x-relative://document/"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_ALLOWED_KEYWORDS = frozenset(
    {"@context", "@id", "@type", "@value", "@language", "@direction", "@list", "@set"}
)


def is_absolute_iri(value: object) -> bool:
    return isinstance(value, str) and bool(_ABSOLUTE.match(value))


def check_written(value: Any) -> None:
    """Refuses, before any expansion, what JSON-LD drops silently or what lets a document define its own terms.

    Raises BadgeProblem inline_context, undefined_terms (a keyword or an @-word that would vanish) or invalid_jsonld.
    """
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            for key, inner in item.items():
                if key == "@context":
                    _check_context(inner)
                elif key.startswith("@") and key not in _ALLOWED_KEYWORDS:
                    raise BadgeProblem("undefined_terms", key)
                else:
                    stack.append(inner)


def _check_context(value: Any) -> None:
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, str):
            raise BadgeProblem("inline_context")


def check_expanded(value: Any, *, blank_nodes: int) -> None:
    """Refuses whatever canonicalization would drop or could be made to work for ever on.

    Raises BadgeProblem undefined_terms, invalid_jsonld (labelled blank node, relative IRI, bad language) or too_large.
    """
    anonymous = 0
    for node in _objects(value):
        if "@value" in node:
            _check_value(node)
        else:
            anonymous += _check_node(node)
    if anonymous > blank_nodes:
        raise BadgeProblem(
            "too_large",
            _(
                "It has %(number)s nodes without a name; %(most)s are allowed.",
                number=anonymous,
                most=blank_nodes,
            ),
        )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            yield item
            stack.extend(
                inner for key, inner in item.items() if key not in ("@id", "@type", "@value", "@language")
            )
        elif item is not None:
            raise BadgeProblem("invalid_jsonld", _("A value has no defined meaning."))


def _check_value(node: Mapping[str, Any]) -> None:
    _check_iris(_as_list(node.get("@type")), "datatype")
    language = node.get("@language")
    if language is not None and not (isinstance(language, str) and _LANGUAGE.match(language)):
        raise BadgeProblem("invalid_jsonld", _("A language tag is not valid."))


def _check_node(node: Mapping[str, Any]) -> int:
    if "@id" in node:
        _check_iris([node["@id"]], "identifier")
    _check_iris(_as_list(node.get("@type")), "type")
    _check_iris([key for key in node if not key.startswith("@")], "term")
    return int("@id" not in node and "@list" not in node and "@set" not in node)


def _check_iris(values: list[Any], what: str) -> None:
    for value in values:
        if isinstance(value, str) and value.startswith("_:"):
            raise BadgeProblem("invalid_jsonld", _("A node without a name has a label."))
        if isinstance(value, str) and value.startswith(SENTINEL):
            raise BadgeProblem("undefined_terms", f"{what} {value.removeprefix(SENTINEL)!r}")
        relative = isinstance(value, str) and value.startswith("x-relative:")
        if relative or (value != "@json" and not is_absolute_iri(value)):
            raise BadgeProblem(
                "invalid_jsonld", _("%(what)s “%(value)s” must be an absolute IRI.", what=what, value=value)
            )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def index_nodes(root: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every named node with all that is said about it anywhere in the document.

    Inner graphs and embedded credentials are left out: those are documents of their own, with their own proof.

    The signed form is a graph: a statement may be moved to another place that describes the same node without
    breaking the signature, so reading one place only would let a holder hide it.
    """
    known: dict[str, dict[str, Any]] = {}
    stack: list[Any] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict) and "@graph" not in item:
            if isinstance(item.get("@id"), str):
                _merge(known.setdefault(item["@id"], {"@id": item["@id"]}), item)
            stack.extend(inner for key, inner in item.items() if _is_followed(key))
    return known


def _is_followed(key: str) -> bool:
    return key in ("@list", "@set") or not (key.startswith("@") or key in EMBEDDED)


def _merge(into: dict[str, Any], item: Mapping[str, Any]) -> None:
    for key, value in item.items():
        if key == "@id":
            continue
        values = into.setdefault(key, [])
        values.extend(inner for inner in _as_list(value) if inner not in values)


@dataclass(frozen=True)
class Node:
    """One node of an expanded document. Every accessor takes the accepted spellings of a term.

    ``known`` comes from ``index_nodes``: a named node is read with all that is said about it.
    """

    raw: Mapping[str, Any]
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        value = self.raw.get("@id", "")
        return value if isinstance(value, str) else ""

    @property
    def types(self) -> frozenset[str]:
        return frozenset(item for item in _as_list(self.raw.get("@type")) if isinstance(item, str))

    def values(self, term: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """All value and node objects of the term, each named node once, lists and graphs opened."""
        found: list[Mapping[str, Any]] = []
        names: set[str] = set()
        stack = [item for iri in reversed(term) for item in reversed(_as_list(self.raw.get(iri)))]
        while stack:
            item = stack.pop()
            inner = next((item[key] for key in ("@list", "@set", "@graph") if key in item), None)
            name = item.get("@id")
            if inner is not None and ("@graph" in item or name is None):
                stack.extend(reversed(_as_list(inner)))
            elif name not in names:
                found.append(self.known.get(name, item) if name else item)
                names |= {name} - {None}
        return found

    def nodes(self, term: tuple[str, ...]) -> list[Node]:
        return [Node(item, self.known) for item in self.values(term) if "@value" not in item]

    def texts(self, term: tuple[str, ...]) -> list[str]:
        """Literal values as text; an identifier counts as the text that it is."""
        return [_text(item) for item in self.values(term) if "@value" in item or "@id" in item]

    def text(self, term: tuple[str, ...]) -> str:
        return next(iter(self.texts(term)), "")

    def ids(self, term: tuple[str, ...]) -> list[str]:
        return [item["@id"] for item in self.values(term) if "@id" in item]


def _text(item: Mapping[str, Any]) -> str:
    value = item.get("@value", item.get("@id", ""))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
