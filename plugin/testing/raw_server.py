"""Raw loopback servers that misbehave on purpose; each handler gets the accepted socket after the request's head was read."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Seen:
    """Where the server is and what it was asked."""

    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Handler = Callable[[socket.socket, str], None]


@contextlib.contextmanager
def raw_server(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """Answers each connection on 127.0.0.1 in a thread of its own until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen = Seen(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    stop = threading.Event()

    def talk(peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            peer.settimeout(10)
            sock = context.wrap_socket(peer, server_side=True) if context else peer
            with sock:
                while not stop.is_set():
                    head = _head(sock)
                    if not head:
                        return
                    seen.heads.append(head)
                    handler(sock, head)
                    if "keep-alive" not in head.lower():
                        return

    def accept() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                peer, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(peer,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield seen
    finally:
        stop.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(2)


def _head(sock: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65_536)
        if not chunk:
            return ""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < wanted:
        body += sock.recv(65_536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def answer(status: int, body: bytes = b"{}", **headers: str) -> bytes:
    """A complete answer, after which the server closes unless told otherwise; underscores in header names become hyphens."""
    headers = {"Connection": "close"} | headers
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def replies(*answers: bytes) -> Handler:
    """Gives the answers one after the other, the last one again and again."""
    left = list(answers)

    def handler(sock: socket.socket, _head: str) -> None:
        sock.sendall(left.pop(0) if len(left) > 1 else left[0])

    return handler
