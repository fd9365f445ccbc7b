"""Comparisons within a time limit, by a clock that the estimators turn."""

import re

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from skcnn import compare
from skcnn.base import stopwatch
from skcnn.comparison import _units


class Slow(ClassifierMixin, BaseEstimator):
    """Takes so many seconds per row to fit, and then says the first class."""

    def __init__(self, seconds=1.0, fails=False):
        self.seconds = seconds
        self.fails = fails

    def fit(self, X, y):
        stopwatch.clock.now += self.seconds * len(X)
        if self.fails:
            raise ValueError("no luck")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


SETTINGS = {"cv": 3, "scoring": "accuracy", "random_state": 0, "verbose": 0}


@pytest.fixture
def compared(rows, clock, monkeypatch):
    """Give a function that compares slow ones: 40 rows of 60 are a fold's."""
    monkeypatch.setattr(_units, "perf_counter", clock)
    X, y = rows

    def call(estimators, max_seconds, **others):
        return compare(estimators, X, y, max_seconds=max_seconds, **SETTINGS, **others)

    return call


def test_no_fit_begins_that_would_not_be_ready(compared, clock):
    estimators = {"one": Slow(1.0), "two": Slow(2.0), "three": Slow(0.1)}
    # Three folds of 40 s, one of 80; the next one of 80 would not be ready.
    comparison = compared(estimators, 250)
    assert clock.now == 3 * 40 + 80 + 3 * 4
    errors = comparison.folds_.set_index("estimator")["error"]
    assert (errors[["one", "three"]] == "").all()
    assert errors["two"].str.startswith("not begun").tolist() == [False, True, True]
    assert comparison.left_out_ == ["two"]
    assert comparison.table_.index[-1] == "two"
    assert comparison.table_["error"]["two"].startswith("fold 1, 2: not begun")
    remarks = " ".join(comparison.ranking_.remarks)
    assert re.search(r"two did not come up: fold 1, 2: not begun", remarks)


def test_the_next_call_with_the_same_store_goes_on(compared, clock, tmp_path):
    estimators = {"one": Slow(1.0), "two": Slow(2.0)}
    compared(estimators, 150, store=tmp_path)
    spent, clock.now = clock.now, 0.0
    assert spent == 3 * 40 + 80
    comparison = compared(estimators, 100, store=tmp_path)
    assert clock.now == 80
    comparison = compared(estimators, 1000, store=tmp_path)
    assert clock.now == 2 * 80
    assert comparison.left_out_ == []
    assert comparison.table_["accuracy"].notna().all()


def test_what_the_store_tells_counts_for_the_seconds_expected(
    compared, clock, tmp_path
):
    compared({"one": Slow(1.0)}, 30, store=tmp_path)  # one fold has begun
    clock.now = 0.0
    with_more = compared({"one": Slow(1.0)}, 39, store=tmp_path)
    assert clock.now == 0.0
    assert with_more.left_out_ == ["one"]


def test_all_rows_take_longer_than_those_of_a_fold(compared, clock, rows):
    X, y = rows
    comparison = compared({"one": Slow(1.0)}, 179, X_test=X, y_test=y)
    assert clock.now == 3 * 40  # 60 rows would take until 180
    assert "test images: not begun" in comparison.table_["error"]["one"]
    assert np.isnan(comparison.table_["test_accuracy"]["one"])


def test_who_has_failed_is_not_left_out(compared):
    estimators = {"one": Slow(1.0), "bad": Slow(1.0, fails=True), "two": Slow(0.9)}
    comparison = compared(estimators, 140)
    assert comparison.left_out_ == ["two"]
    assert "no luck" in comparison.table_["error"]["bad"]


def test_a_limit_that_is_not_reached_changes_nothing(compared):
    free, limited = (compared({"one": Slow()}, limit) for limit in (None, 1e6))
    columns = ["estimator", "fold", "accuracy", "fit_seconds", "error"]
    assert limited.folds_[columns].equals(free.folds_[columns])
    assert limited.left_out_ == free.left_out_ == []


def test_without_time_for_a_single_fold_there_is_nothing_to_compare(compared):
    slow_then_none = {"bad": Slow(1.0, fails=True), "two": Slow(1.0)}
    with pytest.raises(TimeoutError, match="max_seconds was over before a single fold"):
        compared(slow_then_none, 10)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_numbers_that_are_no_limit_are_refused(compared, limit):
    with pytest.raises(ValueError, match="Pass max_seconds=60"):
        compared({"one": Slow()}, limit)


def test_what_is_no_number_is_refused(compared):
    with pytest.raises(TypeError, match="Pass max_seconds=60"):
        compared({"one": Slow()}, "600")
