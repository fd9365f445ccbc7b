"""The search: scikit-learn's interface, candidates that go on training."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import check_random_state, indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_method_params, _num_samples

from skcnn.base.keys import Keys, image_parts
from skcnn.base.seeds import numpy_seeded
from skcnn.base.sklearn_callbacks import part_of_fit, tells_of_fit
from skcnn.base.stopwatch import Stopwatch
from skcnn.base.unchanged import unchanged_on_error
from skcnn.base.unit_folder import UnitFolder
from skcnn.base.versions import versions
from skcnn.base.words import shown
from skcnn.base.work_bar import bar_of_one
from skcnn.search._candidates import make_candidates, settings_of
from skcnn.search._deadline import Deadline
from skcnn.search._engine import Engine
from skcnn.search._policies import POLICIES, plan
from skcnn.search._table import add_progress, outcomes_of
from skcnn.search._training import within
from skcnn.search._work import Fold, Job, Key

_NO_FOLDS = (
    "cv={cv} gives no pairs (rows to fit on, rows to score on). Pass a number of folds "
    "(cv=3), a splitter of scikit-learn's, or a list of such pairs of row numbers."
)


class ContinuingSearchCV(BaseSearchCV):
    """Search over parameters; candidates go on training instead of beginning anew.

    All candidates are trained for a few epochs on all folds; the best of them go on
    from the weights that they have, and so on, until the last ones have come to their
    end. What was found is trained on all rows.

    Parameters
    ----------
    estimator : estimator
        What to search with, also a pipeline. It is cloned, and never changed.
    params : dict or list of dict
        Names of parameters and, for each, the values to try: a grid, or several.
        Values of a parameter may be estimators (``{"clf": [CNNClassifier(),
        SVMClassifier()]}``). With ``n_candidates`` values may be distributions.
    n_candidates : int, optional
        Settings to draw. None: all of the grid.
    policy : {"halving", "top_k", "grid", "asha"}, default="halving"
        Who goes on. ``"halving"``: the best of ``factor``, from rung to rung, each of
        ``factor`` times the epochs (Jamieson and Talwalkar, 2016); where there are too
        few epochs for that, rungs are nearer. ``"top_k"``: all for one epoch, the best
        of ``factor`` to the end (Egele et al., 2023). With both, two at least come to
        their end, and half as many again may stay whom the folds cannot tell from the
        last one; they take no room on later rungs. ``"grid"``: all to the end.
        ``"asha"``: halving without waiting for others, for many workers (Li et al.,
        2020); what it finds depends on who is first.
    factor : float, default=3
        Of so many candidates one goes on.
    max_epochs : int, optional
        Epochs that a candidate is trained for at most, and those of an estimator that
        goes on by ``partial_fit``. None: what a network itself would take.
    cv : int, splitter or iterable, optional
        Folds, as in :class:`~sklearn.model_selection.GridSearchCV`. They are drawn
        once, and are the same for all candidates and rungs.
    scoring : str, callable, list, tuple or dict, optional
        Scores, as in :class:`~sklearn.model_selection.GridSearchCV`. Of several, that
        of ``refit`` decides who goes on, else the first.
    refit : bool, str or callable, default=True
        Whether the best candidate is trained anew on all rows, with its own schedule
        and epochs: ``best_estimator_``. Of several scores, the name of the one that
        decides; or a function of ``cv_results_`` that returns the index of the best.
    store : str or path, optional
        Folder that keeps what was trained. A search that was stopped, even killed, goes
        on when it is called again, and ends with the same table (times aside). Other
        data, parameters or versions are found apart. Results are JSON, states of
        training are pickled: let nobody write there whom you do not trust.
    max_seconds : float, optional
        Time for the whole ``fit``, the refit included: when it comes to its end, the
        best candidate so far is trained on all rows, a network for no longer than the
        time that is left. What a network was just trained for is given up then. A
        warning says where there was time for one candidate alone. None: as long as it
        takes.
    n_jobs : int, optional
        Units of work at a time, by joblib. But for ``"asha"`` and ``max_seconds``, the
        result does not depend on it, to the bit where ``SKCNN_THREADS`` is set.
    random_state : int, RandomState instance or None, default=None
        Decides which settings are drawn, folds that are not seeded, and every
        ``random_state`` in the candidates that is None. None draws one, which a
        ``store`` keeps (see ``random_state_``).
    verbose : int, default=0
        1: a progress bar, which moves with the epochs and says what is left, or a line
        per training where stderr is no terminal and no notebook.
    error_score : "raise" or float
        Score of a fit that fails, NaN by default; such a candidate does not go on.

    Attributes
    ----------
    cv_results_ : dict of str to array
        A row per candidate: ``params``, ``param_*``, ``split0_test_score``, ...,
        ``mean_test_score``, ``std_test_score``, ``rank_test_score``,
        ``mean_fit_time``, ``mean_score_time`` and their ``std_``, as
        :class:`~sklearn.model_selection.GridSearchCV` has them, at the last epoch that
        it was trained to; ``n_epochs``, that epoch; ``rung``, the last rung that it
        reached (from 0; -1: there was no time for it); ``split0_history``, ...: the
        ``history_`` of each fold. The rank is among those of one rung; those of a later
        rung come before them.
    best_estimator_ : estimator
        The best candidate, trained on all rows.
    best_score_ : float
        Its mean score over the folds at the end of its training there, after its rate
        had come down.
    best_params_ : dict
        Its parameters.
    best_index_ : int
        Its place in ``cv_results_``.
    scorer_ : function or dict
        What scores.
    n_splits_ : int
        Folds.
    refit_time_ : float
        Seconds of the refit.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (k,)
        Labels, where a classifier was refitted.
    n_features_in_ : int
        Features, where ``best_estimator_`` knows them.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where ``best_estimator_`` knows them.
    is_finished_ : bool
        Whether the policy came to its end; False where ``max_seconds`` were over.
    random_state_ : int
        The seed that was used.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : Trains every candidate to the end.
    sklearn.model_selection.HalvingGridSearchCV : Begins anew on every rung.
    skcnn.compare : Few estimators, with tests of their differences.

    Notes
    -----
    A network is trained at a constant rate after a short rise, half of the
    ``learning_rate`` that its schedule has as a peak; on a rung it is scored by the
    average of its weights over the second half of the way from the rung before. Only in
    those that come to their end does the rate fall, in the last part (a trapezoid).
    ``python -m benchmarks ranking`` prints how well that ranks. A network whose
    ``lr_schedule`` is constant by default stays at that rate.

    A candidate that sets ``lr_schedule``, ``early_stopping``, ``callbacks`` or
    ``fine_tune_layers`` steers its own training and is trained whole, once; so is
    every estimator that is no network of this package and has no ``partial_fit``, or
    no ``max_epochs`` that says how often. These take no place from others on the rungs,
    and meet those that are left at the end.

    In a pipeline the last step goes on; the steps before are fitted once per fold, for
    all candidates that have the same ones.

    Examples
    --------
    >>> from skcnn import CNNClassifier, ContinuingSearchCV
    >>> from skcnn.datasets import load_digits
    >>> X, y = load_digits()
    >>> model = CNNClassifier(filters=(8, 16), epochs=9)
    >>> params = {"kernel_size": [3, 5], "learning_rate": [0.0001, 0.004]}
    >>> search = ContinuingSearchCV(model, params, cv=2, random_state=0)
    >>> search.fit(X[:400], y[:400]).best_params_["learning_rate"]
    0.004
    >>> search.cv_results_["n_epochs"].tolist()
    [3, 9, 3, 9]
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit"])],
        "params": [dict, list],
        "n_candidates": [None, Interval(numbers.Integral, 1, None, closed="left")],
        "policy": [StrOptions(set(POLICIES))],
        "factor": [Interval(numbers.Real, 1, None, closed="neither")],
        "max_epochs": [None, Interval(numbers.Integral, 1, None, closed="left")],
        "cv": ["cv_object"],
        "scoring": BaseSearchCV._parameter_constraints["scoring"],
        "refit": ["boolean", str, callable],
        "store": [None, str, PathLike],
        "max_seconds": [None, Interval(numbers.Real, 0, None, closed="neither")],
        "n_jobs": [None, numbers.Integral],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "error_score": [StrOptions({"raise"}), numbers.Real],
    }

    # What the parent class asks for, and this one does not offer.
    return_train_score = False

    def __init__(
        self,
        estimator,
        params,
        *,
        n_candidates=None,
        policy="halving",
        factor=3,
        max_epochs=None,
        cv=None,
        scoring=None,
        refit=True,
        store=None,
        max_seconds=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
        error_score=np.nan,
    ):
        self.estimator = estimator
        self.params = params
        self.n_candidates = n_candidates
        self.policy = policy
        self.factor = factor
        self.max_epochs = max_epochs
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.store = store
        self.max_seconds = max_seconds
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.error_score = error_score

    @_fit_context(prefer_skip_nested_validation=False)
    @tells_of_fit(n_parts=None)
    def fit(self, X, y=None, **params):
        """Search, and train the best candidate on all rows.

        Parameters
        ----------
        X : array-like
            Images, in any layout that the estimator takes.
        y : array-like of shape (n,), optional
            Labels.
        **params : object
            Passed on as scikit-learn's searches do: to ``fit`` of the estimator (what
            is as long as ``X`` is sliced like it), to the scorer and to the splitter
            (``groups``).

        Returns
        -------
        self : object

        Raises
        ------
        TimeoutError
            Where ``max_seconds`` are over before one candidate was trained on all
            folds; it says what the least would be.
        ValueError, TypeError
            For parameters and data that cannot be searched with; where all fits
            failed.
        """
        with unchanged_on_error(self), ExitStack() as until_done:
            deadline = Deadline(self.max_seconds)
            scorers, refit_metric = self._scorers()
            X, y = indexable(X, y)
            params = _check_method_params(X, params=params)
            routed = self._get_routed_params_for_fit(params)
            folder = self.store
            if folder is None:
                folder = until_done.enter_context(TemporaryDirectory(prefix="skcnn-"))
            job = Job(
                X=X,
                y=y,
                fit_params=routed.estimator.fit,
                score_params=routed.scorer.score,
                scorer=scorers,
                error_score=self.error_score,
                folder=UnitFolder(folder),
            )
            engine = self._make_engine(job, routed.splitter.split, deadline)
            self.is_finished_ = engine.run(self.n_jobs, self.verbose, self._tell)
            self._keep(engine, scorers, refit_metric)
            if self.refit:
                self._fit_best(engine)
        return self

    def _scorers(self):
        """Return what scores, and the score that decides."""
        try:
            return self._get_scorers()
        except ValueError as error:
            raise ValueError(f"scoring={shown(self.scoring)}: {error}") from error

    def _make_engine(self, job: Job, split_params: dict, deadline: Deadline) -> Engine:
        """Decide seed, folds and candidates, and by which keys they are known."""
        X, y = job.X, job.y
        keys = Keys(warns=self.store is not None)
        labels = None if y is None else np.asarray(y)
        data_key = keys.key("these images", *image_parts(X), labels)
        is_lasting = self.store is not None and keys.is_lasting(data_key)
        seed = self._decide_seed(job.folder if is_lasting else None, data_key)
        with numpy_seeded(seed):
            splits = self._split(X, y, split_params)
        folds = [Fold(n, train, test) for n, (train, test) in enumerate(splits)]
        n_rows = min(_num_samples(fold.train) for fold in folds)
        if self.refit:
            deadline.refit_share = _num_samples(X) / n_rows
        settings = settings_of(self.params, self.n_candidates, seed)
        candidates = make_candidates(
            self.estimator, settings, seed, n_rows, self.max_epochs
        )
        deciding = self.scoring, seed, job.fit_params, job.score_params, versions()
        return Engine(
            candidates,
            folds,
            plan(
                self.policy,
                [one.last for one in candidates],
                [one.goes_on for one in candidates],
                len(folds),
                self.factor,
                [one.network for one in candidates],
            ),
            POLICIES[self.policy].choose,
            replace(job, seed=seed),
            keys,
            (data_key, keys.key("these scores", *deciding)),
            deadline,
            self.store is not None,
            self._deciding_score,
        )

    def _tell(self, key: Key) -> None:
        """Tell scikit-learn's callbacks of a unit that is done."""
        candidate, fold, epoch = key
        name = f"candidate {candidate}, fold {fold}, to epoch {epoch}"
        with part_of_fit(self, name):
            pass

    def _decide_seed(self, folder: UnitFolder | None, data_key: str) -> int:
        if isinstance(self.random_state, numbers.Integral):
            return int(self.random_state)
        drawn = int(check_random_state(self.random_state).randint(2**31 - 1))
        if self.random_state is None and folder is not None:
            return folder.seed(data_key, drawn)
        return drawn

    def _split(self, X, y, split_params: dict) -> list[tuple]:
        """Return the rows to fit on and to score on of each fold."""
        cv, is_text = self.cv, isinstance(self.cv, (str, bytes))
        if isinstance(cv, Iterable) and (is_text or not hasattr(cv, "split")):
            cv = list(cv)
            if not all(map(_is_pair, cv)):
                raise TypeError(_NO_FOLDS.format(cv=shown(self.cv)))
        cv = check_cv(cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **split_params))
        n_splits = cv.get_n_splits(X, y, **split_params)
        if not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? cv must give at "
                "least one pair of rows to fit on and rows to score on."
            )
        if len(splits) != n_splits:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{n_splits} splits, got {len(splits)}"
            )
        return splits

    def _deciding_score(self, scores) -> float:
        """Return what decides who goes on: the score of ``refit``, or the first."""
        if not isinstance(scores, dict):
            return scores
        return scores.get(self.refit, next(iter(scores.values())))

    def _keep(self, engine: Engine, scorers, refit_metric: str) -> None:
        """Set the fitted attributes, all but those of the refit."""
        if not any(engine.reached(one.index) for one in engine.candidates):
            raise engine.timeout()
        engine.warn_of_one()
        out = outcomes_of(engine)
        _warn_or_raise_about_fit_failures(out, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(out, self.error_score)
        settings = [one.params for one in engine.candidates]
        with warnings.catch_warnings():
            if not self.is_finished_:
                # Who there was no time for has no score.
                warnings.filterwarnings("ignore", "One or more of the test scores are")
            results = self._format_results(settings, len(engine.folds), out)
        add_progress(results, engine)
        first_scores = out[0]["test_scores"]
        self.multimetric_ = isinstance(first_scores, dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(first_scores)
            refit_metric = self.refit
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(
                self.refit, refit_metric, results
            )
            if not callable(self.refit):
                means = results[f"mean_test_{refit_metric}"]
                self.best_score_ = means[self.best_index_]
            self.best_params_ = results["params"][self.best_index_]
        is_many = isinstance(scorers, _MultimetricScorer)
        self.scorer_ = scorers._scorers if is_many else scorers
        self.cv_results_ = results
        self.n_splits_ = len(engine.folds)
        self.random_state_ = engine.job.seed

    def _fit_best(self, engine: Engine) -> None:
        job, watch = engine.job, Stopwatch()
        best = engine.candidates[self.best_index_]
        self.best_estimator_ = clone(best.estimator)
        labels = () if job.y is None else (job.y,)
        limit = engine.refit_limit(best.index)
        with (
            numpy_seeded(job.seed),
            within(self.best_estimator_, limit),
            part_of_fit(self, "refit", self.best_estimator_),
            bar_of_one("refit", bool(self.verbose)),
        ):
            self.best_estimator_.fit(job.X, *labels, **job.fit_params)
        self.refit_time_ = watch.seconds
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


def _is_pair(split) -> bool:
    return (
        isinstance(split, (tuple, list))
        and len(split) == 2
        and all(np.ndim(part) == 1 for part in split)
    )
