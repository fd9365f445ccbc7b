"""SIGINT at any moment: every later call works, and gives the bits of a fresh one."""

import gc
import signal

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skcnn import SVMClassifier, compare, load, save

# A destructor swallows what is raised in it; Python says so.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)

# What is too long for a short run, or what tests/training/test_interrupts.py has.
whole_only = pytest.mark.parametrize(
    "effort", [pytest.param("whole", marks=pytest.mark.trust)], indirect=True
)


def interrupt():
    """Do what Python does when Ctrl-C is pressed."""
    signal.raise_signal(signal.SIGINT)


def draw_moments(n_calls, n_moments, seed=0):
    """Return sorted moments: one at random in each of `n_moments` equal parts."""
    draws = np.random.default_rng(seed).uniform(0, 1, n_moments)
    return ((np.arange(n_moments) + draws) * n_calls / n_moments).astype(int) + 1


@pytest.fixture
def interrupted(moments):
    """Give a function that interrupts calls at moments; it returns what happened.

    `before` and `check` run before and after each of them.
    """
    count_calls, stopped_at = moments

    def run(act, n_moments, check, before=lambda: None):
        before()
        act()
        before()
        n_calls = count_calls(act)
        outcomes = {"interrupted": 0, "finished": 0}
        for moment in draw_moments(n_calls, n_moments):
            before()
            try:
                stopped_at(moment, interrupt, act)
                outcomes["finished"] += 1
            except KeyboardInterrupt:
                outcomes["interrupted"] += 1
            except SystemError as error:
                # What Python makes of one that is raised inside a call of C by C,
                # where a real interrupt waits.
                if "an exception set" not in str(error):
                    raise
                outcomes["interrupted"] += 1
            check()
        return f"{n_moments} interrupts, {outcomes['finished']} came too late, 0 wrong"

    return run


@whole_only
@pytest.mark.parametrize("checkpoint_dir", [None, "checkpoints"])
@pytest.mark.parametrize("start", ["cold", "warm"])
def test_after_an_interrupted_fit_the_next_one_is_as_ever(
    start, checkpoint_dir, interrupted, cnn, images, bits, pool, effort, tmp_path
):
    X, y = images
    expected = bits(cnn().fit(X, y))
    folder = checkpoint_dir and tmp_path
    kept = cnn().fit(X, y)

    def check():
        assert bits(cnn(checkpoint_dir=folder).fit(X, y)) == expected
        assert bits(kept) == expected
        assert list(tmp_path.iterdir()) == []

    def act():
        kept.set_params(checkpoint_dir=folder).fit(X, y)

    before = pool.clear if start == "cold" else lambda: None
    done = interrupted(act, effort(2, 150), check, before)
    effort.say(f"interrupts: {start} fit, checkpoint_dir={checkpoint_dir}: {done}")


@whole_only
def test_after_an_interrupted_prediction_the_next_one_is_as_ever(
    interrupted, cnn, images, pool, effort
):
    X, y = images
    clf = cnn().fit(X, y)
    expected = clf.predict_proba(X).tobytes()

    def check():
        assert clf.predict_proba(X).tobytes() == expected

    def cold():
        gc.collect()  # an interrupted prediction holds its network until then
        pool.clear()

    done = interrupted(lambda: clf.predict_proba(X), effort(2, 60), check, cold)
    effort.say(f"interrupts: cold predict: {done}")


def test_after_an_interrupted_save_the_file_is_the_old_one_or_the_new_one(
    interrupted, cnn, images, effort, tmp_path
):
    X, y = images
    path, new = tmp_path / "model.skcnn", cnn().fit(X, y)
    save(cnn(random_state=1).fit(X, y), path)
    old = path.read_bytes()
    save(new, path)
    whole = {old, path.read_bytes()}

    def check():
        assert path.read_bytes() in whole
        assert list(tmp_path.iterdir()) == [path]

    def before():
        path.write_bytes(old)

    done = interrupted(lambda: save(new, path), effort(5, 150), check, before)
    effort.say(f"interrupts: save: {done}")


@whole_only
def test_after_an_interrupted_load_the_next_one_is_as_ever(
    interrupted, cnn, images, pool, effort, tmp_path
):
    X, y = images
    path, clf = tmp_path / "model.skcnn", cnn().fit(X, y)
    save(clf, path)
    expected = clf.predict_proba(X).tobytes()

    def act():
        return load(path).predict_proba(X).tobytes()

    def check():
        assert act() == expected

    done = interrupted(act, effort(2, 60), check, pool.clear)
    effort.say(f"interrupts: load and predict: {done}")


@whole_only
def test_an_interrupted_comparison_goes_on_and_ends_the_same(
    interrupted, cnn, images, effort, tmp_path
):
    X, y = images
    scores = ["accuracy", "neg_log_loss"]
    seconds = ["fit_seconds", "predict_seconds"]

    def act(store):
        estimators = {"cnn": cnn(), "svm": SVMClassifier()}
        done = compare(
            estimators, X, y, cv=2, scoring=scores, random_state=0, verbose=0,
            store=store,
        )  # fmt: skip
        return done.folds_.drop(columns=seconds, errors="ignore").to_csv()

    expected, calls = act(None), iter(range(10**6))
    folder = None

    def before():
        nonlocal folder
        folder = tmp_path / str(next(calls))

    def check():
        assert act(folder) == expected
        assert not list(folder.glob(".*"))

    done = interrupted(lambda: act(folder), effort(2, 60), check, before)
    effort.say(f"interrupts: compare(store=): {done}")


@whole_only
def test_after_an_interrupted_search_the_next_one_is_as_ever(
    interrupted, cnn, images, pool, effort
):
    X, y = images
    search = GridSearchCV(cnn(epochs=1), {"learning_rate": [0.01, 0.02]}, cv=2)

    def act():
        return search.fit(X, y).cv_results_["mean_test_score"].tolist()

    expected = act()

    def check():
        assert act() == expected

    done = interrupted(act, effort(2, 60), check, pool.clear)
    effort.say(f"interrupts: search: {done}")
