"""The laws of the pool of compiled models."""

import copy
import gc
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import joblib
import keras
import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.utils import estimator_html_repr

from skcnn import NetworkClassifier
from skcnn.keras_door import clear_kernels
from skcnn.training.pool import MAX_IDLE, Pool
from skcnn.training.spec import ModelSpec
from skcnn.training.state import NetworkState


def figures(fitted):
    """Return the history without the column that is never the same twice."""
    return fitted.history_.drop(columns="seconds")


def interrupt(number, logs=None):
    raise KeyboardInterrupt


def watch_batches():
    """Return a callback that only Keras' own loop can serve."""
    return keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)


# --- a fit on a used model gives the same bits as on a new one -----------------------

# Each has variables, randomness or figures of its own that a fit must reset.
CONFIGURATIONS = {
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1},
    "momentum": {"optimizer": keras.optimizers.SGD(0.1, momentum=0.9)},
    "nadam": {"optimizer": "nadam"},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.1},
    "rmsprop": {"optimizer": "rmsprop"},
    "dropout": {"dropout": 0.5, "dense_units": (8,), "dense_dropout": 0.5},
    "augmentation": {"augment": ("shift", "rotate", "erase", "mixup")},
    "no batch norm": {"batch_norm": False},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.3},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_fit_after_another_fit_gives_the_bits_of_one_on_a_new_model(
    name, cnn, bits, digits, pool
):
    X, y = digits
    params = CONFIGURATIONS[name]
    expected = cnn(**params).fit(X, y)
    other = {**params, "learning_rate": 0.3, "random_state": 7, "epochs": 3}
    cnn(**other).fit(255 - X, np.roll(y, 1))
    again = cnn(**params).fit(X, y)
    assert len(pool.builds) == 1
    assert bits(again) == bits(expected)
    np.testing.assert_array_equal(figures(again), figures(expected))


def diverge(cnn, X, y):
    with pytest.raises(ValueError, match="diverged"):
        cnn(learning_rate=1e38).fit(X, y)


def interrupt_between_epochs(cnn, X, y):
    stop = keras.callbacks.LambdaCallback(on_epoch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        cnn(callbacks=[stop]).fit(X, y)


def interrupt_within_an_epoch(cnn, X, y):
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        cnn(callbacks=[stop]).fit(X, y)


def go_on(cnn, X, y):
    clf = cnn(warm_start=True).fit(X, y)
    clf.fit(X, y).partial_fit(X, y)


def fit_in_another_scale(cnn, X, y):
    cnn(rescale=None, weight_decay=0.5).fit(X, y)


def use_keras_own_loop(cnn, X, y):
    cnn(callbacks=[watch_batches()], early_stopping=True, validation_fraction=0.2).fit(
        X, y
    )


INCIDENTS = [
    diverge,
    interrupt_between_epochs,
    interrupt_within_an_epoch,
    go_on,
    fit_in_another_scale,
    use_keras_own_loop,
]


@pytest.mark.parametrize("incident", INCIDENTS)
def test_a_fit_gives_the_same_bits_whatever_befell_the_model_before(
    incident, cnn, bits, digits, pool
):
    X, y = digits
    expected = cnn(weight_decay=0.01).fit(X, y)
    proba = expected.predict_proba(X)
    incident(lambda **params: cnn(**{"weight_decay": 0.2, **params}), X, y)
    assert len(pool) == 1
    np.testing.assert_array_equal(expected.predict_proba(X), proba)
    again = cnn(weight_decay=0.01).fit(X, y)
    assert len(pool.builds) == 1
    assert bits(again) == bits(expected)
    np.testing.assert_array_equal(figures(again), figures(expected))


def test_a_second_new_model_gives_the_bits_of_the_first(cnn, bits, digits, pool):
    X, y = digits
    params = {"dropout": 0.3, "augment": "shift"}
    first = cnn(**params).fit(X, y)
    pool.clear()
    second = cnn(**params).fit(X, y)
    assert len(pool.builds) == 2
    assert bits(first) == bits(second)


# --- fitted estimators never change each other ---------------------------------------


def test_fitted_estimators_keep_their_predictions_whatever_else_is_fitted(
    cnn, digits, pool
):
    X, y = digits
    fitted = [cnn(random_state=seed).fit(X, y) for seed in range(5)]
    before = [clf.predict_proba(X) for clf in fitted]
    assert not np.array_equal(before[0], before[1])
    cnn(random_state=9, epochs=3).fit(255 - X, y)
    for clf, proba in zip(reversed(fitted), reversed(before), strict=True):
        np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert len(pool.builds) == 1


def test_going_on_with_a_copy_leaves_the_original_as_it_was(cnn, bits, digits):
    X, y = digits
    clf = cnn(warm_start=True).fit(X, y)
    proba, weights = clf.predict_proba(X), bits(clf)
    copy.deepcopy(clf).partial_fit(X, y)
    copy.copy(clf).fit(X, y)
    assert bits(clf) == weights
    np.testing.assert_array_equal(clf.predict_proba(X), proba)


def test_fifty_bagged_networks_hold_one_model(cnn, digits, pool):
    X, y = digits
    X, y = X[y < 2].reshape(-1, 64), y[y < 2]
    bag = BaggingClassifier(cnn(epochs=1), n_estimators=50, random_state=0).fit(X, y)
    bag.predict_proba(X)
    assert len(bag.estimators_) == 50
    assert len(pool.builds) == len(pool) == 1


# --- other processes ------------------------------------------------------------------


@pytest.mark.slow
def test_copies_predict_the_same_bits_here_and_in_a_new_process(
    cnn, digest, digits, run_python, tmp_path
):
    X, y = digits
    clf = cnn(dropout=0.2).fit(X, y)
    expected = digest(clf.predict_proba(X))
    pickled, copied = pickle.dumps(clf), copy.deepcopy(clf)
    assert digest(pickle.loads(pickled).predict_proba(X)) == expected
    assert digest(copied.predict_proba(X)) == expected
    (tmp_path / "pickled").write_bytes(pickled)
    (tmp_path / "copied").write_bytes(pickle.dumps(copied))
    joblib.dump(clf, tmp_path / "dumped")
    answer = run_python(
        "import joblib, pickle\n"
        "for name in ('pickled', 'copied', 'dumped'):\n"
        "    clf = joblib.load(name)\n"
        "    print(digest_of(clf.predict_proba(X)))\n"
    )
    assert answer.lines == [expected] * 3


def test_an_unpickled_estimator_goes_on_as_the_original_would(cnn, bits, digits):
    X, y = digits
    clf = cnn(warm_start=True, dropout=0.3).fit(X, y)
    loaded = pickle.loads(pickle.dumps(clf))
    assert bits(loaded.fit(X, y)) == bits(clf.fit(X, y))
    assert bits(loaded.partial_fit(X, y)) == bits(clf.partial_fit(X, y))


# --- threads --------------------------------------------------------------------------


def in_threads(tasks):
    """Run all tasks at the same moment, one thread each; return their results."""
    ready = threading.Barrier(len(tasks))

    def run(task):
        ready.wait(timeout=60)
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def test_eight_threads_predict_on_one_estimator(cnn, digits, pool):
    X, y = digits
    clf = cnn().fit(X, y)
    expected = clf.predict_proba(X)
    cnn(random_state=1).fit(X, y)  # the compiled model holds other weights now
    results = in_threads([lambda: [clf.predict_proba(X) for _ in range(5)]] * 8)
    for proba in np.concatenate(results):
        np.testing.assert_array_equal(proba, expected)
    assert len(pool.builds) == 1


def test_eight_threads_predict_on_eight_estimators_of_one_architecture(
    cnn, digits, pool
):
    X, y = digits
    fitted = [cnn(random_state=seed, epochs=1).fit(X, y) for seed in range(8)]
    expected = [clf.predict_proba(X) for clf in fitted]
    results = in_threads(
        [lambda clf=clf: [clf.predict_proba(X) for _ in range(5)] for clf in fitted]
    )
    for probas, wanted in zip(results, expected, strict=True):
        for proba in probas:
            np.testing.assert_array_equal(proba, wanted)
    assert len(pool) <= MAX_IDLE


def test_threads_that_meet_a_cold_network_build_and_trace_it_once(
    cnn, digits, pool, traces
):
    X, y = digits
    clf = cnn(epochs=1).fit(X, y)
    expected = clf.predict_proba(X)
    pool.clear()
    del pool.builds[:], traces[:]
    for proba in in_threads([lambda: clf.predict_proba(X)] * 8):
        np.testing.assert_array_equal(proba, expected)
    assert len(pool.builds) == len(pool) == len(traces) == 1


class Doubling(keras.layers.Layer):
    """A layer that Keras does not know."""

    def call(self, inputs):
        return 2 * inputs


def test_build_functions_that_use_our_networks_never_wait_for_each_other(
    cnn, digits, pool
):
    X, y = digits
    inner = cnn(epochs=1).fit(X, y)

    def build(input_shape, n_classes):
        pool.clear()  # what is used here is built here
        n_units = inner.predict_proba(X[:1]).size
        return keras.Sequential(
            [
                keras.Input(input_shape),
                Doubling(),
                keras.layers.Flatten(),
                keras.layers.Dense(n_units),
            ]
        )

    def fit(seed):
        clf = NetworkClassifier(build, epochs=1, random_state=seed).fit(X, y)
        done.append(len(clf.predict(X)))

    done = []
    threads = [threading.Thread(target=fit, args=(n,), daemon=True) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert done == [160, 160]


def test_two_threads_that_fit_at_once_get_the_bits_of_one_after_the_other(
    cnn, bits, digits, pool
):
    X, y = digits
    expected = [bits(cnn(random_state=seed, epochs=4).fit(X, y)) for seed in (0, 1)]
    results = in_threads(
        [
            lambda seed=seed: bits(cnn(random_state=seed, epochs=4).fit(X, y))
            for seed in (0, 1)
        ]
    )
    assert results == expected


def test_predicting_while_another_thread_fits_gives_the_same_bits(cnn, digits, pool):
    X, y = digits
    clf = cnn().fit(X, y)
    expected = clf.predict_proba(X)
    _, probas = in_threads(
        [
            lambda: [cnn(random_state=seed).fit(X, y) for seed in range(5)],
            lambda: [clf.predict_proba(X) for _ in range(20)],
        ]
    )
    for proba in probas:
        np.testing.assert_array_equal(proba, expected)


def test_predicting_while_kernels_are_cleared_gives_the_same_bits(cnn, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    expected = clf.predict_proba(X)
    *results, _ = in_threads(
        [lambda: [clf.predict_proba(X) for _ in range(20)]] * 3
        + [lambda: [clear_kernels() for _ in range(20)]]
    )
    for proba in np.concatenate(results):
        np.testing.assert_array_equal(proba, expected)


# --- what is kept ---------------------------------------------------------------------


def test_a_search_over_numbers_builds_and_traces_once(cnn, digits, pool, traces):
    X, y = digits
    grids = [
        {"learning_rate": [1e-3, 1e-2], "weight_decay": [0.0, 0.1]},
        {"lr_schedule": ["one_cycle", "exponential"], "epochs": [1, 2]},
    ]
    search = GridSearchCV(cnn(weight_decay=0.0), grids, cv=2, refit=False)
    search.fit(X, y)
    assert len(pool.builds) == 1
    (compiled,) = pool._models
    (inference,) = compiled.model._infer.graphs.values()
    assert traces == [compiled.model._train_chunk, inference]


def test_the_searched_numbers_do_change_the_fit(cnn, bits, digits):
    X, y = digits
    settings = [
        {"weight_decay": 0.0},
        {"weight_decay": 0.5},
        {"weight_decay": 0.0, "learning_rate": 0.01},
        {"weight_decay": 0.0, "lr_schedule": "one_cycle"},
        {"weight_decay": 0.0, "epochs": 3},
        {"weight_decay": 0.0, "random_state": 1},
    ]
    assert len({bits(cnn(**params).fit(X, y)) for params in settings}) == 6


def test_what_is_part_of_the_graph_never_shares_a_model(cnn, bits, digits, pool):
    X, y = digits
    settings = [
        {},
        {"l2": 0.1},
        {"dropout": 0.5},
        {"label_smoothing": 0.2},
        {"augment": "shift"},
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.AdamW(beta_1=0.5)},
        {"optimizer": keras.optimizers.AdamW(clipnorm=1e-3)},
        {"activation": "tanh"},
        {"precision": "bfloat16"},
    ]
    fitted = [cnn(epochs=1, **params).fit(X, y) for params in settings]
    assert len(set(pool.builds)) == len(pool.builds) == len(settings)
    assert len({bits(clf) for clf in fitted}) == len(settings)


def test_the_pool_is_bounded_and_forgotten_models_are_built_anew(
    cnn, digits, pool, monkeypatch
):
    X, y = digits
    monkeypatch.setattr(pool, "max_idle", 2)
    fitted = [cnn(filters=(n,), epochs=1).fit(X, y) for n in (2, 3, 4)]
    assert len(pool) == 2
    expected = [clf.predict_proba(X) for clf in fitted]
    pool.clear()
    for clf, proba in zip(fitted, expected, strict=True):
        np.testing.assert_array_equal(clf.predict_proba(X), proba)
        assert len(pool) <= 2


@pytest.mark.parametrize("represent", [repr, estimator_html_repr, dir])
def test_representations_build_nothing(represent, cnn, digits, pool, monkeypatch):
    X, y = digits
    clf = cnn().fit(X, y)
    pool.clear()

    def refuse(self):
        raise AssertionError("a network was built")

    monkeypatch.setattr(ModelSpec, "network", refuse)
    represent(clf)
    assert len(pool) == 0


USES = {
    "fit": {},
    "validation": {"early_stopping": True, "validation_fraction": 0.2},
    "Keras' own loop": {"callbacks": [watch_batches()]},
    "Keras' own loop with validation": {
        "callbacks": [watch_batches()],
        "early_stopping": True,
        "validation_fraction": 0.2,
    },
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("learning_rate", [1e-3, 1e38], ids=["done", "failed"])
def test_neither_model_nor_estimator_keeps_the_images_alive(
    name, learning_rate, cnn, digits
):
    X, y = digits
    X = X.copy()
    seen = weakref.ref(X)
    clf = cnn(learning_rate=learning_rate, **USES[name])
    try:
        clf.fit(X, y).predict(X)
    except ValueError:
        assert learning_rate > 1
    del X
    gc.collect()
    assert seen() is None


# --- the pool alone, with models that compute nothing ---------------------------------


class Empty:
    """A model without weights."""

    weights = ()
    has_trained = False

    def __init__(self):
        self.scaling = SimpleNamespace(assign=lambda value: None)

    def forget_graphs(self):
        pass


def spec(key, assemble=Empty):
    return SimpleNamespace(key=key, assemble=assemble)


def state():
    return NetworkState((), (1.0, 0.0))


def test_two_fits_never_hold_the_same_model():
    pool = Pool()
    with (
        pool.acquire_for_fit(spec("key")) as one,
        pool.acquire_for_fit(spec("key")) as other,
    ):
        assert one is not other
    with pool.acquire_for_fit(spec("key")) as again:
        assert again in (one, other)


def test_a_fit_takes_no_model_that_somebody_predicts_with():
    pool = Pool()
    with (
        pool.acquire_for_predict(spec("key"), state()) as read,
        pool.acquire_for_fit(spec("key")) as fitted,
    ):
        assert read is not fitted


def test_readers_of_the_same_weights_share_and_others_do_not():
    pool, mine, yours = Pool(), state(), state()
    with (
        pool.acquire_for_predict(spec("key"), mine) as one,
        pool.acquire_for_predict(spec("key"), mine) as same,
        pool.acquire_for_predict(spec("key"), yours) as other,
    ):
        assert one is same
        assert one is not other


def test_of_idle_models_the_one_that_holds_the_weights_is_lent():
    pool, mine, yours = Pool(), state(), state()
    with (
        pool.acquire_for_predict(spec("key"), mine) as one,
        pool.acquire_for_predict(spec("key"), yours) as other,
    ):
        pass
    for wanted, expected in ((mine, one), (yours, other), (mine, one)):
        with pool.acquire_for_predict(spec("key"), wanted) as acquired:
            assert acquired is expected


def test_a_model_of_another_key_is_never_lent():
    pool = Pool()
    with pool.acquire_for_fit(spec("key")) as one:
        pass
    with pool.acquire_for_fit(spec("other key")) as other:
        assert one is not other


def test_a_block_that_raises_gives_the_model_back():
    pool = Pool()
    with pytest.raises(RuntimeError), pool.acquire_for_fit(spec("key")):
        raise RuntimeError
    with pytest.raises(RuntimeError), pool.acquire_for_predict(spec("key"), state()):
        raise RuntimeError
    assert len(pool) == 1
    with pool.acquire_for_fit(spec("key")):
        assert len(pool) == 0


def test_a_build_that_raises_leaves_the_pool_as_it_was():
    pool = Pool()

    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError), pool.acquire_for_fit(spec("key", fail)):
        pass
    with (
        pytest.raises(RuntimeError),
        pool.acquire_for_predict(spec("key", fail), state()),
    ):
        pass
    assert len(pool) == 0


def test_the_longest_unused_models_are_dropped_first():
    pool = Pool(max_idle=3)
    for key in "abcd":
        with pool.acquire_for_fit(spec(key)):
            pass
    with pool.acquire_for_predict(spec("b"), state()):
        pass
    with pool.acquire_for_fit(spec("e")):
        pass
    assert [compiled.key for compiled in pool._models] == ["d", "b", "e"]


def test_the_pool_stays_bounded_after_a_rush_of_readers_and_fits():
    pool = Pool(max_idle=3)
    states = [state() for _ in range(10)]

    def work(number):
        for _ in range(50):
            with pool.acquire_for_predict(spec(number % 4), states[number]) as read:
                assert read._holds == states[number].token
            with pool.acquire_for_fit(spec(number % 4)) as own:
                assert not own.readers
                own._holds = None

    in_threads([lambda number=number: work(number) for number in range(10)])
    assert len(pool) <= 3
    assert not any(compiled.readers for compiled in pool._models)
