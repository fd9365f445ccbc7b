"""How seconds and memory grow: straight lines, or the reason why not.

python -m benchmarks growth --plot growth.png

Each curve has a process of its own. At each of its points the first fit, which traces
the network, is dropped. Images are made, so no data are needed.

Two lines stand below each table. The slope is that of the logarithms: 1 where twice the
images take twice as long, 2 where twice the side does so four times. A fit has a
constant part, too, which makes the slope less: so the other line is `constant + rate *
x ** law`, fitted to the shares by which it is off, and says how much of the first and
of the last value the constant is.
"""

import argparse
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from ._measure import in_turn, machine, megabytes

# The defaults, but for a small network, one epoch, and batches of one size.
SETTINGS = {"filters": (8, 16), "epochs": 1, "batch_size": 128, "random_state": 0}
N_CLASSES = 5
SIDE = 28
# Images at each side, and those of a search or of an architecture, with their side.
N_OF_SIDE, N_FEW, FEW_SIDE, FOLDS = 256, 512, 8, 3
# What is less than this is not told from nothing, and has no logarithm.
LEAST_MEGABYTES = 0.1


def main(arguments):
    """Measure the curves that were asked for, and print a table for each."""
    options = _parser().parse_args(arguments)
    names = [name for name in options.curves if _is_measurable(CURVES[name])]
    print(machine(), flush=True)
    sides = {
        name: partial(CURVES[name].measure, CURVES[name].sizes(options.quick))
        for name in names
    }
    runs = in_turn(sides, options.repeats)
    values = {name: np.median(runs[name], axis=0) for name in names}
    for name in names:
        curve = CURVES[name]
        print(f"\n{as_text(curve, curve.sizes(options.quick), values[name])}")
    if options.plot:
        figure = drawn(
            {name: (CURVES[name].sizes(options.quick), values[name]) for name in names}
        )
        figure.savefig(options.plot, dpi=160)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks growth", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--curves", nargs="+", choices=CURVES, default=[*CURVES])
    add("--repeats", type=int, default=3, help="processes per curve (3)")
    add("--quick", action="store_true", help="a few small sizes: it runs, no more")
    add("--plot", metavar="PATH", help="draw the curves into this PNG, too")
    return parser


def _is_measurable(curve):
    if curve.unit == "MB" and sys.platform != "linux":
        print(f"{curve.title}: left out, it is read from Linux' /proc")
        return False
    return True


# --- the curves -----------------------------------------------------------------------


def made_images(n, side):
    """Return n uint8 images with a pattern per class in noise, and their labels."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % N_CLASSES
    patterns = rng.integers(0, 128, (N_CLASSES, side, side), dtype=np.uint8)
    X = rng.integers(0, 128, (n, side, side), dtype=np.uint8)
    X += patterns[y]
    return X, y


def seconds_of_images(sizes):
    """Return the seconds of an epoch, for each number of images."""
    return [_warm_seconds(_network(), *made_images(n, SIDE)) for n in sizes]


def seconds_of_sides(sizes):
    """Return the seconds of an epoch, for each side of the images."""
    return [_warm_seconds(_network(), *made_images(N_OF_SIDE, s)) for s in sizes]


def seconds_of_candidates(sizes):
    """Return the seconds of a search over learning rates, for each number of them."""
    from sklearn.model_selection import GridSearchCV

    X, y = made_images(N_FEW, FEW_SIDE)
    grids = [{"learning_rate": np.geomspace(1e-4, 1e-2, n)} for n in sizes]
    return [
        _warm_seconds(GridSearchCV(_network(), grid, cv=FOLDS, refit=False), X, y)
        for grid in grids
    ]


def megabytes_of_images(sizes):
    """Return the peak above that of a small fit, for each number of images.

    The array is in it. A peak is that of the process until then, so sizes must rise.
    """
    _network().fit(*made_images(min(sizes) // 2, SIDE))
    before = megabytes("VmHWM")
    found = []
    for n in sizes:
        _network().fit(*made_images(n, SIDE))
        found.append(max(megabytes("VmHWM") - before, LEAST_MEGABYTES))
    return found


def megabytes_of_architectures(sizes):
    """Return what stays in memory after fits of so many networks, less the first's."""
    X, y = made_images(N_FEW, FEW_SIDE)
    resident = []
    for number in range(max(sizes) + 1):
        _network(filters=(8, 16 + number)).fit(X, y)
        gc.collect()
        resident.append(megabytes("VmRSS"))
    return [max(resident[n] - resident[0], LEAST_MEGABYTES) for n in sizes]


def _network(**params):
    from skcnn import CNNClassifier

    return CNNClassifier(**{**SETTINGS, **params})


def _warm_seconds(model, X, y):
    from sklearn.base import clone

    clone(model).fit(X, y)
    started = perf_counter()
    clone(model).fit(X, y)
    return perf_counter() - started


@dataclass(frozen=True)
class Curve:
    """One curve: what is measured at which sizes, and its straight line."""

    title: str
    x: str  # name of the size, as an axis has it
    unit: str  # of what is measured
    measure: Callable[[tuple[int, ...]], list[float]]
    full: tuple[int, ...]
    quick: tuple[int, ...]
    # What is measured should grow with this power of the size.
    law: int = 1
    # Name, and how many of them are in a unit, of what stands in the last column.
    per: tuple[str, float] = ("ms", 1e3)

    def sizes(self, is_quick):
        """Return the sizes to measure at, in rising order."""
        return self.quick if is_quick else self.full


_MANY, _FEW = (1000, 3000, 10_000, 30_000, 60_000), (200, 400, 800)
CURVES = {
    "images": Curve(
        f"Seconds over images, one epoch, {SIDE} x {SIDE}",
        "images",
        "s",
        seconds_of_images,
        _MANY,
        _FEW,
        per=("µs per image", 1e6),
    ),
    "side": Curve(
        f"Seconds over image side, one epoch, {N_OF_SIDE} images",
        "side (pixels)",
        "s",
        seconds_of_sides,
        (8, 16, 28, 56, 112, 224),
        (8, 12, 16),
        law=2,
        per=("ns per pixel", 1e9 / N_OF_SIDE),
    ),
    "candidates": Curve(
        f"Seconds over candidates of a search, {FOLDS} folds, {N_FEW} images",
        "candidates",
        "s",
        seconds_of_candidates,
        (1, 2, 4, 8, 16, 32),
        (1, 2, 3),
        per=("ms per candidate", 1e3),
    ),
    "memory-images": Curve(
        f"Memory over images, peak of a fit, {SIDE} x {SIDE}",
        "images",
        "MB",
        megabytes_of_images,
        _MANY,
        _FEW,
        per=("kB per image", 1e3),
    ),
    "memory-architectures": Curve(
        "Memory over architectures, fitted in one process",
        "architectures",
        "MB",
        megabytes_of_architectures,
        (1, 2, 4, 8, 16, 32, 64),
        (1, 2, 3),
        per=("MB per architecture", 1.0),
    ),
}


# --- the lines ------------------------------------------------------------------------


def slope(sizes, values):
    """Return the slope of the straight line through the logarithms."""
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def line(sizes, values, law):
    """Return constant and rate of `constant + rate * size ** law`.

    The sum of the squares of the shares by which it is off is the least.
    """
    powers = np.asarray(sizes, float) ** law
    values = np.asarray(values, float)
    terms = np.stack([np.ones_like(powers), powers], axis=1) / values[:, np.newaxis]
    # Columns of one size, for large powers would hide the constant.
    lengths = np.linalg.norm(terms, axis=0)
    solution, *_ = np.linalg.lstsq(terms / lengths, np.ones_like(values))
    return solution / lengths


def as_text(curve, sizes, values):
    """Return the table of a curve, and what its lines say."""
    name, scale = curve.per
    table = [[curve.x, curve.unit, name]]
    table += [
        [f"{size}", f"{value:.4g}", f"{scale * value / size**curve.law:.4g}"]
        for size, value in zip(sizes, values, strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rows = ["  ".join(map(str.rjust, row, widths)) for row in table]
    return "\n".join([curve.title, *rows, *_verdict(curve, sizes, values)])


def _verdict(curve, sizes, values):
    name, scale = curve.per
    constant, rate = line(sizes, values, curve.law)
    fitted = constant + rate * np.asarray(sizes, float) ** curve.law
    off = np.abs(fitted / values - 1)
    first, last = (100 * constant / values[end] for end in (0, -1))
    return [
        f"slope of the logarithms: {slope(sizes, values):.2f}, of a straight line "
        f"without a constant {curve.law}",
        f"line: {constant:.3g} {curve.unit} + {scale * rate:.3g} {name}; it is off by "
        f"{100 * off.max():.0f} % at most, at {sizes[off.argmax()]}",
        f"the constant is {first:.0f} % of the first value, {last:.0f} % of the last",
    ]


# --- the picture ----------------------------------------------------------------------


def drawn(measured):
    """Return a figure with a panel for each curve, of sizes and values by its name."""
    from matplotlib.figure import Figure

    n_rows = -(-(len(measured) + 1) // 3)
    figure = Figure(figsize=(10, 0.3 + 3.1 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, 3, squeeze=False).ravel()
    for panel, (name, (sizes, values)) in zip(panels, measured.items(), strict=False):
        lines = _draw(panel, CURVES[name], sizes, values)
    for panel in panels[len(measured) :]:
        panel.axis("off")
    panels[-1].legend(handles=lines, loc="center", frameon=False, fontsize=9)
    return figure


def _draw(panel, curve, sizes, values):
    """Draw one curve on logarithmic axes, with its line and its law; return these."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    from skcnn.base.palette import COLOURS, GREY

    constant, rate = line(sizes, values, curve.law)
    between = np.geomspace(sizes[0], sizes[-1], 100)
    fitted = constant + rate * between**curve.law
    law = values[-1] * (between / sizes[-1]) ** curve.law
    lines = [
        *panel.plot(sizes, values, "o", color=COLOURS[0], label="measured (median)"),
        *panel.plot(
            between, fitted, color=COLOURS[1], label="fitted: constant + rate $x^{law}$"
        ),
        *panel.plot(
            between, law, ":", color=GREY, label="$x^{law}$ through the last point"
        ),
    ]
    panel.set(xscale="log", yscale="log", xlabel=curve.x)
    panel.set_ylabel("seconds" if curve.unit == "s" else "memory (MB)")
    title = curve.title.replace(", ", "\n", 1)
    panel.set_title(f"{title}\nslope {slope(sizes, values):.2f}", fontsize=9)
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(color="#e4e4e4", linewidth=0.6)
    panel.set_xticks(sizes, map(_brief, sizes))
    panel.set_xticks([], minor=True)
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.tick_params(labelsize=8)
    return lines


def _brief(size):
    return f"{size // 1000}k" if size % 1000 == 0 else str(size)
