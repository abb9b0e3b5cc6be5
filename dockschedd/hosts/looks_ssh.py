"""The steps of a check that belong to ssh://."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from dockschedd.core.checks import Finding, Step
from dockschedd.hosts import looks, ssh, trouble, ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedd.core import fleet

#: ssh -G: how the host is reached, when not by a connection to it.
_PROXIES = ("proxyjump", "proxycommand")


def at(
    endpoint: fleet.Endpoint, way: ways.Way, *, limit: float, until: ExitStack
) -> Iterator[Step | Finding]:
    """Yield each step and what it has found; the login lasts `until` the end of the check."""
    yield Step.FILES
    try:
        ssh.look_at_files(endpoint)
        words = ssh.command(endpoint, (), ssh.REMOTE)
    except trouble.Trouble as cause:
        yield looks.troubled(Step.FILES, cause)
        return
    yield _key(endpoint, limit)
    yield Step.NAME
    settings = _settings(words, limit)
    proxy = next((settings[each] for each in _PROXIES if settings.get(each, "none") != "none"), "")
    name, port = ways.address(endpoint.url, 22)
    name, port = settings.get("hostname", name), int(settings.get("port", port))
    if proxy:
        yield looks.ok(Step.NAME, f"{name} is reached through {proxy}")
    else:
        yield looks.resolved(name, port)
    yield Step.PORT
    passed = (
        looks.ok(Step.PORT, f"port {port} answers"),
        looks.ok(Step.SSH_HOST_KEY, "its ssh host key is the known one"),
        looks.ok(Step.SSH_LOGIN, f"ssh logs in as {settings.get('user', 'that user')}"),
    )
    try:
        connection = way.connect(limit)
    except trouble.Trouble as cause:
        found = looks.troubled(Step.SSH_LOGIN, cause)
        # What fails later has come past what is before it.
        steps = [each.step for each in passed]
        yield from passed[: steps.index(found.step)] if found.step in steps else ()
        yield found
        return
    except OSError as cause:
        yield looks.failure(Step.PORT, f"port {port} of {name}: {cause}")
        return
    until.enter_context(closing(connection))
    yield from passed


def _key(endpoint: fleet.Endpoint, limit: float) -> Finding:
    program = shutil.which("ssh-keygen")
    if endpoint.ssh_key is None or program is None:
        return looks.ok(Step.FILES, "the keys of the user that dockschedd runs as are used")
    # A key with a passphrase looks like one that is not let in.
    done = subprocess.run(  # noqa: S603 - the path is an absolute one
        [program, "-y", "-P", "", "-f", endpoint.ssh_key],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=limit,
        check=False,
        start_new_session=True,
    )
    if done.returncode == 0:
        return looks.ok(Step.FILES, f"the key {endpoint.ssh_key} can be used, and by nobody else")
    if b"passphrase" in done.stderr:
        return looks.failure(
            Step.FILES,
            f"the key {endpoint.ssh_key} has a passphrase, and there is nobody to type it",
            f"make one without: `ssh-keygen -p -N '' -f {endpoint.ssh_key}`, or a new one",
        )
    said = done.stderr.decode(errors="replace").strip().rpartition(": ")[2]
    return looks.failure(Step.FILES, f"the key {endpoint.ssh_key} cannot be used: {said}")


def _settings(words: list[str], limit: float) -> dict[str, str]:
    """Return what ssh makes of its configuration for that host; nothing where it fails."""
    done = subprocess.run(  # noqa: S603 - as in ssh
        [words[0], "-G", *words[1:]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
        start_new_session=True,
    )
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    return {key: value for key, _, value in lines}
