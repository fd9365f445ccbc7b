"""``skcnn models``: what --model takes, and what --set takes."""

from typing import Annotated

import typer

from skcnn.cli._terminal import Terminal

EXAMPLES = """
skcnn models
skcnn models cnn
skcnn models C3
"""


def run(
    terminal: Terminal,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A model or recipe, whose parameters are listed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the models and recipes, or the parameters of one of them."""
    from skcnn import recipes
    from skcnn.cli._models import MODELS, make_model
    from skcnn.cli._values import format_value

    if name is not None:
        params = make_model(name, {}).get_params()
        rows = [(key, format_value(params[key])) for key in sorted(params)]
        terminal.table(["parameter", "value"], rows)
        return
    terminal.table(["model", ""], [(key, model.what) for key, model in MODELS.items()])
    terminal.result("")
    table = recipes.list()
    rows = zip(table.index, table.task, table.system, strict=True)
    terminal.table(["recipe", "task", "system"], rows)
