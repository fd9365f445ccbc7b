"""Tests of NetworkFeatures."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import (
    NetworkClassifier,
    NetworkFeatures,
    SVMClassifier,
    TransferClassifier,
)
from skcnn.datasets import load_digits


@pytest.fixture(scope="module")
def fitted(make_cnn, shapes):
    """Give NetworkFeatures, fitted on `shapes`. Careful: do not fit it again."""
    return NetworkFeatures(make_cnn(precision="float32")).fit(*shapes)


def test_features_are_what_the_last_layer_gets(fitted, shapes):
    X, _ = shapes
    features = fitted.transform(X)
    # The pooled map, 4 x 4 of 8 channels.
    assert features.shape == (60, 4 * 4 * 8)
    assert features.dtype == np.float32
    kernel, bias = fitted.estimator_.model_.get_layer("logits").get_weights()
    logits = fitted.estimator_.decision_function(X)
    assert_allclose(features @ kernel + bias, logits, rtol=1e-4, atol=1e-4)


def test_a_named_layer_gives_its_maps_flattened(fitted, make_cnn, shapes):
    X, y = shapes
    named = clone(fitted).set_params(layer="max_pooling2d")
    # The pool comes before the rectifier, which comes before the last layer.
    maps = named.fit(X, y).transform(X)
    assert_allclose(np.maximum(maps, 0), fitted.transform(X), atol=1e-5)


def test_layers_have_the_same_names_in_every_network(make_cnn, shapes):
    X, y = shapes
    for filters in [(2, 3), (3, 2)]:
        network = make_cnn(filters=filters, epochs=1)
        features = NetworkFeatures(network, layer="conv2d_1").fit(X, y)
        # The second convolution sees the map after one pooling.
        assert features.transform(X[:2]).shape == (2, 4 * 4 * filters[1])


def test_an_unknown_layer_is_refused_before_any_training(make_cnn, shapes, monkeypatch):
    def fail(*args, **kwargs):
        pytest.fail("it was trained")

    monkeypatch.setattr("skcnn.training.fast_model.FastModel.fit", fail)
    features = NetworkFeatures(make_cnn(), layer="conv3d")
    with pytest.raises(ValueError, match=r"'conv3d' is no layer.*'conv2d'.*'logits'"):
        features.fit(*shapes)


def test_a_frozen_network_is_taken_as_it_is(fitted_cnn, shapes):
    X, y = shapes
    features = NetworkFeatures(FrozenEstimator(fitted_cnn)).fit(X, y[::-1])
    assert features.estimator_.estimator is fitted_cnn
    assert features.transform(X).shape == (60, 4 * 4 * 8)
    assert features.image_shape_ == (8, 8, 1)
    with pytest.raises(ValueError, match="'x' is no layer"):
        features.set_params(layer="x").fit(X, y)


def test_the_estimator_given_is_not_fitted(make_cnn, shapes):
    network = make_cnn(epochs=1)
    before = vars(network).copy()
    NetworkFeatures(network).fit(*shapes)
    assert vars(network) == before


def test_its_seed_decides_what_a_network_without_one_draws(make_cnn, shapes):
    X, y = shapes

    def features(seed, of_the_network=None):
        network = make_cnn(epochs=1, random_state=of_the_network)
        return NetworkFeatures(network, random_state=seed).fit(X, y).transform(X)

    assert_array_equal(features(0), features(0))
    assert (features(0) != features(1)).any()
    assert_array_equal(features(0, 5), features(1, 5))


def test_weights_and_validation_images_reach_the_network(make_cnn, shapes):
    X, y = shapes
    features = NetworkFeatures(make_cnn(epochs=1))
    features.fit(X, y, X_val=X[::2], y_val=y[::2], sample_weight=np.ones(60))
    assert "val_loss" in features.estimator_.history_
    with pytest.raises(ValueError, match="zero"):
        features.fit(X, y, sample_weight=np.zeros(60))


def test_metadata_are_routed(make_cnn, shapes):
    X, y = shapes
    with sklearn.config_context(enable_metadata_routing=True):
        network = make_cnn(epochs=1).set_fit_request(sample_weight=True)
        pipeline = make_pipeline(
            NetworkFeatures(network),
            LogisticRegression().set_fit_request(sample_weight=True),
        )
        weights = np.ones(60)
        pipeline.fit(X, y, X_val=X[::2], y_val=y[::2], sample_weight=weights)
    assert "val_loss" in pipeline[0].estimator_.history_


def test_names_of_columns_and_features(make_cnn, shapes):
    X, y = shapes
    frame = pd.DataFrame(X.reshape(60, -1)).rename(columns="pixel{}".format)
    features = NetworkFeatures(make_cnn(epochs=1)).fit(frame, y)
    assert list(features.feature_names_in_) == list(frame.columns)
    assert features.n_features_in_ == 64
    names = features.get_feature_names_out()
    assert names[0] == "networkfeatures0"
    assert len(names) == features.transform(frame).shape[1]
    features.fit(X, y)
    assert not hasattr(features, "feature_names_in_")


def test_pickled_it_gives_the_same_features(fitted, shapes):
    X, _ = shapes
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(loaded.transform(X), fitted.transform(X))


def test_an_svm_on_network_features_of_digits(make_cnn):
    X, y = load_digits()
    X, y = X[:450], y[:450]
    pipeline = make_pipeline(NetworkFeatures(make_cnn(epochs=4)), SVMClassifier())
    # One of ten would be right by chance.
    assert cross_val_score(pipeline, X, y, cv=3).min() > 0.6
    grid = {"networkfeatures__layer": [None, "conv2d"], "svmclassifier__C": [0.1, 10]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X[:100], y[:100])
    assert search.best_score_ > 0.3


def named_network(input_shape, n_classes):
    """Build a network with a layer that has a name, and no dense one."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(n_classes, 3, name="evidence"),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def test_a_network_of_ones_own_is_asked_by_the_names_of_its_layers(shapes):
    X, y = shapes
    network = NetworkClassifier(named_network, epochs=1, random_state=0)
    features = NetworkFeatures(network, layer="evidence").fit(X, y)
    # 3 x 3 without padding leaves 6 x 6, for three classes.
    assert features.transform(X[:2]).shape == (2, 6 * 6 * 3)
    with pytest.raises(ValueError, match=r"no dense layer.*'evidence'"):
        NetworkFeatures(network).fit(X, y)


def convolution(input_shape):
    """Build a tiny backbone."""
    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(images))


def test_a_network_on_a_backbone_gives_what_its_head_gets(shapes):
    network = TransferClassifier(convolution, epochs=1, random_state=0)
    features = NetworkFeatures(network).fit(*shapes)
    # One mean of each channel.
    assert features.transform(shapes[0][:2]).shape == (2, 4)


def test_another_kind_of_estimator_is_refused(shapes):
    with pytest.raises(TypeError, match=r"network classifier of skcnn.*LogisticReg"):
        NetworkFeatures(LogisticRegression()).fit(*shapes)


def test_a_frozen_network_needs_no_labels_and_looks_at_the_images(shapes, fitted_cnn):
    X, _ = shapes
    frozen = FrozenEstimator(fitted_cnn)
    assert NetworkFeatures(frozen).fit(X).transform(X).ndim == 2
    with pytest.raises(ValueError, match="shape"):
        NetworkFeatures(frozen).fit(X[:, :, :7])


def test_a_frozen_network_that_was_never_fitted_is_refused(make_cnn, shapes):
    X, _ = shapes
    with pytest.raises(NotFittedError, match="CNNClassifier instance is not fitted"):
        NetworkFeatures(FrozenEstimator(make_cnn())).fit(X)
