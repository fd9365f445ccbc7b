"""Values, numbers and names in sentences, as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Letters of one value that are shown, and of a message: a screen has room for it.
_LONGEST_VALUE, _LONGEST_MESSAGE = 300, 1000


# scikit-learn's name without "neg_": what a person calls it.
_TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "f1_macro": "macro F1",
    "f1_micro": "micro F1",
    "f1_weighted": "weighted F1",
    "log_loss": "log loss",
    "brier_score": "Brier score",
    "matthews_corrcoef": "Matthews correlation",
    "roc_auc": "area under the ROC curve",
    "roc_auc_ovr": "area under the ROC curve (one against the rest)",
    "roc_auc_ovo": "area under the ROC curve (one against one)",
    "top_k_accuracy": "top-k accuracy",
}

# Decimals of a score: three say what ten thousand images can, five are the most.
_DECIMALS = (3, 5)


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


def count(number: float) -> str:
    """Return a whole number with a blank between thousands.

    Examples
    --------
    >>> count(60000)
    '60 000'
    """
    return f"{int(number):,}".replace(",", " ")


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


@dataclass(frozen=True)
class Score:
    """One of scikit-learn's scores, in a reader's words and sign.

    Parameters
    ----------
    name : str
        As scikit-learn calls it; one that begins with ``neg_`` is a loss, whose sign is
        turned for the reader.
    decimals : int, default=3
        Digits behind the point.
    """

    name: str
    decimals: int = _DECIMALS[0]

    @property
    def is_loss(self) -> bool:
        """Whether less is better."""
        return self.name.startswith("neg_")

    @property
    def title(self) -> str:
        """The name in words."""
        name = self.name.removeprefix("neg_")
        return _TITLES.get(name, name.replace("_", " "))

    def value(self, value: float, sd: float = math.nan) -> str:
        """Write a value, with its standard deviation where there is one."""
        if not math.isfinite(value):
            return ""
        text = number(-value if self.is_loss else value, self.decimals)
        return text if not math.isfinite(sd) else f"{text} ± {sd:.{self.decimals}f}"

    def distance(self, distance: float) -> str:
        """Write how far apart two values are, without a sign."""
        distance, least = abs(distance), 10**-self.decimals
        if 0 < distance < least / 2:
            return f"less than {least:.{self.decimals}f}"
        return number(distance, self.decimals)


def decimals(sd: float) -> int:
    """Return how many decimals show the first digit of a standard deviation."""
    least, most = _DECIMALS
    if not math.isfinite(sd) or sd <= 0:
        return least
    return min(max(least, -math.floor(math.log10(sd))), most)


def number(value: float, decimals: int) -> str:
    """Write a number with a true minus sign and without a negative zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def seconds(value: float) -> str:
    """Write a time as 0.8 ms, 12 ms, 0.34 s, 3.4 s, 45 s, 5 min 20 s or 2 h 5 min."""
    if not math.isfinite(value):
        return ""
    if value < 0.095:
        return f"{value * 1000:.{1 if value < 0.00995 else 0}f} ms"
    if value < 59.5:
        return f"{value:.{2 if value < 0.995 else 1 if value < 9.95 else 0}f} s"
    if value < 3600 - 0.5:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(value / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def roughly(value: float) -> str:
    """Write a time that is only known roughly.

    Examples
    --------
    >>> roughly(3.4), roughly(48), roughly(200), roughly(8000)
    ('3 s', '50 s', '3 min', '2 h 13 min')
    """
    if value > 90:
        return seconds(60 * round(value / 60))
    return f"{max(1.0, float(f'{value:.1g}')):.0f} s"


def times(ratio: float) -> str:
    """Write how many times, as 2.5, 14 or 140."""
    if ratio < 9.95:
        return f"{ratio:.1f}".removesuffix(".0")
    return count(round(ratio) if ratio < 99.5 else int(float(f"{ratio:.2g}")))


def p_value(p: float) -> str:
    """Write a p-value with its sign, as p = 0.21 or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def listed(words: Sequence[str]) -> str:
    """Join words: a, b and c."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def capital(text: str) -> str:
    """Return the text with a first capital letter."""
    return text[:1].upper() + text[1:]


def few(values: Sequence[Any], most: int = 12) -> str:
    """List values as Python writes them, the first ``most`` of them.

    Examples
    --------
    >>> few([1, "a"]), few(list(range(100)), most=2)
    ("1, 'a'", '0, 1, ...')
    """
    shown = ", ".join(repr(value) for value in list(values)[:most])
    return shown + (", ..." if len(values) > most else "")


def check_class_names(class_names: Sequence[Any] | None, classes: Any) -> list[str]:
    """Return one text per class.

    Names are in the order of ``classes``; None: the labels themselves.

    Raises
    ------
    TypeError
        For one text instead of a list.
    ValueError
        For another number of names than of classes, and for a name given twice.
    """
    classes = classes.tolist() if hasattr(classes, "tolist") else list(classes)
    if class_names is None:
        return [str(label) for label in classes]
    if isinstance(class_names, str):
        raise TypeError(
            f"class_names must be a list of {len(classes)} names, got the text "
            f"{class_names!r}."
        )
    names = [str(name) for name in class_names]
    if len(names) != len(classes):
        raise ValueError(
            f"class_names has {len(names)} names, but there are {len(classes)} "
            f"classes: {few(classes)}. Give one name per class, in this order."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"class_names names two classes alike: {few(twice)}.")
    return names
