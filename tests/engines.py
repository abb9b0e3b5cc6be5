"""Private Docker Engines and stacks made by the real Compose, for tests.

Nothing of the machine's own engine is ever touched: every engine has its own directory and
socket, no bridge and no iptables, and is removed with all its processes and mounts. With
DOCKSCHEDD_TEST_ENGINE=unix:///… an existing engine is used for what may share one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from docker import errors as docker_errors
from docker.api.client import APIClient

from tests import dockerd
from tests.patience import eventually, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Engine", "eventually", "require_engine", "start_engine", "wait_until"]

STACKS = Path(__file__).parent / "stacks"
IMAGE = "dockschedd-test:latest"


def require_engine() -> None:
    """Skip the test with the reason, or fail it where every real part is required."""
    reason = dockerd.missing()
    if reason is None:
        return
    if os.environ.get("DOCKSCHEDD_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Engine:
    """One Docker Engine: either started here, with `directory`, or an existing one without."""

    url: str
    directory: Path | None = None
    #: More options of its dockerd.
    options: tuple[str, ...] = ()
    _projects: dict[str, Path] = field(default_factory=dict)
    _client: APIClient | None = None
    _made_image: bool = False

    # ------------------------------------------------------------ the engine itself

    @property
    def pid(self) -> int:
        """The dockerd's process id; only of an engine started here."""
        return int((self._own() / "pid").read_text())

    @property
    def is_up(self) -> bool:
        """Whether a dockerd of ours runs (it may hang)."""
        with contextlib.suppress(OSError, ValueError):
            return dockerd.is_alive(self.pid)
        return False

    def start(self) -> None:
        """Start dockerd and return when it answers."""
        process = dockerd.spawn(self._own(), *self.options)

        def answers() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"dockerd ended:\n{self.log()[-3000:]}")
            # The SDK leaks the sockets that it could not connect, with a warning each.
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(self.url.removeprefix("unix://")) != 0:
                    return False
            return bool(self.client.ping())

        wait_until(answers, within=30)

    def stop(self) -> None:
        """Shut dockerd down as systemd would, with its containers."""
        self._signal_and_wait(signal.SIGTERM, within=30)

    def kill(self) -> None:
        """Kill dockerd; its containers live on until it is started again."""
        self._signal_and_wait(signal.SIGKILL, within=10)
        # Its containerd dies with it. Where nobody reaps orphans it stays as a zombie, which
        # the next dockerd would wait for, as its pid file speaks of a process that exists.
        for name in ("pid", "exec/containerd/containerd.pid"):
            (self._own() / name).unlink(missing_ok=True)

    def restart(self) -> None:
        """Shut dockerd down and start it again."""
        self.stop()
        self.start()

    def hang(self) -> None:
        """Stop dockerd's process in its tracks: it accepts connections and never answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hung dockerd go on."""
        os.kill(self.pid, signal.SIGCONT)

    def remove(self) -> None:
        """Stop what runs, and remove everything that belongs to this engine."""
        if self.directory is None:
            for project in tuple(self._projects):
                self.compose_down(project)
            if self._made_image:
                self.client.remove_image(IMAGE)
            self.client.close()
            return
        if self.is_up:
            with contextlib.suppress(OSError):
                self.resume()
            with contextlib.suppress(AssertionError):
                self.stop()
        if self._client is not None:
            self._client.close()
        dockerd.remove(self.directory)

    def log(self) -> str:
        """Return what dockerd has logged."""
        return (self._own() / "log").read_text(errors="replace")

    def make_image(self) -> None:
        """Import the image of every test container, unless the engine has it."""
        with contextlib.suppress(docker_errors.ImageNotFound):
            self.client.inspect_image(IMAGE)
            return
        repository, _, tag = IMAGE.partition(":")
        self.client.import_image_from_data(
            dockerd.image(),
            repository=repository,
            tag=tag,
            changes=['CMD ["/bin/busybox","sleep","1000000"]', "ENV PATH=/bin"],
        )
        self._made_image = True

    # ------------------------------------------------------------ stacks

    def compose(self, *arguments: str, project: str, file: Path) -> str:
        """Run the real Compose and return what it printed."""
        config = self.directory or Path(tempfile.gettempdir())
        done = subprocess.run(
            [dockerd.compose(), "--progress=quiet", "-p", project, "-f", file, *arguments],
            env={
                "PATH": os.environ.get("PATH", ""),
                "HOME": str(config),
                "DOCKER_CONFIG": str(config / "no-config"),
                "DOCKER_HOST": self.url,
            },
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"compose {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def compose_up(
        self, file: str | Path, project: str | None = None, *, scale: tuple[str, ...] = ()
    ) -> str:
        """Create and start a stack; return its project name (made up with a random suffix).

        `file` is a path, or the name of a file in tests/stacks without `.yaml`.
        `scale`: entries like `web=3`.
        """
        path = STACKS / f"{file}.yaml" if isinstance(file, str) and "/" not in file else Path(file)
        project = project or f"{path.stem}-{secrets.token_hex(3)}"
        self._projects[project] = path
        options = [f"--scale={entry}" for entry in scale]
        self.compose("up", "-d", "--pull=never", *options, project=project, file=path)
        return project

    def compose_stop(self, project: str) -> None:
        """Stop the stack as an administrator would, with Compose."""
        self.compose("stop", project=project, file=self._projects[project])

    def compose_start(self, project: str) -> None:
        """Start the stack as an administrator would, with Compose."""
        self.compose("start", project=project, file=self._projects[project])

    def compose_down(self, project: str) -> None:
        """Remove the stack, with the containers of `compose run`, which Compose leaves."""
        self.compose("down", "-t", "0", "-v", project=project, file=self._projects.pop(project))
        for row in self._rows(project):
            self.client.remove_container(row["Id"], force=True)

    # ------------------------------------------------------------ what is true there

    @property
    def client(self) -> APIClient:
        """The SDK's client, for whatever has no word here."""
        if self._client is None:
            self._client = APIClient(base_url=self.url, version="1.41", timeout=30)
            self._client.trust_env = False
        return self._client

    def container_id(self, project: str, service: str, number: int = 1) -> str:
        """Return the full id of one container of a stack."""
        return str(self._row(project, service, number)["Id"])

    def inspect(self, project: str, service: str, number: int = 1) -> dict[str, Any]:
        """Return the engine's whole answer about one container of a stack."""
        found: dict[str, Any] = self.client.inspect_container(
            self.container_id(project, service, number)
        )
        return found

    def state(self, project: str, service: str, number: int = 1) -> str:
        """Return the engine's word for its state: `running`, `exited`, `paused`, …"""
        return str(self._row(project, service, number)["State"])

    def states(self, project: str) -> dict[str, str]:
        """Return container name without the project → state, of a whole stack."""
        return {
            row["Names"][0].removeprefix(f"/{project}-"): row["State"]
            for row in self._rows(project)
        }

    def is_running(self, project: str, service: str, number: int = 1) -> bool:
        """Return whether that container runs."""
        return self.state(project, service, number) == "running"

    def exited_with(self, project: str, service: str, number: int = 1) -> int | None:
        """Return its exit code; None while it has not exited."""
        state = self.inspect(project, service, number)["State"]
        return int(state["ExitCode"]) if state["Status"] == "exited" else None

    def events_since(self, since: datetime, *, project: str | None = None) -> list[dict[str, Any]]:
        """Return the container events of [since, now] that the engine still has, without exec."""
        filters: dict[str, Any] = {"type": ["container"]}
        if project:
            filters["label"] = [f"com.docker.compose.project={project}"]
        until = datetime.now(UTC) + timedelta(seconds=1)
        # The SDK cuts datetimes to whole seconds; the engine takes fractions as text.
        stream = self.client.events(
            since=f"{since.timestamp():.6f}",
            until=f"{until.timestamp():.6f}",
            filters=filters,
            decode=True,
        )
        return [event for event in stream if not event["Action"].startswith("exec_")]

    # ------------------------------------------------------------ inside

    def _own(self) -> Path:
        assert self.directory is not None, "this engine was not started by the tests"
        return self.directory

    def _rows(self, project: str) -> list[dict[str, Any]]:
        label = f"com.docker.compose.project={project}"
        rows: list[dict[str, Any]] = self.client.containers(all=True, filters={"label": [label]})
        return rows

    def _row(self, project: str, service: str, number: int) -> dict[str, Any]:
        for row in self._rows(project):
            labels = row["Labels"]
            if labels["com.docker.compose.service"] == service and labels[
                "com.docker.compose.container-number"
            ] == str(number):
                return row
        raise AssertionError(f"{project} has no container {service}-{number}")

    def _signal_and_wait(self, number: int, *, within: float) -> None:
        pid = self.pid
        os.kill(pid, number)
        wait_until(lambda: not dockerd.is_alive(pid), within=within)


def start_engine(*options: str) -> Engine:
    """Start a private engine that has the test image; about half a second."""
    home = dockerd.make_home()
    engine = Engine(url=f"unix://{home / 'docker.sock'}", directory=home, options=options)
    try:
        engine.start()
        engine.make_image()
    except BaseException:
        engine.remove()
        raise
    return engine


def existing_engine() -> Engine | None:
    """Return the engine that DOCKSCHEDD_TEST_ENGINE names, with the test image."""
    url = os.environ.get("DOCKSCHEDD_TEST_ENGINE")
    if not url:
        return None
    engine = Engine(url=url)
    engine.make_image()
    return engine


# ---------------------------------------------------------------- fixtures

_shared: Engine | None = None


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for the whole session: for tests that leave it as it is."""
    global _shared  # noqa: PLW0603 - two conftests may import this fixture; one engine serves both
    if _shared is None:
        _shared = existing_engine()
    if _shared is None:
        require_engine()
        _shared = start_engine()
    yield _shared
    if _shared is not None:
        _shared.remove()
        _shared = None


@pytest.fixture
def own_engine() -> Iterator[Engine]:
    """An engine of the test's own, that it may stop, kill and hang."""
    require_engine()
    engine = start_engine()
    yield engine
    engine.remove()


@pytest.fixture
def compose_up(engine: Engine) -> Iterator[Callable[..., str]]:
    """`Engine.compose_up` on the session's engine; what it made is removed after the test."""
    made: list[str] = []

    def up(file: str | Path, project: str | None = None, *, scale: tuple[str, ...] = ()) -> str:
        made.append(engine.compose_up(file, project, scale=scale))
        return made[-1]

    yield up
    for project in made:
        engine.compose_down(project)
