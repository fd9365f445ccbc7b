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
    import pandas as pd

    from skcnn import recipes
    from skcnn.cli._models import MODELS, parameter_table

    if name is not None:
        terminal.table(parameter_table(name))
        return
    rows = [(key, model.what) for key, model in MODELS.items()]
    terminal.table(pd.DataFrame(rows, columns=["model", ""]))
    terminal.result("")
    table = recipes.list().reset_index()
    terminal.table(table[["id", "task", "system"]], {"id": "recipe"})
