"""Typer groups that build a command only when it is named: building all costs 40 ms.

Also what all commands have in common: the global options, examples in their help, and
errors that suggest.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command_from_info

from dockschedctl import habits
from dockschedctl.failures import Usage
from dockschedctl.invocation import Output, of
from dockschedctl.wording import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typer._click import Command, Context, HelpFormatter, Parameter
    from typer._click.shell_completion import CompletionItem

_DATA: Final = tuple(form for form in Output if form is not Output.TOML)
_DOCUMENT: Final = (Output.YAML, Output.TOML, Output.JSON)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a command comes from."""

    summary: str
    build: Callable[[], Command]


def app(summary: str) -> typer.Typer:
    """Return a Typer to register the commands of one noun with."""
    return typer.Typer(
        help=summary, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )


class Plain(TyperCommand):
    """A command with the global options; its epilog is shown as it is written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += global_options(
            output=isinstance(self, Data | Document),
            forms=_DOCUMENT if isinstance(self, Document) else _DATA,
        )

    def invoke(self, ctx: Context) -> Any:
        """Carry it out, unless the form of output that was asked for is not one of its own."""
        output = of(ctx).output  # type: ignore[arg-type] # any context has `obj`
        if output is Output.TOML and not isinstance(self, Document):
            raise Usage("`toml` is a form of documents only", hint=f"choose {', '.join(_DATA)}")
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return the arguments as they are named below, without braces."""
        return [
            piece.removeprefix("{").removesuffix("}")
            for piece in super().collect_usage_pieces(ctx)
        ]

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the examples."""
        _ = ctx
        _write_examples(self.epilog, formatter)


class Data(Plain):
    """A command that lists or shows something."""


class Document(Plain):
    """A command that writes a document, as YAML unless told otherwise."""


class OnDemand(TyperGroup):
    """A group whose commands are built when they are named."""

    def __init__(
        self, sources: Mapping[str, Source], *, default: str | None = None, **attributes: Any
    ) -> None:
        if default is not None:
            # Its options may stand before the word that is no command.
            attributes["context_settings"] = {"ignore_unknown_options": True}
        super().__init__(no_args_is_help=True, rich_markup_mode=None, **attributes)
        self._sources = sources
        self._default = default

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the form without a command as well, where there is one."""
        default = self._meant(ctx)
        if default is None:
            super().format_usage(ctx, formatter)
            return
        command, within = default
        usage = " ".join(command.collect_usage_pieces(within))
        formatter.write_usage(ctx.command_path, usage)
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix=" " * len("Usage: "))

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write those of the command that is meant where none is named, if there is one."""
        default = self._meant(ctx)
        if default is None:
            super().format_options(ctx, formatter)
            return
        command, within = default
        command.format_options(within, formatter)
        self.format_commands(ctx, formatter)

    def _meant(self, ctx: Context) -> tuple[Command, Context] | None:
        """Return the command that is meant where none is named, with a context of it."""
        command = None if self._default is None else self.get_command(ctx, self._default)
        if command is None:
            return None
        within = command.make_context(ctx.info_name, [], parent=ctx.parent, resilient_parsing=True)
        return command, within

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, and what may follow where none is named."""
        found = super().shell_complete(ctx, incomplete)
        default = self._meant(ctx)
        if default is None:
            return found
        command, within = default
        if incomplete.startswith("-"):
            return command.shell_complete(within, incomplete)
        return [*found, *command.params[0].shell_complete(within, incomplete)]

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names, in the order in which they were registered."""
        _ = ctx
        return list(self._sources)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the command, built now; None where there is none of that name."""
        _ = ctx
        if cmd_name not in self.commands and cmd_name in self._sources:
            self.commands[cmd_name] = self._sources[cmd_name].build()
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write names and summaries without building anything."""
        _ = ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, s.summary) for name, s in self._sources.items()])

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the examples."""
        _ = ctx
        _write_examples(self.epilog, formatter)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the command, or suggest one that is spelled nearly so."""
        name = args[0]
        if self._default is not None and name not in self._sources:
            return self._default, self.get_command(ctx, self._default), args
        if ctx.resilient_parsing or name.startswith("-") or name in self._sources:
            return super().resolve_command(ctx, args)
        path = ctx.command_path
        raise Usage(f"there is no command `{path} {name}`", hint=self._hint(ctx, name))

    def _hint(self, ctx: Context, name: str) -> str:
        """Return what may have been meant: by habit, or nearly spelled so."""
        path = ctx.command_path
        if ctx.parent is None and name in habits.AT_THE_ROOT:
            return f"did you mean `{path} {habits.AT_THE_ROOT[name]}`?"
        habit = habits.OF_A_NOUN.get(name)
        if ctx.parent is not None and habit in self._sources:
            return f"did you mean `{path} {habit}`?"
        return did_you_mean(name, self._sources) or f"see `{path} --help`"


def group(name: str, noun: typer.Typer, *, default: str | None = None) -> OnDemand:
    """Return the group of the commands that are registered with a Typer.

    `default` is meant where none of them is named; its examples are the group's.
    """
    examples = (info.epilog for info in noun.registered_commands if info.name == default)
    return OnDemand(
        registered(noun),
        name=name,
        help=str(noun.info.help),
        epilog=next(examples, None),
        default=default,
        params=global_options(output=True, hidden=True),
    )


def registered(noun: typer.Typer) -> dict[str, Source]:
    """Return the commands that are registered with a Typer, by name."""
    sources = {}
    for info in noun.registered_commands:
        assert info.callback is not None
        doc = inspect.cleandoc(info.callback.__doc__ or "")
        sources[info.name or info.callback.__name__] = Source(
            summary=doc.partition("\n")[0].rstrip("."), build=_Builder(info)
        )
    return sources


class _Builder(msgspec.Struct, frozen=True):
    info: typer.models.CommandInfo

    def __call__(self) -> Command:
        return get_command_from_info(
            self.info, pretty_exceptions_short=False, rich_markup_mode=None
        )


def _write_examples(text: str | None, formatter: HelpFormatter) -> None:
    if not text:
        return
    with formatter.section("Examples"):
        for line in inspect.cleandoc(text).splitlines():
            formatter.write(f"{' ' * formatter.current_indent}{line}".rstrip() + "\n")


# ---------------------------------------------------------------- global options


def global_options(
    *, output: bool, hidden: bool = False, forms: tuple[Output, ...] = _DATA
) -> list[Parameter]:
    """Return the options that every command takes, before or after its name."""
    options: list[Parameter] = [
        _option("--server", says="Address of the daemon.", metavar="URL", hidden=hidden),
        _option(
            "--ca", says="Certificates to check the daemon's by.", metavar="FILE", hidden=hidden
        ),
        _option("--no-color", says="No colour.", is_flag=True, hidden=hidden),
        _option("--debug", says="Show requests and tracebacks.", is_flag=True, hidden=hidden),
    ]
    if output:
        form = _option(
            "-o",
            "--output",
            says=f"Form of the output: {'|'.join(forms)}.",
            metavar="FORM",
            hidden=hidden,
        )
        options.insert(0, form)
    return options


def _option(
    *names: str, says: str, hidden: bool, metavar: str | None = None, is_flag: bool = False
) -> TyperOption:
    return TyperOption(
        param_decls=list(names),
        help=says,
        metavar=metavar,
        is_flag=is_flag,
        type=None if is_flag else str,
        expose_value=False,
        hidden=hidden,
        callback=_note,
        autocompletion=_forms if "-o" in names else None,
        default=False if is_flag else None,
    )


def _forms(ctx: Context, args: list[str], incomplete: str) -> list[str]:
    _ = ctx, args
    return [form for form in Output if form.startswith(incomplete)]


def _note(ctx: Context, param: Parameter, value: str | bool | None) -> None:
    """Keep a global option; what stands last on the command line wins."""
    if not value:
        return
    here = of(ctx)  # type: ignore[arg-type] # any context has `obj`
    match param.name:
        case "server":
            here.server = str(value)
        case "ca":
            here.ca = str(value)
        case "no_color":
            here.colour = False
        case "debug":
            here.debug = True
        case _:
            here.output = _form(str(value))


def _form(text: str) -> Output:
    try:
        return Output(text)
    except ValueError:
        hint = did_you_mean(text, _DATA) or f"choose one of {', '.join(_DATA)}"
        raise Usage(f"`{text}` is no form of output", hint=hint) from None
