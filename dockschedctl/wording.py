"""Small rules for text that people read. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def sentence(text: str) -> str:
    """Return the text as it reads after a colon: small first letter, no full stop at the end.

    Texts of several sentences keep their full stops, and words in capitals their capitals.
    """
    text = text.strip()
    if text[:1].isupper() and text[1:2].islower():
        text = text[0].lower() + text[1:]
    if text.endswith(".") and ". " not in text:
        text = text[:-1]
    return text


def printable(text: str) -> str:
    """Return the text on one line, without anything that a terminal would obey.

    Errors of engines and names of containers are other people's text.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 container`, `3 containers`, `2 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a hint with what is nearly the word; None where nothing is."""
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    if not near:
        return None
    names = [f"`{name}`" for name in near]
    return f"did you mean {' or '.join(names)}?"
