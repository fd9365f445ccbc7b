"""The command ``skcnn``: compare, search, fit, predict and report from a shell."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command, or say what to install for it.

    This is what ``skcnn`` and ``python -m skcnn`` start. It ends the process: 0 when
    all went well, 1 for bad input or failed work, 2 for a wrong option, 130 when it
    was interrupted.
    """
    try:
        _run()
    except KeyboardInterrupt:
        # Before a subcommand has begun, which would say more.
        sys.stderr.write("Error: interrupted.\n")
        sys.exit(130)


def _run() -> None:
    try:
        import rich  # noqa: F401  (to see that it is there)
        import typer  # noqa: F401
    except ImportError as error:
        sys.exit(
            f"The command skcnn needs {error.name}: pip install 'skcnn[cli]' installs "
            "it."
        )
    from skcnn.cli._app import app

    app(prog_name="skcnn")
