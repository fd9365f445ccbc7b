"""What a store is for: a search that was stopped goes on, and ends with its table."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import FitFailedWarning

from skcnn import ContinuingSearchCV

PARAMS = {"quality": [0.1, 0.5, 0.3, 0.7, 0.2, 0.6]}
# 6 candidates to epoch 3, then 2 of them to epoch 9, on two folds; the refit is a fit.
N_TRAINED = 6 * 2 * 3 + 2 * 2 * 6


@pytest.fixture
def stored(learner, calls, table, tmp_path):
    """Give a function that searches within one store, and counts the epochs."""

    def run(X=table[0], y=table[1], fit_params=None, **changes):
        calls.made.clear()
        settings = {"cv": 2, "max_epochs": 9, "random_state": 0, "store": tmp_path}
        search = ContinuingSearchCV(learner, PARAMS, **settings | changes)
        search.fit(X, y, **fit_params or {})
        return search, sum(made[0] == "partial_fit" for made in calls.made)

    return run


def without_times(search):
    """Return the table without times."""
    results = {k: v for k, v in search.cv_results_.items() if "_time" not in k}
    return pd.DataFrame(results).map(repr)


def test_what_is_there_is_not_trained_again(stored):
    first, n_trained = stored()
    assert n_trained == N_TRAINED
    again, n_trained = stored()
    assert n_trained == 0
    assert without_times(first).equals(without_times(again))
    # Times are those of the training.
    times = [one.cv_results_["mean_fit_time"] for one in (first, again)]
    np.testing.assert_array_equal(*times)


@pytest.mark.parametrize("n_done", [0, 1, 5, 17, 35, 36, 41, 50, 59])
def test_a_search_that_was_interrupted_goes_on(n_done, stored, calls, tmp_path):
    never_stopped, _ = stored(store=tmp_path / "other")

    def stop(name):
        if len(calls.made) > n_done:
            raise KeyboardInterrupt

    calls.seconds = stop
    with pytest.raises(KeyboardInterrupt):
        stored()
    calls.seconds = None
    search, n_trained = stored()
    assert without_times(search).equals(without_times(never_stopped))
    assert search.best_params_ == never_stopped.best_params_
    # A unit has three epochs or six, and one is lost at most.
    assert N_TRAINED - n_done <= n_trained <= N_TRAINED - n_done + 6


def test_all_that_decides_a_result_is_part_of_its_id(stored, table):
    X, y = table
    assert stored()[1] > 0
    assert stored(verbose=0, n_jobs=1, refit=False)[1] == 0
    for changes in (
        {"X": X + 1},
        {"y": y[::-1]},
        {"cv": 3},
        {"scoring": "accuracy"},
        {"random_state": 1},
        {"max_epochs": 12},
        {"fit_params": {"sample_weight": np.arange(60.0)}, "scoring": weighted},
    ):
        assert stored(**changes)[1] > 0, changes
        assert stored(**changes)[1] == 0, changes
    assert stored()[1] == 0


def weighted(model, X, y, sample_weight=None):
    """Score with weights."""
    return model.quality


def test_another_policy_takes_what_it_can_use(stored):
    stored()
    search, n_trained = stored(policy="grid", refit=False)
    assert search.cv_results_["n_epochs"].tolist() == [9] * 6
    # The two that had come to their end came another way.
    assert n_trained == 6 * 2 * 9


def test_candidates_can_be_added(stored, learner, table, tmp_path):
    stored()
    more = {"quality": [*PARAMS["quality"], 0.9]}
    search, n_trained = None, 0
    search = ContinuingSearchCV(
        learner, more, cv=2, max_epochs=9, random_state=0, store=tmp_path, refit=False
    )
    learner.calls.made.clear()
    search.fit(*table)
    n_trained = len(learner.calls.made)
    # 0.9 and one more of the others are trained; nothing else is.
    assert n_trained <= 2 * 9 + 2 * 9
    assert search.best_params_ == {"quality": 0.9}


def test_nothing_but_results_is_left(stored, tmp_path):
    stored()
    names = [path.suffix for path in tmp_path.iterdir()]
    assert set(names) == {".json"}
    assert len(names) == 6 * 2 + 2 * 2


def test_checkpoints_of_losers_are_deleted(stored, calls, tmp_path):
    def stop(name):
        if len(calls.made) > 6 * 2 * 3:
            raise KeyboardInterrupt

    calls.seconds = stop
    with pytest.raises(KeyboardInterrupt):
        stored()
    # Two candidates go on, on two folds.
    assert len(list(tmp_path.glob("*.state"))) == 4


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_lost_checkpoint_is_trained_again(damage, stored, calls, tmp_path):
    never_stopped, _ = stored(store=tmp_path / "other")

    def stop(name):
        if len(calls.made) > 6 * 2 * 3:
            raise KeyboardInterrupt

    calls.seconds = stop
    with pytest.raises(KeyboardInterrupt):
        stored()
    calls.seconds = None
    for path in tmp_path.glob("*.state"):
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:50])
    if damage == "cut":
        with pytest.warns(RuntimeWarning, match="cannot be read"):
            search, n_trained = stored()
    else:
        search, n_trained = stored()
    assert n_trained == 2 * 2 * 9
    assert without_times(search).equals(without_times(never_stopped))


def test_a_damaged_result_is_computed_again(stored, tmp_path):
    first, _ = stored()
    path = min(tmp_path.glob("*.json"))
    path.write_text(path.read_text()[:50])
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        again, n_trained = stored()
    assert n_trained in (3, 9)
    assert without_times(first).equals(without_times(again))


def test_results_are_json(stored, tmp_path):
    stored()
    for path in tmp_path.glob("*.json"):
        assert json.loads(path.read_text())["id"] == path.stem


def test_a_seed_that_was_drawn_stays_with_the_images(stored, table):
    first, _ = stored(random_state=None)
    again, n_trained = stored(random_state=None)
    assert (n_trained, again.random_state_) == (0, first.random_state_)
    other, _ = stored(random_state=None, X=table[0] + 1)
    assert other.random_state_ != first.random_state_


def test_what_failed_is_tried_again(stored, calls):
    calls.fails = lambda quality, epoch: quality == 0.7
    with pytest.warns((FitFailedWarning, UserWarning)):
        first, _ = stored()
    assert first.best_params_ == {"quality": 0.6}
    calls.fails = None
    again, n_trained = stored()
    assert n_trained == 2 * 9
    assert again.best_params_ == {"quality": 0.7}


def test_scores_without_a_fingerprint_are_not_stored(stored, tmp_path):
    drawn = iter(range(1000))
    with pytest.warns(RuntimeWarning, match="Results of these scores are computed"):
        stored(scoring=lambda model, X, y: next(drawn))
    assert not list(tmp_path.glob("*.json"))


def test_a_folder_that_cannot_be_made_is_told_before_any_training(
    stored, calls, tmp_path
):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"store=.*is no folder"):
        stored(store=tmp_path / "file")
    assert not calls.made


# --- killed processes -----------------------------------------------------------------

SCRIPT = """
import sys

from sklearn.datasets import load_digits
from skcnn import CNNClassifier, ContinuingSearchCV

X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8)
model = CNNClassifier(filters=(8,), convs_per_block=1, epochs=9, augment=None)
grid = {"kernel_size": [3, 5], "learning_rate": [1e-4, 1e-3, 4e-3, 2e-2]}
search = ContinuingSearchCV(model, grid, cv=2, random_state=0, store=sys.argv[1])
search.fit(X[:200], y[:200])
results = {k: v for k, v in search.cv_results_.items() if "_time" not in k}
for name in ("split0_history", "split1_history"):
    results[name] = [one.drop(columns="seconds").to_json() for one in results[name]]
print({k: list(v) for k, v in results.items()})
"""


def start(store):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(store)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["", *sys.path])},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_search_that_is_killed_again_and_again_ends_with_the_same_table(tmp_path):
    expected = start(tmp_path / "never").communicate()[0]
    assert "mean_test_score" in expected
    store, rng = tmp_path / "killed", np.random.default_rng(0)
    n_units = 8 * 2 + 3 * 2
    for n_least in np.sort(rng.integers(1, n_units, 10)):
        process = start(store)
        deadline = time.monotonic() + 300
        while len(list(Path(store).glob("*.json"))) < n_least:
            if process.poll() is not None:
                break
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()  # closes the pipe, too
    assert start(store).communicate()[0] == expected
