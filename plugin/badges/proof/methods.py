"""Finds the key that a proof names and says what ties that key to the issuer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.proof import keys
from plugin.badges.proof.keys import PublicKey
from plugin.badges.proof.multibase import base58_decode, base64url_decode
from plugin.badges.reading.documents import Fetching
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.badges.reading.times import parse_time
from plugin.texts import _

DID, HTTPS, SELF_ASSERTED = "did", "https", "self_asserted"
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+\Z")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?\Z")


@dataclass(frozen=True)
class Signer:
    """A key, the controller that answers for it and the binding between them: did, https or self_asserted.

    An empty controller means the site that served a bare JWK. ``partial`` is set when the proof lets its holder leave
    out the end date or the status.
    """

    key: PublicKey
    controller: str
    binding: str
    partial: bool = False


@dataclass(frozen=True)
class Resolver:
    """What resolving needs: other documents, bounds and the moment to judge revoked keys at."""

    fetching: Fetching
    limits: Limits
    now: datetime

    def resolve(self, method: str) -> Signer:
        """The signer behind a verification method, kid or key URL.

        Raises BadgeProblem: invalid_key, unsupported_key, key_not_authorised, did_web_unresolved or
        http_error_with_signature_check.
        """
        base, _other, fragment = method.partition("#")
        if base.startswith("did:"):
            if not _DID.match(base):
                raise BadgeProblem("invalid_key", _("The DID is malformed."))
            return self._did(base, fragment)
        if base.startswith(("https://", "http://")):
            return self._web(method, base, fragment)
        embedded = _embedded_key(fragment)
        if embedded is not None and base.startswith("urn:"):
            return Signer(embedded, base, SELF_ASSERTED)
        raise BadgeProblem("invalid_key", _("We can’t find a key at “%(method)s”.", method=method[:80]))

    def _did(self, did: str, fragment: str) -> Signer:
        name, _other, rest = did.removeprefix("did:").partition(":")
        if name == "key":
            if fragment not in ("", rest):
                raise BadgeProblem("invalid_key", _("The fragment of the did:key is not valid."))
            return Signer(keys.from_multikey(rest), did, DID)
        if name == "jwk":
            raw = base64url_decode(rest, code="invalid_key")
            return Signer(keys.from_jwk(load_object(raw, max_bytes=8192)), did, DID)
        if name == "web":
            return self._did_web(did, fragment)
        raise BadgeProblem("unsupported_key", f"did:{name}")

    def _did_web(self, did: str, fragment: str) -> Signer:
        method = f"{did}#{fragment}" if fragment else ""
        return Signer(self._listed(self._did_document(did), did, method), did, DID)

    def _did_document(self, did: str) -> JsonObject:
        document = self._fetched_object(did_web_url(did), "did_web_unresolved")
        if document.get("id") != did:
            raise BadgeProblem("key_not_authorised", _("The DID document belongs to another identifier."))
        return document

    def _web(self, method: str, url: str, fragment: str) -> Signer:
        """A key URL. A multikey in the fragment counts only as self-asserted unless the site lists it."""
        embedded = _embedded_key(fragment)
        if embedded is None:
            document = self._key_document(url)
            return self._from_site(document, method, url)
        try:
            document = self._key_document(url)
        except BadgeProblem as problem:
            if problem.code != "http_error_with_signature_check":
                raise
            return Signer(embedded, url, SELF_ASSERTED)
        if not (_methods(document, "assertionMethod") or _methods(document, "verificationMethod")):
            return Signer(embedded, url, SELF_ASSERTED)
        return self._from_site(document, method, url)

    def _key_document(self, url: str) -> JsonObject:
        return self._fetched_object(url, "http_error_with_signature_check")

    def _fetched_object(self, url: str, missing: str) -> JsonObject:
        """A page for people at the address says nothing about keys, so it counts as no answer."""
        raw = self.fetching.body(url, missing=missing)
        try:
            return load_object(raw, max_bytes=self.limits.document_bytes, max_depth=self.limits.depth)
        except BadgeProblem as problem:
            raise BadgeProblem(missing, problem.detail) from problem

    def _from_site(self, document: JsonObject, method: str, url: str) -> Signer:
        if isinstance(document.get("keys"), list):
            return Signer(_from_set(document["keys"], method), "", HTTPS)
        if "kty" in document:
            return Signer(keys.from_jwk(document), "", HTTPS)
        if "publicKeyMultibase" in document or "publicKeyJwk" in document:
            controller = document.get("controller", url)
            if not isinstance(controller, str):
                raise BadgeProblem("invalid_key", _("The controller is not valid."))
            return Signer(self._method_key(document), controller, HTTPS)
        controller = document.get("id")
        if controller not in (url, None):
            raise BadgeProblem("key_not_authorised", _("The key’s document belongs to another key."))
        return Signer(self._listed(document, url, method), url, HTTPS)

    def owns(self, did: str, key: PublicKey) -> bool:
        """Whether the DID allows ``key`` for assertions, for tokens that bring a key and name none."""
        if not did.startswith("did:web:"):
            return self._did(did, "").key.thumbprint == key.thumbprint
        document = self._did_document(did)
        allowed = self._allowed(document, did).values()
        return any(self._method_key(entry).thumbprint == key.thumbprint for entry in allowed)

    def _listed(self, document: JsonObject, controller: str, method: str) -> PublicKey:
        """The key that the controller's document allows for assertions. Raises key_not_authorised."""
        allowed = self._allowed(document, controller)
        if not method and len(allowed) == 1:
            method = next(iter(allowed))
        if method not in allowed:
            raise BadgeProblem("key_not_authorised", method)
        return self._method_key(allowed[method])

    def _allowed(self, document: JsonObject, controller: str) -> dict[str, Mapping[str, Any]]:
        """Assertion methods by absolute name, those of another controller left out."""
        known = {
            _absolute(entry.get("id"), controller): entry
            for entry in _methods(document, "verificationMethod")
        }
        allowed: dict[str, Mapping[str, Any]] = {}
        for entry in _entries(document, "assertionMethod"):
            if isinstance(entry, str):
                name = _absolute(entry, controller)
                if name in known:
                    allowed[name] = known[name]
            elif isinstance(entry, dict):
                allowed[_absolute(entry.get("id"), controller)] = entry
        return {
            name: entry
            for name, entry in allowed.items()
            if entry.get("controller", controller) == controller
        }

    def _method_key(self, entry: Mapping[str, Any]) -> PublicKey:
        for name in ("revoked", "expires"):
            if name in entry and parse_time(entry[name]) <= self.now:
                raise BadgeProblem(
                    "key_not_authorised", _("The key’s document has the field %(name)s.", name=name)
                )
        if isinstance(entry.get("publicKeyMultibase"), str):
            return keys.from_multikey(entry["publicKeyMultibase"])
        if isinstance(entry.get("publicKeyJwk"), dict):
            return keys.from_jwk(entry["publicKeyJwk"])
        if isinstance(entry.get("publicKeyBase58"), str):
            return keys.from_raw("ed25519", base58_decode(entry["publicKeyBase58"]))
        raise BadgeProblem("unsupported_key", _("The form of the key is unknown."))


def did_web_url(did: str) -> str:
    """https address of a did:web document. Raises invalid_key for a name that is no host or a path that climbs."""
    host, *path = did.removeprefix("did:web:").split(":")
    host = unquote(host)
    parts = [unquote(part) for part in path]
    if not _HOST.match(host) or any(part in ("", ".", "..") or set(part) & set("/?#@\\ ") for part in parts):
        raise BadgeProblem("invalid_key", _("The did:web is malformed."))
    return f"https://{host}/{'/'.join(path)}/did.json" if path else f"https://{host}/.well-known/did.json"


def _embedded_key(fragment: str) -> PublicKey | None:
    """A fragment in multikey form. Raises invalid_key when it starts like one and is none."""
    if not fragment.startswith(("z6Mk", "zDn", "z82")):
        return None
    try:
        return keys.from_multikey(fragment)
    except BadgeProblem as problem:
        raise BadgeProblem("invalid_key", problem.detail) from problem


def _from_set(entries: list[Any], method: str) -> PublicKey:
    kid = method.partition("#")[2] or method
    for entry in entries[:50]:
        if isinstance(entry, dict) and entry.get("kid") in (kid, method):
            return keys.from_jwk(entry)
    raise BadgeProblem("key_not_authorised", kid)


def _entries(document: JsonObject, name: str) -> list[Any]:
    value = document.get(name, [])
    return value[:50] if isinstance(value, list) else [value]


def _methods(document: JsonObject, name: str) -> list[dict[str, Any]]:
    return [entry for entry in _entries(document, name) if isinstance(entry, dict)]


def _absolute(name: object, controller: str) -> str:
    text = name if isinstance(name, str) else ""
    return controller + text if text.startswith("#") else text
