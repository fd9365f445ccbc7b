"""What is shown while a comparison runs, by a clock that the estimators turn."""

import re

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin

from skcnn import compare
from skcnn.base import stopwatch
from skcnn.base.told import heard_by, listener
from skcnn.comparison import _units


class Network(ClassifierMixin, BaseEstimator):
    """Takes so many seconds per epoch, tells of each, and then says the first class."""

    def __init__(self, seconds=10.0, epochs=4, fails=False):
        self.seconds = seconds
        self.epochs = epochs
        self.fails = fails

    def fit(self, X, y):
        if self.fails:
            raise ValueError("no luck")
        for epoch in range(1, self.epochs + 1):
            stopwatch.clock.now += self.seconds
            if listener() is not None:
                listener()(epoch / self.epochs, f"epoch {epoch} of {self.epochs}")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


SETTINGS = {"cv": 3, "scoring": "accuracy", "random_state": 0}


@pytest.fixture
def shown(rows, clock, stderr, monkeypatch):
    """Give a function that compares, and returns what was written to stderr."""
    monkeypatch.setattr(_units, "perf_counter", clock)

    def call(estimators, is_terminal, **settings):
        stream = stderr(is_terminal)
        compare(estimators, *rows, **SETTINGS | settings)
        return stream.getvalue()

    return call


def drawn(text):
    """Return percentage and texts of each bar that was drawn."""
    pattern = re.compile(r"(.*?) +(\d+)%\|.*\| \d\d:\d\d(?:, (.*?))? *$", re.MULTILINE)
    return [found.groups() for found in map(pattern.match, text.split("\r")) if found]


def test_the_bar_moves_within_a_fit_and_says_what_is_left(shown):
    bars = drawn(shown({"cnn": Network()}, is_terminal=True))
    assert bars[:6] == [
        ("", "0", None),
        ("cnn, fold 0", "0", "0/3 fits"),
        # Of the first fit the epochs tell what the others will take.
        ("cnn, fold 0", "8", "epoch 1 of 4, 0/3 fits, about 2 min left"),
        ("cnn, fold 0", "17", "epoch 2 of 4, 0/3 fits, about 2 min left"),
        ("cnn, fold 0", "25", "epoch 3 of 4, 0/3 fits, about 90 s left"),
        ("cnn, fold 0", "33", "epoch 4 of 4, 0/3 fits, about 80 s left"),
    ]
    assert ("cnn, fold 2", "100", "epoch 4 of 4, 2/3 fits") in bars
    assert bars[-1] == ("cnn, fold 2", "100", "3/3 fits")


def test_of_estimators_that_did_not_come_up_nobody_knows(shown):
    models = {"short": Network(), "long": Network(100.0)}
    texts = [text for *_, text in drawn(shown(models, is_terminal=True))]
    assert "epoch 2 of 4, 1/6 fits, over 60 s left" in texts
    assert "epoch 2 of 4, 4/6 fits, about 10 min left" in texts


def test_nothing_is_left_beyond_the_limit(shown):
    models = {"short": Network(), "long": Network(100.0)}
    texts = [text for *_, text in drawn(shown(models, True, max_seconds=600))]
    assert "epoch 1 of 4, 0/6 fits, at most 10 min left" in texts
    assert "epoch 4 of 4, 3/6 fits, at most 1 min left" not in texts
    assert "epoch 4 of 4, 3/6 fits, at most 80 s left" in texts


def test_a_log_has_one_line_per_fit(shown):
    models = {"cnn": Network(), "odd": Network(fails=True)}
    score = r"accuracy 0\.\d{4}, 40 s"
    lines = shown(models, is_terminal=False).splitlines()
    expected = [
        rf"\[1/6\] cnn, fold 0: {score}; over 80 s left",
        rf"\[2/6\] cnn, fold 1: {score}; over 40 s left",
        rf"\[3/6\] cnn, fold 2: {score}",
        *(
            rf"\[{4 + n}/6\] odd, fold {n}: failed \(ValueError: no luck\)"
            for n in range(3)
        ),
    ]
    assert len(lines) == 6
    assert all(map(re.fullmatch, expected, lines))


def test_what_the_store_has_is_counted_but_not_told(shown, tmp_path):
    shown({"a": Network()}, is_terminal=False, store=tmp_path)
    models = {"a": Network(), "b": Network(1.0)}
    lines = shown(models, is_terminal=False, store=tmp_path).splitlines()
    assert [line[: len("[4/6] b, fold 0")] for line in lines] == [
        f"[{4 + n}/6] b, fold {n}" for n in range(3)
    ]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_verbose_0_says_nothing_and_lets_others_listen(shown, is_terminal):
    heard = []
    with heard_by(lambda part, where: heard.append(where)):
        assert shown({"cnn": Network(epochs=1)}, is_terminal, verbose=0) == ""
    assert heard == ["epoch 1 of 1"] * 3


def test_fits_in_threads_move_the_bar_as_wholes(shown):
    with parallel_config("threading"):
        bars = drawn(shown({"cnn": Network()}, is_terminal=True, n_jobs=2))
    assert {percent for _, percent, _ in bars} <= {"0", "33", "67", "100"}
    assert bars[-1][1:] == ("100", "3/3 fits")
