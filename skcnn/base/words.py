"""Values, numbers and texts in messages: cut where they are long."""

from __future__ import annotations

from typing import Any

# Letters of one value that are shown, and of a message: a screen has room for it.
_LONGEST_VALUE, _LONGEST_MESSAGE = 300, 1000


def shown(value: Any) -> str:
    """Return a value as Python writes it.

    Examples
    --------
    >>> shown([1, 2]), len(shown([0] * 1000))
    ('[1, 2]', 300)
    """
    return _cut(repr(value), _LONGEST_VALUE)


def message(error: Exception) -> str:
    """Return the text of another library's error."""
    return _cut(str(error), _LONGEST_MESSAGE)


def count(number: int) -> str:
    """Return a whole number with a blank between thousands.

    Examples
    --------
    >>> count(60000)
    '60 000'
    """
    return f"{number:,}".replace(",", " ")


def plural(number: int, thing: str) -> str:
    """Return a number and what is counted.

    Examples
    --------
    >>> plural(1, "image"), plural(2, "image"), plural(2, "class")
    ('1 image', '2 images', '2 classes')
    """
    ending = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{count(number)} {thing}{ending}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
