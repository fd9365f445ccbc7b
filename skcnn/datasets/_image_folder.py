"""Folders of image files: one sub-folder per class, or images alone."""

import os

import numpy as np
from sklearn.utils import Bunch

from skcnn.base.arguments import check_option

from ._class_folders import all_images, existing_folder, images_by_class
from ._read_pictures import bunch_of, new_loader, read_pictures


def read_image_folder(
    path: str | os.PathLike[str],
    *,
    size: str | tuple[int, int] | None = "auto",
    color: str = "auto",
    resize: str = "crop",
    labels: str | None = "inferred",
    on_error: str = "raise",
    return_X_y: bool = True,
) -> tuple[np.ndarray, np.ndarray | None] | Bunch:
    """Read a folder of pictures of any size, with one sub-folder per class.

    ::

        flowers/
            daisy/    1.jpg  2.jpg  ...
            rose/     1.jpg  2.jpg  ...

    Parameters
    ----------
    path : str or path-like
        The folder.
    size : "auto", None or tuple (height, width), default="auto"
        Pixels that all images are brought to, smoothed when they shrink. "auto":
        files that all have one size keep it, up to 4096 pixels (64 x 64), and are
        brought to as many in their proportions beyond; files of many sizes become
        squares, as wide as the median of their shorter sides, and 64 pixels at most.
        None: they must all have one size, and keep it.
    color : {"auto", "grayscale", "rgb"}, default="auto"
        "auto": grey if all images are grey, else colour.
    resize : {"crop", "pad", "stretch"}, default="crop"
        What is done with files of other proportions than `size`; see
        :class:`skcnn.ImageLoader`.
    labels : {"inferred"} or None, default="inferred"
        "inferred": the name of the sub-folder is the label. None: there are no labels,
        and all images in the folder and below it are read, as for a prediction.
    on_error : {"raise", "skip"}, default="raise"
        What becomes of files that are damaged or no images: an error that names them,
        or they are skipped, and a warning names them.
    return_X_y : bool, default=True
        False returns a Bunch.

    Returns
    -------
    X : ndarray of shape (n, h, w) or (n, h, w, 3)
        Grey or colour images, uint8; uint16 for grey images of 16 bits, float32 for
        grey TIFF files with fractions.
    y : ndarray of shape (n,) or None
        Names of the sub-folders, str objects. None without labels.
    bunch : sklearn.utils.Bunch
        Instead of both if `return_X_y` is False: `data` (X), `target` (y),
        `target_names` (the classes, sorted; None without labels), `filenames`
        (str objects of shape (n,): each image's path below the folder, with ``/``,
        such as ``"rose/1.jpg"``: the ids that a table of predictions needs),
        `loader` (a fitted :class:`skcnn.ImageLoader`, which brings other pictures to
        the same size and colour), `files` (a DataFrame with a row for each image
        file, broken ones too: file, height, width, mode as Pillow calls it, error),
        and `left_out` (names of files that Pillow does not read by their suffix).

    Raises
    ------
    FileNotFoundError
        If there is no such folder (the error is a ValueError, too).
    ValueError
        If no images are found, a class has none, images lie beside the class folders,
        class folders lie one folder deeper (as in ``train/rose/1.jpg``), files are
        damaged (they are named), or sizes differ with ``size=None``.

    Warns
    -----
    UserWarning
        With ``on_error="skip"``, if files are broken.

    See Also
    --------
    describe : Look at what was read.
    read_image_table : Labels in a table, pictures in a folder.
    skcnn.ImageLoader : Does the same in a Pipeline, from paths.

    Notes
    -----
    Read is what Pillow reads, by its suffix, in the order of names, class after class,
    however deep it lies below the folder of its class; one folder in each class
    (``rose/images/1.jpg``) is no class of its own. Hidden files (``.name``),
    ``Thumbs.db``, ``desktop.ini`` and ``__MACOSX`` are passed by.

    How photographs are turned, and what becomes of transparency, palettes and 16 bits,
    is said at :class:`skcnn.ImageLoader`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skcnn.datasets import read_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, size in [("day", (30, 20)), ("night", (16, 40))]:
    ...         Path(folder, name).mkdir()
    ...         Image.new("L", size).save(Path(folder, name, "1.png"))
    ...     X, y = read_image_folder(folder)
    >>> X.shape, y.tolist()
    ((2, 18, 18), ['day', 'night'])
    """
    if labels is not None:
        check_option("labels (a word, or None)", labels, ("inferred",))
    loader = new_loader(size, color, resize, on_error)
    folder = existing_folder(path)
    found = all_images(folder) if labels is None else images_by_class(folder)
    pictures = read_pictures(folder, found.names, loader, on_error)
    y = None if found.labels is None else found.labels[pictures.is_whole]
    if return_X_y:
        return pictures.X, y
    classes = None if y is None else np.unique(y)
    return Bunch(
        **bunch_of(pictures, target=y, target_names=classes, left_out=found.left_out)
    )
