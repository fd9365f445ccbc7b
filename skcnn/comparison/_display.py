"""A table of figures for people: rounded, in Markdown and HTML."""

from __future__ import annotations

import math
from numbers import Integral, Real

import pandas as pd

# Significant digits of seconds; scores have four decimals.
_DIGITS = 3


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of strings, rounded as people read it.

    Parameters
    ----------
    table : DataFrame
        Of a comparison: scores get four decimals, seconds three digits, counts none;
        what is missing becomes an empty cell.

    Returns
    -------
    DataFrame
        Strings, with the same index and columns.
    """
    columns = {
        name: [_to_text(name, value) for value in table[name].tolist()]
        for name in table
    }
    return pd.DataFrame(columns, index=table.index, dtype=object)


def to_markdown(table: pd.DataFrame) -> str:
    """Return a table in Markdown, rounded.

    Examples
    --------
    >>> import pandas as pd
    >>> from skcnn.comparison._display import to_markdown
    >>> table = pd.DataFrame({"accuracy": [0.98765]}, index=["CNN"])
    >>> print(to_markdown(table.rename_axis("estimator")))
    | estimator | accuracy |
    | :-- | --: |
    | CNN | 0.9877 |
    """
    sides = [
        "--:" if pd.api.types.is_numeric_dtype(kind) else ":--" for kind in table.dtypes
    ]
    lines = [[table.index.name, *table.columns], [":--", *sides]]
    lines += [
        [cell.replace("|", "\\|") for cell in cells]
        for cells in as_text(table).itertuples(name=None)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _to_text(column: str, value) -> str:
    if pd.isna(value):
        return ""
    if not isinstance(value, Real):
        return str(value)
    if isinstance(value, Integral) or column == "n_parameters":
        return f"{value:.0f}"
    return _seconds(value) if "seconds" in column else f"{value:.4f}"


def _seconds(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if value <= 0:
        return "0"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(value)))
    return f"{value:.{decimals}f}"
