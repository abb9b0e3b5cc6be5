"""The composition root: builds everything, wires it, and takes it down in order.

The only place that knows which implementation stands behind which port. No logic.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd import config_hosts, errors, lockfile
from dockschedd.access import bootstrap, keys, passwords, scraping, throttle, tokens
from dockschedd.api import server, services, serving, sockets
from dockschedd.clock import SystemClock, SystemIds, random_fraction
from dockschedd.core import days_off
from dockschedd.daemon import recovery
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.enforcer import Enforcer
from dockschedd.daemon.executor import Executor
from dockschedd.daemon.inventory import Inventory
from dockschedd.daemon.lookout import Lookout
from dockschedd.daemon.measured_hosts import MeasuredHosts
from dockschedd.daemon.meter import Meter
from dockschedd.daemon.roster import Roster
from dockschedd.daemon.systemd import Systemd
from dockschedd.daemon.telling import TellingStore
from dockschedd.daemon.ticker import Ticker
from dockschedd.daemon.watcher import Watcher
from dockschedd.hosts.pool import DockerHosts
from dockschedd.store import open_store

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from dockschedd.config import Loaded, Settings

log = logging.getLogger(__name__)

#: How long the first tick, and requests, wait for hosts to answer the first time.
FIRST_LOOK = timedelta(seconds=3)


async def run(loaded: Loaded, *, environ: Mapping[str, str], version: str) -> None:
    """Serve until SIGTERM or SIGINT. Raises Startup, StoreError or Invalid when it cannot."""
    settings = loaded.settings
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        state = _state_dir(Path(settings.state_dir))
        stack.enter_context(lockfile.held(state / "lock"))
        # Bound before anything is recovered: a live socket means a live daemon.
        unix = sockets.bind_unix(Path(settings.socket), group=settings.socket_group)
        stack.callback(unix.close)
        tcp, tls = _listen(settings)
        if tcp is not None:
            stack.callback(tcp.close)
        clock = SystemClock()
        ids = SystemIds(clock)
        audit_keys = keys.load(state / "keys", "audit", random=os.urandom)
        bus = Bus()
        store = TellingStore(
            await open_store(
                settings.database,
                audit_keys={key.id: key.secret for key in audit_keys},
                audit_key_id=audit_keys[-1].id,
                configured=days_off.Configured(
                    hosts={each.name: each for each in config_hosts.values(settings.hosts)},
                    zone=settings.zone,
                ),
                alone=True,
            ),
            bus,
        )
        stack.push_async_callback(store.close)
        hasher = passwords.Argon2Passwords()
        stack.callback(hasher.close)
        if settings.bootstrap_admin_file:
            await bootstrap.first_admin(
                Path(settings.bootstrap_admin_file),
                store=store,
                passwords=hasher,
                ids=ids,
                now=clock.now(),
            )
        meter = Meter()
        hosts = MeasuredHosts(DockerHosts({}, parallel=settings.max_parallel_steps), meter)
        stack.push_async_callback(hosts.close)
        looked = asyncio.Event()
        inventory = Inventory(hosts=hosts, bus=bus, clock=clock)
        lookout = Lookout(store=store, inventory=inventory, clock=clock)
        executor = Executor(
            store=store,
            hosts=hosts,
            inventory=inventory,
            bus=bus,
            clock=clock,
            ids=ids,
            max_parallel_steps=settings.max_parallel_steps,
            max_parallel_runs=settings.max_parallel_runs,
            jitter=random_fraction,
            lookout=lookout,
            on_first_call=meter.first_call,
        )
        enforcer = Enforcer(
            store=store,
            inventory=inventory,
            bus=bus,
            clock=clock,
            ids=ids,
            on_recorded=executor.wake,
        )
        ticker = Ticker(
            store=store,
            inventory=inventory,
            clock=clock,
            ids=ids,
            bus=bus,
            on_recorded=executor.wake,
            on_hold_ended=enforcer.after_block,
            on_behind=executor.hold_back,
            on_coming=lookout.coming,
        )

        def reached(host: str) -> None:
            executor.wake()
            enforcer.reached(host)

        roster = Roster(
            config_hosts.values(settings.hosts),
            store=store,
            hosts=hosts,
            inventory=inventory,
            executor=executor,
            clock=clock,
            meter=meter,
            watch=partial(
                Watcher,
                hosts=hosts,
                inventory=inventory,
                store=store,
                clock=clock,
                jitter=random_fraction,
                on_reached=reached,
            ),
        )
        await roster.follow()
        app = server.build(
            services.Services(
                store=store,
                inventory=inventory,
                roster=roster,
                executor=executor,
                ticker=ticker,
                enforcer=enforcer,
                bus=bus,
                clock=clock,
                ids=ids,
                passwords=hasher,
                tokens=tokens.JwtTokens(
                    keys.load(state / "keys", "jwt", random=os.urandom), random=os.urandom
                ),
                throttle=throttle.Throttle(),
                audit_keys={key.id: key.secret for key in audit_keys},
                meter=meter,
                metrics_token=_metrics_token(settings),
                own_uid=os.geteuid(),
                peer_users=settings.peer_users,
                host_names=tuple(settings.host_names),
                hosts_from=loaded.origins["hosts"],
                zone=settings.zone,
                version=version,
                started_at=clock.now(),
                looked=looked,
                stopping=stop,
            )
        )
        await recovery.recover(store=store, clock=clock, ids=ids)
        await _serve(
            stop,
            serving.serving(app, unix=unix, tcp=tcp, tls=tls),
            _Loops(
                executor=executor,
                ticker=ticker,
                enforcer=enforcer,
                lookout=lookout,
                roster=roster,
                clock=clock,
                looked=looked,
                meter=meter,
                bus=bus,
            ),
            systemd=Systemd(environ),
            settings=settings,
        )
    log.info("daemon.stopped")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loops:
    executor: Executor
    ticker: Ticker
    enforcer: Enforcer
    lookout: Lookout
    roster: Roster
    clock: SystemClock
    #: Set when every host has been tried, or FIRST_LOOK is over.
    looked: asyncio.Event
    meter: Meter
    bus: Bus

    async def tick(self) -> None:
        """Tick, once every host has been tried: a pattern must find the stacks that are there."""
        await self.roster.tried(within=FIRST_LOOK)
        self.looked.set()
        self.executor.wake()
        await self.ticker.run()


async def _serve(
    stop: asyncio.Event,
    api: AbstractAsyncContextManager[None],
    loops: _Loops,
    *,
    systemd: Systemd,
    settings: Settings,
) -> None:
    """Run the loops until told to stop, then end them in order: ticking, runs, API, watching."""
    async with asyncio.TaskGroup() as group:
        async with api:
            log.info("daemon.ready", extra={"socket": settings.socket, "listen": settings.listen})
            systemd.ready(f"serving on {settings.socket}")
            # After that: the first call of a host imports the SDK, which takes its time.
            watching = group.create_task(loops.roster.run())
            # A crash may have left last words without what comes before them.
            loops.executor.hold_back(True)
            counting = group.create_task(loops.meter.listen(loops.bus))
            executing = group.create_task(loops.executor.run())
            ticking = group.create_task(loops.tick())
            enforcing = group.create_task(loops.enforcer.run())
            looking = group.create_task(loops.lookout.run())
            feeding = group.create_task(systemd.feed_watchdog(loops.ticker, loops.clock))
            await stop.wait()
            log.info("daemon.stopping")
            systemd.stopping()
            ticking.cancel()
            enforcing.cancel()
            loops.looked.set()
            await loops.executor.drain(timedelta(seconds=settings.shutdown_grace_seconds))
        for task in (executing, looking, feeding, counting, watching):
            task.cancel()


def _state_dir(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise errors.Startup(
            f"the state directory `{path}` cannot be used: {error.strerror}",
            code="state-dir",
            hint="give another one with --state-dir, or run as the user that owns it",
        ) from error
    return path


def _listen(settings: Settings) -> tuple[socket.socket | None, ssl.SSLContext | None]:
    if not settings.listen:
        return None, None
    tls = None
    if settings.tls_cert:
        tls = sockets.tls(Path(settings.tls_cert), Path(settings.tls_key))
    host, _, port = settings.listen.rpartition(":")
    return sockets.bind_tcp(host.strip("[]"), int(port)), tls


def _metrics_token(settings: Settings) -> bytes | None:
    path = settings.metrics_token_file
    return scraping.token(Path(path)) if path else None
