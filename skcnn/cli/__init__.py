"""The command ``skcnn``: compare, search, fit, predict and report from a shell."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command.

    This is what ``skcnn`` and ``python -m skcnn`` start. It ends the process: 0 when
    all went well, 1 for bad input or failed work, 2 for a wrong option, 130 when it
    was interrupted.
    """
    try:
        from skcnn.cli._app import app

        app(prog_name="skcnn")
    except KeyboardInterrupt:
        # Before a subcommand has begun, which would say more.
        sys.stderr.write("Error: interrupted.\n")
        sys.exit(130)
