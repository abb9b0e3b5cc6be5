"""The command line: which commands there are, and the one place where errors are shown.

No command is imported before it is named.
"""

from __future__ import annotations

import importlib
import inspect
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import typer
from typer._click.exceptions import (  # Typer brings its own click and does not re-export these
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperOption

from dockschedctl import ondemand
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure, Usage
from dockschedctl.invocation import Invocation
from dockschedctl.wording import did_you_mean, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer._click import Command, Context, Parameter

    from dockschedctl.env import Env

PROGRAM: Final = "dockschedctl"
#: Set by the shell's script, see `completion`.
COMPLETE: Final = "_DOCKSCHEDCTL_COMPLETE"
_WIDEST_HELP: Final = 100
_NO_CHOICE: Final = re.compile("`([^`]+)` is not one of")


class _Noun(msgspec.Struct, frozen=True):
    """A group of commands, or one command, that lives in a module of `commands`."""

    module: str
    summary: str
    single: bool = False
    #: The command that is meant where none of the group is named.
    default: str | None = None


#: tests/ctl compares the summaries with what the modules say.
NOUNS: Final[dict[str, _Noun]] = {
    "status": _Noun("status", "One screen about everything", single=True),
    "ui": _Noun("ui", "Everything on one screen, live", single=True),
    "stack": _Noun("stack", "List, start, stop, restart, pause and unpause stacks"),
    "hold": _Noun("hold", "Keep schedules from a stack, up or down, for a while", default="place"),
    "release": _Noun("freezing", "Let schedules act on a held stack again", single=True),
    "freeze": _Noun("freezing", "Leave out all schedules until they are thawed", single=True),
    "thaw": _Noun("freezing", "Let schedules act again, from now on", single=True),
    "sleep": _Noun("sleeping", "Let stacks sleep at certain times, and wake after", single=True),
    "schedule": _Noun("schedule", "What happens by itself, and when"),
    "calendar": _Noun("calendar", "Holidays and other dates on which schedules make an exception"),
    "import": _Noun("importing", "Propose schedules from crontabs and systemd units"),
    "run": _Noun("run", "What happened, and what happens now"),
    "plan": _Noun("plan", "What an action would do", single=True),
    "why": _Noun("why", "What decided the state of a stack, and what did not happen", single=True),
    "host": _Noun("host", "The Docker Engines that the daemon talks to"),
    "group": _Noun("group", "Named sets of hosts, for selectors such as @edge/web"),
    "user": _Noun("user", "Who can log in, and as what"),
    "audit": _Noun("audit", "Who did what: the log that proves itself"),
    "login": _Noun("session", "Log in to a daemon", single=True),
    "logout": _Noun("session", "End the session at once", single=True),
    "whoami": _Noun("session", "Show who you are to the daemon", single=True),
    "passwd": _Noun("session", "Change your own password", single=True),
    "context": _Noun("context", "Several servers, by name"),
    "completion": _Noun("completion", "Print a script that completes in your shell", single=True),
    "version": _Noun("version", "Show the versions of client and daemon", single=True),
}

EXAMPLES: Final = """
    dockschedctl status
    dockschedctl stack stop local/web
    dockschedctl sleep local/web 23:00-07:00
    dockschedctl schedule add nightly stop 'prod-*/*' --cron '0 22 * * mon-fri'
"""


def root() -> ondemand.OnDemand:
    """Return the whole command line."""
    return ondemand.OnDemand(
        {
            name: ondemand.Source(summary=noun.summary, build=partial(_build, name, noun))
            for name, noun in NOUNS.items()
        },
        name=PROGRAM,
        help="Start and stop Docker Compose stacks, now or on schedule.",
        epilog=EXAMPLES,
        params=[*ondemand.global_options(output=True), _version_option()],
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _build(name: str, noun: _Noun) -> Command:
    module = importlib.import_module(f"dockschedctl.commands.{noun.module}")
    app: typer.Typer = module.app
    if noun.single:
        return ondemand.registered(app)[name].build()
    return ondemand.group(name, app, default=noun.default)


def _version_option() -> TyperOption:
    return TyperOption(
        param_decls=["--version"],
        help="Show the version of this program.",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_version,
        default=False,
    )


def _show_version(ctx: Context, param: Parameter, value: bool) -> None:
    _ = param
    if value and not ctx.resilient_parsing:
        from dockschedd.wire.version import VERSION  # noqa: PLC0415 (only when it is asked for)

        ctx.obj.env.write(f"{PROGRAM} {VERSION}\n")
        raise typer.Exit


# ---------------------------------------------------------------- the boundary


def main(argv: Sequence[str], env: Env) -> int:
    """Carry out one command; return its exit code. Nothing but bugs is raised."""
    here = Invocation(env=env)
    try:
        instruction = env.environ.get(COMPLETE)
        if instruction:
            return _complete(here, instruction)
        _invoke(here, argv)
        env.stdout.flush()
    except typer.Exit as exc:
        return int(exc.exit_code)
    except NoArgsIsHelpError as exc:
        env.say(exc.format_message())
        return Exit.USAGE
    except BrokenPipeError:
        # Whoever read stdout has had enough, as in `| head`.
        return Exit.DONE
    except (ClickException, Failure, KeyboardInterrupt, EOFError, OSError) as exc:
        return _fail(here, _as_failure(exc))
    return Exit.DONE


def _as_failure(error: BaseException) -> Failure:
    match error:
        case Failure():
            return error
        case ClickException():
            return _translated(error)
        case OSError():
            # A full disk behind `> file`, a home that cannot be written.
            where = f"{error.filename}: " if error.filename else ""
            return Failure(f"{where}{error.strerror or error}")
        case _:
            return Failure("interrupted", exit_code=Exit.INTERRUPTED)


def _invoke(here: Invocation, argv: Sequence[str]) -> None:
    """Do as click's main does, which would take broken pipes and Ctrl-C for itself."""
    command = root()
    width = min(here.env.width, _WIDEST_HELP)
    with command.make_context(PROGRAM, list(argv), obj=here, terminal_width=width) as context:
        command.invoke(context)


def _complete(here: Invocation, instruction: str) -> int:
    """Answer the shell that is completing a command line."""
    from typer._completion_classes import completion_init  # noqa: PLC0415 (only to complete)
    from typer.completion import shell_complete  # noqa: PLC0415 (only to complete)

    completion_init()
    return shell_complete(root(), {"obj": here}, PROGRAM, COMPLETE, instruction)


def _fail(here: Invocation, failure: Failure) -> int:
    if here.debug:
        import traceback  # noqa: PLC0415 (only when it is asked for)

        here.env.say("".join(traceback.format_exception(failure)).rstrip())
    # What was written before belongs before it, if it can be written at all.
    with suppress(OSError):
        here.env.stdout.flush()
    with suppress(OSError):
        for line in failure.lines():
            # Tables are to stay tables, and commands of hints are to be copied.
            (here.say if line.startswith("error: ") else here.env.say)(line)
    return int(failure.exit_code)


def _example(context: Context) -> str | None:
    """Return how the command is used, from the first of its examples."""
    lines = inspect.cleandoc(context.command.epilog or "").splitlines()
    if not lines:
        return None
    return f"for example `{lines[0]}`; see `{context.command_path} --help`"


def _translated(error: ClickException) -> Failure:
    """Return what click found wrong with the command line in our words."""
    message = sentence(error.format_message()).replace("'", "`")
    hint = None
    match error:
        case NoSuchOption():
            message = f"there is no option `{error.option_name}`"
            if error.possibilities:
                options = " or ".join(f"`{option}`" for option in sorted(error.possibilities))
                hint = f"did you mean {options}?"
        case MissingParameter() if error.param is not None and error.ctx is not None:
            kind = error.param.param_type_name
            name = (
                error.param.make_metavar(ctx=error.ctx)
                if kind == "argument"
                else error.param.opts[0]
            )
            message = f"{name.rstrip('.')} is missing"
            hint = _example(error.ctx)
        case BadParameter() if error.param is not None:
            value = _NO_CHOICE.search(message)
            choices = getattr(error.param.type, "choices", ())
            hint = value and did_you_mean(value[1], map(str, choices))
    if hint is None and isinstance(error, UsageError) and error.ctx is not None:
        hint = f"see `{error.ctx.command_path} --help`"
    return Usage(message, hint=hint)
