"""Gets Open Badges 2 documents from where they say they live, and decides whether an address is the issuer's to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob2.legacy import class_of, is_old, normalise, upgrade
from plugin.badges.ob2.properties import is_url
from plugin.badges.reading.addresses import split_address
from plugin.badges.reading.documents import Fetching
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.domain.web_addresses import (
    authority_of,
    normal_address,
    origin_of,
    same_address,
    same_host,
    same_origin,
)
from plugin.texts import _


@dataclass(frozen=True)
class Loaded:
    """A document in its 2.0 shape and the address that it is known by: where it was found, not what it claims."""

    node: JsonObject
    url: str
    old: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return origin_of(self.url)


@dataclass(frozen=True)
class Host:
    """Loads documents for one verification."""

    fetching: Fetching
    limits: Limits
    loading: list[str] = field(default_factory=list)

    def load(self, url: str, *, missing: str, kind: str) -> Loaded:
        """The document of class ``kind`` that lives at ``url``.

        A document that names another address is fetched again from there; only when nothing answers and it is the
        same site, the address where it was found stands for it. Raises BadgeProblem: ``missing``, revoked (410),
        hosted_id_mismatch, invalid_structure (another class) and the codes of reading.
        """
        found = self._fetch(url, missing)
        declared = found.node.get("id")
        if not isinstance(declared, str) or not is_url(declared) or same_address(declared, url):
            remarks = ("issuer_not_web",) if isinstance(declared, str) and not is_url(declared) else ()
            return self._of_kind(found, kind, remarks if kind == "Profile" else ())
        try:
            again = self._fetch(declared, missing)
        except BadgeProblem as problem:
            if problem.code != missing or not same_host(url, declared):
                raise
            return self._of_kind(found, kind, ("redirected_id",))
        named = again.node.get("id")
        if not isinstance(named, str) or not same_address(named, declared):
            raise BadgeProblem(
                "hosted_id_mismatch",
                _(
                    "“%(address)s” gives itself the identifier “%(id)s”.",
                    address=declared[:100],
                    id=str(again.node.get("id"))[:100],
                ),
            )
        return self._of_kind(again, kind, ("redirected_id",))

    def _fetch(self, url: str, missing: str) -> Loaded:
        if not is_url(url):
            raise BadgeProblem("invalid_structure", _("“%(url)s” must be a web address.", url=url[:80]))
        answer = self.fetching.get(url, missing=missing)
        if answer.status == 410:
            raise BadgeProblem("revoked", _("%(url)s says that the document was removed.", url=url))
        if answer.status != 200:
            raise BadgeProblem(
                missing, _("%(url)s answers with status %(status)s.", url=url, status=answer.status)
            )
        try:
            node = load_object(
                answer.body, max_bytes=self.limits.container_bytes, max_depth=self.limits.depth
            )
        except BadgeProblem as problem:
            if problem.code != "unreadable":
                raise
            # a page for people (maintenance, sign-in) says nothing about the badge
            raise BadgeProblem(missing, _("%(url)s does not answer with JSON.", url=url)) from problem
        return _prepared(node, url)

    @staticmethod
    def _of_kind(found: Loaded, kind: str, remarks: tuple[str, ...]) -> Loaded:
        if found.node.get("revoked") is not True and class_of(found.node) != kind:
            raise BadgeProblem(
                "invalid_structure", _("%(url)s contains no %(kind)s.", url=found.url, kind=kind)
            )
        return Loaded(found.node, found.url, found.old, remarks)

    def part(self, value: Any, *, kind: str, trusted: str) -> Loaded:
        """A BadgeClass or Profile given as address or object.

        An object counts as given only when it has no web address of its own or one at the ``trusted`` origin;
        otherwise it is fetched from its address, because anybody can embed somebody else's name.
        """
        if isinstance(value, str):
            return self.load(value, missing="document_unreachable", kind=kind)
        if not isinstance(value, dict):
            raise BadgeProblem("invalid_structure", _("%(field)s is missing.", field=kind))
        identifier = value.get("id")
        if isinstance(identifier, str) and is_url(identifier) and not same_origin(identifier, trusted):
            return self.load(identifier, missing="document_unreachable", kind=kind)
        known_by = identifier if isinstance(identifier, str) and is_url(identifier) else trusted
        return self._of_kind(Loaded(value, known_by, is_old(value)), kind, ())


def _prepared(node: JsonObject, url: str) -> Loaded:
    normal = normalise(node)
    return Loaded(upgrade(normal), url, is_old(normal))


def prepared_input(node: JsonObject) -> Loaded:
    """A document as it was handed in; its address is only a claim."""
    loaded = _prepared(node, "")
    identifier = loaded.node.get("id")
    return Loaded(loaded.node, identifier if isinstance(identifier, str) else "", loaded.old)


def check_scope(assertion_url: str, issuer: Loaded) -> None:
    """Whether the issuer's policy covers the address of a hosted assertion. Raises hosted_mismatch.

    ``startsWith`` (any) and ``allowedOrigins`` (authorities) both bind when stated; the default is the authority of
    the issuer's own address.
    """
    policy = issuer.node.get("verification")
    policy = policy if isinstance(policy, dict) else {}
    starts = _texts(policy.get("startsWith"))
    if starts and not any(_starts_with(assertion_url, start) for start in starts):
        raise BadgeProblem(
            "hosted_mismatch", _("The address begins with none of the beginnings that the issuer allows.")
        )
    origins = _texts(policy.get("allowedOrigins")) or [authority_of(issuer.url)]
    authority = authority_of(assertion_url)
    scheme = split_address(assertion_url).scheme
    if authority not in {authority_of(f"{scheme}://{origin}") for origin in origins}:
        raise BadgeProblem(
            "hosted_mismatch",
            _(
                "“%(host)s” is not one of the hosts that the issuer allows: %(hosts)s.",
                host=authority[:100],
                hosts=", ".join(origins)[:100],
            ),
        )


def _starts_with(url: str, start: str) -> bool:
    """Textual prefix with at least a whole authority, so that ``https://good.org`` does not allow ``good.org.evil``."""
    beginning = normal_address(start) if split_address(start).path else origin_of(start)
    if not is_url(start) or not normal_address(url).startswith(beginning):
        return False
    climbs = ".." in unquote(split_address(url).path).split("/")
    return same_host(start, url) and not climbs


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]
