"""The caller's side of the canonicalization worker: one process for the whole program, restarted when it is lost."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from plugin.badges.codes import BadgeProblem
from plugin.badges.limits import Budget, Limits
from plugin.badges.ob3.expanded import Node, check_written, index_nodes
from plugin.texts import _, retold

_MAX_ANSWER = 64 * 2**20
_START_SECONDS = 60.0
_LEAST_SECONDS = 0.001


@dataclass(frozen=True)
class Linked:
    """The signed meaning of a document: its expanded root and proof options, and the hashes that signatures cover."""

    root: Node
    proofs: tuple[Node, ...]
    digest: bytes
    proof_digests: tuple[bytes, ...]
    lines: tuple[str, ...]


class Worker:
    """A lazily started worker process. Thread-safe: one job at a time. ``cpu_seconds`` adds up what jobs cost it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self.cpu_seconds = 0.0

    def run(self, job: dict[str, Any], budget: Budget, *, wall_seconds: float) -> dict[str, Any]:
        """The worker's answer; what it cost is taken from ``budget``. Raises BadgeProblem with the worker's code, or worker_unavailable when it gives no answer in time."""
        with self._lock:
            process = self._running()
            try:
                _send(process, json.dumps(job).encode())
                answer = _receive(process, time.monotonic() + wall_seconds)
            except (OSError, EOFError, TimeoutError) as error:
                self._stop()
                raise BadgeProblem("worker_unavailable", type(error).__name__) from error
        cost = answer.get("cpu", 0.0)
        self.cpu_seconds += cost
        budget.spend(cost)
        if "problem" in answer:
            raise BadgeProblem(answer["problem"], retold(answer.get("detail", "")))
        return answer

    def start(self) -> None:
        """Starts the process now, so that the first badge does not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self._stop()
        self._owner = os.getpid()
        try:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "plugin.badges.proof.canonical_worker",
                ],  # our own module, no outside text
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
            _receive(process, time.monotonic() + _START_SECONDS)
        except (OSError, EOFError, TimeoutError) as error:
            raise BadgeProblem("worker_unavailable", type(error).__name__) from error
        self._process = process
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        if self._owner != os.getpid():  # after a fork the worker stays the parent's
            return
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    rest = memoryview(struct.pack(">I", len(data)) + data)
    while rest:
        rest = rest[process.stdin.write(rest) or 0 :]


def _receive(process: subprocess.Popen[bytes], deadline: float) -> dict[str, Any]:
    size = struct.unpack(">I", _read(process, 4, deadline))[0]
    if size > _MAX_ANSWER:
        raise EOFError
    answer: dict[str, Any] = json.loads(_read(process, size, deadline))
    return answer


def _read(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert process.stdout is not None
    parts = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(parts) < size:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = process.stdout.read(size - len(parts))
            if not part:
                raise EOFError
            parts += part
    return bytes(parts)


WORKER = Worker()
atexit.register(WORKER.close)


def link(
    document: dict[str, Any],
    proofs: list[dict[str, Any]],
    *,
    limits: Limits,
    budget: Budget,
    canonical: bool = True,
    lines: bool = False,
) -> Linked:
    """Expands ``document`` (without its proof) and each proof without its value, and hashes their canonical forms.

    Uses at most what is left of ``budget``. Raises BadgeProblem, work_limit when that is not enough.
    """
    check_written(document)
    check_written(proofs)
    if budget.seconds < _LEAST_SECONDS:
        raise BadgeProblem("work_limit", _("The limit of computing time was reached."))
    job = {
        "document": document,
        "proofs": proofs,
        "canonical": canonical,
        "lines": lines,
        "blank_nodes": limits.blank_nodes,
        "cpu": budget.seconds,
    }
    answer = WORKER.run(job, budget, wall_seconds=limits.wall_seconds)
    roots = [_root(part) for part in [answer["document"], *answer["proofs"]]]
    return Linked(
        roots[0],
        tuple(roots[1:]),
        bytes.fromhex(answer.get("hash", "")),
        tuple(bytes.fromhex(item) for item in answer.get("proof_hashes", [])),
        tuple(answer.get("lines", [])),
    )


def _root(expanded: list[Any]) -> Node:
    if len(expanded) != 1 or "@graph" in expanded[0]:
        raise BadgeProblem("invalid_jsonld", _("There must be exactly one object at the top."))
    known = index_nodes(expanded[0])
    return Node(known.get(expanded[0].get("@id", ""), expanded[0]), known)
