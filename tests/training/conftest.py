"""Small fits that share one compiled model, and Python in processes of its own.

Processes of a test import this file as a module, so what they need is plain functions
here and fixtures of the same name below.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from skcnn import CNNClassifier
from skcnn.datasets import load_digits

# Every test that does not need another network uses this one: 4 filters, one block.
# float32 and no augmentation, so that figures can be compared with arithmetic.
SMALL = {
    "filters": (4,),
    "convs_per_block": 1,
    "epochs": 2,
    "batch_size": 32,
    "lr_schedule": "constant",
    "augment": None,
    "label_smoothing": 0.0,
    "precision": "float32",
    "random_state": 0,
}


def make_cnn(**params):
    """Return an unfitted tiny CNNClassifier; parameters replace those of SMALL."""
    return CNNClassifier(**{**SMALL, **params})


def small_digits(n=160):
    """Return (X, y): n digits, uint8 (n, 8, 8), and their labels 0..9."""
    X, y = load_digits()
    return (X[:n] * 15).astype(np.uint8), y[:n]


def bits_of(fitted):
    """Return a text that is equal for estimators with the same weights, bit for bit."""
    digest = hashlib.sha256()
    for weights in fitted._state.weights:
        digest.update(weights.tobytes())
    return digest.hexdigest()


def digest_of(array):
    """Return a text that is equal for equal arrays."""
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


@pytest.fixture(scope="session")
def cnn():
    """Give the function that makes a tiny CNNClassifier."""
    return make_cnn


@pytest.fixture(scope="session")
def bits():
    """Give the function that names an estimator's weights, bit for bit."""
    return bits_of


@pytest.fixture(scope="session")
def digest():
    """Give the function that names an array's values, bit for bit."""
    return digest_of


@pytest.fixture(scope="session")
def digits():
    """Give (X, y): 160 digits, uint8 (n, 8, 8). They cannot be written to."""
    X, y = small_digits()
    X.flags.writeable = y.flags.writeable = False
    return X, y


@pytest.fixture
def pool():
    """Give the pool, emptied: the next fit is one on a new compiled model.

    `pool.builds` lists the keys of the compiled models that were built since. What was
    in it comes back after the test, so that the others need not trace it again.
    """
    from skcnn.training.pool import MAX_IDLE, POOL

    kept, POOL._models = POOL._models, []
    size, POOL.max_idle = POOL.max_idle, MAX_IDLE
    build = POOL._build
    POOL.builds = []

    def counted(spec):
        POOL.builds.append(spec.key)
        return build(spec)

    POOL._build = counted
    yield POOL
    POOL.clear()
    del POOL._build, POOL.builds
    POOL._models, POOL.max_idle = kept, size


@pytest.fixture
def traces(monkeypatch):
    """Give a list in which every graph that is traced is entered."""
    from skcnn.training.graphs import Traced

    traced, trace = [], Traced._trace

    def noted(graph):
        traced.append(graph)
        return trace(graph)

    monkeypatch.setattr(Traced, "_trace", noted)
    return traced


# What each process of a test begins with.
_PRELUDE = """\
from conftest import bits_of, digest_of, make_cnn, small_digits
X, y = small_digits()
"""


@pytest.fixture
def run_python(tmp_path):
    """Give a function that runs code in a new process, in a folder of its own.

    `run_python(code, NAME="value")` has the number of threads that this process has,
    so that bits can be compared; a variable set to None is unset. The answer has
    `.lines` (of standard output), `.err` and `.code`. It fails where the process does,
    unless `code` is given as the exit code to expect.
    """

    def run(source, *, prelude=True, code=0, **environment):
        variables = {
            **os.environ,
            "SKCNN_THREADS": str(_n_threads()),
            "PYTHONPATH": os.pathsep.join(_SEARCHED),
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-c", (_PRELUDE if prelude else "") + source],
            env={k: v for k, v in variables.items() if v is not None},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return SimpleNamespace(
            lines=done.stdout.splitlines(), err=done.stderr, code=done.returncode
        )

    return run


_HERE = Path(__file__).parent
_SEARCHED = (str(_HERE), str(_HERE.parents[1]))


def _n_threads():
    from skcnn.keras_door import start_tensorflow

    tf = start_tensorflow()
    return tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count()
