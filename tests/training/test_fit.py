"""What one fit does with weights, randomness, validation and what was before."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_sample_weight

from skcnn import NetworkClassifier
from skcnn.training.data import TrainingData, hold_out
from skcnn.training.optimizers import FusedAdam


def figures(fitted):
    """Return the history without the column that is never the same twice."""
    return fitted.history_.drop(columns="seconds")


def weights_of(fitted):
    return np.concatenate([weights.ravel() for weights in fitted._state.weights])


# --- weights of rows ------------------------------------------------------------------

# The whole set in one batch, and nothing random but the initial weights: what is left
# is the order in which floats are added up.
EXACT = {"batch_size": 1000, "batch_norm": False, "epochs": 20, "learning_rate": 0.01}


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_row_of_weight_two_trains_like_that_row_given_twice(optimizer, cnn, digits):
    X, y = digits
    weights = np.ones(len(X))
    weights[:40] = 2
    params = {**EXACT, "optimizer": optimizer}
    weighted = cnn(**params).fit(X, y, sample_weight=weights)
    repeated = cnn(**params).fit(np.r_[X, X[:40]], np.r_[y, y[:40]])
    unweighted = cnn(**params).fit(X, y)
    np.testing.assert_allclose(weights_of(weighted), weights_of(repeated), atol=2e-5)
    assert np.abs(weights_of(weighted) - weights_of(unweighted)).max() > 1e-3


def test_a_row_of_weight_zero_trains_like_that_row_removed(cnn, bits, digits):
    X, y = digits
    weights = np.ones(len(X))
    weights[::3] = 0
    weighted = cnn(dropout=0.2).fit(X, y, sample_weight=weights)
    removed = cnn(dropout=0.2).fit(X[weights > 0], y[weights > 0])
    assert bits(weighted) == bits(removed)


def test_only_ratios_of_weights_matter(cnn, bits, digits):
    X, y = digits
    weights = np.linspace(0.5, 2, len(X))
    one = cnn().fit(X, y, sample_weight=weights)
    other = cnn().fit(X, y, sample_weight=1024 * weights)
    assert bits(one) == bits(other)


def test_weights_are_normalised_over_the_rows_that_take_part():
    weights = np.array([1.0, 2, 3, 4, 0])
    images = np.zeros((5, 1, 1, 1))
    data = TrainingData(images, np.arange(5), weights, np.array([1, 2, 3]))
    _, targets, normalised = data.weighted().tensors(0, 3)
    np.testing.assert_array_equal(targets, [1, 2, 3])
    np.testing.assert_allclose(normalised, [2 / 3, 1, 4 / 3])
    assert weights.tolist() == [1, 2, 3, 4, 0]


def test_balanced_class_weights_are_the_sample_weights_of_scikit_learn(
    cnn, bits, digits
):
    X, y = digits
    kept = (y != 3) | (np.arange(len(y)) < 80)  # half of the threes are missing
    X, y = X[kept], y[kept]
    balanced = cnn(class_weight="balanced").fit(X, y)
    weighted = cnn().fit(X, y, sample_weight=compute_sample_weight("balanced", y))
    assert bits(balanced) == bits(weighted)
    assert bits(balanced) != bits(cnn().fit(X, y))


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_the_arrays_of_the_caller_are_unchanged(dtype, class_weight, cnn, digits):
    X, y = (array.copy() for array in digits)
    weights = (np.arange(len(X)) % 3).astype(dtype)
    before = X.copy(), y.copy(), weights.copy()
    clf = cnn(class_weight=class_weight, augment=("erase", "mixup"))
    clf.fit(X, y, sample_weight=weights).predict_proba(X)
    for mine, theirs in zip((X, y, weights), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


# --- randomness -----------------------------------------------------------------------


def random_states():
    """Return the global states of Python, NumPy and TensorFlow."""
    from tensorflow.python.eager import context

    numpy_state = np.random.get_state()  # noqa: NPY002  (this is what is tested)
    return (
        random.getstate(),
        numpy_state[1].tolist(),
        numpy_state[2:],
        context.global_seed(),
        context.context()._rng.getstate(),
        tf.random.get_global_generator().state.numpy().tolist(),
    )


def unseeded(input_shape, n_classes):
    """Build a network whose layers have no seed of their own."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_classes),
        ]
    )


@pytest.fixture
def seeded_globals():
    """Set all global seeds, and give the generators' states back afterwards."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    tf.random.set_seed(1)
    tf.random.uniform([])
    yield
    random.setstate(before[0])
    np.random.set_state(before[1])  # noqa: NPY002


MAKERS = {
    "dropout": lambda cnn: cnn(dropout=0.3, augment=("shift", "mixup")),
    "layer": lambda cnn: cnn(augment=keras.layers.RandomFlip()),
    "unseeded network": lambda cnn: NetworkClassifier(
        unseeded, epochs=2, random_state=0
    ),
    "early stopping": lambda cnn: cnn(early_stopping=True, validation_fraction=0.2),
}


@pytest.mark.parametrize("name", MAKERS)
def test_no_global_random_state_is_read_or_changed(
    name, cnn, bits, digits, pool, seeded_globals
):
    X, y = digits
    clf = MAKERS[name](cnn)
    before = random_states()
    first = bits(clf.fit(X, y))
    clf.predict(X)
    _ = clf.model_
    pool.clear()
    clf.predict_proba(X)
    clf.partial_fit(X, y)
    assert random_states() == before
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    tf.random.set_seed(2)
    assert bits(MAKERS[name](cnn).fit(X, y)) == first


def test_tensorflow_draws_the_same_numbers_with_a_fit_in_between(cnn, digits):
    X, y = digits
    draws = []
    for fits in (False, True):
        tf.random.set_seed(3)
        tf.random.uniform([])
        if fits:
            cnn(dropout=0.3, augment="shift").fit(X, y).predict(X)
        draws.append(tf.random.uniform([5]).numpy().tolist())
    assert draws[0] == draws[1]


def test_two_processes_fit_the_same_bits_in_silence(cnn, bits, digits, run_python):
    """Also where a network is asked for first: it starts TensorFlow as a fit does."""
    X, y = digits
    params = {
        "dropout": 0.2,
        "augment": ("shift", "rotate"),
        "early_stopping": True,
        "validation_fraction": 0.2,
    }
    answer = run_python(
        "import os, random, skcnn\n"
        "before = random.getstate()\n"
        "skcnn.networks.build_intensity_cnn\n"
        "assert random.getstate() == before\n"
        "for precision in ('float32', 'bfloat16'):\n"
        f"    clf = make_cnn(precision=precision, **{params!r})\n"
        "    print(bits_of(clf.fit(X, y)))\n"
        "import tensorflow as tf\n"
        "threads = tf.config.threading.get_intra_op_parallelism_threads()\n"
        "assert str(threads) == os.environ['SKCNN_THREADS']",
        TF_CPP_MIN_LOG_LEVEL=None,  # nobody has asked TensorFlow to be quiet
    )
    assert answer.err == ""
    assert answer.lines == [
        bits(cnn(precision=precision, **params).fit(X, y))
        for precision in ("float32", "bfloat16")
    ]


def test_without_random_state_numpy_decides(cnn, bits, digits, seeded_globals):
    X, y = digits

    def fit():
        return bits(cnn(random_state=None).fit(X, y))

    np.random.seed(5)  # noqa: NPY002
    first, second = fit(), fit()
    np.random.seed(5)  # noqa: NPY002
    assert [fit(), fit()] == [first, second]
    assert first != second


def test_a_random_state_object_goes_on_from_fit_to_fit(cnn, bits, digits):
    X, y = digits
    state = np.random.RandomState(0)
    first = bits(cnn(random_state=state).fit(X, y))
    second = bits(cnn(random_state=state).fit(X, y))
    assert first != second
    assert bits(cnn(random_state=np.random.RandomState(0)).fit(X, y)) == first


def test_another_random_state_gives_another_network(cnn, bits, digits):
    X, y = digits
    assert bits(cnn(random_state=1).fit(X, y)) != bits(cnn(random_state=2).fit(X, y))


def test_equal_layers_begin_with_different_weights(cnn, digits):
    X, y = digits
    # Two convolutions 4 -> 4 of the same shape: blocks two and three.
    small = {"epochs": 1, "learning_rate": 1e-12, "batch_norm": False}
    clf = cnn(filters=(4, 4, 4), **small).fit(X, y)
    one, other = (w for w in clf._state.weights if w.shape == (3, 3, 4, 4))
    assert np.abs(one - other).max() > 0.01


@pytest.mark.slow
def test_two_jobs_give_the_bits_of_one(run_python):
    source = """\
import numpy as np
from sklearn.model_selection import GridSearchCV
scores = []
for n_jobs in (1, 2):
    search = GridSearchCV(
        make_cnn(dropout=0.2), {"kernel_size": [1, 3]}, cv=2, n_jobs=n_jobs,
        scoring="neg_log_loss",
    ).fit(X, y)
    scores.append([search.cv_results_[f"split{n}_test_score"].tolist() for n in (0, 1)])
    print(bits_of(search.best_estimator_))
assert scores[0] == scores[1], scores
"""
    answer = run_python(source, SKCNN_THREADS="1")
    assert answer.lines[0] == answer.lines[1]


# --- validation -----------------------------------------------------------------------


def test_early_stopping_works_on_labels_that_are_sorted(cnn, digits):
    X, y = digits
    order = np.argsort(y, kind="stable")
    clf = cnn(
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=5,
        epochs=60,
        learning_rate=0.02,
        filters=(8,),
        head="flatten",
    ).fit(X[order], y[order])
    # With the last quarter held out instead, three classes would never be trained.
    assert clf.history_["val_accuracy"].max() > 0.6
    assert set(clf.predict(X)) == set(y)


def test_early_stopping_brings_the_best_weights_back(cnn, digits):
    X, y = digits
    clf = cnn(
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=3,
        epochs=100,
        learning_rate=0.1,  # large, so that the last epoch is not the best one
    ).fit(X, y)
    losses = clf.history_["val_loss"]
    assert clf.n_iter_ == len(losses) < 100
    assert clf.best_iter_ == losses.idxmin() <= clf.n_iter_ - 1
    _, held_out = hold_out(y, 0.25, clf._seed)
    restored = log_loss(y[held_out], clf.predict_proba(X[held_out]))
    np.testing.assert_allclose(restored, losses.min(), rtol=1e-5)


def test_early_stopping_watches_an_accuracy_upwards(cnn, digits):
    X, y = digits
    clf = cnn(
        early_stopping=True,
        monitor="val_accuracy",
        n_iter_no_change=2,
        epochs=50,
        learning_rate=0.1,
    ).fit(X, y, X_val=X[:60], y_val=y[:60])
    accuracies = clf.history_["val_accuracy"]
    assert clf.best_iter_ == accuracies.idxmax()
    assert clf.score(X[:60], y[:60]) == pytest.approx(accuracies.max())


def test_given_validation_images_leave_all_others_for_training(cnn, bits, digits):
    X, y = digits
    plain = cnn(epochs=1).fit(X, y)
    for early_stopping in (False, True):
        given = cnn(epochs=1, early_stopping=early_stopping)
        given.fit(X, y, X_val=255 - X[:40], y_val=y[:40])
        assert bits(given) == bits(plain)


def test_nothing_is_held_out_unless_something_needs_it(cnn, digits):
    X, y = digits
    assert "val_loss" not in cnn(validation_fraction=0.5).fit(X, y).history_
    plateau = cnn(lr_schedule="plateau", validation_fraction=0.2).fit(X, y)
    assert "val_loss" in plateau.history_


def test_weights_count_in_the_validation_part_too(cnn, digits):
    X, y = digits
    weights = np.where(y < 5, 3.0, 1.0)
    clf = cnn(early_stopping=True, validation_fraction=0.25)
    clf.fit(X, y, sample_weight=weights)
    _, held_out = hold_out(y, 0.25, clf._seed)
    expected = log_loss(
        y[held_out], clf.predict_proba(X[held_out]), sample_weight=weights[held_out]
    )
    np.testing.assert_allclose(clf.history_["val_loss"].min(), expected, rtol=1e-5)


# --- going on -------------------------------------------------------------------------

RANDOM = {"dropout": 0.3, "augment": ("shift", "mixup"), "optimizer": "adamw"}


def test_two_warm_fits_are_one_long_fit(cnn, bits, digits):
    X, y = digits
    long = cnn(epochs=5, **RANDOM).fit(X, y)
    warm = cnn(epochs=2, warm_start=True, **RANDOM).fit(X, y)
    warm.set_params(epochs=3).fit(X, y)
    assert bits(warm) == bits(long)
    np.testing.assert_array_equal(figures(warm), figures(long))
    assert warm.n_iter_ == 5


def test_partial_fits_are_the_epochs_of_one_fit(cnn, bits, digits):
    X, y = digits
    whole = cnn(epochs=3, **RANDOM).fit(X, y)
    parts = cnn(**RANDOM)
    for _ in range(3):
        parts.partial_fit(X, y, classes=range(10))
    assert bits(parts) == bits(whole)
    np.testing.assert_array_equal(figures(parts), figures(whole))


def test_history_goes_on_over_warm_and_partial_fits(cnn, digits):
    X, y = digits
    clf = cnn(warm_start=True, epochs=2).fit(X, y).fit(X, y).partial_fit(X, y)
    assert clf.history_.index.tolist() == [1, 2, 3, 4, 5]
    assert clf.history_.index.name == "epoch"
    assert list(clf.history_) == ["loss", "accuracy", "learning_rate", "seconds"]
    assert clf.n_iter_ == clf.best_iter_ == 5
    assert clf.history_.notna().all(axis=None)


def test_a_cold_fit_begins_anew(cnn, bits, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    first = bits(clf)
    clf.partial_fit(X, y)
    assert bits(clf.fit(X, y)) == first
    assert clf.n_iter_ == 2


def test_partial_fit_trains_one_epoch_at_the_constant_rate(cnn, digits):
    X, y = digits
    clf = cnn(lr_schedule="one_cycle", learning_rate=0.01, epochs=4)
    clf.partial_fit(X, y, classes=range(10)).partial_fit(X[:50], y[:50])
    assert clf.history_["learning_rate"].tolist() == [pytest.approx(0.01)] * 2


def test_schedules_with_an_end_restart_at_a_warm_fit(cnn, digits):
    X, y = digits
    clf = cnn(lr_schedule="one_cycle", warm_start=True, epochs=3).fit(X, y).fit(X, y)
    rates = clf.history_["learning_rate"].to_numpy()
    np.testing.assert_allclose(rates[:3], rates[3:])
    exponential = cnn(lr_schedule="exponential", warm_start=True, learning_rate=1.0)
    rates = exponential.fit(X, y).fit(X, y).history_["learning_rate"]
    np.testing.assert_allclose(rates, 0.9 ** np.arange(4))


def test_a_warm_fit_with_another_rate_uses_it(cnn, digits):
    X, y = digits
    clf = cnn(warm_start=True, learning_rate=0.01, weight_decay=0.1).fit(X, y)
    clf.set_params(learning_rate=0.002, weight_decay=0.2).fit(X, y)
    rates = clf.history_["learning_rate"]
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.002, 0.002])


def test_a_warm_fit_of_another_dtype_goes_on_with_the_same_pixels(cnn, digits):
    X, y = digits
    one = cnn(warm_start=True).fit(X, y).fit(X, y)
    other = cnn(warm_start=True).fit(X, y).fit(X.astype(np.float32), y)
    np.testing.assert_allclose(weights_of(one), weights_of(other), atol=1e-6)


# --- failing --------------------------------------------------------------------------


def stop(epoch, logs):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"learning_rate": 1e38}, ValueError),
        (
            {"callbacks": [keras.callbacks.LambdaCallback(on_epoch_end=stop)]},
            KeyboardInterrupt,
        ),
        ({"filters": ()}, (ValueError, IndexError)),
    ],
    ids=["diverging", "interrupted", "unbuildable"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_failing_fit_leaves_what_was_fitted(method, params, error, cnn, bits, digits):
    X, y = digits
    clf = cnn(warm_start=True).fit(X, y)
    before, proba, history = bits(clf), clf.predict_proba(X), figures(clf)
    with pytest.raises(error):
        getattr(clf.set_params(**params), method)(X, y)
    clf.set_params(**{name: getattr(cnn(), name) for name in params})
    assert bits(clf) == before
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    np.testing.assert_array_equal(figures(clf), history)
    again = cnn(warm_start=True).fit(X, y).fit(X, y)
    assert bits(clf.fit(X, y)) == bits(again)


def test_a_failing_fit_on_other_data_leaves_what_was_fitted(cnn, bits, digits):
    X, y = digits
    clf = cnn().fit(X, y)
    before, proba, history = bits(clf), clf.predict_proba(X), figures(clf)
    with pytest.raises(ValueError, match="diverged"):
        clf.set_params(learning_rate=1e38).fit(X[:, :6] / 255, y.astype(str))
    assert bits(clf) == before
    assert clf.image_shape_ == (8, 8, 1)
    assert clf.classes_.tolist() == list(range(10))
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    np.testing.assert_array_equal(figures(clf), history)


def test_a_loss_that_is_not_finite_names_the_epoch_and_the_cure(cnn, digits):
    X, y = digits
    with pytest.raises(ValueError, match=r"epoch \d: .* smaller learning_rate"):
        cnn(learning_rate=1e38, epochs=5).fit(X, y)


# --- the user's global settings -------------------------------------------------------


@pytest.fixture
def keras_settings():
    """Give Keras' global settings back as they were."""
    before = (
        keras.config.floatx(),
        keras.config.image_data_format(),
        keras.config.dtype_policy(),
    )
    yield
    keras.config.set_floatx(before[0])
    keras.config.set_image_data_format(before[1])
    keras.config.set_dtype_policy(before[2])


@pytest.fixture(scope="module")
def by_default(cnn, digits):
    """Give a fitted network, made under Keras' own settings."""
    return cnn(head="flatten", dropout=0.2).fit(*digits)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (keras.config.set_floatx, "float64"),
        (keras.config.set_image_data_format, "channels_first"),
        (keras.config.set_dtype_policy, "float64"),
        (keras.config.set_dtype_policy, "mixed_float16"),
    ],
)
@pytest.mark.usefixtures("keras_settings")
def test_global_settings_of_keras_change_nothing_and_stay(
    setting, value, by_default, bits, digits, pool
):
    X, y = digits
    proba = by_default.predict_proba(X)
    pool.clear()
    setting(value)
    clf = clone(by_default).fit(X, y)
    assert bits(clf) == bits(by_default)
    (compiled,) = pool._models
    assert type(compiled.model.optimizer) is FusedAdam  # in no wrapper of Keras'
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert clf.model_.predict(X[..., None], verbose=0).shape == (len(X), 10)
    getter = getattr(keras.config, setting.__name__.removeprefix("set_"))
    assert getattr(getter(), "name", getter()) == value


def test_precision_is_not_left_behind(cnn, digits):
    X, y = digits
    before = keras.config.dtype_policy().name
    clf = cnn(precision="bfloat16").fit(X, y)
    _ = clf.model_
    assert keras.config.dtype_policy().name == before
