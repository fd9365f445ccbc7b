"""What the first convolution of a network looks for."""

from __future__ import annotations

import numpy as np
from sklearn.utils import _safe_indexing, check_scalar

from skcnn.base.images import check_images
from skcnn.base.palette import GREY
from skcnn.contract.estimator import BaseNetwork
from skcnn.plots._display import find_network
from skcnn.plots._picture_grid import (
    picture_grid,
    pixel_limits,
    show_picture,
    to_pictures,
    write_above,
    write_left,
)

# Blue, white at zero, red: told apart by the colour-blind too.
_COLOURS = "RdBu_r"

# Filters that are drawn: alone, in lines of eight, and beside images.
_MOST_ALONE, _MOST_COLUMNS, _MOST_BESIDE_IMAGES = 32, 8, 8

# Inches for the colour bar.
_FOOTER = 0.5


class FilterDisplay:
    """Kernels of the first convolution, and what they find in images.

    Use :meth:`from_estimator`. Kernels for grey images are red where a bright pixel
    raises the response and blue where it lowers it, with one colour bar for all;
    kernels for colour images are drawn in the colour they respond to, grey is zero.
    With images, there is a row for each filter: its kernel, then its response to each
    image.

    Parameters
    ----------
    kernels : ndarray of shape (height, width, channels, n)
        Weights.
    pictures : ndarray of shape (m, h, w) or (m, h, w, c), optional
        Images, from 0, black, to 1, white.
    maps : ndarray of shape (m, h', w', n), optional
        What the convolution gives for them.
    heading : str, default=""
        Written over the figure.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes
        Without images of shape (lines, at most 8); else of shape (1 + n, 1 + m): images
        in the first row, kernels in the first column.
    colorbar_ : matplotlib Colorbar or None
        Of the weights; None for colour kernels.

    See Also
    --------
    skcnn.NetworkFeatures : What later layers give, as features.

    Examples
    --------
    >>> from skcnn import CNNClassifier
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.plots import FilterDisplay
    >>> X, y = load_digits()
    >>> clf = CNNClassifier(filters=(8, 16), epochs=2, random_state=0)
    >>> display = FilterDisplay.from_estimator(clf.fit(X[:500], y[:500]), X[:3])
    >>> display.kernels.shape, display.maps.shape
    ((3, 3, 1, 8), (3, 8, 8, 8))
    """

    def __init__(self, kernels, *, pictures=None, maps=None, heading=""):
        self.kernels = kernels
        self.pictures = pictures
        self.maps = maps
        self.heading = heading

    @classmethod
    def from_estimator(cls, estimator, X=None, *, n_filters=None, n_images=4, ax=None):
        """Draw the first convolution of a fitted network.

        Parameters
        ----------
        estimator : estimator
            A network classifier or autoencoder of ours, fitted; also inside a pipeline
            or a search.
        X : array-like, optional
            Images, as the network takes them.
        n_filters : int, optional
            How many filters are drawn at most, in the order of the network. None: 32,
            or 8 with images.
        n_images : int, default=4
            How many images are drawn at most, the first ones of ``X``.
        ax : sequence of matplotlib Axes, optional
            As many as there are places; None: a new figure.

        Returns
        -------
        FilterDisplay

        Raises
        ------
        TypeError
            For an estimator without a network.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        ValueError
            For a network without a two-dimensional convolution.

        Notes
        -----
        Responses are those of the convolution itself: batch normalisation and an
        activation that is a layer of its own come after it. Batch normalisation scales
        every filter anew, so each row has a colour scale of its own.
        """
        network = find_network(estimator, cls.__name__)
        most = _MOST_ALONE if X is None else _MOST_BESIDE_IMAGES
        if n_filters is not None:
            check_scalar(n_filters, "n_filters", (int, np.integer), min_val=1)
            most = n_filters
        convolution = _first_convolution(network)
        kernels = convolution.kernels
        shown = kernels[..., :most]
        heading = _describe(network, kernels.shape, shown.shape[3])
        pictures = maps = None
        if X is not None:
            check_scalar(n_images, "n_images", (int, np.integer), min_val=1)
            images = check_images(
                network, _safe_indexing(X, slice(n_images)), reset=False
            )
            pictures = to_pictures(images, pixel_limits(images))
            maps = convolution.maps(images)[..., :most]
            heading += "\nResponses: red above zero, blue below, scaled in each row"
        return cls(shown, pictures=pictures, maps=maps, heading=heading).plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw kernels and responses.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            As many as there are places; None: a new figure.

        Returns
        -------
        self : FilterDisplay
        """
        n_filters = self.kernels.shape[3]
        owner = type(self).__name__
        footer = 0.0 if self._is_colour else _FOOTER
        if self.maps is None:
            n_columns = min(n_filters, _MOST_COLUMNS)
            self.axes_ = picture_grid(
                ax,
                owner,
                -(-n_filters // n_columns),
                n_columns,
                shape=self.kernels.shape[:2],
                heading=self.heading,
                n_lines=1,
                footer=footer,
            )
            places = self.axes_.flat[:n_filters]
        else:
            self.axes_ = picture_grid(
                ax,
                owner,
                1 + n_filters,
                1 + len(self.pictures),
                shape=self.pictures.shape[1:3],
                heading=self.heading,
                margin=0.3,
                footer=footer,
            )
            places = self.axes_[1:, 0]
            self._draw_images()
        self.figure_ = self.axes_[0, 0].figure
        for i, place in enumerate(places):
            write = write_above if self.maps is None else write_left
            write(place, str(i))
        self._draw_kernels(places)
        return self

    @property
    def _is_colour(self):
        return self.kernels.shape[2] == 3

    def _draw_kernels(self, places):
        kernels = np.moveaxis(self.kernels, 3, 0)
        self.colorbar_ = None
        if self._is_colour:
            limit = np.abs(kernels).max() or 1.0
            for place, kernel in zip(places, kernels, strict=True):
                show_picture(place, (1 + kernel / limit) / 2)
            return
        kernels = kernels.sum(axis=3)
        limit = np.abs(kernels).max() or 1.0
        for place, kernel in zip(places, kernels, strict=True):
            drawn = _show_signed(place, kernel, limit)
        self.colorbar_ = self.figure_.colorbar(
            drawn, ax=self.axes_, location="bottom", shrink=0.6, aspect=30, pad=0.02
        )
        self.colorbar_.set_label("Weight", fontsize=9)
        self.colorbar_.ax.tick_params(labelsize=9)

    def _draw_images(self):
        for place, picture in zip(self.axes_[0, 1:], self.pictures, strict=True):
            show_picture(place, picture)
        for i, row in enumerate(self.axes_[1:, 1:]):
            limit = np.abs(self.maps[..., i]).max() or 1.0
            for place, image in zip(row, self.maps[..., i], strict=True):
                _show_signed(place, image, limit)


def _show_signed(ax, values, limit: float):
    """Draw values about zero, with a frame, since zero is as white as the page."""
    ax.set_axis_on()
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=GREY, linewidth=0.5)
    return ax.imshow(
        values, cmap=_COLOURS, vmin=-limit, vmax=limit, interpolation="nearest"
    )


def _first_convolution(network: BaseNetwork):
    from skcnn.training.convolution import first_convolution

    convolution = first_convolution(network.model_)
    if convolution is None:
        kinds = [type(layer).__name__ for layer in network.model_.layers]
        raise ValueError(
            f"This {type(network).__name__} has no two-dimensional convolution that "
            f"can be reached; its layers are {', '.join(kinds)}. Networks inside are "
            "looked into unless they are subclasses of keras.Model."
        )
    return convolution


def _describe(network: BaseNetwork, shape: tuple[int, ...], n_shown: int) -> str:
    """Say what is drawn, such as ``8 of 32 kernels, 3 x 3``."""
    h, w, c, n_filters = shape
    count = n_filters if n_shown == n_filters else f"{n_shown} of {n_filters}"
    plural = "" if n_filters == 1 else "s"
    colours = {1: "", 3: " x 3; grey is zero"}.get(c, f" x {c}, channels summed")
    what = f"First convolution of {type(network).__name__}"
    return f"{what}\n{count} kernel{plural}, {h} x {w}{colours}"
