"""Tests of what `save` refuses, and of the file that it writes."""

import json
import os
import zipfile

import joblib
import numpy as np
import pytest
import skops
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import skcnn
from skcnn import CNNClassifier, HOGFeatures, SVMClassifier, load, save


class Mine(TransformerMixin, BaseEstimator):
    """An estimator of the user's."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X)


def test_before_fit_is_refused(path):
    with pytest.raises(NotFittedError, match=r"CNNClassifier is not fitted\. Call fit"):
        save(CNNClassifier(), path)
    with pytest.raises(NotFittedError, match="HOGFeatures is not fitted"):
        save(make_pipeline(HOGFeatures(), SVMClassifier()), path)
    assert not path.exists()


@pytest.mark.parametrize(
    "thing", [SVC(), "model", None, CNNClassifier, make_pipeline(SVC())], ids=repr
)
def test_what_is_not_ours_is_refused(thing, path):
    with pytest.raises(TypeError, match=r"takes estimators of skcnn.*skops\.io\.dump"):
        save(thing, path)


def test_a_search_names_its_best_estimator(path, shapes):
    search = GridSearchCV(HOGFeatures(), {}, scoring=lambda e, X: 0.0, cv=2)
    with pytest.raises(TypeError, match="Pass its best_estimator_"):
        save(search.fit(shapes[0]), path)


def test_own_estimators_in_a_pipeline_are_refused(path, shapes):
    pipeline = make_pipeline(Mine(), SVMClassifier()).fit(*shapes)
    with pytest.raises(TypeError, match=r"mine \(Mine\) holds an object of"):
        save(pipeline, path)


def test_trees_are_refused(path, shapes):
    # A tree out of a forged file could make compiled code read anywhere in memory.
    forest = RandomForestClassifier(2, random_state=0)
    pipeline = make_pipeline(HOGFeatures(cells_per_block=1), forest).fit(*shapes)
    with pytest.raises(TypeError, match=r"_tree\.Tree.*joblib"):
        save(pipeline, path)


def test_a_folder_that_does_not_exist_is_refused(make_fitted, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"'.*nowhere' does not exist\. Make it"
    ):
        save(make_fitted("HOGFeatures"), tmp_path / "nowhere" / "model.skcnn")


def test_a_folder_is_no_file(make_fitted, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save(make_fitted("HOGFeatures"), tmp_path)


def test_parameters_that_fit_would_refuse_are_refused(saved, shapes):
    estimator = HOGFeatures(cells_per_block=1).fit(shapes[0])
    with pytest.raises(ValueError, match="'orientations' parameter"):
        saved(estimator.set_params(orientations="many"))


# --- the file -------------------------------------------------------------------------


def test_a_save_that_fails_leaves_the_old_file(make_fitted, path, monkeypatch):
    estimator = make_fitted("CNNClassifier")
    path.write_bytes(b"old")

    def fail(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(OSError, match="no space"):
        save(estimator, path)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_is_replaced(make_fitted, path):
    save(make_fitted("CNNClassifier"), path)
    save(make_fitted("HOGFeatures"), path)
    assert isinstance(load(path), HOGFeatures)
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(make_fitted, path):
    link = path.with_name("link.skcnn")
    link.symlink_to(path)
    save(make_fitted("HOGFeatures"), link)
    assert link.is_symlink()
    assert path.is_file()


def test_the_file_has_the_permissions_of_any_other(make_fitted, path):
    other = path.with_name("other")
    other.touch()
    save(make_fitted("HOGFeatures"), path)
    assert path.stat().st_mode == other.stat().st_mode


def test_the_path_may_be_text_with_any_ending(make_fitted, tmp_path):
    save(make_fitted("HOGFeatures"), os.fspath(tmp_path / "model.zip"))
    assert isinstance(load(os.fspath(tmp_path / "model.zip")), HOGFeatures)


def test_arrays_in_the_file_are_numpys(make_fitted, path):
    estimator = make_fitted("CNNClassifier")
    save(estimator, path)
    with zipfile.ZipFile(path) as file:
        names = [name for name in file.namelist() if "_state.weights" in name]
        assert len(names) == len(estimator._state.weights)
        with file.open(names[0]) as member:
            first = np.load(member, allow_pickle=False)
    np.testing.assert_array_equal(first, estimator._state.weights[0])


def test_the_versions_of_all_that_reads_it_are_in_the_file(make_fitted, path):
    save(make_fitted("HOGFeatures"), path)
    with zipfile.ZipFile(path) as file:
        versions = json.loads(file.read("estimator.json"))["versions"]
    assert versions["skcnn"] == skcnn.__version__
    assert versions["skops"] == skops.__version__
    assert {"python", "keras", "numpy", "scikit-learn"} <= set(versions)


def test_folders_of_this_computer_are_not_in_the_file(make_cnn, path, shapes):
    folder = path.parent / "secret"
    estimator = make_cnn(filters=(4,), epochs=1, checkpoint_dir=folder).fit(*shapes)
    pipeline = make_pipeline(
        HOGFeatures(cells_per_block=1),
        SVMClassifier(),
        memory=joblib.Memory(folder, verbose=0),
    ).fit(*shapes)
    for one in (estimator, pipeline):
        save(one, path)
        assert b"secret" not in path.read_bytes()
    assert load(path).memory is None


def test_attributes_of_the_users_own_are_left_out_with_a_warning(path, shapes):
    estimator = HOGFeatures(cells_per_block=1).fit(shapes[0])
    estimator.note = "the best one"
    with pytest.warns(UserWarning, match=r"Not saved: \['note'\]"):
        save(estimator, path)
    assert not hasattr(load(path), "note")
