"""Images that a classifier reads wrongly."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_scalar

from skcnn.base.palette import WRONG
from skcnn.base.words import check_class_names
from skcnn.comparison import Predictions, check_length
from skcnn.plots._display import PredictionsDisplay
from skcnn.plots._figure import LONGEST_LABEL, keep_in_figure, shorten_names
from skcnn.plots._picture_grid import (
    flowing_grid,
    pixel_limits,
    show_picture,
    to_images,
    to_pictures,
    write_above,
    write_below,
    write_heading_above,
    write_only,
    write_small_below,
)

# Pictures side by side where no label asks for more room.
_MOST_COLUMNS = 5


class ErrorGalleryDisplay(PredictionsDisplay):
    """Images with their true and predicted labels, the most confident mistakes first.

    Over each image stands its true label, under it the predicted one, red where it is
    wrong, the probability that the classifier gave it, and in small letters the number
    of the image's row, or its name. Mistakes that it was sure of
    are wrong labels in the data, images nobody can read, or something to learn.

    Use :meth:`from_estimator`, :meth:`from_predictions` or :meth:`from_comparison`.

    Parameters
    ----------
    pictures : ndarray of shape (n, h, w) or (n, h, w, c)
        From 0, black, to 1, white.
    y_true, y_pred : list of n str
        Names of the labels.
    confidence : ndarray of shape (n,), optional
        Probability of the predicted label.
    rows : ndarray of shape (n,), optional
        Number of each image in ``X``, from 0: ``X[display.rows]`` are those drawn.
    image_names : list of n str, optional
        Written in place of the numbers.
    heading : str, default=""
        Written over the figure; without images it is all there is.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes, shape (rows of the grid, columns)
        Places without an image are empty.

    See Also
    --------
    ConfusionDisplay : How often each class is taken for each other one.

    Examples
    --------
    >>> from sklearn.svm import LinearSVC
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.plots import ErrorGalleryDisplay
    >>> X, y = load_digits()
    >>> rows = X.reshape(len(X), -1)
    >>> clf = LinearSVC(random_state=0).fit(rows[:900], y[:900])
    >>> display = ErrorGalleryDisplay.from_estimator(
    ...     clf, rows[900:], y[900:], true=8, predicted=1
    ... )
    >>> set(display.y_true), set(display.y_pred)
    ({'8'}, {'1'})
    """

    _has_proba = True

    def __init__(
        self,
        pictures,
        y_true,
        y_pred,
        *,
        confidence=None,
        rows=None,
        image_names=None,
        heading="",
    ):
        self.pictures = pictures
        self.y_true = y_true
        self.y_pred = y_pred
        self.confidence = confidence
        self.rows = rows
        self.image_names = image_names
        self.heading = heading

    @classmethod
    def of(
        cls,
        predictions,
        *,
        true=None,
        predicted=None,
        n_images=20,
        image_shape=None,
        image_names=None,
        class_names=None,
        ax=None,
    ):
        """Draw the images whose predicted label is not the true one.

        Parameters
        ----------
        predictions : Predictions
            With their images.
        true, predicted : label, optional
            Only images with this true label, and only those that were read as this
            one: ``true=8, predicted=9`` are the eights read as nines. Twice the same
            label draws what was read rightly.
        n_images : int, default=20
            How many are drawn at most.
        image_shape : tuple (h, w) or (h, w, c), optional
            How flat rows are cut; None: as the estimator does, or squares.
        image_names : sequence of str, optional
            A name for every image of ``X``, such as its file; long ones lose their
            middle. None: the numbers of the rows.
        class_names : sequence of k str, optional
            Names of ``predictions.classes``; None: the labels themselves.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.

        Returns
        -------
        display : ErrorGalleryDisplay
            Without any mistake, one empty axes with a text that says so.

        Raises
        ------
        ValueError
            For a label that there is not, and another number of names than of images.
        """
        check_length("image_names", image_names, len(predictions.X))
        check_scalar(n_images, "n_images", (int, np.integer), min_val=1)
        if ax is not None:  # an image in each
            n_images = max(min(n_images, np.size(ax)), 1)
        names = check_class_names(class_names, predictions.classes)
        names = dict(zip(predictions.classes.tolist(), names, strict=True))
        found = predictions.find(true, predicted)
        # Of several predictions of one image, which repeated folds give, the first.
        _, firsts = np.unique(predictions.indices[found], return_index=True)
        shown = found[np.sort(firsts)][:n_images]
        heading = _describe(predictions, true, predicted, names)
        heading += _describe_order(predictions, len(found), len(firsts), n_images)
        who = ", ".join(filter(None, [predictions.name, predictions.note]))
        images = to_images(predictions.X, image_shape or predictions.image_shape)
        rows, confidence = predictions.indices[shown], predictions.confidence
        pictures = images[rows]
        if len(rows):
            pictures = to_pictures(pictures, pixel_limits(images))
        display = cls(
            pictures,
            [names[label] for label in predictions.y_true[shown].tolist()],
            [names[label] for label in predictions.y_pred[shown].tolist()],
            confidence=None if confidence is None else confidence[shown],
            rows=rows,
            image_names=None
            if image_names is None
            else [str(image_names[row]) for row in rows],
            heading=f"{who}: {heading}" if who else heading,
        )
        return display.plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        X,
        y_true,
        y_pred,
        *,
        confidence=None,
        name=None,
        class_names=None,
        ax=None,
        **options,
    ):
        """Draw the images whose predicted label is not the true one.

        Parameters
        ----------
        X : array-like
            Images of shape (n, h, w) or (n, h, w, c), flat rows (n, h*w*c), a
            DataFrame with one column per pixel, or a list of equally sized arrays.
        y_true, y_pred : array-like of shape (n,)
            True and predicted labels.
        confidence : array-like of shape (n,), optional
            Probability of each predicted label, such as ``proba.max(axis=1)``; the
            largest come first. None: images stay in their order.
        name : str, optional
            Name of the classifier, for the heading.
        class_names : sequence of k str, optional
            Names of the sorted labels, true and predicted; None: the labels themselves.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.
        **options
            What else :meth:`of` takes: ``true``, ``predicted``, ``n_images``,
            ``image_shape``, ``image_names``.

        Returns
        -------
        display : ErrorGalleryDisplay
            Without any mistake, one empty axes with a text that says so.

        Raises
        ------
        ValueError
            For lengths that differ, and for a label that is neither among the true nor
            among the predicted ones.
        """
        named = {"y_true": y_true, "y_pred": y_pred, "confidence": confidence}
        for parameter, values in named.items():
            check_length(parameter, values, len(X))
        said = Predictions(y_true, y_pred, confidence=confidence, X=X, name=name)
        return cls.of(said, class_names=class_names, ax=ax, **options)

    def plot(self, *, ax=None):
        """Draw the images.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional
            They are filled with the first images, as far as they go; the heading is
            written over a single one only. None: a new figure.

        Returns
        -------
        self : ErrorGalleryDisplay
        """
        owner, n_images = type(self).__name__, len(self.pictures)
        if n_images == 0:
            self.axes_ = flowing_grid(ax, owner, 1, [], 1, shape=(1, 4), heading="")
            self.figure_ = self.axes_[0, 0].figure
            write_only(self.axes_[0, 0], self.heading)
            return self
        labels = shorten_names([*self.y_true, *self.y_pred], LONGEST_LABEL)
        names = self._short_names()
        parts = ["prediction"]
        parts += ["probability"] * (self.confidence is not None)
        if names is not None:
            parts += ["row in X" if self.image_names is None else "name"]
        self.axes_ = flowing_grid(
            ax,
            owner,
            n_images,
            labels,
            _MOST_COLUMNS,
            shape=self.pictures.shape[1:3],
            heading=f"{self.heading}\nAbove: true label. Below: {', '.join(parts)}.",
            n_lines=1 + len(parts),
        )
        self.figure_ = self.axes_[0, 0].figure
        # The user's own axes may be fewer: then the first images are drawn.
        for i, place in zip(range(n_images), self.axes_.flat, strict=False):
            name = None if names is None else names[i]
            self._draw(place, i, labels[i], labels[n_images + i], name)
        if ax is not None and self.axes_.size == 1:
            write_heading_above(self.axes_[0, 0], self.heading, labels[0])
            keep_in_figure(self.axes_[0, 0])
        return self

    def _short_names(self):
        """Return what is written small; None where not even rows are known."""
        if self.image_names is not None:
            return shorten_names(self.image_names, LONGEST_LABEL)
        return None if self.rows is None else [f"row {row}" for row in self.rows]

    def _draw(self, ax, i, true, predicted, name):
        show_picture(ax, self.pictures[i])
        write_above(ax, true)
        lines = [predicted]
        if self.confidence is not None:
            lines.append(_percent(self.confidence[i]))
        is_wrong = self.y_true[i] != self.y_pred[i]
        write_below(ax, "\n".join(lines), **({"color": WRONG} if is_wrong else {}))
        if name is not None:
            write_small_below(ax, name, len(lines))


def _describe(said, true, predicted, names) -> str:
    """Say what was found, such as ``8 read as 9: 2 of 3``."""
    n = len(said.find(true, predicted))
    if true is None and predicted is None:
        is_repeated = len(np.unique(said.indices)) < len(said.indices)
        unit = "predictions" if is_repeated else "images"
        mistakes = "mistake" if n == 1 else "mistakes"
        return f"{f'{n:,}' if n else 'No'} {mistakes} in {len(said.y_true):,} {unit}"
    if true is None:
        asked, labels = f"Wrongly read as {names[predicted]}", said.y_pred
    else:
        how = "wrongly" if predicted is None else f"as {names[predicted]}"
        asked, labels = f"{names[true]} read {how}", said.y_true
    n_asked = (labels == (predicted if true is None else true)).sum()
    return f"{asked}: {f'{n:,}' if n else 'none'} of {n_asked:,}"


def _describe_order(said, n_found: int, n_images: int, n_most: int) -> str:
    """Say on how many images, and which of them are drawn."""
    text = ""
    if n_images < n_found:
        text = f", on {n_images:,} image{'' if n_images == 1 else 's'}"
    if n_images > n_most and said.confidence is None:
        return f"{text}, the first" + f" {n_most}" * (n_most > 1)
    if n_images > n_most:
        return f"{text}, the" + f" {n_most}" * (n_most > 1) + " most confident"
    is_sorted = said.confidence is not None and n_images > 1
    return f"{text}, the most confident first" if is_sorted else text


def _percent(share: float) -> str:
    """Write a probability, and 100 % only where nothing is missing."""
    percent = f"{100 * share:.1f} %"
    return "> 99.9 %" if share < 1 and percent == "100.0 %" else percent
