"""What a person may have meant: "did you mean"."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longer words are cut: comparing costs the product of both lengths.
_LONGEST = 200


def closest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that is nearest to the word, ignoring case; None when none is near.

    The order of the choices does not matter.
    """
    by_folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    found = difflib.get_close_matches(word[:_LONGEST].casefold(), sorted(by_folded), n=1)
    return by_folded[found[0]] if found else None
