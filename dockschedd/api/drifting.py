"""Which stacks are not as their windows want them, kept in memory for lists of stacks.

A stack is judged again when it has changed, when an edge has come, and after every change of a
schedule. Held and frozen stacks do not drift: they are left alone on request. Nothing is known
of a host that is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dockschedd.core import enforcing, selectors, spread, triggers, wants
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.api.services import Services
    from dockschedd.core import holds, model

    _Asked = tuple[model.Action, model.RunOptions]

#: So many stacks are judged before others get their turn.
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted from one instant on and until before another one (None: for ever)."""

    desired: wants.Desired | None
    since: datetime
    until: datetime | None

    def holds_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class Drifting:
    """The answer for all stacks, until it changes."""

    def __init__(self) -> None:
        self._generation = 0
        self._windows: _Windows | None = None
        #: Of each stack as it was seen, for what was wanted: whether it is otherwise.
        self._judged: dict[model.StackRef, tuple[model.Stack, _Asked, bool]] = {}

    def forget(self) -> None:
        """Say that schedules have changed."""
        self._generation += 1
        self._windows = None

    async def of(
        self,
        services: Services,
        refs: Iterable[model.StackRef],
        *,
        blocks: holds.Blocks,
        now: datetime,
    ) -> Mapping[model.StackRef, str]:
        """Return those of the stacks that drift, each with what is wanted, as a sentence."""
        inventory = services.inventory
        windows = await self._read(services)
        if not windows:
            return {}
        reachable = {host.name for host in inventory.hosts() if host.reachable}
        found: dict[model.StackRef, str] = {}
        unsure: list[tuple[model.Stack, wants.Desired]] = []
        for number, ref in enumerate(refs, 1):
            if number % _AT_ONCE == 0:
                # Judging very many for the first time takes long: others come between.
                await services.clock.sleep(timedelta())
            stack = inventory.stack(ref)
            if stack is None or ref.host not in reachable:
                continue
            desired = self._deviating(windows, stack, now)
            if desired is None or blocks.cause(ref, at=now, now=now) is not None:
                continue
            if desired.wish is triggers.Wish.AWAKE:
                unsure.append((stack, desired))
            else:
                found[ref] = enforcing.wanted(desired)
        if unsure:
            found |= await _remembered(services.store, unsure)
        return found

    async def wanted(
        self, services: Services, ref: model.StackRef, *, now: datetime
    ) -> wants.Desired | None:
        """Return what windows want of the stack, whether it is so or not."""
        return (await self._read(services)).wanted(ref, now)

    async def _read(self, services: Services) -> _Windows:
        if self._windows is not None:
            return self._windows
        generation = self._generation
        async with services.store.reading() as unit:
            groups = await unit.groups.members()
            windows = _Windows(await unit.schedules.all_windows(), groups)
        # A change that came while this was read is not in it.
        if generation == self._generation:
            self._windows = windows
            here = services.inventory.refs()
            self._judged = {ref: self._judged[ref] for ref in here if ref in self._judged}
        return windows

    def _deviating(
        self, windows: _Windows, stack: model.Stack, now: datetime
    ) -> wants.Desired | None:
        """Return what is wanted, if the stack, without what is remembered of it, is otherwise."""
        desired = windows.wanted(stack.ref, now)
        if desired is None:
            return None
        known = self._judged.get(stack.ref)
        asked = desired.action, desired.schedule.options
        if known is None or known[0] is not stack or known[1] != asked:
            known = stack, asked, enforcing.deviates(stack, desired, None)
            self._judged[stack.ref] = known
        return desired if known[2] else None


class _Windows:
    """The windows of all stacks, found by stack."""

    def __init__(self, schedules: Iterable[model.Schedule], groups: selectors.Groups) -> None:
        self._groups = groups
        self._named: dict[str, list[tuple[selectors.Selector, model.Schedule]]] = {}
        self._patterns: list[tuple[selectors.Selector, model.Schedule]] = []
        #: What is wanted is the same for all stacks with the same windows and offsets.
        self._wanted: dict[tuple[tuple[str, timedelta], ...], _Wanted] = {}
        self._of_stack: dict[model.StackRef, _Wanted] = {}
        self._count = 0
        for schedule in schedules:
            selector = selectors.parse(schedule.selector)
            exact = self._named.setdefault(selector.name, []) if "*" not in selector.name else None
            (self._patterns if exact is None else exact).append((selector, schedule))
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def wanted(self, ref: model.StackRef, now: datetime) -> wants.Desired | None:
        """Return what is wanted of the stack; found again only when that may have changed."""
        known = self._of_stack.get(ref)
        if known is None or not known.holds_at(now):
            known = self._of_stack[ref] = self._find(ref, now)
        return known.desired

    def _find(self, ref: model.StackRef, now: datetime) -> _Wanted:
        candidates = (*self._named.get(ref.name, ()), *self._patterns)
        mine = tuple(each for selector, each in candidates if selector.matches(ref, self._groups))
        key = tuple((each.id, spread.offset(each.id, ref, each.spread)) for each in mine)
        known = self._wanted.get(key)
        if known is None or not known.holds_at(now):
            known = self._wanted[key] = _want(mine, ref, now)
        return known


def _want(windows: Sequence[model.Schedule], ref: model.StackRef, now: datetime) -> _Wanted:
    try:
        return _Wanted(
            wants.desired(windows, ref, now), now, wants.next_change(windows, ref, after=now)
        )
    except Invalid:
        # Its zone has gone from this machine: nothing can be said until a schedule changes.
        return _Wanted(None, now, None)


async def _remembered(
    store: ports.Store, unsure: Iterable[tuple[model.Stack, wants.Desired]]
) -> Mapping[model.StackRef, str]:
    """Return those that drift also when only what ran before is wanted awake."""
    found = {}
    async with store.reading() as unit:
        for stack, desired in unsure:
            if enforcing.deviates(stack, desired, await unit.memories.get(stack.ref)):
                found[stack.ref] = enforcing.wanted(desired)
    return found
