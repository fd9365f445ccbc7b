"""The result of a comparison: tables, predictions, tests."""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property

from skcnn.base.words import few, plural
from skcnn.comparison._frames import (
    fold_table,
    history_table,
    left_out,
    main_table,
    pairwise_table,
    parameters_by_name,
    prediction_table,
    to_html,
    to_markdown,
    tracebacks_by_name,
    values_by_name,
)
from skcnn.comparison._predictions import Predictions
from skcnn.comparison._ranking import Ranking
from skcnn.comparison._statistics import score_intervals


class Comparison:
    """What :func:`compare` returns; nobody makes one by hand.

    Parameters
    ----------
    done : list of (Unit, Outcome)
        What was done and what came of it, in the order of estimators and folds.
    data : Data
        Images, labels as an array, classes.
    given : tuple of (X, y, X_test, y_test)
        Images and labels as they were passed.
    estimators : dict of str to estimator
        Unfitted, with their seeds.
    splits : list of (ndarray, ndarray)
        Rows of each fold.
    scoring : tuple of str
        Names of the scores.
    random_state : int
        The seed.
    cv : str
        What made the folds.
    versions : dict of str to str
        Versions of the packages.

    Attributes
    ----------
    table_ : DataFrame
        One row per estimator, best first. Columns: for each score its mean over the
        folds and ``<score>_sd`` (their standard deviation, divided by folds - 1);
        ``fit_seconds`` and ``predict_seconds``, means over the folds;
        ``seconds_per_1000``, to predict 1000 images, of the fastest fold, since the
        first prediction of a network in a process also traces it; ``n_parameters``,
        weights of the networks (NaN where there is none); ``rank`` by the first score,
        equal ones sharing the better rank; ``test_<score>``, where test images were
        given; ``error``, empty where all went well.
    folds_ : DataFrame
        One row per estimator and fold: ``id`` (digest of estimator, data and split, the
        key in the store), ``estimator``, ``fold``, ``n_train``, ``n_test``, each score,
        ``fit_seconds``, ``predict_seconds``, ``error``.
    histories_ : DataFrame
        One row per estimator, fold and epoch, with the columns of ``history_``; NaN
        where an estimator has no such column.
    predictions_ : DataFrame
        One row per estimator and image that was left out: ``estimator``, ``fold``,
        ``row`` (in X), ``y_true``, ``y_pred``, ``confidence`` (probability of
        ``y_pred``; NaN without ``predict_proba``).
    probabilities_ : dict of str to ndarray of shape (n_predictions, k)
        Probabilities to the rows of an estimator in ``predictions_``; those without
        ``predict_proba`` are left out.
    pairwise_ : DataFrame
        One row per pair, in the order of the table: ``first``, ``second``,
        ``difference`` of the first score, ``ci_low`` and ``ci_high`` (95 %), ``t``,
        ``df``, ``p`` and ``p_holm``, from the corrected resampled t-test. A score is
        taken to move in steps of one test image, ``1 / n_test``, as accuracy does, and
        its variance is not taken to be below that of the rounding to such steps.
    verdict_ : str
        In one sentence: who is best by the first score, by how much, whether that is
        established (``p_holm`` below 0.05), and who trains much faster.
    ranking_ : Ranking
        What the verdict is made of: ``leaders``, ``rivals`` (not established to be
        worse) and others, and ``remarks``, further sentences.
    tracebacks_ : dict of str to str
        Of each estimator that failed, the traceback of its first failure; ``print`` it.
    left_out_ : list of str
        Names of estimators that did not come up, on some fold at least, within
        ``max_seconds``, and did not fail.
    best_ : str
        Name of the first row of the table. Where nobody has the first score, it is the
        first that worked.
    estimators_ : dict of str to estimator
        As they were compared, seeds included. Fitted on all of X where test images
        were given, except those whose test scores were found in the store.
    splits_ : list of (ndarray, ndarray)
        Rows of each fold: to fit on, to score on.
    classes_ : ndarray of shape (k,)
        Labels.
    scoring_ : tuple of str
        Names of the scores.
    X_, y_ : images, labels
        Those that were passed, not copied.
    X_test_, y_test_ : images, labels
        Test images, if any were passed; else None.
    random_state_ : int
        The seed.
    cv_ : str
        What made the folds.
    versions_ : dict of str to str
        Versions of Python and of the packages that computed this.

    See Also
    --------
    compare : Makes it.
    """

    def __init__(
        self,
        done,
        *,
        data,
        given,
        estimators,
        splits,
        scoring,
        random_state,
        cv,
        versions,
    ):
        folds = [(unit, outcome) for unit, outcome in done if unit.fold is not None]
        tests = {unit.name: outcome for unit, outcome in done if unit.fold is None}
        self.folds_ = fold_table(folds)
        self.table_ = main_table(self.folds_, tests, parameters_by_name(done), scoring)
        self.histories_ = history_table(folds)
        self.predictions_ = prediction_table(folds)
        self.probabilities_ = values_by_name(folds, "proba")
        self._decisions = values_by_name(folds, "decision")
        self.tracebacks_ = tracebacks_by_name(done)
        self.left_out_ = left_out(done)
        self.best_ = self.table_.index[0]
        self.estimators_ = dict(estimators)
        self.estimators_ |= _fitted(tests)
        self.splits_ = splits
        self.classes_ = data.classes
        self.scoring_ = scoring
        self.X_, self.y_, self.X_test_, self.y_test_ = given
        self.random_state_ = random_state
        self.cv_ = cv
        self.versions_ = versions

    @cached_property
    def pairwise_(self):
        """Tests of all pairs; many are made when they are asked for only."""
        return pairwise_table(self.folds_, self.table_.index, self.scoring_[0])

    @cached_property
    def ranking_(self):
        """Who leads, who is not established to be worse, and remarks."""
        return Ranking(self)

    @property
    def verdict_(self):
        """What the comparison has shown, in one sentence."""
        return self.ranking_.verdict

    def intervals(self, score: str | None = None):
        """Return the means of a score over the folds, and how sure they are.

        Parameters
        ----------
        score : str, optional
            One of ``scoring_``; None: the first.

        Returns
        -------
        DataFrame
            One row per estimator, best first: ``score``, ``sd_low`` and ``sd_high`` (a
            standard deviation below and above), ``ci_low`` and ``ci_high`` (95 %
            confidence interval of the mean, corrected as in ``pairwise_``),
            ``fit_seconds``.

        Raises
        ------
        ValueError
            For a score that was not computed.
        """
        score = self.scoring_[0] if score is None else score
        if score not in self.scoring_:
            raise ValueError(
                f"score={score!r} was not computed, only {few(self.scoring_)}: name it "
                "in compare(..., scoring=...)."
            )
        return score_intervals(self.folds_, score).reindex(self.table_.index)

    def predictions_of(self, name: str | None = None) -> Predictions:
        """Return what one estimator said of the images that were left out.

        Parameters
        ----------
        name : str, optional
            Of the estimator; None: the best.

        Returns
        -------
        Predictions
            Its rows of ``predictions_`` with their images and probabilities.

        Raises
        ------
        ValueError
            For an unknown name.
        """
        name = self.best_ if name is None else name
        if name not in self.table_.index:
            self.check_names([name])
        rows = self.predictions_[self.predictions_["estimator"] == name]
        estimator = self.estimators_[name]
        asked = getattr(estimator, "image_shape", None)
        return Predictions(
            rows["y_true"].to_numpy(),
            rows["y_pred"].to_numpy(),
            self.probabilities_.get(name),
            self.classes_,
            self._decisions.get(name),
            indices=rows["row"].to_numpy(),
            X=self.X_,
            image_shape=getattr(estimator, "image_shape_", asked),
            name=name,
            note="out of fold",
            place=self.places_of([name])[name],
        )

    def check_names(self, names=None) -> list[str]:
        """Return names of estimators that worked on every fold.

        Parameters
        ----------
        names : str or sequence of str, optional
            None: all of them, the best first.

        Raises
        ------
        ValueError
            For an unknown name, and for an estimator that failed; with the names there
            are.
        """
        failed = self.folds_.loc[self.folds_["error"] != "", "estimator"].unique()
        # An estimator that failed on test images only has all there is to draw.
        able = self.table_.index[~self.table_.index.isin(failed)].tolist()
        if names is None:
            return able
        names = [names] if isinstance(names, str) else list(names)
        for name in names:
            if name not in self.table_.index:
                raise ValueError(
                    f"{name!r} is no estimator of this comparison: {few(able)}."
                )
            if name not in able:
                raise ValueError(
                    f"{name!r} failed in this comparison, there is nothing to draw: "
                    f"{self.table_['error'][name]}. Choose among {few(able)}."
                )
        return names

    def places_of(self, names) -> dict[str, int]:
        """Return the places of estimators in the table, from 0.

        They keep numbers and colours of these, whichever of them are drawn.
        """
        return {name: self.table_.index.get_loc(name) for name in names}

    def to_markdown(self) -> str:
        """Return the table in Markdown, rounded.

        Returns
        -------
        str
            One line per estimator; nothing needs to be installed for it.
        """
        return to_markdown(self.table_)

    def __repr__(self):
        n_estimators = plural(len(self.table_), "estimator")
        n_folds = plural(len(self.splits_), "fold")
        return f"<Comparison of {n_estimators} on {n_folds}. {self.verdict_}>"

    def _repr_html_(self):
        intervals = {score: self.intervals(score) for score in self.scoring_}
        return to_html(self.verdict_, self.table_, intervals)


def _fitted(tests: dict) -> dict:
    """Return fitted estimators by name; equal ones were fitted once, and are copied."""
    fitted, seen = {}, set()
    for name, outcome in tests.items():
        if outcome.estimator is not None:
            is_shared = id(outcome.estimator) in seen
            seen.add(id(outcome.estimator))
            own = deepcopy(outcome.estimator) if is_shared else outcome.estimator
            fitted[name] = own
    return fitted
