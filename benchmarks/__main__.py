"""The command: ``python -m benchmarks search --repeats 5``."""

import argparse
import sys
from importlib import import_module

from ._measure import machine, print_table
from .accuracy import SETTINGS

# Each benchmark and its module (`import` and `csv` are names of Python's own).
BENCHMARKS = {
    "search": "search",
    "train": "train",
    "predict": "predict",
    "memory": "memory",
    "import": "imports",
    "accuracy": "accuracy",
    "best": "best",
    "denoise": "denoise",
    "svm": "svm",
    "patches": "patches",
    "features": "features",
    "compare": "compare",
    "csv": "csv_file",
}

# These have options and tables of their own, and take no part in `all`.
WITH_OWN_OPTIONS = (
    "reports",
    "small",
    "growth",
    "ranking",
    "continuing",
    "limits",
    "tta",
    "expected",
)


def main():
    """Run the benchmarks that were asked for and print a table for each."""
    if sys.argv[1:2] and sys.argv[1] in WITH_OWN_OPTIONS:
        import_module(f".{sys.argv[1]}", __package__).main(sys.argv[2:])
        return

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"With options of their own: {', '.join(WITH_OWN_OPTIONS)}.",
    )
    parser.add_argument("which", nargs="+", choices=[*BENCHMARKS, "all"])
    parser.add_argument("--repeats", type=int, default=3, help="default: 3")
    parser.add_argument(
        "--images", type=int, default=20_000, help="of an epoch of train (20000)"
    )
    parser.add_argument(
        "--task",
        nargs="+",
        choices=["t10", "tn", "five"],
        default=["t10", "tn"],
        help="of accuracy and best (t10 tn), which train each network in full",
    )
    parser.add_argument(
        "--settings",
        nargs="+",
        choices=SETTINGS,
        default=SETTINGS,
        help="accuracy: the trainings; 'thorough' takes as long as all others",
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        help="accuracy: in place of 0 and those that follow",
    )
    parser.add_argument(
        "--yardstick",
        type=float,
        metavar="SECONDS",
        help="of Keras' C3, for accuracy and patches: of a run before (else trained)",
    )
    arguments = parser.parse_args()

    print(machine())
    which = BENCHMARKS if "all" in arguments.which else arguments.which
    for name in which:
        benchmark = import_module(f".{BENCHMARKS[name]}", __package__)
        print_table(benchmark.TITLE, benchmark.rows(arguments))


if __name__ == "__main__":
    main()
