"""Networks that scale pixels by themselves: which pixels each is made for."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from skcnn.custom.own_scaling import decide_scaling, wants_raw_pixels
from skcnn.custom.users_network import as_functional

GREY, COLOUR = (8, 8, 1), (8, 8, 3)
# Scale and offset that rescale="auto" finds for bytes, and for pixels from 0 to 16.
BYTES, DIGITS = (1 / 255, 0.0), (1 / 16, 0.0)
RAW, SCALED, NOTHING = True, False, None


def stack(*before, shape=GREY):
    """Return a network with layers before its first weights."""
    return keras.Sequential(
        [keras.Input(shape), *before, layers.Flatten(), layers.Dense(3)]
    )


def graph(change, shape=COLOUR):
    """Return a network with a function of the images before its first weights."""
    images = keras.Input(shape)
    return keras.Model(images, layers.Dense(3)(layers.Flatten()(change(images))))


def wants(network, scaling=BYTES, shape=None):
    shape = shape or network.input_shape[1:]
    return wants_raw_pixels(as_functional(network, shape), scaling)


def dark_pixels(brightest=255):
    """Return images as Fashion-MNIST's: mostly black, with a black border."""
    rng = np.random.default_rng(0)
    images = np.zeros((60, *GREY), "float32")
    images[:, 1:-1, 1:-1] = rng.gamma(0.4, 0.3, (60, 6, 6, 1)).clip(0, 1) * brightest
    return images


def adapted(images, **params):
    layer = layers.Normalization(**params)
    layer.adapt(images)
    return layer


def normalized(mean, variance):
    return layers.Normalization(axis=None, mean=mean, variance=variance)


class Own(layers.Layer):
    """A layer of somebody's own, which scales."""

    def call(self, inputs):
        return inputs / 255


class OwnModel(keras.Model):
    """A network of somebody's own, which scales."""

    def __init__(self):
        super().__init__()
        self.rescaling = layers.Rescaling(1 / 255)
        self.flatten = layers.Flatten()
        self.dense = layers.Dense(3)

    def call(self, images):
        return self.dense(self.flatten(self.rescaling(images)))


# --- Rescaling ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "offset", "scaling", "wanted"),
    [
        (1 / 255, 0.0, BYTES, RAW),
        (1 / 127.5, -1.0, BYTES, RAW),
        (1.0, -127.5, BYTES, RAW),
        (1 / 65535, 0.0, (1 / 65535, 0.0), RAW),
        (1 / 16, 0.0, DIGITS, RAW),
        (1 / 2, 0.0, DIGITS, RAW),
        # Made for other pixels than these, but not for those in [0, 1].
        (1 / 255, 0.0, DIGITS, RAW),
        (2.0, -1.0, BYTES, SCALED),
        (2.0, -1.0, DIGITS, SCALED),
        (255.0, 0.0, BYTES, SCALED),
        (1.0, 0.0, BYTES, NOTHING),
    ],
)
def test_a_rescaling_that_makes_pixels_smaller_is_for_raw_ones(
    scale, offset, scaling, wanted
):
    assert wants(stack(layers.Rescaling(scale, offset)), scaling) is wanted


def test_a_scaling_with_an_offset_is_undone():
    # Pixels from -50 to 50, which "auto" maps to [0, 1].
    assert wants(stack(layers.Rescaling(1 / 50)), (1 / 100, 0.5)) is RAW
    assert wants(stack(layers.Rescaling(2.0, -1.0)), (1 / 100, 0.5)) is SCALED


# --- Normalization --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "variance", "scaling", "wanted"),
    [
        (0.13, 0.09, BYTES, SCALED),
        (33.0, 6200.0, BYTES, RAW),
        (4.9, 36.0, DIGITS, RAW),
        (0.3, 0.14, DIGITS, SCALED),
        (0.0, 1.0, BYTES, NOTHING),
    ],
)
def test_statistics_tell_for_which_pixels_a_normalization_is(
    mean, variance, scaling, wanted
):
    assert wants(stack(normalized(mean, variance)), scaling) is wanted


@pytest.mark.parametrize("axis", [None, -1, (1, 2, 3)])
@pytest.mark.parametrize(
    ("brightest", "scaling", "wanted"),
    [
        (255, BYTES, RAW),
        (1, BYTES, SCALED),
        (16, DIGITS, RAW),
        (1, DIGITS, SCALED),
    ],
)
def test_an_adapted_normalization_sees_pixels_like_those_it_was_adapted_to(
    axis, brightest, scaling, wanted
):
    network = stack(adapted(dark_pixels(brightest), axis=axis))
    assert wants(network, scaling) is wanted


def test_a_normalization_that_was_not_adapted_changes_nothing():
    assert wants(stack(layers.Normalization())) is NOTHING


@pytest.mark.parametrize(
    "layer", [normalized(5000.0, 1.0), normalized(0.5, 1.0)], ids=["neither", "both"]
)
def test_statistics_that_do_not_tell_are_an_error_with_the_cure(layer):
    layer = type(layer).from_config(layer.get_config() | {"name": "mine"})
    with pytest.raises(ValueError, match=r"by itself \('mine'\).*Pass rescale=None"):
        wants(stack(layer))


# --- operations -----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_the_preprocessing_of_applications_is_for_raw_pixels(mode):
    preprocess = keras.applications.imagenet_utils.preprocess_input
    assert wants(graph(lambda x: preprocess(x, mode=mode))) is RAW


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda x: x / 255, RAW),
        (lambda x: x / 127.5 - 1, RAW),
        (lambda x: layers.Concatenate()([x, x]) / 255, RAW),
        (lambda x: x * 2 - 1, SCALED),
        (lambda x: x[..., ::-1], NOTHING),
        # The same of any pixels.
        (lambda x: x - ops.mean(x, axis=(1, 2, 3), keepdims=True), NOTHING),
    ],
)
def test_arithmetic_is_seen(change, wanted):
    assert wants(graph(change)) is wanted


def test_branches_that_disagree_are_an_error():
    def change(x):
        first = layers.Conv2D(2, 3)(x / 255)
        return layers.Add()([first, layers.Conv2D(2, 3)(x * 255)])

    with pytest.raises(ValueError, match="cannot be told"):
        wants(graph(change))


@pytest.mark.parametrize("change", [lambda x: x - 0.5, lambda x: 1 - x])
def test_arithmetic_that_moves_pixels_a_little_is_for_scaled_ones(change):
    assert wants(graph(change)) is SCALED


def test_a_branch_of_the_image_itself_leaves_the_scaling_to_us():
    def change(x):
        intensity = ops.mean(x, axis=(1, 2, 3), keepdims=True) * 19
        return layers.Add()([layers.Conv2D(1, 3, padding="same")(x), intensity])

    assert wants(graph(change)) is NOTHING


# --- what comes before and around -----------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        [layers.RandomFlip(), layers.RandomBrightness(0.5), layers.RandomContrast(0.5)],
        [layers.ZeroPadding2D(12)],
        [layers.Resizing(16, 16), layers.MaxPooling2D(), layers.Dropout(0.5)],
        [keras.Sequential([layers.RandomFlip(), layers.RandomInvert(1.0)])],
    ],
    ids=["augmentation", "padding", "resizing", "nested"],
)
def test_layers_without_weights_are_looked_through(before):
    assert wants(stack(*before)) is NOTHING
    assert wants(stack(*before, layers.Rescaling(1 / 255))) is RAW
    assert wants(stack(*before, layers.Rescaling(2.0, -1.0))) is SCALED


def test_a_rescaling_inside_a_nested_model_is_seen():
    front = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)])
    assert wants(stack(front)) is RAW
    images = keras.Input(COLOUR)
    body = keras.Model(images, layers.Conv2D(2, 3)(images / 255))
    assert wants(stack(body, shape=COLOUR)) is RAW


def test_a_network_for_rows_of_pixels_is_seen():
    network = stack(layers.Rescaling(1 / 255), shape=(64,))
    assert wants(network, shape=GREY) is RAW


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(2, 3),
        layers.BatchNormalization(),
        layers.Activation("tanh"),
        layers.Lambda(lambda x: x / 255),
        Own(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_nothing_is_seen_of_weights_activations_and_code_of_the_users(layer):
    assert wants(stack(layer)) is NOTHING


def test_nothing_is_seen_of_a_model_of_the_users():
    assert wants(OwnModel(), shape=GREY) is NOTHING


def test_whole_numbers_are_for_raw_pixels():
    images = keras.Input(GREY, dtype="uint8")
    network = keras.Model(images, layers.Dense(3)(layers.Flatten()(images)))
    assert wants(network) is RAW


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("MobileNetV3Small", RAW),
        pytest.param("MobileNetV2", NOTHING, marks=pytest.mark.slow),
        pytest.param("EfficientNetB0", RAW, marks=pytest.mark.slow),
        pytest.param("EfficientNetV2B0", RAW, marks=pytest.mark.slow),
        pytest.param("EfficientNetV2S", RAW, marks=pytest.mark.slow),
        pytest.param("ConvNeXtTiny", RAW, marks=pytest.mark.slow),
    ],
)
def test_a_network_of_keras_inside_a_network_is_seen(name, wanted):
    body = getattr(keras.applications, name)(
        include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg"
    )
    assert wants(stack(body, shape=(32, 32, 3))) is wanted


# --- pixels that need no scaling ------------------------------------------------------


def test_the_scaling_is_raw_or_as_it_was():
    shrinks, enlarges = layers.Rescaling(1 / 255), layers.Rescaling(2.0, -1.0)
    for layer, wanted in ((shrinks, (1.0, 0.0)), (enlarges, BYTES)):
        assert decide_scaling(as_functional(stack(layer), GREY), BYTES) == wanted


def test_pixels_that_are_small_already_warn_where_they_vanish():
    with pytest.warns(UserWarning, match=r"0 and 1 become 0 and 0\.00392.*X, 255"):
        assert wants(stack(layers.Rescaling(1 / 255)), (1.0, 0.0)) is NOTHING


@pytest.mark.filterwarnings("error")
def test_pixels_that_are_small_already_do_not_warn_where_they_fit():
    assert wants(stack(layers.Rescaling(2.0, -1.0)), (1.0, 0.0)) is NOTHING
    assert wants(stack(normalized(0.13, 0.09)), (1.0, 0.0)) is NOTHING
    assert wants(stack(), (1.0, 0.0)) is NOTHING
