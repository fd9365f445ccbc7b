"""Sides measured in turn, each in a fresh process, and the table they end in."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

PACKAGES = [
    "skcnn",
    "scikit-learn",
    "tensorflow",
    "keras",
    "scikeras",
    "skorch",
    "torch",
]
HEADER = ("", "ours", "peer", "figure", "budget", "")


@dataclass(frozen=True)
class Row:
    """One line of the table: two medians, the figure they make, and its budget."""

    what: str
    ours: str
    peer: str
    figure: float
    budget: float | None = None
    unit: str = "x"
    at_most: bool = False

    def cells(self):
        """Return the row as text, one string for each column of `HEADER`."""
        figure = f"{self.figure:.4g}{self.unit}"
        if self.budget is None:
            return (self.what, self.ours, self.peer, figure, "", "")
        holds = (
            self.figure <= self.budget if self.at_most else self.figure >= self.budget
        )
        budget = f"{'<=' if self.at_most else '>='} {self.budget:g}{self.unit}"
        verdict = "ok" if holds else "short"
        return (self.what, self.ours, self.peer, figure, budget, verdict)


def print_table(title, rows):
    """Print rows as plain text in aligned columns."""
    print(f"\n{title}")
    print(aligned([HEADER, *(row.cells() for row in rows)]), flush=True)


def aligned(table):
    """Return rows of cells as lines: the first column to the left, the others right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        ).rstrip()
        for first, *others in table
    )


def in_turn(sides, repeats):
    """Run all sides, then all again, so that a busy minute hurts each alike.

    Parameters
    ----------
    sides : dict of str to callable
        Picklable functions without arguments (`functools.partial` gives some).
    repeats : int

    Returns
    -------
    dict of str to list
        What each side returned, one entry per repeat.
    """
    results = {name: [] for name in sides}
    for repeat in range(repeats):
        for name, side in sides.items():
            started = perf_counter()
            results[name].append(fresh(side))
            seconds = perf_counter() - started
            note = f"  {name}, {repeat + 1} of {repeats}: {seconds:.1f} s in all"
            print(note, file=sys.stderr, flush=True)
    return results


def fresh(side):
    """Call a side in a new process, where nothing is warm and nothing inherited."""
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=_silence
    ) as process:
        return process.submit(side).result()


def _silence():
    # TensorFlow logs its start-up to descriptor 2 whatever the environment says.
    # An exception still reaches the parent, with its traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def medians(results):
    """Return the median of each side."""
    return {name: median(values) for name, values in results.items()}


def megabytes(field):
    """Read this process' memory from Linux: "VmRSS" is now, "VmHWM" the peak.

    `resource.getrusage` has a peak too, but a child process inherits its parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kibibytes = status.split(f"{field}:")[1].split()[0]
    return int(kibibytes) * 1024 / 1e6


def installed(*names):
    """Say whether all these distributions are installed."""
    return all(_version(name) for name in names)


def machine():
    """Return one line on what the figures were measured with."""
    versions = [f"{name} {_version(name)}" for name in PACKAGES if _version(name)]
    python = sys.version.split()[0]
    return f"Python {python}, {', '.join(versions)}, {os.cpu_count()} cores"


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
