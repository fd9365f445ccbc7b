"""How much is tried, what is said of it, and faults at chosen moments.

Every test here runs twice from one function: a short share of it in `make test`, and
with the marker `trust`, by `make trust`, the whole. Processes of a test import this
file as a module, so what they need is plain functions here.
"""

import hashlib
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

# One block of one convolution: a cold fit takes half a second, a warm one 20 ms.
SMALL = {
    "filters": (4,),
    "convs_per_block": 1,
    "head": "flatten",
    "batch_size": 16,
    "epochs": 2,
    "learning_rate": 0.02,
    "lr_schedule": "constant",
    "augment": None,
    "label_smoothing": 0.0,
    "precision": "float32",
    "random_state": 0,
}


def make_small(**changes):
    """Return an unfitted small CNNClassifier."""
    from skcnn import CNNClassifier

    return CNNClassifier(**{**SMALL, **changes})


def small_images():
    """Return (X, y): 30 images of 6 x 6, uint8, and three labels."""
    X = np.random.default_rng(0).integers(0, 60, (30, 6, 6)).astype(np.uint8)
    y = np.arange(30) % 3
    for row, label in enumerate(y):
        X[row, :, 2 * label : 2 * label + 2] += 150
    return X, y


def bits_of(fitted):
    """Return a text that is equal for equal weights and equal histories."""
    digest = hashlib.sha256()
    for weights in fitted._state.weights:
        digest.update(weights.tobytes())
    history = fitted.history_.drop(columns="seconds", errors="ignore")
    digest.update(history.to_csv().encode())
    return digest.hexdigest()


# --- moments ----------------------------------------------------------------------

# Where Python looks for signals: as a function begins, and behind a call of C.
_MOMENTS = ("call", "c_return")


def count_calls(act, until=None):
    """Return how many moments ``act`` has, before a function is called that is so."""
    calls, is_over = 0, False

    def profile(frame, event, arg):
        nonlocal calls, is_over
        is_over = is_over or frame.f_code.co_name == until
        calls += not is_over and event in _MOMENTS

    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


def stopped_at(moment, stop, act):
    """Run ``act``, and call ``stop`` at one of its moments.

    Moments are counted in calls and not in seconds, so a seed finds them again.
    """
    calls = 0

    def profile(frame, event, arg):
        nonlocal calls
        calls += event in _MOMENTS
        if calls == moment:
            sys.setprofile(None)
            stop()

    sys.setprofile(profile)
    try:
        return act()
    finally:
        sys.setprofile(None)


# --- effort and report ------------------------------------------------------------


class Effort:
    """How much a test tries, and what it says of it at the end of the run."""

    def __init__(self, is_full, say):
        self.is_full = is_full
        self.say = say

    def __call__(self, short, full):
        """Return the number that holds for this run."""
        return full if self.is_full else short

    def examples(self, short, full):
        """Return hypothesis' settings: so many examples, the same ones each time."""
        return settings(
            max_examples=self(short, full),
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            # Estimators are slow by hypothesis' measure.
            suppress_health_check=list(HealthCheck),
        )


@pytest.fixture(params=["short", pytest.param("whole", marks=pytest.mark.trust)])
def effort(request, record_property):
    """Give how much is to be tried; `effort.say` tells what survived."""
    is_full = request.param == "whole"
    return Effort(is_full, lambda text: is_full and record_property("survived", text))


def pytest_terminal_summary(terminalreporter):
    """Say what was tried and survived."""
    lines = [
        text
        for report in terminalreporter.getreports("passed")
        for name, text in getattr(report, "user_properties", ())
        if name == "survived" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("tried and survived")
        terminalreporter.write_line("\n".join(sorted(lines)))


@pytest.fixture
def promptly():
    """Give a context that fails what takes longer than its seconds."""

    @contextmanager
    def within(seconds):
        def fail(number, frame):
            # No Exception: a reader might take it for damage.
            pytest.fail(f"it is not done after {seconds} seconds")

        before = signal.signal(signal.SIGALRM, fail)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return within


# --- the small network, for tests -------------------------------------------------


@pytest.fixture
def cnn():
    """Give the function that makes an unfitted small CNNClassifier."""
    return make_small


@pytest.fixture
def images():
    """Give (X, y), the images of `small_images`."""
    return small_images()


@pytest.fixture
def bits():
    """Give the function that names an estimator's weights and history."""
    return bits_of


@pytest.fixture
def moments():
    """Give `count_calls` and `stopped_at`."""
    return count_calls, stopped_at


@pytest.fixture
def pool():
    """Give the pool, emptied: the next fit builds its network."""
    from skcnn.training.pool import POOL

    POOL.clear()
    return POOL


# --- processes --------------------------------------------------------------------

_HERE = Path(__file__).parent


@pytest.fixture
def process(tmp_path):
    """Give a function that starts Python in `tmp_path` on a text or arguments.

    What is still running when the test ends is killed, with all that it started.
    """
    started = []

    def start(*arguments, **environment):
        variables = {
            **os.environ,
            "SKCNN_THREADS": "1",
            "PYTHONPATH": os.pathsep.join([str(_HERE), str(_HERE.parents[1])]),
            **environment,
        }
        with (tmp_path / "stderr").open("a") as stderr:
            one = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                env=variables,
                cwd=tmp_path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        started.append(one)
        return one

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
        one.communicate()
