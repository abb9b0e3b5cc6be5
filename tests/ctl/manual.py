"""The manual pages in packaging/man, made from the same definitions as --help and the docs.

Written in man(7) macros, which man-db and mandoc both read.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import Any, get_type_hints

from dockschedctl import exits
from dockschedd import cli as daemon
from dockschedd import config
from dockschedd.wire.version import VERSION
from tests.ctl import reference

ENVIRONMENT = {
    "DOCKSCHEDCTL_SERVER": "Address of the daemon, where --server does not give one.",
    "DOCKSCHEDCTL_TOKEN": "A token for scripts; it wins over a login.",
    "NO_COLOR": "Not empty: no colour.",
    "XDG_CONFIG_HOME": "Contexts and logins are kept in its directory dockschedctl.",
}
FILES = {
    "/run/dockschedd/dockschedd.sock": "The daemon's socket, where nothing else is said.",
    "$XDG_RUNTIME_DIR/dockschedd/dockschedd.sock": "That of a daemon that a user runs.",
}
SIGNALS = {
    "SIGTERM, SIGINT": "Begin nothing new, let the engine calls under way end, and end. What is "
    "left of their runs is done by the next start."
}
DAEMON_EXITS = {
    "0": "It was told to end",
    "1": "It cannot run; stderr says why",
    "2": "The command line cannot be understood",
    str(daemon.EX_CONFIG): "The configuration has faults; all of them are told",
}
#: Options that are told once, in dockschedctl(1).
EVERYWHERE = {"--server", "--ca", "--no-color", "--debug", "-h,"}


def pages() -> dict[str, str]:
    """Path below packaging/man → page."""
    made = {"man1/dockschedctl.1": _root()}
    for path in reference.paths():
        if len(path) == 1:
            made[f"man1/dockschedctl-{path[0]}.1"] = _noun(path)
    made["man8/dockschedd.8"] = _daemon()
    made["man5/dockschedd.toml.5"] = _settings()
    return made


# ---------------------------------------------------------------- the client


def _root() -> str:
    command, context = reference.command(())
    told = reference.INTRODUCTION.replace("`", "")
    conventions, _, which = told[told.index("- stdout") :].partition("## Which daemon")
    nouns = [
        (f"dockschedctl {path[0]}", reference.command(path)[0].get_short_help_str(200).rstrip("."))
        for path in reference.paths()
        if len(path) == 1
    ]
    return _page(
        "DOCKSCHEDCTL",
        1,
        "dockschedctl \\- start and stop Docker Compose stacks, now or on schedule",
        _section("SYNOPSIS", _bold("dockschedctl", "[OPTIONS] COMMAND [ARGUMENTS]...")),
        _section("DESCRIPTION", *_prose(command.help), *_prose(conventions)),
        _section("WHICH DAEMON", *_prose(which)),
        _section("COMMANDS", "Each has a page of its own, such as", _bold("dockschedctl-stack(1)"),
                 *_terms(nouns)),
        _section("OPTIONS", *_terms(_records(command, context, "option"))),
        _section("EXAMPLES", *_verbatim(reference.examples(()))),
        _section("EXIT STATUS", *_terms((str(int(c)), t) for c, t in exits.MEANING.items())),
        _section("ENVIRONMENT", *_terms(ENVIRONMENT.items())),
        _section("FILES", *_terms(FILES.items())),
        _section("SEE ALSO", _see("dockschedd(8)", "dockschedd.toml(5)")),
    )  # fmt: skip


def _noun(path: tuple[str, ...]) -> str:
    command, _ = reference.command(path)
    name = f"dockschedctl-{path[0]}"
    summary = command.get_short_help_str(200).rstrip(".")
    inside = [each for each in reference.paths() if len(each) == 2 and each[0] == path[0]]
    body: list[str] = []
    if inside:
        for each in inside:
            body += _section("SYNOPSIS" if each is inside[0] else None, *_usage(each))
        body += _section("DESCRIPTION", *_prose(command.help))
        for each in inside:
            body += [f'.SH "{_text(" ".join(each[1:])).upper()}"', *_details(each)]
    else:
        body += _section("SYNOPSIS", *_usage(path))
        body += ['.SH "DESCRIPTION"', *_details(path)]
    also = f"{_see('dockschedctl(1)')} for options that every command takes, "
    also += _see("dockschedd(8)")
    title = f"{name} \\- {_text(summary[:1].lower() + summary[1:])}"
    return _page(name.upper(), 1, title, body, _section("SEE ALSO", also))


def _details(path: tuple[str, ...]) -> list[str]:
    command, context = reference.command(path)
    lines = _prose(command.help)
    lines += _terms(_records(command, context, "argument"))
    lines += _terms(
        record
        for record in _records(command, context, "option")
        if record[0].partition(" ")[0] not in EVERYWHERE
    )
    if shown := reference.examples(path):
        lines += [".PP", "Examples:", *_verbatim(shown)]
    return lines


def _usage(path: tuple[str, ...]) -> list[str]:
    command, context = reference.command(path)
    return [
        ".br",
        _bold(" ".join(("dockschedctl", *path)), *command.collect_usage_pieces(context)),
    ]


def _records(command: Any, context: Any, kind: str) -> list[tuple[str, str]]:
    found = [
        param.get_help_record(context)
        for param in command.get_params(context)
        if param.param_type_name == kind
    ]
    return [record for record in found if record is not None]


# ---------------------------------------------------------------- the daemon


def _daemon() -> str:
    commands, options = [], {}
    for name, help_text, parser in daemon.commands():
        commands.append((f"dockschedd {name}", help_text))
        for action in parser._actions:
            names = ", ".join(action.option_strings)
            if names and action.dest != "help":
                options[f"{names} {action.metavar}"] = action.help
    return _page(
        "DOCKSCHEDD",
        8,
        "dockschedd \\- daemon that starts and stops Docker Compose stacks on schedule",
        _section("SYNOPSIS", _bold("dockschedd", "COMMAND [OPTIONS]")),
        _section(
            "DESCRIPTION",
            "It runs as a service and is spoken to by",
            _bold("dockschedctl(1)") + ".",
            "It acts on containers that exist and never creates or removes one. Everything that "
            "it was told is in its state directory; what is planned survives every end.",
        ),
        _section("COMMANDS", *_terms(commands)),
        _section("OPTIONS", "Of run and check-config; they win over the environment and the file.",
                 *_terms(options.items())),
        _section("SIGNALS", *_terms(SIGNALS.items())),
        _section("EXIT STATUS", *_terms(DAEMON_EXITS.items())),
        _section("SEE ALSO", _see("dockschedd.toml(5)", "dockschedctl(1)")),
    )  # fmt: skip


def _settings() -> str:
    types = get_type_hints(config.Settings, include_extras=True)
    terms = [(name, types[name].__metadata__[0].description) for name in types]
    return _page(
        "DOCKSCHEDD.TOML",
        5,
        "dockschedd.toml \\- configuration of dockschedd",
        _section("SYNOPSIS", "/etc/dockschedd/dockschedd.toml"),
        _section(
            "DESCRIPTION",
            "TOML. Everything is optional. Each key outside a table can also be given as",
            _bold("DOCKSCHEDD_KEY"),
            "in the environment, which wins over the file; flags win over both.",
            _bold("dockschedd check-config"),
            "prints what is in effect, and where each value comes from. Unknown keys are errors.",
        ),
        _section("SETTINGS", *_terms(terms)),
        _section("EXAMPLE", *_verbatim(['zone = "Europe/Berlin"', "", "[hosts.local]",
                                        'url = "unix:///var/run/docker.sock"'])),
        _section("SEE ALSO", _see("dockschedd(8)", "dockschedctl(1)")),
    )  # fmt: skip


# ---------------------------------------------------------------- macros of man(7)


def _page(title: str, section: int, name: str, *sections: list[str]) -> str:
    head = [
        '.\\" Made from the definitions behind --help: DOCKSCHEDD_UPDATE_DOCS=1 pytest tests/ctl',
        f'.TH "{title}" {section} "" "dockschedd {VERSION}" "dockschedd"',
        ".nh",
        ".ad l",
        ".SH NAME",
        name,
    ]
    return "\n".join([*head, *(line for lines in sections for line in lines)]) + "\n"


def _section(title: str | None, *lines: str) -> list[str]:
    return [*([f'.SH "{title}"'] if title else []), *map(_safe, lines)]


def _terms(pairs: Any) -> list[str]:
    lines = []
    for term, text in pairs:
        lines += [".TP", f"\\fB{_text(term)}\\fR", *map(_safe, _wrapped(text or ""))]
    return lines


def _prose(text: str | None) -> list[str]:
    lines: list[str] = []
    for block in inspect.cleandoc(text or "").split("\n\n"):
        items = block.split("\n- ") if block.startswith("- ") else [block]
        for item in items:
            if words := " ".join(item.removeprefix("- ").split()):
                lines += [".PP", *map(_safe, _wrapped(words))]
    return lines


def _verbatim(lines: list[str]) -> list[str]:
    return [".PP", ".RS 4", ".nf", *(_safe(_text(line)) for line in lines), ".fi", ".RE"]


def _wrapped(text: str) -> list[str]:
    # Escaped after wrapping: an escape must not be broken.
    flat = " ".join(text.split())
    return [
        _text(line)
        for line in textwrap.wrap(flat, 90, break_on_hyphens=False, break_long_words=False)
    ]


def _bold(first: str, *rest: str) -> str:
    return " ".join([f"\\fB{_text(first)}\\fR", *map(_text, rest)])


def _see(*names: str) -> str:
    return ", ".join(_bold(name) for name in names)


def _text(text: str) -> str:
    """Escape what groff would take for its own: a hyphen stays one that can be copied."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in plain)


def _safe(line: str) -> str:
    """A dot at the beginning of a line would be a request."""
    is_ours = line.partition(" ")[0] in {".PP", ".TP", ".br", ".nf", ".fi", ".RS", ".RE"}
    return f"\\&{line}" if line.startswith(".") and not is_ours else line
