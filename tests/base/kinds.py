"""Every kind of thing that has a fingerprint, as functions of a number, 1 or 2.

As a script it prints the fingerprints of all for 1.
"""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import logging
import random
import re
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skcnn.keras_door import start_tensorflow

start_tensorflow()
import keras  # noqa: E402  (TensorFlow's threads are set before Keras starts it)
from keras.src.losses.losses import LossFunctionWrapper  # noqa: E402


def defined(code, name="f", **around):
    """Return what code defines, in a module that is nowhere else."""
    space = {"__name__": "mine", **around}
    exec(code, space)
    return space[name]


def module(code, name="helpers"):
    """Return a module of the user's, which imports find while it is the newest."""
    made = sys.modules[name] = types.ModuleType(name)
    exec(code, vars(made))
    return made


@dataclasses.dataclass
class Point:
    x: int
    rest: list = dataclasses.field(default_factory=list)


class Slots:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n


class Called(Slots):
    def __call__(self, rate):
        return rate * self.n

    def method(self):
        return self.n


class Locked:
    def __init__(self, n):
        self.n = n
        self.lock = threading.Lock()
        self.event = threading.Event()


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Named(str):
    pass


def fitted(n):
    return GaussianNB().fit([[0], [n]], [0, 1])


def closed(n):
    return lambda rate: rate * n


def knot(n):
    one, other = types.SimpleNamespace(n=n), types.SimpleNamespace(n=0)
    one.other, other.other = other, one
    return one


PLAIN = {
    "numbers": lambda n: (n, float(n), complex(n)),
    "long number": lambda n: n * 10**6000,
    "text": lambda n: f"\ud800{n}",
    "bytes": lambda n: bytes([n]),
    "bytearray": lambda n: bytearray([n]),
    "range": lambda n: range(n),
    "slice": lambda n: slice(n),
    "decimal": lambda n: decimal.Decimal(n),
    "date": lambda n: datetime.date(2000, 1, n),
    "enum": Colour,
    "path": lambda n: Path(f"folder/{n}"),
    "pattern": lambda n: re.compile(f"{n}"),
    "subclass of str": lambda n: Named(n),
    "list": lambda n: [n, [n], [[n]]],
    "named tuple": lambda n: collections.namedtuple("P", "x y")(n, 2),
    "fields of a named tuple": lambda n: collections.namedtuple("P", f"x{n}"),
    "set": lambda n: {str(n), *"abcdefg"},
    "set of tuples": lambda n: {(n, str(i)) for i in range(9)},
    "dict": lambda n: {"a": n, "b": [n]},
    "dict of other keys": lambda n: {(n,): 1, 2: 3, "a": 1},
    "ordered dict": lambda n: collections.OrderedDict(a=n),
    "counter": lambda n: collections.Counter({"a": n}),
    "default dict": lambda n: collections.defaultdict([list, set, dict][n]),
    "deque": lambda n: collections.deque([1, 2], maxlen=n),
    "mapping proxy": lambda n: types.MappingProxyType({"a": n}),
    "array": lambda n: np.arange(6).reshape(2, 3) * n,
    "shape of an array": lambda n: np.zeros((n, 6 // n)),
    "array of texts": lambda n: np.array([f"{n}", "b"]),
    "array of objects": lambda n: np.array([n, [n], None], dtype=object),
    "array of dates": lambda n: np.array([n], "datetime64[D]"),
    "structured array": lambda n: np.array([(n, 2.0)], "i4,f8"),
    "masked array": lambda n: np.ma.array([1, 2, 3], mask=np.arange(3) == n),
    "NumPy's number": lambda n: np.float32(n),
    "dtype": lambda n: np.dtype(f"i{n * 4}"),
    "frame": lambda n: pd.DataFrame({"a": [n, 2], "b": ["x", None]}),
    "index of a frame": lambda n: pd.DataFrame({"a": [1]}, index=[n]),
    "series": lambda n: pd.Series([n, 2], dtype="category"),
    "random state": np.random.RandomState,
    "generator": np.random.default_rng,
    "Python's generator": random.Random,
    "logger": lambda n: logging.getLogger(f"{n}"),
    "estimator": lambda n: SVC(C=n),
    "pipeline": lambda n: make_pipeline(SVC(C=n)),
    "frozen": lambda n: FrozenEstimator(fitted(n)),
    "frozen pipeline": lambda n: FrozenEstimator(
        make_pipeline(GaussianNB()).fit([[0], [n]], [0, 1])
    ),
    "fitted, used by a function": lambda n: defined(
        "def f(x): return bayes.predict(x)", bayes=fitted(n)
    ),
    "categories": lambda n: pd.Series(pd.Categorical([1], categories=[1, 1 + n])),
    "dataclass": lambda n: Point(1, [n]),
    "slots": Slots,
    "callable object": Called,
    "bound method": lambda n: Called(n).method,
    "method of a list": lambda n: [n].append,
    "object with locks": Locked,
    "namespace": lambda n: types.SimpleNamespace(n=n),
    "objects in a circle": knot,
    "circle in a list": lambda n: [knot(n), knot(n).other],
    "known function": lambda n: (len, np.sum, np.add)[n],
    "known class": lambda n: (int, SVC, types.FunctionType)[n],
    "known method": lambda n: (str.upper, SVC.fit, SVC.predict)[n],
    "function of random": lambda n: (random.random, random.gauss, np.random.rand)[n],
    "known module": lambda n: (np, pd, random)[n],
}

# Of functions and classes: {n} is the number.
CODE = {
    "constant": "def f(x): return x * {n}",
    "name that is used": "def f(x): return x.a{n}",
    "name of an argument": "def f(x{n}): return 1",
    "constants in a set": "def f(x): return x in {{'a', 'b', 'c', {n}}}",
    "except": "def f(x):\n try: return x\n except {n}: return 2",
    "function inside": "def f(x): return [(lambda z: z * {n})(y) for y in x]",
    "default": "def f(x={n}): return x",
    "keyword default": "def f(*, x={n}): return x",
    "attribute": "def f(x): return f.n\nf.n = {n}",
    "global number": "N = {n}\ndef f(x): return x * N",
    "global array": "import numpy\nN = numpy.ones({n})\ndef f(x): return x * N",
    "global object": "class A: pass\nN = A()\nN.n = [{n}]\ndef f(x): return N.n",
    "global in a function inside": "N = {n}\ndef f(x): return [lambda: N]",
    "helper": "def g(x): return x * {n}\ndef f(x): return g(x)",
    "helper of a helper": "def h(x): return {n}\ng = [h]\ndef f(x): return g[0](x)",
    "helper that calls back": "def g(x): return f(x) * {n}\ndef f(x): return g(x)",
    "class that is used": "class A:\n  n = {n}\ndef f(x): return A()",
    "base of a class": "class B:\n  n = {n}\nclass A(B): pass\ndef f(x): return A()",
    "recursion": "def f(x): return f(x - {n}) if x else 0",
    "decorated": (
        "import functools\ndef g(x): return {n}\n"
        "@functools.wraps(len)\ndef f(x): return g(x)"
    ),
    "cached": "import functools\n@functools.cache\ndef f(x): return {n}",
    "context": "import contextlib\n@contextlib.contextmanager\ndef f(x): yield {n}",
    "coroutine": "async def f(x): return {n}",
    "generator function": "def f(x): yield {n}",
    "class attribute": "class f:\n  n = {n}",
    "method": "class f:\n  def g(self): return {n}",
    "static method": "class f:\n  @staticmethod\n  def g(): return {n}",
    "class method": "class f:\n  @classmethod\n  def g(cls): return {n}",
    "property": "class f:\n  @property\n  def g(self): return {n}",
    "cached property": (
        "import functools\nclass f:\n  @functools.cached_property\n"
        "  def g(self): return {n}"
    ),
    "super": (
        "class B:\n  def g(self): return {n}\n"
        "class f(B):\n  def g(self): return super().g()"
    ),
    "class with slots": "class f:\n  __slots__ = ('a', 'b{n}')",
    "global of a method": "N = {n}\nclass f:\n  def g(self): return N",
    "enumeration": "import enum\nclass f(enum.Enum):\n  A = {n}",
    "data class": "from dataclasses import *\n@dataclass\nclass f:\n  x: int = {n}",
    "abstract class": (
        "from abc import *\nclass f(ABC):\n  @abstractmethod\n  def g(self): return {n}"
    ),
    "object of a class": "class A:\n  def g(self): return {n}\nf = A()",
    "metaclass": "class M(type):\n  n = {n}\nclass f(metaclass=M): pass",
    "subclass of list": "class A(list): pass\nf = A([{n}])",
    "partial": "from functools import *\ndef g(x, n): return x\nf = partial(g, n={n})",
    "partial of one's own": (
        "import functools\ndef g(x): return {n}\nf = functools.partial(g)"
    ),
}
# What is in a module of the user's, and functions that use it.
IN_MODULES = {
    "module": "import helpers\ndef f(x): return helpers.alpha",
    "module, deep": "import helpers\ndef f(x): return helpers.table['a'].b",
    "module, passed on": "import helpers\ndef f(x): return vars(helpers)",
    "function of a module": "import helpers\ndef f(x): return helpers.g(x)",
    "from a module": "from helpers import alpha\ndef f(x): return alpha",
    "imported inside": "def f(x):\n  import helpers\n  return helpers.alpha",
    "imported inside, from": "def f(x):\n  from helpers import g\n  return g(x)",
}
HELPERS = (
    "class T: pass\nalpha = {n}\ntable = {{'a': T()}}\ntable['a'].b = {n}\n"
    "def g(x): return alpha"
)


def in_code(code):
    """Return a function of a number: code with it inside."""
    return lambda n: defined(code.format(n=n))


def in_module(code):
    """Return a function of a number: code that uses a module with it inside."""

    def make(n):
        module(HELPERS.format(n=n))
        return defined(code)

    return make


# --- Keras --------------------------------------------------------------------------


def relu(x):
    """Return something else than Keras' relu does."""
    return x * 2.0


def times(n):
    """Return a function of the user's with a name of Keras'."""

    def relu(x):
        return x * n

    return relu


def error(n):
    """Return a loss, or metric, of the user's."""

    def mean_squared_error(y_true, y_pred):
        return (y_true - y_pred) * n

    return mean_squared_error


class Loss(keras.losses.Loss):
    """A loss whose configuration does not name its parameter."""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def call(self, y_true, y_pred):
        return (y_true - y_pred) * self.n


class Metric(keras.metrics.Metric):
    def __init__(self, n, name=None):
        super().__init__(name=name)
        self.n = n
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(self.n)

    def result(self):
        return self.total


class Optimizer(keras.optimizers.Optimizer):
    def __init__(self, n):
        super().__init__(0.1)
        self.n = n

    def update_step(self, gradient, variable, learning_rate):
        variable.assign_sub(gradient * learning_rate * self.n)


class Initializer(keras.initializers.Initializer):
    def __init__(self, n):
        self.n = n

    def __call__(self, shape, dtype=None):
        return keras.ops.ones(shape, dtype) * self.n


class Regularizer(keras.regularizers.Regularizer):
    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        return self.n * keras.ops.sum(x)


class Constraint(keras.constraints.Constraint):
    def __init__(self, n):
        self.n = n

    def __call__(self, w):
        return w * self.n


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, n):
        self.n = n

    def __call__(self, step):
        return 1.0 / (self.n + step)


class Layer(keras.layers.Layer):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def call(self, x):
        return x * self.n


class Tower(keras.Model):
    """A network whose configuration says nothing."""

    def __init__(self, n, shared=False):
        super().__init__()
        self.n = n
        self.first = keras.layers.Dense(3, kernel_initializer="ones")
        self.last = self.first
        if not shared:
            self.last = keras.layers.Dense(3, kernel_initializer="ones")

    def call(self, x):
        return self.last(self.first(x)) * self.n


class Callback(keras.callbacks.Callback):
    def __init__(self, n):
        super().__init__()
        self.n = n


def dense(**settings):
    """Return a layer whose weights are not drawn."""
    return keras.layers.Dense(2, kernel_initializer="ones", **settings)


def stack(*layers):
    return keras.Sequential([keras.Input((3,)), *layers])


def network(n, layer=None, **compiled):
    """Return a functional network of two branches."""
    inputs = keras.Input((3,))
    layer = layer or dense()
    one, other = layer(inputs), dense(activation="relu")(inputs)
    outputs = keras.layers.Concatenate()([one, other][:: 3 - 2 * n])
    model = keras.Model(inputs, outputs)
    if compiled:
        model.compile(**compiled)
    return model


def compiled(**settings):
    model = stack(dense())
    model.compile(**{"optimizer": "sgd", "loss": "mse", **settings})
    return model


def built(layer):
    layer(np.zeros((1, 3)))
    return layer


def weighted(n):
    layer = built(dense())
    layer.set_weights([np.full((3, 2), n), np.zeros(2)])
    return layer


def adapted(n):
    layer = keras.layers.Normalization()
    layer.adapt(np.arange(6.0).reshape(2, 3) * n)
    return layer


def changed(n):
    loss = Loss(0)
    loss.n = n
    return loss


def at_rate(n):
    optimizer = keras.optimizers.SGD()
    optimizer.learning_rate = n
    return optimizer


losses, metrics, layers = keras.losses, keras.metrics, keras.layers
callbacks, schedules = keras.callbacks, keras.optimizers.schedules

KERAS = {
    "loss": lambda n: losses.Huber(delta=n),
    "loss of a function": lambda n: LossFunctionWrapper(error(n)),
    "loss of one's own": Loss,
    "loss that was changed": changed,
    "metric": lambda n: metrics.AUC(num_thresholds=3 + n),
    "metric's name": lambda n: metrics.AUC(name=f"own{n}"),
    "metric's name with a number": lambda n: metrics.TopKCategoricalAccuracy(
        name=f"top_{n}"
    ),
    "metric of a function": lambda n: metrics.MeanMetricWrapper(error(n)),
    "metric of one's own": Metric,
    "name of one's own metric": lambda n: Metric(0, f"own{n}"),
    "optimizer": lambda n: keras.optimizers.Adam(beta_1=n / 10),
    "learning rate": at_rate,
    "schedule": lambda n: keras.optimizers.SGD(schedules.CosineDecay(0.1, n)),
    "schedule of one's own": lambda n: keras.optimizers.SGD(Schedule(n)),
    "optimizer of one's own": Optimizer,
    "initializer": lambda n: keras.initializers.Constant(n),
    "initializer without seed": lambda n: keras.initializers.RandomNormal(n),
    "initializer of one's own": Initializer,
    "regularizer": lambda n: keras.regularizers.L2(n),
    "regularizer of one's own": Regularizer,
    "constraint": lambda n: keras.constraints.MaxNorm(n),
    "constraint of one's own": Constraint,
    "policy": lambda n: keras.DTypePolicy(["", "float32", "bfloat16"][n]),
    "layer": lambda n: layers.Dense(n),
    "layer with a seed": lambda n: layers.Dropout(0.5, seed=n),
    "layer without seed": lambda n: layers.Dropout(n / 10),
    "weights": weighted,
    "statistics": adapted,
    "trainable": lambda n: layers.Dense(2, trainable=n > 1),
    "activation": lambda n: layers.Dense(2, activation=times(n)),
    "activation of Keras' name": lambda n: layers.Dense(
        2, activation=(None, "relu", relu)[n]
    ),
    "initializer in a layer": lambda n: layers.Dense(
        2, kernel_initializer=Initializer(n)
    ),
    "regularizer in a layer": lambda n: layers.Dense(
        2, kernel_regularizer=Regularizer(n)
    ),
    "constraint in a layer": lambda n: layers.Dense(2, bias_constraint=Constraint(n)),
    "lambda layer": lambda n: layers.Lambda(lambda x: x * n),
    "layer of one's own": Layer,
    "layer in a layer": lambda n: layers.TimeDistributed(Layer(n)),
    "cell in a layer": lambda n: layers.RNN(layers.GRUCell(2, activation=times(n))),
    "stack": lambda n: stack(*[dense() for _ in range(n)]),
    "activation in a stack": lambda n: stack(dense(activation=times(n))),
    "own layer in a stack": lambda n: stack(Layer(n)),
    "order of a concatenation": network,
    "operation in a network": lambda n: keras.Model(i := keras.Input((3,)), i * n),
    "own layer in a network": lambda n: network(1, Layer(n)),
    "network in a network": lambda n: network(1, stack(Layer(n))),
    "model of one's own": Tower,
    "built model of one's own": lambda n: built(Tower(n)),
    "shared layer": lambda n: built(Tower(1, shared=n > 1)),
    "compiled with a loss": lambda n: compiled(loss=Loss(n)),
    "compiled with metrics": lambda n: compiled(metrics=[Metric(n)]),
    "compiled with weighted metrics": lambda n: compiled(weighted_metrics=[Metric(n)]),
    "compiled with loss weights": lambda n: compiled(loss_weights=[n]),
    "compiled with an optimizer": lambda n: compiled(optimizer=Optimizer(n)),
    "functional, compiled": lambda n: network(1, optimizer="sgd", loss=error(n)),
    "callback": lambda n: callbacks.EarlyStopping(patience=n),
    "callback of a file": lambda n: callbacks.CSVLogger("file", separator=f"{n}"),
    "callback of a function": lambda n: callbacks.LambdaCallback(on_epoch_end=times(n)),
    "schedule as a callback": lambda n: callbacks.LearningRateScheduler(times(n)),
    "callback of one's own": Callback,
    "variable": lambda n: keras.Variable([n]),
    "known function of Keras": lambda n: (None, losses.huber, losses.poisson)[n],
    "known class of Keras": lambda n: (losses.Loss, losses.Huber, metrics.AUC)[n],
}

KINDS = {
    **PLAIN,
    "closure": closed,
    **{f"code: {name}": in_code(code) for name, code in CODE.items()},
    **{f"used: {name}": in_module(code) for name, code in IN_MODULES.items()},
    **{f"Keras: {name}": make for name, make in KERAS.items()},
}

if __name__ == "__main__":
    from skcnn.base.fingerprint import fingerprint

    sys.stdout.write(json.dumps({n: fingerprint(make(1)) for n, make in KINDS.items()}))
