"""Threads that fit and predict at once: the bits are those of one after the other."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skcnn import NetworkClassifier, SVMClassifier

# Fewer idle networks than architectures: each call may find its own evicted.
MAX_IDLE = 1


def in_threads(n_threads, jobs):
    """Do all jobs in threads that begin at once, and return what they give in order."""
    start = threading.Barrier(n_threads)

    def begin():
        start.wait(60)

    with ThreadPoolExecutor(n_threads) as threads:
        for _ in range(n_threads):
            threads.submit(begin)
        return [future.result(300) for future in [threads.submit(job) for job in jobs]]


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest()[:8]


def fitted_again(estimator, X, y):
    """Fit a clone, and name what it says of the images."""
    return digest(clone(estimator).fit(X, y).decision_function(X))


@pytest.mark.parametrize("kind", ["networks", "SVMs"])
def test_fits_and_predictions_in_threads_give_the_bits_of_one_after_the_other(
    kind, cnn, images, pool, effort, monkeypatch
):
    X, y = images
    monkeypatch.setattr(pool, "max_idle", MAX_IDLE)
    n_threads, n_jobs = effort(3, 8), effort(6, 200)
    estimators = {
        "networks": [
            cnn(),
            cnn(random_state=1),
            cnn(filters=(3,), dropout=0.3),
            cnn(kernel_size=1),
            cnn(optimizer="sgd"),
        ],
        "SVMs": [SVMClassifier(), SVMClassifier(kernel="linear", C=0.1)],
    }[kind]
    estimators = estimators[: effort(2, 5)]
    fitted = [clone(one).fit(X, y) for one in estimators]
    draw = np.random.default_rng(0)
    jobs = []
    for _ in range(n_jobs):
        number, n_rows = int(draw.integers(len(fitted))), int(draw.integers(1, len(X)))
        if draw.integers(4) == 0:
            jobs.append(partial(fitted_again, estimators[number], X, y))
        else:
            ask = fitted[number].decision_function
            jobs.append(lambda ask=ask, n=n_rows: digest(ask(X[:n])))
    assert in_threads(n_threads, jobs) == [job() for job in jobs]
    effort.say(
        f"threads: {n_jobs} fits and predictions of {kind} in {n_threads} threads, "
        "0 wrong"
    )


def test_a_cold_network_is_built_once_for_all_threads(
    cnn, images, pool, effort, monkeypatch
):
    X, y = images
    n_threads, n_times = effort(4, 8), effort(1, 20)
    clf, made, make = cnn().fit(X, y), [], keras.layers.Dense.__init__

    def counted(self, *arguments, **options):
        made.append(threading.get_ident())
        make(self, *arguments, **options)

    monkeypatch.setattr(keras.layers.Dense, "__init__", counted)
    pool.clear()
    expected = digest(clf.decision_function(X))
    once = len(made)
    assert once
    for _ in range(n_times):
        pool.clear()
        made.clear()
        jobs = [lambda: digest(clf.decision_function(X))] * n_threads
        assert in_threads(n_threads, jobs) == [expected] * n_threads
        assert len(made) == once
    effort.say(
        f"threads: {n_times} cold networks met by {n_threads} threads, built once"
    )


def test_building_functions_that_use_networks_themselves_do_not_wait_for_each_other(
    cnn, images, pool, effort
):
    X, y = images
    inner = cnn().fit(X, y)

    def build(input_shape, n_classes):
        pool.clear()
        inner.predict(X)
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Flatten(),
                keras.layers.Dense(n_classes),
            ]
        )

    def fit():
        clf = NetworkClassifier(build, epochs=1, random_state=0)
        return clf.fit(X, y).predict(X).tolist()

    n_jobs = effort(2, 40)
    first, *others = in_threads(2, [fit] * n_jobs)
    assert others == [first] * (n_jobs - 1)
    effort.say(f"threads: {n_jobs} builds that predict, no deadlock")
