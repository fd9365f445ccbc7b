"""Tests of FilterDisplay: kernels, what they find in images, and what is refused."""

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import CNNClassifier, NetworkClassifier, SVMClassifier, TransferClassifier
from skcnn.plots import FilterDisplay


def backbone(input_shape):
    images = keras.Input(input_shape)
    return keras.Model(images, keras.layers.Conv2D(2, 3)(images))


def perceptron(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


def kernels_of(clf):
    (first, *_) = [w for w in clf.model_.get_weights() if w.ndim == 4]
    return first


def drawn(axes):
    return np.stack([ax.images[0].get_array() for ax in np.ravel(axes)])


def test_kernels_are_the_first_weights(fitted_cnn):
    display = FilterDisplay.from_estimator(fitted_cnn)
    assert display.axes_.shape == (1, 8)
    wanted = np.moveaxis(kernels_of(fitted_cnn)[:, :, 0], 2, 0)
    assert_array_equal(drawn(display.axes_), wanted)
    assert [ax.get_title() for ax in display.axes_.flat] == list("01234567")
    assert display.figure_.get_suptitle() == (
        "First convolution of CNNClassifier\n8 kernels, 3 x 3"
    )


def test_colours_are_centred_at_zero_and_one_bar_holds_for_all(fitted_cnn):
    display = FilterDisplay.from_estimator(fitted_cnn)
    limit = np.abs(kernels_of(fitted_cnn)).max()
    images = [ax.images[0] for ax in display.axes_.flat]
    assert {image.get_cmap().name for image in images} == {"RdBu_r"}
    assert_allclose([image.get_clim() for image in images], [(-limit, limit)] * 8)
    assert len(display.figure_.axes) == 9  # eight kernels and the bar
    assert display.colorbar_.vmax == pytest.approx(limit)


def test_fewer_filters_can_be_asked_for(fitted_cnn):
    display = FilterDisplay.from_estimator(fitted_cnn, n_filters=3)
    assert display.axes_.shape == (1, 3)
    assert "3 of 8 kernels" in display.heading
    assert FilterDisplay.from_estimator(fitted_cnn, n_filters=99).axes_.size == 8


def test_responses_are_the_convolution_of_the_scaled_images(make_cnn, shapes):
    X, y = shapes
    clf = make_cnn(precision="float32", epochs=1).fit(X, y)
    display = FilterDisplay.from_estimator(clf, X, n_filters=2, n_images=3)
    assert display.axes_.shape == (3, 4)  # images above, kernels at the left
    assert_allclose(drawn(display.axes_[0, 1:]), X[:3] / 255, rtol=1e-6)
    kernels = kernels_of(clf)
    assert_array_equal(
        drawn(display.axes_[1:, 0]), np.moveaxis(kernels, 3, 0)[:2, ..., 0]
    )
    for i in range(2):
        wanted = [correlate2d(x / 255, kernels[..., 0, i], mode="same") for x in X[:3]]
        assert_allclose(drawn(display.axes_[1 + i, 1:]), wanted, atol=1e-5)


def test_each_row_of_responses_has_its_own_scale_about_zero(fitted_cnn, shapes):
    display = FilterDisplay.from_estimator(fitted_cnn, shapes[0][:2])
    assert not display.axes_[0, 0].images
    for i in range(8):
        limit = np.abs(display.maps[..., i]).max()
        for ax in display.axes_[1 + i, 1:]:
            assert_allclose(ax.images[0].get_clim(), (-limit, limit))
        assert display.axes_[1 + i, 0].texts[0].get_text() == str(i)


def test_kernels_for_colour_are_drawn_in_colour():
    kernels = np.random.default_rng(0).normal(size=(3, 3, 3, 5))
    display = FilterDisplay(kernels).plot()
    wanted = np.moveaxis(0.5 + kernels / np.abs(kernels).max() / 2, 3, 0)
    assert_allclose(drawn(display.axes_), wanted)
    assert display.colorbar_ is None


def test_kernels_for_four_channels_are_summed():
    kernels = np.random.default_rng(0).normal(size=(3, 3, 4, 10))
    display = FilterDisplay(kernels).plot()
    assert display.axes_.shape == (2, 8)
    wanted = np.moveaxis(kernels.sum(axis=2), 2, 0)
    assert_allclose(drawn(display.axes_.flat[:10]), wanted)


def test_backbone_of_a_transfer_classifier_is_entered(shapes):
    X, y = shapes
    clf = TransferClassifier(backbone, epochs=1, random_state=0).fit(X, y)
    display = FilterDisplay.from_estimator(clf, X[:2])
    inner = next(one for one in clf.model_.layers if isinstance(one, keras.Model))
    kernels = inner.get_weights()[0]
    assert_array_equal(display.kernels, kernels)
    assert "2 kernels, 3 x 3 x 3; grey is zero" in display.heading
    # The backbone sees three equal channels of 0 to 255, without a border.
    wanted = [
        [
            correlate2d(x, k, mode="valid")
            for k in np.moveaxis(kernels.sum(axis=2), 2, 0)
        ]
        for x in X[:2].astype(float)
    ]
    assert_allclose(np.moveaxis(display.maps, 3, 1), wanted, rtol=1e-3, atol=0.02)


def test_network_inside_a_search_and_a_pipeline_is_found(make_cnn, shapes):
    search = GridSearchCV(make_cnn(), {"epochs": [1]}, cv=2).fit(*shapes)
    pipeline = make_pipeline(FunctionTransformer(), search)
    wanted = kernels_of(search.best_estimator_)
    assert_array_equal(FilterDisplay.from_estimator(pipeline).kernels, wanted)


def test_given_axes_are_used(fitted_cnn):
    figure, axes = plt.subplots(2, 4)
    display = FilterDisplay.from_estimator(fitted_cnn, ax=axes)
    assert display.figure_ is figure
    assert display.axes_.shape == (1, 8)
    assert figure.get_suptitle() == ""


def test_network_without_a_convolution_is_refused(shapes):
    clf = NetworkClassifier(perceptron, epochs=1).fit(*shapes)
    with pytest.raises(ValueError, match=r"no two-dim.*layers are .*Flatten, Dense"):
        FilterDisplay.from_estimator(clf)


def test_estimator_without_a_network_is_refused(shapes):
    with pytest.raises(TypeError, match=r"SVMClassifier\(\) has none. Pass one.*CNN"):
        FilterDisplay.from_estimator(SVMClassifier())


@pytest.mark.parametrize("wrap", [list, None], ids=["search", "alone"])
def test_unfitted_network_is_refused(wrap):
    clf = CNNClassifier()
    estimator = GridSearchCV(clf, {}) if wrap else clf
    with pytest.raises(NotFittedError, match="CNNClassifier"):
        FilterDisplay.from_estimator(estimator)


def test_images_of_another_size_are_refused(fitted_cnn):
    with pytest.raises(ValueError, match=r"\(2, 9, 9\).*wants \(8, 8, 1\)"):
        FilterDisplay.from_estimator(fitted_cnn, np.zeros((2, 9, 9)))
