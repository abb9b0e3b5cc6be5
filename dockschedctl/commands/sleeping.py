"""The commonest wish in one line: stacks that sleep at night."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import naming, ondemand
from dockschedctl.commands import completing, conflicts, options
from dockschedctl.failures import ApiProblem, Failure, Usage
from dockschedctl.invocation import of
from dockschedctl.output import schedules as shown
from dockschedctl.wording import printable
from dockschedd.wire import schedules

app = ondemand.app("Let stacks sleep at certain times, and wake after.")


@app.command(
    "sleep",
    cls=ondemand.Data,
    epilog="""
    dockschedctl sleep local/web 23:00-07:00
    dockschedctl sleep 'dev/*' 19:00-07:00 --days mon-fri --by pause
    dockschedctl sleep web 'fri 20:00-24:00, sat,sun 00:00-24:00' --enforce always
    """,
)
def sleep(
    ctx: typer.Context,
    selector: Annotated[
        str,
        typer.Argument(
            metavar="SELECTOR",
            help="Stacks: HOST/STACK, STACK, or a pattern such as 'prod-*/db-*'.",
            autocompletion=completing.stacks,
            show_default=False,
        ),
    ],
    times: Annotated[
        str,
        typer.Argument(
            metavar="TIMES",
            help="When they sleep: 23:00-07:00, or the items of a window.",
            show_default=False,
        ),
    ],
    *,
    days: Annotated[
        str | None,
        typer.Option(
            "--days",
            metavar="DAYS",
            help="On which days they fall asleep, such as mon-fri.  [default: daily]",
        ),
    ] = None,
    by: Annotated[
        options.SleepBy | None,
        typer.Option("--by", help="Stop the stacks, or pause them.  [default: stop]"),
    ] = None,
    enforce: options.HowToEnforce = None,
    tz: options.Zone = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="Name of the schedule.  [default: from SELECTOR]"
        ),
    ] = None,
    strict: conflicts.Strict = False,
) -> None:
    """Let stacks sleep at certain times, and wake after.

    It is a schedule with a window. What runs when they fall asleep is what is woken. Without
    --tz the zone is that of its hosts, if they share one, or the daemon's.
    """
    here = of(ctx)
    body = schedules.ScheduleNew(
        name=name or naming.named("sleep", selector),
        action="asleep",
        selector=selector,
        window=_window(times, days),
        sleep_by=by,
        enforce=enforce,
        zone=tz,
        strict=strict,
    )
    with here.client() as client:
        try:
            made = client.add_schedule(body)
        except ApiProblem as problem:
            if problem.code == "schedule-exists":
                raise _there_is_one(body) from problem
            raise
    if here.is_text:
        if made.zone_reason:
            here.env.say(f"zone {made.zone}, {made.zone_reason}")
        for warning in made.warnings:
            here.env.say(f"warning: {printable(warning)}")
    here.show(made, name=lambda s: s.name, text=shown.asleep_text)


def _window(times: str, days: str | None) -> str:
    """Return the items of the window; the daemon checks them."""
    if days is not None:
        if not times[:1].isdigit():
            raise Usage(
                "--days goes with plain times such as 23:00-07:00",
                hint="leave it away where the times name their days",
            )
        return f"{days} {times}"
    return times


def _there_is_one(body: schedules.ScheduleNew) -> Failure:
    return Failure(
        f"there is a schedule `{body.name}` already",
        hint=f"change it with `dockschedctl schedule edit {body.name} --window '{body.window}'`, "
        "or give another --name",
    )
