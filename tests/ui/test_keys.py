"""The table of keys says the truth about the screens."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from dockschedctl.ui import keys
from dockschedctl.ui.app import Ui
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.dashboard import Dashboard
from dockschedctl.ui.screens.holding import Holding
from dockschedctl.ui.screens.keyhelp import KeyHelp
from dockschedctl.ui.screens.login import LoginScreen
from dockschedctl.ui.screens.messages import Messages
from dockschedctl.ui.screens.stack import StackPage
from dockschedctl.ui.widgets.grid import Grid
from dockschedd.core.permissions import Permission

SCREENS = [
    (Dashboard, keys.DASHBOARD), (StackPage, keys.STACK), (Ui, keys.GLOBAL),
    (Confirm, keys.CONFIRM), (KeyHelp, keys.CLOSE), (Messages, keys.CLOSE),
    (Holding, keys.FORM), (LoginScreen, keys.FORM),
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
        part for key in (*keys.SCREENS[noun], *keys.GLOBAL) for part in key.keys.split(",")
        if key.action
    )  # fmt: skip
    used.update(part for part in grid if part != "enter")

    assert [key for key, times in used.items() if times > 1] == []


def test_what_keys_need_are_permissions_of_the_daemon() -> None:
    """A misspelled one would hide the key from everybody."""
    needed = {key.needs for table in (*keys.SCREENS.values(), keys.GLOBAL) for key in table}

    assert needed - {None} <= set(Permission)


@pytest.mark.parametrize("noun", keys.SCREENS)
def test_the_footer_fits_80_columns(noun) -> None:
    """What is used most is in it; the key help has everything."""
    shown = [key for key in (*keys.SCREENS[noun], *keys.GLOBAL) if key.footer]
    text = " ".join(f"{key.display or key.keys.split(',')[0]} {key.label}" for key in shown)

    assert len(re.sub("question_mark|slash", "?", text)) <= 80
