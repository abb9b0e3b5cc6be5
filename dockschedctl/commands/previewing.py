"""When a schedule fires, or would: previews, and the one trigger that options give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from dockschedctl.commands import completing, options
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import schedules as shown
from dockschedctl.wording import printable
from dockschedd.wire import foresight, schedules

if TYPE_CHECKING:
    from dockschedctl.client import Client
    from dockschedctl.invocation import Invocation

#: How many instants are shown unless told otherwise.
FEW: Final = 5
_MORE: Final = 20

EXAMPLES: Final = """
    dockschedctl schedule preview
    dockschedctl schedule preview --from tomorrow --stack web
    dockschedctl schedule preview nightly
    dockschedctl schedule preview --when 'first monday of the month at 06:30'
    dockschedctl schedule preview --cron '0 22 * * *' --except holidays -n 30
    dockschedctl schedule preview --window 'daily 23:00-07:00' --asleep -n 4
    dockschedctl schedule preview --cron '30 2 * * *' --from 2026-10-24 -n 3
"""


def preview(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="Name of the schedule.",
            show_default=False,
            autocompletion=completing.schedules,
        ),
    ] = None,
    *,
    cron: options.Cron = None,
    at: options.At = None,
    when: options.When = None,
    window: options.Window = None,
    asleep: Annotated[
        bool,
        typer.Option("--asleep", help="Of --window: it says when to sleep, not when to wake."),
    ] = False,
    tz: options.Zone = None,
    except_on: options.Except = None,
    also_asleep: options.AlsoAsleep = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="The first instant to look at, such as tomorrow.  [default: now]",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Of all schedules: the last one to look at."),
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            metavar="STACK",
            help="Of all schedules: only what happens to this stack.",
            autocompletion=completing.stacks,
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--count",
            metavar="N",
            min=1,
            max=1000,
            help="How many instants.  [default: 5; 20 of all schedules]",
        ),
    ] = None,
) -> None:
    """Show what happens next: of all schedules, of one, or of a trigger that is none yet.

    Of a window the instants are its edges, with what is done at each.
    """
    triggers = [each for each in (cron, at, when, window) if each is not None]
    if name is not None and triggers:
        raise Usage(
            "give either the name of a schedule, or one of --cron, --at, --when and --window"
        )
    if (name is not None or triggers) and (until is not None or stack is not None):
        raise Usage("--until and --stack are of all schedules together")
    if not triggers and tz is not None:
        raise Usage(
            "--tz goes with --cron, --at, --when and --window: a schedule has its own zone"
        )
    if not triggers and (except_on is not None or also_asleep is not None):
        word = (
            "--also-asleep goes with --window"
            if also_asleep
            else "--except goes with --cron and --when"
        )
        raise Usage(f"{word}: a schedule has its own calendars")
    if asleep and window is None:
        raise Usage("--asleep goes with --window")
    check_trigger(cron, at, when, window, required=False)
    here = of(ctx)
    with here.client() as client:
        if name is None and not triggers:
            _all(
                here,
                client,
                foresight.UpcomingQuery(
                    start=start, until=until, stack=stack, count=count or _MORE
                ),
            )
            return
        count = count or FEW
        if name is not None:
            query = schedules.PreviewQuery(start=start, count=count)
            found = client.preview_schedule(name, query)
        else:
            found = client.preview(
                schedules.PreviewRequest(
                    cron=cron,
                    at=at,
                    when=when,
                    window=window,
                    wish="asleep" if asleep else None,
                    zone=tz,
                    except_on=tuple(except_on or ()),
                    also_asleep=tuple(also_asleep or ()),
                    start=start,
                    count=count,
                )
            )
        here.show(
            found,
            name=lambda p: "\n".join(map(shown.MOMENTS.name, p.moments)),
            text=shown.preview_text,
        )


def _all(here: Invocation, client: Client, query: foresight.UpcomingQuery) -> None:
    found = client.list_upcoming(query)
    if here.is_text:
        if found.frozen is not None:
            here.say(f"note: {printable(found.frozen.reads)}")
        if not found.complete:
            here.env.say("there are more schedules than were looked at: name a stack")
    here.show_list(found.items, shown.COMING)


def check_trigger(
    cron: str | None, at: str | None, when: str | None, window: str | None, *, required: bool
) -> None:
    """Raise Usage unless there is one trigger, or none where none is needed."""
    given = [each for each in (cron, at, when, window) if each is not None]
    if len(given) > 1:
        raise Usage("--cron, --at, --when and --window exclude each other")
    if required and not given:
        raise Usage(
            "when should it happen?",
            hint="give --when 'every weekday at 22:00', or --cron '0 22 * * mon-fri', "
            "or --at '2026-12-24 18:00'; with awake or asleep --window 'mon-fri 08:00-18:00'",
        )
