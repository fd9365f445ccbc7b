"""Seconds of `import skcnn`, beside what a scikit-learn user imports anyway."""

import subprocess
import sys
from statistics import median

from ._measure import Row

TITLE = "Import in a new process, milliseconds"

PEER = "import sklearn.svm, pandas"
# The first loads names only; the second is what a script writes.
OURS = ["import skcnn", "from skcnn import CNNClassifier"]
RUNS_PER_REPEAT = 5
BUDGET = 1.3

TIMED = """
from time import perf_counter
started = perf_counter()
{}
print(perf_counter() - started)
"""


def rows(arguments):
    """Measure and return the lines of the table."""
    seconds = {statement: [] for statement in [PEER, *OURS]}
    for _ in range(arguments.repeats * RUNS_PER_REPEAT):
        for statement, runs in seconds.items():
            runs.append(_seconds(statement))
    peer = median(seconds[PEER])
    return [
        Row(
            f"`{statement}` beside `{PEER}`",
            f"{median(seconds[statement]) * 1e3:.0f}",
            f"{peer * 1e3:.0f}",
            median(seconds[statement]) / peer,
            budget=BUDGET,
            at_most=True,
        )
        for statement in OURS
    ]


def _seconds(statement):
    command = [sys.executable, "-c", TIMED.format(statement)]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)
