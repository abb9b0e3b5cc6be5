"""The words of Docker's command lines, and of what people wrap around them in crontabs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from dockschedctl.importing.shell import Unclear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Word = str | None

ACTIONS: Final = frozenset({"start", "stop", "restart", "pause", "unpause"})
#: What makes or removes containers, and what comes nearest to it.
MAKING: Final = {"down": "stop", "up": "start"}
MAKES: Final = {"down": "removes", "up": "creates"}
SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh"})
#: What a line may run besides without doing more to a stack.
HARMLESS: Final = frozenset({"echo", "printf", "true", ":", "date", "logger", "set"})
#: What may read a command's output.
READERS: Final = frozenset({"tee", "logger", "ts", "cat", "systemd-cat", "grep", "sed", "awk"})

#: Option → whether a value follows.
DOCKER_OPTIONS: Final = (
    dict.fromkeys(("-H", "--host", "-c", "--context", "--config", "-l", "--log-level"), True)
    | dict.fromkeys(("--tlscacert", "--tlscert", "--tlskey"), True)
    | dict.fromkeys(("-D", "--debug", "--tls", "--tlsverify"), False)
)
OTHER_ENGINES: Final = frozenset({"-H", "--host", "-c", "--context"})
COMPOSE_OPTIONS: Final = dict.fromkeys(
    ("-f", "--file", "-p", "--project-name", "--project-directory", "--workdir", "--env-file",
     "--profile", "--ansi", "--parallel", "--progress", "--log-level"), True,
) | dict.fromkeys(("--compatibility", "--dry-run", "--verbose", "--no-ansi",
                   "--all-resources"), False)  # fmt: skip
VERB_OPTIONS: Final = dict.fromkeys(("-t", "--timeout", "--time"), True) | dict.fromkeys(
    ("-d", "--detach", "--remove-orphans", "--no-deps", "--quiet-pull", "--no-recreate", "--wait",
     "--no-build", "--build", "--force-recreate", "-V", "--renew-anon-volumes", "-v", "--volumes",
     "--always-recreate-deps", "--no-color"), False,
) | dict.fromkeys(("--rmi", "--pull", "--scale"), True)  # fmt: skip
#: What does more than bringing containers up or down.
CHANGING: Final = frozenset(
    {"--build", "--force-recreate", "-V", "--renew-anon-volumes", "-v", "--volumes", "--rmi",
     "--pull", "--scale", "--always-recreate-deps"}
)  # fmt: skip

#: Program → its options that take a value, and how many words follow before the command.
_WRAPPERS: Final[Mapping[str, tuple[frozenset[str], int]]] = {
    "sudo": (frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-T", "--user", "--group"}), 0),
    "doas": (frozenset({"-u", "-C"}), 0),
    "env": (frozenset({"-u", "--unset", "-C", "--chdir"}), 0),
    "nice": (frozenset({"-n", "--adjustment"}), 0),
    "ionice": (frozenset({"-c", "-n", "-p", "--class", "--classdata"}), 0),
    "flock": (frozenset({"-w", "--timeout", "-E", "--conflict-exit-code"}), 1),
    "timeout": (frozenset({"-k", "-s", "--kill-after", "--signal"}), 1),
    "chronic": (frozenset(), 0),
    "cronic": (frozenset(), 0),
    "nohup": (frozenset(), 0),
    "setsid": (frozenset(), 0),
    "time": (frozenset({"-f", "-o"}), 0),
    "exec": (frozenset({"-a"}), 0),
    "command": (frozenset(), 0),
    "systemd-cat": (frozenset({"-t", "-p", "--identifier", "--priority"}), 0),
}


def unwrapped(
    given: Sequence[Word], remember: Callable[[Mapping[str, str | None]], None]
) -> tuple[Word, ...]:
    """Return the command inside sudo, flock, nice and the like. Raises Unclear."""
    rest = list(given)
    while rest and rest[0] is not None and posixpath.basename(rest[0]) in _WRAPPERS:
        name = posixpath.basename(rest.pop(0) or "")
        valued, positions = _WRAPPERS[name]
        has_text = _skip_options(rest, name, valued)
        for _ in range(positions):
            _take(rest, name)
        if name == "flock" and (has_text or rest[:1] in (["-c"], ["--command"])):
            return ("sh", *([] if not has_text else ["-c"]), *rest)
        while name in ("env", "sudo") and rest and rest[0] and "=" in rest[0]:
            key, _, value = (_take(rest, name) or "").partition("=")
            remember({key: value})
    return tuple(rest)


def _skip_options(rest: list[Word], name: str, valued: frozenset[str]) -> bool:
    """Take the options of a wrapper; return whether a shell's text follows."""
    while rest and rest[0] is not None and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
        if name == "flock" and option in ("-c", "--command"):
            return True
        if name == "env" and option in ("-C", "--chdir"):
            raise Unclear("it changes its directory by `env`")
        if option in valued:
            _take(rest, name)
    return False


def _take(rest: list[Word], name: str) -> Word:
    if not rest:
        raise Unclear(f"`{name}` runs nothing")
    return rest.pop(0)


def shell_text(given: Sequence[Word]) -> str:
    """Return what `sh -c` carries out. Raises Unclear for a script in a file."""
    rest = list(given)
    while rest and rest[0] is not None and rest[0].startswith("-"):
        option = rest.pop(0) or ""
        if not option.startswith("--") and option.endswith("c") and rest:
            text = rest[0]
            if text is None:
                raise Unclear("what it runs is decided when it runs")
            return text
    script = next((word for word in rest if word), "a script")
    raise Unclear(f"it runs `{script[:60]}`, which may do anything")


def options(
    given: Sequence[Word], known: Mapping[str, bool]
) -> tuple[dict[str, Word], list[Word]]:
    """Return the options before the first other word, and the words from there on.

    Of an option that comes several times the first counts. Unknown options have no value.
    """
    found: dict[str, Word] = {}
    rest = list(given)
    left: list[Word] = []
    while rest:
        word = rest.pop(0)
        if word is None or not word.startswith("-") or word == "-":
            left.append(word)
            if known is not VERB_OPTIONS:
                return found, [*left, *rest]
            continue
        if word == "--":
            return found, [*left, *rest]
        name, equals, value = word.partition("=")
        if equals:
            found.setdefault(name, value)
        elif known.get(name):
            found.setdefault(name, rest.pop(0) if rest else None)
        elif name[:2] in known and not name.startswith("--") and known[name[:2]]:
            found.setdefault(name[:2], name[2:])
        else:
            found.setdefault(name, "")
    return found, left
