"""A first look at images and their labels."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skcnn.base.words import check_class_names
from skcnn.comparison import check_length
from skcnn.plots._figure import LONGEST_LABEL, shorten_names
from skcnn.plots._picture_grid import (
    flowing_grid,
    picture_grid,
    pixel_limits,
    show_picture,
    to_images,
    to_pictures,
    write_above,
    write_left,
)

# Pictures side by side where no label asks for more room.
_MOST_COLUMNS = 6

# Inches that a letter of a row's name is wide.
_LETTER = 0.085


class ImageGridDisplay:
    """Images in a grid, with their labels.

    Use :meth:`from_images`.

    Parameters
    ----------
    pictures : ndarray of shape (n, h, w) or (n, h, w, c)
        From 0, black, to 1, white.
    titles : list of n str, optional
        Written over the pictures.
    groups : ndarray of shape (n,), optional
        Number of each picture's row, from 0. None: the grid is filled line by line.
    row_names : list of str, optional
        Written beside the rows, where there are groups.
    rows : ndarray of shape (n,), optional
        Number of each image in ``X``: ``X[display.rows]`` are those drawn.
    heading : str, default=""
        Written over the figure.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes, shape (rows of the grid, columns)
        Places without an image are empty.

    See Also
    --------
    ErrorGalleryDisplay : Images that a classifier reads wrongly.

    Examples
    --------
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.plots import ImageGridDisplay
    >>> X, y = load_digits()
    >>> display = ImageGridDisplay.from_images(X, y, per_class=3, random_state=0)
    >>> display.axes_.shape
    (10, 3)
    """

    def __init__(
        self,
        pictures,
        *,
        titles=None,
        groups=None,
        row_names=None,
        rows=None,
        heading="",
    ):
        self.pictures = pictures
        self.titles = titles
        self.groups = groups
        self.row_names = row_names
        self.rows = rows
        self.heading = heading

    @classmethod
    def from_images(
        cls,
        X,
        labels=None,
        *,
        image_shape=None,
        n_images=24,
        per_class=None,
        class_names=None,
        random_state=None,
        ax=None,
    ):
        """Draw some images, chosen at random, in the order they have in ``X``.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        labels : array-like of shape (n,), optional
            Written over the images.
        image_shape : tuple (h, w) or (h, w, c), optional
            How flat rows are cut; None: squares.
        n_images : int, default=24
            How many are drawn; without effect where ``per_class`` is given.
        per_class : int, optional
            Draws one row per class with this many images of it, and beside it the name
            of the class and the number of its images in ``X``.
        class_names : sequence of k str, optional
            Names of the sorted labels; None: the labels themselves.
        random_state : int, RandomState instance or None, default=None
            Decides which images are drawn; an int gives the same ones every time.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.

        Returns
        -------
        display : ImageGridDisplay

        Raises
        ------
        ValueError
            For labels of another length, and for ``per_class`` without labels.

        Notes
        -----
        Black and white are the same pixel values in all images: 0 and 255 for uint8 (or
        its largest, where that is below 64), 0 and 1 for fractions, -1 and 1 where some
        are below zero, else the smallest, 0 at most, and the largest of ``X``.
        """
        images = to_images(X, image_shape)
        texts, y_encoded, names = None, None, []
        if labels is not None:
            check_length("labels", labels, len(images))
            classes, y_encoded = np.unique(np.asarray(labels), return_inverse=True)
            names = check_class_names(class_names, classes)
            texts = shorten_names(names, LONGEST_LABEL)
        random = check_random_state(random_state)
        if per_class is None:
            rows = _draw_rows(np.arange(len(images)), n_images, "n_images", random)
            titles = (
                None if y_encoded is None else [texts[code] for code in y_encoded[rows]]
            )
            grouped = {"titles": titles}
        elif y_encoded is None:
            raise ValueError(
                f"per_class={per_class!r} draws a row for every class, but there are "
                "no labels. Pass them as the second argument, or n_images= instead."
            )
        else:
            rows = _draw_from_each(y_encoded, per_class, random)
            counts = np.bincount(y_encoded).tolist()
            named = [f"{text}\n{n:,}" for text, n in zip(texts, counts, strict=True)]
            grouped = {"groups": y_encoded[rows], "row_names": named}
        limits = pixel_limits(images)
        display = cls(
            to_pictures(images[rows], limits),
            rows=rows,
            heading=_describe(images, len(rows)),
            **grouped,
        )
        return display.plot(ax=ax)

    def plot(self, *, ax=None):
        """Draw the images.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            They are filled with the first images, as far as they go; with groups there
            must be one for each place. The heading is not written. None: a new figure.

        Returns
        -------
        self : ImageGridDisplay
        """
        if self.groups is None:
            self._draw_lines(ax)
        else:
            self._draw_groups(ax)
        self.figure_ = self.axes_[0, 0].figure
        return self

    def _draw_lines(self, ax):
        """Fill line by line."""
        self.axes_ = flowing_grid(
            ax,
            type(self).__name__,
            len(self.pictures),
            self.titles or [],
            _MOST_COLUMNS,
            shape=self.pictures.shape[1:3],
            heading=self.heading,
            n_lines=int(self.titles is not None),
        )
        titles = self.titles or [""] * len(self.pictures)
        # The user's own axes may be fewer or more.
        for place, picture, title in zip(
            self.axes_.flat, self.pictures, titles, strict=False
        ):
            show_picture(place, picture)
            write_above(place, title)

    def _draw_groups(self, ax):
        """Draw one row per group, with its name beside it."""
        n_longest = np.bincount(self.groups).max()
        letters = max(len(name) for name in "\n".join(self.row_names).split("\n"))
        self.axes_ = picture_grid(
            ax,
            type(self).__name__,
            len(self.row_names),
            n_longest,
            shape=self.pictures.shape[1:3],
            heading=self.heading,
            margin=_LETTER * letters,
        )
        for group, (row, name) in enumerate(
            zip(self.axes_, self.row_names, strict=True)
        ):
            write_left(row[0], name)
            own = self.pictures[self.groups == group]
            for place, picture in zip(row, own, strict=False):
                show_picture(place, picture)


def _draw_rows(rows: np.ndarray, n_wanted, name: str, random) -> np.ndarray:
    """Return ``n_wanted`` of the rows, sorted; all where there are fewer."""
    check_scalar(n_wanted, name, (int, np.integer), min_val=1)
    n_drawn = min(n_wanted, len(rows))
    return np.sort(random.choice(rows, n_drawn, replace=False))


def _draw_from_each(y_encoded: np.ndarray, per_class, random) -> np.ndarray:
    return np.concatenate(
        [
            _draw_rows(
                np.flatnonzero(y_encoded == code), per_class, "per_class", random
            )
            for code in range(y_encoded.max() + 1)
        ]
    )


def _describe(images: np.ndarray, n_drawn: int) -> str:
    """Say what there is: ``24 of 1,797 images of 8 x 8, pixels 0 to 16``."""
    n_images, h, w, c = images.shape
    size = f"{h} x {w}" if c == 1 else f"{h} x {w} x {c}"
    drawn = "" if n_drawn == n_images else f"{n_drawn} of "
    what = "images" if n_images > 1 else "image"
    low, high = (round(float(pixel), 3) for pixel in (images.min(), images.max()))
    return f"{drawn}{n_images:,} {what} of {size}, pixels {low:g} to {high:g}"
