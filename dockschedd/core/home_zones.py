"""Which zone a schedule gets that names none: that of the hosts that it is for.

Pure; asked once, when the schedule is made, and stored with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.core import model, selectors
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dockschedd.core import fleet


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """A zone, and why it is that one."""

    zone: str
    #: As a sentence; "" where no host that is meant has a zone of its own.
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosts:
    """Everything that decides."""

    #: The daemon's.
    zone: str
    #: Those that exist, by name.
    hosts: Mapping[str, fleet.Host]
    groups: selectors.Groups
    refs: Collection[model.StackRef]

    def home(self, selector: str) -> Home:
        """Return the zone for a schedule with that selector, which may be wrong."""
        try:
            parsed = selectors.parse(selector)
        except Invalid:
            return Home(zone=self.zone)
        meant = sorted(self._meant(parsed))
        own = {name: zone for name in meant if (zone := self.hosts[name].zone) is not None}
        if not own:
            return Home(zone=self.zone)
        zones = {own.get(name, self.zone) for name in meant}
        if len(zones) > 1:
            return Home(zone=self.zone, why=f"the daemon's: {_differ(parsed)}")
        (zone,) = zones
        return Home(zone=zone, why=_shared(parsed, meant))

    def _meant(self, parsed: selectors.Selector) -> Iterable[str]:
        """Return the hosts on which stacks are that are meant."""
        if parsed.is_exact and parsed.host is None:
            found = [ref.host for ref in self.refs if ref.name == parsed.name]
            return found if len(found) == 1 and found[0] in self.hosts else ()
        hosts = (model.StackRef(name, parsed.name) for name in self.hosts)
        return [each.host for each in hosts if parsed.matches(each, self.groups)]


def _shared(parsed: selectors.Selector, meant: Collection[str]) -> str:
    if len(meant) == 1:
        return f"that of host `{next(iter(meant))}`"
    if parsed.group is not None:
        return f"that of the hosts of group `{parsed.group}`"
    return f"that of the hosts that `{parsed}` matches"


def _differ(parsed: selectors.Selector) -> str:
    if parsed.group is not None:
        return f"the hosts of group `{parsed.group}` have different ones"
    return f"the hosts that `{parsed}` matches have different ones"
