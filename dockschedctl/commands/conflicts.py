"""Schedules that contradict each other."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing
from dockschedctl.exits import Exit
from dockschedctl.invocation import of
from dockschedctl.output import foresight as shown
from dockschedd.wire.foresight import ConflictQuery

Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse it if it contradicts another schedule.")
]
#: Thousands of schedules are compared with each other within seconds, on a busy machine later.
PATIENCE = 120.0
EXAMPLES = """
    dockschedctl schedule conflicts
    dockschedctl schedule conflicts nightly --horizon 30d -o json
    dockschedctl schedule conflicts --strict
    """


def conflicts(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="Only conflicts of this schedule.",
            show_default=False,
            autocompletion=completing.schedules,
        ),
    ] = None,
    *,
    horizon: Annotated[
        str,
        typer.Option("--horizon", metavar="DURATION", help="How far to look, at most 90d."),
    ] = "14d",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 for notices as well.")
    ] = False,
) -> None:
    """Find schedules that contradict each other.

    The next clock change of each zone is always looked at. The exit code is 1 when there are any.
    """
    here = of(ctx)
    with here.client(patience=PATIENCE) as client:
        found = client.list_conflicts(ConflictQuery(horizon=horizon, schedule=name))
    here.show(found, name=shown.conflict_names, text=shown.conflicts_text)
    if found.conflicts or (strict and found.notices):
        raise typer.Exit(Exit.FAILED)


def register(app: typer.Typer) -> None:
    """Add the command to those of schedules."""
    app.command("conflicts", cls=ondemand.Data, epilog=EXAMPLES)(conflicts)
