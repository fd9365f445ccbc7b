"""Small images in every layout, and the one small network that most tests share."""

import gc
import io
import random
import signal
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

# One small network for all tests: the model that one of them has traced serves the
# others, so that a test costs milliseconds and not seconds.
SMALL = {
    # One block of one convolution is traced in a third of a second.
    "filters": (8,),
    "convs_per_block": 1,
    # It sees where something is, so it learns `shapes` in the next few steps.
    "head": "flatten",
    "batch_size": 16,
    "epochs": 2,
    "learning_rate": 0.02,
    # No restart and no warm-up: two fits of one epoch are one fit of two.
    "lr_schedule": "constant",
    "augment": None,
    "label_smoothing": 0.0,
    "random_state": 0,
}


def pytest_configure():
    """Hear Ctrl-C as at a terminal: a shell's background jobs begin without."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session):
    """Spare the garbage collector what was imported, four hundred thousand objects.

    And keep the networks of many tests: to trace one again takes a third of a second.
    """
    del session
    gc.collect()
    gc.freeze()
    if "skcnn.training.pool" in sys.modules:
        sys.modules["skcnn.training.pool"].POOL.max_idle = 40


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Seed what layers and fits without a seed draw from, before any fixture.

    So no test depends on luck, nor on the tests before it.
    """
    del item
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  (it is what they draw from)


@pytest.fixture(scope="session")
def make_cnn():
    """Give a function that makes the small CNNClassifier, with changes by name."""
    from skcnn import CNNClassifier

    def make(**changes):
        return CNNClassifier(**{**SMALL, **changes})

    return make


@pytest.fixture(scope="session")
def shapes():
    """Give (X, y): 60 noisy images of 8 x 8, uint8, and their labels, three strings.

    A bar stands on the left ("left"), lies on top ("top"), or a spot is in the middle
    ("spot"). Rows are sorted by label: who forgets to shuffle or to stratify fails.
    The arrays are read-only.
    """
    rng = np.random.default_rng(0)
    X = rng.integers(0, 60, (60, 8, 8)).astype(np.uint8)
    y = np.repeat(["left", "spot", "top"], 20)
    X[y == "left", :, :3] += 150
    X[y == "spot", 3:6, 3:6] += 150
    X[y == "top", :3] += 150
    X.setflags(write=False)
    y.setflags(write=False)
    return X, y


class Clock:
    """A clock that stands still until somebody turns it."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Put a clock that stands still in the place of the real one."""
    from skcnn.base import stopwatch

    clock = Clock()
    monkeypatch.setattr(stopwatch, "clock", clock)
    return clock


class Terminal(io.StringIO):
    """A terminal, or a log."""

    def __init__(self, is_terminal):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal

    @property
    def drawn(self):
        """What was drawn, one over the other."""
        return self.getvalue().split("\r")


@pytest.fixture
def stderr(monkeypatch):
    """Give a function that puts a terminal or a log in the place of stderr."""

    def put(is_terminal):
        monkeypatch.setenv("COLUMNS", "200")
        stream = Terminal(is_terminal)
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    return put


@pytest.fixture
def full_disk():
    """Give a context in which no file grows beyond 100 bytes, as on a full disk."""
    resource = pytest.importorskip("resource")
    limit, before = resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def full():
        resource.setrlimit(limit, (100, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(limit, before)

    return full


@pytest.fixture(scope="session")
def pair(shapes):
    """Give those of `shapes` that have the labels "left" and "top"."""
    X, y = shapes
    is_bar = y != "spot"
    return X[is_bar], y[is_bar]


@pytest.fixture(scope="session")
def fitted_cnn(make_cnn, shapes):
    """Give a small CNNClassifier, fitted on `shapes`. Careful: do not fit it again."""
    return make_cnn().fit(*shapes)


def _to_frame(images):
    flat = pd.DataFrame(images.reshape(len(images), -1))
    return flat.rename(columns="pixel{}".format)


# Name: (channels, function from images (n, h, w, c) to this layout).
_LAYOUTS = {
    "flat": (1, lambda images: images.reshape(len(images), -1)),
    "frame": (1, _to_frame),
    "grey": (1, lambda images: images[..., 0]),
    "list": (1, lambda images: list(images[..., 0])),
    "colour": (3, lambda images: images),
    "flat colour": (3, lambda images: images.reshape(len(images), -1)),
    "frame colour": (3, _to_frame),
    "list colour": (3, list),
}


@pytest.fixture(params=_LAYOUTS)
def layout(request, shapes):
    """Give `shapes` in one layout of pixels; a test runs once with each.

    Attributes
    ----------
    name : "flat", "frame", "grey" or "list", each also with " colour"
        ("colour" itself is the array (n, h, w, 3)).
    X : the images in this layout.
    y : their labels.
    images : the same pixels as an array (n, h, w, c).
    image_shape : (h, w, c), to be passed where the layout is flat.
    lay : function that brings an array (n, h, w, c) into this layout.
    """
    X, y = shapes
    channels, lay = _LAYOUTS[request.param]
    # Channels differ, or a mistake in their order would not be seen.
    images = np.stack([X, X // 2, 255 - X][:channels], axis=-1)
    return SimpleNamespace(
        name=request.param,
        X=lay(images),
        y=y,
        images=images,
        image_shape=images.shape[1:],
        lay=lay,
    )
