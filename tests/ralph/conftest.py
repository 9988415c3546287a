"""Starts a real learning record store: Ralph, from PyPI, in an environment of its own (make .venv-ralph/.done)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
RALPH = HERE.parents[1] / ".venv-ralph" / "bin"
WRITER, READER = ("lms", "writer-word"), ("plugin", "reader-word")


@dataclass(frozen=True)
class Lrs:
    """A running store. ``post`` sends statements in batches, as a learning platform would."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/xAPI"

    def post(self, statements: Sequence[dict[str, Any]]) -> None:
        from base64 import b64encode

        word = b64encode(":".join(WRITER).encode()).decode()
        headers = {
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
            "Authorization": f"Basic {word}",
        }
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            for start in range(0, len(statements), 500):
                connection.request(
                    "POST", "/xAPI/statements", json.dumps(statements[start : start + 500]), headers
                )
                answer = connection.getresponse()
                said = answer.read()
                assert answer.status in (200, 204), said[:500]


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Port of the one store of this session, and the folder of its statements."""
    if not (RALPH / "uvicorn").exists():
        if os.environ.get("CI"):
            pytest.fail("Ralph is missing: make .venv-ralph/.done")
        pytest.skip("Ralph is not installed: make .venv-ralph/.done")
    folder = tmp_path_factory.mktemp("ralph")
    statements, port = folder / "statements", free_port()
    statements.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "RALPH_APP_DIR": str(folder),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(statements),
    }
    for (name, word), scope in ((WRITER, "all"), (READER, "statements/read")):
        account = ["-u", name, "-p", word, "-s", scope, "-M", f"mailto:{name}@example.com", "-w"]
        subprocess.run([RALPH / "ralph", "auth", *account], env=environment, check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        command = [
            RALPH / "uvicorn",
            "--app-dir",
            HERE,
            "lrs_app:app",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield port, statements
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def lrs(server: tuple[int, Path]) -> Lrs:
    """The store, emptied."""
    port, statements = server
    for file in statements.iterdir():
        file.unlink()
    return Lrs(port)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
                connection.request("GET", "/__heartbeat__")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("Ralph did not start: " + log.read_text()[-2000:])
