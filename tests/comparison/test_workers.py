"""Workers that are killed, as a system does that has no memory left."""

import os
import signal

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.naive_bayes import GaussianNB

from skcnn import compare

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
