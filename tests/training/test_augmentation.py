"""Random changes of training images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from skcnn.base.augment import AUGMENTATIONS, SHIFT
from skcnn.training.augmentation import build_augmentation, check_layer
from skcnn.training.graphs import Traced

SEED = (3, 5)


def augmented(names, images, targets=None, seed=SEED):
    """Return images and targets after the named augmentations."""
    if targets is None:
        targets = np.eye(10, dtype=np.float32)[np.arange(len(images)) % 10]
    changed = build_augmentation(names)(
        tf.constant(images), tf.constant(targets), tf.constant(seed, tf.int32)
    )
    return tuple(part.numpy() for part in changed)


@pytest.fixture
def images():
    """Give 64 images (12, 9, 2) with values in [0.2, 0.7], all pixels different."""
    rng = np.random.default_rng(0)
    return rng.uniform(0.2, 0.7, (64, 12, 9, 2)).astype(np.float32)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_shape_type_and_range_are_kept(name, images):
    changed, targets = augmented((name,), images)
    assert changed.shape == images.shape
    assert changed.dtype == np.float32
    assert images.min() - 1e-6 <= changed.min() <= changed.max() <= images.max() + 1e-6
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_seed_decides_everything(name, images):
    first, _ = augmented((name,), images)
    np.testing.assert_array_equal(augmented((name,), images)[0], first)
    for other in ((4, 5), (3, 6)):
        assert not np.array_equal(augmented((name,), images, seed=other)[0], first)


@pytest.mark.parametrize("name", ["flip", "shift", "rotate", "zoom", "erase"])
def test_images_of_a_batch_are_changed_each_in_its_own_way(name, images):
    same = np.repeat(images[:1], 64, axis=0)
    changed, _ = augmented((name,), same)
    assert len({image.tobytes() for image in changed}) > 1


def test_names_are_applied_in_their_order(images):
    both, _ = augmented(("flip", "shift"), images)
    flipped, _ = augmented(("flip",), images)
    # The second one's seed is moved by its place.
    shifted, _ = augmented(("shift",), flipped, seed=(SEED[0] + 16, SEED[1]))
    np.testing.assert_array_equal(both, shifted)


def test_flip_mirrors_about_half_of_the_images_left_to_right(images):
    changed, _ = augmented(("flip",), images)
    mirrored = (changed == images[:, :, ::-1]).all(axis=(1, 2, 3))
    same = (changed == images).all(axis=(1, 2, 3))
    assert (mirrored ^ same).all()
    assert 16 < mirrored.sum() < 48


def moved(image, down, right):
    """Return an image whose content sits elsewhere; border pixels fill the gap."""
    reach = max(abs(down), abs(right))
    padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = image.shape[:2]
    return padded[reach + down :, reach + right :][:height, :width]


@pytest.mark.parametrize(
    ("shape", "reach"),
    # 7 % of the side, rounded, at least one pixel; a side of one cannot move.
    [((28, 28), (2, 2)), ((8, 8), (1, 1)), ((100, 28), (7, 2)), ((1, 20), (0, 1))],
)
def test_shift_moves_by_whole_pixels_within_seven_percent(shape, reach):
    assert SHIFT == 0.07
    rng = np.random.default_rng(1)
    images = rng.uniform(0, 1, (120, *shape, 1)).astype(np.float32)
    changed, _ = augmented(("shift",), images)
    found = set()
    for image, result in zip(images, changed, strict=True):
        offsets = [
            (down, right)
            for down in range(-reach[0], reach[0] + 1)
            for right in range(-reach[1], reach[1] + 1)
            if np.array_equal(moved(image, down, right), result)
        ]
        assert len(offsets) == 1
        found.update(offsets)
    assert {down for down, _ in found} == set(range(-reach[0], reach[0] + 1))
    assert {right for _, right in found} == set(range(-reach[1], reach[1] + 1))


@pytest.mark.parametrize("name", ["rotate", "zoom"])
def test_turned_and_zoomed_images_stay_around_their_centre(name):
    # A disc in the middle of 21 x 21 looks the same from every angle.
    place = np.arange(21) - 10
    distance = np.hypot(place[:, None], place[None, :])
    disc = np.clip(6 - distance, 0, 1).astype(np.float32)
    changed, _ = augmented((name,), np.repeat(disc[None, ..., None], 50, axis=0))
    total = changed.sum(axis=(1, 2, 3))
    for axis in (1, 2):
        centre = changed.sum(axis=(3, 3 - axis)) @ place / total
        np.testing.assert_allclose(centre, 0, atol=0.05)
    sizes = np.sqrt(total / disc.sum())
    if name == "rotate":
        np.testing.assert_allclose(sizes, 1, atol=0.02)
    else:
        assert 0.83 < sizes.min() < 0.95
        assert 1.05 < sizes.max() < 1.22


def test_rotate_turns_by_up_to_fifteen_degrees_both_ways():
    place = np.arange(41) - 20
    bar = np.repeat((np.abs(place)[None, :] < 3).astype(np.float32), 41, axis=0)
    changed, _ = augmented(("rotate",), np.repeat(bar[None, ..., None], 80, axis=0))
    rows = changed[..., 0] @ place / changed[..., 0].sum(axis=2)  # centre of each row
    angles = np.degrees(np.arctan((rows[:, 35] - rows[:, 5]) / 30))
    assert -15.5 < angles.min() < -12
    assert 12 < angles.max() < 15.5


def test_erase_greys_a_box_in_about_half_of_the_images(images):
    changed, _ = augmented(("erase",), images)
    differs = (changed != images).any(axis=3)
    erased = differs.any(axis=(1, 2))
    assert 16 < erased.sum() < 48
    for image, result, mask in zip(
        images[erased], changed[erased], differs[erased], strict=True
    ):
        rows, columns = mask.any(axis=1), mask.any(axis=0)
        np.testing.assert_array_equal(mask, rows[:, None] & columns[None, :])
        for side in (rows, columns):
            assert side.sum() <= np.ceil(len(side) / 2)
            assert np.diff(np.flatnonzero(side)).max(initial=1) == 1
        grey = np.broadcast_to(image.mean(axis=(0, 1)), result[mask].shape)
        np.testing.assert_allclose(result[mask], grey, rtol=1e-5)


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_targets_are_blended_as_the_images_are(name):
    # Image i is i everywhere, so that its mean tells the shares of its sources.
    images = np.repeat(np.arange(10, dtype=np.float32), 36).reshape(10, 6, 6, 1)
    for seed in range(5):
        changed, targets = augmented((name,), images, seed=(seed, 0))
        np.testing.assert_allclose(
            changed.mean(axis=(1, 2, 3)), targets @ np.arange(10), rtol=1e-5
        )
        assert ((targets > 0).sum(axis=1) <= 2).all()


def test_a_keras_layer_is_called_as_in_training(images):
    class Brighter(keras.layers.Layer):
        def call(self, inputs, training=False):
            return inputs + 1.0 if training else inputs

    changed, targets = augmented(Brighter(), images, images)
    np.testing.assert_allclose(changed, images + 1)
    np.testing.assert_array_equal(targets, images)


# --- in a fit -------------------------------------------------------------------------


class Blank(keras.layers.Layer):
    """Make every training image white, so that nothing can be learned from it."""

    def call(self, inputs, training=False):
        return keras.ops.ones_like(inputs) if training else inputs


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (
            keras.layers.Dense(3),
            r"Dense, must .*\(8, 8, 1\).*of shape \(8, 8, 3\)",
        ),
        (keras.layers.Flatten(), r"Flatten, must .*those of shape \(64,\)"),
        (keras.layers.RandomSaturation(0.5), "RandomSaturation, must .*It says: "),
        (keras.layers.LSTM(3), "LSTM, must .*It says: "),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_layer_that_makes_no_images_is_named(layer, match):
    with pytest.raises(ValueError, match=f"augment='{layer.name}', a {match}"):
        check_layer(layer, (8, 8, 1))


def test_a_layer_is_asked_before_the_training(cnn, digits):
    with pytest.raises(ValueError, match="augment='flatten"):
        cnn(augment=keras.layers.Flatten(name="flatten")).fit(*digits)


def test_only_training_images_are_augmented(cnn, digits):
    X, y = digits
    params = {"epochs": 25, "learning_rate": 0.02, "filters": (8,), "head": "flatten"}
    plain = cnn(**params).fit(X, y, X_val=X, y_val=y)
    blank = cnn(**params, augment=Blank()).fit(X, y, X_val=X, y_val=y)
    assert plain.history_["val_accuracy"].iloc[-1] > 0.9
    assert blank.history_["accuracy"].iloc[-1] < 0.3
    # The validation images are seen as they are: other than one answer to all.
    assert len(np.unique(blank.predict_proba(X)[:, 0])) > 100
    assert blank.history_["val_accuracy"].iloc[-1] == pytest.approx(blank.score(X, y))


def test_a_layer_of_the_users_is_not_changed_by_a_fit(cnn, bits, digits):
    X, y = digits
    layer = keras.layers.RandomRotation(0.2, seed=3)
    before = [variable.numpy() for variable in layer.variables]
    first = bits(cnn(augment=layer).fit(X, y))
    for mine, theirs in zip(layer.variables, before, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs)
    assert bits(cnn(augment=layer).fit(X, y)) == first
    assert bits(cnn(augment=layer, random_state=1).fit(X, y)) != first


def test_a_layers_randomness_goes_on_in_a_warm_fit(cnn, bits, digits):
    X, y = digits
    long = cnn(augment=keras.layers.RandomFlip(), epochs=4).fit(X, y)
    warm = cnn(augment=keras.layers.RandomFlip(), epochs=2, warm_start=True)
    assert bits(warm.fit(X, y).fit(X, y)) == bits(long)


def test_augmentation_draws_anew_in_every_step_epoch_and_fit(cnn, bits, digits, pool):
    X, y = digits
    seen = []

    def watch(images, targets, seed):
        tf.py_function(lambda s: seen.append(tuple(s.numpy().tolist())), [seed], [])
        return images, targets

    clf = cnn(augment="flip")
    clf.fit(X[:32], y[:32])
    (compiled,) = pool._models
    compiled.model.augmentation = watch
    chunk = compiled.model._train_chunk
    compiled.model._train_chunk = Traced(chunk.function, *chunk.signature)
    clf.fit(X, y)
    clf.set_params(random_state=1).fit(X, y)
    pool.clear()
    # 5 steps in each of 2 epochs of 2 fits.
    assert len(seen) == len(set(seen)) == 20
