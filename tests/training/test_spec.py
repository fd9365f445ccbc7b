"""What decides the graphs of a network."""

import random
import threading

import keras
import numpy as np
import pytest

from skcnn.training.spec import built_with, seeded


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
