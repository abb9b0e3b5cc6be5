"""Schedules and previews as people read them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from dockschedctl import durations
from dockschedctl.output import tables, times
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import foresight, runs, schedules


def _next(schedule: schedules.Schedule, view: View) -> str:
    if schedule.done:
        return "done"
    if not schedule.enabled:
        return "disabled"
    return view.time(schedule.next_at)


def _coming(schedule: schedules.Schedule, view: View) -> str:
    """Return when it is due next; of a window, with what it does then."""
    when = _next(schedule, view)
    if schedule.window is None or schedule.next_at is None:
        return when
    return f"{schedule.next_action} {when}"


def _trigger(schedule: schedules.Schedule, view: View) -> str:
    if schedule.at is None:
        return schedule.window or schedule.cron or ""
    if view.wide:
        return times.rfc3339(schedule.at)
    return f"at {schedule.at.astimezone(view.zone):%Y-%m-%d %H:%M}"


SCHEDULES: Table[schedules.Schedule] = Table(
    columns=(
        Column(head="SCHEDULE", cell=lambda s, _: s.name, elastic=True, named=True),
        Column(head="ACTION", cell=lambda s, _: s.action),
        Column(head="SELECTOR", cell=lambda s, _: s.selector, elastic=True, named=True),
        Column(head="WHEN", cell=_trigger, elastic=True),
        Column(head="ZONE", cell=lambda s, _: s.zone, wide=True),
        Column(head="NEXT", cell=_next, coloured=True),
        Column(head="CATCH-UP", cell=lambda s, _: s.catch_up, wide=True),
        Column(head="OWNER", cell=lambda s, _: s.owner, wide=True),
        Column(head="READS", cell=lambda s, _: s.reads, wide=True, elastic=True),
    ),
    name=lambda s: s.name,
    empty="there are no schedules",
)  # fmt: skip


def schedule_text(schedule: schedules.Schedule, view: View) -> Iterator[str]:
    """Yield one schedule."""
    state = "done" if schedule.done else "enabled" if schedule.enabled else "disabled"
    yield f"{schedule.name}: {schedule.action} {schedule.selector}, {view.word(state)}"
    yield f"  reads: {printable(schedule.reads)}"
    if schedule.cron is not None:
        yield f"  cron: {schedule.cron}"
    if schedule.at is not None:
        yield f"  at: {view.time(schedule.at)}"
    if schedule.window is not None:
        yield f"  window: {schedule.window}"
    yield f"  zone: {schedule.zone}"
    yield f"  next: {_coming(schedule, view)}"
    if schedule.window is not None:
        yield f"  sleeps by: {schedule.sleep_by}"
        yield f"  enforce: {schedule.enforce}"
    late = durations.written(schedule.deadline_seconds)
    # What a window wants counts whenever the daemon is there.
    if schedule.window is None or (schedule.catch_up, late) != ("latest", "1h"):
        yield f"  catch-up: {schedule.catch_up}, at most {late} late"
    if schedule.if_busy != "wait":
        yield f"  if busy: {schedule.if_busy}"
    if schedule.spread_seconds:
        yield f"  spread: {durations.written(schedule.spread_seconds)}"
    if schedule.except_on:
        yield f"  except on: {', '.join(schedule.except_on)}"
    if schedule.also_asleep:
        yield f"  also asleep on: {', '.join(schedule.also_asleep)}"
    yield from (f"  {line}" for line in options_text(schedule.options))
    yield f"  owner: {schedule.owner}"
    yield f"  changed: {view.time(schedule.updated_at)}"
    yield from (f"  warning: {printable(line)}" for line in schedule.warnings)


def options_text(options: runs.Options) -> Iterator[str]:
    """Yield the options that are not the usual ones."""
    if options.stop_timeout_seconds is not None:
        yield f"stop timeout: {durations.written(options.stop_timeout_seconds)}"
    yield f"waits for a dependency: {durations.written(options.wait_timeout_seconds)}"
    if options.in_place:
        yield "in place: yes"
    if options.rerun_oneshots:
        yield "one-shots: run again"
    if options.on_error != "continue":
        yield f"on error: {options.on_error}"
    if options.dependents != "refuse":
        yield f"dependents: {options.dependents}"
    if options.remember:
        yield "remembers: what ran, for the next start"
    if options.everything:
        yield "starts: also what did not run before"


def asleep_text(schedule: schedules.Schedule, view: View) -> Iterator[str]:
    """Yield when the stacks of a new window sleep, and what it does next."""
    reads = printable(schedule.reads)
    yield f"{schedule.selector} is {reads} (schedule {schedule.name})"
    if schedule.next_at is None:
        return
    yield f"next: {_coming(schedule, view)}"
    if schedule.next_action == "start" and schedule.enforce == "boundary":
        now = f"`dockschedctl schedule run {schedule.name}` puts it to sleep now"
        yield f"it is left as it is until then; {now}"


def _local(at: schedules.Moment | schedules.Start, view: View) -> str:
    """Return the instant in the schedule's zone: with its weekday, or as ISO 8601 when wide."""
    return at.local if view.wide else times.dated(datetime.fromisoformat(at.local))


MOMENTS: Table[schedules.Moment] = Table(
    columns=(
        Column(head="LOCAL", cell=_local),
        Column(head="FROM NOW", cell=lambda m, view: times.relative(m.at, view.now)),
        Column(head="UTC", cell=lambda m, _: times.rfc3339(m.at), wide=True),
        Column(head="NOTE", cell=lambda m, _: m.note, elastic=True),
    ),
    name=lambda m: times.rfc3339(m.at),
    empty="it never fires",
    blank="",
)


COMING: Table[foresight.Coming] = Table(
    columns=(
        Column(head="WHEN", cell=lambda c, view: view.time(c.at)),
        Column(head="ACTION", cell=lambda c, _: c.action),
        Column(head="SELECTOR", cell=lambda c, _: c.selector, elastic=True, named=True),
        Column(head="SCHEDULE", cell=lambda c, _: c.schedule, elastic=True, named=True),
    ),
    name=lambda c: c.schedule,
    empty="nothing is due",
)


def _starts(preview: schedules.Preview) -> list[tuple[schedules.Start, schedules.Moment]]:
    return [(start, moment) for moment in preview.moments for start in moment.starts]


STARTS: Table[tuple[schedules.Start, schedules.Moment]] = Table(
    columns=(
        Column(head="LOCAL", cell=lambda s, view: _local(s[0], view)),
        Column(head="STACK", cell=lambda s, _: s[0].stack, elastic=True, named=True),
        Column(head="FROM NOW", cell=lambda s, view: times.relative(s[0].at, view.now)),
        Column(head="UTC", cell=lambda s, _: times.rfc3339(s[0].at), wide=True),
        Column(head="PLANNED", cell=lambda s, view: _local(s[1], view), wide=True),
        Column(head="NOTE", cell=lambda s, _: s[1].note, elastic=True),
    ),
    name=lambda s: times.rfc3339(s[0].at),
    empty="",
    blank="",
)


_DOES: Column[schedules.Moment] = Column(head="ACTION", cell=lambda m, _: m.action)
_BEGINS: Column[tuple[schedules.Start, schedules.Moment]] = Column(
    head="ACTION", cell=lambda s, _: s[1].action
)


def _acting(table: Table[tables.T], action: Column[tables.T], *, shown: bool) -> Table[tables.T]:
    """Return the table with what is done as its second column, where that is known."""
    if not shown:
        return table
    return msgspec.structs.replace(table, columns=(table.columns[0], action, *table.columns[1:]))


def preview_text(preview: schedules.Preview, view: View) -> Iterator[str]:
    """Yield a trigger as a sentence, its next instants, and what calendars leave out."""
    yield printable(preview.reads)
    starts = _starts(preview)
    known = any(moment.action for moment in preview.moments)
    if not preview.moments:
        yield MOMENTS.empty
    else:
        yield ""
    if starts:
        yield from tables.render(_acting(STARTS, _BEGINS, shown=known), starts, view)
    elif preview.moments:
        yield from tables.render(_acting(MOMENTS, _DOES, shown=known), preview.moments, view)
    if preview.left_out:
        yield ""
        yield from map(printable, preview.left_out)
