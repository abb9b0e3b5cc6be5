"""From the table of keys to Textual's bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType

    from dockschedctl.ui.keys import Key


def of(keys: Iterable[Key]) -> list[BindingType]:
    """Return the bindings of a screen, in the order of its footer."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=key.footer,
            key_display=key.display,
            tooltip=key.says,
            priority=key.priority,
        )
        for key in keys
        if key.action
    ]
