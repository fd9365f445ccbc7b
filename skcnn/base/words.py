"""Values and texts in messages: cut where they are long."""

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


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
