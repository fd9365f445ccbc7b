"""Seconds of the default set, beside those that `compare` says to expect.

python -m benchmarks expected --images 2000 10000

Each model on each number of garments has a process of its own. Networks train for two
epochs. What the first fit takes longer than the second one was traced once. The last
column has what stands in `skcnn/recipes/default_set.py`: seconds per image and epoch of
a network, per image of patches, per pair of images of a vector machine.
"""

import argparse
from functools import partial
from statistics import median
from time import perf_counter

from ._measure import aligned, in_turn, machine

EPOCHS = 2
HEADER = ("model", "images", "once", "a fit", "expected", "measured by", "of it")


def main(arguments):
    """Fit every model on every number of images, and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks expected", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--images", nargs="+", type=int, default=[2000, 10_000], metavar="N")
    add("--models", nargs="+", default=["patches", "hog", "svm", "cnn", "resnet"])
    add("--repeats", type=int, default=3, help="fits after the first one (3)")
    add("--data", choices=["garments", "digits"], default="garments")
    options = parser.parse_args(arguments)
    print(machine(), flush=True)
    sides = {
        (name, n): partial(measured, name, n, options.data, options.repeats)
        for name in options.models
        for n in options.images
    }
    runs = in_turn(sides, repeats=1)
    rows = [row(name, n, *one) for (name, n), (one,) in runs.items()]
    print(aligned([HEADER, *rows]))


def measured(name, n, data, repeats):
    """Return the seconds of each fit, those expected, and the number of pixels."""
    from skcnn.datasets import fetch_fashion_mnist, load_digits
    from skcnn.keras_door import start_tensorflow
    from skcnn.recipes.default_set import image_shape, seconds_of
    from skcnn.recipes.short_names import make_named

    X, y = fetch_fashion_mnist() if data == "garments" else load_digits()
    X, y = X[:n], y[:n]
    model, shape = make_named(name), image_shape(X)
    if hasattr(model, "epochs"):
        model.set_params(epochs=EPOCHS)
    start_tensorflow()
    seconds = []
    for _ in range(1 + repeats):
        began = perf_counter()
        model.fit(X, y)
        seconds.append(perf_counter() - began)
    return seconds, seconds_of(name, model, n, shape), shape[0] * shape[1] / 28**2


def row(name, n, seconds, expected, share):
    """Return the cells of one model on one number of images."""
    first, fit = seconds[0], median(seconds[1:])
    unit, number = {
        "cnn": ("image and epoch", n * EPOCHS),
        "resnet": ("image and epoch", n * EPOCHS),
        "patches": ("image", n),
    }.get(name, ("pair", n * n))
    parts = max(first - fit, 0.0), fit, expected
    texts = [f"{value:.2f}" for value in parts]
    return (name, str(n), *texts, unit, f"{fit / number / share:.2e}")
