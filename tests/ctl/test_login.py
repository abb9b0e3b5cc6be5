"""Logging in, and what is kept of it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from dockschedctl import credentials
from dockschedd.wire import access, stacks
from tests.ctl import samples, stub

ROOT = Path(__file__).resolve().parents[2]


def login(ctl, daemon, tokens: access.Tokens | None = None):
    daemon.on("POST /v1/login", tokens or samples.tokens())
    return ctl("login", "--user", "alice", "--password-stdin", stdin="quiet marmalade\n")


def bearer(request: stub.Request) -> str | None:
    return request.headers.get("Authorization")


def test_a_login_is_kept_where_only_its_owner_can_read_it(ctl, daemon) -> None:
    """The directory is 0700 and the file 0600, whatever the umask."""
    old = os.umask(0)
    try:
        result = login(ctl, daemon)
    finally:
        os.umask(old)

    assert result.code == 0
    assert result.out == ""
    assert result.err.startswith(f"logged in to {daemon.url} as alice (operator) until ")
    (file,) = (ctl.config / "credentials").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((ctl.config / "credentials").stat().st_mode) == 0o700
    assert stat.S_IMODE(ctl.config.stat().st_mode) == 0o700
    assert daemon.requests[0].body == {"user": "alice", "password": "quiet marmalade"}


def test_a_login_is_used_by_later_commands(ctl, daemon) -> None:
    """The access token goes with every request to that server, and to no other."""
    login(ctl, daemon)
    daemon.on("GET /v1/me", samples.ME)

    assert ctl("whoami", "-o", "name").out == "alice\n"
    assert bearer(daemon.requests[-1]) == "Bearer access-1"
    with stub.running(ctl.home / "other.sock") as other:
        other.on("GET /v1/me", samples.ME)
        ctl("whoami", "--server", other.url)
        assert bearer(other.requests[-1]) is None


def test_a_stale_access_token_is_renewed_before_it_is_used(ctl, daemon) -> None:
    """The command does not notice, and the new tokens are kept."""
    login(ctl, daemon)
    daemon.on("POST /v1/refresh", samples.tokens(2, lasts=timedelta(hours=9)))
    daemon.on("GET /v1/me", samples.ME)
    later = samples.NOW + timedelta(minutes=20)

    assert ctl("whoami", moment=later).code == 0
    assert ctl("whoami", moment=later).code == 0
    assert daemon.asked["POST /v1/refresh"] == 1
    assert [bearer(r) for r in daemon.requests if r.path == "/v1/me"] == ["Bearer access-2"] * 2
    assert daemon.requests[1].body == {"refresh_token": "refresh-1"}


@pytest.mark.parametrize("code", ["token-expired", "token-invalid"])
def test_a_refused_access_token_is_renewed_once(ctl, daemon, code: str) -> None:
    """Clocks may differ: the daemon's refusal counts, and the request is made again."""
    login(ctl, daemon)
    daemon.on("POST /v1/refresh", samples.tokens(2))
    daemon.on(
        "GET /v1/me",
        lambda r: samples.ME if bearer(r) == "Bearer access-2" else stub.Refuse(code),
    )

    assert ctl("whoami").code == 0
    assert daemon.asked["POST /v1/refresh"] == 1


def test_a_token_that_stays_refused_is_not_renewed_for_ever(ctl, daemon) -> None:
    """One renewal, then exit code 3."""
    login(ctl, daemon)
    daemon.on("POST /v1/refresh", samples.tokens(2))
    daemon.on("GET /v1/me", stub.Refuse("token-expired"))
    daemon.on("GET /v1/events", stub.Refuse("token-expired"))

    assert ctl("whoami").code == 3
    assert daemon.asked["POST /v1/refresh"] == 1
    assert daemon.asked["GET /v1/me"] == 2


def test_a_session_that_has_ended_is_forgotten(ctl, daemon) -> None:
    """Exit code 3, with the way back in; the next command does not try again."""
    login(ctl, daemon)
    daemon.on("POST /v1/refresh", stub.Refuse("session-ended"))
    result = ctl("whoami", moment=samples.NOW + timedelta(hours=1))

    assert result.code == 3
    assert "`dockschedctl login`" in result.err
    assert list((ctl.config / "credentials").glob("*.json")) == []


def test_a_daemon_that_is_away_does_not_cost_the_login(ctl, daemon) -> None:
    """A refresh that cannot be sent leaves the tokens where they are."""
    login(ctl, daemon)

    def broken(_: stub.Request) -> None:
        raise stub.Hang

    daemon.on("POST /v1/refresh", broken)
    result = ctl("whoami", moment=samples.NOW + timedelta(hours=1))

    assert result.code == 6
    assert len(list((ctl.config / "credentials").glob("*.json"))) == 1


def test_ctrl_c_does_not_tear_a_renewal_apart(ctl, daemon) -> None:
    """The new tokens are kept first: the old refresh token is used up."""
    login(ctl, daemon)

    def refresh(_: stub.Request) -> access.Tokens:
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return samples.tokens(2, lasts=timedelta(hours=9))

    daemon.on("POST /v1/refresh", refresh)
    daemon.on("GET /v1/me", samples.ME)
    # Whoever runs the tests in the background may have it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = ctl("whoami", moment=samples.NOW + timedelta(minutes=20))
    finally:
        signal.signal(signal.SIGINT, before)

    assert result.code == 130
    assert credentials.Shelf(ctl.config, daemon.url).load().access_token == "access-2"


def test_a_token_from_the_environment_is_neither_stored_nor_renewed(ctl, daemon) -> None:
    """DOCKSCHEDCTL_TOKEN wins over a login and is used as it is."""
    login(ctl, daemon)
    ctl.environ["DOCKSCHEDCTL_TOKEN"] = "dsk_1"
    daemon.on("GET /v1/me", stub.Refuse("token-expired"))

    assert ctl("whoami").code == 3
    assert daemon.asked["POST /v1/refresh"] == 0
    assert bearer(daemon.requests[-1]) == "Bearer dsk_1"


def test_a_token_with_a_line_break_is_refused_before_it_is_sent(ctl, daemon) -> None:
    """A line end around it, as `$(cat file)` leaves it, is taken off; one inside is a mistake."""
    daemon.on("GET /v1/me", samples.ME)
    ctl.environ["DOCKSCHEDCTL_TOKEN"] = "dsk_1\n"
    assert ctl("whoami").code == 0
    ctl.environ["DOCKSCHEDCTL_TOKEN"] = "dsk_1\nEvil: yes"
    assert ctl("whoami").code == 2

    assert [bearer(r) for r in daemon.requests] == ["Bearer dsk_1"]


def test_logging_out_tells_the_daemon_and_forgets(ctl, daemon) -> None:
    """The session ends on both sides."""
    login(ctl, daemon)
    daemon.on("POST /v1/logout", None)
    result = ctl("logout")

    assert (result.code, result.err) == (0, f"logged out of {daemon.url}\n")
    assert daemon.asked["POST /v1/logout"] == 1
    assert list((ctl.config / "credentials").glob("*.json")) == []


def test_logging_out_without_a_daemon_still_forgets(ctl, daemon) -> None:
    """What is stored here is removed, and the exit code says that the daemon was not told."""
    login(ctl, daemon)

    def broken(_: stub.Request) -> None:
        raise stub.Hang

    daemon.on("POST /v1/logout", broken)

    assert ctl("logout").code == 6
    assert list((ctl.config / "credentials").glob("*.json")) == []


def test_logging_out_of_an_ended_session_is_done(ctl, daemon) -> None:
    """What was wanted is so already."""
    login(ctl, daemon)
    daemon.on("POST /v1/logout", stub.Refuse("session-ended"))

    assert ctl("logout").code == 0


def test_without_a_terminal_nobody_is_asked(ctl, daemon) -> None:
    """The error says which flag gives the password or the name: exit code 2."""
    no_password = ctl("login", "--user", "alice")
    no_user = ctl("login")

    assert (no_password.code, no_user.code) == (2, 2)
    assert "--password-file FILE or --password-stdin" in no_password.err
    assert "--user NAME" in no_user.err
    assert daemon.requests == []


def test_on_a_terminal_people_are_asked(ctl, daemon) -> None:
    """The password is typed without being shown."""
    daemon.on("POST /v1/login", samples.tokens())
    result = ctl("login", tty=True, stdin="alice\n", typed=("hush",))

    assert result.code == 0
    assert daemon.requests[0].body == {"user": "alice", "password": "hush"}
    assert "hush" not in result.err + result.out


def test_passwords_come_from_files_without_the_line_end(ctl, daemon, tmp_path) -> None:
    """One line end is taken off, blanks are kept."""
    (tmp_path / "pw").write_text(" two words \n")
    daemon.on("POST /v1/login", samples.tokens())
    ctl("login", "--user", "alice", "--password-file", str(tmp_path / "pw"))

    assert daemon.requests[0].body["password"] == " two words "


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--password-file", "/no/such"), "cannot be read"),
        (("--password-stdin",), "there is no password in standard input"),
        (("--password-stdin", "--password-file", "x"), "exclude each other"),
    ],
)
def test_a_password_that_is_not_there_is_a_mistake_of_usage(ctl, daemon, arguments, words) -> None:
    """Exit code 2, and nothing is sent."""
    result = ctl("login", "--user", "alice", *arguments)

    assert result.code == 2
    assert words in result.err
    assert daemon.requests == []


def test_a_new_password_is_typed_twice(ctl, daemon) -> None:
    """A slip is found before anything is sent."""
    daemon.on("PUT /v1/me/password", None)
    slip = ctl("passwd", tty=True, typed=("old", "new one", "new two"))
    right = ctl("passwd", tty=True, typed=("old", "new one", "new one"))

    assert (slip.code, right.code) == (2, 0)
    assert daemon.requests[-1].body == {"current": "old", "new": "new one"}
    assert daemon.asked["PUT /v1/me/password"] == 1


def test_who_logs_in_elsewhere_is_told_how_to_make_it_the_default(ctl, daemon) -> None:
    """--server holds for one command only: the hint names the command that keeps it."""
    with stub.running(ctl.home / "other.sock") as other:
        other.on("POST /v1/login", samples.tokens())
        result = ctl(
            "login", "--server", other.url, "--user", "a", "--password-stdin", stdin="x\n"
        )

    assert f"`dockschedctl context add NAME {other.url} --use`" in result.err


def test_a_damaged_file_is_no_login(ctl, daemon) -> None:
    """Half a file, as a full disk leaves it, does not keep anybody from logging in."""
    login(ctl, daemon)
    (file,) = (ctl.config / "credentials").glob("*.json")
    file.write_bytes(file.read_bytes()[:30])
    daemon.on("GET /v1/me", stub.Refuse("unauthenticated"))

    assert ctl("whoami").code == 3
    assert login(ctl, daemon).code == 0


def test_two_commands_at_once_never_use_one_refresh_token_twice(ctl, daemon) -> None:
    """Processes that find the same stale token: one renews it, the others take what it got."""
    login(ctl, daemon)
    shelf = credentials.Shelf(ctl.config, daemon.url)
    stale = samples.tokens()
    shelf.store(credentials.of_tokens(daemon.url, stale))
    used: list[str] = []
    lock = threading.Lock()

    def refresh(request: stub.Request) -> object:
        with lock:
            token = request.body["refresh_token"]
            if token in used:
                return stub.Refuse("session-ended", "The refresh token was used twice.")
            used.append(token)
        new = samples.tokens(len(used) + 1)
        return access.Tokens(
            access_token=new.access_token,
            # These processes look at the real clock.
            access_expires_at=samples.NOW + timedelta(days=36500),
            refresh_token=new.refresh_token,
            refresh_expires_at=samples.NOW + timedelta(days=36500),
            user="alice",
            role="operator",
        )

    daemon.on("POST /v1/refresh", refresh)
    daemon.on("GET /v1/stacks", stacks.StackPage(items=()))
    expired = access.Tokens(
        access_token="old",
        access_expires_at=samples.NOW - timedelta(days=36500),
        refresh_token="refresh-old",
        refresh_expires_at=samples.NOW,
        user="alice",
        role="operator",
    )
    shelf.store(credentials.of_tokens(daemon.url, expired))
    environment = {
        **os.environ,
        "HOME": str(ctl.home),
        "XDG_CONFIG_HOME": str(ctl.config.parent),
        "DOCKSCHEDCTL_SERVER": daemon.url,
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "dockschedctl", "stack", "ls", "-o", "json"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=60), process.returncode) for process in processes]

    assert ended == [("[]\n", "", 0)] * 4
    assert used == ["refresh-old"]
