"""From page to page: which pages there are, each imported when one goes there.

Below all of them is the dashboard. Going from one to another replaces it, with what was opened
from it: there is never more than one of them above the dashboard.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from dockschedctl.ui import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dockschedctl.ui.app import Ui
    from dockschedctl.ui.screens.page import Page

#: The page below all others.
ROOT: Final = "dashboard"
#: place → module and class of its page; `keys.GOING` has a key for each.
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    ROOT: ("dashboard", "Dashboard"),
    "schedules": ("schedules", "SchedulesPage"),
    "week": ("week", "WeekPage"),
    "runs": ("runs", "RunsPage"),
    "audit": ("audit", "AuditPage"),
    "hosts": ("hosts", "HostsPage"),
    "users": ("users", "UsersPage"),
}


def page(place: str) -> type[Page]:
    """Return the page of a place."""
    module, name = PLACES[place]
    return cast("type[Page]", getattr(import_module(f"dockschedctl.ui.screens.{module}"), name))


def go(ui: Ui, place: str) -> None:
    """Show the page of a place, unless it is seen already."""
    wanted = page(place)
    if type(ui.screen) is wanted:
        return
    keep = 1 if place == ROOT else 2
    while len(ui.screen_stack) > keep:
        ui.pop_screen()
    if place == ROOT or type(ui.screen) is wanted:
        return
    if len(ui.screen_stack) == keep:
        ui.switch_screen(wanted())
    else:
        ui.push_screen(wanted())


def leave_forbidden(ui: Ui) -> None:
    """Go back to the dashboard from where the person may not be, as after another login."""
    here = {page.PLACE for page in ui.pages()}
    if any(place_of(key) in here and not ui.state.may(key.needs) for key in keys.GOING):
        go(ui, ROOT)


def ways(may: Callable[[str | None], bool]) -> tuple[tuple[str, str], ...]:
    """Return the places where a person may go, each with what is written of it: `D Stacks`."""
    return tuple(
        (place_of(key), f"{key.keys} {key.label}") for key in keys.GOING if may(key.needs)
    )


def place_of(key: keys.Key) -> str:
    """Return where a key of `keys.GOING` goes: of `go('hosts')` it is `hosts`."""
    return key.action.split("'")[1]
