"""Who may do what, at the terminal: the first administrator, logins, roles, and what is kept."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Ctl
from tests.engines import wait_until

pytestmark = pytest.mark.docker

PASSWORD = "correct-horse-battery"


@pytest.fixture
def tcp_ctl(engine, tmp_path_factory):
    """A daemon that also listens on loopback TCP, where nobody is known without a login."""
    from tests.daemon_process import DaemonProcess

    process = DaemonProcess(tmp_path_factory.mktemp("d"), engine.url, listen="127.0.0.1:0")
    process.start()
    yield Ctl(process)
    process.close()


@pytest.fixture
def as_user(tcp_ctl):
    """Returns a client that is logged in over TCP as a new user of that role."""
    server = f"http://127.0.0.1:{tcp_ctl.daemon.port()}"

    def log_in(role: str):
        name = f"{role}{secrets.token_hex(2)}"
        tcp_ctl("user", "add", name, "--role", role, "--password-stdin", stdin=PASSWORD)
        home = tcp_ctl.daemon.home / name
        home.mkdir()

        class Person(Ctl):
            def run(self, *arguments, stdin=""):
                return subprocess.run(
                    [str(Path(sys.executable).parent / "dockschedctl"), *arguments],
                    env={
                        "PATH": os.environ["PATH"],
                        "HOME": str(home),
                        "DOCKSCHEDCTL_SERVER": server,
                    },
                    input=stdin,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )

        person = Person(tcp_ctl.daemon)
        person("login", "--user", name, "--password-stdin", stdin=PASSWORD)
        return person

    return log_in


@pytest.fixture
def web(compose_up, tcp_ctl) -> str:
    name = f"ppl{secrets.token_hex(3)}"
    compose_up("sample", name)
    wait_until(lambda: name in tcp_ctl("stack", "ls", "-o", "name"))
    return name


def test_over_tcp_nobody_is_known_without_a_login(tcp_ctl):
    """Exit code 3, and a hint that says how."""
    done = tcp_ctl.run("stack", "ls", "--server", f"http://127.0.0.1:{tcp_ctl.daemon.port()}")

    assert done.returncode == 3
    assert "dockschedctl login" in done.stderr


def test_a_viewer_can_read_and_nothing_else(as_user, web):
    """Every kind of change is forbidden, with exit code 4."""
    viewer = as_user("viewer")
    viewer("stack", "ls")
    viewer("run", "ls")
    viewer("schedule", "ls")
    viewer("stack", "stop", web, expect=4)
    viewer("schedule", "add", "x", "stop", web, "--cron", "0 3 * * *", expect=4)
    viewer("user", "ls", expect=4)
    viewer("audit", "ls", expect=4)


def test_an_operator_can_act_and_not_administer(as_user, web, engine):
    """Stacks and schedules are the operator's; users and the audit log are not."""
    operator = as_user("operator")
    operator("stack", "stop", web)
    operator("schedule", "add", f"s-{web}", "stop", web, "--cron", "0 3 * * *")
    operator("user", "add", "eve", "--role", "admin", "--password-stdin", stdin=PASSWORD, expect=4)
    operator("audit", "verify", expect=4)

    assert set(engine.states(web).values()) == {"exited"}


def test_a_logout_counts_at_once(as_user):
    """After it the same client is nobody."""
    admin = as_user("admin")
    admin("whoami")
    admin("logout")
    admin("whoami", expect=3)


def test_a_user_who_is_removed_is_out_at_once(as_user, tcp_ctl):
    """The token that was good a moment ago is refused."""
    viewer = as_user("viewer")
    name = viewer.json("whoami")["user"]
    tcp_ctl("user", "rm", name)
    viewer("stack", "ls", expect=3)


def test_a_wrong_password_is_refused_and_kept(tcp_ctl):
    """The answer does not tell whether the user exists, and the audit log keeps it."""
    server = f"http://127.0.0.1:{tcp_ctl.daemon.port()}"
    tcp_ctl("user", "add", "carol", "--role", "viewer", "--password-stdin", stdin=PASSWORD)
    said = []
    for name in ("nobody-here", "carol"):
        done = tcp_ctl.run(
            "login", "--server", server, "--user", name, "--password-stdin", stdin="wrong-password"
        )
        assert done.returncode == 3
        said.append(done.stderr)
    kept = tcp_ctl.json("audit", "ls")

    assert said[0] == said[1]
    assert [e["outcome"] for e in kept if e["action"] == "login"] == ["failed", "failed"]
    assert "whole" in tcp_ctl("audit", "verify")
