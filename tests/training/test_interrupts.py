"""What an interrupt leaves behind, wherever it comes: nothing that is made by half."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from skcnn.keras_door import held_interrupts
from skcnn.training import pool as pool_module
from skcnn.training.data import TrainingData
from skcnn.training.fast_model import FastModel
from skcnn.training.optimizers import FusedAdam
from skcnn.training.own_steps import OwnSteps
from skcnn.training.pool import Pool
from skcnn.training.state import NetworkState


def interrupting(method, number):
    """Return the method as it is, up to its `number`-th call, which it interrupts."""
    left = [number]

    def call(*args, **kwargs):
        left[0] -= 1
        done = method(*args, **kwargs)
        if not left[0]:
            raise KeyboardInterrupt
        return done

    return call


MOMENTS = {
    "within optimizer.build": (FusedAdam, "add_variable_from_reference", 3),
    "while weights are drawn": (keras.Variable, "assign", 5),
    "within the first step": (OwnSteps, "train", 1),
    "while metrics are made": (keras.metrics.Metric, "add_variable", 2),
    "within the first test step": (OwnSteps, "assess", 1),
    "while the predicting graph is traced": (FastModel, "prepared", 3),
}


@pytest.fixture(scope="module")
def never_interrupted(cnn, bits, digits):
    """Give the probabilities and the bits of a fit."""
    clf = cnn(**WITH_VALIDATION).fit(*digits)
    return clf.predict_proba(digits[0]), bits(clf)


WITH_VALIDATION = {"early_stopping": True, "validation_fraction": 0.2}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_fit_after_an_interrupt_gives_the_bits_of_one_that_had_none(
    moment, cnn, bits, digits, pool, never_interrupted, monkeypatch
):
    X, y = digits
    clf = cnn(**WITH_VALIDATION)
    owner, name, number = MOMENTS[moment]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, interrupting(getattr(owner, name), number))
        with pytest.raises(KeyboardInterrupt):
            clf.fit(X, y).predict_proba(X)
    proba, weights = never_interrupted
    np.testing.assert_array_equal(clf.fit(X, y).predict_proba(X), proba)
    assert bits(clf) == weights


# --- at any moment --------------------------------------------------------------------


def interrupt_at(moment, task):
    """Interrupt a task at its `moment`-th chance; tell whether it had as many.

    Python looks for signals where a function begins, or goes on after a ``yield``, and
    where a call into C returns.
    """
    left = moment

    def profile(frame, event, arg):
        nonlocal left
        is_ours = frame.f_globals.get("__name__", "").startswith("skcnn.")
        if is_ours and event in ("call", "c_return"):
            left -= 1
            if not left:
                sys.setprofile(None)
                raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        task()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(before)
    return False


class Empty:
    """A model without weights."""

    weights = ()
    has_trained = True

    def __init__(self):
        self.scaling = SimpleNamespace(assign=lambda value: None)

    def forget_graphs(self):
        pass


def spec(key, assemble=Empty):
    return SimpleNamespace(key=key, assemble=assemble)


def in_another_thread(task):
    """Run a task where no lock of this thread's helps it."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(task).result(timeout=60)


def test_an_interrupt_at_any_moment_leaves_the_pool_in_order(monkeypatch):
    monkeypatch.setattr(pool_module, "_SWEPT_TOGETHER", np.inf)  # nothing to sweep
    state = NetworkState((), (1.0, 0.0))
    pool = Pool(max_idle=2)

    def use():
        for key in "abc":
            with pool.acquire_for_predict(spec(key), state) as one:
                with pool.acquire_for_predict(spec(key), state) as same:
                    assert one is same
                with pool.acquire_for_fit(spec(key)) as own:
                    assert own is not one
                    own._holds = None

    moment = 1
    while interrupt_at(moment, use):
        assert not any(compiled.readers for compiled in pool._models)
        in_another_thread(use)
        assert len(pool) <= 2
        moment += 1
    assert moment > 100


@pytest.mark.slow
@pytest.mark.parametrize("is_cold", [False, True], ids=["warm", "cold"])
def test_an_interrupt_at_any_moment_changes_no_later_fit(
    is_cold, cnn, bits, digits, pool
):
    X, y = digits
    X, y = X[:64], y[:64]
    other = cnn(random_state=1).fit(X, y)
    clf = cnn(dropout=0.2)
    expected = clf.fit(X, y).predict_proba(X), bits(clf), other.predict_proba(X)
    # Where all is warm there are 528 of them.
    moments = np.random.default_rng(0).integers(1, 528, 3 if is_cold else 25)

    def use():
        clf.fit(X, y).predict_proba(X)
        other.predict_proba(X)

    for moment in moments.tolist():
        if is_cold:
            pool.clear()
        interrupt_at(moment, use)
        again = in_another_thread(
            lambda: (clf.fit(X, y).predict_proba(X), bits(clf), other.predict_proba(X))
        )
        assert all(map(np.array_equal, again, expected)), moment
        assert not any(compiled.readers for compiled in pool._models)


def test_an_interrupt_leaves_no_note_of_keras_behind(cnn, digits, pool, monkeypatch):
    from keras.src.utils.tracking import DotNotTrackScope

    leave = DotNotTrackScope.__exit__
    signals = [signal.SIGINT]

    def leave_interrupted(*arguments):
        while signals:
            signal.raise_signal(signals.pop())
        return leave(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(DotNotTrackScope, "__exit__", leave_interrupted)
        with pytest.raises(KeyboardInterrupt):
            cnn().fit(*digits)
    assert cnn(filters=(3,)).fit(*digits).n_parameters_ > 0


def test_an_interrupt_waits_while_tensors_are_made(cnn, digits, monkeypatch):
    tensors, made = TrainingData.tensors, []

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        made.append(tensors(*arguments))
        return made[-1]

    with monkeypatch.context() as patch:
        patch.setattr(TrainingData, "tensors", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cnn().fit(*digits)
    assert len(made) == 1


def test_one_interrupt_waits_for_a_build_and_two_do_not():
    reached = []

    def build(n_signals):
        with held_interrupts(), held_interrupts():
            for _ in range(n_signals):
                signal.raise_signal(signal.SIGINT)
            reached.append(n_signals)

    for n_signals in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            build(n_signals)
    assert reached == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
