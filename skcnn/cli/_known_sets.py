"""Data sets that need no file: ``digits``, ``fashion:test``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from skcnn import datasets


class KnownSet(NamedTuple):
    """A data set with a short name; ``load`` takes "train", "test" or "all"."""

    what: str
    load: Callable[[str], Any]


def _digits(split: str):
    if split != "train":
        raise ValueError("digits is not split into parts; write digits alone.")
    return datasets.load_digits()


KNOWN_SETS = {
    "digits": KnownSet("1797 handwritten digits, 8x8", _digits),
    "mnist": KnownSet(
        "70 000 handwritten digits, 28x28",
        lambda split: datasets.fetch_mnist(split),
    ),
    "fashion": KnownSet(
        "70 000 garments, 28x28, ten classes",
        lambda split: datasets.fetch_fashion_mnist("garments", split),
    ),
    "five": KnownSet(
        "the garments with five labels",
        lambda split: datasets.fetch_fashion_mnist("five", split),
    ),
    "noisy-digits": KnownSet(
        "digits on a background of noise: 12 000 and 50 000",
        lambda split: datasets.make_noisy_digits(split=split),
    ),
}


def is_known(name: str) -> bool:
    """Tell whether a name is one of ours, with or without its part.

    Examples
    --------
    >>> is_known("fashion:test"), is_known("train.csv")
    (True, False)
    """
    return name.partition(":")[0] in KNOWN_SETS


def load(name: str):
    """Return images and labels of ``name`` or ``name:part``; "train" is the default.

    Examples
    --------
    >>> X, y = load("digits")
    >>> X.shape
    (1797, 8, 8)
    """
    name, _, part = name.partition(":")
    return KNOWN_SETS[name].load(part or "train")
