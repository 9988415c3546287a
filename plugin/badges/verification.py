"""The entry point: takes bytes in any published form and gives one verdict, never an exception for a bad badge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import DEFAULT_LIMITS, Limits
from plugin.badges.ob2.properties import is_url
from plugin.badges.ob2.verify import verify_document
from plugin.badges.ob3.credential import read_credential
from plugin.badges.ob3.verify import Task, verify_credential
from plugin.badges.proof import jws
from plugin.badges.proof.contexts import VC1, VC2
from plugin.badges.reading import baking
from plugin.badges.reading.documents import Documents, Fetching
from plugin.badges.reading.strict_json import JsonObject, load_object
from plugin.badges.verdict import Inspection, Verdict
from plugin.texts import _


def verify(
    raw: bytes | str,
    *,
    documents: Documents,
    now: datetime,
    recipients: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Verdict:
    """The verdict on one badge: JSON, a compact token, a baked PNG or SVG, or the URL of any of them.

    ``now`` is aware; ``recipients`` are the employee's verified addresses (e-mail, DID, telephone or URL), without
    them the recipient is not compared. Network or content problems are in the verdict; only a programming error or a
    changed context file (Tampered) is raised.
    """
    task = Task(Fetching(documents, limits), now, recipients, limits)
    try:
        text = _text_of(raw, task)
        return _verify_text(text, task)
    except BadgeProblem as problem:
        inspection = Inspection()
        inspection.note("read", problem.code, problem.detail)
        return inspection.result(None)


def _text_of(raw: bytes | str, task: Task, *, fetched: bool = False) -> str:
    """The badge's text, out of a picture and from its address when need be (once)."""
    limits = task.limits
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(data) > limits.input_bytes:
        raise BadgeProblem(
            "too_large",
            _("It has %(size)s bytes; %(most)s are allowed.", size=len(data), most=limits.input_bytes),
        )
    if baking.is_picture(data):
        text = baking.unbake(data, limits).text
    else:
        try:
            text = data.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise BadgeProblem("unreadable", _("It is neither text nor a picture.")) from error
    if len(text) < 4096 and is_url(text):
        if fetched:
            raise BadgeProblem("unreadable", _("The address leads to another address."))
        return _from_address(text, task)
    return text


def _from_address(url: str, task: Task) -> str:
    answer = task.fetching.get(url, missing="hosted_unreachable")
    if answer.status == 410:
        raise BadgeProblem("revoked", _("%(url)s says that the document was removed.", url=url))
    if answer.status != 200:
        raise BadgeProblem(
            "hosted_unreachable", _("%(url)s answers with status %(status)s.", url=url, status=answer.status)
        )
    try:
        text = _text_of(answer.body, task, fetched=True)
    except BadgeProblem as problem:
        if problem.code in ("not_baked", "invalid_image") and _is_page(answer.body):
            raise BadgeProblem(
                "hosted_unreachable", _("%(url)s answers with a page for people.", url=url)
            ) from problem
        raise
    return _with_address(text, url, task.limits)


def _is_page(body: bytes) -> bool:
    return not baking.is_png(body) and b"<svg" not in body[:65_536]


def _with_address(text: str, url: str, limits: Limits) -> str:
    """A hosted document of the first versions does not repeat its address: then the address it came from is its id."""
    if jws.looks_like_jws(text):
        return text
    node = load_object(text, max_bytes=limits.container_bytes, max_depth=limits.depth)
    if _is_credential(node) or any(name in node for name in ("id", "@id", "verify", "verification")):
        return text
    return json.dumps({**node, "id": url})


def _verify_text(text: str, task: Task) -> Verdict:
    limits = task.limits
    if jws.looks_like_jws(text):
        compact = jws.split(text, limits, max_bytes=limits.container_bytes)
        if "vc" in compact.payload or _is_credential(compact.payload):
            return verify_credential(read_credential(text, limits), task)
        return verify_document(compact.payload, task, compact)
    node = load_object(text, max_bytes=limits.container_bytes, max_depth=limits.depth)
    if _is_credential(node):
        return verify_credential(read_credential(text, limits), task)
    return verify_document(node, task)


def _is_credential(node: JsonObject) -> bool:
    """True for what presents itself as a verifiable credential, well-formed or not."""
    contexts = node.get("@context")
    if any(item in (VC1, VC2) for item in (contexts if isinstance(contexts, list) else [contexts])):
        return True
    kinds = node.get("type")
    return "VerifiableCredential" in (kinds if isinstance(kinds, list) else [kinds])
