"""The fast ways of `fit` and `predict`, against Keras' own."""

import tracemalloc

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss

from skcnn.training import fast_model
from skcnn.training.augmentation import build_augmentation
from skcnn.training.data import TrainingData


class BatchCounter(keras.callbacks.Callback):
    """Has hooks per batch, so that only Keras' own loop can serve it."""

    seen = []

    def on_train_batch_begin(self, batch, logs=None):
        BatchCounter.seen.append(batch)


# --- fit ------------------------------------------------------------------------------

SETTINGS = {
    "plain": {},
    "validation": {"early_stopping": True, "validation_fraction": 0.25},
    "one cycle": {"lr_schedule": "one_cycle"},
    "augmented": {"augment": ("shift", "mixup"), "label_smoothing": 0.1},
    "dropout": {"dropout": 0.3},
    "no batch norm": {"batch_norm": False, "optimizer": "sgd"},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_fast_way_trains_as_keras_own_loop_does(name, cnn, digits):
    X, y = digits
    # 160 rows in batches of 48: the last one is smaller.
    params = {**SETTINGS[name], "batch_size": 48, "learning_rate": 0.01}
    weights = np.linspace(0.5, 1.5, len(X))
    fast = cnn(**params).fit(X, y, sample_weight=weights)
    slow = cnn(**params, callbacks=[BatchCounter()]).fit(X, y, sample_weight=weights)
    assert list(fast.history_) == list(slow.history_)
    np.testing.assert_allclose(
        fast.history_.drop(columns="seconds"),
        slow.history_.drop(columns="seconds"),
        rtol=1e-4,
    )
    for mine, theirs in zip(fast._state.weights, slow._state.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-5)


def test_only_callbacks_with_batch_hooks_lead_to_keras_own_loop(cnn, digits, pool):
    X, y = digits
    rate = keras.callbacks.LearningRateScheduler(lambda e: 0.01)
    cnn(callbacks=[rate, [rate]]).fit(X, y)
    (compiled,) = pool._models
    assert compiled.model.train_function is None
    BatchCounter.seen.clear()
    cnn(callbacks=[BatchCounter()]).fit(X, y)
    assert compiled.model.train_function is not None
    assert BatchCounter.seen == [0, 1, 2, 3, 4] * 2  # 160 rows, 2 epochs


def test_a_rate_set_by_a_batch_hook_has_the_last_word(cnn, digits):
    X, y = digits

    class Rate(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.optimizer.learning_rate.assign(0.125)

    clf = cnn(callbacks=[Rate()], learning_rate=0.01).fit(X, y)
    assert clf.history_["learning_rate"].tolist() == [0.125, 0.125]


@pytest.mark.parametrize("kind", ["fast", "Keras"])
def test_callbacks_see_all_columns_of_an_epoch(kind, cnn, digits):
    X, y = digits
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(set(logs))

    own_loop = [BatchCounter()] if kind == "Keras" else []
    cnn(callbacks=[Watch, *own_loop]).fit(X, y, X_val=X[:20], y_val=y[:20])
    figures = {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert seen == [figures | {"learning_rate", "seconds"}] * 2


def test_the_size_of_the_pieces_changes_no_bit(cnn, bits, digits, monkeypatch):
    X, y = digits
    expected = cnn(dropout=0.2).fit(X, y, X_val=X[:50], y_val=y[:50])
    monkeypatch.setattr(fast_model, "_CHUNK_BYTES", 1)
    pieces = cnn(dropout=0.2).fit(X, y, X_val=X[:50], y_val=y[:50])
    assert bits(pieces) == bits(expected)
    assert (
        pieces.history_["val_loss"].tolist() == expected.history_["val_loss"].tolist()
    )


def test_the_next_piece_is_short_enough_for_eye_and_memory():
    # Ten steps took one second: five take half a second.
    assert fast_model._next_chunk(10, 1.0, step_bytes=1, wanted=0.5) == 5
    # Steps of 1 MiB: four of them are 4 MiB.
    assert fast_model._next_chunk(10, 1e-3, step_bytes=2**20, wanted=0.5) == 4
    assert fast_model._next_chunk(1, 60.0, step_bytes=2**30, wanted=0.5) == 1


def test_the_network_knows_the_shape_of_augmented_images(monkeypatch):
    # Keras 3.10's Flatten cannot do without.
    seen = []
    monkeypatch.setattr(keras.Model, "train_step", lambda _, data: seen.append(data[0]))
    images = keras.Input((6, 5, 1))
    model = fast_model.FastModel(images, keras.layers.Flatten()(images))
    augmentation = build_augmentation(("shift", "zoom"))
    model.equip(np.uint8, 2, augmentation, make_plain=None)
    model.compile()
    rows = tf.TensorSpec([None, 6, 5, 1], tf.uint8), *[tf.TensorSpec([None])] * 2
    tf.function(model.train_step, autograph=False).get_concrete_function(rows)
    assert seen[0].shape == rows[0].shape


def test_validation_figures_are_those_of_the_fitted_network(cnn, digits):
    X, y = digits
    clf = cnn(augment=("shift", "erase"), dropout=0.4)
    clf.fit(X, y, X_val=X[:50], y_val=y[:50])
    last = clf.history_.iloc[-1]
    proba = clf.predict_proba(X[:50])
    expected = log_loss(y[:50], proba, labels=clf.classes_)
    np.testing.assert_allclose(last["val_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(last["val_accuracy"], clf.score(X[:50], y[:50]))


def test_the_rows_are_shuffled_anew_in_every_epoch():
    data = TrainingData(np.arange(50), np.arange(50))
    orders = [data.shuffled(0, epoch).indices for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(50))
    assert len({tuple(order) for order in orders}) == 3
    np.testing.assert_array_equal(data.shuffled(0, 1).indices, orders[1])
    assert tuple(data.shuffled(1, 0).indices) != tuple(orders[0])


def test_rows_codes_and_weights_stay_together_when_shuffled():
    images = np.arange(20, dtype=np.uint8)[:, None]
    rows = np.arange(20)
    data = TrainingData(images, rows * 2, rows * 3, np.arange(5, 15)).shuffled(0, 0)
    pixels, targets, weights = (part.numpy() for part in data.tensors(0, 10))
    assert pixels.dtype == np.uint8
    assert sorted(pixels[:, 0]) == list(range(5, 15))
    np.testing.assert_array_equal(targets, pixels[:, 0] * 2.0)
    np.testing.assert_array_equal(weights, pixels[:, 0] * 3.0)


def test_a_memmap_trains_to_the_same_bits_without_being_loaded(
    cnn, bits, tmp_path, monkeypatch
):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (4096, 32, 32), dtype=np.uint8)  # 4 MiB
    y = np.arange(4096) % 2
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    monkeypatch.setattr(fast_model, "_CHUNK_BYTES", 2**18)
    params = {"filters": (1,), "strides": 8, "epochs": 1, "batch_size": 128}
    expected = cnn(**params).fit(X, y)
    proba = expected.predict_proba(X)
    tracemalloc.start()  # NumPy tells it of every array
    try:
        clf = cnn(**params).fit(mapped, y)
        mapped_proba = clf.predict_proba(mapped)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert bits(clf) == bits(expected)
    np.testing.assert_array_equal(mapped_proba, proba)
    assert peak < X.nbytes / 2


@pytest.mark.slow
def test_a_distribution_strategy_trains_and_leaves_no_trace(cnn, bits, digits, pool):
    import tensorflow as tf

    X, y = digits
    expected = cnn().fit(X, y)
    with tf.distribute.MirroredStrategy().scope():
        clf = cnn().fit(X, y)
        proba = clf.predict_proba(X)
    assert len(pool.builds) == 2
    np.testing.assert_allclose(clf.history_["loss"], expected.history_["loss"], 1e-4)
    np.testing.assert_allclose(proba, expected.predict_proba(X), rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert bits(cnn().fit(X, y)) == bits(expected)


# --- predict --------------------------------------------------------------------------


def test_predict_gives_what_keras_own_predict_gives(cnn, digits, pool):
    X, y = digits
    many = np.concatenate([X, X, 255 - X])  # 480: more than one piece
    clf = cnn().fit(X, y)
    (compiled,) = pool._models
    fast = compiled.model.predict(many[..., None])
    slow = compiled.model.predict(many[..., None], steps=15)
    assert fast.shape == (480, 10)
    np.testing.assert_allclose(fast, slow, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(clf.decision_function(many), fast, rtol=1e-6)


def test_an_image_alone_gets_the_prediction_it_has_among_others(cnn, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    alone = np.concatenate([clf.predict_proba(X[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(alone, clf.predict_proba(X)[:5], rtol=1e-5)


def test_one_graph_serves_any_number_of_images_and_one_more_each_dtype(
    cnn, digits, pool, traces
):
    X, y = digits
    clf = cnn().fit(X, y)
    expected = clf.predict_proba(X)
    for n in (1, 2, 77, 160):
        clf.predict(X[:n])
    (compiled,) = pool._models
    assert len(compiled.model._infer.graphs) == 1
    np.testing.assert_allclose(clf.predict_proba(X.astype(np.int32)), expected, 1e-5)
    assert len(compiled.model._infer.graphs) == 2
    inference = list(compiled.model._infer.graphs.values())
    assert traces == [compiled.model._train_chunk, *inference]
