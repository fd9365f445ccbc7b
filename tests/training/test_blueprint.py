"""What decides the graphs of a network."""

import random
import threading

import keras
import numpy as np
import pytest

from skcnn.training.blueprint import built_with, config_key, needs_one_hot, seeded


def test_layers_are_built_with_one_precision_and_the_policy_comes_back():
    before = keras.config.dtype_policy().name
    with built_with("bfloat16"):
        assert keras.layers.Dense(1).dtype_policy.name == "mixed_bfloat16"
    with pytest.raises(RuntimeError), built_with("bfloat16"):
        fail()
    assert keras.config.dtype_policy().name == before


def test_the_policy_of_other_threads_is_left_alone():
    seen = []
    with built_with("bfloat16"):
        thread = threading.Thread(
            target=lambda: seen.append(keras.config.dtype_policy().name)
        )
        thread.start()
        thread.join()
    assert seen == ["float32"]


def fail():
    draws()
    raise RuntimeError


def draws():
    return random.random(), np.random.random()  # noqa: NPY002  (this is what is tested)


def test_borrowed_random_states_come_back():
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    expected = draws()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    with seeded(5):
        first = draws()
    with seeded(5):
        assert draws() == first
    with pytest.raises(RuntimeError), seeded(5):
        fail()
    assert draws() == expected


def test_threads_borrow_the_random_states_one_after_the_other():
    random.seed(1)
    before = random.getstate()
    inside = threading.Event()

    def borrow():
        with seeded(3):
            inside.set()
            threading.Event().wait(0.1)

    thread = threading.Thread(target=borrow)
    thread.start()
    inside.wait()
    with seeded(4):  # waits for the other one, whose state it must not give back
        pass
    thread.join()
    assert random.getstate() == before


# --- targets --------------------------------------------------------------------------


def mine(targets, outputs):
    return keras.losses.sparse_categorical_crossentropy(targets, outputs)


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
    ],
)
def test_losses_tell_whether_they_want_one_hot_targets(loss, expected):
    assert needs_one_hot(loss, 3, None) is expected


def test_one_unit_never_has_one_hot_targets():
    assert not needs_one_hot("binary_crossentropy", 1, None)
    assert not needs_one_hot("binary_crossentropy", 1, ("mixup",))


def test_blended_targets_must_be_one_hot():
    assert needs_one_hot("sparse_categorical_crossentropy", 3, ("shift", "mixup"))
    assert not needs_one_hot("sparse_categorical_crossentropy", 3, ("shift",))


# --- keys -----------------------------------------------------------------------------


def test_equal_things_have_equal_keys():
    def things():
        return [
            keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
            ["mse", mine, keras.metrics.AUC(name="first")],
            {"a": keras.losses.MeanSquaredError(name="some")},
            None,
        ]

    first, second = config_key(things()), config_key(things())
    assert first == second
    assert hash(first) == hash(second)


def test_different_things_have_different_keys():
    loss = keras.losses.CategoricalCrossentropy
    things = [loss(), loss(label_smoothing=0.1), loss, "mse", mine, None, [], ["mse"]]
    assert len({config_key(thing) for thing in things}) == len(things)


def test_what_cannot_be_compared_is_equal_to_nothing():
    class Odd(keras.losses.Loss):
        def get_config(self):
            return {"function": object()}

    odd = Odd()
    assert config_key(odd) != config_key(odd)
