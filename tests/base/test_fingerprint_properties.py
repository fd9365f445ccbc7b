"""Properties of fingerprints of whatever plain things hypothesis thinks of."""

import copy
import pickle

import numpy as np
import pytest

from skcnn.base.fingerprint import fingerprint

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

atoms = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 3), st.text("ab", max_size=2)),
    *(st.sampled_from([0.0, -0.0, 1.0]), st.binary(max_size=2)),
    st.sampled_from([np.zeros(2), np.zeros(2, "f4"), np.zeros((2, 1)), np.float32(1)]),
)
keys = st.one_of(st.integers(-3, 3), st.text("ab", max_size=2), st.booleans())
things = st.recursive(
    atoms,
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.lists(inside, max_size=3).map(tuple),
        st.dictionaries(keys, inside, max_size=3),
        st.sets(keys, max_size=3),
    ),
    max_leaves=8,
)


def written(thing):
    """Return content and types as a text, without the order of sets and dicts."""
    if isinstance(thing, (list, tuple)):
        return f"{type(thing)}{[written(one) for one in thing]}"
    if isinstance(thing, set):
        return f"set{sorted(map(written, thing))}"
    if isinstance(thing, dict):
        return f"dict{sorted((written(k), written(v)) for k, v in thing.items())}"
    if isinstance(thing, np.ndarray):
        return f"{thing.dtype}{thing.shape}{thing.tolist()}"
    return f"{type(thing)}{thing!r}"


@given(one=things, other=things)
def test_fingerprints_are_equal_where_content_is(one, other):
    is_same = fingerprint(one) == fingerprint(other)
    assert is_same == (written(one) == written(other))


@given(things)
def test_copies_have_the_same_fingerprint(thing):
    first = fingerprint(thing)
    assert fingerprint(copy.deepcopy(thing)) == first
    assert fingerprint(pickle.loads(pickle.dumps(thing))) == first
