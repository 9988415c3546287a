"""Asks whether an issuer took a credential back, and never takes a broken list for a clean one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Limits
from plugin.badges.ob3 import vocabulary
from plugin.badges.ob3.credential import Credential, Proven, check_form, prove, read_credential
from plugin.badges.ob3.expanded import Node
from plugin.badges.proof.methods import Resolver
from plugin.badges.proof.multibase import base64url_decode
from plugin.badges.reading.baking import inflate
from plugin.badges.reading.strict_json import load_object
from plugin.badges.reading.times import parse_time
from plugin.badges.verdict import Inspection
from plugin.texts import _

#: the specification asks issuers for 131,072 so that a fetch tells little; the lists in use have 100,000
MIN_LIST_BITS = 100_000
_CODES = {"revocation": "revoked", "suspension": "suspended"}
_MAX_ENTRIES = 4
_STANDARD_TO_URL = str.maketrans("+/", "-_")


def check_status(root: Node, issuer: str, resolver: Resolver) -> list[BadgeProblem]:
    """One problem per status entry that is set or cannot be asked; empty when the credential stands."""
    entries = root.nodes(vocabulary.STATUS)
    if len(entries) > _MAX_ENTRIES:
        return [BadgeProblem("status_unsupported", _("Entries: %(number)s.", number=len(entries)))]
    problems: list[BadgeProblem] = []
    for entry in entries:
        try:
            _check_entry(entry, root, issuer, resolver)
        except BadgeProblem as problem:
            problems.append(problem)
    return problems


def _check_entry(entry: Node, root: Node, issuer: str, resolver: Resolver) -> None:
    checks: dict[str, Callable[[], None]] = {
        vocabulary.BITSTRING_ENTRY: lambda: _check_bit(entry, vocabulary.BITSTRING_LIST, resolver),
        vocabulary.LIST2021_ENTRY: lambda: _check_bit(entry, vocabulary.LIST2021, resolver),
        vocabulary.REVOCATION_LIST_1EDTECH: lambda: _check_1edtech(entry, root.id, issuer, resolver),
    }
    known = [check for kind, check in checks.items() if kind in entry.types]
    if len(known) != 1:
        raise BadgeProblem("status_unsupported", ", ".join(sorted(entry.types))[:120])
    known[0]()


def _check_bit(entry: Node, kinds: tuple[str, str], resolver: Resolver) -> None:
    purposes, indexes = entry.texts(vocabulary.STATUS_PURPOSE), entry.texts(vocabulary.STATUS_INDEX)
    lists = entry.texts(vocabulary.STATUS_CREDENTIAL)
    if not (len(purposes) == len(indexes) == len(lists) == 1):
        raise BadgeProblem("status_list_error", _("The entry must name exactly one purpose, index and list."))
    if purposes[0] not in _CODES:
        return
    index = indexes[0]
    if not (index.isascii() and index.isdigit() and len(index) < 12):
        raise BadgeProblem("status_list_error", _("The index is “%(index)s”.", index=index[:40]))
    if entry.texts(vocabulary.STATUS_SIZE) not in ([], ["1"]):
        raise BadgeProblem("status_unsupported", _("The status has more than one bit."))
    proven = _open_list(lists[0], resolver)
    bits = _bits(proven.root, kinds, purposes[0], resolver.limits)
    if int(index) >= len(bits) * 8:
        raise BadgeProblem(
            "status_list_error", _("The index %(index)s is beyond the end of the list.", index=index)
        )
    byte, bit = divmod(int(index), 8)
    if bits[byte] & (0x80 >> bit):
        raise BadgeProblem(_CODES[purposes[0]])


def _open_list(url: str, resolver: Resolver) -> Proven:
    """The list's own credential, its proof and dates checked. Raises the status_list codes."""
    raw = resolver.fetching.body(url, missing="status_list_not_found")
    most = resolver.limits.fetched_bytes
    limits = replace(resolver.limits, document_bytes=most, container_bytes=most)
    try:
        credential = read_credential(raw, limits)
        check_form(credential)
        proven = prove(credential, Resolver(resolver.fetching, limits, resolver.now))
    except BadgeProblem as problem:
        raise BadgeProblem("status_list_signature_error", problem.detail) from problem
    _check_list_dates(proven, resolver.now)
    return proven


def _check_list_dates(proven: Proven, now: datetime) -> None:
    try:
        starts = [parse_time(text) for text in proven.root.texts(vocabulary.VALID_FROM)]
        ends = [parse_time(text) for text in proven.root.texts(vocabulary.VALID_UNTIL)]
    except BadgeProblem as problem:
        raise BadgeProblem("status_list_error", problem.detail) from problem
    if any(start > now for start in starts):
        raise BadgeProblem("status_list_not_yet_valid")
    if any(end < now for end in [*ends, *([proven.expires] if proven.expires else [])]):
        raise BadgeProblem("status_list_expired")


def _bits(root: Node, kinds: tuple[str, str], purpose: str, limits: Limits) -> bytes:
    subjects = root.nodes(vocabulary.SUBJECT)
    if kinds[0] not in root.types or len(subjects) != 1 or kinds[1] not in subjects[0].types:
        raise BadgeProblem("status_list_type_error")
    if purpose not in subjects[0].texts(vocabulary.STATUS_PURPOSE):
        raise BadgeProblem("status_list_error", _("The list is for another purpose."))
    encoded = subjects[0].texts(vocabulary.ENCODED_LIST)
    if len(encoded) != 1:
        raise BadgeProblem("status_list_error", _("There must be exactly one list."))
    bits = decode_list(encoded[0], limits)
    if len(bits) * 8 < MIN_LIST_BITS:
        raise BadgeProblem("status_list_error", _("The list has %(number)s bits.", number=len(bits) * 8))
    return bits


def decode_list(text: str, limits: Limits) -> bytes:
    """The bytes of an encodedList, with or without its multibase ``u``. Raises BadgeProblem status_list_error.

    A gzip stream starts with 1f 8b, in base64url ``H4s``, so the prefix is never ambiguous.
    """
    text = text.removeprefix("u")
    text = text.translate(_STANDARD_TO_URL)  # StatusList2021 left the alphabet open
    data = base64url_decode(text, code="status_list_error")
    return inflate(
        data, limit=limits.status_list_bytes, gzip=True, code="status_list_error", beyond="status_list_error"
    )


def _check_1edtech(entry: Node, credential_id: str, issuer: str, resolver: Resolver) -> None:
    """The unsigned list of 1EdTech: its transport and its stated issuer are all there is to check."""
    if not entry.id:
        raise BadgeProblem("status_list_error", _("The address is missing."))
    raw = resolver.fetching.body(entry.id, missing="status_list_not_found")
    try:
        document = load_object(raw, max_bytes=resolver.limits.fetched_bytes, max_depth=resolver.limits.depth)
    except BadgeProblem as problem:
        raise BadgeProblem("status_list_error", problem.detail) from problem
    stated = document.get("issuer", issuer)
    if (stated.get("id") if isinstance(stated, dict) else stated) != issuer:
        raise BadgeProblem("status_list_error", _("The list is another issuer’s."))
    revoked = document.get("revokedCredentials", document.get("revokedCredential"))
    if not isinstance(revoked, list):
        raise BadgeProblem("status_list_error", _("It contains no list of revoked credentials."))
    for item in revoked:
        name, set_back = (
            (item.get("id"), item.get("revoked") is False) if isinstance(item, dict) else (item, False)
        )
        if name == credential_id and not set_back:
            raise BadgeProblem("revoked")


def refreshed(inspection: Inspection, proven: Proven, resolver: Resolver) -> tuple[Credential, Proven] | None:
    """The newer copy, or None when there is none to be had; a copy with another id, issuer or key binding is ignored."""
    services = [
        node
        for node in proven.root.nodes(vocabulary.REFRESH)
        if vocabulary.REFRESH_TYPE in node.types and node.id
    ]
    if not services:
        return None
    try:
        raw = resolver.fetching.body(services[0].id, missing="refresh_unavailable")
        credential = read_credential(raw, resolver.limits)
        check_form(credential)
        newer = prove(credential, resolver)
    except BadgeProblem as problem:
        inspection.note("refresh", "refresh_unavailable", problem.detail)
        return None
    if (newer.root.id, newer.issuer, newer.signer.binding) != (
        proven.root.id,
        proven.issuer,
        proven.signer.binding,
    ):
        inspection.note("refresh", "refresh_unavailable", _("The copy is another badge."))
        return None
    inspection.ok("refresh", _("The issuer's newest copy of the badge was checked."))
    return credential, newer
