"""The figure that early stopping and "plateau" watch, and where it improves."""

from __future__ import annotations

from collections.abc import Mapping


class Monitor:
    """A column of the history, with its sign turned so that more is better.

    Parameters
    ----------
    column : str
    sign : int, optional
        1 where the figure should grow, -1 where it should fall; None: :meth:`ask`
        finds out.
    """

    def __init__(self, column: str, sign: int | None = None):
        self.column = column
        self.sign = sign

    def ask(self, model, validates: bool) -> None:
        """Ask the metric of a compiled model in which direction it improves.

        Parameters
        ----------
        model : FastModel
        validates : bool
            Whether there are validation rows, so that all columns are there twice.

        Raises
        ------
        ValueError
            For an unknown column, and for a metric that does not tell.
        """
        metrics = {"loss": None, **model.metrics_by_name()}
        known = [*metrics, *(f"val_{name}" for name in metrics if validates)]
        self._check_is_in(known)
        metric = metrics.get(self.column, metrics.get(self.column.removeprefix("val_")))
        direction = "down" if metric is None else _direction(metric)
        if direction not in ("up", "down"):
            name = _who_tells(metric).__name__
            raise ValueError(
                f"monitor={self.column!r}: {name} does not say whether more of it is "
                f'better. Set {name}._direction = "up" or {name}._direction = "down" '
                "before the fit, or monitor 'loss' or 'accuracy' (with or without "
                "'val_')."
            )
        self.sign = 1 if direction == "up" else -1

    def value(self, logs: Mapping[str, float] | None) -> float:
        """Return the figure of an epoch, turned so that more is better."""
        self._check_is_in(logs or {})
        return self.sign * logs[self.column]

    def _check_is_in(self, known) -> None:
        if self.column not in known:
            raise ValueError(
                f"monitor={self.column!r} is no figure of this fit; known are "
                f"{sorted(known)}."
            )


def _direction(metric) -> str | None:
    """Return what Keras' metrics say about themselves, and users' own may say."""
    said = getattr(_who_tells(metric), "_direction", None)
    return getattr(metric, "_direction", said)


def _who_tells(metric):
    """Return the class of a metric, or the function that it is about."""
    return getattr(metric, "_fn", type(metric))
