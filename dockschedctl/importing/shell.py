"""A command line as sh would read it, as far as that can be told without running it.

Simple commands with their words; variables are filled in where their values are known. What
only a running shell would know (substitutions, globs, functions) makes a word unknown. Never
raises but Unclear.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPERATORS: Final = ("&&", "||", ";;", "|&", ";", "|", "&", "(", ")", "\n")
_VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", re.ASCII)
_REDIRECTION: Final = re.compile(r"(\d*|&)(>>|>\||<<<|<<|>&|<&|&>>|&>|<>|>|<)")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)
_KEYWORDS: Final = frozenset(
    {"if", "then", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "function"}
)


class Unclear(Exception):
    """It cannot be told what the line does; the message is the reason."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One simple command. None stands for a word that only a running shell would know."""

    words: tuple[str | None, ...]
    #: Variables that are set for it alone.
    variables: Mapping[str, str | None]
    #: What stands between it and the one before: `&&`, `||`, `;`, `|`, `&`, or nothing.
    joined: str = ""


class _Word(msgspec.Struct):
    """A word that is being read."""

    text: str = ""
    is_known: bool = True
    is_open: bool = False

    def add(self, text: str) -> None:
        self.text += text
        self.is_open = True


def read(line: str, known: Mapping[str, str | None]) -> tuple[Command, ...]:
    """Return the simple commands of a line, in order; None: unknown. Raises Unclear."""
    reading = _Reading(known)
    reading.line(line)
    return tuple(reading.commands)


class _Reading:
    """A line being read: what is set in it holds for the rest of it."""

    def __init__(self, known: Mapping[str, str | None]) -> None:
        self.commands: list[Command] = []
        self._known = dict(known)
        self._words: list[_Word] = []
        self._joined = ""
        self._is_closed = False

    def line(self, line: str) -> None:
        at = 0
        word = _Word()
        while at < len(line):
            letter = line[at]
            redirection = None if word.is_open else _REDIRECTION.match(line, at)
            operator = next((op for op in _OPERATORS if line.startswith(op, at)), None)
            if redirection:
                at = _skip_target(line, redirection.end())
            elif letter in "<>":
                word = self._end(word)
            elif letter in " \t":
                word = self._end(word)
                at += 1
            elif letter == "#" and not word.is_open:
                break
            elif operator:
                word = self._end(word)
                self._operator(operator)
                at += len(operator)
            else:
                at = _letter(line, at, word, self._known)
        self._end(word)
        self._operator(";")

    def _end(self, word: _Word) -> _Word:
        if word.is_open:
            self._words.append(word)
        return _Word()

    def _operator(self, operator: str) -> None:
        if operator == "(":
            if self.commands or self._words:
                raise Unclear("a part of it runs in a shell of its own")
            return
        if self._words:
            if self._is_closed and self._joined != "|":
                raise Unclear("a part of it runs in a shell of its own")
            self._finish()
        elif operator in ("|", "||", "&&") and not self._is_closed:
            raise Unclear(f"nothing stands before `{operator}`")
        if operator == ")":
            self._is_closed = True
        else:
            self._joined = ";" if operator in ("\n", ";;") else operator.replace("|&", "|")

    def _finish(self) -> None:
        command = _command(self._words, self._joined)
        self._words = []
        self.commands.append(command)
        if not command.words:
            self._known.update(command.variables)


def _command(words: list[_Word], joined: str) -> Command:
    variables: dict[str, str | None] = {}
    rest = [word for word in words if word.text not in ("{", "}", "!") or not word.is_known]
    if len(rest) < len(words) and any(word.text == "!" for word in words):
        raise Unclear("it depends on whether something fails")
    exports = bool(rest) and rest[0].text == "export"
    if exports:
        rest.pop(0)
    while rest and (found := _ASSIGNMENT.fullmatch(rest[0].text)):
        variables[found[1]] = found[2] if rest[0].is_known else None
        rest.pop(0)
    if exports:
        rest = []
    if rest and rest[0].text in _KEYWORDS:
        raise Unclear(f"it is a script (`{rest[0].text}`)")
    return Command(
        words=tuple(word.text if word.is_known else None for word in rest),
        variables=variables,
        joined=joined,
    )


def _letter(line: str, at: int, word: _Word, known: Mapping[str, str | None]) -> int:
    """Add what stands at a place to the word; return the place behind it."""
    letter = line[at]
    if letter == "'":
        end = line.find("'", at + 1)
        if end < 0:
            raise Unclear("a quote is not closed")
        word.add(line[at + 1 : end])
        return end + 1
    if letter == '"':
        return _double(line, at + 1, word, known)
    if letter == "\\":
        word.add(line[at + 1 : at + 2])
        return at + 2
    if letter in "*?[~" and _is_pattern(line, at, word):
        word.is_known = False
    return _plain(line, at, word, known)


def _is_pattern(line: str, at: int, word: _Word) -> bool:
    """Whether a shell puts something else there: file names, or a home directory."""
    after = line[at + 1 : at + 2]
    match line[at]:
        case "~":
            # `~/web` is called web, whosever home it is in; `~bob` is not known at all.
            return not word.is_open and after != "/"
        case "[":
            return word.is_open or after not in (" ", "\t")
        case _:
            return True


def _double(line: str, at: int, word: _Word, known: Mapping[str, str | None]) -> int:
    word.add("")
    while at < len(line):
        if line[at] == '"':
            return at + 1
        if line[at] == "\\" and line[at + 1 : at + 2] in ("$", "`", '"', "\\"):
            word.add(line[at + 1])
            at += 2
        else:
            at = _plain(line, at, word, known)
    raise Unclear("a quote is not closed")


def _plain(line: str, at: int, word: _Word, known: Mapping[str, str | None]) -> int:
    if line.startswith("$(", at) or line[at] == "`":
        word.is_known = False
        word.add(line[at])
        return _substitution(line, at)
    if line[at] == "$" and (found := _VARIABLE.match(line, at)):
        value = known.get(found[1] or found[2])
        if value is None:
            word.is_known = False
        word.add(value or "")
        return found.end()
    if line[at] == "$" and line[at + 1 : at + 2] not in ("", " ", '"'):
        word.is_known = False
    word.add(line[at])
    return at + 1


def _substitution(line: str, at: int) -> int:
    if line[at] == "`":
        end = line.find("`", at + 1)
        if end < 0:
            raise Unclear("a quote is not closed")
        return end + 1
    depth = 0
    for place in range(at + 1, len(line)):
        depth += {"(": 1, ")": -1}.get(line[place], 0)
        if depth == 0:
            return place + 1
    raise Unclear("a parenthesis is not closed")


def _skip_target(line: str, at: int) -> int:
    """Return the place behind the file that a redirection names."""
    while at < len(line) and line[at] in " \t":
        at += 1
    word = _Word()
    while at < len(line) and line[at] not in " \t\n;&|()<>":
        at = _letter(line, at, word, {})
    return at
