"""The steps of a check, in order; what the engine itself answers comes last.

They block. A step is announced before it is looked at, and yields at least one finding.
"""

from __future__ import annotations

import os
import socket
import stat
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dockschedd.core import endpoints
from dockschedd.core.checks import Finding, Outcome, Step
from dockschedd.hosts import client, translate, ways
from dockschedd.hosts.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from datetime import datetime

    from dockschedd import errors
    from dockschedd.core import fleet

#: HTTP tells the time in whole seconds, and an answer takes its time.
SKEW = timedelta(seconds=3)
#: Trouble that shows in a later step than the one that it belongs to.
_STEPS = {
    "host-name-unknown": Step.NAME,
    "host-ssh-refused": Step.PORT,
    "host-ssh-missing": Step.FILES,
    "host-ssh-files": Step.FILES,
    "host-ssh-key-open": Step.FILES,
    "host-ssh-key-unusable": Step.FILES,
    "host-ssh-key-unknown": Step.SSH_HOST_KEY,
    "host-ssh-key-changed": Step.SSH_HOST_KEY,
    "host-ssh-denied": Step.SSH_LOGIN,
    "host-ssh-failed": Step.SSH_LOGIN,
    "host-ssh-docker-denied": Step.PERMISSION,
    "host-tls-client": Step.TLS_CLIENT,
    "host-speaks-tls": Step.ENCRYPTION,
    "host-too-old": Step.API_VERSION,
}


def at(
    endpoint: fleet.Endpoint,
    *,
    host: str,
    limit: float,
    now: Callable[[], datetime],
    others: Mapping[str, str],
) -> Generator[Step | Finding, None, None]:
    """Yield each step and what it has found; nothing that comes after a failure is of use.

    `limit`: of each wait, in seconds. `others`: engine id → name, of the other hosts.
    """
    way = ways.to(endpoint)
    with ExitStack() as until:
        match endpoints.kind(endpoint.url):
            case "unix":
                yield from _unix(endpoint.url.removeprefix("unix://"))
            case "tcp":
                from dockschedd.hosts import looks_tcp  # noqa: PLC0415 - ssl

                yield from looks_tcp.at(endpoint, limit=limit, now=now)
            case _:
                from dockschedd.hosts import looks_ssh  # noqa: PLC0415 - where there is one

                yield from looks_ssh.at(endpoint, way, limit=limit, until=until)
        yield from _engine(endpoint, way, host=host, limit=limit, now=now, others=others)


def ok(step: Step, message: str) -> Finding:
    """Return that nothing is wrong there."""
    return Finding(step=step, outcome=Outcome.OK, message=message)


def warning(step: Step, message: str, hint: str | None = None) -> Finding:
    """Return what works and should be looked at."""
    return Finding(step=step, outcome=Outcome.WARNING, message=message, hint=hint)


def failure(step: Step, message: str, hint: str | None = None) -> Finding:
    """Return what does not work."""
    return Finding(step=step, outcome=Outcome.FAILED, message=message, hint=hint)


def troubled(step: Step, cause: Trouble) -> Finding:
    """Return the trouble as a finding of the step that it belongs to, by default of `step`."""
    return failure(_STEPS.get(cause.code, step), cause.said, cause.hint)


def resolved(name: str, port: int) -> Finding:
    """Return whether the name has an address."""
    from dockschedd.hosts import tcp  # noqa: PLC0415 - ssl

    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except socket.gaierror as cause:
        return troubled(Step.NAME, tcp.no_name(name, cause))
    addresses = sorted({str(each[4][0]) for each in found})
    if addresses == [name]:
        return ok(Step.NAME, f"{name} is an address")
    return ok(Step.NAME, f"{name} is {', '.join(addresses)}")


def _unix(path: str) -> Iterator[Step | Finding]:
    yield Step.SOCKET
    runs = "see whether Docker runs: `systemctl status docker`"
    try:
        mode = Path(path).stat().st_mode
    except OSError as cause:
        yield failure(Step.SOCKET, f"{path}: {_lower(cause.strerror)}", runs)
        return
    if not stat.S_ISSOCK(mode):
        yield failure(Step.SOCKET, f"{path} is no socket", "correct the URL")
        return
    yield ok(Step.SOCKET, f"{path} is a socket")
    yield Step.PERMISSION
    if not os.access(path, os.R_OK | os.W_OK):
        yield failure(
            Step.PERMISSION,
            f"the user that dockschedd runs as may not use {path}",
            "`usermod -aG docker dockschedd`, then restart dockschedd",
        )
        return
    yield ok(Step.PERMISSION, "the user that dockschedd runs as may use it")


def _engine(
    endpoint: fleet.Endpoint,
    way: ways.Way,
    *,
    host: str,
    limit: float,
    now: Callable[[], datetime],
    others: Mapping[str, str],
) -> Iterator[Step | Finding]:
    def said(step: Step, cause: Exception, doing: str) -> Finding:
        if isinstance(cause, Trouble):
            return troubled(step, cause)
        error: errors.HostError = translate.error(cause, host=host, url=endpoint.url, doing=doing)
        return failure(_STEPS.get(error.code, step), error.message, error.hint)

    yield Step.DOCKER
    with closing(client.Client(way, limit=limit)) as engine:
        try:
            about = engine.about()
        except Exception as cause:  # noqa: BLE001 - whatever it is, it is what was asked for
            yield said(Step.DOCKER, cause, "ask for its version")
            return
        if endpoint.tls_cert is not None:
            yield ok(Step.TLS_CLIENT, "the engine accepts the certificate of dockschedd")
        yield ok(Step.DOCKER, f"Docker {about.get('Version', 'of an unknown version')} answers")
        yield Step.API_VERSION
        try:
            version = client.agreed(about)
        except Exception as cause:  # noqa: BLE001 - as above
            yield said(Step.API_VERSION, cause, "agree on a version")
            return
        engine.speak(version)
        yield ok(Step.API_VERSION, f"it speaks API {about['ApiVersion']}; {version} is used")
        yield Step.ENGINE_ID
        yield _identity(engine, others)
        yield Step.CLOCK
        yield _clock(engine, now)


def _identity(engine: client.Client, others: Mapping[str, str]) -> Finding:
    try:
        found = engine.identity()
    except Exception:  # noqa: BLE001 - a socket proxy refuses it, and nothing else needs it
        found = ""
    if not found:
        return warning(
            Step.ENGINE_ID,
            "the engine does not tell its id: whether another host is the same engine is not "
            "known",
            "let `GET /info` through, where a socket proxy is in between",
        )
    if found in others:
        return warning(
            Step.ENGINE_ID,
            f"it is the same engine as that of the host `{others[found]}`: only one of the two is "
            "acted on, the first by name",
            "remove one of the two hosts; after cloning a machine change its name, or remove "
            "/var/lib/docker/engine-id (or /etc/docker/key.json) on one and restart Docker",
        )
    return ok(Step.ENGINE_ID, f"the engine is {found}")


def _clock(engine: client.Client, now: Callable[[], datetime]) -> Finding:
    try:
        theirs = engine.clock()
    except Exception:  # noqa: BLE001 - nothing else needs it
        theirs = None
    if theirs is None:
        return warning(Step.CLOCK, "the engine does not tell the time")
    # It was cut to whole seconds.
    skew = theirs + timedelta(seconds=0.5) - now()
    if abs(skew) <= SKEW:
        return ok(Step.CLOCK, "its clock and that of this machine agree")
    side = "ahead of" if skew > timedelta() else "behind"
    return warning(
        Step.CLOCK,
        f"its clock is {abs(skew).total_seconds():.0f} s {side} that of this machine: events "
        "and the ends of containers carry wrong instants",
        "`timedatectl set-ntp true` on both machines",
    )


def _lower(text: str | None) -> str:
    return f"{text[:1].lower()}{text[1:]}" if text else "cannot be looked at"
