"""The scripts that make a shell complete our commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.invocation import of

app = ondemand.app("Print a script that completes in your shell.")


class Shell(StrEnum):
    """The shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(
    "completion",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl completion bash | sudo tee /etc/bash_completion.d/dockschedctl
    dockschedctl completion zsh > ~/.zfunc/_dockschedctl
    dockschedctl completion fish > ~/.config/fish/completions/dockschedctl.fish
    """,
)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", show_default=False)
    ],
) -> None:
    """Print a script that completes in your shell.

    It completes names of stacks, schedules and hosts as the daemon knows them.
    """
    from typer._completion_shared import get_completion_script  # noqa: PLC0415 (only here)

    script = get_completion_script(
        prog_name="dockschedctl", complete_var="_DOCKSCHEDCTL_COMPLETE", shell=shell.value
    )
    of(ctx).env.write(f"{script}\n")
