"""Screens that nothing can happen to before all their widgets are there, or after they have gone.

Textual takes widgets away one by one, and lets a screen's workers go on until the last of them is
gone: whatever follows an `await` asks `is_whole` before it looks for a widget.
"""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

T = TypeVar("T")


class Whole(Screen[T]):
    """A screen that knows whether it is all there, and that leaves once."""

    _is_composed = False
    #: What to leave with, once one is back from the screen above.
    _answer_due: tuple[T | None] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all its widgets are there: neither before it is composed nor while it goes."""
        return self._is_composed and self.app.is_running and not self._pruning

    def on_mount(self) -> None:
        """All its widgets are there."""
        self._is_composed = True

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave this screen, never another one: below another screen it waits for its turn.

        Enter pressed twice, or an answer that comes after Escape, finds it left already.
        """
        if self.is_active:
            return super().dismiss(result)
        if self in self.app.screen_stack:
            self._answer_due = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Leave, where that was due already."""
        if self._answer_due is not None and self.is_active:
            (result,), self._answer_due = self._answer_due, None
            self.dismiss(result)


class Window(ModalScreen[T], Whole[T]):
    """A screen over a page, which is seen around it; styles come from its first base alone."""
