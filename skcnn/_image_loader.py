"""Paths of image files to images of one size."""

from __future__ import annotations

import warnings

from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from skcnn.base.image_files import as_paths, read_images, say_broken
from skcnn.base.image_headers import check_size, decide_shape, read_headers
from skcnn.base.sklearn_callbacks import CallbackSupportMixin, tells_of_fit
from skcnn.base.unchanged import unchanged_on_error


class ImageLoader(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,
):
    """Paths of image files to images of one size.

    It stands before a classifier in a ``Pipeline``: then what was decided of the
    training files, size and colour, belongs to the model and is saved with it, and
    the model takes pictures of any size.

    Parameters
    ----------
    size : "auto", None or tuple (height, width), default="auto"
        Pixels that all images are brought to, smoothed when they shrink. "auto":
        training files that all have one size keep it, up to 4096 pixels (64 x 64),
        and are brought to as many in their proportions beyond; files of many sizes
        become squares, as wide as the median of their shorter sides, and 64 pixels
        at most. None: they must all have one size, and keep it.
    color : {"auto", "grayscale", "rgb"}, default="auto"
        "auto": grey if all training files are grey, else colour.
    resize : {"crop", "pad", "stretch"}, default="crop"
        What is done with files of other proportions than `size`. "crop": the largest
        part of these proportions is taken from the middle. "pad": the whole picture
        is in the middle, and the pixels at its edge go on to the sides. "stretch":
        the proportions change.
    on_error : {"raise", "blank"}, default="raise"
        What becomes of files that are missing, damaged or no images: an error that
        names them, or a white image in the place of each and a warning.

    Attributes
    ----------
    image_shape_ : tuple (h, w, c)
        Shape of one image; c is 1 for grey and 3 for colour.
    dtype_ : str
        NumPy's name of the pixels' type: "uint8"; for grey files of 16 bits "uint16",
        and of fractions "float32".

    See Also
    --------
    datasets.read_image_folder : Finds the files and their labels, too.
    datasets.read_image_table : Labels in a table, pictures in a folder.

    Notes
    -----
    64 x 64 pixels are a compromise for networks that are trained from nothing on a
    laptop: twice the side takes four times as long. Pretrained networks
    (:class:`TransferClassifier`) want more, such as ``size=(160, 160)``.

    Photographs are turned upright as their EXIF data say. Transparent parts become
    white. A palette is grey if the image shows no colour. Of animations and files of
    several pages the first image is read. Colour images of 16 bits are read with
    eight, and so is grey of 16 bits where the training files had eight. Formats are
    all that Pillow reads.

    All images are in memory at once, 12 kB for 64 x 64 in colour; the files are read
    one after the other.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skcnn import ImageLoader
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [Path(folder, name) for name in ("1.png", "2.png", "3.png")]
    ...     for path, size in zip(paths, [(9, 12), (20, 10), (30, 40)]):
    ...         Image.new("RGB", size).save(path)
    ...     images = ImageLoader().fit_transform(paths)
    >>> images.shape, images.dtype
    ((3, 10, 10, 3), dtype('uint8'))
    """

    _parameter_constraints: dict = {
        "size": [StrOptions({"auto"}), None, "array-like"],
        "color": [StrOptions({"auto", "grayscale", "rgb"})],
        "resize": [StrOptions({"crop", "pad", "stretch"})],
        "on_error": [StrOptions({"raise", "blank"})],
    }

    def __init__(self, *, size="auto", color="auto", resize="crop", on_error="raise"):
        self.size = size
        self.color = color
        self.resize = resize
        self.on_error = on_error

    # What a fit leaves, and of which kind; `save` writes it and `load` checks it.
    _fitted_attributes: dict = {"image_shape_": "3 sizes", "dtype_": "str"}

    @tells_of_fit()
    def fit(self, X, y=None):
        """Decide on size and colour by the heads of the files.

        Parameters
        ----------
        X : array-like of shape (n,)
            Paths of image files: str or path-like; also a Series.
        y : object, optional
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For files that cannot be read (with ``on_error="blank"``, if all are so),
            grey files of unlike depth, and other sizes than one with ``size=None``.
        """
        with unchanged_on_error(self):
            self._validate_params()
            size, files = check_size(self.size), as_paths(X)
            headers = read_headers(files)
            broken = {row: one.error for row, one in enumerate(headers) if one.error}
            if len(broken) == len(files) or self.on_error == "raise":
                _refuse(broken, files)
            self.image_shape_, self.dtype_ = decide_shape(
                files, headers, size, self.color
            )
        return self

    def transform(self, X):
        """Read the files.

        Parameters
        ----------
        X : array-like of shape (n,)
            Paths of image files.

        Returns
        -------
        ndarray of shape (n, h, w, c)
            Images.

        Raises
        ------
        ValueError
            For files that cannot be read; they are named.

        Warns
        -----
        UserWarning
            For them, with ``on_error="blank"``.
        """
        check_is_fitted(self)
        files = as_paths(X)
        images, broken = read_images(files, self.image_shape_, self.dtype_, self.resize)
        if self.on_error == "raise":
            _refuse(broken, files)
        elif broken:
            said = say_broken({files[row]: why for row, why in broken.items()}, len(X))
            warnings.warn(f"{said}. White images are in their places.", stacklevel=2)
        return images

    @property
    def _n_features_out(self):
        h, w, c = self.image_shape_
        return h * w * c

    def _check_fitted(self) -> None:
        """Raise where what a file says of a fit cannot be."""
        if self.dtype_ not in ("uint8", "uint16", "float32"):
            raise ValueError(f"holds images of the type {self.dtype_!r}")
        if self.image_shape_[2] not in (1, 3):
            raise ValueError(f"holds images of {self.image_shape_[2]} channels")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _refuse(broken: dict[int, str], files: list[str]) -> None:
    """Raise if files are broken, and name them."""
    if broken:
        named = {files[row]: why for row, why in broken.items()}
        raise ValueError(
            f"{say_broken(named, len(files))}. Get new copies of them, leave them out, "
            "or pass on_error='blank' to have white images in their places."
        )
