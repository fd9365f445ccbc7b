"""Parameters as the user writes them in a shell: ``name=value``, ``6-7-8``."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable
from typing import Any

from skcnn.cli._option_types import Settings

_ITEM = r"(?:\d+(?:\.\d+)?|[Nn]one)"
_RUN = re.compile(rf"{_ITEM}(?:-{_ITEM})+")
_WORDS = {"none": None, "true": True, "false": False}
# Each with an example.
_DISTRIBUTIONS = {
    "loguniform": "loguniform:1e-4:1e-1",
    "uniform": "uniform:0:0.5",
    "randint": "randint:8:64",
}
_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "'\""


def parse_value(text: str) -> object:
    """Return the value that a text means.

    That is a Python literal; ``none``, ``true`` or ``false``; numbers joined by
    hyphens, which are a tuple and need no quotes in a shell; else it is text.

    Examples
    --------
    >>> [parse_value(text) for text in ("3", "1e-3", "6-7-8", "(8,)", "2-none")]
    [3, 0.001, (6, 7, 8), (8,), (2, None)]
    >>> [parse_value(text) for text in ("none", "True", "adam", "'3'")]
    [None, True, 'adam', '3']
    """
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _RUN.fullmatch(text):
        return tuple(parse_value(part) for part in text.split("-"))
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def format_value(value: object) -> str:
    """Write a value so that :func:`parse_value` reads it again.

    Examples
    --------
    >>> [format_value(value) for value in ((6, 7, 8), (8,), None, 0.001, "adam", "3")]
    ['6-7-8', '(8,)', 'none', '0.001', 'adam', "'3'"]
    """
    if isinstance(value, tuple):
        run = "-".join(map(format_value, value))
        return run if parse_value(run) == value else repr(value)
    for text in (str(value), repr(value)):
        if type(parse_value(text)) is type(value) and parse_value(text) == value:
            return text.lower() if value is None or isinstance(value, bool) else text
    return repr(value)


def split_names(text: str) -> tuple[str, ...]:
    """Return the names between commas.

    Examples
    --------
    >>> split_names("cnn, resnet,C3")
    ('cnn', 'resnet', 'C3')
    """
    return tuple(filter(None, map(str.strip, text.split(","))))


def split_outside_brackets(text: str) -> list[str]:
    """Split a text at commas that stand in no brackets and no quotes.

    Examples
    --------
    >>> split_outside_brackets("3,(8,),(16, 32),'a,b'")
    ['3', '(8,)', '(16, 32)', "'a,b'"]
    """
    parts, depth, quote = [""], 0, None
    for character in text:
        if quote:
            quote = None if character == quote else quote
        elif character in _QUOTES:
            quote = character
        else:
            depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def parse_settings(settings: Settings) -> dict[str, object]:
    """Return the parameters of ``--set name=value``, given once or more.

    ``--epochs`` is one of them.

    Raises
    ------
    ValueError
        For a text without a name or without a value, and a name that comes twice.

    Examples
    --------
    >>> parse_settings(Settings(["filters=8-16"], epochs=5))
    {'filters': (8, 16), 'epochs': 5}
    """
    given = [
        (f"--set {text}", *_halves(text, "--set", "epochs=5"))
        for text in settings.texts or ()
    ]
    if settings.epochs is not None:
        given.append((f"--epochs {settings.epochs}", "epochs", str(settings.epochs)))
    options: dict[str, str] = {}
    for option, name, _ in given:
        if name in options:
            raise ValueError(
                f"{options[name]} and {option} set the same parameter; leave one out."
            )
        options[name] = option
    return {name: parse_value(value) for _, name, value in given}


def parse_grid(texts: Iterable[str]) -> dict[str, Any]:
    """Return the parameters of ``--grid name=value,value``, given once or more.

    Instead of values there may be a distribution: ``loguniform:1e-4:1e-1``,
    ``uniform:0:0.5`` or, for whole numbers, ``randint:8:64``.

    Raises
    ------
    ValueError
        For a text without a name or without values, a name that comes twice, and a
        distribution without two bounds in their order.

    Examples
    --------
    >>> parse_grid(["kernel_size=3,5,6-7-8", "filters=(8,),8-16"])
    {'kernel_size': [3, 5, (6, 7, 8)], 'filters': [(8,), (8, 16)]}
    """
    grid: dict[str, Any] = {}
    for text in texts:
        name, values = _halves(text, "--grid", "kernel_size=3,5,6-7-8")
        if name in grid:
            raise ValueError(
                f"--grid has {name!r} twice; write its values into one, "
                f"--grid {name}=first,second."
            )
        parts = split_outside_brackets(values)
        if not all(parts):
            raise ValueError(f"--grid {text} has an empty value between its commas.")
        grid[name] = _distribution(values) or [parse_value(part) for part in parts]
    return grid


def _distribution(text: str) -> Any:
    """Return scipy's distribution that a text names; None where it is none."""
    kind, *bounds = text.split(":")
    if kind not in _DISTRIBUTIONS:
        return None
    bad = ValueError(
        f"A distribution is written as {kind}:LOW:HIGH, such as "
        f"{_DISTRIBUTIONS[kind]}; got {text!r}."
    )
    try:
        low, high = map(float, bounds)
    except ValueError:
        raise bad from None
    if not (0 if kind == "loguniform" else -math.inf) < low < high:
        raise bad
    from scipy import stats

    if kind == "loguniform":
        return stats.loguniform(low, high)
    if kind == "uniform":
        return stats.uniform(low, high - low)
    return stats.randint(int(low), int(high) + 1)  # both ends among them


def _halves(text: str, option: str, example: str) -> tuple[str, str]:
    """Return name and value of ``name=value``."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise ValueError(
            f"{option} is written as name=value, such as {option} {example}; got "
            f"{text!r}."
        )
    return name, value


def parse_shape(text: str, option: str) -> tuple[int, ...]:
    """Return the whole numbers of ``28x28`` or ``32x32x3``.

    Raises
    ------
    ValueError
        If it is no such text; ``option`` is named.

    Examples
    --------
    >>> parse_shape("32x32x3", "--image-shape")
    (32, 32, 3)
    """
    sides = re.split("[x-]", text.lower())
    if not all(side.isdecimal() and int(side) for side in sides) or len(sides) > 3:
        raise ValueError(f"{option} is written as 28x28 or 32x32x3, got {text!r}.")
    return tuple(map(int, sides))


def parse_sep(text: str | None) -> str:
    r"""Return what stands between two cells of a CSV file.

    Examples
    --------
    >>> parse_sep(None), parse_sep(";"), parse_sep("tab"), parse_sep(r"\t")
    (',', ';', '\t', '\t')
    """
    if text is None:
        return ","
    return "\t" if text in ("tab", "\\t") else text
