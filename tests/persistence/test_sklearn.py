"""Tests of scikit-learn's own parts, which skops writes and reads."""

import io
import json
import zipfile

import numpy as np
import pytest

from skcnn import load, save

MEMBER = "scikit-learn.skops"


@pytest.fixture
def rewrite(make_fitted, path, forge):
    """Give a function that changes the skops file in a saved estimator."""

    def change_inside(change):
        save(make_fitted("AutoencoderClassifier"), path)
        with zipfile.ZipFile(path) as file:
            inside = io.BytesIO(file.read(MEMBER))
        with zipfile.ZipFile(inside) as old:
            content = {name: old.read(name) for name in old.namelist()}
        change(content)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as new:
            for name, one in content.items():
                new.writestr(name, one)
        forge(**{MEMBER: buffer.getvalue()})

    return change_inside


def test_a_type_that_skops_does_not_trust_is_refused(rewrite, path):
    def change(content):
        schema = json.loads(content["schema.json"])
        schema["content"][0] |= {"__module__": "os", "__class__": "system"}
        content["schema.json"] = json.dumps(schema).encode()

    rewrite(change)
    with pytest.raises(
        ValueError, match=r"parts of scikit-learn that cannot be loaded"
    ):
        load(path)


def test_a_pickled_array_is_refused(rewrite, path):
    def change(content):
        name = next(name for name in content if name.endswith(".npy"))
        buffer = io.BytesIO()
        np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
        content[name] = buffer.getvalue()

    rewrite(change)
    with pytest.raises(ValueError, match="it holds object"):
        load(path)


def test_a_part_that_is_no_array_is_refused(rewrite, path):
    rewrite(lambda content: content.update({"evil.pkl": b"x"}))
    with pytest.raises(ValueError, match=r"holds 'evil\.pkl' among the parts"):
        load(path)


def test_a_part_that_is_not_there_is_refused(make_fitted, path, forge):
    save(make_fitted("AutoencoderClassifier"), path)

    def change(manifest):
        manifest["estimator"]["fitted"]["classifier_"]["number"] = 7

    forge(change)
    with pytest.raises(ValueError, match="no part 7 of scikit-learn"):
        load(path)


def test_a_missing_skops_is_named_with_the_command(make_fitted, path, monkeypatch):
    save(make_fitted("AutoencoderClassifier"), path)
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    with pytest.raises(ImportError, match=r"pip install 'skcnn\[save\]'"):
        load(path)
