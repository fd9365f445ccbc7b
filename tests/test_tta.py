"""Test-time augmentation: laws of predictions with ``tta=True``."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import (
    NetworkClassifier,
    ResNetClassifier,
    TransferClassifier,
    load,
    recipes,
    save,
)
from skcnn.training.pool import POOL

METHODS = ("decision_function", "predict_proba")


def with_views(fitted, **changes):
    """Return a fitted estimator that is the same but for what is set after the fit."""
    other = clone(fitted)
    vars(other).update({**vars(fitted), "tta": True, **changes})
    return other


@pytest.fixture(scope="module")
def fitted(make_cnn, shapes):
    """Give one without views and one with, of the same weights in full precision."""
    one = make_cnn(precision="float32").fit(*shapes)
    return one, with_views(one)


# What the views are


def test_scores_are_the_mean_of_logits_over_the_image_and_its_shifts(fitted, shapes):
    plain, averaged = fitted
    X, _ = shapes
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1)), "edge")
    # A shift of one pixel: half of the largest one of augment="shift", and at least 1.
    corners = [padded[:, i : i + 8, i : i + 8] for i in (0, 2)]
    expected = np.mean([plain.decision_function(v) for v in (X, X, *corners)], axis=0)
    np.testing.assert_allclose(averaged.decision_function(X), expected, rtol=1e-5)


def test_the_views_change_what_is_said(fitted, shapes):
    plain, averaged = fitted
    X, _ = shapes
    difference = averaged.predict_proba(X) - plain.predict_proba(X)
    assert np.abs(difference).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_all_views_of_a_constant_image_are_the_same(fitted, method):
    flat = np.arange(0, 250, 25, dtype=np.uint8)[:, None, None] * np.ones(
        (8, 8), np.uint8
    )
    plain, averaged = (getattr(one, method)(flat) for one in fitted)
    np.testing.assert_allclose(averaged, plain, rtol=1e-5)


@pytest.mark.parametrize("augment", ["flip", ("shift", "flip"), ["flip"]])
def test_mirrored_images_get_the_same_where_a_flip_is_learned(fitted, shapes, augment):
    X, _ = shapes
    averaged = with_views(fitted[0], augment=augment)
    expected = averaged.predict_proba(X)
    np.testing.assert_allclose(
        averaged.predict_proba(X[:, :, ::-1]), expected, rtol=1e-5
    )


def test_images_are_mirrored_nowhere_else(fitted, shapes):
    X, _ = shapes
    for augment in (None, "shift", ("shift", "mixup")):
        averaged = with_views(fitted[0], augment=augment)
        expected = fitted[1].predict_proba(X)
        np.testing.assert_array_equal(averaged.predict_proba(X), expected)
        mirrored = averaged.predict_proba(X[:, :, ::-1])
        assert np.abs(mirrored - expected).max() > 0.1


# What is said of them


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_labels_probabilities_and_score_say_the_same(make_cnn, shapes, precision):
    X, y = shapes
    cnn = make_cnn(tta=True, augment="flip", precision=precision).fit(X, y)
    proba = cnn.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    labels = cnn.classes_[proba.argmax(axis=1)]
    np.testing.assert_array_equal(cnn.predict(X), labels)
    assert cnn.score(X, y) == np.mean(labels == y)


def test_two_classes_have_one_decision(make_cnn, pair):
    X, y = pair
    cnn = make_cnn(tta=True).fit(X, y)
    proba, decision = cnn.predict_proba(X), cnn.decision_function(X)
    np.testing.assert_allclose(1 / (1 + np.exp(-decision)), proba[:, 1])
    np.testing.assert_array_equal(cnn.predict(X) == "top", decision > 0)


def test_every_layout_predicts_the_same_bits(make_cnn, layout):
    cnn = make_cnn(tta=True, image_shape=layout.image_shape, augment="flip")
    cnn.fit(layout.X, layout.y)
    expected = cnn.decision_function(layout.X)
    images = layout.images
    if layout.name.startswith("frame"):
        images = pd.DataFrame(images.reshape(60, -1), columns=layout.X.columns)
    np.testing.assert_array_equal(cnn.decision_function(images), expected)


@pytest.mark.parametrize("shape", [(1, 8), (8, 1), (1, 1), (2, 2)])
def test_images_may_be_one_pixel_high(shape, shapes, make_cnn):
    _, y = shapes
    X = np.random.default_rng(0).random((60, *shape, 1))
    cnn = make_cnn(filters=(4,), pool_size=None, epochs=1, augment="flip", tta=True)
    proba = cnn.fit(X, y).predict_proba(X)
    assert proba.shape == (60, 3)
    cnn.set_params(tta=False)
    same = np.allclose(cnn.predict_proba(X), proba, atol=1e-6)
    assert same == (shape == (1, 1))


# Where it is set


def test_set_after_the_fit_it_gives_the_bits_of_one_that_had_it(make_cnn, shapes):
    X, y = shapes
    early = make_cnn(tta=True, augment="shift", early_stopping=True).fit(X, y)
    late = clone(early).set_params(tta=False).fit(X, y)
    assert not np.array_equal(late.predict_proba(X), early.predict_proba(X))
    # Neither the weights nor what was validated on the way depend on it.
    columns = ["loss", "val_loss", "val_accuracy"]
    pd.testing.assert_frame_equal(late.history_[columns], early.history_[columns])
    late.set_params(tta=True)
    np.testing.assert_array_equal(late.predict_proba(X), early.predict_proba(X))
    late.set_params(tta=False)
    early.set_params(tta=np.bool_(False))
    np.testing.assert_array_equal(late.predict_proba(X), early.predict_proba(X))


def test_the_network_is_neither_built_nor_traced_anew(fitted, shapes):
    plain, averaged = fitted
    X, _ = shapes
    plain.predict(X)
    with POOL.acquire_for_predict(plain._spec, plain._state) as compiled:
        model, graphs = compiled.model, set(compiled.model._infer.graphs)
    averaged.predict(X)
    with POOL.acquire_for_predict(averaged._spec, averaged._state) as compiled:
        assert compiled.model is model
        assert set(model._infer.graphs) == graphs


def test_the_plain_model_is_without_views(fitted, shapes):
    X, _ = shapes
    plain, averaged = fitted
    expected = plain.predict_proba(X)
    proba = averaged.model_.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(proba, expected, atol=1e-5)


def test_it_is_saved_with_the_estimator(fitted, shapes, tmp_path):
    X, _ = shapes
    averaged = with_views(fitted[0], augment="flip")
    save(averaged, tmp_path / "averaged.skcnn")
    loaded = load(tmp_path / "averaged.skcnn")
    assert loaded.tta is True
    np.testing.assert_array_equal(loaded.predict_proba(X), averaged.predict_proba(X))


def test_a_search_and_a_pipeline_set_it(make_cnn, shapes):
    X, y = shapes
    pipeline = make_pipeline("passthrough", make_cnn(image_shape=(8, 8), epochs=1))
    search = GridSearchCV(pipeline, {"cnnclassifier__tta": [True]}, cv=2)
    search.fit(X.reshape(60, -1), y)
    best = search.best_estimator_
    assert best[-1].tta is True
    proba = best.predict_proba(X.reshape(60, -1))
    plain = best.set_params(cnnclassifier__tta=False).predict_proba(X.reshape(60, -1))
    assert not np.array_equal(proba, plain)


def test_recipes_take_it():
    assert recipes.make("C3", tta=True).tta is True
    assert recipes.make("C3").tta is False


@pytest.mark.parametrize("value", ["yes", None, 2, (True,)])
def test_a_value_that_is_none_of_both_is_refused_before_and_after(
    make_cnn, fitted, shapes, value
):
    X, y = shapes
    said = "The 'tta' parameter of CNNClassifier must be an instance of 'bool'"
    with pytest.raises(ValueError, match=said):
        make_cnn(tta=value).fit(X, y)
    with pytest.raises(ValueError, match=said):
        with_views(fitted[0], tta=value).predict(X)


# Other networks


def perceptron(input_shape, n_classes):
    """Build a network that gives probabilities, one for two classes."""
    import keras

    n_units = 1 if n_classes == 2 else n_classes
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_units, "sigmoid" if n_units == 1 else "softmax"),
        ]
    )


def backbone(input_shape):
    """Build a backbone."""
    import keras

    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(images))


SHORT = {"epochs": 1, "random_state": 0, "batch_size": 60, "learning_rate": 0.01}


@pytest.mark.parametrize(
    "estimator",
    [
        ResNetClassifier(blocks=1, filters=(4,), augment="flip", **SHORT),
        NetworkClassifier(perceptron, augment="flip", **SHORT),
        TransferClassifier(
            backbone, augment="flip", fine_tune_layers=1, fine_tune_epochs=1, **SHORT
        ),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("data", ["shapes", "pair"])
def test_all_networks_say_the_same_of_mirrored_images(estimator, data, request):
    X, y = request.getfixturevalue(data)
    clf = clone(estimator).set_params(precision="float32").fit(X, y)
    plain = clf.decision_function(X)
    clf.set_params(tta=True)
    scores = clf.decision_function(X)
    assert np.abs(scores - plain).max() > 1e-3
    mirrored = clf.decision_function(X[:, :, ::-1])
    np.testing.assert_allclose(mirrored, scores, rtol=1e-4, atol=1e-4)
