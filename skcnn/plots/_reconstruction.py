"""What an autoencoder gives back."""

from __future__ import annotations

import numpy as np
from sklearn.utils import _safe_indexing, check_scalar

from skcnn.contract.transformer import BaseAutoencoder
from skcnn.plots._display import find_network
from skcnn.plots._picture_grid import (
    picture_grid,
    pixel_limits,
    show_picture,
    to_pictures,
    write_below,
    write_left,
)

# Images side by side: so many errors below them do not touch.
_MOST_COLUMNS = 8

# Inches for the names of the rows.
_MARGIN = 0.65


class ReconstructionDisplay:
    """Images and what an autoencoder makes of them, with the error of each.

    Use :meth:`from_estimator`. There is a column per image, and the rows are the
    original and the rebuilt one; of an autoencoder that removes noise, the clean, the
    noisy and the cleaned one.

    Parameters
    ----------
    pictures : dict of str -> ndarray of shape (n, h, w) or (n, h, w, c)
        One entry per row, by its name; from 0, black, to 1, white.
    errors : dict of str -> ndarray of shape (n,), optional
        Written below the images of a row: mean squared errors against the first row.
    heading : str, default=""
        Written over the figure.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes, shape (rows, n)
        From the ninth image on there are further rows, of eight images each.

    Examples
    --------
    >>> from skcnn import ConvAutoencoder
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.plots import ReconstructionDisplay
    >>> X, _ = load_digits()
    >>> denoiser = ConvAutoencoder(filters=(8, 8), noise=0.3, epochs=2, random_state=0)
    >>> denoiser = denoiser.fit(X[8:508])
    >>> display = ReconstructionDisplay.from_estimator(denoiser, X, random_state=0)
    >>> list(display.pictures)
    ['clean', 'noisy', 'cleaned']
    """

    def __init__(self, pictures, *, errors=None, heading=""):
        self.pictures = pictures
        self.errors = errors
        self.heading = heading

    @classmethod
    def from_estimator(
        cls,
        autoencoder,
        X,
        X_clean=None,
        *,
        n_images=8,
        add_noise=True,
        random_state=None,
        ax=None,
    ):
        """Draw the first images of ``X`` and what becomes of them.

        Parameters
        ----------
        autoencoder : ConvAutoencoder
            Fitted.
        X : array-like
            Images, as the autoencoder takes them.
        X_clean : array-like, optional
            What each image of ``X`` should become, in the same shape and units.
        n_images : int, default=8
            How many are drawn at most.
        add_noise : bool, default=True
            Without ``X_clean``: whether images get the noise that the autoencoder was
            trained with. Pass False where those of ``X`` are noisy already.
        random_state : int, RandomState instance or None, default=None
            Decides that noise.
        ax : sequence of matplotlib Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        TypeError
            For what is no autoencoder of this package.
        sklearn.exceptions.NotFittedError
            For one that is not fitted.
        ValueError
            For images that do not fit it, and for an ``X_clean`` of another shape.

        Notes
        -----
        Errors are those of ``score``: means over the pixels of one image, where pixels
        are scaled as the network sees them, mostly from 0 to 1.
        """
        check_scalar(n_images, "n_images", (int, np.integer), min_val=1)
        network = find_network(autoencoder, cls.__name__, BaseAutoencoder)
        came, wanted = np.shape(X_clean), np.shape(X)
        if X_clean is not None and came != wanted:
            raise ValueError(
                f"X_clean has shape {came}, but X has shape {wanted}: one clean image "
                "per image of X is wanted, in the same layout and order."
            )
        given, clean = _safe_indexing(X, slice(n_images)), None
        if X_clean is not None:
            clean = _safe_indexing(X_clean, slice(n_images))
        elif add_noise and network.removes_noise_:
            noisy = _like(given, network.add_noise(given, random_state))
            if not np.array_equal(noisy, given):  # else it was trained on pairs
                given, clean = noisy, given
        return cls._of_images(network, given, clean).plot(ax=ax)

    @classmethod
    def _of_images(cls, network, given, clean):
        """Return a display of images in any layout, undrawn; ``clean`` may be None."""
        is_denoiser = clean is not None or network.removes_noise_
        before, after = ("noisy", "cleaned") if is_denoiser else ("original", "rebuilt")
        images = {before: given, after: network.denoise(given)}
        if clean is not None:
            images = {"clean": clean, **images}
        images = {
            name: np.asarray(rows).reshape(-1, *network.image_shape_)
            for name, rows in images.items()
        }
        limits = pixel_limits(np.concatenate([*images.values()][:-1]))
        heading, errors = f"What {type(network).__name__} makes of images", None
        # Of noisy images alone nobody knows what they should become.
        if clean is not None or not is_denoiser:
            scale, offset = _scaling(network)
            errors = {after: _errors(network, given, given if clean is None else clean)}
            if clean is not None:
                changes = scale * (images[before] * 1.0 - images["clean"])
                errors = {before: np.square(changes).mean(axis=(1, 2, 3)), **errors}
            low, high = (limit * scale + offset for limit in limits)
            heading += f"\nBelow: mean squared error, pixels in [{low:g}, {high:g}]"
        pictures = {name: to_pictures(rows, limits) for name, rows in images.items()}
        return cls(pictures, errors=errors, heading=heading)

    def plot(self, *, ax=None):
        """Draw the images.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            As many as there are pictures; None: a new figure.

        Returns
        -------
        self : ReconstructionDisplay
        """
        first = next(iter(self.pictures.values()))
        n_images, n_kinds = len(first), len(self.pictures)
        n_columns = min(n_images, _MOST_COLUMNS)
        self.axes_ = picture_grid(
            ax,
            type(self).__name__,
            n_kinds * -(-n_images // n_columns),
            n_columns,
            shape=first.shape[1:3],
            heading=self.heading,
            n_lines=len(self.errors or ()) / n_kinds,
            margin=_MARGIN,
        )
        self.figure_ = self.axes_[0, 0].figure
        for kind, name in enumerate(self.pictures):
            for i in range(n_images):
                line, column = divmod(i, n_columns)
                self._draw(self.axes_[n_kinds * line + kind, column], name, i)
            for line in range(0, len(self.axes_), n_kinds):
                write_left(self.axes_[line + kind, 0], name)
        return self

    def _draw(self, ax, name, i):
        show_picture(ax, self.pictures[name][i])
        if self.errors is not None and name in self.errors:
            write_below(ax, _rounded(self.errors[name][i]))


def _like(X, images):
    """Return images as a frame where X is one: networks look at its names."""
    return type(X)(images, columns=X.columns) if hasattr(X, "columns") else images


def _scaling(network) -> tuple[float, float]:
    """Return scale and offset by which the network reads pixels, its first layer."""
    for layer in network.model_.layers:
        if type(layer).__name__ == "Rescaling":
            return layer.scale, layer.offset
    return 1.0, 0.0


def _errors(network, given, wanted) -> np.ndarray:
    """Return the mean squared error of each image, scaled as the network sees them."""
    return np.array(
        [
            -network.score(
                _safe_indexing(given, [i]), X_clean=_safe_indexing(wanted, [i])
            )
            for i in range(len(given))
        ]
    )


def _rounded(error: float) -> str:
    return f"{error:.4f}" if error < 10 else f"{error:.3g}"
