"""Where what is drawn comes from: a classifier, a comparison, a network."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skcnn.base.nested import find_inside
from skcnn.comparison import Comparison, Predictions
from skcnn.contract.estimator import BaseNetwork


class PredictionsDisplay:
    """A picture of what a classifier said of images.

    A child writes the constructor, which only stores, ``plot``, ``of``, which makes a
    display of Predictions and draws it, and ``from_predictions`` for arrays.
    """

    # Whether a classifier is asked for probabilities beside the labels.
    _has_proba = False

    @classmethod
    def of(cls, predictions: Any, *, class_names=None, ax=None, **options):
        """Draw Predictions; here is what a child must write."""
        raise NotImplementedError

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, name=None, class_names=None, ax=None, **options
    ):
        """Draw what a fitted classifier says of images.

        Parameters
        ----------
        estimator : classifier
            Fitted, of this package or of scikit-learn.
        X : array-like
            Images, in any layout that the estimator takes.
        y : array-like of shape (n,)
            Their labels.
        name : str, optional
            Title; None: the name of the class.
        class_names : sequence of k names, optional
            In the order of ``estimator.classes_``; None: the labels themselves.
        ax : matplotlib Axes or sequence of them, optional
            None: a new figure.
        **options
            What else :meth:`of` takes.

        Returns
        -------
        display : object
            Of this class, drawn.

        Raises
        ------
        TypeError
            For what is no classifier, and one without what is drawn.
        sklearn.exceptions.NotFittedError
            For one that is not fitted.
        ValueError
            For labels that the classifier does not know, and another number of them
            than of images.
        """
        said = cls._ask(estimator, X, y, name or type(estimator).__name__)
        return cls.of(said, class_names=class_names, ax=ax, **options)

    @classmethod
    def from_comparison(
        cls, comparison, *, name=None, class_names=None, ax=None, **options
    ):
        """Draw what an estimator of a comparison said, out of fold.

        Parameters
        ----------
        comparison : Comparison
            What :func:`skcnn.compare` returns.
        name : str, optional
            Name of the estimator; None: the best. Where several are drawn side by
            side, a list of names; None: all that worked.
        class_names : sequence of k names, optional
            In the order of ``comparison.classes_``; None: the labels themselves.
        ax : matplotlib Axes or sequence of them, optional
            None: a new figure.
        **options
            What else :meth:`of` takes.

        Returns
        -------
        display : object
            Of this class, drawn.

        Raises
        ------
        ValueError
            For an unknown name, and for an estimator that failed or has not what is
            drawn.
        """
        said = cls._find(comparison, name)
        return cls.of(said, class_names=class_names, ax=ax, **options)

    @classmethod
    def _ask(cls, estimator: Any, X: Any, y: Any, name: str) -> Predictions:
        """Return what a classifier says of images."""
        check_classifier(estimator)
        return Predictions.from_estimator(
            estimator,
            X,
            y,
            has_proba=cls._has_proba,
            image_shape=getattr(estimator, "image_shape_", None),
            name=name,
        )

    @classmethod
    def _find(cls, comparison: Comparison, name: Any) -> Any:
        """Return what an estimator of a comparison said."""
        (name,) = comparison.check_names([comparison.best_ if name is None else name])
        return comparison.predictions_of(name)


def check_estimator(estimator: Any, wanted: str = "classifier") -> None:
    """Refuse images, labels and classes where an estimator is wanted.

    Parameters
    ----------
    estimator : object
        What came as the first argument of ``from_estimator``.
    wanted : str
        What is wanted there, such as ``"network"``.

    Raises
    ------
    TypeError
        For what is no estimator.
    """
    is_class = isinstance(estimator, type)
    if is_class or not hasattr(estimator, "fit"):
        kind = estimator if is_class else type(estimator)
        got = f"the class {kind.__name__} itself" if is_class else kind.__name__
        raise TypeError(
            f"The first argument of from_estimator must be a fitted {wanted}, got "
            f"{got}. Images and labels come after it: from_estimator({wanted}, X, ...)."
        )


def check_classifier(estimator: Any) -> None:
    """Refuse what is no classifier (TypeError), and one that is not fitted."""
    check_estimator(estimator)
    if not is_classifier(estimator):
        raise TypeError(
            f"{type(estimator).__name__} is no classifier; pass a fitted one, or use "
            "from_predictions."
        )
    check_is_fitted(estimator)


def find_network(
    estimator: Any, owner: str, kind: type[BaseNetwork] = BaseNetwork
) -> Any:
    """Return the fitted network that an estimator is or holds.

    Parameters
    ----------
    estimator : object
        What came as the first argument of ``from_estimator``.
    owner : str
        The Display.
    kind : class, default=BaseNetwork
        Or ``BaseAutoencoder``.

    Raises
    ------
    TypeError
        For an estimator without any, and for what is no estimator.
    sklearn.exceptions.NotFittedError
        For a network that is not fitted.
    """
    wanted, example = "network", "CNNClassifier"
    if kind is not BaseNetwork:
        wanted, example = "autoencoder", "ConvAutoencoder"
    check_estimator(estimator, wanted)
    network = find_inside(estimator, kind)
    if network is None:
        raise TypeError(
            f"{owner} draws what is in a fitted {wanted}, and {estimator!r} has none. "
            f"Pass one, such as a {example}."
        )
    check_is_fitted(network)
    return network
