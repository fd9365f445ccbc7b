"""Objects of Keras as parameters: how an estimator's clones and pickles keep them.

Keras copies and pickles its objects by their configuration, so that what a user's own
class holds beside it is lost without a word.
"""

from __future__ import annotations

import copyreg
import inspect
import io
import pickle
from functools import partial

from skcnn.base.keras_content import exclude, excluded_names

# Where the ``__reduce__`` of such objects comes from; scikeras replaces Keras' own.
_LOSSY = ("keras.src.saving.keras_saveable", "scikeras._saving_utils")


def is_keras_object(thing) -> bool:
    """Tell whether copies and pickles of a thing hold its configuration alone.

    So it is with losses, metrics, optimizers, layers and models, unless their class
    brings a ``__reduce__`` of its own.
    """
    return getattr(type(thing).__reduce__, "__module__", None) in _LOSSY


def holds_keras_object(value) -> bool:
    """Tell whether a parameter is an object of Keras, or a container with one."""
    if isinstance(value, dict):
        return any(map(holds_keras_object, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(holds_keras_object, value))
    if isinstance(value, partial):
        return holds_keras_object([value.args, value.keywords])
    return is_keras_object(value)


def shared(value, all_of_it: bool):
    """Return a parameter whose copies hold the same objects of Keras.

    The containers are copied, and so is all else, unless ``all_of_it`` is shared.
    """
    if type(value) in (list, tuple):
        return type(value)(shared(one, all_of_it) for one in value)
    if type(value) is dict:
        return {name: shared(one, all_of_it) for name, one in value.items()}
    return _Shared(value) if all_of_it or holds_keras_object(value) else value


class _Shared:
    """Stands for an object in a parameter; a copy of this is the object itself."""

    def __init__(self, value):
        self.value = value

    def __sklearn_clone__(self):
        return self.value

    def __deepcopy__(self, memo):
        return self.value


class Packed:
    """Stands for a parameter while it is pickled; what is loaded is the parameter.

    Parameters
    ----------
    name : str
        For the error.
    value : object
    """

    def __init__(self, name: str, value):
        self.name = name
        self.value = value

    def __reduce__(self):
        try:
            return _loads, (_dumps(self.value),)
        except Exception as error:
            cure = _CURES.get(self.name, "")
            raise pickle.PicklingError(
                f"The parameter {self.name} cannot be pickled: {error}.{cure}"
            ) from error


_CURES = {
    "callbacks": " With workers (n_jobs), pass a class or a function without arguments "
    "that makes the callback: each fit calls it where it runs."
}


def _dumps(value) -> bytes:
    try:
        import cloudpickle
    except ImportError:
        # joblib before 1.6 brings its own.
        from joblib.externals import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, thing):
            if is_keras_object(thing):
                return _reduced(thing)
            return super().reducer_override(thing)

    file = io.BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()


def _loads(content: bytes):
    from skcnn.keras_door import start_tensorflow

    start_tensorflow()  # with this process' threads, before an object makes variables
    return pickle.loads(content)


def _reduced(thing) -> tuple:
    """Return how pickle makes an object of Keras anew."""
    import keras
    from keras.src.saving.keras_saveable import KerasSaveable

    if isinstance(thing, (keras.losses.Loss, keras.metrics.Metric)):
        return copyreg.__newobj__, (type(thing),), object.__getstate__(thing)
    # The others hold what cannot be pickled: they are made of their configurations,
    # once it is known that these name everything.
    classes = {}
    for part in _parts(thing):
        _check_configuration(part)
        classes[type(part).__name__] = type(part)
    excluded = excluded_names(_optimizer_in(thing))
    _, (file,) = KerasSaveable.__reduce__(thing)
    return _load, (file.getvalue(), classes, excluded)


def _load(content: bytes, classes: dict[str, type], excluded=None):
    import keras
    from keras.src.saving.keras_saveable import KerasSaveable

    with keras.saving.custom_object_scope(classes):
        thing = KerasSaveable._unpickle_model(io.BytesIO(content))
    exclude(_optimizer_in(thing), excluded)
    return thing


def _optimizer_in(thing):
    """Return the optimizer that a model was compiled with, or the thing itself."""
    return getattr(thing, "optimizer", None) or thing


def _parts(thing):
    """Yield the objects of users' own classes that an object of Keras consists of."""
    seen, waiting = set(), [thing]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, (list, tuple)):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
        elif hasattr(part, "get_config") and not inspect.isclass(part):
            waiting += vars(part).values()
            if not type(part).__module__.startswith("keras."):
                yield part


def _check_configuration(part) -> None:
    """Raise where a configuration lacks a parameter of the constructor."""
    made = type(part).__init__
    if made.__module__.startswith("keras."):
        return  # Keras takes care of its own parameters
    parameters = inspect.signature(made).parameters.values()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = {p.name for p in parameters if p.kind not in several} - {"self"}
    missing = sorted(names - set(part.get_config()))
    if missing:
        raise TypeError(
            f"get_config() of {type(part).__name__} does not name {missing}, so that a "
            "copy would lose it. Name it there"
        )
