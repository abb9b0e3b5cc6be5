"""What a line does to which stack: `docker compose … stop` and `docker stop`, recognised.

What else the line does, or what cannot be told from it, is a reason to leave it alone.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

import msgspec

from dockschedctl.importing import docker_words as words
from dockschedctl.importing import shell
from dockschedctl.importing.shell import Unclear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Does(msgspec.Struct, frozen=True, kw_only=True):
    """One action on one stack."""

    action: str
    selector: str
    options: Mapping[str, Any]
    notes: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known besides the line."""

    #: Variables that the line can see.
    variables: Mapping[str, str | None] = {}
    #: The directory that it begins in; None: unknown.
    directory: str | None = None
    #: Stack → its containers' names; None: nobody could be asked.
    stacks: Mapping[str, frozenset[str]] | None = None
    #: Propose stop for `down`, and start for `up -d`.
    as_stop_start: bool = False


def read(line: str, known: Known) -> tuple[Does, ...]:
    """Return what a line does, one for each stack. Raises Unclear."""
    return _Line(known).all_of(line)


def is_about_docker(line: str) -> bool:
    """Whether a line mentions Docker at all."""
    return re.search(r"\bdocker(-compose)?\b", line) is not None


def stack_name(directory: str) -> str:
    """Return what Compose calls the stack of a directory; "" where it has no name.

    Source: compose-go, loader.NormalizeProjectName.
    """
    base = posixpath.basename(posixpath.normpath(directory)).lower()
    return re.sub(r"[^-_a-z0-9]", "", base).lstrip("_-")


class _Line:
    """A line being read: directory and variables change as it goes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._directory = known.directory
        self._variables: dict[str, str | None] = dict(known.variables)

    def all_of(self, line: str) -> tuple[Does, ...]:
        found: list[Does] = []
        for command in shell.read(line, self._variables):
            if not command.words:
                self._remember(command.variables)
                continue
            if command.joined == "|" and found and _is_harmless_reader(command):
                continue
            does = self._command(command)
            if does and command.joined == "||":
                raise Unclear("it runs only where something else fails")
            found += does
        actions = {each.action for each in found}
        if len(actions) > 1:
            raise Unclear(
                f"it does several things one after the other: {', '.join(sorted(actions))}"
            )
        if not found:
            raise Unclear("it does nothing to a stack")
        return tuple(each for n, each in enumerate(found) if each not in found[:n])

    def _remember(self, variables: Mapping[str, str | None]) -> None:
        self._variables.update(variables)

    def _command(self, command: shell.Command) -> list[Does]:
        outer = dict(self._variables)
        self._remember(command.variables)
        try:
            return self._words(words.unwrapped(command.words, self._remember))
        finally:
            if command.variables:
                self._variables = outer

    def _words(self, given: Sequence[str | None]) -> list[Does]:
        program, *rest = given or (None,)
        if program is None:
            raise Unclear("what it runs is decided when it runs")
        name = posixpath.basename(program)
        if name in words.SHELLS:
            return list(_Line(self._inner()).all_of(words.shell_text(rest)))
        if name == "cd":
            self._cd(rest)
            return []
        if name in words.HARMLESS:
            return []
        if name == "docker-compose":
            return [self._compose(rest)]
        if name == "docker":
            return self._docker(rest)
        raise Unclear(f"it runs `{name[:40]}`")

    def _inner(self) -> Known:
        return msgspec.structs.replace(
            self._known, directory=self._directory, variables=self._variables
        )

    def _cd(self, rest: Sequence[str | None]) -> None:
        target = rest[0] if rest else None
        if target is None or target.startswith("-"):
            raise Unclear("where it changes to is decided when it runs")
        self._directory = posixpath.join(self._directory or "", target)

    def _docker(self, rest: Sequence[str | None]) -> list[Does]:
        options, left = words.options(rest, words.DOCKER_OPTIONS)
        if self._is_elsewhere() or options.keys() & words.OTHER_ENGINES:
            raise Unclear("it talks to another Docker Engine")
        if not left or left[0] is None:
            raise Unclear("what it asks Docker for is decided when it runs")
        if left[0] == "compose":
            return [self._compose(left[1:])]
        if left[0] == "container":
            left = left[1:]
        verb = left[0] if left else None
        if verb not in words.ACTIONS:
            raise Unclear(f"`docker {verb}` is nothing that dockschedd does")
        return self._containers(str(verb), left[1:])

    def _is_elsewhere(self) -> bool:
        found = [self._variables.get(name, "") for name in ("DOCKER_HOST", "DOCKER_CONTEXT")]
        return any(each != "" for each in found)

    def _compose(self, rest: Sequence[str | None]) -> Does:
        if self._is_elsewhere():
            raise Unclear("it talks to another Docker Engine")
        options, left = words.options(rest, words.COMPOSE_OPTIONS)
        if "--dry-run" in options:
            raise Unclear("it is a dry run")
        if "--profile" in options:
            raise Unclear("it is about a profile; dockschedd acts on whole stacks")
        verb = left[0] if left else None
        if verb is None:
            raise Unclear("what it asks Compose for is not there")
        action, notes, own = self._verb(verb, left[1:])
        selector, how = self._stack(options)
        return Does(
            action=action, selector=selector, options=_timeout(own, action), notes=(*how, *notes)
        )

    def _verb(
        self, verb: str, rest: Sequence[str | None]
    ) -> tuple[str, tuple[str, ...], Mapping[str, str | None]]:
        if verb not in words.ACTIONS and verb not in words.MAKING:
            raise Unclear(f"`{verb}` is nothing that dockschedd does")
        given, services = words.options(rest, words.VERB_OPTIONS)
        unknown = given.keys() - words.VERB_OPTIONS.keys()
        if unknown:
            raise Unclear(f"`{verb} {min(unknown)}` is not known here")
        if verb in words.MAKING:
            if not self._known.as_stop_start:
                raise Unclear(
                    f"`{verb}` {words.MAKES[verb]} containers, which dockschedd never does; "
                    f"--as-stop-start proposes `{words.MAKING[verb]}`"
                )
            changing = given.keys() & words.CHANGING
            if changing:
                raise Unclear(f"`{verb} {min(changing)}` changes more than what runs")
            if verb == "up" and not given.keys() & {"-d", "--detach", "--wait"}:
                raise Unclear("`up` without -d stays in the foreground")
        if services:
            raise Unclear("it names services; dockschedd acts on whole stacks")
        if verb in words.MAKING:
            note = f"was `{verb}`: containers are kept, and must be there"
            return words.MAKING[verb], (note,), given
        return verb, (), given

    def _stack(self, options: Mapping[str, str | None]) -> tuple[str, tuple[str, ...]]:
        """Return the stack that Compose means, in the order in which it looks for its name."""
        for name in ("-p", "--project-name"):
            if name in options:
                return _given(options[name]), ()
        if "COMPOSE_PROJECT_NAME" in self._variables:
            return _given(self._variables["COMPOSE_PROJECT_NAME"]), ()
        directory = self._project_directory(options)
        if not directory.startswith("/") and not stack_name(directory):
            raise Unclear("which stack it means depends on where it runs")
        name = stack_name(directory)
        if not name:
            raise Unclear(f"`{directory}` gives a stack no name")
        return name, (f"the stack is named after {directory}",)

    def _project_directory(self, options: Mapping[str, str | None]) -> str:
        for name in ("--project-directory", "--workdir"):
            if name in options:
                return self._joined(options[name])
        files = [options[name] for name in ("-f", "--file") if name in options]
        if files:
            file = files[0]
            if file is None or file == "-":
                raise Unclear("its compose file is decided when it runs")
            return posixpath.dirname(self._joined(file)) or self._here()
        if "COMPOSE_FILE" in self._variables:
            file = self._variables["COMPOSE_FILE"]
            first = None if file is None else file.split(":")[0]
            return posixpath.dirname(self._joined(first)) or self._here()
        return self._here()

    def _here(self) -> str:
        if not self._directory:
            raise Unclear("which stack it means is not said: there is no -p, no -f and no cd")
        return self._directory

    def _joined(self, path: str | None) -> str:
        if path is None:
            raise Unclear("the directory is decided when it runs")
        if path.startswith("/"):
            return path
        return posixpath.join(self._directory or "", path)

    def _containers(self, verb: str, rest: Sequence[str | None]) -> list[Does]:
        given, names = words.options(rest, words.VERB_OPTIONS)
        if given.keys() - {"-t", "--time", "--timeout"}:
            raise Unclear(f"`docker {verb} {min(given.keys())}` is not known here")
        if not names or None in names:
            raise Unclear("which containers it means is decided when it runs")
        named = {str(name) for name in names}
        if self._known.stacks is None:
            raise Unclear("it names containers; the daemon could not be asked for their stack")
        stacks = {s: c for s, c in self._known.stacks.items() if c & named}
        lost = named - frozenset().union(*stacks.values())
        if lost:
            raise Unclear(f"there is no container `{min(lost)}` in any stack")
        for stack, containers in stacks.items():
            if missing := containers - named:
                raise Unclear(f"it leaves out {', '.join(sorted(missing))} of the stack {stack}; "
                              "dockschedd acts on whole stacks")  # fmt: skip
        return [
            Does(action=verb, selector=stack, options=_timeout(given, verb))
            for stack in sorted(stacks)
        ]


def _given(name: str | None) -> str:
    if not name:
        raise Unclear("the name of the stack is decided when it runs")
    return name


def _timeout(given: Mapping[str, str | None], action: str) -> dict[str, Any]:
    for name in ("-t", "--timeout", "--time"):
        if name in given:
            value = given[name]
            if value is None or not re.fullmatch("[0-9]{1,7}", value):
                raise Unclear("its timeout is no number of seconds")
            return {} if action in ("start", "unpause") else {"stop_timeout_seconds": float(value)}
    return {}


def _is_harmless_reader(command: shell.Command) -> bool:
    name = command.words[0]
    return name is not None and posixpath.basename(name) in words.READERS
