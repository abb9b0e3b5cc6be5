"""Schedules: what happens by itself, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import (
    completing,
    conflicts,
    declaring,
    finding,
    options,
    previewing,
    waiting,
)
from dockschedctl.failures import Usage
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import schedules as shown
from dockschedctl.wording import printable
from dockschedd.wire import runs, schedules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dockschedctl.client import Client

app = ondemand.app("What happens by itself, and when.")

#: How many instants are shown after a schedule was added or changed.
_FEW = 5

Selector = Annotated[
    str,
    typer.Argument(
        metavar="SELECTOR",
        help="Stacks: HOST/STACK, STACK, or a pattern such as 'prod-*/db-*'.",
        autocompletion=completing.stacks,
        show_default=False,
    ),
]
CatchUp = Annotated[
    options.CatchUp | None,
    typer.Option(
        "--catch-up",
        help="What to do with what was missed.  [default: latest; skip for restart]",
    ),
]
Deadline = Annotated[
    str | None,
    typer.Option("--deadline", metavar="DURATION", help="How late it may start.  [default: 1h]"),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        parser=options.duration,
        help="For start and unpause the longest wait for a dependency; for all else, "
        "windows too, the stop timeout of the containers.",
    ),
]


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule ls
    dockschedctl schedule ls -o wide
    """,
)
def ls(ctx: typer.Context) -> None:
    """List schedules."""
    here = of(ctx)
    with here.client() as client:
        here.show_pages(_pages(here, client), shown.SCHEDULES)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule show nightly
    """,
)
def show(ctx: typer.Context, name: options.ScheduleName) -> None:
    """Show one schedule."""
    here = of(ctx)
    with here.client() as client:
        _show(here, client.show_schedule(name))


@app.command(
    "add",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule add nightly stop 'local/*' --cron '0 22 * * mon-fri'
    dockschedctl schedule add early start web --when 'every weekday at 6am'
    dockschedctl schedule add xmas stop web --at '2026-12-24 18:00' --tz UTC
    dockschedctl schedule add weekly restart web --cron '@weekly' --deadline 2h
    dockschedctl schedule add early start web --cron '0 6 * * *' --except holidays
    dockschedctl schedule add office awake 'dev/*' --window 'mon-fri 08:00-18:00'
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the schedule.", show_default=False)
    ],
    action: Annotated[
        options.Does,
        typer.Argument(
            metavar="ACTION",
            help="start, stop, restart, pause or unpause; with --window awake or asleep.",
            show_default=False,
        ),
    ],
    selector: Selector,
    *,
    cron: options.Cron = None,
    at: options.At = None,
    when: options.When = None,
    window: options.Window = None,
    sleep_by: options.HowToSleep = None,
    enforce: options.HowToEnforce = None,
    tz: options.Zone = None,
    catch_up: CatchUp = None,
    deadline: Deadline = None,
    if_busy: options.Busy = None,
    spread: options.Spread = None,
    except_on: options.Except = None,
    also_asleep: options.AlsoAsleep = None,
    timeout: Timeout = None,
    in_place: options.InPlace = False,
    rerun_oneshots: options.RerunOneshots = False,
    on_error: options.HowToFail = None,
    dependents: options.WhatNeedsIt = None,
    disabled: Annotated[
        bool, typer.Option("--disabled", help="Do not let it fire before it is enabled.")
    ] = False,
    strict: conflicts.Strict = False,
) -> None:
    """Add a schedule, and show when it fires next.

    Without --tz its zone is that of its hosts, if they share one, or the daemon's.
    """
    previewing.check_trigger(cron, at, when, window, required=True)
    here = of(ctx)
    given = _options(action, timeout, in_place, rerun_oneshots, on_error, dependents=dependents)
    body = schedules.ScheduleNew(
        name=name,
        action=action,
        selector=selector,
        cron=cron,
        at=at,
        when=when,
        window=window,
        sleep_by=sleep_by,
        enforce=enforce,
        zone=tz,
        enabled=not disabled,
        catch_up=catch_up,
        deadline=deadline,
        if_busy=if_busy,
        spread=spread,
        except_on=tuple(except_on or ()),
        also_asleep=tuple(also_asleep or ()),
        options=msgspec.convert(given, runs.Options),
        strict=strict,
    )
    with here.client() as client:
        _announce(here, client, "added", client.add_schedule(body))


@app.command(
    "edit",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule edit nightly --cron '0 23 * * *'
    dockschedctl schedule edit nightly --name late --deadline 2h
    dockschedctl schedule edit nightly --except holidays
    dockschedctl schedule edit nightly --except ''
    dockschedctl schedule edit office --window 'mon-fri 07:30-18:00'
    """,
)
def edit(
    ctx: typer.Context,
    name: options.ScheduleName,
    *,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Its new name.")
    ] = None,
    action: Annotated[
        options.Does | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help="start, stop, restart, pause or unpause; of a window awake or asleep.",
        ),
    ] = None,
    selector: Annotated[
        str | None, typer.Option("--selector", metavar="SELECTOR", help="Which stacks.")
    ] = None,
    cron: options.Cron = None,
    at: options.At = None,
    when: options.When = None,
    window: options.Window = None,
    sleep_by: options.HowToSleep = None,
    enforce: options.HowToEnforce = None,
    tz: options.Zone = None,
    catch_up: CatchUp = None,
    deadline: Deadline = None,
    if_busy: options.Busy = None,
    spread: options.Spread = None,
    except_on: options.Except = None,
    also_asleep: options.AlsoAsleep = None,
    timeout: Timeout = None,
    in_place: Annotated[
        bool | None, typer.Option("--in-place/--no-in-place", help="Restart in place, or not.")
    ] = None,
    rerun_oneshots: Annotated[
        bool | None,
        typer.Option("--rerun-oneshots/--no-rerun-oneshots", help="Run one-shots again, or not."),
    ] = None,
    on_error: options.HowToFail = None,
    dependents: options.WhatNeedsIt = None,
    strict: conflicts.Strict = False,
) -> None:
    """Change a schedule: what is left out stays.

    --except '' and --also-asleep '' take all calendars away.
    """
    previewing.check_trigger(cron, at, when, window, required=False)
    here = of(ctx)
    with here.client() as client:
        changes: dict[str, Any] = {
            "name": new_name,
            "action": action,
            "selector": selector,
            "cron": cron,
            "at": at,
            "when": when,
            "window": window,
            "sleep_by": sleep_by,
            "enforce": enforce,
            "zone": tz,
            "catch_up": catch_up,
            "deadline": deadline,
            "if_busy": if_busy,
            "spread": spread,
            # An empty name takes all of them away.
            "except_on": None if except_on is None else tuple(filter(None, except_on)),
            "also_asleep": None if also_asleep is None else tuple(filter(None, also_asleep)),
        }
        changes = {field: value for field, value in changes.items() if value is not None}
        given = (timeout, in_place, rerun_oneshots, on_error)
        if any(value is not None for value in (*given, dependents)):
            # Options are replaced as a whole: begin with those that hold now.
            now = client.show_schedule(name)
            changes["options"] = msgspec.to_builtins(now.options) | _options(
                action or options.Does(now.action), *given, dependents=dependents
            )
        if not changes:
            raise Usage(
                "there is nothing to change", hint="see `dockschedctl schedule edit --help`"
            )
        body = msgspec.convert(
            changes | ({"strict": True} if strict else {}), schedules.ScheduleEdit
        )
        _announce(here, client, "changed", client.edit_schedule(name, body))


@app.command(
    "rm",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl schedule rm nightly
    """,
)
def rm(ctx: typer.Context, name: options.ScheduleName) -> None:
    """Remove a schedule; its runs stay in the history."""
    here = of(ctx)
    with here.client() as client:
        client.remove_schedule(name)
        here.env.say(f"removed {name}")


@app.command(
    "enable",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule enable nightly
    """,
)
def enable(ctx: typer.Context, name: options.ScheduleName) -> None:
    """Let a schedule fire, from now on."""
    here = of(ctx)
    with here.client() as client:
        _announce(here, client, "enabled", client.enable_schedule(name))


@app.command(
    "disable",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule disable nightly
    """,
)
def disable(ctx: typer.Context, name: options.ScheduleName) -> None:
    """Keep a schedule from firing; what it would have done meanwhile is not made up for."""
    here = of(ctx)
    with here.client() as client:
        _announce(here, client, "disabled", client.disable_schedule(name))


@app.command(
    "run",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule run nightly
    dockschedctl schedule run nightly --no-wait
    """,
)
def run(
    ctx: typer.Context,
    name: options.ScheduleName,
    *,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
) -> None:
    """Do now what a schedule does."""
    here = of(ctx)
    with here.client() as client:
        answer = client.run_schedule(name)
        waiting.settle_all(here, client, answer, wait=not no_wait, wait_timeout=wait_timeout)


app.command("preview", cls=ondemand.Data, epilog=previewing.EXAMPLES)(previewing.preview)
conflicts.register(app)
app.command("export", cls=ondemand.Document, epilog=declaring.EXPORT)(declaring.export)
app.command("apply", cls=ondemand.Data, epilog=declaring.APPLY)(declaring.apply)


def _options(
    action: options.Does,
    timeout: float | None,
    in_place: bool | None,
    rerun_oneshots: bool | None,
    on_error: options.OnError | None,
    *,
    dependents: options.Dependents | None,
) -> dict[str, Any]:
    """Return the options that were given, by their names on the wire."""
    waits = action in (options.Does.START, options.Does.UNPAUSE)
    given = {
        "wait_timeout_seconds" if waits else "stop_timeout_seconds": timeout,
        "in_place": in_place,
        "rerun_oneshots": rerun_oneshots,
        "on_error": None if on_error is None else on_error.value,
        "dependents": None if dependents is None else dependents.value,
    }
    return {name: value for name, value in given.items() if value is not None}


def _pages(here: Invocation, client: Client) -> Iterator[Sequence[schedules.Schedule]]:
    """Yield all schedules, page by page; before that, say that they are frozen."""
    for number, page in enumerate(finding.schedule_pages(client)):
        if number == 0 and page.frozen is not None:
            here.env.say(f"note: {printable(page.frozen.reads)}")
        yield page.items


def _show(here: Invocation, schedule: schedules.Schedule) -> None:
    here.show(schedule, name=lambda s: s.name, text=shown.schedule_text)


def _announce(here: Invocation, client: Client, done: str, schedule: schedules.Schedule) -> None:
    """Say what has been done to a schedule, and when it fires next."""
    if not here.is_text:
        _show(here, schedule)
        return
    here.env.say(f"{done} {schedule.name}: {schedule.action} {schedule.selector}")
    if schedule.zone_reason:
        here.env.say(f"zone {schedule.zone}, {schedule.zone_reason}")
    for warning in schedule.warnings:
        here.env.say(f"warning: {printable(warning)}")
    if schedule.done:
        here.env.say("it has fired and is done")
    elif not schedule.enabled:
        here.env.say(f"it does not fire before `dockschedctl schedule enable {schedule.name}`")
    else:
        query = schedules.PreviewQuery(count=_FEW)
        found = client.preview_schedule(schedule.name, query)
        here.write_lines(shown.preview_text(found, here.view()))
