"""Calendars: named sets of dates on which schedules are left out, or stacks stay asleep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing
from dockschedctl.dates import icalendar, reading
from dockschedctl.failures import Usage
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import calendars as shown
from dockschedctl.wording import printable
from dockschedd.wire import calendars, dates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

app = ondemand.app("Holidays and other dates on which schedules make an exception.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the calendar.",
        autocompletion=completing.calendars,
        show_default=False,
    ),
]
Dates = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DATE]...",
        help="Dates and ranges, such as 2026-12-24 and 2026-12-24..2027-01-06.",
        show_default=False,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--file",
        metavar="FILE",
        help="Dates from a file: one date or range a line, or iCalendar (.ics); "
        "`-` is standard input.",
    ),
]


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl calendar ls
    dockschedctl calendar ls -o name
    """,
)
def ls(ctx: typer.Context) -> None:
    """List calendars."""
    here = of(ctx)
    with here.client() as client:
        here.show_list(client.list_calendars().items, shown.CALENDARS)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl calendar show holidays
    """,
)
def show(ctx: typer.Context, name: Name) -> None:
    """Show the dates of a calendar, and the schedules that name it."""
    here = of(ctx)
    with here.client() as client:
        _show(here, client.show_calendar(name))


@app.command(
    "add",
    cls=ondemand.Data,
    epilog="""
    dockschedctl calendar add holidays 2026-12-24..2027-01-06 2027-05-01
    dockschedctl calendar add holidays -f holidays.ics
    dockschedctl schedule edit nightly --except holidays
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the calendar.", show_default=False)
    ],
    given: Dates = None,
    *,
    files: Files = None,
) -> None:
    """Add a calendar: schedules name it with --except and --also-asleep.

    In an iCalendar file the events of whole days count; those that recur are refused.
    """
    here = of(ctx)
    days = _days(here, given, files)
    with here.client() as client:
        body = calendars.CalendarNew(name=name, dates=dates.written(days))
        _announce(here, "added", client.add_calendar(body))


@app.command(
    "edit",
    cls=ondemand.Data,
    epilog="""
    dockschedctl calendar edit holidays 2027-12-24..2028-01-06 --add
    dockschedctl calendar edit holidays 2026-12-31 --remove
    dockschedctl calendar edit holidays -f holidays.ics --replace
    """,
)
def edit(
    ctx: typer.Context,
    name: Name,
    given: Dates = None,
    *,
    files: Files = None,
    add: Annotated[bool, typer.Option("--add", help="Add these dates to it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take these dates out of it.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Give it these dates in place of all others.")
    ] = False,
) -> None:
    """Change the dates of a calendar; its schedules go by them from now on."""
    if (add, remove, replace).count(True) != 1:
        hint = "give one of --add, --remove and --replace"
        raise Usage("what is to be done with the dates?", hint=hint)
    here = of(ctx)
    days = dates.written(_days(here, given, files))
    with here.client() as client:
        if add:
            body = calendars.CalendarEdit(add=days)
        elif remove:
            body = calendars.CalendarEdit(remove=days)
        else:
            body = calendars.CalendarEdit(dates=days)
        _announce(here, "changed", client.edit_calendar(name, body))


@app.command(
    "rm",
    cls=ondemand.Data,
    epilog="""
    dockschedctl calendar rm holidays
    dockschedctl calendar rm holidays --force
    """,
)
def rm(
    ctx: typer.Context,
    name: Name,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Take it out of the schedules and hosts that name it.")
    ] = False,
) -> None:
    """Remove a calendar that no schedule and no host names."""
    here = of(ctx)
    with here.client() as client:
        gone = client.remove_calendar(name, calendars.CalendarRemoval(force=force))
    if not here.is_text:
        here.show(gone, name=lambda c: c.name, text=lambda _, __: ())
        return
    here.env.say(f"removed {gone.name}")
    if gone.taken_out_of:
        here.env.say(f"taken out of {', '.join(gone.taken_out_of)}")
    if gone.taken_off_hosts:
        here.env.say(f"taken away from hosts: {', '.join(gone.taken_off_hosts)}")


def _days(here: Invocation, given: Sequence[str] | None, files: Sequence[str] | None) -> set[date]:
    """Return the dates of the command line and of the files. Raises Usage."""
    if not given and not files:
        raise Usage("which dates?", hint=f"{dates.HINT}; -f reads them from a file")
    found = reading.words(given or ())
    faults: list[str] = []
    for file in files or ():
        text = _text(here, file)
        name = "standard input" if file == "-" else file
        is_ics = file.lower().endswith(".ics") or icalendar.looks_like(text)
        try:
            found |= icalendar.read(text) if is_ics else reading.text(text)
        except reading.Wrong as wrong:
            faults += [f"{name}:{line}: {said}" for line, said in wrong.faults]
    if faults:
        raise reading.refused(faults)
    if len(found) > dates.MOST:
        raise Usage(f"a calendar has at most {dates.MOST:,} dates, not {len(found):,}")
    return found


def _text(here: Invocation, file: str) -> str:
    try:
        if file == "-":
            text = here.env.stdin.read(reading.LARGEST + 1)
        else:
            # newline="": a line that is folded may end in CR LF or in LF.
            with Path(file).open(encoding="utf-8", newline="") as opened:
                text = opened.read(reading.LARGEST + 1)
    except UnicodeDecodeError as exc:
        raise Usage(f"{file}: it is no UTF-8 text") from exc
    if len(text) > reading.LARGEST:
        raise Usage(f"{file}: it is longer than {reading.LARGEST:,} characters")
    return text


def _show(here: Invocation, calendar: calendars.Calendar) -> None:
    here.show(calendar, name=lambda c: c.name, text=shown.calendar_text)


def _announce(here: Invocation, done: str, calendar: calendars.Calendar) -> None:
    """Say what has become of a calendar, and what that means for schedules."""
    if not here.is_text:
        _show(here, calendar)
        return
    here.env.say(f"{done} {calendar.name}: {shown.counted(len(calendar.dates), 'date')}")
    if calendar.schedules:
        go = "goes" if calendar.schedules == 1 else "go"
        here.env.say(f"{shown.counted(calendar.schedules, 'schedule')} {go} by it now")
    for warning in calendar.warnings:
        here.env.say(f"warning: {printable(warning)}")
