"""Stacks that sleep, with the installed programs against a real engine."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.conftest import Ctl
from tests.daemon_process import DaemonProcess
from tests.engines import wait_until

pytestmark = pytest.mark.docker

MINUTE = timedelta(minutes=1)
#: More than a test lasts, in whole days.
_TODAY = datetime.now(UTC).replace(hour=0, minute=0)
NOW = "/".join(f"{_TODAY + timedelta(days=days):%Y-%m-%d %H:%M}" for days in (-2, 3))


@pytest.fixture
def sleeper(compose_up, ctl) -> str:
    name = f"slp{secrets.token_hex(3)}"
    compose_up("sleeper", name)
    wait_until(lambda: name in ctl("stack", "ls", "-o", "name"))
    return name


@pytest.fixture
def own_ctl(own_engine, tmp_path_factory):
    """The client of a daemon whose engine the test may restart."""
    process = DaemonProcess(tmp_path_factory.mktemp("d"), own_engine.url)
    process.start()
    yield Ctl(process)
    process.close()


def soon() -> datetime:
    """The first full minute for which there is time to get ready."""
    return (datetime.now(UTC) + timedelta(seconds=6)).replace(second=0, microsecond=0) + MINUTE


def up(engine, stack: str) -> set[str]:
    return {name for name, state in engine.states(stack).items() if state == "running"}


def begun(engine, stack: str, since: datetime) -> list[str]:
    """The services that were started since then, in the engine's order."""
    return [
        event["Actor"]["Attributes"]["com.docker.compose.service"]
        for event in engine.events_since(since, project=stack)
        if event["Action"] == "start"
    ]


@pytest.mark.timeout(240)
def test_a_night_with_an_engine_that_restarts(own_ctl, own_engine):
    """Asleep at the edge; back to sleep after the engine brought it up; awake as it was."""
    ctl, engine = own_ctl, own_engine
    stack = engine.compose_up("sleeper")
    wait_until(lambda: stack in ctl("stack", "ls", "-o", "name"))
    engine.client.stop(engine.container_id(stack, "extra"), timeout=1)
    night = soon()
    times = f"{night:%H:%M}-{night + MINUTE:%H:%M}"
    said = ctl("sleep", f"local/{stack}", times, "--tz", "UTC")
    wait_until(lambda: not up(engine, stack), within=80)
    assert datetime.now(UTC) >= night
    assert said.startswith(f"local/{stack} is asleep from {night:%H:%M} to ")
    assert "next: stop " in said

    # At once: no window may pass that was not seen.
    engine.restart()
    back = {run["cause_kind"]: run for run in _runs(ctl, stack, until="enforcement")}
    wait_until(lambda: not up(engine, stack), within=30)
    assert "the engine came back with it otherwise" in back["enforcement"]["cause"]
    assert datetime.now(UTC) < night + MINUTE, "the engine took too long"

    wait_until(lambda: up(engine, stack) == {"db-1", "app-1", "web-1"}, within=80)
    assert begun(engine, stack, night + MINUTE) == ["db", "app", "web"]
    (run,) = [run for run in _runs(ctl, stack, until="window-edge") if run["action"] == "start"]
    wait_until(lambda: ctl.json("run", "show", run["id"])["status"] == "succeeded")
    shown = ctl("run", "show", run["id"])
    why = ctl("why", f"local/{stack}")
    warning = f"{stack}-extra-1 did not run when the stack was put to sleep: it stays as it is"
    assert f"warning: {warning}" in shown
    assert "because: " in why
    assert warning in why
    assert f"schedule `sleep-local-{stack}` wants it awake until {night:%H:%M}" in why
    ctl("stack", "start", stack, "--all")
    assert len(up(engine, stack)) == 4


def _runs(ctl, stack: str, *, until: str) -> list[dict]:
    """All runs of the stack, once there is one with that cause."""

    def found():
        runs = ctl.json("run", "ls", "--stack", f"local/{stack}")
        return runs if any(run["cause_kind"] == until for run in runs) else None

    return wait_until(found, within=45)


def test_drift_is_corrected_at_once_and_a_hold_lets_it_be(ctl, sleeper, engine):
    """Started with docker it is back asleep within two seconds; by dockschedctl it is held."""
    stack = f"local/{sleeper}"
    ctl("schedule", "add", "rest", "asleep", stack, "--window", NOW, "--enforce", "always")
    wait_until(lambda: not up(engine, sleeper), within=20)
    wait_until(lambda: _settled(ctl, stack))

    began = datetime.now(UTC)
    engine.client.start(engine.container_id(sleeper, "db"))
    wait_until(lambda: _deaths(engine, sleeper, began), within=10)
    took = _deaths(engine, sleeper, began)[0] - began.timestamp()
    assert took < 2, f"{took:.1f} s"
    wait_until(lambda: _settled(ctl, stack))

    done = ctl.run("stack", "start", stack)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"note: `{stack}` is held up by local until ")
    assert [hold["stack"] for hold in ctl.json("hold", "ls")] == [stack]
    assert len(up(engine, sleeper)) == 4
    ctl("release", stack)
    wait_until(lambda: not up(engine, sleeper), within=20)
    causes = {run["cause_kind"] for run in ctl.json("run", "ls", "--stack", stack)}
    assert causes == {"enforcement", "manual", "hold-expiry"}


def _settled(ctl, stack: str) -> bool:
    runs = ctl.json("run", "ls", "--stack", stack)
    return bool(runs) and all(run["status"] not in ("planned", "running") for run in runs)


def _deaths(engine, stack: str, since: datetime) -> list[float]:
    """When containers ended since then."""
    return [
        event["timeNano"] / 1e9
        for event in engine.events_since(since, project=stack)
        if event["Action"] == "die"
    ]


def test_what_was_put_to_sleep_by_hand_is_woken_by_hand(ctl, sleeper, engine):
    """`--remember` keeps what ran; the plan of the start says what it leaves, `--all` does not."""
    engine.client.stop(engine.container_id(sleeper, "extra"), timeout=1)
    wait_until(lambda: ctl.json("stack", "show", sleeper)["status"] == "partial")
    ctl("stack", "pause", sleeper, "--remember")
    ctl("stack", "stop", sleeper)
    planned = ctl("plan", "start", sleeper)
    everything = ctl("stack", "start", sleeper, "--all", "--plan")
    done = ctl.run("stack", "start", sleeper)

    left = f"{sleeper}-extra-1 did not run when the stack was put to sleep: it stays as it is"
    assert f"warning: {left}" in planned
    assert f"{sleeper}-extra-1" in everything
    assert left not in everything
    assert done.returncode == 0, done.stderr
    assert f"warning: local/{sleeper}: {left}" in done.stderr
    assert up(engine, sleeper) == {"db-1", "app-1", "web-1"}


def test_windows_go_through_documents(ctl, sleeper):
    """What is exported changes nothing when it is applied, in each form."""
    stack = f"local/{sleeper}"
    ctl("sleep", stack, "23:00-07:00", "--days", "mon-fri", "--by", "pause", "--name", "nights")
    items = "mon-fri 08:00-18:00, sat 10:00-14:00"
    ctl("schedule", "add", "open", "awake", stack, "--window", items, "--enforce",
        "always", "--tz", "Europe/Berlin", "--disabled")  # fmt: skip
    ctl("sleep", stack, "22:00-07:00", "--name", "nights", expect=1)
    before = ctl.json("schedule", "ls")
    for form in ("yaml", "toml", "json"):
        exported = ctl("schedule", "export", "-o", form)
        ctl("schedule", "apply", "-f", "-", "--diff", "--prune", stdin=exported)
        ctl("schedule", "apply", "-f", "-", "--prune", stdin=exported)

    assert ctl.json("schedule", "ls") == before
    assert [(each["window"], each["sleep_by"]) for each in before] == [
        ("mon-fri 23:00-07:00", "pause"),
        ("mon-fri 08:00-18:00, sat 10:00-14:00", "stop"),
    ]
    ctl("schedule", "edit", "nights", "--action", "stop", "--cron", "0 22 * * *")
    changed = ctl.run("schedule", "apply", "-f", "-", "--diff", stdin=exported)
    assert changed.returncode == 1
    assert "mon-fri 23:00-07:00" in changed.stdout
