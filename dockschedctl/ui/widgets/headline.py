"""The first line of every screen: the daemon, its hosts, what runs now, and whether it is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from dockschedctl.output import times
from dockschedctl.ui.cells import fitted
from dockschedctl.ui.state import Phase
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import State

Part = tuple[str, str]


class Headline(Widget):
    """One line, and a second one where something is wrong with everything."""

    DEFAULT_CSS = """
    Headline { height: auto; dock: top; background: $panel; color: $foreground; }
    """

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server
        self._parts: tuple[tuple[Part, ...], ...] = ((),)

    def tell(self, state: State, moment: Moment, *, server: str) -> None:
        """Show how things stand."""
        self._server = server
        lines = lines_of(state, moment, server=server)
        if lines != self._parts:
            taller = len(lines) != len(self._parts)
            self._parts = lines
            self.refresh(layout=taller)

    def render(self) -> Content:
        """Draw it."""
        return Content("\n").join(_fit(line, self.size.width) for line in self._parts)

    def get_content_height(self, *_: object) -> int:
        """One line, or two."""
        return len(self._parts)


def _fit(parts: tuple[Part, ...], room: int) -> Content:
    left = room - 1
    out: list[Part] = [(" ", "")]
    for text, style in parts:
        shown = fitted(text, left) if len(text) > left else text
        out.append((shown, style))
        left -= len(shown)
        if left <= 0:
            break
    return Content.assemble(*out)


def lines_of(state: State, moment: Moment, *, server: str) -> tuple[tuple[Part, ...], ...]:
    """Return the lines as pieces of text with their styles. Pure."""
    parts: list[Part] = [("dockschedd ", "bold"), _phase(state)]
    status = state.status
    if status is not None:
        up = sum(host.reachable for host in status.hosts)
        lost = up < len(status.hosts)
        hosts = f"{up}/{count(len(status.hosts), 'host')} up"
        parts.append((f"  {'✗ ' if lost else ''}{hosts}", "$error bold" if lost else ""))
        parts.append((f"  {_running(state)}", "$warning" if state.running else "$secondary"))
    if state.me is not None:
        parts.append((f"  {state.me.user} ({state.me.role})", "$secondary"))
    parts.append((f"  {server}", "$secondary"))
    lines = [tuple(parts)]
    trouble = _trouble(state, moment.now)
    if trouble is not None:
        lines.append((trouble,))
    elif status is not None and status.frozen is not None:
        lines.append(((f"‖ {printable(status.frozen.reads)}", "$warning bold"),))
    return tuple(lines)


def _phase(state: State) -> Part:
    match state.phase:
        case Phase.LIVE:
            return ("● live", "$success")
        case Phase.CONNECTING:
            return ("… connecting", "$warning")
        case Phase.LOST:
            return ("✗ lost", "$error bold")
        case Phase.LOGGED_OUT:
            return ("✗ logged out", "$error bold")


def _running(state: State) -> str:
    match tuple(state.running.values()):
        case ():
            return "nothing runs"
        case (run,):
            return f"▶ {run.action} {run.stack}"
        case several:
            return f"▶ {count(len(several), 'run')} now"


def _trouble(state: State, now: datetime) -> Part | None:
    if state.phase not in (Phase.LOST, Phase.LOGGED_OUT):
        return None
    age = ""
    if state.seen_at is not None:
        age = f"what is shown is {times.span(now - state.seen_at)} old: "
    return (f"{age}{printable(state.trouble)}", "$error")
