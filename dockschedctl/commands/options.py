"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dockschedctl import durations
from dockschedctl.commands import completing


def duration(text: str) -> float:
    """Return seconds; what cannot be read is the user's mistake."""
    try:
        return durations.seconds(text)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from exc


class OnError(StrEnum):
    """What a failed container means for the others."""

    CONTINUE = "continue"
    HALT = "halt"


class Action(StrEnum):
    """What can be done to a stack."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    PAUSE = "pause"
    UNPAUSE = "unpause"


class Dependents(StrEnum):
    """What a stop or pause does while stacks that need this one are up."""

    REFUSE = "refuse"
    STOP = "stop"
    IGNORE = "ignore"


class Does(StrEnum):
    """What a schedule does to its stacks, or what its window wants of them."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    AWAKE = "awake"
    ASLEEP = "asleep"


class SleepBy(StrEnum):
    """How a stack is put to sleep."""

    STOP = "stop"
    PAUSE = "pause"


class Enforce(StrEnum):
    """When a window sees to it that what it wants is so."""

    BOUNDARY = "boundary"
    ALWAYS = "always"


class IfBusy(StrEnum):
    """What a run does while another one is under way on its stack."""

    WAIT = "wait"
    SKIP = "skip"
    REPLACE = "replace"


class CatchUp(StrEnum):
    """What happens to occurrences that were missed."""

    LATEST = "latest"
    SKIP = "skip"
    ALL = "all"


Selectors = Annotated[
    list[str],
    typer.Argument(
        metavar="SELECTOR...",
        help="Stacks: HOST/STACK, STACK, or patterns such as 'prod-*/db-*'.",
        show_default=False,
        autocompletion=completing.stacks,
    ),
]
MaybeSelector = Annotated[
    str | None,
    typer.Argument(
        metavar="[SELECTOR]",
        help="Only these stacks: HOST/STACK, STACK, or a pattern.",
        show_default=False,
        autocompletion=completing.stacks,
    ),
]
StackName = Annotated[
    str,
    typer.Argument(
        metavar="STACK",
        help="HOST/STACK, or STACK where one host has it.",
        autocompletion=completing.stacks,
        show_default=False,
    ),
]
OfStack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="STACK",
        help="Only of this stack.",
        autocompletion=completing.stacks,
    ),
]
OfSchedule = Annotated[
    str | None,
    typer.Option(
        "--schedule",
        metavar="NAME",
        help="Only of this schedule.",
        autocompletion=completing.schedules,
    ),
]
ScheduleName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the schedule.",
        autocompletion=completing.schedules,
        show_default=False,
    ),
]
RunId = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Id of the run, or its last characters.",
        show_default=False,
        autocompletion=completing.runs,
    ),
]
MaybeRunId = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="Id of the run, or its last characters.",
        show_default=False,
        autocompletion=completing.runs,
    ),
]
UserName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the user.",
        autocompletion=completing.users,
        show_default=False,
    ),
]

Plan = Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is done.")]
WaitTimeout = Annotated[
    float | None,
    typer.Option(
        "--wait-timeout",
        metavar="DURATION",
        parser=duration,
        help="Stop waiting after this time (exit code 7); the run goes on.",
    ),
]
StopTimeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        parser=duration,
        help="Kill a container that has not stopped by then; its own stop timeout otherwise.",
    ),
]
StartTimeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        parser=duration,
        help="The longest wait for one dependency to become healthy or to complete.",
    ),
]
HowToFail = Annotated[
    OnError | None,
    typer.Option(
        "--on-error",
        help="Whether a failed container ends the run or only what depends on it.  "
        "[default: continue]",
    ),
]
WhatNeedsIt = Annotated[
    Dependents | None,
    typer.Option(
        "--dependents",
        help="Of stop and pause, while stacks that need this one are up: refuse, do it to them "
        "first, or ignore them.  [default: refuse]",
    ),
]
InPlace = Annotated[
    bool,
    typer.Option("--in-place", help="Restart container by container, without stopping all first."),
]
RerunOneshots = Annotated[
    bool, typer.Option("--rerun-oneshots", help="Run containers again that have finished.")
]
Remember = Annotated[
    bool,
    typer.Option("--remember", help="Keep which containers ran: the next start starts those."),
]
Everything = Annotated[
    bool,
    typer.Option("--all", help="Also what did not run when the stack was put to sleep."),
]
PasswordFile = Annotated[
    str | None,
    typer.Option("--password-file", metavar="FILE", help="Read the password from a file."),
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--tz",
        metavar="ZONE",
        help="IANA zone, such as Europe/Berlin.",
        autocompletion=completing.zones,
    ),
]
For = Annotated[
    str | None, typer.Option("--for", metavar="DURATION", help="How long, such as 2h.")
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Until when: 'mon 08:00', 18:30 or '2026-12-24 18:00'."
    ),
]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks.")
]
Busy = Annotated[
    IfBusy | None,
    typer.Option("--if-busy", help="What to do while another run is under way.  [default: wait]"),
]
Spread = Annotated[
    str | None,
    typer.Option(
        "--spread", metavar="DURATION", help="Let stacks begin one after the other within it."
    ),
]
Except = Annotated[
    list[str] | None,
    typer.Option(
        "--except",
        metavar="CALENDAR",
        help="Do not fire on the dates of this calendar; may be repeated.",
        autocompletion=completing.calendars,
    ),
]
AlsoAsleep = Annotated[
    list[str] | None,
    typer.Option(
        "--also-asleep",
        metavar="CALENDAR",
        help="Of a window: asleep all day on the dates of this calendar; may be repeated.",
        autocompletion=completing.calendars,
    ),
]
Cron = Annotated[
    str | None,
    typer.Option("--cron", metavar="EXPRESSION", help="Five fields, such as '0 22 * * mon-fri'."),
]
When = Annotated[
    str | None,
    typer.Option("--when", metavar="WORDS", help="In words, such as 'every weekday at 22:00'."),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="ITEMS",
        help="When it is awake or asleep, such as 'mon-fri 08:00-18:00, sat 10:00-14:00'.",
    ),
]
HowToSleep = Annotated[
    SleepBy | None,
    typer.Option(
        "--sleep-by",
        help="Of a window: stop the stacks, or pause them.  [default: stop]",
    ),
]
HowToEnforce = Annotated[
    Enforce | None,
    typer.Option(
        "--enforce",
        help="Of a window: act at its edges, or also correct at once what is changed in "
        "between.  [default: boundary]",
    ),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Once: a wall time, such as '2026-12-24 18:00'."),
]
