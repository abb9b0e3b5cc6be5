"""The way to an engine over the system's ssh, which runs `docker system dial-stdio` there.

Each connection is a pair of sockets, one end of which is an ssh's standard input and output.
The first ssh of a few logs in and carries the sessions of the others (ControlMaster): twenty
connections are three logins and not twenty, which sshd would drop (MaxStartups).
An ssh ends with its socket, so also when the daemon is killed: nothing is left running.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockschedd.hosts import ssh_said, ways
from dockschedd.hosts.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedd.core import certificates, fleet

REMOTE = "docker system dial-stdio"
#: sshd allows ten sessions on one connection (MaxSessions), unless it was told otherwise. Where
#: it allows fewer, ssh logs in by itself.
_MOST_SESSIONS = 9
_KEPT = 4
_PORT = 22
#: How long an ssh that has lost its connection may take to say why, and to end.
_LAST_WORDS = 0.5
_PATIENCE = 2.0
#: How often an ssh that carries others looks whether they have ended.
_OTHERS = 2.0
_LOOK = 0.01
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
_PREFIX = "dockschedd-ssh-"
#: A path that a Unix socket can have, with the 17 characters that ssh puts behind it at first.
_LONGEST_PATH = 80
_OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ConnectTimeout=8",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "ControlPersist=no",
    "LogLevel=ERROR",
)


class Ssh:
    """Implements ways.Way."""

    host = "localhost"
    port: int | None = None
    #: Each costs a process here and one over there.
    kept = _KEPT
    has_certificates = False

    def __init__(self, endpoint: fleet.Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._leaders: list[_Leader] = []
        #: Another one after each `close`, which must not wait for a login.
        self._era = object()
        self._refused: _Refused | None = None

    def connect(self, limit: float | None) -> socket.socket:
        """Return a new connection; whether the engine answers is not known yet.

        Logins are made one after the other. Raises TimeoutError or Trouble.
        """
        began = time.monotonic()
        until = None if limit is None else began + limit
        if not self._lock.acquire(timeout=-1 if limit is None else limit):
            raise TimeoutError("ssh has not logged in in time")
        try:
            era = self._era
            self._leaders = [each for each in self._leaders if each.era is era and each.is_up()]
            leader = next((each for each in self._leaders if each.reserve()), None)
            if leader is None:
                pipe = self._log_in(_Leader(_control(), era), began, until)
            else:
                pipe = self._spawn(leader, "ControlMaster=no")
        finally:
            self._lock.release()
        pipe.settimeout(limit)
        return pipe

    def why(self, lost: Exception, sock: socket.socket | None) -> Exception:
        """Return what ssh, or docker over there, has said about it."""
        if not isinstance(sock, Pipe):
            return lost
        return sock.session.last_words(asked=True) or lost

    def certificates(self) -> tuple[certificates.Certificate, ...]:
        """Return nothing."""
        return ()

    def close(self) -> None:
        """Log in anew for the next connection."""
        self._era = object()

    def _log_in(self, leader: _Leader, began: float, until: float | None) -> Pipe:
        refused = self._refused
        if refused is not None and (began <= refused.at or time.monotonic() < refused.until):
            raise refused.trouble.copy()
        look_at_files(self._endpoint)
        pipe = self._spawn(leader, "ControlMaster=yes")
        try:
            leader.wait(pipe, until)
        except Trouble as trouble:
            self._refused = _Refused.again(trouble.copy(), refused, time.monotonic())
            raise
        self._refused = None
        self._leaders.append(leader)
        return pipe

    def _spawn(self, leader: _Leader, role: str) -> Pipe:
        near, far = socket.socketpair()
        with far:
            try:
                process = subprocess.Popen(  # noqa: S603 - what is not ours is checked by core.endpoints
                    command(self._endpoint, (role, leader.control), REMOTE),
                    stdin=far.fileno(),
                    stdout=far.fileno(),
                    stderr=subprocess.PIPE,
                    # Not in the terminal's group: Ctrl-C is the daemon's alone.
                    start_new_session=True,
                    env={**os.environ, "LC_ALL": "C"},
                )
            except BaseException:
                near.close()
                leader.release()
                raise
        leads = leader.process is None
        if leads:
            leader.process = process
        session = _Session(process, leader, leads=leads, endpoint=self._endpoint)
        return Pipe(near.detach(), session)


def look_at_files(endpoint: fleet.Endpoint) -> None:
    """Raise Trouble for files that ssh would leave aside without a word, or with a wrong one."""
    for path in (endpoint.ssh_key, endpoint.ssh_known_hosts):
        if path is None:
            continue
        try:
            with Path(path).open("rb") as file:
                status = os.fstat(file.fileno())
        except OSError as cause:
            raise ssh_said.unreadable(path, cause.strerror or str(cause)) from cause
        if path == endpoint.ssh_key and status.st_uid == os.geteuid() and status.st_mode & 0o077:
            raise ssh_said.open_key(path)


def command(endpoint: fleet.Endpoint, options: Sequence[str], remote: str) -> list[str]:
    """Return the command line of ssh. Raises Trouble where there is no ssh."""
    program = shutil.which("ssh")
    if program is None:
        raise Trouble(
            "host-ssh-missing",
            "there is no ssh on this machine",
            hint="`apt-get install openssh-client`",
        )
    said = [*_OPTIONS, *options]
    if endpoint.ssh_key is not None:
        said += ["IdentitiesOnly=yes", f"IdentityFile={_quoted(endpoint.ssh_key)}"]
    if endpoint.ssh_known_hosts is not None:
        said.append(f"UserKnownHostsFile={_quoted(endpoint.ssh_known_hosts)}")
        said.append("GlobalKnownHostsFile=/dev/null")
    name, port = ways.address(endpoint.url, 0)
    user = endpoint.url.removeprefix("ssh://").rpartition("@")[0]
    return [
        program,
        *("-T", "-a", "-x"),
        *(part for option in said for part in ("-o", option)),
        *(("-p", str(port)) if port else ()),
        *(("-l", user) if user else ()),
        "--",
        name,
        remote,
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refused:
    """A login that failed: what those who waited for it are told, and for a while all others.

    sshd, fail2ban and the like lock out who tries a wrong key again and again.
    """

    trouble: Trouble
    at: float
    until: float
    pause: float

    @classmethod
    def again(cls, trouble: Trouble, before: _Refused | None, now: float) -> _Refused:
        """Return it with twice the pause of the one before; none where no key was refused."""
        pause = 0.0
        if trouble.code == "host-ssh-denied":
            pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, before.pause * 2 if before else 0))
        return cls(trouble=trouble, at=now, until=now + pause, pause=pause)


class Pipe(socket.socket):
    """The near end of a connection; closing it ends its ssh."""

    def __init__(self, descriptor: int, session: _Session) -> None:
        super().__init__(fileno=descriptor)
        self.session = session

    def _real_close(self, *args: Any) -> None:
        # As SSLSocket does: it runs when whatever reads from the socket has closed it too.
        super()._real_close(*args)  # type: ignore[misc]  # not in typeshed
        self.session.end()


class _Session:
    """One ssh, from its start until nothing is left of it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        leader: _Leader,
        *,
        leads: bool,
        endpoint: fleet.Endpoint,
    ) -> None:
        self.process = process
        self._leader = leader
        self._leads = leads
        self._endpoint = endpoint
        self._said = b""
        self._lock = threading.Lock()
        self._ending: threading.Thread | None = None
        self._spoken = threading.Event()

    def end(self) -> None:
        """Let it end; one that carries others does when those have ended. Returns at once."""
        with self._lock:
            if self._ending is None:
                self._ending = threading.Thread(target=self._end, name="ssh-end", daemon=True)
                self._ending.start()

    def last_words(self, *, asked: bool) -> Trouble | None:
        """Return what it has said about its end; None where it says nothing of use.

        `asked`: the engine may have got a request.
        """
        self.end()
        self._spoken.wait(_LAST_WORDS + _PATIENCE)
        text = self._said.decode(errors="replace")
        return ssh_said.meaning(text, self._endpoint, status=self.process.poll(), asked=asked)

    def _end(self) -> None:
        # Its input has ended, so it ends by itself, unless the network is gone or the engine
        # goes on with what it was asked. Until then it may say why.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_LAST_WORDS)
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        with contextlib.suppress(OSError):
            self._said = os.read(self.process.stderr.fileno(), 1 << 16)
        self._spoken.set()
        while self._leads and self.process.poll() is None and not self._leader.retire():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_OTHERS)
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self._leader.release()


class _Leader:
    """An ssh that logs in, and the sessions that go through it, its own one included."""

    def __init__(self, control: str, era: object) -> None:
        self.era = era
        self.control = f"ControlPath={control}"
        self.process: subprocess.Popen[bytes] | None = None
        self._path = Path(control)
        self._lock = threading.Lock()
        self._open = 1
        self._retired = False

    def is_up(self) -> bool:
        """Return whether others can go through it."""
        alive = self.process is not None and self.process.poll() is None
        return alive and not self._retired and self._path.exists()

    def reserve(self) -> bool:
        """Take a place for one more session, if there is one."""
        with self._lock:
            if self._retired or self._open >= _MOST_SESSIONS:
                return False
            self._open += 1
            return True

    def release(self) -> None:
        """Give the place of a session back."""
        with self._lock:
            self._open -= 1

    def retire(self) -> bool:
        """Take no more sessions, if there is none besides its own; return whether that is so."""
        with self._lock:
            self._retired = self._retired or self._open <= 1
            return self._retired

    def wait(self, pipe: Pipe, until: float | None) -> None:
        """Return when it has logged in. Raises Trouble with what it says, and TimeoutError."""
        process = pipe.session.process
        while not self._path.exists():
            if process.poll() is not None:
                trouble = pipe.session.last_words(asked=False)
                pipe.close()
                raise trouble or ConnectionAbortedError("ssh ended without a word")
            if until is not None and time.monotonic() > until:
                pipe.close()
                process.terminate()
                raise TimeoutError("ssh has not logged in in time")
            # Nothing tells when the socket is there.
            select.select((), (), (), _LOOK)


_numbers = itertools.count(1)
_directory: Path | None = None
_making = threading.Lock()


def _control() -> str:
    """Return a path for a new control socket, in a directory that only this user may enter."""
    global _directory  # noqa: PLW0603 - one for the whole process, removed when it exits
    with _making:
        if _directory is None or not _directory.exists():
            where = tempfile.gettempdir()
            if len(where) > _LONGEST_PATH - len(f"/{_PREFIX}1234567-12345678/1234567890"):
                where = "/tmp"  # noqa: S108 - the directory in it is private
            _sweep(Path(where))
            made = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=where)
            _directory = Path(made)
            atexit.register(shutil.rmtree, made, ignore_errors=True)
        return str(_directory / str(next(_numbers)))


def _sweep(where: Path) -> None:
    """Remove the directories that daemons left when they were killed."""
    for each in where.glob(f"{_PREFIX}*-*"):
        owner = each.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if each.stat().st_uid == os.geteuid() and not Path("/proc", owner).exists():
                shutil.rmtree(each, ignore_errors=True)


def _quoted(path: str) -> str:
    """Return the path as a value in ssh's configuration, where `%` begins a token."""
    return '"' + path.replace("%", "%%") + '"'
