"""What ssh says, word for word as OpenSSH and docker of several versions say it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import ssh, ssh_said

HOST = Endpoint(url="ssh://ops@db.example:2222", ssh_key="/etc/k", ssh_known_hosts="/etc/kh")


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (
            (
                "No ED25519 host key is known for db.example and you have requested "
                "strict checking.\r\nHost key verification failed.\r\n"
            ),
            255,
            "host-ssh-key-unknown",
        ),
        (
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
                "Host key for db.example has changed and you have requested strict checking.\r\n"
                "Host key verification failed.\r\n"
            ),
            255,
            "host-ssh-key-changed",
        ),
        ("ops@db.example: Permission denied (publickey).\r\n", 255, "host-ssh-denied"),
        (
            "Received disconnect from 10.0.0.5 port 22:2: Too many authentication failures\r\n",
            255,
            "host-ssh-denied",
        ),
        (
            (
                "Permissions 0644 for '/etc/k' are too open.\r\n"
                'Load key "/etc/k": bad permissions\r\n'
                "ops@db.example: Permission denied (publickey).\r\n"
            ),
            255,
            "host-ssh-key-open",
        ),
        (
            (
                'Load key "/etc/k": error in libcrypto\r\n'
                "ops@db.example: Permission denied (publickey).\r\n"
            ),
            255,
            "host-ssh-key-unusable",
        ),
        (
            "ssh: connect to host db.example port 2222: No route to host\r\n",
            255,
            "host-ssh-refused",
        ),
        (
            "ssh: Could not resolve hostname db.example: Name or service not known\r\n",
            255,
            "host-name-unknown",
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\r\n",
            255,
            "host-ssh-refused",
        ),
        ("bash: line 1: docker: command not found\n", 127, "host-ssh-no-docker"),
        ("sh: 1: docker: not found\n", 127, "host-ssh-no-docker"),
        ("zsh: Befehl nicht gefunden: docker\n", 127, "host-ssh-no-docker"),
        ("docker: 'dial-stdio' is not a docker command.\n", 1, "host-ssh-no-docker"),
        (
            (
                "failed to open the raw stream connection: dial unix /var/run/docker.sock: "
                "connect: permission denied\n"
            ),
            1,
            "host-ssh-docker-denied",
        ),
        (
            "permission denied while trying to connect to the docker API at unix:///x.sock\n",
            1,
            "host-ssh-docker-denied",
        ),
        (
            "failed to open the raw stream connection: dial unix /run/x: connect: no such file\n",
            1,
            "host-ssh-no-engine",
        ),
    ],
)
@pytest.mark.parametrize("asked", [False, True])
def test_what_keeps_a_connection_from_being_made_is_told(
    text: str, status: int, code: str, asked: bool
) -> None:
    """Also behind a request that was sent into it: it has never reached an engine."""
    found = ssh_said.meaning(text, HOST, status=status, asked=asked)

    assert found is not None
    assert found.code == code
    assert found.hint
    assert "\r" not in found.said + found.hint


@pytest.mark.parametrize(
    "text",
    [
        "Connection to db.example closed by remote host.\r\n",
        "Timeout, server db.example not responding.\r\n",
        "client_loop: send disconnect: Broken pipe\r\n",
        "Connection reset by 10.0.0.5 port 22\r\n",
    ],
)
def test_a_connection_that_was_lost_may_have_carried_the_request(text: str) -> None:
    """So it is trouble with the connection only where nothing was asked on it."""
    assert ssh_said.meaning(text, HOST, status=255, asked=True) is None
    before = ssh_said.meaning(text, HOST, status=255, asked=False)
    assert before is not None
    assert before.code == "host-ssh-failed"


@pytest.mark.parametrize("status", [None, 0, 1, 255, -15])
def test_silence_explains_nothing(status: int | None) -> None:
    """Whatever the exit status is."""
    assert ssh_said.meaning("", HOST, status=status, asked=False) is None


def test_the_hint_for_a_changed_key_names_the_entry_as_ssh_does() -> None:
    """With the port where it is not ssh's own."""
    for url, entry in (("ssh://h", "'h'"), ("ssh://u@h:22", "'h'"), ("ssh://h:99", "'[h]:99'")):
        found = ssh_said.meaning(
            "REMOTE HOST IDENTIFICATION HAS CHANGED", Endpoint(url=url), status=255, asked=False
        )
        assert found is not None
        assert f"ssh-keygen -R {entry} -f ~/.ssh/known_hosts" in (found.hint or "")


def test_the_command_line_leaves_ssh_no_way_out() -> None:
    """No prompt, no unknown key, no forwarding; the host cannot be an option."""
    words = ssh.command(HOST, (), ssh.REMOTE)
    options = {words[at + 1] for at, word in enumerate(words) if word == "-o"}

    assert words[-3:] == ["--", "db.example", "docker system dial-stdio"]
    assert {"-T", "-a", "-x"} < set(words)
    assert words[words.index("-p") + 1] == "2222"
    assert words[words.index("-l") + 1] == "ops"
    assert options >= {
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "ClearAllForwardings=yes",
        "IdentitiesOnly=yes",
        'IdentityFile="/etc/k"',
        'UserKnownHostsFile="/etc/kh"',
        "GlobalKnownHostsFile=/dev/null",
    }


def test_files_of_the_user_are_left_to_ssh() -> None:
    """Where none are named, ssh uses those that the daemon's user has."""
    words = ssh.command(Endpoint(url="ssh://db.example"), (), ssh.REMOTE)

    assert not [each for each in words if "IdentityFile" in each or "KnownHosts" in each]
    assert "-p" not in words
    assert "-l" not in words


def test_what_a_killed_daemon_left_is_swept_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control sockets are in a directory that only the user may enter; others' stay."""
    with tempfile.TemporaryDirectory(dir="/tmp") as where:
        monkeypatch.setattr(tempfile, "tempdir", where)
        monkeypatch.setattr(ssh, "_directory", None)
        dead = Path(where, "dockschedd-ssh-0-a")
        alive = Path(where, f"dockschedd-ssh-{os.getpid()}-b")
        for each in (dead, alive):
            each.mkdir()

        made = Path(ssh._control()).parent

        assert made.parent == Path(where)
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert alive.exists()
        assert not dead.exists()
