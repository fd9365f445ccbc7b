"""The call: many estimators, the same folds, one comparison."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from skcnn import __version__
from skcnn.base.keys import Keys
from skcnn.base.seeds import set_seeds
from skcnn.base.targets import encode
from skcnn.base.time_limit import TimeLimit
from skcnn.base.versions import versions
from skcnn.comparison._fits_bar import FitsBar
from skcnn.comparison._frames import tracebacks_by_name
from skcnn.comparison._input import (
    calibrated,
    check_data,
    check_estimators,
    has_image_axes,
    make_splits,
    set_memory,
    with_rows,
)
from skcnn.comparison._result import Comparison
from skcnn.comparison._scoring import check_computable, check_scoring
from skcnn.comparison._store import Store, data_parts
from skcnn.comparison._units import (
    NO_TIME,
    Data,
    Outcome,
    Unit,
    left_out,
    outcomes_of,
    run_unit,
)
from skcnn.recipes.default_set import say_expected


def compare(
    estimators,
    X,
    y,
    *,
    groups=None,
    cv=5,
    scoring=("accuracy", "f1_macro", "neg_log_loss"),
    X_test=None,
    y_test=None,
    calibrate=False,
    n_jobs=None,
    memory=None,
    random_state=None,
    store=None,
    max_seconds=None,
    verbose=1,
):
    """Compare classifiers by cross-validation, all on the same folds.

    Every estimator is fitted once per fold and asked once for its predictions; scores,
    predictions of images that were left out, histories, times and tests of the
    differences come from these fits.

    Parameters
    ----------
    estimators : dict, list or "default"
        Names and classifiers; of a list, the names are those of the classes, in lower
        case, numbered where they are equal. A short name, such as ``"cnn"``, ``"svm"``
        or ``"patches"`` (``skcnn models`` lists them), or the id of a recipe, such as
        ``"C3"``, may stand for a classifier. They are cloned, and never changed.
        ``"default"``: the most frequent label, :class:`PatchFeatures` and a ridge,
        :class:`SVMClassifier` on gradient histograms and on pixels,
        :class:`CNNClassifier` and :class:`ResNetClassifier`, all with their defaults;
        for images of less than 12 pixels in height or width, with patches of 4 x 4
        pixels and cells of 2 x 2.
    X : array-like
        Images, in any layout that the estimators take: (n, h, w), (n, h, w, c), flat
        rows, a DataFrame, a list. Where images have axes of their own, scikit-learn's
        own estimators get a step in front that flattens them.
    y : array-like of shape (n,)
        Labels: numbers or strings.
    groups : array-like of shape (n,), optional
        What images must stay together, such as the patient that each one shows: for a
        splitter that asks for it, as ``StratifiedGroupKFold``.
    cv : int, splitter or iterable, default=5
        A number of stratified, shuffled folds; a splitter of scikit-learn; or pairs of
        (rows to fit on, rows to score on). Repeated cross-validation is welcome.
    scoring : str, sequence of str or dict
        Names of scikit-learn's scorers; the first one decides about the rank. A dict
        has names of your own and, for each, such a name or a callable of
        (estimator, X, y). More is better. Names are computed from one prediction; a
        callable gets the fitted estimator, and asks for its own.
    X_test, y_test : array-like, optional
        Test images and labels. With them, every estimator is fitted on all of ``X``
        after the folds, and scored on them. They take no part in the rank.
    calibrate : bool, default=False
        Whether classifiers without ``predict_proba`` are given one, so that all have a
        log loss: by :class:`sklearn.calibration.CalibratedClassifierCV` with
        ``ensemble=False``, with temperature scaling (Guo et al., 2017), or before
        scikit-learn 1.8 with sigmoids (Platt, 1999). That is five fits more of each.
    n_jobs : int, optional
        Fits at a time, by joblib. The result does not depend on it, to the bit where
        ``SKCNN_THREADS`` is set; the seconds do.
    memory : str, path or joblib.Memory, optional
        Folder for the features of pretrained networks, so that the folds share them:
        the ``memory`` of every :class:`TransferClassifier` and
        :class:`PretrainedFeatures` that has none, also inside pipelines. A pipeline's
        own ``memory`` is left alone: steps out of it would take no time to fit.
    random_state : int, RandomState or None, default=None
        Decides the folds, and every ``random_state`` in the estimators that is None;
        others are left as they are. None draws one (see ``random_state_``).
    store : str or path, optional
        Folder that keeps every finished fit. A call that was stopped, even killed, goes
        on where it was when it is made again, and gives what it would have given. The
        same images, estimators, folds, scores and version of the package are known
        again, under whatever names; so estimators may be added. With
        ``random_state=None``, the seed drawn first stays with the images. Nothing in
        the folder is pickled.
    max_seconds : float, optional
        Seconds after which no further fit is begun, nor one that would not be ready by
        then, as far as other folds of the same estimator tell. One that has begun comes
        to its end: give networks a ``max_seconds`` of their own. Estimators come one
        after the other, with all their folds; those that did not come up are last in
        the table, and their ``error`` says so.
    verbose : int, default=1
        1: a progress bar over all fits, which moves with the epochs of networks and
        says what is left, or a line per fit where stderr is no terminal and no
        notebook; and before it the expected time, where estimators are the default
        ones. 0: silent.

    Returns
    -------
    Comparison
        Tables, predictions and tests; its ``table_`` is the place to begin.

    Raises
    ------
    ValueError
        Before any training: for no estimators, an unknown name or score, a score
        that these labels do not allow, images and labels of different length, fewer
        images of a class than folds, test images without labels, a folder that cannot
        be written to. After it: where every estimator failed.
    TypeError
        For an estimator that is no classifier, and a name that is no string.
    TimeoutError
        Where ``max_seconds`` was over before a single fit was done.

    See Also
    --------
    skcnn.recipes.list : The recipes and their ids.
    sklearn.model_selection.cross_validate : One estimator.

    Notes
    -----
    An estimator that fails is reported in the column ``error`` while the others go on,
    and ``tracebacks_`` shows where; it has no scores, and is last; so is one whose
    worker is killed, as happens where memory runs out. With a store, it is tried again
    by the next call. A score that an estimator cannot give, such as "neg_log_loss"
    without ``predict_proba``, is NaN.

    Seconds are those of this machine while it did ``n_jobs`` fits at a time. The start
    of TensorFlow is not counted; the tracing of a network is, once per process, in the
    first fold that it meets.

    Estimators whose ``random_state`` is None in a place that no parameter reaches draw
    from NumPy's global state, which is seeded meanwhile and put back. Fitted
    estimators are not in the store: where test scores come from it, the estimators of
    ``estimators_`` are unfitted.

    What the store knows an estimator by: its parameters; the code of functions and
    classes of your own, with their closures and defaults and all globals, functions,
    classes and modules of your own that they use; objects of Keras by all that they
    hold, weights too. Not what a call looks up by a text (``globals()["x"]``), nor what
    is in files: of images that are paths, and of a file of ``weights``, size and time
    stand for the content, and of other files the name. Empty the folder after changes
    of these kinds. What nobody can tell, such as an estimator that holds an open file
    or a generator, is computed, but not stored, and a warning says what it is.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skcnn import SVMClassifier, compare
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> estimators = {"SVM": SVMClassifier(), "naive Bayes": GaussianNB()}
    >>> comparison = compare(
    ...     estimators, X[:300], y[:300], cv=3, random_state=0, verbose=0
    ... )
    >>> comparison
    <Comparison of 2 estimators on 3 folds. SVM is best: accuracy 0.99...>
    >>> comparison.table_["rank"].to_dict()
    {'SVM': 1, 'naive Bayes': 2}
    """
    limit = TimeLimit(max_seconds)
    scorers = check_scoring(scoring)
    named = check_estimators(estimators, X)
    data = check_data(X, y, X_test, y_test)
    kept = None if store is None else Store(store)
    keys = Keys(warns=kept is not None)
    data_key = _data_key(keys, data.X, data.y, data.classes)
    seeds = kept if keys.is_lasting(data_key) else None
    seed = _decide_seed(random_state, seeds, data_key)
    cv_text, splits = make_splits(cv, X, data.y, seed, groups)
    check_computable(scorers, data.y, splits)
    if verbose and isinstance(estimators, str):
        _tell_time(named, data, splits)
    for name, estimator in named.items():
        named[name] = _prepare(estimator, data, seed, memory, calibrate)
    common = data_key, keys.key("these scores", scorers, seed, __version__)
    units = list(_units(named, splits, data, keys, common))
    outcomes = _run(units, data, scorers, seed, kept, limit, n_jobs, verbose)
    _raise_if_all_failed(units, outcomes)
    return Comparison(
        [(unit, outcomes[unit.id]) for unit in units],
        data=data,
        given=(X, y, X_test, y_test),
        estimators=named,
        splits=splits,
        scoring=tuple(scorers),
        random_state=seed,
        cv=cv_text,
        versions=versions(),
    )


def _tell_time(named, data: Data, splits) -> None:
    """Say how long the default set takes, where one can tell."""
    sizes = [len(train) for train, _ in splits]
    sizes += [len(data.y)] if data.X_test is not None else []
    if said := say_expected(named, data.X, sizes):
        tqdm.write(said, sys.stderr)


def _decide_seed(random_state, kept: Store | None, data_key: str) -> int:
    generator = check_random_state(random_state)
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    drawn = int(generator.randint(2**31 - 1))
    if random_state is None and kept is not None:
        return kept.seed(data_key, drawn)
    return drawn


def _prepare(
    estimator: BaseEstimator, data: Data, seed: int, memory, calibrate: bool
) -> BaseEstimator:
    set_seeds(estimator, seed)
    if memory is not None:
        set_memory(estimator, memory)
    if calibrate:
        estimator = calibrated(estimator, seed)
    return with_rows(estimator) if has_image_axes(data.X) else estimator


def _units(named, splits, data: Data, keys: Keys, common: tuple) -> Iterator[Unit]:
    """Give all there is to do; ``common`` are keys of what all results depend on."""
    if data.X_test is not None:
        test_key = _data_key(keys, data.X_test, data.y_test, data.classes)
        every, tests = np.arange(len(data.y)), np.arange(len(data.y_test))
    for name, estimator in named.items():
        own = keys.key(repr(name), estimator)  # once: it may hold a large network
        for fold, (train, test) in enumerate(splits):
            id = keys.unit(own, *common, train, test)
            yield Unit(id, name, estimator, fold, train, test, keys.is_lasting(id))
        if data.X_test is not None:
            id = keys.unit(own, *common, test_key)
            yield Unit(id, name, estimator, None, every, tests, keys.is_lasting(id))


def _data_key(keys: Keys, X, y: np.ndarray, classes: np.ndarray) -> str:
    return keys.key("these images", *data_parts(X, encode(y, classes), classes))


def _run(
    units, data, scorers, seed, kept, limit, n_jobs, verbose
) -> dict[str, Outcome]:
    """Return outcomes by the ids of units; what the store has is not done again."""
    found = {} if kept is None else _find(units, data, scorers, kept)
    # By ids: equal estimators under two names are fitted once.
    missing = {unit.id: unit for unit in units if unit.id not in found}
    for unit in (unit for unit in units if unit.id in found):
        limit.note(unit.name, len(unit.train), found[unit.id].seconds)
    keep = None if kept is None else kept.keep
    work = partial(run_unit, data=data, scorers=scorers, seed=seed, keep=keep)
    is_in_time = partial(_is_in_time, limit=limit)
    with FitsBar(missing.values(), len(units), limit, n_jobs, verbose) as bar:
        for id, outcome in outcomes_of(
            missing.values(), work, scorers, n_jobs, bar.started, is_in_time
        ):
            found[id], unit = outcome, missing[id]
            limit.note(unit.name, len(unit.train), outcome.seconds)
            bar.ended(unit, outcome)
    left = missing.keys() - found
    return found | {id: left_out(scorers, limit.max_seconds) for id in left}


def _is_in_time(unit: Unit, limit: TimeLimit) -> bool:
    """Tell whether a unit should be done in time, as far as anybody knows."""
    return limit.left > (limit.seconds(unit.name, len(unit.train)) or 0.0)


def _find(units, data: Data, scorers, kept: Store) -> dict[str, Outcome]:
    found = {}
    for unit in (unit for unit in units if unit.is_stored):
        outcome = kept.find(unit, data, scorers)
        if outcome is not None:
            found[unit.id] = outcome
    return found


def _raise_if_all_failed(units, outcomes: dict[str, Outcome]) -> None:
    """Raise where no fold has a prediction; test images alone give no comparison."""
    folds = [outcomes[unit.id] for unit in units if unit.fold is not None]
    if any(outcome.predictions is not None for outcome in folds):
        return
    if any(outcome.error.startswith(NO_TIME) for outcome in outcomes.values()):
        raise TimeoutError(
            "max_seconds was over before a single fold was done, so there is nothing "
            "to compare. Pass more seconds, fewer images, or smaller estimators first."
        )
    lines = dict.fromkeys(f"{unit.name}: {outcomes[unit.id].error}" for unit in units)
    error = ValueError("\n".join(["Every estimator failed:", *lines]))
    for text in tracebacks_by_name(
        (unit, outcomes[unit.id]) for unit in units
    ).values():
        error.add_note(text)
    raise error
