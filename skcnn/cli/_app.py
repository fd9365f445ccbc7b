"""The command and its subcommands."""

from typing import Annotated

import typer

import skcnn
from skcnn.cli._command import add_command
from skcnn.cli.commands import (
    compare,
    describe,
    fit,
    models,
    predict,
    report,
    search,
)

app = typer.Typer(
    name="skcnn",
    help="Image classifiers from a shell: compare, search, fit, predict, report.",
    epilog="skcnn COMMAND --help shows examples. The first thing to try: "
    "skcnn compare digits --models svm,cnn --epochs 5 --cv 3",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_PANELS = {
    "Work": (compare, search, fit, predict, report),
    "Look": (describe, models),
}
for _panel, _modules in _PANELS.items():
    for _module in _modules:
        add_command(app, _module, _panel)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"skcnn {skcnn.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and end.",
        ),
    ] = False,
) -> None:
    del version
