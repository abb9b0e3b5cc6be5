"""The real programs on a private engine: starting them, calling them, looking at them.

Everything lives in one temporary directory, and ends with it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import dockerd, engines, patience

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPOSITORY = Path(__file__).resolve().parents[2]
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("local-dockschedd.sock", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass
class Daemon:
    """One running dockschedd."""

    process: subprocess.Popen[bytes]
    socket: Path
    log: Path
    #: From the start of the process to the first answer that it is ready.
    ready_after_s: float = 0.0
    _connection: _Connection | None = None

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Make one API call over a connection that is kept; return the decoded answer."""
        if self._connection is None:
            self._connection = _Connection(self.socket)
        text = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, body=text, headers=headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise AssertionError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content) if content else None

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        if self.process.poll() is not None:
            raise AssertionError(f"dockschedd ended:\n{self.log.read_text()[-3000:]}")
        connection = _Connection(self.socket)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def ctl(self, *words: str) -> str:
        """Run the client as a process of its own, as a person or a script does."""
        done = subprocess.run(
            [*program("dockschedctl"), "--server", f"unix://{self.socket}", *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
        if done.returncode:
            raise AssertionError(f"dockschedctl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def resident_mb(self) -> float:
        """Its resident memory."""
        return resident_mb(self.process.pid)

    def cpu_s(self) -> float:
        """The processor time that it has used."""
        return cpu_s(self.process.pid)

    def stop(self) -> None:
        """End it as systemd would."""
        if self._connection is not None:
            self._connection.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


@dataclass
class Machine:
    """A private engine with stacks, which is started when it is needed, and room for daemons."""

    home: Path
    _engine: engines.Engine | None = None
    _daemons: list[Daemon] = field(default_factory=list)

    @property
    def engine(self) -> engines.Engine:
        """The engine."""
        if self._engine is None:
            reason = dockerd.missing()
            if reason:
                sys.exit(f"error: {reason}")
            self._engine = engines.start_engine()
        return self._engine

    def start_daemon(self, state: str = "state", *, config: Path | None = None) -> Daemon:
        """Start dockschedd on this engine, or with that configuration; return when it is ready."""
        name = secrets.token_hex(3)
        log = self.home / f"{name}.log"
        path = self.home / f"{name}.sock"
        command = [*program("dockschedd"), "run", "--state-dir", str(self.home / state)]
        told = environment()
        if config is None:
            told["DOCKER_HOST"] = self.engine.url
        else:
            command += ["--config", str(config)]
        with log.open("wb") as output:
            began = time.monotonic()
            process = subprocess.Popen(
                [*command, "--socket", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=told,
            )
        daemon = Daemon(process=process, socket=path, log=log)
        self._daemons.append(daemon)
        patience.wait_until(daemon.is_ready, within=60)
        daemon.ready_after_s = time.monotonic() - began
        return daemon

    @contextlib.contextmanager
    def daemon(self, state: str = "state", *, config: Path | None = None) -> Iterator[Daemon]:
        """Start dockschedd, and end it afterwards."""
        daemon = self.start_daemon(state, config=config)
        try:
            yield daemon
        finally:
            daemon.stop()

    def small_stacks(self, count: int) -> list[str]:
        """Bring up stacks of two services each; return their names."""
        return [self.engine.compose_up("pair") for _ in range(count)]

    def single_containers(self, count: int) -> list[str]:
        """Start containers that are a stack each, by their label; return the stacks' names."""
        self.engine.make_image()
        names = [f"single-{number:03}" for number in range(count)]
        for name in names:
            made = self.engine.client.create_container(
                engines.IMAGE,
                name=name,
                command=["sleep", "100000"],
                labels={"dockschedd.stack": name},
                host_config=self.engine.client.create_host_config(network_mode="none"),
            )
            self.engine.client.start(made["Id"])
        return names

    def remove_containers(self, names: list[str]) -> None:
        """Remove what `single_containers` has started."""
        for name in names:
            self.engine.client.remove_container(name, force=True)


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """Make room for programs; end and remove the engine and all of them."""
    home = Path(tempfile.mkdtemp(prefix="dockschedd-bench-"))
    made = Machine(home=home)
    try:
        yield made
    finally:
        for daemon in made._daemons:
            daemon.stop()
        if made._engine is not None:
            made._engine.remove()
        shutil.rmtree(home, ignore_errors=True)


def program(name: str) -> list[str]:
    """Return how a program is run: as installed beside this Python, else from the checkout."""
    installed = Path(sys.executable).parent / name
    return [str(installed)] if installed.exists() else [sys.executable, "-m", name]


def timed(call: Any, *arguments: object) -> float:
    """Return how many seconds the call took."""
    began = time.monotonic()
    call(*arguments)
    return time.monotonic() - began


def resident_mb(pid: int) -> float:
    """Return a process's resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / _TICKS_PER_S


def environment() -> dict[str, str]:
    """Return the environment of the programs that are measured: nothing of the caller's."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/nonexistent",
        "NO_COLOR": "1",
        "PYTHONPATH": str(_REPOSITORY),
    }
