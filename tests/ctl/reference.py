"""The command line as data, and docs/reference made from it: the definitions behind --help."""

from __future__ import annotations

import inspect
import io
from functools import cache
from typing import Any

from dockschedctl import cli, exits
from dockschedctl.env import Env
from dockschedctl.invocation import Invocation
from dockschedctl.ondemand import OnDemand
from dockschedd.wire import problems


def _invocation() -> Invocation:
    world = Env(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), environ={})
    return Invocation(env=world)


def _context(command: Any, name: str, parent: Any = None) -> Any:
    extra = {"obj": _invocation(), "terminal_width": 80} if parent is None else {"parent": parent}
    return command.make_context(name, [], resilient_parsing=True, **extra)


@cache
def _tree() -> dict[tuple[str, ...], tuple[Any, Any]]:
    """Path → (command, context), the root first."""
    root = cli.root()
    found = {(): (root, _context(root, cli.PROGRAM))}
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        path = waiting.pop(0)
        command, context = found[path]
        if isinstance(command, OnDemand):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                found[*path, name] = (child, _context(child, name, context))
                waiting.append((*path, name))
    return found


def paths() -> list[tuple[str, ...]]:
    """Every command, as the words that name it."""
    return list(_tree())


def command(path: tuple[str, ...]) -> tuple[Any, Any]:
    """Return the command and a context for it."""
    return _tree()[path]


def groups() -> set[tuple[str, ...]]:
    """Commands that only hold others."""
    return {path for path, (command, _) in _tree().items() if isinstance(command, OnDemand)}


def examples(path: tuple[str, ...]) -> list[str]:
    """The lines below Examples."""
    return inspect.cleandoc(_tree()[path][0].epilog or "").splitlines()


def parse(argv: tuple[str, ...]) -> None:
    """Parse a command line as the program does, without carrying it out."""
    root = cli.root()
    if argv == ("--version",):
        return
    context = root.make_context(cli.PROGRAM, list(argv), obj=_invocation())
    command: Any = root
    while isinstance(command, OnDemand):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)


# ---------------------------------------------------------------- pages


INTRODUCTION = """\
# The commands of dockschedctl

Made from the definitions behind `--help`; `DOCKSCHEDD_UPDATE_DOCS=1 pytest tests/ctl` writes it
anew. Exit codes are in [exit-codes.md](exit-codes.md).

## Conventions

- stdout is data, stderr is talk, the exit code is the verdict. Without a terminal there is no
  colour and no prompt: a command that would ask fails and says which flag to give.
- `-o json` and `-o yaml` are the structs of the API. What lists prints an array of them, `[]`
  where there are none. Fields may be added; those that are there keep name and meaning.
- `-o name` prints one name per line, for `xargs`. `-o wide` shows all columns, and instants in
  UTC; `-o table`, the default, shows them in the zone of the terminal.
- Durations are written `90s`, `15m`, `1h30m` or `2d`.
- Global options (`--server`, `--ca`, `-o`, `--no-color`, `--debug`) stand before or after the
  command; the last one wins.

## Which daemon

The first that is given: `--server`, the variable `DOCKSCHEDCTL_SERVER`, the current context,
`/run/dockschedd/dockschedd.sock`, `$XDG_RUNTIME_DIR/dockschedd/dockschedd.sock`. Addresses are
`unix:///path`, `https://host:port`, and `http://` for this machine only.
`DOCKSCHEDCTL_TOKEN` holds a token for scripts; it wins over a login.
"""


def cli_page() -> str:
    """docs/reference/cli.md"""
    lines = [INTRODUCTION]
    for path in paths():
        command, context = _tree()[path]
        title = " ".join((cli.PROGRAM, *path))
        lines += [
            f"{'##' if len(path) < 2 else '###'} {title}",
            "",
            "```",
            *_help(command, context),
            "```",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _help(command: Any, context: Any) -> list[str]:
    text: str = command.get_help(context)
    return [line.rstrip() for line in text.splitlines()]


EXIT_CODES = """\
# Exit codes of dockschedctl

Made from `dockschedctl/exits.py`; `DOCKSCHEDD_UPDATE_DOCS=1 pytest tests/ctl` writes it anew.

| code | meaning |
|---:|---|
{codes}

A run that is waited for ends with 0 when it succeeded or was skipped, else with 1. A run that was
interrupted and is continued by another attempt is followed to that one.

## From problem codes

| problem | HTTP | exit code |
|---|---:|---:|
{problems}
"""


def exit_codes_page() -> str:
    """docs/reference/exit-codes.md"""
    codes = [f"| {int(code)} | {text} |" for code, text in exits.MEANING.items()]
    rows = [
        f"| `{code}` | {status} | {int(exits.of_problem(code, status))} |"
        for code, (status, _) in problems.CODES.items()
    ]
    return EXIT_CODES.format(codes="\n".join(codes), problems="\n".join(rows))
