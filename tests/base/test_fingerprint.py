import copy
import json
import os
import socket
import subprocess
import sys
import threading
import types
import weakref
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
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
from skcnn.base.fingerprint import NoFingerprint, fingerprint


def _module(path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    # A data class looks its module up.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


KINDS_FILE = Path(__file__).with_name("kinds.py")
kinds = _module(KINDS_FILE)


@pytest.mark.parametrize("make", kinds.KINDS.values(), ids=kinds.KINDS)
def test_content_decides_whoever_made_it(make):
    first = fingerprint(make(1))
    assert fingerprint(make(1)) == first
    assert fingerprint(make(2)) != first


def test_fingerprints_are_the_same_in_another_process():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", KINDS_FILE],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=True,
    )
    there = json.loads(done.stdout)
    here = {name: fingerprint(make(1)) for name, make in kinds.KINDS.items()}
    assert {name for name in here if here[name] != there[name]} == set()


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


def made(code, name, value, home="mine"):
    """Return what code defines, with a value in it."""
    space = {"BaseEstimator": BaseEstimator, "__name__": home}
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


def test_a_file_of_weights_is_more_than_its_name(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_text("1")
    features = PretrainedFeatures(weights=str(path))
    before = fingerprint(features)
    assert fingerprint(features) == before
    path.write_text("22")
    assert fingerprint(features) != before


# --- code -----------------------------------------------------------------------------


def test_names_lines_and_files_of_functions_do_not_count():
    def compiled(code, file, name):
        space = {"__name__": file}
        exec(compile(code, file, "exec"), space)
        return space[name]

    one = compiled("def f(x): return x + 1", "one.py", "f")
    other = compiled("\n\n# Another place.\ndef g(x): return x + 1", "other.py", "g")
    assert same(one, other)
    assert not same(one, compiled("def f(x): return x + 2", "one.py", "f"))


def test_a_function_named_like_a_known_one_is_another():
    code = "def relu(x): return x"
    for home in ("keras.activations", "keras.src.activations.activations", "skcnn"):
        assert not same(made(code, "relu", 0, home), keras.activations.relu)


def test_a_wrapper_is_not_the_function_that_it_claims_to_be():
    code = "import functools\n@functools.wraps(len)\ndef f(x): return {0}"
    assert not same(made(code, "f", 0), len)


def test_what_is_changed_in_place_is_seen():
    table = {"a": [1]}
    space = {"table": table, "__name__": "mine"}
    exec("def f(): return table", space)
    before = fingerprint(space["f"])
    table["a"].append(2)
    assert fingerprint(space["f"]) != before


def test_methods_of_random_are_known_whatever_has_been_drawn():
    code = "from numpy.random import rand\ndef f(): return rand()"
    before = fingerprint(made(code, "f", 0))
    np.random.rand()  # noqa: NPY002  (whose state it changes)
    assert fingerprint(made(code, "f", 0)) == before


def test_copies_and_pickles_of_a_class_leave_no_trace():
    mine = made(CLASS, "Mine", 1)
    before = fingerprint(mine)
    copy.copy(mine()), fingerprint(mine())
    assert fingerprint(mine) == before


@pytest.mark.parametrize(
    "kind", ["helper of a helper", "function inside", "super", "context", "data class"]
)
def test_code_that_was_sent_to_a_worker_is_the_same(kind):
    cloudpickle = pytest.importorskip("cloudpickle", reason="joblib's sends code")
    function = kinds.in_code(kinds.CODE[kind])(1)
    sent = cloudpickle.loads(cloudpickle.dumps(function))
    assert same(sent, function)


# --- many objects ---------------------------------------------------------------------


def test_deep_and_shared_objects_take_no_longer_than_they_are_many():
    deep = shared = [1]
    for _ in range(5000):  # deeper than Python may call; 2**5000 lists, written out
        deep, shared = [deep, None], [shared, shared]
    assert not same(deep, shared)
    assert same(shared, [shared[0], shared[1]])


def test_one_object_twice_is_two_equal_objects():
    one = types.SimpleNamespace(n=[1])
    assert same([one, one], [one, copy.deepcopy(one)])


@pytest.mark.parametrize("place", [0, 1, 50])
def test_long_circles_are_all_their_members(place):
    def ring(odd):
        members = [types.SimpleNamespace(n=0) for _ in range(100)]
        for number, member in enumerate(members):
            member.next, member.before = members[number - 99], members[number - 1]
        members[odd].n = 1
        return members[0]

    assert same(ring(place), ring(place))
    assert not same(ring(place), ring(2))
    assert not same(ring(place), ring(98))


def test_sets_in_a_circle_have_no_order():
    def tree(depth, above=None):
        node = types.SimpleNamespace(above=above, depth=depth)
        # Objects of no order: their hash is their address.
        own = [Node(depth, node) for _ in range(3)] if depth else []
        node.below = {*own}
        return node

    class Node:
        def __init__(self, depth, above):
            self.tree = tree(depth - 1, above)

    assert same(tree(3), tree(3))
    assert not same(tree(3), tree(2))


# --- Keras ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        keras.losses.MeanSquaredError,
        keras.metrics.AUC,
        lambda: keras.layers.Dropout(0.5),
        lambda: keras.layers.Dense(3),
        lambda: keras.layers.Bidirectional(keras.layers.LSTM(2)),
        lambda: kinds.Metric(1),
        lambda: kinds.Layer(1),
        lambda: kinds.stack(kinds.dense()),
    ],
)
def test_numbers_that_keras_counts_up_do_not_count(make):
    one, other = make(), make()
    assert same(one, other)


def test_a_training_leaves_no_trace_but_in_weights():
    # At a learning rate of zero the weights stay as they are.
    optimizer, own = keras.optimizers.Adam(0.0), kinds.Optimizer(1)
    loss, metrics = kinds.Loss(1), [kinds.Metric(1), keras.metrics.AUC()]
    callback = kinds.Callback(1)
    own_layers = kinds.dense(activation=kinds.times(2)), kinds.Layer(1)
    model = kinds.stack(*own_layers, keras.layers.Dropout(0.5))
    model.compile(optimizer, loss, metrics=metrics)
    parts = [optimizer, own, loss, *metrics, callback, model]
    before = [fingerprint(part) for part in parts]
    model.fit(np.ones((4, 3)), np.zeros((4, 2)), callbacks=[callback], verbose=0)
    own.build(model.trainable_variables)
    assert [fingerprint(part) for part in parts] == before
    optimizer.learning_rate = 0.1
    assert fingerprint(model) != before[-1]


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Nadam", "Ftrl", "Adafactor"])
def test_an_optimizer_is_its_settings_whatever_it_has_done(name):
    kind = getattr(keras.optimizers, name)
    used = kind()
    used.build([keras.Variable(np.ones((2, 2)))])
    used.apply([keras.ops.ones((2, 2))])
    assert same(used, kind())
    assert not same(used, kind(0.5))


def test_a_layer_used_twice_is_not_two_equal_layers():
    def network(first, second):
        inputs = keras.Input((3,))
        return keras.Model(inputs, second(first(inputs)))

    def layer():
        return keras.layers.Dense(3, kernel_initializer="ones")

    twice = layer()
    assert not same(network(twice, twice), network(layer(), layer()))


# --- what has none --------------------------------------------------------------------


class Holder(keras.callbacks.Callback):
    def __init__(self, stream):
        super().__init__()
        self.stream = stream


def endless():
    yield 1


@pytest.mark.parametrize(
    "make",
    [
        endless,
        lambda: iter([1]),
        lambda: map(len, []),
        lambda: Path(__file__).open(),  # noqa: SIM115  (open, as it is to be)
        socket.socket,
        threading.Thread,
        lambda: weakref.ref(Holder),
        lambda: np.frompyfunc(len, 1, 1),
        sys._getframe,
    ],
)
def test_what_nobody_can_tell_has_no_fingerprint(make):
    thing = make()
    with pytest.raises(NoFingerprint, match=f"is a {type(thing).__name__}: "):
        fingerprint(thing)
    getattr(thing, "close", int)()


@pytest.mark.parametrize(
    ("thing", "place"),
    [
        (CNNClassifier(callbacks=[Holder(endless())]), "callbacks[0].stream"),
        (CNNClassifier(lr_schedule=scale(endless())), "lr_schedule.__closure__['fac"),
        ({"a": [1, partial(len, x=endless())]}, "['a'][1].keywords['x']"),
        (types.SimpleNamespace(n={1: endless()}), "n[...]"),
    ],
)
def test_the_error_says_what_has_none_and_where(thing, place):
    with pytest.raises(NoFingerprint) as caught:
        fingerprint(thing)
    assert str(caught.value).startswith(place)
    assert "is a generator: what it will do cannot be told" in str(caught.value)
