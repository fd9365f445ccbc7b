"""What a store is for: a comparison that was stopped goes on where it was."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from skcnn import compare

# Three classifiers of two test rows each; every fit adds a line to a file.
MODULE = """
import os
import time
from pathlib import Path

from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer


class Slow(GaussianNB):
    def __init__(self, log, smoothing, random_state=None):
        super().__init__(var_smoothing=smoothing)
        self.log = log
        self.smoothing = smoothing
        self.random_state = random_state

    @classmethod
    def _get_param_names(cls):
        return ["log", "random_state", "smoothing"]

    def fit(self, X, y):
        n_fits = Path(self.log).read_text().count("fit")
        if os.environ.get("HANGS_AFTER") == str(n_fits):
            time.sleep(600)
        # A set of text has an order of its own in every process: ids must not.
        assert set(y) != {"left", "spot", "top"}
        with Path(self.log).open("a") as file:
            file.write("fit\\n")
        return super().fit(X, y)


def estimators(log):
    return {f"slow-{s}": Slow(log, s) for s in (1e-9, 0.1, 10.0)}


def data():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X[:200], y[:200]
"""
SCRIPT = """
import sys

sys.path.insert(0, sys.argv[1])
from slow_classifiers import data, estimators
from skcnn import compare

compare(estimators(sys.argv[2]), *data(), cv=4, store=sys.argv[3], verbose=0)
"""


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """Give the module of `MODULE`, importable here and in other processes."""
    (tmp_path / "slow_classifiers.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("slow_classifiers", None)
    import slow_classifiers

    yield slow_classifiers
    del sys.modules["slow_classifiers"]


def kill_half_way(tmp_path, log, store):
    """Run `SCRIPT` in a process and kill it in the eighth of its twelve fits."""
    log.write_text("")
    environment = {"PYTHONPATH": os.pathsep.join(["", *sys.path]), "HANGS_AFTER": "7"}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(log), str(store)],
        env={**os.environ, **environment},
    )
    deadline = time.monotonic() + 120
    while len(list(store.glob("*.npz"))) < 7:
        assert process.poll() is None, "the process ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_what_was_killed_goes_on_and_nothing_is_fitted_again(slow, tmp_path):
    log, store = tmp_path / "log", tmp_path / "store"
    kill_half_way(tmp_path, log, store)
    n_kept, n_fitted = len(list(store.glob("*.npz"))), len(log.read_text().split())
    assert n_kept == n_fitted == 7

    def again():
        log.write_text("")
        estimators = slow.estimators(str(log))
        done = compare(estimators, *slow.data(), cv=4, store=store, verbose=0)
        return done, len(log.read_text().split())

    finished, n_fits = again()
    assert n_fits == 12 - n_kept
    # Once more: all of it is there, its seconds too.
    same, n_fits = again()
    assert n_fits == 0
    for name in ("table_", "folds_", "predictions_", "pairwise_"):
        assert_frame_equal(getattr(same, name), getattr(finished, name))
    # The seed was drawn by the process that was killed.
    estimators = slow.estimators(str(log))
    seed = finished.random_state_
    never_stopped = compare(
        estimators, *slow.data(), cv=4, random_state=seed, verbose=0
    )
    assert_frame_equal(never_stopped.predictions_, finished.predictions_)
    columns = ["id", *finished.scoring_]
    assert_frame_equal(never_stopped.folds_[columns], finished.folds_[columns])


@pytest.fixture
def stored(told, shapes, tmp_path):
    """Give a function that compares within one store, with changes by name."""

    def run(**changes):
        given = {"estimators": {"told": told}, "X": shapes[0], "y": shapes[1]} | changes
        told.calls.clear()
        settings = {"cv": 2, "random_state": 0, "store": tmp_path, "verbose": 0}
        done = compare(**settings | given)
        return done, sum(call[0] == "fit" for call in told.calls)

    return run


def test_all_that_decides_a_result_is_part_of_its_id(stored, told, shapes):
    X, y = shapes
    assert stored()[1] == 2
    assert stored()[1] == 0
    assert stored(verbose=0, n_jobs=1, estimators=[told])[1] == 0
    for changes in (
        {"X": X[:, ::-1]},
        {"y": y[::-1]},
        {"X": X.astype(float)},
        {"cv": 3},
        {"scoring": "accuracy"},
        {"random_state": 1},
        {"estimators": [type(told)(random_state=9)]},
    ):
        assert stored(**changes)[1] > 0, changes
        assert stored(**changes)[1] == 0, changes
    assert stored()[1] == 0


def test_other_groups_are_other_folds(stored):
    groups = np.arange(60) % 6
    cv = GroupKFold(2)
    assert stored(cv=cv, groups=groups)[1] == 2
    assert stored(cv=cv, groups=list(groups))[1] == 0
    assert stored(cv=cv, groups=np.arange(60) // 10)[1] == 2


def scaled(told, code, **around):
    """Return a pipeline of a function `f` out of code, and the classifier."""
    space = {"__name__": "mine", **around}
    exec(code, space)
    return make_pipeline(FunctionTransformer(space["f"]), told)


def test_helpers_that_a_function_calls_decide_a_result(stored, told):
    code = "def g(X): return X * {}\ndef f(X): return g(X)"
    assert stored(estimators=[scaled(told, code.format(1))])[1] == 2
    assert stored(estimators=[scaled(told, code.format(1))])[1] == 0
    assert stored(estimators=[scaled(told, code.format(2))])[1] == 2


def test_what_has_no_fingerprint_is_computed_and_not_stored(stored, told, tmp_path):
    drawn = iter(range(1, 100))
    mine = scaled(told, "def f(X): return X * next(drawn)", drawn=drawn)
    estimators = {"mine": mine, "told": told}
    for n_fits in (4, 2):
        with pytest.warns(RuntimeWarning) as caught:
            done, n = stored(estimators=estimators)
        assert n == n_fits
        (warned,) = caught
        assert str(warned.message) == (
            "Results of 'mine' are computed, but not stored, since nobody can tell "
            "whether they are asked for again: steps[0][1].func.__globals__['drawn'] "
            "is a range_iterator: what it will do cannot be told."
        )
        assert not done.table_["error"].any()
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_scores_without_a_fingerprint_are_not_stored(stored, tmp_path):
    drawn = iter(range(100))
    scoring = {"drawn": lambda estimator, X, y: next(drawn)}
    with pytest.warns(RuntimeWarning, match="Results of these scores are computed"):
        stored(scoring=scoring)
    assert not list(tmp_path.glob("*.npz"))


def test_estimators_can_be_added(stored, told):
    first, _ = stored()
    more, n_fits = stored(estimators={"told": told, "bayes": DecisionTreeClassifier()})
    assert n_fits == 0
    own = more.folds_.query("estimator == 'told'").reset_index(drop=True)
    assert_frame_equal(own, first.folds_)


def test_a_seed_that_was_drawn_stays_with_the_images(stored, shapes):
    first, _ = stored(random_state=None)
    again, n_fits = stored(random_state=None)
    assert (n_fits, again.random_state_) == (0, first.random_state_)
    other, _ = stored(random_state=None, X=shapes[0][:, ::-1])
    assert other.random_state_ != first.random_state_


def test_a_damaged_file_is_computed_again(stored, tmp_path):
    first, _ = stored()
    path = tmp_path / f"{first.folds_['id'][1]}.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        again, n_fits = stored()
    assert n_fits == 1
    assert_frame_equal(again.predictions_, first.predictions_)
    assert stored()[1] == 0


def test_what_failed_is_tried_again(stored, told, failing):
    lucky = []
    bad = failing(works=lambda y: bool(lucky))
    first, _ = stored(estimators={"told": told, "bad": bad})
    assert first.table_.loc["bad", "error"] == "ValueError: no luck"
    lucky.append(True)
    again, n_fits = stored(estimators={"told": told, "bad": bad})
    assert n_fits == 0
    assert again.table_.loc["bad", "error"] == ""


def test_test_scores_are_kept_and_fitted_estimators_are_not(stored, shapes):
    X, y = shapes
    first, n_fits = stored(X_test=X[::3], y_test=y[::3])
    assert n_fits == 3
    check_is_fitted(first.estimators_["told"], "classes_")
    again, n_fits = stored(X_test=X[::3], y_test=y[::3])
    assert n_fits == 0
    assert_frame_equal(again.table_, first.table_)
    assert not hasattr(again.estimators_["told"], "classes_")
    # Other test images: the folds are known, and one fit is left to do.
    other, n_fits = stored(X_test=X[1::3], y_test=y[1::3])
    assert n_fits == 1
    assert_frame_equal(other.folds_, first.folds_)


def test_nothing_lies_about_in_the_store(stored, tmp_path):
    stored(random_state=None)
    names = sorted(path.suffix for path in Path(tmp_path).iterdir())
    assert names == [".json", ".npz", ".npz"]


def test_histories_come_back_from_the_store(make_cnn, shapes, tmp_path):
    def run():
        cnn = make_cnn(epochs=1)
        return compare([cnn], *shapes, cv=2, random_state=0, store=tmp_path, verbose=0)

    first, again = run(), run()
    assert_frame_equal(first.histories_, again.histories_)
    assert_frame_equal(first.table_, again.table_)
    name = first.best_
    np.testing.assert_array_equal(
        first.probabilities_[name], again.probabilities_[name]
    )


def test_equal_estimators_are_fitted_once(stored, told):
    done, n_fits = stored(estimators={"a": told, "b": told, "bayes": GaussianNB()})
    assert n_fits == 2
    assert len(done.folds_) == 6
