"""The client against the real API, store and access control, in process."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from dockschedd.core import model
from tests.api import daemon as parts
from tests.api.conftest import start  # noqa: F401 (a fixture)
from tests.patience import eventually


class Real:
    """The client in a thread, beside the daemon's event loop."""

    def __init__(self, ctl, daemon: parts.Daemon) -> None:
        self.ctl, self.daemon = ctl, daemon

    async def __call__(self, *argv: str, **how):
        how.setdefault("moment", self.daemon.clock.now())
        return await asyncio.to_thread(partial(self.ctl, *argv, **how))

    async def json(self, *argv: str):
        result = await self(*argv, "-o", "json")
        assert (result.code, result.err) == (0, "")
        return json.loads(result.out)

    async def as_user(self, name: str, role: str) -> None:
        """Log in over TCP as a new user; from now on commands go there."""
        await self.daemon.add_user(name, role)
        self.ctl.environ["DOCKSCHEDCTL_SERVER"] = self.daemon.tcp
        result = await self("login", "--user", name, "--password-stdin", stdin=parts.PASSWORD)
        assert result.code == 0, result.err


@pytest.fixture
async def real(ctl, start):  # noqa: F811 (the fixture that is imported)
    """A daemon with two stacks on `local`, and one on `away`, which cannot be reached."""
    async with start() as daemon:
        ctl.environ["DOCKSCHEDCTL_SERVER"] = f"unix://{daemon.socket}"
        yield Real(ctl, daemon)


async def test_whoever_runs_the_daemon_is_the_local_administrator(real) -> None:
    """Over the Unix socket no login is needed."""
    me = await real.json("whoami")

    assert (me["user"], me["role"], me["method"]) == ("local", "admin", "peer")


@pytest.mark.parametrize(
    "argv",
    [
        ("status",), ("stack", "ls"), ("stack", "show", "web"), ("host", "ls"),
        ("schedule", "ls"), ("run", "ls"), ("user", "ls"), ("audit", "ls"), ("audit", "verify"),
        ("version",), ("calendar", "ls"), ("schedule", "preview", "--cron", "@daily"),
        ("stack", "stop", "web", "--plan"), ("group", "ls"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
async def test_everything_that_shows_works_in_every_form(real, argv, form: str) -> None:
    """Exit code 0, and no complaint on stderr."""
    result = await real(*argv, "-o", form)

    assert result.code == 0, result.err
    assert "error" not in result.err


async def test_a_login_over_tcp_lives_as_long_as_it_is_renewed(real) -> None:
    """After the access token's end the refresh token is traded, again and again."""
    await real.as_user("alice", "operator")
    for _ in range(3):
        real.daemon.clock._now += timedelta(minutes=20)
        assert (await real("whoami", "-o", "name")).out == "alice\n"
    assert (await real("logout")).code == 0
    gone = await real("whoami")
    assert gone.code == 3
    assert "`dockschedctl login`" in gone.err


async def test_a_wrong_password_is_exit_code_3(real) -> None:
    """Nothing is stored."""
    await real.daemon.add_user("alice", "operator")
    result = await real("login", "--user", "alice", "--password-stdin", stdin="wrong password")

    assert result.code == 3
    assert result.err.startswith("error: user name or password is wrong\n")
    assert not list(real.ctl.config.rglob("*.json"))


async def test_a_viewer_may_not_act(real) -> None:
    """Exit code 4."""
    await real.as_user("eve", "viewer")

    assert (await real("stack", "stop", "web")).code == 4
    assert (await real("stack", "ls")).code == 0


async def test_schedules_from_add_to_rm(real) -> None:
    """Added, shown, changed, disabled, enabled, removed: each by its command."""
    added = await real(
        "schedule", "add", "nightly", "stop", "local/*", "--cron", "0 22 * * mon-fri",
        "--tz", "Europe/Berlin", "--timeout", "30s", "--deadline", "2h",
    )  # fmt: skip
    assert added.code == 0, added.err
    assert added.err.startswith("added nightly: stop local/*\n")
    assert added.out.count("22:00") >= 5
    await real("schedule", "edit", "nightly", "--on-error", "halt", "--cron", "0 23 * * *")
    shown = await real.json("schedule", "show", "nightly")
    assert (shown["cron"], shown["deadline_seconds"]) == ("0 23 * * *", 7200)
    assert shown["options"]["on_error"] == "halt"
    assert shown["options"]["stop_timeout_seconds"] == 30
    assert (await real("schedule", "disable", "nightly")).code == 0
    assert [s["enabled"] for s in await real.json("schedule", "ls")] == [False]
    assert (await real("schedule", "enable", "nightly")).code == 0
    assert len((await real.json("schedule", "preview", "nightly", "-n", "7"))["moments"]) == 7
    assert (await real("schedule", "rm", "nightly")).code == 0
    assert await real.json("schedule", "ls") == []


async def test_windows_from_sleep_to_rm(real) -> None:
    """Made in one line, shown, previewed, changed, made a plain schedule, removed."""
    made = await real("sleep", "local/web", "23:00-07:00", "--days", "mon-fri")
    assert made.code == 0, made.err
    assert made.out == (
        "local/web is asleep from 23:00 to 07:00 the next day, beginning on weekdays, "
        "Europe/Berlin (schedule sleep-local-web)\n"
        "next: stop 23:00 (in 10 h)\n"
    )
    edited = await real("schedule", "edit", "sleep-local-web", "--sleep-by", "pause",
                        "--window", "22:00-06:00", "--enforce", "always")  # fmt: skip
    assert edited.code == 0, edited.err
    assert "  pause " in edited.out.splitlines()[3], edited.out
    shown = (await real("schedule", "show", "sleep-local-web")).out
    assert "  window: daily 22:00-06:00\n" in shown
    assert "  next: pause 22:00 (in 9 h)\n" in shown
    assert "  enforce: always\n" in shown
    assert "catch-up" not in shown
    twice = await real("sleep", "local/web", "22:00-06:00")
    assert (twice.code, "give another --name" in twice.err) == (1, True)
    listed = (await real("schedule", "ls")).out.splitlines()[1].split()
    assert listed[:5] == ["sleep-local-web", "asleep", "local/web", "daily", "22:00-06:00"]
    plain = await real("schedule", "edit", "sleep-local-web", "--action", "stop",
                       "--cron", "0 22 * * *")  # fmt: skip
    assert plain.code == 0, plain.err
    assert "window" not in (await real("schedule", "show", "sleep-local-web")).out
    assert (await real("schedule", "rm", "sleep-local-web")).code == 0


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("schedule", "add", "x", "stop", "web", "--cron", "61 * * * *"), 2, "cron"),
        (("schedule", "add", "x", "stop", "web", "--cron", "@daily", "--tz", "Europe/Berln"), 2,
         "Europe/Berlin"),
        (("schedule", "add", "x", "stop", "web", "--at", "2001-01-01 00:00"), 2, "at"),
        (("schedule", "show", "nope"), 5, "nope"),
        (("sleep", "web", "23-7"), 2, "window: "),
        (("sleep", "web", "23:00-07:00", "--days", "mo-fr"), 2, "the days are mon, tue"),
        (("sleep", "local/wbe", "23:00-07:00"), 5, "did you mean `local/web`?"),
        (("schedule", "add", "x", "stop", "web", "--window", "mon 08:00-09:00"), 2,
         "awake or asleep"),
        (("schedule", "add", "x", "awake", "web", "--cron", "@daily"), 2, "--window"),
        (("schedule", "add", "x", "stop", "web", "--cron", "@daily", "--enforce", "always"), 2,
         "only a window has it"),
        (("stack", "show", "wbe"), 5, "did you mean `web`?"),
        (("stack", "show", "local/wbe"), 5, "web"),
        (("stack", "stop", "wbe"), 5, "web"),
        (("stack", "start", "nowhere/web"), 5, "nowhere"),
        (("run", "show", "01936000-0000-7000-8000-0000000000a1"), 5, "run"),
        (("run", "cancel", "ffffffff"), 5, "ffffffff"),
        (("user", "add", "bob", "--role", "king", "--password-stdin"), 2, "role"),
        (("user", "rm", "bob"), 5, "bob"),
    ],
)  # fmt: skip
async def test_mistakes_are_told_as_mistakes(real, argv, code: int, words: str) -> None:
    """The daemon's words come through, and the exit code says whose fault it is."""
    result = await real(*argv, stdin=parts.PASSWORD)

    assert result.code == code, result.err
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert words in result.err


async def test_an_action_is_waited_for_on_the_real_event_stream(real) -> None:
    """The verdict comes from what the daemon publishes, not from asking again and again."""
    command = asyncio.create_task(real("stack", "stop", "web"))
    daemon = real.daemon

    async def planned() -> tuple[model.Run, ...]:
        async with daemon.store.reading() as unit:
            return await unit.runs.planned(limit=10)

    (run,) = await eventually(planned)
    await eventually(lambda: daemon.bus._boxes)
    cancelled = await real("run", "cancel", run.id)
    assert cancelled.code == 0, cancelled.err
    async with daemon.store.reading() as unit:
        over = await unit.runs.get(run.id)
    assert over is not None
    daemon.bus.publish_run(over)
    result = await asyncio.wait_for(command, 20)

    assert result.code == 1
    assert result.err.startswith("error: stop of local/web was cancelled: cancelled by local\n")


async def test_users_are_managed_and_their_sessions_end(real) -> None:
    """Added from the socket, logged in over TCP, disabled, and out."""
    add = ("user", "add", "bob", "--role", "viewer", "--password-stdin")
    assert (await real(*add, stdin=parts.PASSWORD)).code == 0
    assert (await real(*add, stdin=parts.PASSWORD)).code == 1
    local = real.ctl.environ["DOCKSCHEDCTL_SERVER"]
    real.ctl.environ["DOCKSCHEDCTL_SERVER"] = real.daemon.tcp
    login = ("login", "--user", "bob", "--password-stdin")
    assert (await real(*login, stdin=parts.PASSWORD)).code == 0
    assert (await real("whoami")).code == 0
    assert (await real("user", "edit", "bob", "--disable", "--server", local)).code == 0
    assert (await real("whoami")).code == 3


async def test_a_password_is_changed_and_the_session_goes_on(real) -> None:
    """All other sessions end; this one does not."""
    await real.as_user("alice", "viewer")
    new = "another quiet locomotive 28"
    result = await real("passwd", tty=True, typed=(parts.PASSWORD, new, new))

    assert result.code == 0, result.err
    assert (await real("whoami")).code == 0
    again = await real("login", "--user", "alice", "--password-stdin", stdin=parts.PASSWORD)
    assert again.code == 3


async def test_an_unreachable_host_is_shown_as_such(real) -> None:
    """Its stacks are unknown, and the status names the reason."""
    rows = {row["name"]: row["status"] for row in await real.json("stack", "ls")}
    assert rows["away/far"] == "unknown"
    assert "unreachable" in (await real("status")).out


async def test_the_client_knows_a_daemon_whose_clock_is_ahead(real) -> None:
    """The daemon finds the token expired, the client did not: it is renewed."""
    await real.as_user("alice", "viewer")
    before = real.daemon.clock.now()
    real.daemon.clock._now += timedelta(minutes=20)

    assert (await real("whoami", moment=before)).code == 0


async def test_inventory_changes_are_seen_by_the_next_command(real) -> None:
    """Nothing is cached between commands."""
    ref = model.StackRef("local", "web")
    found = real.daemon.inventory.by_ref[ref]
    real.daemon.inventory.by_ref[ref] = tuple(
        replace(c, state=model.ContainerState.EXITED, exit_code=0) for c in found
    )
    rows = {row["name"]: row["status"] for row in await real.json("stack", "ls")}

    assert rows["local/web"] == "stopped"
