"""The command that adds a schedule as it is: what brings back one that was removed. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dockschedctl import durations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedd.wire import schedules

_DEADLINE = 3600.0
_WAIT_TIMEOUT = 600.0


def command(schedule: schedules.Schedule) -> str:
    """Return the command line; what has its default is left out, but for the zone."""
    head = ("dockschedctl", "schedule", "add", schedule.name, schedule.action, schedule.selector)
    return shlex.join((*head, *_trigger(schedule), *_policies(schedule), *_options(schedule)))


def _trigger(schedule: schedules.Schedule) -> Iterator[str]:
    if schedule.cron is not None:
        yield from ("--cron", schedule.cron)
    if schedule.at is not None:
        yield from ("--at", schedule.at.isoformat())
    if schedule.window is not None:
        yield from ("--window", schedule.window)
    yield from ("--tz", schedule.zone)


def _policies(schedule: schedules.Schedule) -> Iterator[str]:
    if schedule.sleep_by not in (None, "stop"):
        yield from ("--sleep-by", str(schedule.sleep_by))
    if schedule.enforce not in (None, "boundary"):
        yield from ("--enforce", str(schedule.enforce))
    if schedule.catch_up != ("skip" if schedule.action == "restart" else "latest"):
        yield from ("--catch-up", schedule.catch_up)
    if schedule.deadline_seconds != _DEADLINE:
        yield from ("--deadline", durations.written(schedule.deadline_seconds))
    if schedule.if_busy != "wait":
        yield from ("--if-busy", schedule.if_busy)
    if schedule.spread_seconds:
        yield from ("--spread", durations.written(schedule.spread_seconds))
    for name in schedule.except_on:
        yield from ("--except", name)
    for name in schedule.also_asleep:
        yield from ("--also-asleep", name)
    if not schedule.enabled:
        yield "--disabled"


def _options(schedule: schedules.Schedule) -> Iterator[str]:
    options = schedule.options
    if schedule.action in ("start", "unpause"):
        if options.wait_timeout_seconds != _WAIT_TIMEOUT:
            yield from ("--timeout", durations.written(options.wait_timeout_seconds))
    elif options.stop_timeout_seconds is not None:
        yield from ("--timeout", durations.written(options.stop_timeout_seconds))
    flags = {
        "--in-place": options.in_place,
        "--rerun-oneshots": options.rerun_oneshots,
        "--remember": options.remember,
        "--all": options.everything,
    }
    yield from (flag for flag, given in flags.items() if given)
    if options.on_error != "continue":
        yield from ("--on-error", options.on_error)
    if options.dependents != "refuse":
        yield from ("--dependents", options.dependents)
