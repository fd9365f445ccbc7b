"""Tests of what is said of an estimator's settings."""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, HOGFeatures, NetworkClassifier, SVMClassifier
from skcnn.base.settings import settings


def changed(estimator):
    return {s.name: s.value for s in settings(estimator) if not s.is_default}


def build(meta):
    raise NotImplementedError


def test_what_was_changed_is_told_from_the_defaults():
    clf = CNNClassifier(filters=(8,), epochs=None, padding="valid")
    assert changed(clf) == {"filters": "(8,)", "padding": "'valid'"}
    assert len(settings(clf)) == len(clf.get_params())


def test_nested_settings_have_the_names_that_set_params_knows():
    search = GridSearchCV(SVMClassifier(C=2.0), {"C": [1, 2]})
    found = changed(search)
    assert found["estimator"] == "SVMClassifier"
    assert found["estimator__C"] == "2.0"
    assert set(found) <= set(search.get_params())


def test_steps_of_a_pipeline_are_said_once():
    pipeline = make_pipeline(HOGFeatures(), LogisticRegression(C=3.0))
    assert changed(pipeline) == {"logisticregression__C": "3.0"}


def test_functions_have_no_address():
    clf = NetworkClassifier(build, model__units=3)
    found = changed(clf)
    assert found["model"].endswith(".build")
    assert found["model__units"] == "3"
    assert not any("0x" in setting.value for setting in settings(clf))


def test_long_values_are_whole():
    weights = dict.fromkeys(range(999), 1)
    assert changed(SVMClassifier(class_weight=weights)) == {
        "class_weight": repr(weights)
    }
