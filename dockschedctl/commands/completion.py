"""The scripts that make a shell complete our commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from dockschedctl import ondemand
from dockschedctl.invocation import of

app = ondemand.app("Print a script that completes in your shell.")


class Shell(StrEnum):
    """The shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


#: Typer's own asks twice: whether there is anything, and what. Where there is nothing, files are.
_FISH: Final = """\
function __dockschedctl_complete
    set --local found (env _DOCKSCHEDCTL_COMPLETE=complete_fish \
        _TYPER_COMPLETE_FISH_ACTION=get-args \
        _TYPER_COMPLETE_ARGS=(commandline --cut-at-cursor --current-process) dockschedctl \\
        | string match --invert '')
    if test (count $found) -gt 0
        string join \\n -- $found
    else
        __fish_complete_path (commandline --cut-at-cursor --current-token)
    end
end
complete --command dockschedctl --no-files --arguments "(__dockschedctl_complete)"
"""


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
    if shell is Shell.FISH:
        of(ctx).env.write(_FISH)
        return
    from typer._completion_shared import get_completion_script  # noqa: PLC0415 (only here)

    script = get_completion_script(
        prog_name="dockschedctl", complete_var="_DOCKSCHEDCTL_COMPLETE", shell=shell.value
    )
    of(ctx).env.write(f"{script}\n")
