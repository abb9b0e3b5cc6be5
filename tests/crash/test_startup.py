"""What keeps the daemon from starting is said in one sentence with a way out; nothing changes."""

from __future__ import annotations

import os
import socket
import sqlite3

import pytest

from tests.daemon_process import DaemonProcess

NO_ENGINE = "unix:///nonexistent/docker.sock"


@pytest.fixture
def daemon(tmp_path_factory):
    process = DaemonProcess(tmp_path_factory.mktemp("d"), NO_ENGINE)
    yield process
    process.close()


@pytest.fixture
def other(tmp_path_factory):
    process = DaemonProcess(tmp_path_factory.mktemp("d"), NO_ENGINE)
    yield process
    process.close()


def refusal(process: DaemonProcess, **env: str) -> str:
    """Start it, and return what it says when it ends with 1."""
    process.start(ready_within=None, **env)
    assert process.died() == 1
    return process.log


def test_it_runs_without_an_engine_and_says_so(daemon):
    """An engine that is down at start is no reason not to start."""
    daemon.start()
    (host,) = daemon.ok("GET", "/v1/hosts")["items"]

    assert not host["reachable"]
    assert daemon.call("GET", "/healthz").status == 200


def test_a_second_daemon_on_the_state_directory_is_refused_by_pid(daemon, other):
    """The lock names the process that holds it."""
    daemon.start()
    other.home.joinpath("state").symlink_to(daemon.state)
    log = refusal(other)

    assert daemon.process is not None
    assert f"another dockschedd (pid {daemon.process.pid})" in log
    assert "hint: " in log
    assert daemon.call("GET", "/healthz").status == 200


def test_a_live_socket_is_never_taken_over(daemon, other):
    """A second daemon on the same socket is refused, and the first still answers."""
    daemon.start()
    os.link(daemon.socket, other.socket)
    log = refusal(other)

    assert "another dockschedd is listening" in log
    assert daemon.call("GET", "/healthz").status == 200


def test_a_socket_that_a_dead_daemon_left_is_replaced(daemon):
    """After kill -9 the next start takes the path again."""
    daemon.start()
    daemon.kill()
    assert daemon.socket.exists()
    daemon.start()

    assert daemon.call("GET", "/healthz").status == 200


def test_a_port_in_use_is_refused(daemon):
    """The address that somebody else listens on is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon.listen = f"127.0.0.1:{port}"
        log = refusal(daemon)

    assert f"cannot listen on `127.0.0.1:{port}`" in log


def test_a_newer_database_is_refused_and_left_alone(daemon):
    """A database that a later version has migrated is not touched."""
    daemon.start()
    daemon.stop()
    path = daemon.state / "dockschedd.db"
    database = sqlite3.connect(path)
    database.execute("UPDATE schema_version SET version = 9999")
    database.commit()
    database.close()
    before = path.read_bytes()
    log = refusal(daemon)

    assert "newer" in log
    assert "hint: " in log
    assert path.read_bytes() == before


def test_a_damaged_database_is_refused(daemon):
    """A file that is no database is named, and left as it is."""
    daemon.state.mkdir(mode=0o700)
    path = daemon.state / "dockschedd.db"
    path.write_bytes(b"this is not a database, and never was one" * 100)
    log = refusal(daemon)

    assert str(path) in log
    assert path.read_bytes().startswith(b"this is not")


def test_keys_that_others_can_read_are_refused(daemon):
    """A key file with open permissions may be known already."""
    daemon.start()
    daemon.stop()
    key = next((daemon.state / "keys").glob("jwt-*.key"))
    key.chmod(0o644)
    log = refusal(daemon)

    assert key.name in log


def test_all_problems_of_a_configuration_are_reported_at_once(daemon):
    """Unknown keys, wrong values and addresses: one start tells all of them, with paths."""
    daemon.start(
        ready_within=None,
        DOCKSCHEDD_CONFIG=str(
            _file(daemon, 'stat_dir = "x"\nlog_level = "loud"\nzone = "Nowhere"')
        ),
    )
    assert daemon.died() == 78

    for expected in ("stat_dir", "did you mean `state_dir`", "log_level", "zone"):
        assert expected in daemon.log


def _file(daemon, text):
    path = daemon.home / "bad.toml"
    path.write_text(text, "utf-8")
    return path
