"""Lists that are longer than a page: shown as they come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dockschedd.wire import foresight, runs, schedules
from tests.ctl import samples, stub

ROOT = Path(__file__).resolve().parents[2]


def test_schedules_are_shown_page_by_page(ctl, daemon) -> None:
    """The next page is asked for with the cursor of the one before; together they are a list."""
    first, *others = samples.SCHEDULES
    pages = {
        None: schedules.SchedulePage(items=(first,), next=first.name),
        first.name: schedules.SchedulePage(items=tuple(others)),
    }
    daemon.on("GET /v1/schedules", lambda request: pages[request.query.get("cursor")])
    assert ctl("schedule", "ls", "-o", "name").out.split() == [s.name for s in samples.SCHEDULES]
    assert len(json.loads(ctl("schedule", "ls", "-o", "json").out)) == len(samples.SCHEDULES)
    assert len(ctl("schedule", "ls").out.splitlines()) == len(samples.SCHEDULES) + 1
    assert daemon.asked["GET /v1/schedules"] == 3 * len(pages)


def test_a_list_that_breaks_off_fails(ctl, daemon) -> None:
    """What had come by then is written; the exit code says that it is not all."""
    page = schedules.SchedulePage(items=samples.SCHEDULES, next="x")
    daemon.on("GET /v1/schedules", [page, stub.Refuse("internal", "it broke")])
    result = ctl("schedule", "ls", "-o", "name")
    assert result.out.split() == [each.name for each in samples.SCHEDULES]
    assert (result.code, result.err[:6]) == (1, "error:")


def test_a_list_ends_quietly_when_its_reader_has_had_enough(ctl, daemon) -> None:
    """As in `| head`: what comes first is there at once, also of a list without an end."""
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES, next="x"))
    with subprocess.Popen(
        [sys.executable, "-m", "dockschedctl", "schedule", "ls", "-o", "name"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(ctl.home), **ctl.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().decode().strip() == samples.SCHEDULES[0].name
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_schedules_are_filtered(ctl, daemon) -> None:
    """Those of a stack by the daemon; those that fire, or do not, of each page that comes."""
    pages = [
        schedules.SchedulePage(items=samples.SCHEDULES[:2], next="nightly"),
        schedules.SchedulePage(items=samples.SCHEDULES[2:]),
    ]
    daemon.on("GET /v1/schedules", lambda r: pages["cursor" in r.query])
    on = ctl("schedule", "ls", "--enabled", "-o", "name").out.split()
    off = ctl("schedule", "ls", "--disabled", "-o", "name").out.split()
    ctl("schedule", "ls", "--stack", "web")

    assert off == ["xmas"]
    assert sorted(on + off) == sorted(each.name for each in samples.SCHEDULES)
    assert daemon.requests[-2].query["stack"] == "web"


def test_old_runs_are_not_read_where_only_recent_ones_are_wanted(ctl, daemon) -> None:
    """--since ends with the first page on which there is an older one."""
    made = [samples.run(id=f"{n:036}", created_at=samples.at(hours=n)) for n in range(6)]
    daemon.on("GET /v1/runs", [
        runs.RunPage(items=tuple(made[:2]), next="1"),
        runs.RunPage(items=tuple(made[2:4]), next="2"),
    ])  # fmt: skip
    told = ctl("run", "ls", "--since", "150m", "-o", "name").out.split()

    assert told == [each.id for each in made[:3]]


def test_what_runs_now_is_watched_without_being_named(ctl, daemon) -> None:
    """All of it; where nothing runs, that is said, and it is no failure."""
    daemon.on("GET /v1/runs", [runs.RunPage(items=()), runs.RunPage(items=(samples.RUNNING,))])
    daemon.on(f"GET /v1/runs/{samples.RUN_ID}", samples.SUCCEEDED)
    nothing = ctl("run", "watch")
    something = ctl("run", "watch")

    assert (nothing.code, nothing.err) == (0, "nothing is running\n")
    assert something.out == "stopped local/web in 1.3s (2 containers)\n"
    assert daemon.requests[0].query["status"] == "running"


def test_a_preview_of_all_schedules_asks_once(ctl, daemon) -> None:
    """From when, until when, and of which stack is for the daemon to understand."""
    empty = foresight.Upcoming(
        from_at=samples.NOW, items=(), complete=False, frozen=samples.FREEZE
    )
    daemon.on("GET /v1/upcoming", empty)
    told = ctl("schedule", "preview", "--from", "tomorrow", "--until", "fri", "--stack", "web")

    assert daemon.requests[0].query == {
        "start": "tomorrow", "until": "fri", "stack": "web", "count": "20"
    }  # fmt: skip
    assert "note: " in told.err
    assert "more schedules" in told.err
    assert told.err.endswith("nothing is due\n")
