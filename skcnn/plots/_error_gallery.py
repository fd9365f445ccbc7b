"""Images that a classifier reads wrongly."""

from __future__ import annotations

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from skcnn.plots._figure import (
    check_class_names,
    pixel_limits,
    show_picture,
    to_images,
    to_pictures,
)
from skcnn.plots._gallery import (
    WRONG,
    brief,
    flowing_grid,
    write_above,
    write_below,
    write_heading_above,
    write_only,
)
from skcnn.plots._labels import keep_in_figure
from skcnn.plots._predictions import Predictions, check_length, column_of
from skcnn.plots._selection import check_estimator, check_name, predictions_of

# Pictures side by side where no label asks for more room.
_MOST_COLUMNS = 5


class ErrorGalleryDisplay:
    """Images with their true and predicted labels, the most confident mistakes first.

    Over each image stands its true label, under it the predicted one, red where it is
    wrong, and the probability that the classifier gave it. Mistakes that it was sure of
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
        Number of each image in ``X``: ``X[display.rows]`` are those drawn.
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

    def __init__(
        self, pictures, y_true, y_pred, *, confidence=None, rows=None, heading=""
    ):
        self.pictures = pictures
        self.y_true = y_true
        self.y_pred = y_pred
        self.confidence = confidence
        self.rows = rows
        self.heading = heading

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        true=None,
        predicted=None,
        n_images=20,
        image_shape=None,
        class_names=None,
        name=None,
        ax=None,
    ):
        """Draw what a fitted classifier reads wrongly.

        Parameters
        ----------
        estimator : classifier
            Fitted, of this package or of scikit-learn. The confidence is read off its
            ``predict_proba``; without one, images stay in their order.
        X : array-like
            Images as the estimator takes them.
        y : array-like of shape (n,)
            True labels.
        true, predicted : label, optional
            Only this true label, and only what was read as this one, as in
            :meth:`from_predictions`.
        n_images : int, default=20
            How many are drawn at most.
        image_shape : tuple (h, w) or (h, w, c), optional
            How flat rows are cut; None: as the estimator does, or squares.
        class_names : sequence of k str, optional
            Names of the estimator's ``classes_``; None: the labels themselves.
        name : str, optional
            Name of the classifier, for the heading.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.

        Returns
        -------
        display : ErrorGalleryDisplay

        Raises
        ------
        TypeError
            For what is no classifier.
        sklearn.exceptions.NotFittedError
            For one that is not fitted.
        ValueError
            As :meth:`from_predictions`.
        """
        check_estimator(estimator)
        if not is_classifier(estimator):
            raise TypeError(
                f"{cls.__name__} asks a classifier for its mistakes, but got "
                f"{estimator!r}. Pass a fitted one, or use from_predictions."
            )
        check_is_fitted(estimator)
        if image_shape is None:
            image_shape = getattr(estimator, "image_shape_", None)
        images = to_images(X, image_shape)
        check_length("y", y, len(images))
        y_pred = np.asarray(estimator.predict(X))
        confidence = None
        if hasattr(estimator, "predict_proba"):
            columns = column_of(y_pred, estimator.classes_)
            confidence = estimator.predict_proba(X)[np.arange(len(y_pred)), columns]
        display = cls._selected(
            images,
            Predictions(y, y_pred, confidence, classes=estimator.classes_),
            (true, predicted),
            _count_places(ax, n_images),
            class_names,
            name,
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
        true=None,
        predicted=None,
        n_images=20,
        image_shape=None,
        class_names=None,
        name=None,
        ax=None,
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
        true, predicted : label, optional
            Only images with this true label, and only those that were read as this
            one: ``true=8, predicted=9`` are the eights read as nines. Twice the same
            label draws what was read rightly.
        n_images : int, default=20
            How many are drawn at most.
        image_shape : tuple (h, w) or (h, w, c), optional
            How flat rows are cut; None: squares.
        class_names : sequence of k str, optional
            Names of the sorted labels, true and predicted; None: the labels themselves.
        name : str, optional
            Name of the classifier, for the heading.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.

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
        images = to_images(X, image_shape)
        named = {"y_true": y_true, "y_pred": y_pred, "confidence": confidence}
        for parameter, values in named.items():
            check_length(parameter, values, len(images))
        display = cls._selected(
            images,
            Predictions(y_true, y_pred, confidence),
            (true, predicted),
            _count_places(ax, n_images),
            class_names,
            name,
        )
        return display.plot(ax=ax)

    @classmethod
    def from_comparison(
        cls,
        comparison,
        *,
        name=None,
        true=None,
        predicted=None,
        n_images=20,
        image_shape=None,
        class_names=None,
        ax=None,
    ):
        """Draw what an estimator of a comparison read wrongly, out of fold.

        Parameters
        ----------
        comparison : Comparison
            What ``compare`` returned.
        name : str, optional
            Name of the estimator; None: the best.
        true, predicted : label, optional
            Only this true label, and only what was read as this one, as in
            :meth:`from_predictions`.
        n_images : int, default=20
            How many are drawn at most.
        image_shape : tuple (h, w) or (h, w, c), optional
            How flat rows are cut; None: as the estimator does, or squares.
        class_names : sequence of k str, optional
            Names of the comparison's ``classes_``; None: the labels themselves.
        ax : sequence of matplotlib Axes, optional
            Axes to be filled; None: a new figure.

        Returns
        -------
        display : ErrorGalleryDisplay

        Raises
        ------
        ValueError
            For an unknown name, or that of an estimator that failed, and as
            :meth:`from_predictions`.
        """
        name = check_name(comparison, name)
        if image_shape is None:
            estimator = comparison.estimators_[name]
            asked = getattr(estimator, "image_shape", None)
            image_shape = getattr(estimator, "image_shape_", asked)
        table = predictions_of(comparison, name)
        has_confidence = table["confidence"].notna().any()
        display = cls._selected(
            to_images(comparison.X_, image_shape),
            Predictions(
                table["y_true"],
                table["y_pred"],
                table["confidence"] if has_confidence else None,
                rows=table["row"].to_numpy(),
                classes=comparison.classes_,
            ),
            (true, predicted),
            _count_places(ax, n_images),
            class_names,
            f"{name}, out of fold",
        )
        return display.plot(ax=ax)

    @classmethod
    def _selected(cls, images, answers, asked, n_images, class_names, name):
        """Return a display of the answers that are asked for, undrawn."""
        names = check_class_names(class_names, answers.classes)
        names = dict(zip(answers.classes.tolist(), names, strict=True))
        found = answers.find(*asked)
        shown = found[:n_images]
        rows, confidence = answers.rows[shown], answers.confidence
        heading = answers.describe(*asked, names, n_images)
        pictures = images[rows]
        if len(rows):
            pictures = to_pictures(pictures, pixel_limits(images))
        return cls(
            pictures,
            [names[label] for label in answers.y_true[shown].tolist()],
            [names[label] for label in answers.y_pred[shown].tolist()],
            confidence=None if confidence is None else confidence[shown],
            rows=rows,
            heading=heading if name is None else f"{name}: {heading}",
        )

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
        has_confidence = self.confidence is not None
        legend = "Above: true label. Below: prediction"
        legend += " and its probability." if has_confidence else "."
        self.axes_ = flowing_grid(
            ax,
            owner,
            n_images,
            [brief(name) for name in (*self.y_true, *self.y_pred)],
            _MOST_COLUMNS,
            shape=self.pictures.shape[1:3],
            heading=f"{self.heading}\n{legend}",
            n_lines=2 + has_confidence,
        )
        self.figure_ = self.axes_[0, 0].figure
        # The user's own axes may be fewer: then the first images are drawn.
        for i, place in zip(range(n_images), self.axes_.flat, strict=False):
            self._draw(place, i)
        if ax is not None and self.axes_.size == 1:
            write_heading_above(self.axes_[0, 0], self.heading, brief(self.y_true[0]))
            keep_in_figure(self.axes_[0, 0])
        return self

    def _draw(self, ax, i):
        show_picture(ax, self.pictures[i])
        write_above(ax, brief(self.y_true[i]))
        below = brief(self.y_pred[i])
        if self.confidence is not None:
            below += f"\n{_percent(self.confidence[i])}"
        is_wrong = self.y_true[i] != self.y_pred[i]
        write_below(ax, below, **({"color": WRONG} if is_wrong else {}))


def _count_places(ax, n_images):
    """Return how many images are drawn at most: one in each of the user's axes."""
    check_scalar(n_images, "n_images", (int, np.integer), min_val=1)
    return n_images if ax is None else max(min(n_images, np.size(ax)), 1)


def _percent(share: float) -> str:
    """Write a probability, and 100 % only where nothing is missing."""
    percent = f"{100 * share:.1f} %"
    return "> 99.9 %" if share < 1 and percent == "100.0 %" else percent
