"""Fetches files from an SFTP server: one pinned host key, one account, no agent, no list of known hosts, and an end to every wait."""

from __future__ import annotations

import hmac
import socket
import stat
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugin import http_client
from plugin.connectors.csv_folder import sftp_keys
from plugin.errors import AdvisorError, AuthError, ConfigError, RetryLater
from plugin.texts import _

WAIT_SECONDS = 20.0  # for one answer of the server
TOTAL_SECONDS = 600.0  # for a session, its files included
MOST_NAMES = 20_000  # in the directory
_PIECE = 1 << 17
_AHEAD = 8  # requests under way while a directory is listed
_KEY_TYPES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # signatures with SHA-1 are never taken


@dataclass(frozen=True)
class Server:
    """Where to sign in and as whom; ``host_key`` is the line that the server's operator names."""

    host: str
    port: int
    username: str
    host_key: str
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remote:
    """A file in the directory, as the server lists it."""

    name: str
    size: int
    changed_at: int
    is_plain: bool

    @property
    def stamp(self) -> str:
        return f"{self.size}-{self.changed_at}"


class Session:
    """A signed-in session in one directory."""

    def __init__(self, client: Any, ends: float) -> None:
        self._client = client
        self._ends = ends

    def files(self, directory: str) -> list[Remote]:
        """What lies in the directory and stays there. ConfigError when it is not there or too full, AuthError without the right."""
        found: list[Remote] = []
        with _answers(directory):
            if not stat.S_ISDIR(self._client.stat(directory or ".").st_mode or 0):
                raise FileNotFoundError(directory)
            self._client.chdir(directory or ".")
            for entry in self._client.listdir_iter(read_aheads=_AHEAD):
                self._check_time()
                found.append(_remote(entry.filename, entry))
                if len(found) > MOST_NAMES:
                    raise ConfigError(
                        _("the directory holds more than %(num)s files", num=MOST_NAMES),
                        code="too_many",
                        remedy=_("Name a directory that holds only the files to read."),
                    )
        return found

    def fetch(self, file: Remote, target: Path, most: int) -> None:
        """Copies the file as it was listed. RetryLater when it changes meanwhile, ConfigError when it is too large: then there is
        no target. A copy is complete or it is not there."""
        part = target.with_name(f"{target.name}.part")
        try:
            with _answers(file.name):
                try:
                    self._need(file, self._client.lstat(file.name), most)
                    size = self._copy(file, part, most)
                    self._need(file, self._client.lstat(file.name), most)
                except FileNotFoundError as error:
                    raise _changing(file) from error
            if size != file.size:
                raise _changing(file)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _need(self, file: Remote, found: Any, most: int) -> None:
        if _remote(file.name, found) != file:
            raise _changing(file)
        if file.size > most:
            raise _too_large(file, most)

    def _copy(self, file: Remote, part: Path, most: int) -> int:
        done = 0
        with part.open("xb") as out, self._client.open(file.name, "rb") as source:
            source.settimeout(WAIT_SECONDS)
            source.MAX_REQUEST_SIZE = (
                _PIECE  # one answer after the other: reading ahead leaves threads behind
            )
            while piece := source.read(_PIECE):
                done += len(piece)
                if done > most:  # a server may send more than it said
                    raise _too_large(file, most)
                out.write(piece)
                self._check_time()
        return done

    def _check_time(self) -> None:
        if time.monotonic() > self._ends:
            raise RetryLater(_("no complete response within the time limit"), code="timeout")


@contextmanager
def connected(server: Server) -> Iterator[Session]:
    """A session that is closed at the end. The server's key is compared before anything of ours is sent.

    ConfigError: wrong key, address or settings; AuthError: the account is refused; RetryLater: no answer.
    """
    paramiko = _library()
    kind, pinned = sftp_keys.pinned(server.host_key)
    key = (
        sftp_keys.private_key(paramiko, server.private_key, server.passphrase) if server.private_key else None
    )
    guard = http_client.Guard(http_client.networks(server.networks))
    with _answers(server.host):
        sock = http_client.open_socket(
            server.host, server.port, guard=guard, scheme="sftp", seconds=WAIT_SECONDS
        )
        ends = time.monotonic() + TOTAL_SECONDS
        transport = _transport(paramiko, sock)
        try:
            _shake_hands(paramiko, transport, kind, pinned)
            _sign_in(paramiko, transport, server, key)
            client = paramiko.SFTPClient.from_transport(transport)
            client.get_channel().settimeout(WAIT_SECONDS)
            yield Session(client, ends)
        finally:
            transport.close()


def _library() -> Any:
    try:
        import paramiko
    except ImportError as error:
        raise ConfigError(
            _("Reading from SFTP servers is not installed."),
            code="no_sftp",
            remedy=_("Run: %(command)s", command="pip install 'raise-advisor[sftp]'"),
        ) from error
    return paramiko


def _transport(paramiko: Any, sock: socket.socket) -> Any:
    made = paramiko.Transport(sock)
    made.daemon = True
    made.banner_timeout = made.auth_timeout = made.handshake_timeout = WAIT_SECONDS
    return made


def _shake_hands(paramiko: Any, transport: Any, kind: str, pinned: bytes) -> None:
    """Only a key of the pinned kind is asked for, and only that very key is taken."""
    options = transport.get_security_options()
    try:
        options.key_types = _KEY_TYPES.get(kind, (kind,))
    except ValueError as error:
        raise ConfigError(
            _("host keys of the kind %(kind)s can't be checked", kind=kind),
            code="host_key",
            remedy=_("Ask the server's operator for its Ed25519, ECDSA or RSA key."),
        ) from error
    try:
        transport.start_client(timeout=WAIT_SECONDS)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise _other_key(_("the server has no host key of the kind %(kind)s", kind=kind)) from error
    shown = transport.get_remote_server_key().asbytes()
    if not hmac.compare_digest(shown, pinned):
        raise _other_key(_("the server shows another host key than the one that is set"))


def _other_key(message: str) -> ConfigError:
    return ConfigError(
        message,
        code="host_key",
        remedy=_(
            "Nothing was sent. Ask the server's operator whether its key has changed, then enter the new one. "
            "If it has not, the connection may be intercepted."
        ),
    )


def _sign_in(paramiko: Any, transport: Any, server: Server, key: Any) -> None:
    """By key where one is set, by password where only that is, by both where the server asks for both."""
    try:
        left = transport.auth_publickey(server.username, key) if key is not None else ["password"]
        if left and server.password:
            left = transport.auth_password(server.username, server.password)
    except paramiko.AuthenticationException as error:
        raise _refused() from error
    if left or not transport.is_authenticated():
        raise _refused()


def _refused() -> AuthError:
    return AuthError(
        _("the server refuses the sign-in"),
        remedy=_("Check the user name and the password or private key, then test again."),
    )


def _remote(name: str, found: Any) -> Remote:
    mode = found.st_mode or 0
    return Remote(name, int(found.st_size or 0), int(found.st_mtime or 0), stat.S_ISREG(mode))


def _changing(file: Remote) -> RetryLater:
    return RetryLater(
        _("%(path)s is still being written", path=file.name[:100]),
        code="changing",
        wait=60,
        remedy=_("write it under another name, such as x.part, and rename it when complete"),
    )


def _too_large(file: Remote, most: int) -> ConfigError:
    return ConfigError(
        _("%(path)s is larger than the limit of %(max_bytes)s bytes", path=file.name[:100], max_bytes=most),
        code="too_large",
        remedy=_("split the file into smaller ones"),
    )


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """What the server and the network say, as our errors; never in the server's own words."""
    try:
        yield
    except (AdvisorError, GeneratorExit):
        raise
    except FileNotFoundError as error:
        raise ConfigError(
            _("%(path)s is not on the server", path=what[:100]),
            code="no_folder",
            remedy=_("Check the directory in the settings."),
        ) from error
    except PermissionError as error:
        raise AuthError(
            _("%(path)s may not be read", path=what[:100]),
            code="permission",
            remedy=_("Ask the server's operator for the right to list and read it."),
        ) from error
    except TimeoutError as error:
        raise RetryLater(_("no complete response within the time limit"), code="timeout") from error
    except (OSError, EOFError) as error:
        raise RetryLater(_("the connection was interrupted"), code="broken") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("a file name in %(path)s is not UTF-8", path=what[:100] or "."),
            code="names",
            remedy=_("Rename the file on the server, or name a directory without it."),
        ) from error
    except _problems() as error:
        raise RetryLater(_("the server's answer can't be understood"), code="ssh") from error


def _problems() -> tuple[type[Exception], ...]:
    """What the library raises beside errors of the system."""
    paramiko = _library()
    return (paramiko.SSHException, paramiko.SFTPError, struct.error, IndexError)


def server_of(settings: Mapping[str, Any]) -> Server:
    """From checked settings."""
    return Server(
        host=settings["host"],
        port=settings["port"],
        username=settings["username"],
        host_key=settings["host_key"],
        password=settings["password"] or "",
        private_key=settings["private_key"] or "",
        passphrase=settings["passphrase"] or "",
        networks=tuple(settings["networks"] or ()),
    )
