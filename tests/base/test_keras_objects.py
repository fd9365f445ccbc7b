"""Objects of Keras, and callbacks, in clones and in other processes."""

import copy
import pickle
import sys
import threading

import keras
import numpy as np
import pytest
import sklearn
from joblib.externals.loky.backend.reduction import dumps
from keras.src.saving.keras_saveable import KerasSaveable
from scikeras import _saving_utils
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from skcnn import CNNClassifier, NetworkClassifier
from skcnn.base.keras_objects import is_keras_object
from skcnn.keras_door import start_tensorflow

start_tensorflow()  # before a metric makes its variables


class Focal(keras.losses.Loss):
    """Has a parameter that its configuration does not name."""

    def __init__(self, gamma=1.0, name="focal"):
        super().__init__(name=name)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.gamma, axis=-1)


class Above(keras.metrics.Metric):
    def __init__(self, threshold=0.5, name="above"):
        super().__init__(name=name)
        self.threshold = threshold
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        above = keras.ops.cast(y_pred > self.threshold, "float32")
        self.total.assign_add(keras.ops.sum(above))

    def result(self):
        return self.total.value


class Descent(keras.optimizers.SGD):
    def __init__(self, factor=1.0, **others):
        super().__init__(**others)
        self.factor = factor


class Told(Descent):
    """The same, with a configuration that names all."""

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Brightness(keras.layers.Layer):
    def __init__(self, factor=1.0, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, images, training=None):
        return images * self.factor

    def get_config(self):
        return {"name": self.name}


class Silent(keras.callbacks.Callback):
    def __init__(self, gamma):
        super().__init__()
        self.loss = Focal(gamma)


def build(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def network(**params):
    common = {"model": build, "epochs": 1, "batch_size": 20, "random_state": 0}
    return NetworkClassifier(**{**common, "precision": "float32", **params})


WAYS = {
    "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),
    "worker": lambda estimator: pickle.loads(dumps(estimator)),
    "deepcopy": copy.deepcopy,
    "clone": clone,
}
all_ways = pytest.mark.parametrize("way", WAYS)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (Focal, True),
        (Above, True),
        (Descent, True),
        (Brightness, True),
        (keras.losses.MeanSquaredError, True),
        (lambda: build((8, 8, 1), 3), True),
        (lambda: Focal, False),
        (lambda: "adam", False),
        (lambda: build, False),
        (keras.callbacks.EarlyStopping, False),
        (keras.initializers.Zeros, False),
    ],
)
def test_what_keras_copies_by_its_configuration_is_recognised(make, expected):
    assert is_keras_object(make()) is expected


@all_ways
@pytest.mark.parametrize("scikeras", [False, True], ids=["Keras", "scikeras"])
def test_objects_keep_what_their_configurations_do_not_name(scikeras, way, monkeypatch):
    # scikeras has pickles of its own, for the whole process, once it is imported.
    for kind in (keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer):
        name = kind.__name__.lower()
        theirs = getattr(_saving_utils, f"pack_keras_{name}")
        reduce = theirs if scikeras else KerasSaveable.__reduce__
        monkeypatch.setattr(kind, "__reduce__", reduce)
    parameters = {
        "loss": Focal(2.0),
        "metrics": [Above(0.75), "mse", {"x": Focal(4.0)}],
        "optimizer": Told(3.0),
        "callbacks": {"a": [Silent(5.0)]},
        "model__inside": (1, {"loss": Focal(6.0)}),
    }
    copied = WAYS[way](network(**parameters))
    assert copied.loss.gamma == 2.0
    assert copied.metrics[0].threshold == 0.75
    assert copied.metrics[1] == "mse"
    assert copied.metrics[2]["x"].gamma == 4.0
    assert copied.optimizer.factor == 3.0
    assert copied.callbacks["a"][0].loss.gamma == 5.0
    assert copied.model__inside[1]["loss"].gamma == 6.0


@all_ways
def test_a_local_class_keeps_what_it_holds(way):
    class Local(Focal):
        pass

    copied = WAYS[way](network(loss=Local(2.0)))
    assert type(copied.loss) is Local
    assert copied.loss.gamma == 2.0


def test_a_clone_shares_objects_of_keras_and_callbacks_and_nothing_else():
    seeds = {"a": [1, 2]}
    callback, layer = Silent(1.0), keras.layers.RandomFlip("horizontal")
    model = build((8, 8, 1), 3)
    first = network(
        model=model, augment=layer, callbacks=[callback], model__seeds=seeds
    )
    second = clone(first)
    assert second.model is model
    assert second.augment is layer
    assert second.callbacks[0] is callback
    assert second.callbacks is not first.callbacks
    assert second.model__seeds == seeds
    assert second.model__seeds["a"] is not seeds["a"]


def test_a_clone_keeps_what_scikit_learn_keeps(fitted_cnn):
    with sklearn.config_context(enable_metadata_routing=True):
        first = CNNClassifier(callbacks=[Silent(1.0)])
        first.set_fit_request(sample_weight=True)
        requests = clone(first).get_metadata_routing().fit.requests
    assert requests["sample_weight"] is True
    assert not hasattr(clone(fitted_cnn), "classes_")


def test_fits_of_clones_leave_the_shared_objects_as_they_are(shapes):
    model = build((8, 8, 1), 3)
    before = [weights.copy() for weights in model.get_weights()]
    first = network(model=model, learning_rate=0.1)
    scores = [cross_val_score(first, *shapes, cv=2) for _ in range(2)]
    np.testing.assert_array_equal(*scores)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("parameter", "kind"),
    [("optimizer", Descent), ("augment", Brightness)],
    ids=["optimizer", "layer"],
)
def test_what_would_be_lost_on_the_way_is_named(parameter, kind):
    match = rf"parameter {parameter} .*{kind.__name__} does not name \['factor'\]"
    with pytest.raises(pickle.PicklingError, match=match):
        pickle.dumps(network(**{parameter: kind(3.0)}))


@pytest.mark.parametrize("parts", ["schedule", "compiled", "layer"])
def test_what_would_be_lost_inside_of_another_object_is_named(parts):
    class Steps(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, step):
            return self.factor

        def get_config(self):
            return {}

    if parts == "schedule":
        params, lost = {"optimizer": keras.optimizers.SGD(Steps(0.5))}, "Steps"
    elif parts == "compiled":
        model = build((8, 8, 1), 3)
        model.compile(loss=Focal(2.0))
        params, lost = {"model": model}, "Focal"
    else:
        model = keras.Sequential([keras.Input((8, 8, 1)), Brightness(2.0)])
        params, lost = {"model": model}, "Brightness"
    with pytest.raises(pickle.PicklingError, match=f"{lost} does not name"):
        pickle.dumps(network(**params))


def test_a_model_travels_with_its_weights_and_its_users_layers():
    class Doubled(keras.layers.Layer):
        def call(self, images):
            return images * 2

    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(Doubled()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(flat))
    copied = pickle.loads(pickle.dumps(network(model=model))).model
    images = np.ones((2, 8, 8, 1), np.float32)
    np.testing.assert_array_equal(copied(images), model(images))


@pytest.mark.parametrize("make", [threading.Lock, lambda: sys.stdout])
def test_a_callback_that_cannot_travel_is_named_with_the_cure(make):
    callback = keras.callbacks.Callback()
    callback.holds = make()
    match = "parameter callbacks cannot be pickled: .*function without arguments"
    with pytest.raises(pickle.PicklingError, match=match):
        pickle.dumps(CNNClassifier(callbacks=[callback]))

    def cure():
        return Silent(2.0)

    loaded = pickle.loads(pickle.dumps(CNNClassifier(callbacks=[cure, Silent])))
    assert loaded.callbacks[0]().loss.gamma == 2.0
    assert loaded.callbacks[1] is Silent
