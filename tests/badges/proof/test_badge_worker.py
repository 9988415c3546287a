"""The bundle of contexts and the worker process that canonicalizes."""

from __future__ import annotations

import hashlib
import os
import signal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from plugin.badges.codes import CODES, BadgeProblem
from plugin.badges.limits import Budget, Limits
from plugin.badges.proof import contexts
from plugin.badges.proof.canonical import Worker, link
from plugin.badges.proof.canonical_worker import canonical_lines, perform
from plugin.domain import BadgeVerdict
from plugin.errors import Tampered
from tests.badges.issuing import OB3, VC2, Issuer


def test_every_bundled_context_is_the_indexed_one() -> None:
    folder = resources.files("plugin.badges").joinpath("contexts")
    for url, entry in contexts.index().items():
        raw = folder.joinpath(entry["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == entry["sha256"], url
        assert "@context" in contexts.context(url)


def test_context_file_that_was_changed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {VC2: {**contexts.index()[VC2], "sha256": "0" * 64}}
    contexts.context.cache_clear()
    monkeypatch.setattr(contexts, "index", lambda: entries)
    with pytest.raises(Tampered):
        contexts.context(VC2)
    contexts.context.cache_clear()


def test_every_code_has_a_sentence_for_a_person() -> None:
    for name, code in CODES.items():
        assert name == name.lower()
        assert code.sentence.endswith(".")
        assert code.outcome in BadgeVerdict


def job(document: Any, cpu: float = 1.0) -> dict[str, Any]:
    return {
        "document": document,
        "proofs": [],
        "canonical": True,
        "lines": True,
        "blank_nodes": 50,
        "cpu": cpu,
    }


def test_canonical_form_names_blank_nodes_independently_of_their_order() -> None:
    friends = [{"https://example.org/n": str(number)} for number in range(4)]
    document = {"@context": [VC2, OB3], "id": "urn:x:1", "type": ["VerifiableCredential"]}
    forms = [
        perform(job({**document, "https://example.org/knows": order}))["lines"]
        for order in (friends, friends[::-1])
    ]
    assert forms[0] == forms[1]
    assert "_:c14n3" in "".join(forms[0])


def test_term_in_short_and_full_spelling_has_the_same_canonical_form() -> None:
    base = {"@context": [VC2, OB3], "id": "urn:x:1", "type": ["VerifiableCredential"]}
    short = perform(job({**base, "name": "x"}))
    full = perform(job({**base, "https://schema.org/name": "x"}))
    assert short["hash"] == full["hash"]


def test_canonical_lines_are_sorted_and_terminated() -> None:
    lines = canonical_lines([{"@id": "urn:x:1", "https://example.org/b": [{"@value": 'ä\n"\\'}]}])
    assert lines == ['<urn:x:1> <https://example.org/b> "ä\\n\\"\\\\" .\n']


def test_worker_that_was_killed_is_started_again() -> None:
    worker = Worker()
    try:
        document = {"@context": [VC2], "id": "urn:x:1", "type": ["VerifiableCredential"]}
        worker.run(job(document), Budget(1.0), wall_seconds=10.0)
        process = worker._process
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        worker.run(job(document), Budget(1.0), wall_seconds=10.0)
    finally:
        worker.close()


def test_worker_that_is_lost_does_not_accuse_the_badge() -> None:
    worker = Worker()
    try:
        worker.run(job({"@context": [VC2], "id": "urn:x:1"}), Budget(1.0), wall_seconds=10.0)
        process = worker._process
        assert process is not None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        with pytest.raises(BadgeProblem) as problem:
            worker.run(job({"@context": [VC2], "id": "urn:x:1"}), Budget(1.0), wall_seconds=10.0)
        assert problem.value.code == "worker_unavailable"
        assert problem.value.outcome is BadgeVerdict.UNDETERMINED
    finally:
        worker.close()


def test_spent_budget_does_no_work() -> None:
    issuer = Issuer()
    with pytest.raises(BadgeProblem) as problem:
        link(issuer.badge(), [], limits=Limits(), budget=Budget(0.0))
    assert problem.value.code == "work_limit"
