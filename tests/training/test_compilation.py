"""Targets as losses and metrics want them."""

import keras
import pytest

from skcnn.training.compilation import needs_one_hot


def mine(targets, outputs):
    return keras.losses.sparse_categorical_crossentropy(targets, outputs)


class Mine(keras.losses.Loss):
    """A loss that no name calls sparse."""


class MyCategorical(keras.losses.CategoricalCrossentropy):
    """What its family takes, it takes."""


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("categorical_crossentropy", True),
        ("sparse_categorical_crossentropy", False),
        ("mse", True),
        ("kl_divergence", True),
        (keras.losses.CategoricalFocalCrossentropy(), True),
        (keras.losses.SparseCategoricalCrossentropy(), False),
        (keras.losses.categorical_crossentropy, True),
        (keras.losses.sparse_categorical_crossentropy, False),
        (mine, False),
        (Mine(), False),
        (MyCategorical(), True),
    ],
)
def test_losses_tell_whether_they_want_one_hot_targets(loss, expected):
    assert needs_one_hot(loss, 3, None) is expected


def test_one_unit_never_has_one_hot_targets():
    assert not needs_one_hot("binary_crossentropy", 1, None)
    assert not needs_one_hot("binary_crossentropy", 1, ("mixup",))


def test_mixed_targets_must_be_one_hot():
    assert needs_one_hot("categorical_crossentropy", 3, ("shift", "mixup"))
    assert needs_one_hot(mine, 3, ("mixup",))
    assert not needs_one_hot(mine, 3, ("shift",))
    with pytest.raises(ValueError, match="takes class numbers"):
        needs_one_hot("sparse_categorical_crossentropy", 3, ("shift", "mixup"))
