"""A real SFTP server on loopback, of another make than our client, with what servers and those between do wrong."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "raise-advisor", "correct horse battery"


@dataclass
class Server:
    """``root`` is what the account sees. ``strange`` are names that the server lists besides, ``sizes`` the sizes that it claims;
    ``on_read`` is called before each piece of a file that it sends."""

    root: Path
    host_key: str = ""
    port: int = 0
    strange: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    denied: bool = False
    on_read: Callable[[str, int], None] = lambda _name, _offset: None
    sign_ins: list[str] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list, repr=False)
    reads: list[str] = field(default_factory=list)

    def put(self, name: str, text: str | bytes, at: int = 1_780_000_000) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (at, at))
        return path

    def settings(self, **changed: Any) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "username": USER,
            "password": PASSWORD,
            "host_key": self.host_key,
            "networks": ["127.0.0.0/8"],
            **changed,
        }


def _files(server: Server) -> type[asyncssh.SFTPServer]:
    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=os.fsencode(server.root))

        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            if server.denied:
                raise asyncssh.SFTPPermissionDenied("no")
            async for entry in super().scandir(path):
                yield self._claimed(entry)
            for name in server.strange:
                attrs = asyncssh.SFTPAttrs(
                    permissions=0o100644, size=20, mtime=1_790_000_000, atime=1_790_000_000
                )
                yield asyncssh.SFTPName(os.fsencode(name), b"", attrs)

        def _claimed(self, entry: asyncssh.SFTPName) -> asyncssh.SFTPName:
            size = server.sizes.get(os.fsdecode(entry.filename))
            if size is not None:
                entry.attrs.size = size
            return entry

        def lstat(self, path: bytes) -> Any:
            found = asyncssh.SFTPAttrs.from_local(super().lstat(path))
            size = server.sizes.get(Path(os.fsdecode(path)).name)
            if size is not None:
                found.size = size
            return found

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            server.reads.append(Path(os.fsdecode(path)).name)
            return super().open(path, pflags, attrs)

        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            server.on_read(Path(os.fsdecode(file_obj.name)).name, offset)
            return bytes(super().read(file_obj, offset, size))

    return Files


def _accounts(server: Server, public_key: Any) -> type[asyncssh.SSHServer]:
    class Accounts(asyncssh.SSHServer):
        def connection_made(self, conn: Any) -> None:
            server.connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            server.sign_ins.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return public_key is not None

        def validate_public_key(self, username: str, key: Any) -> bool:
            return username == USER and key == public_key

    return Accounts


@contextmanager
def serving(
    root: Path,
    *,
    kind: str = "ssh-ed25519",
    key: Any = None,
    port: int = 0,
    public_key: Any = None,
) -> Iterator[Server]:
    """``key`` is the host's own key, a new one of ``kind`` unless given."""
    host_key = key or asyncssh.generate_private_key(kind)
    server = Server(root)
    server.host_key = " ".join(host_key.export_public_key().decode().split()[:2])
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    made: list[Any] = []

    async def start() -> None:
        made.append(
            await asyncssh.create_server(
                _accounts(server, public_key),
                "127.0.0.1",
                port,
                server_host_keys=[host_key],
                sftp_factory=_files(server),
                allow_scp=False,
            )
        )
        server.port = made[0].sockets[0].getsockname()[1]
        ready.set()

    thread = threading.Thread(target=_run, args=(loop, start), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_stop(made[0], server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, start: Callable[[], Any]) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(start())
    loop.run_forever()


async def _stop(acceptor: Any, server: Server) -> None:
    acceptor.close()
    await acceptor.wait_closed()
    for one in server.connections:
        one.abort()
        await one.wait_closed()
    tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
