"""Tests of what a page says of an estimator's settings, and of its code."""

import sklearn.pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import CNNClassifier, HOGFeatures, NetworkClassifier, SVMClassifier
from skcnn.comparison._estimators import to_rows
from skcnn.reporting._code import estimator_code
from skcnn.reporting._settings import class_line, settings, settings_block


def changed(estimator):
    return {s.name: s.value for s in settings(estimator) if not s.is_default}


def build(meta):
    raise NotImplementedError


def test_what_was_changed_is_told_from_the_defaults():
    clf = CNNClassifier(filters=(8,), epochs=None, padding="valid")
    assert changed(clf) == {"filters": "(8,)", "padding": "'valid'"}
    assert len(settings(clf)) == len(clf.get_params())


def test_all_at_their_defaults_is_no_table():
    block = settings_block("SVM", SVMClassifier())
    assert block.table is None
    assert len(block.folded.rows) == len(SVMClassifier().get_params())


def test_nested_settings_have_the_names_that_set_params_knows():
    search = GridSearchCV(SVMClassifier(C=2.0), {"C": [1, 2]})
    found = changed(search)
    assert found["estimator"] == "SVMClassifier"
    assert found["estimator__C"] == "2.0"
    assert set(found) <= set(search.get_params())


def test_steps_of_a_pipeline_are_said_once():
    pipeline = make_pipeline(HOGFeatures(), LogisticRegression(C=3.0))
    assert changed(pipeline) == {"logisticregression__C": "3.0"}
    assert class_line(pipeline) == "HOGFeatures → LogisticRegression"


def test_the_flattening_step_of_compare_is_not_the_users():
    flat = make_pipeline(FunctionTransformer(to_rows), LogisticRegression(C=3.0))
    block = settings_block("logistic", flat)
    assert block.kind == "LogisticRegression"
    assert [row[0].text for row in block.table.rows] == ["C"]


def test_functions_have_no_address():
    clf = NetworkClassifier(build, model__units=3)
    found = changed(clf)
    assert found["model"].endswith(".build")
    assert found["model__units"] == "3"
    assert not any("0x" in setting.value for setting in settings(clf))


def test_long_values_are_cut():
    clf = SVMClassifier(class_weight=dict.fromkeys(range(999), 1))
    assert len(changed(clf)["class_weight"]) == 300


def test_the_code_can_be_run():
    pipeline = make_pipeline(HOGFeatures(), LogisticRegression(C=3.0))
    search = GridSearchCV(pipeline, {"logisticregression__C": [1.0, 2.0]}, cv=3)
    code = estimator_code(search)
    names = {}
    exec(code.split("estimator.fit")[0], names)
    assert repr(names["estimator"]) == repr(search)
    assert names["Pipeline"] is sklearn.pipeline.Pipeline
    assert "from skcnn import HOGFeatures, report" in code


def test_the_code_imports_the_users_own_functions():
    code = estimator_code(NetworkClassifier(build, model__units=3))
    assert f"from {build.__module__} import build" in code
    assert "0x" not in code
