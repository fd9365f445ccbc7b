"""Tests of what a page shows of an estimator's settings, and of its code."""

from types import SimpleNamespace

import numpy as np
import sklearn.pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcnn import (
    AutoencoderClassifier,
    CNNClassifier,
    HOGFeatures,
    NetworkClassifier,
    ResNetClassifier,
    SVMClassifier,
)
from skcnn.comparison import to_rows
from skcnn.reporting._sections import (
    class_line,
    comparison_code,
    estimator_code,
    settings_block,
    smoothing_note,
)


def build(meta):
    raise NotImplementedError


def test_all_at_their_defaults_changes_nothing():
    block = settings_block("SVM", SVMClassifier())
    assert block["changed"] == []
    assert len(block["rest"]) == len(SVMClassifier().get_params())


def test_a_pipeline_is_named_by_its_steps():
    pipeline = make_pipeline(HOGFeatures(), "passthrough", LogisticRegression())
    assert class_line(pipeline) == "HOGFeatures → LogisticRegression"


def test_the_flattening_step_of_compare_is_not_the_users():
    flat = make_pipeline(FunctionTransformer(to_rows), LogisticRegression(C=3.0))
    block = settings_block("logistic", flat)
    assert block["kind"] == "LogisticRegression"
    assert block["changed"] == [("C", "3.0")]


def test_networks_that_smooth_alike_share_a_floor():
    estimators = {
        "CNN": CNNClassifier(label_smoothing=0.1),
        "ResNet": ResNetClassifier(label_smoothing=0.1),
        "plain": CNNClassifier(label_smoothing=0.0),
        "weighted": CNNClassifier(label_smoothing=0.2, class_weight={0: 3.0}),
        "hinge": NetworkClassifier(build, loss="hinge", label_smoothing=0.2),
        "searched": GridSearchCV(CNNClassifier(), {"label_smoothing": [0.1, 0.2]}),
        "codes": AutoencoderClassifier(),
        "SVM": SVMClassifier(),
    }
    assert smoothing_note(estimators, 10) == (
        "With smoothed labels no loss falls to zero: CNN and ResNet not below 0.50 "
        "(label_smoothing=0.1, 10 classes)."
    )
    assert smoothing_note({"SVM": SVMClassifier()}, 10) == ""


def test_the_code_can_be_run():
    pipeline = make_pipeline(HOGFeatures(), LogisticRegression(C=3.0))
    search = GridSearchCV(pipeline, {"logisticregression__C": [1.0, 2.0]}, cv=3)
    code = estimator_code(search)
    names = {}
    exec(code.split("estimator.fit")[0], names)
    assert repr(names["estimator"]) == repr(search)
    assert names["Pipeline"] is sklearn.pipeline.Pipeline
    assert "from skcnn import HOGFeatures, report" in code


def test_the_code_has_groups_where_the_folds_need_them():
    done = SimpleNamespace(
        estimators_={"logistic": LogisticRegression()},
        cv_="GroupKFold(n_splits=3)",
        table_=["rank"],
        X_=np.zeros((3, 4)),
        scoring_=("accuracy",),
        random_state_=0,
    )
    expected = "    groups=groups,\n    cv=GroupKFold(n_splits=3),\n"
    assert expected in comparison_code(done)
    done.cv_ = "KFold(n_splits=3)"
    assert "groups" not in comparison_code(done)


def test_the_code_imports_the_users_own_functions():
    code = estimator_code(NetworkClassifier(build, model__units=3))
    assert f"from {build.__module__} import build" in code
    assert "0x" not in code
