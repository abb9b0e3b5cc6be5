"""What stacks amount to, kept in memory: a stack is summed up again when it has changed.

An observed stack is a value that is replaced as a whole, so that the same object says the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import status

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.core import model


class Summaries:
    """The summary of each stack, until it changes."""

    def __init__(self) -> None:
        self._known: dict[model.StackRef, tuple[model.Stack, bool, status.Summary]] = {}

    def of(self, stack: model.Stack, *, reachable: bool) -> status.Summary:
        """Return what the stack amounts to."""
        known = self._known.get(stack.ref)
        if known is None or known[0] is not stack or known[1] is not reachable:
            known = stack, reachable, status.summarize(stack, reachable=reachable)
            self._known[stack.ref] = known
        return known[2]

    def all(self, inventory: ports.Inventory) -> tuple[status.Summary, ...]:
        """Return those of all stacks there are, and forget the others."""
        reachable = {host.name: host.reachable for host in inventory.hosts()}
        stacks = inventory.stacks()
        found = tuple(
            self.of(stack, reachable=reachable.get(stack.ref.host, False)) for stack in stacks
        )
        self._known = {stack.ref: self._known[stack.ref] for stack in stacks}
        return found
