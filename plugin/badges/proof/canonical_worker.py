"""Expands and canonicalizes one document after another under a CPU limit, in a process that a hostile document may kill.

The first process loads everything and forks a worker; when a job runs over its CPU time the kernel ends the worker
(SIGPROF), the first process answers ``work_limit`` for it and forks the next one; for one lost otherwise it answers
``worker_unavailable``. Jobs and answers are JSON with a
four-byte length.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import resource
import signal
import struct
import sys
import time
from typing import Any

import pyoxigraph
from pyld import jsonld

from plugin.badges.codes import BadgeProblem
from plugin.badges.ob3.expanded import BASE, SENTINEL, check_expanded
from plugin.badges.proof import contexts
from plugin.texts import _, stored

_MEMORY = 1_500 * 2**20
_WARM = (
    (contexts.VC2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"),
    (contexts.VC1, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"),
    (contexts.VC2, "https://w3id.org/security/suites/ed25519-2020/v1"),
    (contexts.VC1, "https://w3id.org/security/data-integrity/v2"),
)


def _load(url: str, _options: object = None) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": contexts.context(url),
    }


_OPTIONS = {"documentLoader": _load, "base": BASE}


def _expand(document: dict[str, Any], blank_nodes: int) -> list[Any]:
    context = document.get("@context", [])
    guarded = {
        **document,
        "@context": [*(context if isinstance(context, list) else [context]), {"@vocab": SENTINEL}],
    }
    try:
        expanded: list[Any] = jsonld.expand(guarded, _OPTIONS)
    except jsonld.JsonLdError as error:
        raise _cause(error) from error
    except (TypeError, KeyError, AttributeError, ValueError, IndexError) as error:
        # PyLD meets some malformed documents with the exception that Python happens to raise
        raise BadgeProblem("invalid_jsonld", type(error).__name__) from error
    check_expanded(expanded, blank_nodes=blank_nodes)
    return expanded


def _cause(error: BaseException) -> BadgeProblem:
    """The loader's own problem when PyLD wrapped it, else invalid_jsonld."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, BadgeProblem):
            return BadgeProblem(current.code, current.detail)
        current = getattr(current, "cause", None) or current.__cause__
    return BadgeProblem("invalid_jsonld", str(getattr(error, "code", "") or "JSON-LD error"))


def canonical_lines(expanded: list[Any]) -> list[str]:
    """Sorted canonical N-Quads (RDFC-1.0) of an expanded document."""
    try:
        quads = jsonld.to_rdf(expanded, {**_OPTIONS, "format": "application/n-quads"})
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(input=quads, format=pyoxigraph.RdfFormat.N_QUADS))
    except (jsonld.JsonLdError, SyntaxError, ValueError, TypeError, KeyError) as error:
        raise BadgeProblem("invalid_jsonld", _("It can't be written as RDF.")) from error
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{quad} .\n" for quad in dataset)


def perform(job: dict[str, Any]) -> dict[str, Any]:
    """Expands the document and its proof options; hashes both when ``canonical`` is asked for."""
    blank_nodes = job["blank_nodes"]
    document = _expand(job["document"], blank_nodes)
    proofs = [
        _expand({**proof, "@context": job["document"].get("@context", [])}, blank_nodes)
        for proof in job["proofs"]
    ]
    answer: dict[str, Any] = {"document": document, "proofs": proofs}
    if job["canonical"]:
        answer["hash"] = _hash(document)
        answer["proof_hashes"] = [_hash(proof) for proof in proofs]
    if job["lines"]:
        answer["lines"] = canonical_lines(document)
    return answer


def _hash(expanded: list[Any]) -> str:
    return hashlib.sha256("".join(canonical_lines(expanded)).encode()).hexdigest()


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def _answer(answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(1, data) :]


def _work(started_at: mmap.mmap) -> None:
    """One worker: answers jobs until its input ends (exit 0) or the kernel ends it.

    ``started_at`` is shared with the first process: the worker's CPU clock when its current job began.
    """
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    while True:
        job = json.loads(_read(struct.unpack(">I", _read(4))[0]))
        started = time.process_time()
        started_at[:] = struct.pack(">d", started)
        signal.setitimer(signal.ITIMER_PROF, job["cpu"])
        try:
            answer = perform(job)
        except BadgeProblem as problem:
            answer = {"problem": problem.code, "detail": stored(problem.detail)}
        except RecursionError:
            answer = {"problem": "work_limit", "detail": stored(_("It is nested too deeply."))}
        except MemoryError:
            answer = {"problem": "worker_unavailable", "detail": stored(_("The memory was not enough."))}
        signal.setitimer(signal.ITIMER_PROF, 0)
        answer["cpu"] = time.process_time() - started
        _answer(answer)


def _warm() -> None:
    """Loads the usual contexts before the first fork, so that a badge does not pay for them."""
    for urls in _WARM:
        document = {"@context": list(urls), "id": "urn:x:1", "type": ["VerifiableCredential"]}
        canonical_lines(_expand(document, 10))


def main() -> None:
    _warm()
    _answer({"ready": True})
    started_at = mmap.mmap(-1, 8)
    while True:
        started_at[:] = struct.pack(">d", 0.0)
        child = os.fork()
        if child == 0:
            _work(started_at)
        _other, status, usage = os.wait4(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        if ended == 0:
            sys.exit(0)
        spent = usage.ru_utime + usage.ru_stime - struct.unpack(">d", started_at[:])[0]
        # only the CPU timer accuses the badge; a worker lost in any other way says nothing about it
        code = "work_limit" if ended == -signal.SIGPROF else "worker_unavailable"
        _answer(
            {
                "problem": code,
                "detail": stored(_("The check ended with status %(status)s.", status=ended)),
                "cpu": spent,
            }
        )


if __name__ == "__main__":
    main()
