from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skcnn import CNNClassifier, NetworkClassifier, PretrainedFeatures, load, save
from skcnn.base._fingerprint import fingerprint
from skcnn.comparison._keys import key_of_data
from skcnn.training.runtime import start_tensorflow


@pytest.fixture(autouse=True, scope="module")
def _threads():
    """Set TensorFlow's threads before a layer starts it."""
    start_tensorflow()


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
    digests = [fingerprint(value) for value in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)
    assert digests == [fingerprint(value) for value in DIFFERENT]


def test_values_do_not_run_into_each_other():
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint([1], [2]) != fingerprint([1, 2], [])


def test_order_counts_in_lists_and_not_in_sets_and_dicts():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    # Both fall into one place of the table, so the first to come stands first.
    assert list({0, 8}) != list({8, 0})
    assert fingerprint({0, 8}) == fingerprint({8, 0})
    assert fingerprint(["a", "b"]) != fingerprint(["b", "a"])


def test_an_array_is_its_content_however_it_lies():
    array = np.arange(24).reshape(2, 3, 4)
    assert fingerprint(array) == fingerprint(np.asfortranarray(array))
    assert fingerprint(array[:, ::2]) == fingerprint(array[:, ::2].copy())
    assert fingerprint(np.zeros((0, 3))) == fingerprint(np.zeros((0, 3)))


@pytest.mark.parametrize(
    "changes", [{"verbose": 1}, {"checkpoint_dir": "folder"}, {"epochs": None}]
)
def test_what_changes_no_result_changes_no_digest(changes):
    assert fingerprint(CNNClassifier(**changes)) == fingerprint(CNNClassifier())


def test_a_fitted_estimator_is_its_parameters():
    assert fingerprint(GaussianNB().fit([[0], [1]], [0, 1])) == fingerprint(
        GaussianNB()
    )


def test_layers_of_keras_are_their_settings_whatever_number_they_got():
    one, other = keras.layers.RandomFlip(), keras.layers.RandomFlip()
    assert one.name != other.name
    assert fingerprint(one) == fingerprint(other)
    vertical = keras.layers.RandomFlip("vertical")
    assert fingerprint(one) != fingerprint(vertical)
    half = keras.layers.RandomFlip(dtype="bfloat16")
    assert fingerprint(one) != fingerprint(half)


def test_an_object_may_hold_itself():
    knot = []
    knot.append(knot)
    assert fingerprint(knot) == fingerprint(knot)


def same(one, other):
    """Whether two values have the same digest."""
    return fingerprint(one) == fingerprint(other)


def dense(seed=0, rate=0.1, functional=False):
    """Return a compiled network of three classes."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    inputs = keras.Input((4, 4, 1))
    if functional:
        return keras.Model(inputs, layers[1](layers[0](inputs)))
    model = keras.Sequential([inputs, *layers])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


def test_networks_are_their_weights_and_what_they_are_compiled_with():
    model = dense()
    assert same(NetworkClassifier(model), NetworkClassifier(dense()))
    assert not same(model, dense(seed=1))
    assert not same(model, dense(rate=0.2))
    changed = dense()
    changed.optimizer.learning_rate = 0.2
    assert not same(model, changed)


def test_equal_functional_networks_are_one_whatever_keras_has_counted():
    assert same(dense(functional=True), dense(functional=True))
    assert not same(dense(functional=True), dense(seed=1, functional=True))


def test_a_network_that_says_nothing_of_itself_is_what_it_holds():
    class Silent(keras.Model):
        def __init__(self, width):
            super().__init__()
            self.width = keras.layers.Dense(width)

        def get_config(self):
            raise NotImplementedError

    assert same(Silent(3), Silent(3))
    assert not same(Silent(3), Silent(4))


def test_a_frozen_network_is_its_weights_however_often_it_was_loaded(
    fitted_cnn, tmp_path
):
    save(fitted_cnn, tmp_path / "cnn.skcnn")
    one, other = (FrozenEstimator(load(tmp_path / "cnn.skcnn")) for _ in range(2))
    assert same(one, other)


CLASS = """
class Mine(BaseEstimator):
    width = {0}

    def fit(self, X, y):
        return self
"""


def made(code, name, value):
    """Return what code defines, with a value in it."""
    space = {"BaseEstimator": BaseEstimator, "__name__": "mine"}
    exec(code.format(value), space)
    return space[name]


@pytest.mark.parametrize(
    "member",
    [
        "",
        "    @staticmethod\n    def f(): return {0}",
        "    @classmethod\n    def f(cls): return {0}",
        "    @property\n    def f(self): return {0}",
    ],
)
def test_classes_of_the_user_are_all_their_members(member):
    code = CLASS.replace("{0}", "0") + member if member else CLASS
    one, again, other = (made(code, "Mine", value)() for value in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize("value", ["32", "'a'", "(32, 64)", "[32]", "{{1: [2]}}"])
def test_functions_are_the_constants_that_they_read(value):
    code = "FILTERS = {0}\ndef build(): return [f for f in (FILTERS, 1)]"
    value = value.replace("{{", "{").replace("}}", "}")
    one, again, other = (made(code, "build", v) for v in (value, value, "0"))
    assert same(one, again)
    assert not same(one, other)


def test_labels_of_another_width_are_the_same_data():
    X, codes = np.zeros((3, 4)), np.array([0, 1, 0])

    def digest(codes, classes):
        return key_of_data(X, codes, np.array(classes))

    one = digest(codes, [5, 7])
    assert one == digest(codes.astype(np.int32), np.array([5, 7], np.int32))
    assert digest(codes, ["a", "b"]) == digest(codes, np.array(["a", "b"], object))
    assert one != digest(codes, [5, 8])
    assert one != digest(1 - codes, [5, 7])


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_images_that_are_paths_are_their_files(kind, tmp_path):
    path = tmp_path / "one.png"
    path.write_text("1")
    X, labels = kind([str(path)]), (np.array([0]), np.array([0]))
    before = key_of_data(X, *labels)
    assert key_of_data(X, *labels) == before
    path.write_text("22")
    assert key_of_data(X, *labels) != before


def test_a_file_of_weights_is_more_than_its_name(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_text("1")
    features = PretrainedFeatures(weights=str(path))
    before = fingerprint(features)
    assert fingerprint(features) == before
    path.write_text("22")
    assert fingerprint(features) != before
