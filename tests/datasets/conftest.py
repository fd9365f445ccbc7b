"""Small files in the official formats, and a wall in front of every download."""

import gzip
import hashlib
import os
import struct
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from skcnn.datasets._digits import MNIST
from skcnn.datasets._fashion_mnist import FASHION_MNIST
from skcnn.datasets._official import file_name

N_TRAIN, N_TEST = 60, 10


def idx_bytes(values):
    """Return a uint8 array as the bytes of an IDX file."""
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(
        f">{values.ndim}I", *values.shape
    )
    return header + values.tobytes()


@pytest.fixture
def write_idx(tmp_path):
    """Give a function that writes a uint8 array as an IDX file, ".gz" packed."""

    def write(name, values):
        path = tmp_path / name
        content = idx_bytes(values)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
        return path

    return write


@pytest.fixture
def parts():
    """Give (images, labels) of 60 training and 10 test images, as Keras would."""
    rng = np.random.default_rng(0)
    return tuple(
        (
            rng.integers(0, 256, (n, 28, 28), dtype=np.uint8),
            rng.integers(0, 10, n, dtype=np.uint8),
        )
        for n in (N_TRAIN, N_TEST)
    )


@pytest.fixture(autouse=True)
def downloads(monkeypatch):
    """Replace Keras' downloaders by ones that fail, unless a test sets `result`.

    `downloads.calls` counts the attempts. SKCNN_DATA is unset, too.
    """
    state = SimpleNamespace(result=None, calls=0)

    def load_data():
        state.calls += 1
        if state.result is None:
            raise RuntimeError("URL fetch failure: a test must not download")
        return state.result

    for name in ("mnist", "fashion_mnist"):
        fake = SimpleNamespace(load_data=load_data)
        monkeypatch.setitem(sys.modules, f"keras.datasets.{name}", fake)
    monkeypatch.delenv("SKCNN_DATA", raising=False)
    return state


@pytest.fixture
def small_home(tmp_path, monkeypatch, parts):
    """Give a data home with `parts` as both data sets and the sums to match."""
    for official in (MNIST, FASHION_MNIST):
        folder = tmp_path / official.folder
        folder.mkdir()
        for part, arrays in zip(("train", "test"), parts, strict=True):
            for kind, values in zip(
                ("images-idx3", "labels-idx1"), arrays, strict=True
            ):
                name, content = file_name(part, kind), idx_bytes(values)
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
                md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
                monkeypatch.setitem(official.md5, name, md5)
    return tmp_path


_DATA_HOME = os.environ.get("SKCNN_DATA")


@pytest.fixture
def real_home():
    """Give the folder of the large data sets; skip without one."""
    if not _DATA_HOME:
        pytest.skip("SKCNN_DATA is not set")
    return _DATA_HOME
