"""What all subcommands have in common: --quiet, --debug, errors as text, examples."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from types import ModuleType
from typing import Any

import typer

from skcnn.cli._errors import errors_as_text
from skcnn.cli._options import Debug, Quiet
from skcnn.cli._terminal import Terminal

_SHARED = [
    inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation
    )
    for name, annotation in {"quiet": Quiet, "debug": Debug}.items()
]


def add_command(app: typer.Typer, module: ModuleType, panel: str) -> None:
    """Make a module's ``run`` a subcommand that is called as the module is.

    Parameters
    ----------
    app : typer.Typer
        The command it becomes a part of.
    module : module
        Its ``run`` takes a `Terminal` first; the other parameters are options and
        arguments, or dataclasses of them. Its docstring is the help, and ``EXAMPLES``
        stand below.
    panel : str
        Heading under which it is listed.
    """
    function = module.run

    @wraps(function)
    def run(*, quiet: bool = False, debug: bool = False, **arguments: Any) -> None:
        terminal = Terminal(quiet)
        with errors_as_text(terminal, debug, _kept(arguments)):
            function(terminal, **_grouped(function, arguments))

    shown = [*_flat_parameters(function), *_SHARED]
    run.__signature__ = inspect.Signature(shown)
    run.__annotations__ = {one.name: one.annotation for one in shown}
    # typer joins single lines, and keeps those that are apart.
    lines = ["[bold]Examples[/bold]", *module.EXAMPLES.strip().splitlines()]
    name = module.__name__.rpartition(".")[2]
    app.command(
        name,
        help=_unwrapped(inspect.getdoc(function)),
        epilog="\n\n".join(lines),
        rich_help_panel=panel,
    )(run)


def _unwrapped(text: str) -> str:
    """Return a text with one line per paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _flat_parameters(function: Callable[..., None]) -> list[inspect.Parameter]:
    """Return the options of a function, those of its groups one by one."""
    flat = []
    for one in _own_parameters(function):
        if is_dataclass(one.annotation):
            flat += inspect.signature(one.annotation).parameters.values()
        else:
            flat.append(one)
    return [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in flat]


def _grouped(
    function: Callable[..., None], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return what a function takes, with its groups put together."""
    grouped = {}
    for one in _own_parameters(function):
        if is_dataclass(one.annotation):
            names = [field.name for field in fields(one.annotation)]
            group = {name: arguments[name] for name in names}
            grouped[one.name] = one.annotation(**group)
        else:
            grouped[one.name] = arguments[one.name]
    return grouped


def _own_parameters(function: Callable[..., None]) -> list[inspect.Parameter]:
    """Return the parameters behind the terminal."""
    return list(inspect.signature(function).parameters.values())[1:]


def _kept(arguments: dict[str, Any]) -> str:
    """Say what is left of the work when it is interrupted."""
    store = arguments.get("store")
    if store is not None:
        return (
            f"What was finished is kept in {store}: the same command again goes on "
            "from there."
        )
    if "store" in arguments:
        return "Nothing was kept; with --store FOLDER finished fits are."
    return "Nothing was written." if "out" in arguments else ""
