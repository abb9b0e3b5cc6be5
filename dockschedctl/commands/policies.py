"""What a schedule can be told besides its name, action and selector: its trigger and policies.

`schedule add` and `schedule edit` take the same options; they are written down once, here.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import msgspec
import typer

from dockschedctl.commands import options, previewing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockschedctl.commands.options import Does

CatchUp = Annotated[
    options.CatchUp | None,
    typer.Option(
        "--catch-up",
        help="What to do with what was missed.  [default: latest; skip for restart]",
    ),
]
Deadline = Annotated[
    str | None,
    typer.Option("--deadline", metavar="DURATION", help="How late it may start.  [default: 1h]"),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        parser=options.duration,
        help="For start and unpause the longest wait for a dependency; for all else, "
        "windows too, the stop timeout of the containers.",
    ),
]
InPlace = Annotated[
    bool | None,
    typer.Option(
        "--in-place/--no-in-place",
        help="Of restart: container by container, without stopping all first.",
    ),
]
RerunOneshots = Annotated[
    bool | None,
    typer.Option(
        "--rerun-oneshots/--no-rerun-oneshots", help="Run containers again that have finished."
    ),
]
Remember = Annotated[
    bool | None,
    typer.Option(
        "--remember/--no-remember",
        help="Of stop and pause: keep which containers ran; the next start starts those.",
    ),
]
Everything = Annotated[
    bool | None,
    typer.Option(
        "--all/--no-all",
        help="Of start: also what did not run when the stack was put to sleep.",
    ),
]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What was given on the command line; None: nothing was."""

    cron: options.Cron = None
    at: options.At = None
    when: options.When = None
    window: options.Window = None
    sleep_by: options.HowToSleep = None
    enforce: options.HowToEnforce = None
    zone: options.Zone = None
    catch_up: CatchUp = None
    deadline: Deadline = None
    if_busy: options.Busy = None
    spread: options.Spread = None
    except_on: options.Except = None
    also_asleep: options.AlsoAsleep = None
    timeout: Timeout = None
    in_place: InPlace = None
    rerun_oneshots: RerunOneshots = None
    remember: Remember = None
    everything: Everything = None
    on_error: options.HowToFail = None
    dependents: options.WhatNeedsIt = None

    def check_trigger(self, *, required: bool) -> None:
        """Raise Usage unless there is one trigger, or none where none is needed."""
        previewing.check_trigger(self.cron, self.at, self.when, self.window, required=required)

    def fields(self) -> dict[str, Any]:
        """Return what was given, but for the options of runs, as the API names it.

        Calendars are named by an empty name to take all of them away.
        """
        named = {name: getattr(self, name) for name in _FIELDS}
        for name in ("except_on", "also_asleep"):
            if named[name] is not None:
                named[name] = tuple(filter(None, named[name]))
        return {name: value for name, value in named.items() if value is not None}

    def options(self, action: Does) -> dict[str, Any]:
        """Return the options of runs that were given, as the API names them."""
        waits = action in (options.Does.START, options.Does.UNPAUSE)
        named = {
            "wait_timeout_seconds" if waits else "stop_timeout_seconds": self.timeout,
            **{name: getattr(self, name) for name in _OF_RUNS},
        }
        return {name: value for name, value in named.items() if value is not None}


_OF_RUNS = ("in_place", "rerun_oneshots", "remember", "everything", "on_error", "dependents")
_FIELDS = tuple(name for name in Given.__struct_fields__ if name not in (*_OF_RUNS, "timeout"))


def taking_them(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command that has a parameter `given` take all of these options in its place."""
    hints = get_type_hints(command, include_extras=True)
    own = inspect.signature(command).parameters
    shared = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
        )
        for name, annotation in get_type_hints(Given, include_extras=True).items()
    ]
    parameters: list[inspect.Parameter] = []
    for name, parameter in own.items():
        parameters += shared if name == "given" else [parameter.replace(annotation=hints[name])]

    def taken(**values: Any) -> None:
        given = Given(**{each.name: values.pop(each.name) for each in shared})
        command(**values, given=given)

    taken.__name__, taken.__doc__ = command.__name__, command.__doc__
    taken.__annotations__ = {each.name: each.annotation for each in parameters}
    taken.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return taken
