"""The end of a hold, and all schedules at once."""

from __future__ import annotations

import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl import ondemand
from dockschedctl.commands import finding, options
from dockschedctl.invocation import of
from dockschedctl.wording import printable
from dockschedd.wire import holds

app = ondemand.app("The end of a hold, and all schedules at once.")


@app.command(
    "release",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl release local/web
    """,
)
def release(ctx: typer.Context, stack: options.StackName) -> None:
    """Let schedules act on a held stack again.

    Nothing that was left out meanwhile is done now.
    """
    here = of(ctx)
    with here.client() as client:
        host, name = finding.split_stack(client, stack)
        client.release(host, name)
        here.env.say(f"released {host}/{name}")


@app.command(
    "freeze",
    cls=ondemand.Data,
    epilog="""
    dockschedctl freeze --reason 'move to the new rack'
    dockschedctl freeze --until 'mon 08:00'
    """,
)
def freeze(
    ctx: typer.Context,
    *,
    duration: options.For = None,
    until: options.Until = None,
    tz: options.Zone = None,
    reason: options.Reason = None,
) -> None:
    """Leave out all schedules until they are thawed.

    What they would have done is recorded as skipped, and is not made up for.
    """
    here = of(ctx)
    body = holds.FreezeNew(reason=reason or "", duration=duration, until=until, zone=tz)
    with here.client() as client:
        found = client.freeze(body)
        here.show(found, name=lambda f: f.owner, text=lambda f, _: [printable(f.reads)])


@app.command(
    "thaw",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl thaw
    """,
)
def thaw(ctx: typer.Context) -> None:
    """Let schedules act again, from now on."""
    here = of(ctx)
    with here.client() as client:
        client.thaw()
        here.env.say("schedules act again")
