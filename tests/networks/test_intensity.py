import keras
import numpy as np

from skcnn import NetworkClassifier
from skcnn.networks import build_intensity_cnn
from skcnn.networks._intensity import _hats


def test_number_of_parameters():
    network = build_intensity_cnn(
        (28, 28, 1), 5, filters=(8, 16), convs_per_block=(1, 2), n_gates=4, n_knots=10
    )
    # Kernels without biases: 9 * 1 * 8, 9 * 8 * 16, 9 * 16 * 16; four numbers per
    # channel of batch normalisation; gates 16 * 4 + 4; splines 4 * 10 * 5 + 5.
    convolutions = 9 * 1 * 8 + 9 * 8 * 16 + 9 * 16 * 16 + 4 * (8 + 16 + 16)
    assert network.count_params() == convolutions + (16 * 4 + 4) + (4 * 10 * 5 + 5)
    assert network.output_shape == (None, 5)
    assert network.output.dtype == "float32"


def test_the_basis_interpolates_the_mean_intensity():
    images = keras.Input((4, 4, 3))
    basis = keras.Model(images, _hats(images, 9))
    X = np.random.default_rng(0).random((20, 4, 4, 3), dtype=np.float32)
    hats = keras.ops.convert_to_numpy(basis(X))
    np.testing.assert_allclose(hats.sum(axis=1), 1, rtol=1e-5)
    assert ((hats > 0).sum(axis=1) <= 2).all()
    means = X.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(hats @ np.linspace(0, 1, 9), means, rtol=1e-5)


def test_a_map_of_one_pixel_is_not_pooled():
    network = build_intensity_cnn((1, 8, 1), 3, filters=(4,) * 3)
    assert network.output_shape == (None, 3)


def test_it_learns_steps_of_brightness_that_depend_on_the_shape():
    rng = np.random.default_rng(0)
    n = 900
    is_column = rng.integers(0, 2, n).astype(bool)
    brightness = rng.uniform(60, 255, n)
    X = np.zeros((n, 8, 8))
    X[is_column, :, 3:5] = brightness[is_column, None, None]
    X[~is_column, 3:5] = brightness[~is_column, None, None]
    # The shape moves the step, as the kind of garment does in T5.
    y = (brightness + np.where(is_column, 40, -40) > 157).astype(int)
    model = NetworkClassifier(
        build_intensity_cnn,
        model__filters=(8,),
        model__convs_per_block=(1,),
        epochs=25,
        learning_rate=0.02,
        random_state=0,
    ).fit(X[:600].astype(np.uint8), y[:600])
    # Without the shape, two of five labels are a matter of chance.
    assert model.score(X[600:].astype(np.uint8), y[600:]) > 0.9
