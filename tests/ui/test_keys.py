"""The table of keys says the truth about the screens."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from dockschedctl.ui import going, keys
from dockschedctl.ui.app import Ui
from dockschedctl.ui.screens.audit import AuditPage
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.dashboard import Dashboard
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.holding import Holding
from dockschedctl.ui.screens.hosts import HostsPage
from dockschedctl.ui.screens.keyhelp import KeyHelp
from dockschedctl.ui.screens.login import LoginScreen
from dockschedctl.ui.screens.messages import Messages
from dockschedctl.ui.screens.page import Page
from dockschedctl.ui.screens.run import RunPage
from dockschedctl.ui.screens.runs import RunsPage
from dockschedctl.ui.screens.schedules import SchedulesPage
from dockschedctl.ui.screens.scheduling import ScheduleForm
from dockschedctl.ui.screens.sifting import Sifting
from dockschedctl.ui.screens.stack import StackPage
from dockschedctl.ui.screens.users import Roles, UsersPage
from dockschedctl.ui.screens.zone import ZoneForm
from dockschedctl.ui.widgets.grid import Grid
from dockschedd.core.permissions import Permission

SCREENS = [
    (Dashboard, keys.DASHBOARD), (StackPage, keys.STACK), (Ui, keys.GLOBAL),
    (RunPage, keys.RUN), (RunsPage, keys.RUNS),
    (Confirm, keys.CONFIRM), (KeyHelp, keys.CLOSE), (Messages, keys.CLOSE),
    (Holding, keys.FORM), (LoginScreen, keys.FORM), (Details, keys.READ), (Page, keys.GOING),
    (HostsPage, keys.HOSTS), (SchedulesPage, keys.SCHEDULES),
    (ScheduleForm, keys.SCHEDULE_FORM), (ZoneForm, keys.FORM),
    (AuditPage, keys.AUDIT), (Sifting, keys.FORM),
    (UsersPage, keys.USERS), (Roles, keys.FORM),
]  # fmt: skip


@pytest.mark.parametrize(
    ("screen", "table"), SCREENS, ids=lambda each: getattr(each, "__name__", "")
)
def test_each_key_does_something(screen, table) -> None:
    """The screen has a method for every action of its keys."""
    for key in table:
        name = key.action.partition("(")[0]
        assert not name or hasattr(screen, f"action_{name}"), key


@pytest.mark.parametrize("noun", keys.SCREENS)
def test_no_key_does_two_things(noun) -> None:
    """On one screen, those of all screens and of grids included."""
    grid = [part for binding in Grid.BINDINGS for part in binding.key.split(",")]
    used = Counter(
        part
        for key in (*keys.SCREENS[noun], *keys.GOING, *keys.GLOBAL)
        for part in key.keys.split(",") if key.action
    )  # fmt: skip
    used.update(part for part in grid if part != "enter")

    assert [key for key, times in used.items() if times > 1] == []


def test_what_keys_need_are_permissions_of_the_daemon() -> None:
    """A misspelled one would hide the key from everybody."""
    needed = {
        key.needs for table in (*keys.SCREENS.values(), keys.GOING, keys.GLOBAL) for key in table
    }

    assert needed - {None} <= set(Permission)


@pytest.mark.parametrize("noun", keys.SCREENS)
def test_the_footer_fits_80_columns(noun) -> None:
    """What is used most is in it; the key help has everything."""
    shown = [key for key in (*keys.SCREENS[noun], *keys.GLOBAL) if key.footer]
    text = " ".join(f"{key.display or key.keys.split(',')[0]} {key.label}" for key in shown)

    assert len(re.sub("question_mark|slash", "?", text)) <= 80


def test_each_place_has_a_key_and_a_page_that_is_told_of_the_place() -> None:
    """So that the bar shows where one is."""
    assert [going.place_of(key) for key in keys.GOING] == list(going.PLACES)
    for place in going.PLACES:
        page = going.page(place)
        assert place == page.PLACE
        assert page.NOUN in keys.SCREENS


def test_the_bar_of_pages_fits_80_columns() -> None:
    """With all of them."""
    texts = [text for _, text in going.ways(lambda _: True)]

    assert len("  ".join(texts)) <= 78


def test_an_action_of_the_same_name_may_need_another_permission_elsewhere() -> None:
    """Each page asks its own table; going asks by where it goes."""
    assert keys.needed("Dashboard", "act", ("stop",)) == keys.OPERATE
    assert keys.needed("Hosts", "act", ("stop",)) is None
    assert keys.needed("Stack", "go", ("hosts",)) == keys.READ_HOSTS
    assert keys.needed("Stack", "go", ("dashboard",)) is None
