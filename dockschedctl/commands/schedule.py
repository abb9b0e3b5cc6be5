"""Schedules: what happens by itself, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import (
    conflicts,
    declaring,
    finding,
    options,
    previewing,
    saving,
    waiting,
    weekly,
)
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import adding
from dockschedctl.output import schedules as shown
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dockschedctl.client import Client
    from dockschedd.wire import schedules

app = ondemand.app("What happens by itself, and when.")


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl schedule ls
    dockschedctl schedule ls --stack web --enabled
    dockschedctl schedule ls --disabled -o name
    """,
)
def ls(
    ctx: typer.Context,
    *,
    stack: options.OfStack = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Only those that fire, or do not."),
    ] = None,
) -> None:
    """List schedules, by name."""
    here = of(ctx)
    with here.client() as client:
        pages = _pages(here, client, stack)
        if enabled is not None:
            pages = (tuple(s for s in page if s.enabled is enabled) for page in pages)
        here.show_pages(pages, shown.SCHEDULES)


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


app.command("add", cls=ondemand.Data, epilog=saving.ADD)(saving.add)
app.command("edit", cls=ondemand.Data, epilog=saving.EDIT)(saving.edit)


@app.command(
    "rm",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl schedule rm nightly
    """,
)
def rm(ctx: typer.Context, name: options.ScheduleName) -> None:
    """Remove a schedule; its runs stay in the history.

    The command that adds it again is shown.
    """
    here = of(ctx)
    with here.client() as client:
        removed = client.show_schedule(name)
        client.remove_schedule(name)
        here.env.say(f"removed {name}")
        if not removed.done:
            here.env.say(f"hint: add it again with `{adding.command(removed)}`")


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
        saving.announce(here, client, "enabled", client.enable_schedule(name))


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
        saving.announce(here, client, "disabled", client.disable_schedule(name))


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
weekly.register(app)
app.command("export", cls=ondemand.Document, epilog=declaring.EXPORT)(declaring.export)
app.command("apply", cls=ondemand.Data, epilog=declaring.APPLY)(declaring.apply)


def _pages(
    here: Invocation, client: Client, stack: str | None
) -> Iterator[Sequence[schedules.Schedule]]:
    """Yield all schedules, page by page; before that, say that they are frozen."""
    for number, page in enumerate(finding.schedule_pages(client, stack=stack)):
        if number == 0 and page.frozen is not None:
            here.say(f"note: {printable(page.frozen.reads)}")
        yield page.items


def _show(here: Invocation, schedule: schedules.Schedule) -> None:
    here.show(schedule, name=lambda s: s.name, text=shown.schedule_text)
