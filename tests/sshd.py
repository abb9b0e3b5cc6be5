"""A private sshd, with its own keys, on a port of its own; nothing of the system's is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dockschedd.core.fleet import Endpoint
from tests import dockerd
from tests.patience import wait_until

_INSTALL = "apt-get install -y --no-install-recommends openssh-server openssh-client docker.io"
#: Where sshd wants to lock itself in; on a machine that has never started one it is missing.
_EMPTY = Path("/run/sshd")
_USER = "root"
FORCED = "docker system dial-stdio"


def require_sshd() -> None:
    """Skip the test with the reason, or fail it where every real part is required."""
    reason = _missing()
    if reason is None:
        return
    if os.environ.get("DOCKSCHEDD_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def at(name: str, port: int) -> str:
    """Return the URL of a host over ssh, with the user that runs the tests."""
    return f"ssh://{_USER}@{name}:{port}"


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Sshd:
    """An sshd that lets one key in, to run docker against one engine and nothing else."""

    #: The engine's URL, as seen from the other end.
    engine: str
    #: What the key may run; as docs/hosts.md says.
    forced: str = FORCED
    #: More lines of its configuration.
    options: tuple[str, ...] = ()
    directory: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="dockschedd-sshd-"))
    )
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Return it as a host would be set up."""
        return Endpoint(
            url=at("127.0.0.1", self.port),
            ssh_key=str(self.directory / "key"),
            ssh_known_hosts=str(self.directory / "known hosts"),
        )

    def make_key(self, name: str, *options: str) -> Path:
        """Make a key without a passphrase, unless the options of ssh-keygen say otherwise."""
        path = self.directory / name
        extra = options or ("-N", "")
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-f", path, *extra],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return path

    def start(self) -> Sshd:
        """Start it and return when it listens."""
        if not (self.directory / "host").exists():
            self._prepare()
        _EMPTY.mkdir(mode=0o755, exist_ok=True)
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [dockerd.which("sshd") or "sshd", "-D", "-e", "-f", self.directory / "config"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

        def listens() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(listens, within=10)
        return self

    def stop(self) -> None:
        """End it, with the connections that it has."""
        if self._process is None:
            return
        for pid in (*self._sessions(self._process.pid), self._process.pid):
            with contextlib.suppress(ProcessLookupError):  # ended by itself meanwhile
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def sessions(self) -> int:
        """Return how many processes serve connections."""
        return 0 if self._process is None else len(self._sessions(self._process.pid))

    def logins(self) -> int:
        """Return how often somebody has logged in."""
        return self.log().count("Accepted publickey")

    def log(self) -> str:
        """Return what it has logged."""
        return (self.directory / "log").read_text(errors="replace")

    def remove(self) -> None:
        """End it and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _prepare(self) -> None:
        host, key = self.make_key("host"), self.make_key("key")
        (self.directory / "keys").write_text(
            f'restrict,command="{self.forced}" {key.with_suffix(".pub").read_text()}'
        )
        kind, public = host.with_suffix(".pub").read_text().split()[:2]
        (self.directory / "known hosts").write_text(f"[127.0.0.1]:{self.port} {kind} {public}\n")
        lines = (
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {host}",
            "PidFile none",
            f"AuthorizedKeysFile {self.directory / 'keys'}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password",
            # Not the caller's own home: what its shell reads at a login may take its time.
            f"SetEnv HOME={self.directory} DOCKER_HOST={self.engine}",
            *self.options,
        )
        (self.directory / "config").write_text("\n".join(lines) + "\n")

    def _sessions(self, parent: int) -> list[int]:
        """Return the processes below that one, those furthest down first."""
        path = Path(f"/proc/{parent}/task/{parent}/children")
        children = [int(pid) for pid in path.read_text().split()] if path.exists() else []
        return [pid for child in children for pid in (*self._sessions(child), child)]


def _missing() -> str | None:
    missing = [name for name in ("sshd", "ssh", "ssh-keygen", "docker") if not dockerd.which(name)]
    if missing:
        return f"no {', '.join(missing)} on this machine: {_INSTALL}"
    if os.geteuid() != 0:
        return "a private sshd that lets keys in needs root: run the tests with sudo"
    return None
