"""What callbacks have noted, to arrays and JSON and back."""

import json

import keras
import numpy as np
import pytest

from skcnn.training.callback_state import CallbackStates, NoState


class Noting(keras.callbacks.Callback):
    def __init__(self, **noted):
        super().__init__()
        vars(self).update(noted)


def begun(*callbacks, **others):
    states = CallbackStates(list(callbacks), others)
    states.begin()
    return states


def kept(states):
    """Return states as they come back from a file."""
    notes, arrays = states.encode()
    return states.decode(json.loads(json.dumps(notes)), arrays)


VALUES = [
    None,
    True,
    2**80,
    0.1 + 0.2,
    -0.0,
    float("nan"),
    float("-inf"),
    "tëxt\ud800",
    [1, [2.0, (3, None)], {}],
    {"a": 1, 2: [3], ("b", 4): {"c": None}},
    np.float32(0.1),
    np.float64("nan"),
    np.int8(-3),
    np.bool_(True),
    np.array([[1.5, np.nan], [np.inf, -0.0]]),
    np.zeros((0, 3), ">i2"),
    np.array(["a", "ä"]),
    keras.ops.less,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_come_back_exactly(value):
    callback = Noting()
    states = begun(callback)
    callback.value = value
    (state,) = kept(states)
    found = state["value"]
    assert type(found) is type(value)
    assert repr(found) == repr(value)
    if isinstance(value, (np.ndarray, np.generic)):
        assert found.dtype == value.dtype
        assert found.tobytes() == value.tobytes()


def test_only_what_has_changed_since_the_beginning_is_kept():
    callback = Noting(steps=[1], rate=0.5, best=np.zeros(2), file=len)
    states = begun(callback)
    assert kept(states) == [{}]
    callback.steps.append(2)
    callback.best[0] = 1
    (state,) = kept(states)
    assert sorted(state) == ["best", "steps"]


def test_lists_and_dicts_are_filled_in_place():
    """Whoever gave them to the callback sees what is in them."""
    steps, seen = [0], {"a": 0}
    callback = Noting(steps=steps, seen=seen)
    begun(callback).restore([{"steps": [1, 2], "seen": {"b": 3}, "rate": 0.5}])
    assert callback.steps is steps
    assert (steps, seen, callback.rate) == ([1, 2], {"b": 3}, 0.5)


def _twice():
    once = [1]
    return [once, once]


def _in_itself():
    inner = []
    inner.append(inner)
    return inner


def _overlapping():
    whole = np.zeros(4)
    return [whole, whole[1:]]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (object, "'value' of the callback Noting is a 'object' object"),
        (lambda: {1, 2}, "is a 'set' object"),
        (lambda: np.array([None]), "array of object"),
        (lambda: keras.Variable(1.0), "which cannot be kept"),
        (lambda: iter([1]), "is a 'list_iterator' object"),
        (_twice, "list that is held twice"),
        (_in_itself, "list that is held twice"),
        (_overlapping, "array that is held twice"),
    ],
)
def test_what_cannot_be_kept_is_named(make, why):
    callback = Noting()
    states = begun(callback)
    callback.value = make()
    with pytest.raises(NoState, match=why):
        states.encode()


def test_an_attribute_that_is_deleted_cannot_be_kept():
    callback = Noting(value=1)
    states = begun(callback)
    del callback.value
    with pytest.raises(NoState, match="Noting deletes attributes"):
        states.encode()


def test_a_function_that_changes_while_it_is_used_cannot_be_kept():
    calls = []
    states = begun(Noting(), lr_schedule=lambda epoch: calls.append(epoch))
    states.encode()
    calls.append(1)
    with pytest.raises(NoState, match="lr_schedule, or what it uses, changes"):
        states.encode()
