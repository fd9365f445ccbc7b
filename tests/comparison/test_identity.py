from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skcnn import CNNClassifier, NetworkClassifier
from skcnn.comparison._identity import digest_of


def scale(factor):
    """Return a function that encloses a number."""
    return lambda rate: rate * factor


DIFFERENT = [
    None,
    0,
    False,
    0.0,
    1,
    "1",
    b"1",
    [],
    [1],
    [1, 2],
    [[1], 2],
    (1,),
    {1},
    {1: 2},
    {1: 3},
    {"1": 2},
    np.array([1, 2]),
    np.array([1, 2], np.uint8),
    np.array([[1, 2]]),
    np.array([1, 2, 3, 4])[::2],
    np.array(["a", "b"]),
    np.array(["a", "b"], object),
    pd.DataFrame({"a": [1, 2]}),
    pd.DataFrame({"b": [1, 2]}),
    np.float64,
    np.random.RandomState(0),
    np.random.RandomState(1),
    SVC(),
    SVC(C=2),
    make_pipeline(SVC()),
    make_pipeline(SVC(C=2)),
    CNNClassifier(),
    CNNClassifier(lr_schedule=scale(2)),
    CNNClassifier(lr_schedule=scale(3)),
    CNNClassifier(lr_schedule=lambda rate: rate + 1),
    CNNClassifier(lr_schedule=lambda rate: rate + 2),
    NetworkClassifier(scale, model__factor=2),
    partial(scale, 1),
    partial(scale, 2),
    Path("a"),
    Path("b"),
    len,
    FrozenEstimator(GaussianNB().fit([[0], [1]], [0, 1])),
    FrozenEstimator(GaussianNB().fit([[0], [2]], [0, 1])),
]


def test_what_differs_has_digests_that_differ():
    digests = [digest_of(value) for value in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)
    assert digests == [digest_of(value) for value in DIFFERENT]


def test_values_do_not_run_into_each_other():
    assert digest_of("ab", "c") != digest_of("a", "bc")
    assert digest_of([1], [2]) != digest_of([1, 2], [])


def test_order_counts_in_lists_and_not_in_sets_and_dicts():
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    # Both fall into one place of the table, so the first to come stands first.
    assert list({0, 8}) != list({8, 0})
    assert digest_of({0, 8}) == digest_of({8, 0})
    assert digest_of(["a", "b"]) != digest_of(["b", "a"])


def test_an_array_is_its_content_however_it_lies():
    array = np.arange(24).reshape(2, 3, 4)
    assert digest_of(array) == digest_of(np.asfortranarray(array))
    assert digest_of(array[:, ::2]) == digest_of(array[:, ::2].copy())
    assert digest_of(np.zeros((0, 3))) == digest_of(np.zeros((0, 3)))


@pytest.mark.parametrize(
    "changes", [{"verbose": 1}, {"checkpoint_dir": "folder"}, {"epochs": None}]
)
def test_what_changes_no_result_changes_no_digest(changes):
    assert digest_of(CNNClassifier(**changes)) == digest_of(CNNClassifier())


def test_a_fitted_estimator_is_its_parameters():
    assert digest_of(GaussianNB().fit([[0], [1]], [0, 1])) == digest_of(GaussianNB())


def test_layers_of_keras_are_their_settings_whatever_number_they_got():
    one, other = keras.layers.RandomFlip(), keras.layers.RandomFlip()
    assert one.name != other.name
    assert digest_of(one) == digest_of(other)
    vertical = keras.layers.RandomFlip("vertical")
    assert digest_of(one) != digest_of(vertical)
    half = keras.layers.RandomFlip(dtype="bfloat16")
    assert digest_of(one) != digest_of(half)


def test_an_object_may_hold_itself():
    knot = []
    knot.append(knot)
    assert digest_of(knot) == digest_of(knot)
