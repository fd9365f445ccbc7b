import os
import signal

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import NetworkFeatures, compare
from skcnn.comparison._units import (
    Data,
    Unit,
    numpy_seeded,
    run_unit,
)

TRAIN, TEST = np.arange(0, 60, 2), np.arange(1, 60, 2)
SCORERS = {"accuracy": "accuracy"}


@pytest.fixture
def data(rows):
    """Give `rows` as the data of a comparison."""
    X, y = rows
    return Data(X, y, np.unique(y), X[:5], y[:5])


def run(estimator, data, fold=0, keep=None):
    """Return the outcome of one unit."""
    split = (np.arange(60), np.arange(5)) if fold is None else (TRAIN, TEST)
    return run_unit(Unit("id", "name", estimator, fold, *split), data, SCORERS, 0, keep)


def test_a_fold_is_fitted_on_its_rows_and_scored_on_the_others(data):
    id, outcome = run(GaussianNB(), data)
    model = GaussianNB().fit(data.X[TRAIN], data.y[TRAIN])
    assert id == "id"
    assert outcome.scores["accuracy"] == model.score(data.X[TEST], data.y[TEST])
    said = outcome.predictions
    np.testing.assert_array_equal(said.y_pred, model.predict(data.X[TEST]))
    expected = model.predict_proba(data.X[TEST])
    np.testing.assert_array_equal(said.proba, expected)
    np.testing.assert_array_equal(said.y_true, data.y[TEST])
    np.testing.assert_array_equal(said.indices, TEST)
    assert said.X is None
    assert outcome.fit_seconds > 0
    assert outcome.estimator is None


def test_test_images_are_judged_by_an_estimator_fitted_on_all(data):
    _, outcome = run(GaussianNB(), data, fold=None)
    assert outcome.predictions.indices.tolist() == [0, 1, 2, 3, 4]
    assert outcome.estimator.class_count_.sum() == 60


def test_a_class_that_is_not_in_the_fold_has_probability_zero(data):
    known = np.flatnonzero(data.y != "spot")
    unit = Unit("id", "name", GaussianNB(), 0, known, TEST)
    _, outcome = run_unit(unit, data, SCORERS, 0, None)
    proba = outcome.predictions.proba
    assert (proba[:, 1] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


@pytest.mark.parametrize("error", [ValueError, RuntimeError, MemoryError, ImportError])
def test_a_failure_is_an_outcome_of_one_line(error, failing, data):
    _, outcome = run(failing(error), data)
    assert outcome.error == f"{error.__name__}: no luck"
    assert np.isnan(outcome.scores["accuracy"])
    assert outcome.predictions is None


def test_a_failure_says_where_it_was(failing, data):
    _, outcome = run(failing(), data)
    assert "in fit\n" in outcome.traceback
    assert outcome.traceback.endswith("ValueError: no luck\nat all\n")
    assert run(GaussianNB(), data)[1].traceback == ""


def test_a_score_that_fails_says_where_it_was(data):
    def has_bug(estimator, X, y):
        return estimator.no_such_thing

    unit = Unit("id", "name", GaussianNB(), 0, TRAIN, TEST)
    _, outcome = run_unit(unit, data, {**SCORERS, "bug": has_bug}, 0, None)
    assert outcome.error.startswith("bug: AttributeError: ")
    assert "in has_bug\n" in outcome.traceback


def test_a_long_traceback_is_cut_at_its_beginning(failing, data):
    estimator = failing(lambda text: ValueError("x" * 10**6 + "end"))
    _, outcome = run(estimator, data)
    assert len(outcome.traceback) == 10_000
    assert outcome.traceback.endswith("end\n")


def test_who_stops_the_model_stops_it(failing, data):
    with pytest.raises(KeyboardInterrupt):
        run(failing(KeyboardInterrupt), data)


def test_predictions_that_are_no_labels_are_a_failure(data):
    class Stranger(GaussianNB):
        def predict(self, X):
            return np.repeat("ring", len(X))

    _, outcome = run(Stranger(), data)
    assert "predict gave ['ring'" in outcome.error


def test_what_worked_is_kept_and_nothing_else(failing, data):
    kept = []
    run(GaussianNB(), data, keep=lambda *pair: kept.append(pair))
    run(failing(), data, keep=lambda *pair: kept.append(pair))
    assert [id for id, _ in kept] == ["id"]


def test_hidden_draws_are_seeded_and_the_global_state_is_as_it_was(data):
    class Gambler(GaussianNB):
        def predict(self, X):
            return np.random.choice(self.classes_, len(X))  # noqa: NPY002

    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    one, other = (run(Gambler(), data)[1].predictions.y_pred.tolist() for _ in range(2))
    assert one == other
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_the_global_state_comes_back_after_an_error():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    with pytest.raises(KeyError), numpy_seeded(0):
        raise KeyError
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_weights_and_history_of_a_network_count_wherever_it_was_fitted(
    fitted_cnn, make_cnn, data, shapes
):
    features = NetworkFeatures(make_cnn())
    below = make_pipeline(features, GaussianNB())
    frozen = make_pipeline(FrozenEstimator(clone(features).fit(*shapes)), GaussianNB())
    for estimator, n_networks in (
        (make_cnn(), 1),
        (below, 1),
        (GridSearchCV(below, {}, cv=2), 1),
        (frozen, 1),
        (VotingClassifier([("a", below), ("b", frozen)]), 2),
    ):
        _, outcome = run(estimator, data)
        assert outcome.error == ""
        assert outcome.n_parameters == n_networks * fitted_cnn.n_parameters_
        assert outcome.history["epoch"] == [1, 2]


def test_what_names_its_own_weights_is_not_looked_into(fitted_cnn, data):
    class Counting(GaussianNB):
        def fit(self, X, y):
            self.network_, self.n_parameters_ = fitted_cnn, 5
            return super().fit(X, y)

    assert run(Counting(), data)[1].n_parameters == 5


@pytest.mark.parametrize("fold", [0, None])
def test_estimators_may_write_to_their_images_and_not_to_the_callers(fold, data):
    before = data.X.copy(), data.X_test.copy()
    pipeline = make_pipeline(StandardScaler(copy=False), GaussianNB())
    _, outcome = run(pipeline, data, fold)
    assert outcome.error == ""
    np.testing.assert_array_equal(data.X, before[0])
    np.testing.assert_array_equal(data.X_test, before[1])


# --- workers that are killed, as a system does that has no memory left ----------------


QUIET = {"cv": 2, "random_state": 0, "n_jobs": 2, "scoring": "accuracy", "verbose": 0}


class Killed(GaussianNB):
    """Ends its process in fit where the first row is not a given one."""

    def __init__(self, unless=None, parent=None):
        super().__init__()
        self.unless = unless
        self.parent = parent

    @classmethod
    def _get_param_names(cls):
        return ["parent", "unless"]

    def fit(self, X, y):
        assert os.getpid() != self.parent, "this would end the tests"
        if X[0, 0] != self.unless:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


class Once(GaussianNB):
    """Ends its process in its first fit of all."""

    def __init__(self, flag=None, parent=None):
        super().__init__()
        self.flag = flag
        self.parent = parent

    @classmethod
    def _get_param_names(cls):
        return ["flag", "parent"]

    def fit(self, X, y):
        assert os.getpid() != self.parent, "this would end the tests"
        try:
            os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return super().fit(X, y)
        os._exit(9)


@pytest.fixture
def points():
    """Give X (12, 1), whose values are 0, 1, ..., and y."""
    return np.arange(12.0)[:, None], np.tile([0, 1], 6)


def test_a_killed_worker_costs_its_own_unit_alone(points, tmp_path):
    killed = Killed(unless=0, parent=os.getpid())
    estimators = {"a": GaussianNB(), "killed": killed, "b": GaussianNB(var_smoothing=1)}
    splits = [(np.arange(6, 12), np.arange(6)), (np.arange(6), np.arange(6, 12))]
    settings = {**QUIET, "cv": splits}
    with pytest.warns(RuntimeWarning, match="'killed' on fold 0.* smaller n_jobs"):
        done = compare(estimators, *points, store=tmp_path, **settings)
    folds = done.folds_.set_index(["estimator", "fold"])
    assert folds.index[folds["error"] != ""].tolist() == [("killed", 0)]
    assert np.isnan(folds["accuracy"]["killed", 0])
    assert done.table_.loc["killed", "error"].startswith("fold 0: Killed: its process")
    assert "memory" in done.table_.loc["killed", "error"]
    assert len(list(tmp_path.glob("*.npz"))) == 5
    # What the others are does not depend on the death.
    del estimators["killed"]
    expected = compare(estimators, *points, **{**settings, "n_jobs": None})
    predicted = done.predictions_.query("estimator != 'killed'")
    assert_frame_equal(predicted.reset_index(drop=True), expected.predictions_)


@pytest.mark.slow
def test_what_was_killed_by_chance_is_done_again(points, tmp_path):
    once = Once(flag=str(tmp_path / "flag"), parent=os.getpid())
    with pytest.warns(RuntimeWarning, match="They are done again"):
        done = compare({"once": once, "b": GaussianNB()}, *points, **QUIET)
    assert done.table_["error"].tolist() == ["", ""]


@pytest.mark.slow
def test_where_every_worker_is_killed_the_comparison_ends_and_says_so(points):
    killed = Killed(parent=os.getpid())
    splits = [(np.arange(6), np.arange(6, 12))]
    with (
        pytest.warns(RuntimeWarning, match="A worker was killed"),
        pytest.raises(ValueError, match=r"Every estimator failed:\nkilled: Killed"),
    ):
        compare({"killed": killed}, *points, **{**QUIET, "cv": splits})
