"""The real daemon as a process of its own, over real sockets; readiness comes from itself."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float = 20) -> None:
        super().__init__("local-dockschedd.sock", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass
class Answer:
    """What the daemon answered."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class DaemonProcess:
    """`dockschedd run` on a state directory of its own; may be killed and started again."""

    home: Path
    engine_url: str
    database: str | None = None
    listen: str | None = None
    extra_env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def socket(self) -> Path:
        return self.home / "d.sock"

    @property
    def log(self) -> str:
        return (self.home / "log").read_text("utf-8")

    def start(self, *, ready_within: float | None = 15, **env: str) -> DaemonProcess:
        """Start it and wait until it says READY=1; `ready_within` None: do not wait."""
        assert self.process is None or self.process.poll() is not None
        arguments = ["--state-dir", str(self.state), "--socket", str(self.socket)]
        if self.database:
            arguments += ["--database", self.database]
        if self.listen:
            arguments += ["--listen", self.listen]
        notify = self.home / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.bind(str(notify))
            environment = {
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("DOCKSCHEDD_", "DOCKER_"))
            }
            environment |= {
                "NOTIFY_SOCKET": str(notify),
                "DOCKER_HOST": self.engine_url,
                "DOCKSCHEDD_CONFIG": str(self._config()),
                "PYTHONPATH": str(ROOT),
            }
            environment |= self.extra_env | env
            with (self.home / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "dockschedd", "run", *arguments],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=ROOT,
                )
            if ready_within is not None:
                self._wait_ready(channel, ready_within)
        return self

    def _config(self) -> Path:
        path = self.home / "empty.toml"
        path.touch()
        return path

    def _wait_ready(self, channel: socket.socket, within: float) -> None:
        assert self.process is not None
        until = time.monotonic() + within
        channel.settimeout(0.2)
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in channel.recv(4096):
                    return
            if self.process.poll() is not None:
                code = self.process.returncode
                raise AssertionError(f"the daemon ended with {code}:\n{self.log}")
        raise AssertionError(f"not ready within {within} s:\n{self.log}")

    def stop(self, within: float = 40) -> int:
        """SIGTERM, and wait for the end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def kill(self) -> None:
        """SIGKILL, at whatever moment this is."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def died(self, within: float = 30) -> int:
        """Wait until it has ended by itself."""
        assert self.process is not None
        return self.process.wait(within)

    def close(self) -> None:
        """End it if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def port(self) -> int:
        """Return the port of TCP that the kernel chose, from the daemon's own sockets."""
        assert self.process is not None
        inodes = set()
        for each in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(str(each.readlink()).removeprefix("socket:[").rstrip("]"))
        for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
            columns = row.split()
            if columns[3] == "0A" and columns[9] in inodes:
                return int(columns[1].rpartition(":")[2], 16)
        raise AssertionError("the daemon does not listen on TCP")

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request over the Unix socket."""
        connection = UnixConnection(self.socket)
        sent = {"Content-Type": "application/json"} | headers
        if token:
            sent["Authorization"] = f"Bearer {token}"
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body).encode(), sent
            )
            reply = connection.getresponse()
            raw = reply.read()
        finally:
            connection.close()
        return Answer(reply.status, json.loads(raw) if raw else None, dict(reply.getheaders()))

    def ok(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send one request that must succeed; return the body."""
        answer = self.call(method, path, body, **headers)
        assert answer.status < 300, answer
        return answer.body

    def runs(self, **query: str) -> list[dict[str, Any]]:
        """Return all runs, oldest first."""
        filters = "".join(f"&{key}={value}" for key, value in query.items())
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.ok("GET", f"/v1/runs?limit=500{filters}{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found[::-1]
            cursor = f"&cursor={page['next']}"
