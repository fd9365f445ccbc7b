"""``python -m skcnn`` is the command ``skcnn``."""

from skcnn.cli import main

if __name__ == "__main__":
    main()
