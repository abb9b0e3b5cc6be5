"""Holds: a person keeps schedules from a stack for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import finding, options, waiting
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import holds as shown
from dockschedd.wire import holds

if TYPE_CHECKING:
    from dockschedd.wire import runs

app = ondemand.app("Keep schedules from a stack, up or down, for a while.")
#: `hold STACK …` is this command.
DEFAULT = "place"


@app.command(
    DEFAULT,
    cls=ondemand.Data,
    epilog="""
    dockschedctl hold local/web --up --for 2h
    dockschedctl hold web --down --until 'mon 08:00' --reason 'new disk'
    dockschedctl hold place web --up --forever --no-act
    """,
)
def place(
    ctx: typer.Context,
    stack: options.StackName,
    *,
    up: Annotated[bool, typer.Option("--up", help="Keep it running.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Keep it stopped.")] = False,
    duration: options.For = None,
    until: options.Until = None,
    forever: Annotated[bool, typer.Option("--forever", help="Until it is released.")] = False,
    tz: options.Zone = None,
    reason: options.Reason = None,
    no_act: Annotated[
        bool, typer.Option("--no-act", help="Leave the stack as it is now.")
    ] = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
) -> None:
    """Hold a stack up or down: no schedule acts on it; `place` may be left out.

    It is started or stopped at once where it is not so. What schedules would have done is
    recorded as skipped.
    """
    if up == down:
        raise Usage("is it to be held up or down?", hint="give one of --up and --down")
    if sum((duration is not None, until is not None, forever)) != 1:
        hint = "give one of --for 2h, --until 'mon 08:00' and --forever"
        raise Usage("for how long?", hint=hint)
    here = of(ctx)
    body = holds.HoldNew(
        wants="up" if up else "down",
        duration=duration,
        until=until,
        forever=forever,
        zone=tz,
        reason=reason or "",
        act=not no_act,
    )
    with here.client() as client:
        placed = client.hold(*finding.split_stack(client, stack), body)
        final: tuple[runs.Run, ...] = () if placed.run is None else (placed.run,)
        if here.is_text:
            here.show(placed, name=lambda p: p.hold.stack, text=shown.placed_text)
        if final and not no_wait:
            final = waiting.follow(here, client, final, wait_timeout=wait_timeout)
        if not here.is_text:
            whole = msgspec.structs.replace(placed, run=final[0] if final else None)
            here.show(whole, name=lambda p: p.hold.stack, text=shown.placed_text)
        if not no_wait:
            waiting.conclude(here, final)


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl hold ls
    dockschedctl hold ls -o json
    """,
)
def ls(ctx: typer.Context) -> None:
    """List what is held, by whom and until when."""
    here = of(ctx)
    with here.client() as client:
        here.show_list(client.list_holds().items, shown.HOLDS)
