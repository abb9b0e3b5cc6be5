"""The hosts of the configuration: as they are written, what is wrong with them, and the default.

Where the file has no table of hosts there is `local`, found as docker(1) finds its engine. An
empty table means none at all. Files that a host names are not opened here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from dockschedd.core import cron, endpoints, fleet, validate
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_URL: Final = "unix:///var/run/docker.sock"
#: Of the sample file: the default, and what else there can be.
SAMPLE: Final = (
    "#[hosts.local]",
    f'#url = "{DEFAULT_URL}"',
    "# Others, with all that a host can have:",
    "#   [hosts.edge]",
    '#   url = "tcp://edge.example:2376"',
    '#   tls_ca = "/etc/dockschedd/edge/ca.pem"      # files: absolute paths on this machine',
    '#   tls_cert = "/etc/dockschedd/edge/cert.pem"',
    '#   tls_key = "/etc/dockschedd/edge/key.pem"',
    "#   plain_tcp = false                           # true: no TLS; whoever reaches it owns it",
    '#   zone = "Europe/Lisbon"                      # of schedules that do not name one',
    '#   calendar = "holidays"                       # on its dates no schedule acts there',
    "#   max_parallel_steps = 4                      # in place of the setting above",
    "#",
    "#   [hosts.attic]",
    '#   url = "ssh://dockschedd@attic.example"',
    '#   ssh_key = "/etc/dockschedd/attic/id_ed25519"',
    '#   ssh_known_hosts = "/etc/dockschedd/attic/known_hosts"',
)


class Host(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Docker Engine, as it is written."""

    url: str
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    plain_tcp: bool = False
    ssh_key: str | None = None
    ssh_known_hosts: str | None = None
    zone: str | None = None
    calendar: str | None = None
    max_parallel_steps: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


def default(environ: Mapping[str, str]) -> dict[str, object]:
    """Return the table that stands for none: `local`, where docker(1) would look for it."""
    url = environ.get("DOCKER_HOST") or DEFAULT_URL
    local: dict[str, object] = {"url": url}
    if endpoints.kind(url) == "tcp":
        if environ.get("DOCKER_TLS_VERIFY"):
            local |= _certificates(environ)
        else:
            # Whoever has set DOCKER_HOST so uses it so: docker(1) does not speak TLS then.
            local["plain_tcp"] = True
    return {"local": local}


def origin(environ: Mapping[str, str]) -> str:
    """Return where that table comes from."""
    return "$DOCKER_HOST" if environ.get("DOCKER_HOST") else "default"


def _certificates(environ: Mapping[str, str]) -> dict[str, object]:
    home = environ.get("DOCKER_CONFIG") or f"{environ.get('HOME') or ''}/.docker"
    folder = environ.get("DOCKER_CERT_PATH") or home
    found: dict[str, object] = {"tls_ca": f"{folder}/ca.pem"}
    own = {"tls_cert": f"{folder}/cert.pem", "tls_key": f"{folder}/key.pem"}
    if any(Path(file).exists() for file in own.values()):
        found |= own
    return found


def faults(hosts: Mapping[str, Host]) -> tuple[Fault, ...]:
    """Return all that is wrong with them."""
    return tuple(fault for name, host in hosts.items() for fault in _faults(name, host))


def _faults(name: str, host: Host) -> Iterator[Fault]:
    path = f"hosts.{name}"
    yield from validate.name(name, path=path)
    yield from endpoints.faults(_endpoint(host), path=path)
    if host.zone is not None:
        try:
            cron.zone(host.zone)
        except Invalid as error:
            for each in error.faults:
                yield Fault(
                    path=f"{path}.zone", code=each.code, message=each.message, hint=each.hint
                )
    if host.calendar is not None:
        yield from validate.name(host.calendar, path=f"{path}.calendar")


def values(hosts: Mapping[str, Host]) -> tuple[fleet.Host, ...]:
    """Return them as the daemon knows hosts, by name."""
    return tuple(
        fleet.Host(
            name=name,
            endpoint=_endpoint(hosts[name]),
            zone=hosts[name].zone,
            calendar=hosts[name].calendar,
            max_parallel_steps=hosts[name].max_parallel_steps,
            origin=fleet.Origin.CONFIG,
        )
        for name in sorted(hosts)
    )


def rows(hosts: Mapping[str, Host]) -> Iterator[tuple[str, object]]:
    """Yield key and value of everything that is set."""
    for name, host in hosts.items():
        for field in Host.__struct_fields__:
            value = getattr(host, field)
            if value not in (None, False):
                yield f"hosts.{name}.{field}", value


def _endpoint(host: Host) -> fleet.Endpoint:
    return fleet.Endpoint(
        url=host.url,
        tls_ca=host.tls_ca,
        tls_cert=host.tls_cert,
        tls_key=host.tls_key,
        plain_tcp=host.plain_tcp,
        ssh_key=host.ssh_key,
        ssh_known_hosts=host.ssh_known_hosts,
    )
