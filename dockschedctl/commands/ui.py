"""The full-screen terminal UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl import ondemand
from dockschedctl.failures import Usage
from dockschedctl.invocation import of

if TYPE_CHECKING:
    from textual.driver import Driver

app = ondemand.app("Everything on one screen, live.")


@app.command(
    "ui",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl ui
    dockschedctl ui --server https://docker1.example:8443
    dockschedctl ui --no-color
    """,
)
def ui(ctx: typer.Context) -> None:
    """Everything on one screen, live.

    Stacks by host with what they do next, and what can be done to them by key and by mouse;
    `?` shows the keys, `q` leaves. It asks for a login where it needs one.
    """
    here = of(ctx)
    if not (here.env.stdin_tty and here.env.stdout_tty):
        raise Usage(
            "`ui` needs a terminal to draw on",
            hint="for programs there are `dockschedctl status -o json` and `stack ls --watch`",
        )
    from dockschedctl.ui import ground, settings  # noqa: PLC0415 (for this command only)

    server = here.where()
    remembered = settings.load(here.env.config_dir).theme
    environ = {} if remembered else here.env.environ
    with ground.asked(here.env.stdin.fileno(), here.env.stdout.fileno(), environ) as question:
        from dockschedctl.ui.app import Ui  # noqa: PLC0415 (Textual, for this command only)
        from dockschedctl.ui.link import Link  # noqa: PLC0415 (Textual, for this command only)
    Ui(
        Link(here.env, server),
        colour=here.colour and here.env.may_colour,
        light=None if question is None else question.is_light(),
        driver=_deafened() if question is not None and question.is_open else None,
    ).run()


def _deafened() -> type[Driver]:
    from dockschedctl.ui import deafened  # noqa: PLC0415 (only where a terminal is slow)

    return deafened.Driver
