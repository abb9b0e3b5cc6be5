"""What is right and wrong with the ways to hosts."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing
from dockschedctl.exits import Exit
from dockschedctl.invocation import of
from dockschedctl.output import checks as shown

#: The daemon gives up a check after 20 seconds; another one of that host may be under way.
PATIENCE = 60.0
EXAMPLES = """
    dockschedctl host check
    dockschedctl host check edge db
    dockschedctl host check edge -o json
    """


def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST]...",
            help="Names of hosts; by default all.",
            show_default=False,
            autocompletion=completing.hosts,
        ),
    ] = None,
) -> None:
    """Look at the way to each host, and say what is wrong and how to mend it.

    From the files and the name to the engine's clock, with connections of its own. What comes
    after the first step that fails is not looked at. The exit code is 1 when one has failed.
    """
    here = of(ctx)
    with here.client(patience=PATIENCE) as client:
        wanted = names or [host.name for host in client.list_hosts().items]
        found = [client.check_host(name) for name in wanted]
    here.show_texts(found, name=lambda each: each.host, text=shown.check_text)
    if not all(each.ok for each in found):
        raise typer.Exit(Exit.FAILED)


def register(app: typer.Typer) -> None:
    """Add the command to those of hosts."""
    app.command("check", cls=ondemand.Data, epilog=EXAMPLES)(check)
