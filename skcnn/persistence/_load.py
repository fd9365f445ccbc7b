"""Load what :func:`save` has written."""

from __future__ import annotations

import os
from pathlib import Path

from sklearn.base import BaseEstimator

from skcnn import __version__
from skcnn.persistence._archive import Reader
from skcnn.persistence._estimators import is_fitted, ours_in
from skcnn.persistence._save import FORMAT, KINDS, MANIFEST
from skcnn.persistence._values import Decoder, get

# The last format whose files have no digests.
_WITHOUT_DIGESTS = 1

# What values raise that a file has put where others belong.
_CONTRADICTIONS = (
    AttributeError,
    LookupError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
)


def load(path: str | os.PathLike, **own_code: object) -> BaseEstimator:
    """Return the estimator in a file of :func:`save`.

    Nothing that the file holds is executed: it is no pickle, and it names only classes
    and functions of a closed list. Types, sizes and shapes are checked before they are
    used, and a network is built only as far as the file has weights for it. Each part
    is compared with its digest, so a damaged file does not load. Whoever changes a file
    on purpose can change the digests too, so a file can still hold a model that gives
    wrong answers: only its origin tells.

    Parameters
    ----------
    path : str or path
        What :func:`save` has written.
    **own_code : object
        Your own functions or objects, which the file does not hold, by the names of
        the parameters that they were: ``load(path, lr_schedule=my_schedule)``, in a
        pipeline ``cnn__lr_schedule=``. Predictions need one only where a network has
        layers that are not Keras' own: then ``model=`` (``backbone=``), and an error
        says so. The others can be given later, before the next ``fit``.

    Returns
    -------
    estimator
        Fitted: its predictions are those of the saved one, to the bit where processor
        and number of threads are the same. A support vector machine that
        scikit-learn-intelex has fitted comes back as scikit-learn's own: it predicts at
        scikit-learn's speed, and its scores are equal up to rounding.

    Raises
    ------
    FileNotFoundError
        Where there is no file.
    ValueError
        For a file that is none of ours, is damaged, or was written by a newer version;
        and where own code is needed.
    TypeError
        For own code that the file does not ask for.

    See Also
    --------
    save : Write it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skcnn import HOGFeatures, load, save
    >>> from skcnn.datasets import load_digits
    >>> X, _ = load_digits()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(HOGFeatures(cells_per_block=1).fit(X), Path(folder) / "hog.skcnn")
    ...     load(Path(folder) / "hog.skcnn")
    HOGFeatures(cells_per_block=1)
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(f"The file {str(path)!r} {what}.")
    try:
        estimator, missing = _read(path, own_code)
    except ValueError as error:
        raise ValueError(f"The file {str(path)!r} {_shortened(str(error))}") from error
    if unknown := sorted(set(own_code) - set(missing)):
        asked = sorted(missing) or "nothing"
        raise TypeError(
            f"load got {unknown}, but the file {str(path)!r} asks for {asked}. Other "
            "parameters are set by set_params, after loading."
        )
    return estimator


def _shortened(text: str) -> str:
    """Cut what quotes a whole network to a few lines; the cause is often at its end."""
    return text if len(text) < 1000 else f"{text[:400]} ... {text[-500:]}"


def _read(path: Path, own_code: dict) -> tuple[BaseEstimator, dict[str, str]]:
    """Return the estimator, and what own code the file does not hold."""
    with path.open("rb") as file, Reader(file, path.stat().st_size) as archive:
        manifest = _manifest(archive)
        decoder = Decoder({kind.name: kind for kind in KINDS}, archive, own_code)
        try:
            estimator = decoder.decode(get(manifest, "estimator", dict))
            ours = list(ours_in(estimator))
            if not ours or not all(map(is_fitted, ours)):
                raise ValueError("holds no fitted estimator of skcnn")
            return estimator, decoder.missing
        except ValueError as error:
            raise ValueError(f"{error}.{_origin(manifest)}") from error
        except _CONTRADICTIONS as error:
            raise ValueError(
                f"is damaged: what it says cannot be ({error!r}).{_origin(manifest)}"
            ) from error


def _origin(manifest: dict) -> str:
    """Return a sentence where another version has written the file."""
    wrote = manifest["versions"].get("skcnn")
    if wrote == __version__:
        return ""
    return f" It was written by skcnn {wrote}, and this is {__version__}."


def _manifest(archive: Reader) -> dict:
    """Return what the file says, its format and its digest checked."""
    if MANIFEST not in archive:
        raise ValueError(
            f"is a zip, but none that skcnn.save has written: {MANIFEST!r} is missing."
        )
    manifest = archive.read_json(MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != "skcnn":
        raise ValueError("is none that skcnn.save has written.")
    wanted = get(manifest, "format_version", int)
    written = get(manifest, "versions", dict).get("skcnn")
    if wanted > FORMAT:
        raise ValueError(
            f"was written by skcnn {written}, and this is {__version__}, which does "
            "not know its format. Get the newer skcnn: pip install . in its folder."
        )
    if wanted > _WITHOUT_DIGESTS:
        archive.take_digests()
        archive.read(MANIFEST)  # now compared with its digest
    return manifest
