"""Save a fitted estimator."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.model_selection._search import BaseSearchCV

from skcnn.base.atomic import replacing
from skcnn.base.versions import versions
from skcnn.persistence._archive import Writer
from skcnn.persistence._card import write_card
from skcnn.persistence._estimators import ESTIMATOR_KINDS, is_fitted, ours_in
from skcnn.persistence._known_code import CODE_KINDS
from skcnn.persistence._networks import NETWORK_KINDS
from skcnn.persistence._scikit_learn import LEARNER_KINDS, MEMBER, dump
from skcnn.persistence._values import PLAIN_KINDS, Encoder, Unknown

# All that a file can hold. The first kind that fits a value takes it.
KINDS = (*PLAIN_KINDS, *ESTIMATOR_KINDS, *LEARNER_KINDS, *NETWORK_KINDS, *CODE_KINDS)

# It goes up when an older skcnn could not read the file any more, or would believe what
# it cannot check. Files of format 1 have no digests.
FORMAT = 3

CARD, MANIFEST = "README.md", "estimator.json"


def save(estimator: BaseEstimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator into one file, which :func:`load` reads.

    The file is a zip of JSON, arrays in NumPy's format, a README in Markdown that says
    what it is, and the SHA-256 digest of each of them. It holds no code: loading it
    runs nothing that is in it.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator of this package, or a ``Pipeline``, ``FeatureUnion``,
        ``FrozenEstimator`` or ``VotingClassifier`` with one in it; of a search its
        ``best_estimator_``.
    path : str or path
        The file, by custom with the ending ``.skcnn``. One that is there is replaced
        when all has been written, and left as it is where something fails.

    Raises
    ------
    NotFittedError
        Before ``fit``.
    TypeError
        For what cannot be saved, named with its place.
    FileNotFoundError
        For a folder that does not exist.

    Warns
    -----
    UserWarning
        For attributes that the estimator does not have of its own: they are left out.

    See Also
    --------
    load : Read it.

    Notes
    -----
    Not in the file: your own functions and objects as parameters (``callbacks``, a
    function as ``lr_schedule``, ...), which :func:`load` asks for where they are
    needed; folders (``memory``, ``checkpoint_dir``), which become None; training
    images. The optimizer's state is in it where the fit has kept it, for
    ``partial_fit`` and ``warm_start``.

    A support vector machine that scikit-learn-intelex has fitted becomes scikit-learn's
    own in the file.

    The same estimator gives the same bytes, unless it has parts of scikit-learn:
    skops numbers them by their places in memory.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skcnn import CNNClassifier, load, save
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> clf = CNNClassifier(filters=(8,), epochs=1, random_state=0).fit(X[:99], y[:99])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(clf, Path(folder) / "digits.skcnn")
    ...     loaded = load(Path(folder) / "digits.skcnn")
    >>> bool((loaded.predict_proba(X[:5]) == clf.predict_proba(X[:5])).all())
    True
    """
    _check(estimator)
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder. Pass the path of a file.")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"The folder {str(path.parent)!r} does not exist. Make it first, or pass "
            "another path."
        )
    encoder = Encoder(KINDS)
    try:
        note = encoder.encode(estimator, ())
    except Unknown as error:
        raise TypeError(
            f"This {type(estimator).__name__} cannot be saved: {error}."
        ) from error
    manifest = {
        "format": "skcnn",
        "format_version": FORMAT,
        "versions": versions("skops"),
        "estimator": note,
    }
    learners = dump(encoder.learners) if encoder.learners else None
    card = write_card(estimator, manifest["versions"], encoder.own)
    with replacing(path) as file, Writer(file) as archive:
        archive.write(CARD, card.encode())
        archive.write(MANIFEST, _to_json(manifest))
        for member, array in encoder.arrays.items():
            archive.write_array(member, array)
        if learners is not None:
            archive.write(MEMBER, learners)
        archive.write_digests()
    if encoder.left_out:
        warnings.warn(
            f"Not saved: {encoder.left_out}, which are no attributes of the "
            "estimator's own.",
            UserWarning,
            stacklevel=2,
        )


def _to_json(manifest: dict) -> bytes:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode()


def _check(estimator) -> None:
    """Raise for what is not ours, or not fitted."""
    if isinstance(estimator, BaseSearchCV):
        raise TypeError(
            f"A {type(estimator).__name__} is not saved as a whole. Pass its "
            "best_estimator_."
        )
    ours = list(ours_in(estimator))
    if not ours:
        raise TypeError(
            f"save takes estimators of skcnn, alone or in a Pipeline, and got "
            f"{estimator!r}. For others use skops.io.dump or joblib.dump."
        )
    for one in ours:
        if not is_fitted(one):
            raise NotFittedError(
                f"This {type(one).__name__} is not fitted. Call fit before save."
            )
