"""What a fitted network is: arrays with a name."""

import dataclasses
import pickle

import numpy as np
import pytest

from skcnn.training.state import NetworkState


def test_every_state_has_a_name_of_its_own_that_travels_with_it():
    weights = (np.ones(2),)
    one, other = (NetworkState(weights, (1.0, 0.0)) for _ in range(2))
    assert one.token != other.token
    assert pickle.loads(pickle.dumps(one)).token == one.token


def test_a_state_cannot_be_changed():
    state = NetworkState((np.ones(2),), (1.0, 0.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.weights = ()


def test_an_estimator_keeps_the_optimizer_only_where_a_fit_may_go_on(cnn, digits):
    X, y = digits
    assert cnn().fit(X, y)._state.optimizer is None
    assert cnn(warm_start=True).fit(X, y)._state.optimizer is not None
    assert cnn().fit(X, y).partial_fit(X, y)._state.optimizer is not None


def test_fitted_weights_are_in_no_models_memory(cnn, digits, pool):
    X, y = digits
    clf = cnn().fit(X, y)
    before = [weights.copy() for weights in clf._state.weights]
    (compiled,) = pool._models
    for variable in compiled.model.weights:
        variable.assign(variable * 0 + 7)
    for mine, theirs in zip(clf._state.weights, before, strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.flags.owndata
    pool.clear()
