"""Hosts, and what names them, from core to wire. Of files only the paths are told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dockschedd.core import checks
from dockschedd.wire import hosts as wire
from dockschedd.wire import stacks as stacks_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dockschedd.core import fleet, model


def host(
    value: fleet.Host,
    view: model.HostView,
    *,
    stacks: int,
    latency: float | None,
    notes: tuple[str, ...],
) -> stacks_wire.Host:
    """Return one host, on which so many stacks are; `latency` in seconds."""
    end = value.endpoint
    return stacks_wire.Host(
        name=value.name,
        url=end.url,
        reachable=view.reachable,
        seen_at=view.seen_at,
        error=view.error,
        engine_version=view.engine_version,
        stacks=stacks,
        latency_seconds=latency if view.reachable else None,
        error_code=view.error_code,
        retry_at=view.retry_at,
        origin=value.origin,
        tls_ca=end.tls_ca,
        tls_cert=end.tls_cert,
        tls_key=end.tls_key,
        plain_tcp=end.plain_tcp,
        ssh_key=end.ssh_key,
        ssh_known_hosts=end.ssh_known_hosts,
        zone=value.zone,
        calendar=value.calendar,
        max_parallel_steps=value.max_parallel_steps,
        owner=value.owner,
        updated_at=value.updated_at,
        notes=(*view.warnings, *notes),
    )


def notes(hosts: Sequence[fleet.Host], shadowed: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return what is worth knowing of hosts, by name."""
    found: dict[str, tuple[str, ...]] = {}
    by_url: dict[str, list[str]] = defaultdict(list)
    for each in hosts:
        by_url[each.endpoint.url].append(each.name)
    for each in hosts:
        said = []
        twins = [f"`{name}`" for name in by_url[each.endpoint.url] if name != each.name]
        if twins:
            said.append(f"{' and '.join(twins)} has the same URL: only one of them is acted on")
        if each.name in shadowed:
            said.append(
                "a host of that name was added as well; the one of the configuration counts"
            )
        if said:
            found[each.name] = tuple(said)
    return found


def check(name: str, found: Sequence[checks.Finding]) -> wire.HostCheck:
    """Return what a check has found."""
    return wire.HostCheck(
        host=name,
        ok=not checks.failed(found),
        findings=tuple(
            wire.HostFinding(
                step=each.step, outcome=each.outcome, message=each.message, hint=each.hint
            )
            for each in found
        ),
    )


def uses(value: fleet.Uses) -> wire.HostUses:
    """Return what names a host."""
    return wire.HostUses(
        schedules=value.schedules,
        holds=tuple(str(each.stack) for each in value.holds),
        requirements=tuple(f"{each.stack} needs {each.needs}" for each in value.requirements),
        groups=value.groups,
        runs=tuple(each.id for each in (*value.running, *value.planned)),
    )
