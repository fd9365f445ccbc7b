"""Processes that are forked, spawned or served: they work, or say at once what would.

One process does all of it, because to import TensorFlow takes seconds.
"""

import json
from pathlib import Path

import pytest

# Deeds of forking.py whose process is forked after TensorFlow was used.
REFUSED = [
    "fit",
    "predict",
    "predict_proba",
    "partial_fit",
    "transform",
    "load",
    "model_",
]


@pytest.fixture
def forking(process, tmp_path):
    """Give what each deed of forking.py came to."""
    started = process(Path(__file__).with_name("forking.py"))
    out, _ = started.communicate(timeout=900)
    assert started.returncode == 0, (tmp_path / "stderr").read_text()
    return json.loads(out)


@pytest.mark.trust
def test_a_forked_process_works_or_is_refused_at_once(forking, record_property):
    for name in ("fork before use", "fork of a parent that imported only"):
        assert forking[name]["outcome"] == forking["parent"], name
    for deed in REFUSED:
        done = forking[f"fork: {deed}"]
        assert done["outcome"].startswith("RuntimeError"), (deed, done)
        for cure in ("spawn", "forkserver", "loky"):
            assert cure in done["outcome"]
        assert done["seconds"] < 5, (deed, done)
    for method in ("spawn", "forkserver", "loky"):
        assert forking[method] == {"outcome": forking["parent"]}, method
    assert forking["parent again"] == forking["parent"]
    record_property(
        "survived",
        f"forks: {len(REFUSED)} calls refused at once after TensorFlow was used; fork "
        "before, spawn, forkserver and loky give the parent's bits",
    )
