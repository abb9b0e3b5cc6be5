"""Two themes, dark and light, of colours that the colour-blind tell apart (Okabe and Ito).

What a colour says a symbol and a word say too: nothing is lost without colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

DARK: Final = Theme(
    name="dockschedd-dark",
    dark=True,
    primary="#56B4E9",
    secondary="#9AA5B1",
    accent="#56B4E9",
    success="#3FC79A",
    warning="#E69F00",
    error="#FF7A45",
    foreground="#D8DEE6",
    background="#12161B",
    surface="#181D24",
    panel="#222933",
    variables={"border": "#3A4554", "footer-key-foreground": "#56B4E9"},
)
LIGHT: Final = Theme(
    name="dockschedd-light",
    dark=False,
    primary="#0072B2",
    secondary="#5B6672",
    accent="#0072B2",
    success="#00704F",
    warning="#8A5A00",
    error="#B83A00",
    foreground="#1C2229",
    background="#FBFBF9",
    surface="#F1F2F0",
    panel="#E3E6E8",
    variables={"border": "#AEB6BF", "footer-key-foreground": "#0072B2"},
)
ALL: Final = (DARK, LIGHT)
#: Background colours of COLORFGBG that are light: white and bright white.
_LIGHT_GROUNDS: Final = frozenset({"7", "15"})


def chosen(
    remembered: str | None, environ: Mapping[str, str], *, light: bool | None = None
) -> str:
    """Return the theme to begin with: the remembered one, else what the terminal tells.

    `light`: what it answered; None: nothing.
    """
    if remembered in {theme.name for theme in ALL}:
        return remembered
    if light is not None:
        return LIGHT.name if light else DARK.name
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if ground in _LIGHT_GROUNDS else DARK.name


def other(name: str) -> str:
    """Return the other theme."""
    return DARK.name if name == LIGHT.name else LIGHT.name
