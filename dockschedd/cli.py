"""The daemon's command line: run | check-config | openapi | version.

Argument parsing and the one map from errors to exit codes; everything else is app and config.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd import clock, config, errors, log
from dockschedd.wire.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

#: sysexits.h: a configuration that cannot be used.
EX_CONFIG = 78


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "run":
                _run(options)
            case "check-config":
                print(config.render(_load(options)))  # noqa: T201
            case "openapi":
                from dockschedd.api import openapi  # noqa: PLC0415

                print(json.dumps(openapi.document(), indent=2))  # noqa: T201
            case "version":
                print(f"dockschedd {VERSION}")  # noqa: T201
    except errors.Invalid as error:
        for fault in error.faults:
            where = f"{fault.path}: " if fault.path else ""
            _complain(f"{where}{fault.message}", fault.hint)
        return EX_CONFIG
    except errors.DockschedError as error:
        _complain(error.message, error.hint)
        return 1
    return 0


def allow_files() -> None:
    """Let this process open as many files as it may: 100 hosts need more than the usual 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run(options: argparse.Namespace) -> None:
    loaded = _load(options)
    settings = loaded.settings
    journal = "JOURNAL_STREAM" in os.environ
    log.setup(level=settings.log_level, style=settings.log_format, journal=journal)
    allow_files()
    import asyncio  # noqa: PLC0415

    from dockschedd import app  # noqa: PLC0415

    asyncio.run(app.run(loaded, environ=os.environ, version=VERSION))
    # A thread may still wait for an engine that hangs: nothing is lost by not waiting for it.
    sys.stderr.flush()
    os._exit(0)


def _load(options: argparse.Namespace) -> config.Loaded:
    return config.load(
        path=Path(options.config) if options.config else None,
        environ=os.environ,
        flags={name: getattr(options, name, None) for name in config.SCALARS},
        is_root=os.geteuid() == 0,
        zone=clock.local_zone(os.environ),
    )


def _complain(message: str, hint: str | None) -> None:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    if hint:
        print(f"hint: {hint}", file=sys.stderr)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dockschedd",
        description="Starts and stops Docker Compose stacks on schedule.",
        epilog="`dockschedctl` is the client. Settings: /etc/dockschedd/dockschedd.toml",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="serve until SIGTERM")
    check = commands.add_parser("check-config", help="print what is in effect, and from where")
    for command in (run, check):
        command.add_argument("--config", metavar="FILE", help="instead of the default file")
        command.add_argument("--state-dir", metavar="DIR", help="database, keys and lock")
        command.add_argument("--socket", metavar="PATH", help="the Unix socket")
        command.add_argument("--listen", metavar="HOST:PORT", help="for clients elsewhere")
        command.add_argument("--database", metavar="URL", help="sqlite:///… or postgresql://…")
    commands.add_parser("openapi", help="print the description of the API")
    commands.add_parser("version", help="print the version")
    return parser


def commands() -> list[tuple[str, str, argparse.ArgumentParser]]:
    """Return the commands with their summaries and options, for the manual."""
    (inside,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 - argparse tells it no other way
    return [
        (action.dest, action.help or "", inside.choices[action.dest])
        for action in inside._choices_actions  # noqa: SLF001 - as above
    ]
