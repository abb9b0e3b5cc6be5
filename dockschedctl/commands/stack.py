"""Stacks: what they are, and what is done to them now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import finding, options, requiring
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import stacks as shown

if TYPE_CHECKING:
    from dockschedd.wire import runs

app = ondemand.app("List, start, stop, restart, pause and unpause stacks.")


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack ls
    dockschedctl stack ls 'prod-*/*' -o wide
    dockschedctl stack ls -o name | xargs -n1 dockschedctl stack show
    """,
)
def ls(
    ctx: typer.Context,
    selector: options.MaybeSelector = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on showing them as they change.")
    ] = False,
) -> None:
    """List stacks.

    With --watch and -o json every change is one line.
    """
    here = of(ctx)
    with here.client() as client:
        if watch:
            from dockschedctl.commands import watching  # noqa: PLC0415 (only with --watch)

            watching.stacks(here, client, selector)
        else:
            here.show_list(finding.all_stacks(client, selector), shown.STACKS)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack show local/web
    dockschedctl stack show web -o json
    """,
)
def show(ctx: typer.Context, stack: options.StackName) -> None:
    """Show one stack with its containers, in the order in which they start."""
    here = of(ctx)
    with here.client() as client:
        found = client.show_stack(*finding.split_stack(client, stack))
        here.show(found, name=lambda s: s.name, text=shown.stack_text)


@app.command(
    "start",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack start web
    dockschedctl stack start 'local/*' --timeout 2m
    dockschedctl stack start web --all
    """,
)
def start(
    ctx: typer.Context,
    selectors: options.Selectors,
    *,
    plan: options.Plan = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
    timeout: options.StartTimeout = None,
    everything: options.Everything = False,
    rerun_oneshots: options.RerunOneshots = False,
    on_error: options.HowToFail = None,
) -> None:
    """Start stacks, dependencies first.

    Of a stack that was put to sleep what ran then is started; --all starts everything.
    """
    how = _Way(selectors, plan=plan, no_wait=no_wait, wait_timeout=wait_timeout)
    how.option(wait_timeout_seconds=timeout, rerun_oneshots=rerun_oneshots, on_error=on_error)
    how.option(everything=everything)
    how.carry_out(of(ctx), "start")


@app.command(
    "stop",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack stop web
    dockschedctl stack stop web db --timeout 30s
    dockschedctl stack stop db --dependents stop
    dockschedctl stack stop web --remember
    dockschedctl stack stop '*/*' --plan
    """,
)
def stop(
    ctx: typer.Context,
    selectors: options.Selectors,
    *,
    plan: options.Plan = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
    timeout: options.StopTimeout = None,
    remember: options.Remember = False,
    on_error: options.HowToFail = None,
    dependents: options.WhatNeedsIt = None,
) -> None:
    """Stop stacks, dependents first."""
    how = _Way(selectors, plan=plan, no_wait=no_wait, wait_timeout=wait_timeout)
    how.option(stop_timeout_seconds=timeout, remember=remember)
    how.option(on_error=on_error, dependents=dependents)
    how.carry_out(of(ctx), "stop")


@app.command(
    "restart",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack restart web
    dockschedctl stack restart web --in-place
    """,
)
def restart(
    ctx: typer.Context,
    selectors: options.Selectors,
    *,
    plan: options.Plan = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
    timeout: options.StopTimeout = None,
    in_place: options.InPlace = False,
    rerun_oneshots: options.RerunOneshots = False,
    on_error: options.HowToFail = None,
) -> None:
    """Stop stacks, dependents first, then start them, dependencies first."""
    how = _Way(selectors, plan=plan, no_wait=no_wait, wait_timeout=wait_timeout)
    how.option(stop_timeout_seconds=timeout, in_place=in_place)
    how.option(rerun_oneshots=rerun_oneshots, on_error=on_error)
    how.carry_out(of(ctx), "restart")


@app.command(
    "pause",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack pause web
    """,
)
def pause(
    ctx: typer.Context,
    selectors: options.Selectors,
    *,
    plan: options.Plan = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
    timeout: options.StopTimeout = None,
    remember: options.Remember = False,
    on_error: options.HowToFail = None,
    dependents: options.WhatNeedsIt = None,
) -> None:
    """Pause stacks, dependents first: they keep their memory and use no CPU."""
    how = _Way(selectors, plan=plan, no_wait=no_wait, wait_timeout=wait_timeout)
    how.option(stop_timeout_seconds=timeout, remember=remember)
    how.option(on_error=on_error, dependents=dependents)
    how.carry_out(of(ctx), "pause")


@app.command(
    "unpause",
    cls=ondemand.Data,
    epilog="""
    dockschedctl stack unpause web
    """,
)
def unpause(
    ctx: typer.Context,
    selectors: options.Selectors,
    *,
    plan: options.Plan = False,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
    timeout: options.StartTimeout = None,
    on_error: options.HowToFail = None,
) -> None:
    """Unpause stacks, dependencies first."""
    how = _Way(selectors, plan=plan, no_wait=no_wait, wait_timeout=wait_timeout)
    how.option(wait_timeout_seconds=timeout, on_error=on_error)
    how.carry_out(of(ctx), "unpause")


requiring.register(app)


class _Way:
    """How an action is carried out: what was said on the command line."""

    def __init__(
        self, selectors: list[str], *, plan: bool, no_wait: bool, wait_timeout: float | None
    ) -> None:
        self._selectors = tuple(selectors)
        self._plan = plan
        self._wait = not no_wait
        self._wait_timeout = wait_timeout
        self._options: dict[str, float | bool | str] = {}

    def option(self, **given: float | bool | str | None) -> None:
        """Take the options that were given; the daemon's defaults hold for the others."""
        for name, value in given.items():
            if value is not None and value is not False:
                self._options[name] = value

    def carry_out(self, here: Invocation, action: str) -> None:
        """Send the action, or ask for its plan, and show what came of it."""
        import msgspec  # noqa: PLC0415 (what a command needs)

        from dockschedd.wire.runs import Options, PlanRequest, RunRequest  # noqa: PLC0415 (what it needs)

        given = msgspec.convert(self._options, Options)
        with here.client() as client:
            if self._plan:
                wanted = PlanRequest(action=action, selectors=self._selectors, options=given)
                _show_plans(here, client.plan(wanted).items)
                return
            request = RunRequest(action=action, selectors=self._selectors, options=given)
            answer = client.act(request)
            # Not before: the daemon has begun meanwhile.
            from dockschedctl.commands import waiting  # noqa: PLC0415 (what a command needs)

            waiting.settle_all(
                here, client, answer, wait=self._wait, wait_timeout=self._wait_timeout
            )


def _show_plans(here: Invocation, plans: tuple[runs.Plan, ...]) -> None:
    from dockschedctl.output import runs as texts  # noqa: PLC0415 (what a command needs)

    here.show_texts(plans, name=lambda p: p.stack, text=texts.plan_text)
