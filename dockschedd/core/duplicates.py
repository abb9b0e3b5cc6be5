"""Hosts that are one and the same engine, so that no stack is acted on twice.

Pure. An engine is known by what it says of itself, whatever the way to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import fleet

if TYPE_CHECKING:
    from collections.abc import Mapping


def stand_ins(identities: Mapping[str, str]) -> Mapping[str, str]:
    """Return host → the host that is the same engine and is acted on in its place.

    `identities`: host → what its engine says of itself; "" for nothing. `local` comes first,
    then the names in their order.
    """
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    for host in sorted(identities, key=lambda name: (name != fleet.LOCAL, name)):
        identity = identities[host]
        if identity:
            kept = first.setdefault(identity, host)
            if kept != host:
                found[host] = kept
    return found


def cause(host: str, stand_in: str) -> str:
    """Return why nothing is done on a host, as a sentence."""
    return f"host `{host}` is the same engine as `{stand_in}`, which is acted on in its place"


def hint(host: str, stand_in: str) -> str:
    """Return what to do about it."""
    return f"remove one of them: `dockschedctl host rm {host}` keeps `{stand_in}`"
