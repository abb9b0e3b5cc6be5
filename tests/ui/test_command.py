"""`dockschedctl ui` as a command, and the small things that it keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedctl import contexts
from dockschedctl.ui import places, settings, theme
from dockschedctl.ui.screens.holding import hold_of
from tests.ctl.conftest import ctl  # noqa: F401 (a fixture)
from tests.ui.conftest import world


def test_without_a_terminal_it_says_what_to_use_instead(ctl) -> None:  # noqa: F811
    """Exit code 2, and nothing is drawn."""
    result = ctl("ui")

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: `ui` needs a terminal to draw on\n")
    assert "dockschedctl status -o json" in result.err


def test_the_theme_is_the_remembered_one_else_the_terminals() -> None:
    """What cannot be known is dark."""
    light, dark = theme.LIGHT.name, theme.DARK.name

    assert theme.chosen(None, {}) == dark
    assert theme.chosen(None, {"COLORFGBG": "0;15"}) == light
    assert theme.chosen(None, {"COLORFGBG": "15;default;0"}) == dark
    assert theme.chosen(light, {"COLORFGBG": "15;0"}) == light
    assert theme.chosen("no-such-theme", {}) == dark


def test_settings_survive_and_damage_is_no_error(tmp_path) -> None:
    """A file that cannot be read is as good as none."""
    kept = settings.Settings(theme="x", users={"unix:///a": "alice"})
    settings.save(tmp_path / "new", kept)

    assert settings.load(tmp_path / "new") == kept
    assert (tmp_path / "new" / "ui.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "new" / "ui.json").write_text("{")
    assert settings.load(tmp_path / "new") == settings.Settings()


def test_only_servers_that_no_context_names_are_remembered(tmp_path) -> None:
    """Each under a name of its own; local sockets need none."""
    env = world(tmp_path)
    one = places.server(env, "https://docker1.example:8443")
    assert not places.is_known(env, one.url)
    assert places.remember(env, one) == "docker1.example"
    assert places.is_known(env, "https://docker1.example:8443/")
    other = places.server(env, "https://docker1.example:9443")
    assert places.remember(env, other) == "docker1.example-2"
    assert contexts.load(env.config_dir).current == "docker1.example-2"
    assert places.is_known(env, "/run/dockschedd/dockschedd.sock")


@given(st.from_regex(r"https://[a-z0-9.-]{1,80}(:[0-9]{1,4})?", fullmatch=True))
def test_every_server_gets_a_name_that_contexts_take(url) -> None:
    """Whatever its host is called."""
    assert contexts.check_name(places.free_name(url, contexts.Book()))


def test_how_long_a_hold_lasts_is_read_as_people_write_it() -> None:
    """A duration, an instant, or for ever."""
    assert hold_of("2h", up=True, reason="", act=True).duration == "2h"
    assert hold_of("mon 08:00", up=False, reason="", act=True).until == "mon 08:00"
    assert hold_of("Forever", up=True, reason="", act=False).forever
