"""The first step of E11: images without their noise."""

from __future__ import annotations

from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted


class Denoiser(TransformerMixin, BaseEstimator):
    """Clean images by an autoencoder that was fitted on other, clean images.

    Parameters
    ----------
    autoencoder : ConvAutoencoder
        A clone of it is fitted; its noise is what it learns to take away.
    clean : array-like, or callable without arguments that returns one
        Clean images (n, h, w), of the kind and in the units of those to be cleaned.

    Attributes
    ----------
    autoencoder_ : ConvAutoencoder
        The fitted autoencoder.

    Examples
    --------
    >>> from skcnn import ConvAutoencoder
    >>> from skcnn.datasets import load_digits
    >>> from skcnn.recipes._denoiser import Denoiser
    >>> X, _ = load_digits()
    >>> noisy = ConvAutoencoder(filters=(8,), noise=0.5, epochs=2, random_state=0)
    >>> Denoiser(noisy, clean=X[:500]).fit_transform(X[500:510]).shape
    (10, 8, 8)
    """

    def __init__(self, autoencoder, clean):
        self.autoencoder = autoencoder
        self.clean = clean

    def fit(self, X, y=None):
        """Fit the autoencoder on the clean images; those of ``X`` are not looked at.

        Parameters
        ----------
        X : array-like
            Noisy images.
        y : object, optional
            Ignored.

        Returns
        -------
        self : object
        """
        del X, y
        clean = self.clean() if callable(self.clean) else self.clean
        self.autoencoder_ = clone(self.autoencoder).fit(clean)
        return self

    def transform(self, X):
        """Return cleaned images, in the layout, units and type of ``X``.

        Parameters
        ----------
        X : array-like
            Noisy images.

        Returns
        -------
        ndarray
        """
        check_is_fitted(self)
        return self.autoencoder_.denoise(X)
