"""Lists that are longer than a page: shown as they come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dockschedd.wire import schedules
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
