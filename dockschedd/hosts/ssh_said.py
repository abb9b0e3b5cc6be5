"""What ssh, and docker at its other end, say before they end, as trouble with what to do.

OpenSSH has no codes: exit status 255 and a line on its standard error, in English always.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dockschedd.hosts import ways
from dockschedd.hosts.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockschedd.core import fleet

#: Exit statuses: of a shell that has not found the program; of ssh itself.
_NOT_FOUND, _SSH = 127, 255
_KEY = re.compile(r'Load key "(?P<path>[^"]*)": (?P<why>.+)')
_TOLD = re.compile(r"^(?:ssh|client_loop|mux_client\w+): ")


def meaning(
    text: str, endpoint: fleet.Endpoint, *, status: int | None, asked: bool
) -> Trouble | None:
    """Return what it says; None where it says nothing that explains the end.

    `status`: its exit status, None while it has not ended. `asked`: the engine may have got a
    request, so only what shows that it did not is trouble with the connection. Where several
    lines fit, the one that comes first in this table: a key that was ignored explains the
    denied login after it.
    """
    text = text.replace("\r", "")
    for pattern, trouble in _TABLE:
        found = pattern.search(text)
        if found:
            return trouble(found, endpoint)
    lines = [line for line in text.splitlines() if line.strip()]
    if status == _NOT_FOUND:
        return _no_docker(None, endpoint)
    if status == _SSH and lines and not asked:
        return Trouble("host-ssh-failed", f"ssh says: {_TOLD.sub('', lines[-1].strip())}")
    return None


def _unknown_key(_: re.Match[str] | None, endpoint: fleet.Endpoint) -> Trouble:
    name, port = ways.address(endpoint.url, 22)
    known = endpoint.ssh_known_hosts or "~/.ssh/known_hosts"
    return Trouble(
        "host-ssh-key-unknown",
        f"the ssh host key of {name} is not in {known}",
        hint=f"`ssh-keyscan -p {port} {name} >> {known}`, and compare the fingerprint with that "
        "on the machine: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`",
    )


def _changed_key(_: re.Match[str] | None, endpoint: fleet.Endpoint) -> Trouble:
    name, port = ways.address(endpoint.url, 22)
    known = endpoint.ssh_known_hosts or "~/.ssh/known_hosts"
    entry = name if port == 22 else f"[{name}]:{port}"  # noqa: PLR2004 - ssh's own
    return Trouble(
        "host-ssh-key-changed",
        f"the ssh host key of {name} is not the one in {known}: somebody may be in between",
        hint="find out whether the machine was installed anew; if so "
        f"`ssh-keygen -R '{entry}' -f {known}`, and add the new key",
    )


def open_key(path: str) -> Trouble:
    """Return that others can read the key."""
    return Trouble(
        "host-ssh-key-open",
        f"the key {path} can be read by others, so ssh does not use it",
        hint=f"`chmod 600 {path}`; take it for known if others were on the machine",
    )


def _bad_key(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    path = found["path"]
    return Trouble(
        "host-ssh-key-unusable",
        f"ssh cannot use the key {path}: {found['why']}",
        hint=f"`ssh-keygen -y -P '' -f {path}` must print its public half",
    )


def unreadable(path: str, why: str) -> Trouble:
    """Return that a file cannot be read."""
    return Trouble(
        "host-ssh-files",
        f"{path} cannot be read: {why[:1].lower()}{why[1:]}",
        hint=f"the user that dockschedd runs as must be able to read it: `ls -l {path}`",
    )


def _open_key(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    return open_key(found["path"])


def _denied(_: re.Match[str] | None, endpoint: fleet.Endpoint) -> Trouble:
    key = f"{endpoint.ssh_key}.pub" if endpoint.ssh_key else "the public key"
    return Trouble(
        "host-ssh-denied",
        "ssh may not log in: permission denied (publickey)",
        hint=f"put {key} into ~/.ssh/authorized_keys of that user on that machine; a key with "
        "a passphrase cannot be used",
    )


def _no_docker(_: re.Match[str] | None, __: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-ssh-no-docker",
        "there is no `docker` in the path of the user that ssh logs in as",
        hint="`apt-get install docker-cli` or docker-ce-cli on that machine, 18.09 or newer",
    )


def _old_docker(_: re.Match[str] | None, __: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-ssh-no-docker",
        "the docker of that machine does not know `docker system dial-stdio`",
        hint="install Docker 20.10 or newer there",
    )


def _not_permitted(_: re.Match[str] | None, __: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-ssh-docker-denied",
        "the user that ssh logs in as may not use Docker",
        hint="on that machine: `usermod -aG docker USER`, and then log in anew",
    )


def _no_engine(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-ssh-no-engine",
        f"docker at the other end of ssh does not reach its engine: {found['why']}",
        hint="see whether Docker runs on that machine: `systemctl status docker`",
    )


def _no_name(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-name-unknown",
        f"there is no address for the name `{found['name']}`",
        hint=f"see `getent hosts {found['name']}`; correct the name, or the DNS",
    )


def _dropped(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    return Trouble(
        "host-ssh-refused",
        f"sshd closed the connection before a login: {found['why'].strip().lower()}",
        hint="see MaxStartups of sshd, and fail2ban or the like, on that machine",
    )


def _no_connection(found: re.Match[str], _: fleet.Endpoint) -> Trouble:
    why = found["why"].strip()
    return Trouble(
        "host-ssh-refused",
        f"ssh cannot connect to {found['where']}: {why[:1].lower()}{why[1:]}",
        hint="see whether sshd runs there, on that port, and whether a firewall is in between",
    )


_TABLE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], fleet.Endpoint], Trouble]], ...] = (
    (
        re.compile("REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .+ has changed"),
        _changed_key,
    ),
    (re.compile(r"host key is known for|Host key verification failed|REVOKED"), _unknown_key),
    (re.compile(r"Could not resolve hostname (?P<name>[^:\s]+): "), _no_name),
    (re.compile(r"kex_exchange_identification: (?P<why>.+)"), _dropped),
    (re.compile(r"connect to (?:host|address) (?P<where>.+?): (?P<why>.+)"), _no_connection),
    (re.compile(r"Permissions \d+ for '(?P<path>[^']*)' are too open"), _open_key),
    (_KEY, _bad_key),
    (re.compile(r"Permission denied \(|Too many authentication failures"), _denied),
    (re.compile(r"docker(?:: command)?:? not found|docker: No such file"), _no_docker),
    (re.compile(r"is not a docker command|unknown command.+dial-stdio"), _old_docker),
    (re.compile(r"connect: permission denied|permission denied while trying"), _not_permitted),
    (
        re.compile(r"(?:raw stream connection|the Docker daemon):? *(?P<why>.*)"),
        _no_engine,
    ),
)
