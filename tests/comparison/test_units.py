import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import NetworkFeatures
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
    split = (TRAIN, TEST) if fold is not None else (None, None)
    return run_unit(Unit("id", "name", estimator, fold, *split), data, SCORERS, 0, keep)


def test_a_fold_is_fitted_on_its_rows_and_scored_on_the_others(data):
    id, outcome = run(GaussianNB(), data)
    model = GaussianNB().fit(data.X[TRAIN], data.y[TRAIN])
    assert id == "id"
    assert outcome.scores["accuracy"] == model.score(data.X[TEST], data.y[TEST])
    predicted = data.classes[outcome.codes]
    np.testing.assert_array_equal(predicted, model.predict(data.X[TEST]))
    expected = model.predict_proba(data.X[TEST])
    np.testing.assert_array_equal(outcome.probabilities, expected)
    assert outcome.fit_seconds > 0
    assert outcome.estimator is None


def test_test_images_are_judged_by_an_estimator_fitted_on_all(data):
    _, outcome = run(GaussianNB(), data, fold=None)
    assert len(outcome.codes) == 5
    assert outcome.estimator.class_count_.sum() == 60


def test_a_class_that_is_not_in_the_fold_has_probability_zero(data):
    known = np.flatnonzero(data.y != "spot")
    unit = Unit("id", "name", GaussianNB(), 0, known, TEST)
    _, outcome = run_unit(unit, data, SCORERS, 0, None)
    assert (outcome.probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(outcome.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("error", [ValueError, RuntimeError, MemoryError, ImportError])
def test_a_failure_is_an_outcome_of_one_line(error, failing, data):
    _, outcome = run(failing(error), data)
    assert outcome.error == f"{error.__name__}: no luck"
    assert np.isnan(outcome.scores["accuracy"])
    assert outcome.codes is None


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


def test_who_stops_the_program_stops_it(failing, data):
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
    one, other = (run(Gambler(), data)[1].codes.tolist() for _ in range(2))
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
