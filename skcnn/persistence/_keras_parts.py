"""Keras' own parts by their descriptions, out of a closed list.

Keras makes objects of what a description names, modules and functions among it, and
some of its own layers run code or read files. So each name is looked up here before
Keras sees it.
"""

from __future__ import annotations

import inspect
import json
from functools import cache
from importlib import import_module

# Layers that take numbers and short names only. Left out are those that run what they
# are given (Lambda, TorchModuleWrapper, JaxLayer, ...) or open files (TFSMLayer,
# StringLookup, ...).
_LAYERS = """
    InputLayer Dense EinsumDense Embedding Identity Masking Activation ReLU LeakyReLU
    PReLU ELU Softmax Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose
    Conv3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D
    AveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    AdaptiveAveragePooling2D AdaptiveMaxPooling2D Dropout AlphaDropout GaussianDropout
    GaussianNoise SpatialDropout1D SpatialDropout2D SpatialDropout3D
    ActivityRegularization BatchNormalization LayerNormalization GroupNormalization
    UnitNormalization RMSNormalization SpectralNormalization Normalization Rescaling
    Resizing CenterCrop Flatten Reshape Permute RepeatVector UpSampling1D UpSampling2D
    UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D
    Cropping3D Add Average Concatenate Dot Maximum Minimum Multiply Subtract Attention
    AdditiveAttention MultiHeadAttention GroupQueryAttention RNN SimpleRNN
    SimpleRNNCell GRU GRUCell LSTM LSTMCell StackedRNNCells Bidirectional
    TimeDistributed ConvLSTM1D ConvLSTM2D ConvLSTM3D RandomFlip RandomRotation
    RandomTranslation RandomZoom RandomShear RandomPerspective RandomCrop
    RandomContrast RandomBrightness RandomSaturation RandomHue RandomSharpness
    RandomGrayscale RandomErasing RandomPosterization RandomInvert RandomColorJitter
    RandomGaussianBlur RandomElasticTransform RandomColorDegeneration RandAugment
    AugMix AutoContrast Equalization Solarization CutMix MixUp Pipeline
"""

# Module -> the class that all its classes are of.
_FAMILIES = {
    "keras.optimizers": "keras.optimizers.Optimizer",
    "keras.optimizers.schedules": "keras.optimizers.schedules.LearningRateSchedule",
    "keras.losses": "keras.losses.Loss",
    "keras.metrics": "keras.metrics.Metric",
    "keras.initializers": "keras.initializers.Initializer",
    "keras.regularizers": "keras.regularizers.Regularizer",
    "keras.constraints": "keras.constraints.Constraint",
}

_MODELS = ("Functional", "Sequential", "Model")
_POLICIES = ("DTypePolicy",)

# Operations on tensors, as `keras.ops.mean` leaves them in a functional network.
_OPERATIONS = tuple(
    f"keras.src.ops.{name}" for name in ("numpy", "nn", "math", "image", "core")
)
# Those that take functions.
_NO_OPERATIONS = "Map Scan AssociativeScan WhileLoop ForiLoop VectorizedMap Cond"

# Keras' own words for values that are no objects.
_WORDS = "__keras_tensor__ __tensor__ __numpy__ __bytes__ __ellipsis__ __slice__"


# The classes of objects that stand as values of parameters.
FAMILIES = tuple(_FAMILIES)


def started_keras():
    """Return Keras, with TensorFlow started in silence."""
    from skcnn.keras_door import keras

    return keras


def find_class(module: str, name: str) -> type | None:
    """Return the class of Keras, if it is on the list."""
    keras = started_keras()
    if module == "keras.layers" and name in _LAYERS.split():
        return getattr(keras.layers, name, None)
    if module in _FAMILIES:
        found = getattr(_at(module), name, None)
        is_one = inspect.isclass(found) and issubclass(found, _at(_FAMILIES[module]))
        return found if is_one else None
    if name in _MODELS and module in (
        "keras",
        "keras.models",
        _FUNCTIONAL,
        _SEQUENTIAL,
    ):
        return keras.Model
    if name in _POLICIES and module in ("keras", "keras.dtype_policies"):
        return keras.DTypePolicy
    return _operation(module, name)


_FUNCTIONAL = "keras.src.models.functional"
_SEQUENTIAL = "keras.src.models.sequential"


def _operation(module: str, name: str) -> type | None:
    if module not in _OPERATIONS or name in _NO_OPERATIONS.split():
        return None
    operation = started_keras().Operation
    found = getattr(import_module(module), name, None)
    is_one = inspect.isclass(found) and issubclass(found, operation)
    return found if is_one and found.__module__ == module else None


def _at(path: str):
    """Return what stands at "keras.a.b"."""
    thing = started_keras()
    for name in path.split(".")[1:]:
        thing = getattr(thing, name)
    return thing


@cache
def _activations() -> frozenset[str]:
    members = vars(started_keras().activations).items()
    functions = {name for name, member in members if inspect.isfunction(member)}
    return frozenset(functions - {"get", "serialize", "deserialize"})


def check_description(part) -> None:
    """Raise for a description that names anything but parts out of the list.

    Raises
    ------
    ValueError
        With the name of the part.
    """
    if isinstance(part, list | tuple):
        for one in part:
            check_description(one)
    elif isinstance(part, dict):
        if "class_name" in part:
            _check_named(part)
        for one in part.values():
            check_description(one)


def _check_named(part: dict) -> None:
    name, module = part.get("class_name"), part.get("module")
    registered = part.get("registered_name")
    if name in _WORDS.split():
        return
    is_function = name == "function" and module in ("builtins", "keras.activations")
    if is_function and part.get("config") in _activations():
        return
    is_known = (
        isinstance(name, str)
        and isinstance(module, str)
        # Else Keras reads it in an older way, which runs functions out of the file.
        and "registered_name" in part
        and registered in (None, name)
        and find_class(module, name) is not None
    )
    if not is_known:
        raise ValueError(
            f"has a network with the part {name!r} of the module {module!r}, which is "
            "none of the parts of Keras that are made from a file"
        )


def check_text(text: str) -> None:
    """Raise where a description in JSON is none, or names what is not on the list."""
    try:
        description = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("has a description of a network that is no JSON") from None
    check_description({"layers": description})
