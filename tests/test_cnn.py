"""Tests of CNNClassifier: what it gives, and what never changes it."""

import copy
import pickle
import random

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import MinMaxScaler

from skcnn import CNNClassifier
from skcnn.training.pool import POOL

# It learns


def test_it_learns_shapes_from_unseen_images(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(epochs=4).fit(X[::2], y[::2])
    assert cnn.score(X[1::2], y[1::2]) == 1.0


@pytest.mark.slow
def test_defaults_classify_digits_better_than_nearest_neighbours():
    from sklearn.model_selection import train_test_split

    from skcnn.datasets import load_digits

    X, y = load_digits()
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    cnn = CNNClassifier(random_state=0).fit(X, y)
    neighbours = KNeighborsClassifier().fit(X.reshape(len(X), -1), y)
    accuracy = cnn.score(X_test, y_test)
    assert accuracy > neighbours.score(X_test.reshape(len(X_test), -1), y_test)
    assert accuracy > 0.985


# Layouts


def test_every_layout_predicts_the_same_bits(layout, make_cnn):
    reference = make_cnn().fit(layout.images, layout.y)
    expected = reference.decision_function(layout.images)
    cnn = make_cnn(image_shape=layout.image_shape).fit(layout.X, layout.y)
    np.testing.assert_array_equal(cnn.decision_function(layout.X), expected)
    assert cnn.image_shape_ == layout.image_shape
    assert cnn.n_features_in_ == layout.images[0].size


# scikit-learn's word on frames where there were none.
@pytest.mark.filterwarnings("ignore:X has feature names, but CNNClassifier was fitted")
def test_a_fitted_one_takes_any_layout(layout, make_cnn):
    cnn = make_cnn().fit(layout.images, layout.y)
    np.testing.assert_array_equal(
        cnn.decision_function(layout.X), cnn.decision_function(layout.images)
    )


def test_flat_rows_of_a_square_width_are_grey_images(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X.reshape(60, -1), y)
    assert cnn.image_shape_ == (8, 8, 1)


def test_names_of_pixels_come_from_a_frame(make_cnn, shapes):
    X, y = shapes
    frame = pd.DataFrame(X.reshape(60, -1)).rename(columns="pixel{}".format)
    cnn = make_cnn(epochs=1).fit(frame, pd.Series(y))
    assert list(cnn.feature_names_in_) == list(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        cnn.predict(frame[frame.columns[::-1]])


def test_images_need_not_be_square(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X[:, :6], y)
    assert cnn.image_shape_ == (6, 8, 1)
    assert cnn.predict_proba(X[:, :6]).shape == (60, 3)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32", "float64"])
def test_every_type_of_pixel_is_scaled_alike(make_cnn, shapes, fitted_cnn, dtype):
    X, y = shapes
    # Scaled by its own minimum and maximum, or by 255: the brightest pixel is set to
    # 255 and the darkest to 0, so that both are the same map.
    X = X.copy()
    X[0, 0, :2] = 0, 255
    expected = make_cnn().fit(X, y).decision_function(X)
    cnn = make_cnn().fit(X.astype(dtype), y)
    np.testing.assert_allclose(
        cnn.decision_function(X.astype(dtype)), expected, rtol=1e-2, atol=1e-2
    )


def test_fractions_train_as_the_bytes_they_came_from(make_cnn, shapes):
    X, y = shapes
    expected = make_cnn().fit(X, y).predict_proba(X)
    fractions = (X / 255).astype(np.float32)
    cnn = make_cnn().fit(fractions, y)
    np.testing.assert_allclose(cnn.predict_proba(fractions), expected, atol=1e-2)


def test_scale_is_that_of_the_training_images(make_cnn, shapes):
    X, y = shapes
    X = X.astype(np.float32)
    cnn = make_cnn().fit(X, y)
    dark = X[:1] / 2
    by_hand = MinMaxScaler((0, 1)).fit(X.reshape(-1, 1))
    scaled = by_hand.transform(X.reshape(-1, 1)).reshape(X.shape)
    unscaled = make_cnn(rescale=None).fit(scaled.astype(np.float32), y)
    dark_scaled = by_hand.transform(dark.reshape(-1, 1)).reshape(dark.shape)
    np.testing.assert_allclose(
        cnn.predict_proba(np.rint(dark)),
        unscaled.predict_proba(dark_scaled.astype(np.float32)),
        atol=2e-2,
    )


# Predictions


def test_probabilities_are_rows_that_sum_to_one(fitted_cnn, shapes):
    X, _ = shapes
    proba = fitted_cnn.predict_proba(X)
    assert proba.shape == (60, 3)
    assert proba.dtype == np.float64
    assert proba.min() >= 0
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)


def test_probabilities_of_one_image_are_two_dimensional(fitted_cnn, shapes):
    X, _ = shapes
    one = fitted_cnn.predict_proba(X[:1])
    assert one.shape == (1, 3)
    np.testing.assert_allclose(one, fitted_cnn.predict_proba(X)[:1], atol=1e-2)


def test_two_classes_have_two_columns_and_one_decision(make_cnn, pair):
    X, y = pair
    cnn = make_cnn().fit(X, y)
    proba, decision = cnn.predict_proba(X), cnn.decision_function(X)
    assert proba.shape == (40, 2)
    assert cnn.predict_proba(X[:1]).shape == (1, 2)
    assert decision.shape == (40,)
    # Above zero means the second class: a logistic function of it is its probability.
    np.testing.assert_allclose(1 / (1 + np.exp(-decision)), proba[:, 1])
    np.testing.assert_array_equal(cnn.predict(X) == "top", decision > 0)


def test_decisions_are_logits_of_the_probabilities(fitted_cnn, shapes):
    X, _ = shapes
    decision = fitted_cnn.decision_function(X)
    assert decision.shape == (60, 3)
    powers = np.exp(decision)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted_cnn.predict_proba(X), expected)


def test_predicted_labels_are_those_of_the_highest_probability(fitted_cnn, shapes):
    X, y = shapes
    labels = fitted_cnn.predict(X)
    assert labels.dtype == y.dtype
    best = fitted_cnn.predict_proba(X).argmax(axis=1)
    np.testing.assert_array_equal(labels, np.array(["left", "spot", "top"])[best])


@pytest.mark.parametrize(
    "classes",
    [[3, 1, 2], [0.0, 1.0, 2.0], [-5, 0, 5], ["b", "c", "a"], [True, False, True]],
    ids=str,
)
@pytest.mark.parametrize("as_object", [False, True])
def test_labels_of_any_kind_come_back(make_cnn, shapes, classes, as_object):
    X, _ = shapes
    labels = np.repeat(np.array(classes, dtype=object if as_object else None), 20)
    cnn = make_cnn(epochs=4).fit(X, labels)
    assert list(cnn.classes_) == sorted(set(classes))
    if not as_object or isinstance(classes[0], str):
        assert cnn.predict(X).dtype == labels.dtype
    assert np.mean(cnn.predict(X) == labels) > 0.9


def test_log_loss_and_score_agree_with_scikit_learn(fitted_cnn, shapes):
    X, y = shapes
    proba = fitted_cnn.predict_proba(X)
    assert log_loss(y, proba, labels=fitted_cnn.classes_) < np.log(3)
    assert fitted_cnn.score(X, y) == np.mean(fitted_cnn.predict(X) == y)


def test_many_images_predict_as_few(fitted_cnn, shapes):
    # More than one call into the graph.
    X = np.tile(shapes[0], (10, 1, 1))
    decision = fitted_cnn.decision_function(X)
    assert decision.shape == (600, 3)
    np.testing.assert_allclose(
        decision[:60], fitted_cnn.decision_function(X[:60]), atol=0.05
    )


def test_unfitted_ones_say_so(make_cnn, shapes):
    X, _ = shapes
    cnn = make_cnn()
    for name in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(cnn, name)(X)
    with pytest.raises(NotFittedError):
        cnn.model_  # noqa: B018  (asking is the test)


# History and sizes


def test_history_has_a_row_per_epoch(fitted_cnn):
    history = fitted_cnn.history_
    assert list(history.columns) == ["loss", "accuracy", "learning_rate", "seconds"]
    assert history.index.tolist() == [1, 2]
    assert history.index.name == "epoch"
    assert fitted_cnn.n_iter_ == fitted_cnn.best_iter_ == 2
    assert history["loss"].is_monotonic_decreasing
    assert history["accuracy"].between(0, 1).all()
    assert history["learning_rate"].tolist() == pytest.approx([0.02, 0.02])
    assert (history["seconds"] > 0).all()


def test_history_with_validation_images(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(epochs=3).fit(X, y, X_val=X[::3], y_val=y[::3])
    figures = ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert list(cnn.history_.columns) == [*figures, "learning_rate", "seconds"]
    last = cnn.history_.iloc[-1]
    assert last["val_accuracy"] == pytest.approx(cnn.score(X[::3], y[::3]))
    expected = log_loss(y[::3], cnn.predict_proba(X[::3]))
    assert last["val_loss"] == pytest.approx(expected, rel=0.02)


def test_early_stopping_keeps_the_best_epoch(make_cnn, shapes):
    X, y = shapes
    # Labels of the validation images are wrong: the better it learns, the worse.
    wrong = np.roll(y, 20)
    cnn = make_cnn(early_stopping=True, n_iter_no_change=2, epochs=20)
    cnn.fit(X, y, X_val=X, y_val=wrong)
    assert cnn.n_iter_ == cnn.best_iter_ + 2 < 20
    assert cnn.best_iter_ == cnn.history_["val_loss"].idxmin()
    expected = log_loss(wrong, cnn.predict_proba(X))
    assert cnn.history_["val_loss"].min() == pytest.approx(expected, rel=0.02)


def test_early_stopping_holds_a_stratified_part_out(make_cnn, shapes):
    cnn = make_cnn(early_stopping=True, validation_fraction=0.2, epochs=2)
    cnn.fit(*shapes)
    # 12 of the sorted rows, each class among them.
    assert (cnn.history_["val_accuracy"] * 12 % 1).to_numpy() == pytest.approx(
        [0, 0], abs=1e-4
    )
    assert cnn.history_["val_accuracy"].iloc[-1] > 0.9


def test_automatic_epochs_make_750_steps(shapes, monkeypatch):
    X, y = shapes
    seen = {}

    def stop(spec, config, *others):
        seen.update(epochs=config.epochs, batch_size=config.batch_size)
        raise KeyboardInterrupt

    monkeypatch.setattr("skcnn.training.fit.fit", stop)
    for repeats, batch_size, epochs in [
        (1, 32, 375),  # 60 images, 2 steps per epoch
        (20, 64, 40),  # 1200 images, 19 steps per epoch: 760
        (100, 128, 16),  # 6000 images, 47 steps: 752
        (400, 128, 12),  # 24 000 images, 188 steps: never below 12 epochs
    ]:
        with pytest.raises(KeyboardInterrupt):
            CNNClassifier().fit(np.tile(X, (repeats, 1, 1)), np.tile(y, repeats))
        assert seen == {"epochs": epochs, "batch_size": batch_size}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        # B1 of SYSTEMS.md
        (
            {"filters": (32,), "padding": "valid", "dense_units": (64,)},
            346_821,
        ),
        # C3 of SYSTEMS.md
        (
            {"filters": (64, 128), "dropout": 0.25, "dense_units": (128, 64)},
            886_021,
        ),
    ],
    ids=["B1", "C3"],
)
def test_networks_of_the_reports_have_their_parameter_counts(parameters, expected):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (10, 28, 28)).astype(np.uint8)
    cnn = CNNClassifier(
        **parameters,
        convs_per_block=1,
        batch_norm=False,
        head="flatten",
        epochs=1,
        random_state=0,
    ).fit(X, np.arange(10) % 5)
    assert cnn.n_parameters_ == expected
    assert cnn.model_.count_params() == expected


def test_parameters_are_counted_with_batch_normalisation(fitted_cnn):
    # Convolution without bias, scale, shift, mean and variance; 4 * 4 * 8 -> 3.
    assert fitted_cnn.n_parameters_ == 9 * 8 + 4 * 8 + (4 * 4 * 8 * 3 + 3)
    assert fitted_cnn.model_.count_params() == fitted_cnn.n_parameters_


# Parameters per block


def test_each_block_has_its_own_values(make_cnn):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (12, 28, 28)).astype(np.uint8)
    cnn = make_cnn(
        filters=(4, 5, 6),
        kernel_size=(6, 7, 8),
        convs_per_block=(1, 2, 1),
        pool_size=(2, None, 2),
        batch_norm=(False, True, False),
        dropout=(0.2, 0.2, 0.35),
        whitening=(5, 2),
        epochs=1,
    ).fit(X, np.arange(12) % 2)
    layers = cnn.model_.layers
    convolutions = [x for x in layers if isinstance(x, keras.layers.Conv2D)]
    sizes = [x.kernel_size for x in convolutions]
    assert sizes == [(5, 2), (6, 6), (7, 7), (7, 7), (8, 8)]
    assert [x.filters for x in convolutions] == [20, 4, 5, 5, 6]
    dropouts = [x.rate for x in layers if isinstance(x, keras.layers.Dropout)]
    assert dropouts == [0.2, 0.2, 0.35]
    names = [type(x).__name__ for x in layers]
    assert names.count("MaxPooling2D") == 2
    assert names.count("BatchNormalization") == 2


def test_one_value_and_a_tuple_of_it_are_the_same_network(make_cnn, shapes, fitted_cnn):
    X, y = shapes
    cnn = make_cnn(kernel_size=[(3, 3)], filters=[8], dropout=[0]).fit(X, y)
    np.testing.assert_array_equal(
        cnn.decision_function(X), fitted_cnn.decision_function(X)
    )


def test_without_blocks_it_is_a_perceptron(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(filters=(), dense_units=(16,)).fit(X, y)
    assert cnn.n_parameters_ == (64 * 16 + 16) + (16 * 3 + 3)
    assert cnn.score(X, y) > 0.9


# Going on


def test_partial_fit_is_one_epoch_and_goes_on(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn()
    for epoch in (1, 2, 3):
        assert cnn.partial_fit(X, y, classes=np.unique(y)) is cnn
        assert cnn.n_iter_ == epoch
    assert cnn.history_.index.tolist() == [1, 2, 3]
    assert cnn.history_["loss"].is_monotonic_decreasing
    # The rate is constant, so three calls are one fit of three epochs.
    whole = make_cnn(epochs=3).fit(X, y)
    np.testing.assert_array_equal(cnn.decision_function(X), whole.decision_function(X))


def test_partial_fit_takes_parts_that_lack_a_class(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().partial_fit(X[:40], y[:40], classes=["left", "spot", "top"])
    assert cnn.predict_proba(X).shape == (60, 3)
    cnn.partial_fit(X[40:], y[40:])
    assert cnn.n_iter_ == 2


def test_partial_fit_goes_on_after_fit(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X, y)
    cnn.partial_fit(X, y)
    assert cnn.n_iter_ == 3
    assert cnn.history_["loss"].is_monotonic_decreasing


def test_warm_start_continues_weights_epochs_and_history(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(warm_start=True).fit(X, y).fit(X, y)
    assert cnn.n_iter_ == 4
    assert cnn.history_.index.tolist() == [1, 2, 3, 4]
    whole = make_cnn(epochs=4).fit(X, y)
    np.testing.assert_array_equal(cnn.decision_function(X), whole.decision_function(X))
    assert cnn.history_["loss"].tolist() == whole.history_["loss"].tolist()


def test_without_warm_start_a_second_fit_begins_anew(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X, y)
    expected = cnn.decision_function(X)
    cnn.fit(X[:40], y[:40])
    assert list(cnn.classes_) == ["left", "spot"]
    cnn.fit(X, y)
    assert cnn.n_iter_ == 2
    np.testing.assert_array_equal(cnn.decision_function(X), expected)


def test_a_second_fit_may_see_images_of_another_shape(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X, y).fit(X[:, :6], y)
    assert cnn.image_shape_ == (6, 8, 1)
    assert cnn.model_.input_shape == (None, 6, 8, 1)


# Weights


def test_a_row_of_weight_two_counts_as_that_row_twice(make_cnn, shapes):
    # The whole set in one batch, without batch normalisation and chance. The check of
    # scikit-learn asks for the same to 1e-7, which float32 sums do not give.
    X, y = shapes
    weights = np.random.default_rng(0).integers(0, 3, 60)
    full = {"batch_size": 200, "batch_norm": False, "epochs": 20}
    full |= {"optimizer": "sgd", "precision": "float32", "learning_rate": 0.1}
    weighted = make_cnn(**full).fit(X, y, sample_weight=weights)
    repeated = make_cnn(**full).fit(np.repeat(X, weights, 0), np.repeat(y, weights))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5
    )
    plain = make_cnn(**full).fit(X, y)
    assert np.abs(weighted.predict_proba(X) - plain.predict_proba(X)).max() > 1e-3


def test_weights_are_relative(make_cnn, shapes):
    X, y = shapes
    weights = np.random.default_rng(0).uniform(0.5, 2, 60)
    one = make_cnn().fit(X, y, sample_weight=weights)
    # A power of two, so that no digit is lost.
    other = make_cnn().fit(X, y, sample_weight=1024 * weights)
    np.testing.assert_array_equal(one.decision_function(X), other.decision_function(X))


def test_balanced_classes_are_the_weights_of_their_rows(make_cnn, shapes):
    X, y = shapes[0][15:], shapes[1][15:]  # 5, 20 and 20 rows
    balanced = make_cnn(class_weight="balanced").fit(X, y)
    given = make_cnn(class_weight={"left": 4, "spot": 1, "top": 1}).fit(X, y)
    weights = np.where(y == "left", 4.0, 1.0)
    weighted = make_cnn().fit(X, y, sample_weight=weights)
    expected = weighted.decision_function(X)
    np.testing.assert_allclose(balanced.decision_function(X), expected, atol=1e-4)
    np.testing.assert_array_equal(given.decision_function(X), expected)


# A good citizen of scikit-learn


def test_parameters_come_back_as_they_were_given(make_cnn):
    given = {"filters": [4, 8], "kernel_size": (3, 5), "optimizer": "sgd"}
    cnn = make_cnn(**given)
    assert all(cnn.get_params()[name] is value for name, value in given.items())
    twin = clone(cnn)
    assert twin is not cnn
    assert twin.get_params() == cnn.get_params()
    assert cnn.set_params(epochs=7, activation="elu") is cnn
    assert (cnn.epochs, cnn.activation) == (7, "elu")
    with pytest.raises(ValueError, match="Invalid parameter 'epoch' for estimator CNN"):
        cnn.set_params(epoch=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        CNNClassifier(epoch=3)


def test_fit_leaves_parameters_and_data_alone(make_cnn, shapes):
    X, y = (array.copy() for array in shapes)
    weights = np.ones(60)
    cnn = make_cnn(class_weight={"left": 2.0}, early_stopping=True)
    before = copy.deepcopy(cnn.get_params())
    cnn.fit(X, y, sample_weight=weights)
    assert cnn.get_params() == before
    np.testing.assert_array_equal(X, shapes[0])
    np.testing.assert_array_equal(y, shapes[1])
    np.testing.assert_array_equal(weights, 1)


def _by_joblib(estimator, folder):
    path = folder / "cnn.joblib"
    joblib.dump(estimator, path)
    return joblib.load(path)


@pytest.mark.parametrize(
    "bring",
    [
        lambda estimator, folder: pickle.loads(pickle.dumps(estimator)),
        lambda estimator, folder: copy.deepcopy(estimator),
        lambda estimator, folder: copy.copy(estimator),
        _by_joblib,
    ],
    ids=["pickle", "deepcopy", "copy", "joblib"],
)
def test_copies_predict_the_same_bits(fitted_cnn, shapes, tmp_path, bring):
    X, _ = shapes
    expected = fitted_cnn.decision_function(X)
    twin = bring(fitted_cnn, tmp_path)
    POOL.clear()  # so that the copy has to build its compiled model itself
    np.testing.assert_array_equal(twin.decision_function(X), expected)
    assert twin.get_params() == fitted_cnn.get_params()
    assert twin.history_.equals(fitted_cnn.history_)


def test_a_copy_goes_on_by_itself(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(warm_start=True).fit(X, y)
    expected = cnn.decision_function(X)
    twin = copy.deepcopy(cnn).fit(X, y)
    np.testing.assert_array_equal(cnn.decision_function(X), expected)
    np.testing.assert_array_equal(
        twin.decision_function(X), cnn.fit(X, y).decision_function(X)
    )


def test_same_seed_same_bits(make_cnn, shapes):
    X, y = shapes
    random_parts = {"dropout": 0.3, "augment": ("shift", "rotate", "erase")}
    one, other = (make_cnn(**random_parts).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.decision_function(X), other.decision_function(X))
    another = make_cnn(**random_parts, random_state=1).fit(X, y)
    assert (another.decision_function(X) != one.decision_function(X)).any()


def test_global_random_states_are_left_alone(make_cnn, shapes):
    before = random.getstate(), np.random.get_state()  # noqa: NPY002  (theirs)
    # Another network than all others, so that it is built here.
    cnn = make_cnn(filters=(7,), dropout=0.5, augment="shift").fit(*shapes)
    cnn.predict(shapes[0])
    cnn.model_.summary(print_fn=str)
    assert random.getstate() == before[0]
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(after[1], before[1][1])
    assert after[2:] == before[1][2:]


def test_without_a_seed_numpys_global_one_decides(make_cnn, shapes):
    X, y = shapes
    decisions = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002  (as random_state=None reads it)
        fitted = make_cnn(random_state=None).fit(X, y)
        decisions.append(fitted.decision_function(X))
    np.testing.assert_array_equal(*decisions)
    unseeded = make_cnn(random_state=None).fit(X, y).decision_function(X)
    assert (unseeded != decisions[0]).any()


def test_representations_build_nothing(fitted_cnn, monkeypatch):
    import skcnn.training.plain

    def build(*args):
        raise AssertionError("a representation has built a network")

    monkeypatch.setattr(skcnn.training.plain, "plain_model", build)
    twin = copy.copy(fitted_cnn)
    vars(twin).pop("_plain_model", None)
    assert repr(twin).startswith("CNNClassifier(")
    assert "CNNClassifier" in twin._repr_html_()
    assert "model_" not in dir(twin)
    assert "history_" in dir(twin)


# The plain Keras model


def test_model_is_plain_keras_with_the_fitted_weights(fitted_cnn, shapes, tmp_path):
    X, _ = shapes
    model = fitted_cnn.model_
    assert model is fitted_cnn.model_
    assert type(model).__module__.startswith("keras.")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    # Raw pixels in, probabilities out.
    for network in (model, loaded):
        proba = network.predict(X[..., None], verbose=0)
        np.testing.assert_allclose(proba, fitted_cnn.predict_proba(X), atol=1e-2)


def test_layers_of_the_model_can_be_looked_into(fitted_cnn, shapes):
    X, _ = shapes
    model = fitted_cnn.model_
    features = keras.Model(model.inputs, model.layers[-3].output)
    found = features.predict(X[..., None], verbose=0)
    assert found.shape == (60, 4 * 4 * 8)
    by_hand = found @ model.layers[-2].kernel.numpy()
    np.testing.assert_allclose(
        by_hand + model.layers[-2].bias.numpy(),
        fitted_cnn.decision_function(X),
        atol=0.05,
    )


def test_what_happens_to_the_model_leaves_the_estimator_alone(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X, y)
    expected = cnn.decision_function(X)
    taken = cnn.model_
    taken.set_weights([0 * weight for weight in taken.get_weights()])
    np.testing.assert_array_equal(cnn.decision_function(X), expected)
    cnn.fit(X[:40], y[:40])
    assert not any(weight.any() for weight in taken.get_weights())
    assert cnn.model_ is not taken
