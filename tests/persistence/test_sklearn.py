"""Tests of scikit-learn's own parts, which skops writes and reads."""

import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, SVR

from skcnn import HOGFeatures, load, save
from skcnn.persistence._scikit_learn import dump

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


def test_a_machine_as_it_was_written_before_is_refused(make_fitted, path, forge):
    save(make_fitted("SVMClassifier"), path)
    forge(lambda m: m["estimator"]["fitted"].update(svc_={"type": "svc"}))
    with pytest.raises(ValueError, match=r"of an earlier skcnn.* Fit it anew"):
        load(path)


# --- machines of scikit-learn, whose arrays compiled code reads unchecked -------------


@pytest.fixture
def forged(shapes, path, forge):
    """Give a function that saves a HOG pipeline with a machine that it has changed."""
    hog = HOGFeatures(cells_per_block=1)
    rows = hog.fit_transform(shapes[0])

    def save_changed(change, machine=None):
        machine = machine or SVC()
        codes = np.unique(shapes[1], return_inverse=True)[1]
        pipeline = make_pipeline(hog, machine.fit(rows, codes))
        save(pipeline, path)
        change(machine)
        forge(**{MEMBER: dump([pipeline[-1]])})

    return save_changed


def too_many(machine):
    n = len(machine.support_)
    machine._n_support = np.array([n - 1, 10**6, 1 - 10**6], np.int32)


def too_few_rows(machine):
    machine._dual_coef_ = machine._dual_coef_[:1].copy()


def too_few_columns(machine):
    machine._dual_coef_ = machine._dual_coef_[:, :1].copy()


def no_intercept(machine):
    machine._intercept_ = np.zeros(0)


def short_support(machine):
    machine.support_ = machine.support_[:1]


def narrow_vectors(machine):
    machine.support_vectors_ = machine.support_vectors_[:, :1].copy()


def no_width(machine):
    del machine.n_features_in_


def short_curve(machine):
    machine._probA = machine._probB = np.zeros(1)


def precomputed(machine):
    machine.kernel = "precomputed"


def sparse(machine):
    machine._sparse = True


CHANGES = [
    too_many,
    too_few_rows,
    too_few_columns,
    no_intercept,
    short_support,
    narrow_vectors,
    no_width,
    short_curve,
    precomputed,
    sparse,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_machine_that_contradicts_itself_is_refused(change, forged, path):
    forged(change)
    with pytest.raises(ValueError, match=r"holds an? (support|SVC)|n_features_in_"):
        load(path)


def test_a_machine_inside_another_estimator_is_checked(shapes, path, forge):
    hog, several = HOGFeatures(cells_per_block=1), OneVsRestClassifier(SVC())
    pipeline = make_pipeline(hog, several).fit(*shapes)
    save(pipeline, path)
    load(path)
    no_intercept(several.estimators_[1])
    forge(**{MEMBER: dump([several])})
    with pytest.raises(ValueError, match="whose intercept is"):
        load(path)


@pytest.mark.parametrize("change", [no_intercept, too_few_columns, short_support])
def test_a_regression_that_contradicts_itself_is_refused(change, forged, path):
    forged(lambda machine: None, SVR())
    load(path)
    forged(change, SVR())
    with pytest.raises(ValueError, match="a support vector machine of 2 classes"):
        load(path)


def test_what_load_would_refuse_is_not_saved(shapes, path):
    hog = HOGFeatures(cells_per_block=1)
    svc = SVC().fit(hog.fit_transform(shapes[0]), shapes[1])
    no_intercept(svc)
    with pytest.raises(
        TypeError, match=r"cannot be saved: svc \(SVC\) holds a support"
    ):
        save(make_pipeline(hog, svc), path)


def test_a_pipeline_inside_another_estimator_says_not_where_to_write(
    shapes, path, tmp_path
):
    inner = make_pipeline(SVC(), memory=str(tmp_path))
    pipeline = make_pipeline(HOGFeatures(cells_per_block=1), OneVsRestClassifier(inner))
    save(pipeline.fit(*shapes), path)
    several = load(path)[-1]
    assert several.estimator.memory is None
    assert [one.memory for one in several.estimators_] == [None] * 3
