"""Check arguments that take one of a few words."""

from collections.abc import Sequence


def check_option(name: str, value: object, known: Sequence[str]) -> None:
    """Raise if `value` is none of the words in `known`.

    Parameters
    ----------
    name : str
        The argument, as the user writes it.
    value : object
        What the user passed for it.
    known : sequence of str
        All allowed words.

    Raises
    ------
    ValueError
        If `value` is none of them; the message lists them.

    Examples
    --------
    >>> check_option("split", "train", ("train", "test"))
    """
    if not isinstance(value, str) or value not in known:
        words = ", ".join(map(repr, known))
        raise ValueError(f"{name} must be one of {words}; got {name}={value!r}.")
