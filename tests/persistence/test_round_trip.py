"""What comes back is what was saved."""

import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
import sklearn
import skops.io
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from skcnn import (
    HOGFeatures,
    NetworkFeatures,
    SVMClassifier,
    load,
    recipes,
    save,
)
from skcnn.base.nested import find_inside

CLASSIFIERS = (
    "CNNClassifier",
    "ResNetClassifier",
    "NetworkClassifier",
    "TransferClassifier",
    "SVMClassifier",
    "SVMClassifier with all",
    "AutoencoderClassifier",
    "patches and ridge",
)
TRANSFORMERS = (
    "ConvAutoencoder",
    "PretrainedFeatures",
    "NetworkFeatures",
    "HOGFeatures",
    "PatchFeatures",
)
METHODS = ("predict", "predict_proba", "decision_function", "transform", "denoise")


def assert_same(loaded, estimator, X):
    """Check that all that both can compute is equal to the last bit.

    But for decision values of a machine that scikit-learn-intelex has fitted.
    """
    tolerance = 1e-6 if find_inside(estimator, SVMClassifier) else 0
    for method in METHODS:
        assert hasattr(loaded, method) == hasattr(estimator, method)
        if hasattr(estimator, method):
            came, wanted = getattr(loaded, method)(X), getattr(estimator, method)(X)
            if tolerance and method != "predict":
                np.testing.assert_allclose(
                    came, wanted, rtol=tolerance, atol=tolerance, err_msg=method
                )
            else:
                np.testing.assert_array_equal(came, wanted, err_msg=method)


@pytest.mark.parametrize("name", CLASSIFIERS + TRANSFORMERS)
def test_every_estimator_computes_the_same(name, make_fitted, saved, shapes):
    estimator = make_fitted(name)
    loaded = saved(estimator)
    assert type(loaded) is type(estimator)
    assert_same(loaded, estimator, shapes[0])


@pytest.mark.parametrize("name", CLASSIFIERS + TRANSFORMERS)
def test_every_fitted_attribute_comes_back(name, make_fitted, saved):
    estimator = make_fitted(name)
    loaded = saved(estimator)
    assert set(vars(loaded)) == set(vars(estimator))
    for attribute in ("image_shape_", "n_features_in_", "n_iter_", "n_parameters_"):
        if hasattr(estimator, attribute):
            assert getattr(loaded, attribute) == getattr(estimator, attribute)


def test_a_file_knows_the_scale_of_its_training_pixels(make_cnn, saved, shapes):
    X, y = shapes
    X = X.astype(np.float32)
    loaded = saved(make_cnn(epochs=1, rescale=None).fit(X, y))
    loaded.predict(X)
    with pytest.warns(UserWarning, match="on the same scale"):
        loaded.predict(X * 20)


def test_labels_keep_their_type_and_history_its_numbers(make_fitted, saved):
    estimator = make_fitted("CNNClassifier")
    loaded = saved(estimator)
    assert loaded.classes_.dtype == estimator.classes_.dtype
    assert loaded.classes_.tolist() == ["left", "spot", "top"]
    pd.testing.assert_frame_equal(loaded.history_, estimator.history_)


@pytest.mark.parametrize(
    "name", ["CNNClassifier", "TransferClassifier", "ConvAutoencoder"]
)
def test_skops_stores_fitted_networks_too(name, make_fitted, shapes):
    # As mlflow.sklearn.log_model does, which asks for the types that it may trust.
    estimator = make_fitted(name)
    content = skops.io.dumps(estimator)
    types = skops.io.get_untrusted_types(data=content)
    others = [one for one in types if not one.startswith("skcnn.")]
    # The backbone is a function of the test's own.
    assert {one.rpartition(".")[2] for one in others} <= {"partial", "backbone"}
    loaded = skops.io.loads(content, trusted=types)
    assert_same(loaded, estimator, shapes[0])
    pd.testing.assert_frame_equal(loaded.history_, estimator.history_)


@pytest.mark.parametrize(
    "labels",
    [
        [3, 5],
        [1.0, 2.0],
        [True, False],
        np.array(["a", "b"], dtype=object),
        pd.Series(["a", "b"], dtype="category"),
    ],
    ids=["int", "float", "bool", "object", "category"],
)
def test_labels_of_any_type_come_back(labels, saved, pair):
    X, _ = pair
    y = np.repeat(np.asarray(labels), len(X) // 2)
    estimator = SVMClassifier().fit(X, y)
    loaded = saved(estimator)
    assert loaded.classes_.dtype == estimator.classes_.dtype
    np.testing.assert_array_equal(loaded.predict(X), estimator.predict(X))


def test_parameters_come_back_with_their_types(make_cnn, saved, pair):
    X, y = pair
    estimator = make_cnn(
        filters=(4,),
        kernel_size=np.int64(3),
        class_weight={"left": 1.0, "top": 2.0},
        random_state=np.random.RandomState(3),
        optimizer="sgd",
        tol=np.float64(0.5),
    ).fit(X, y)
    before = estimator.random_state.get_state()[1]
    loaded = saved(estimator)
    came, wanted = loaded.get_params(), estimator.get_params()
    state = came.pop("random_state").get_state()[1]
    np.testing.assert_array_equal(state, before)
    del wanted["random_state"]
    assert came == wanted
    assert type(came["filters"]) is tuple


def test_columns_of_a_frame_are_remembered(saved, shapes):
    X, y = shapes
    frame = pd.DataFrame(X.reshape(len(X), -1)).rename(columns="pixel{}".format)
    estimator = SVMClassifier().fit(frame, y)
    loaded = saved(estimator)
    assert list(loaded.feature_names_in_) == list(frame.columns)
    assert (loaded.predict(frame) == estimator.predict(frame)).all()
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(frame.rename(columns={"pixel0": "other"}))


def test_a_new_process_predicts_the_same_with_keras_alone_and_with_us(
    make_cnn, shapes, tmp_path
):
    X, y = shapes
    estimator = make_cnn(dropout=0.3, precision="bfloat16").fit(X, y)
    estimator.model_.save(tmp_path / "model.keras")
    save(estimator, tmp_path / "model.skcnn")
    np.save(tmp_path / "X.npy", X)
    code = f"""
    import sys

    import keras
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads({_n_threads()})
    X = np.load("X.npy")
    model = keras.models.load_model("model.keras")
    np.save("logits.npy", model.predict(X[..., None], verbose=0))
    assert "skcnn" not in sys.modules
    import skcnn

    np.save("proba.npy", skcnn.load("model.skcnn").predict_proba(X))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    subprocess.run(command, check=True, cwd=tmp_path)
    there = [np.load(tmp_path / f"{name}.npy") for name in ("logits", "proba")]
    logits = estimator.model_.predict(X[..., None], verbose=0)
    np.testing.assert_array_equal(there[0], logits)
    np.testing.assert_array_equal(there[1], estimator.predict_proba(X))


def _n_threads():
    import tensorflow as tf

    return tf.config.threading.get_intra_op_parallelism_threads()


def test_the_same_estimator_gives_the_same_bytes(make_fitted, tmp_path):
    for name in ("CNNClassifier", "ConvAutoencoder"):
        first, second = tmp_path / "a.skcnn", tmp_path / "b.skcnn"
        save(make_fitted(name), first)
        save(make_fitted(name), second)
        assert first.read_bytes() == second.read_bytes()


def test_what_was_loaded_and_saved_again_has_the_same_bytes(make_fitted, tmp_path):
    first, second = tmp_path / "a.skcnn", tmp_path / "b.skcnn"
    save(make_fitted("NetworkClassifier"), first)
    save(load(first), second)
    assert first.read_bytes() == second.read_bytes()


# --- training goes on -----------------------------------------------------------------


def test_a_warm_start_goes_on_as_if_nothing_had_happened(make_cnn, saved, shapes):
    one = make_cnn(filters=(4,), epochs=1, warm_start=True).fit(*shapes)
    two = saved(one).fit(*shapes)
    one.fit(*shapes)
    assert two.n_iter_ == 2
    np.testing.assert_array_equal(
        two.predict_proba(shapes[0]), one.predict_proba(shapes[0])
    )


def test_partial_fit_goes_on_as_if_nothing_had_happened(make_cnn, saved, shapes):
    X, y = shapes
    one = make_cnn(filters=(4,)).partial_fit(X, y, classes=np.unique(y))
    two = saved(one).partial_fit(X, y)
    one.partial_fit(X, y)
    np.testing.assert_array_equal(two.predict_proba(X), one.predict_proba(X))


def test_a_loaded_estimator_is_independent_of_the_saved_one(make_cnn, saved, shapes):
    X, y = shapes
    estimator = make_cnn(filters=(4,), epochs=1).fit(X, y)
    before = estimator.predict_proba(X)
    loaded = saved(estimator)
    loaded.set_params(random_state=5).fit(X, y)
    np.testing.assert_array_equal(estimator.predict_proba(X), before)
    assert (loaded.predict_proba(X) != before).any()


def test_a_loaded_estimator_can_be_cloned_and_gives_a_keras_model(make_fitted, saved):
    loaded = saved(make_fitted("CNNClassifier"))
    assert clone(loaded).get_params() == loaded.get_params()
    assert loaded.model_.count_params() == loaded.n_parameters_


def test_two_files_of_one_origin_keep_their_own_weights(
    make_cnn, path, tmp_path, shapes
):
    # A compiled model remembers whose weights it holds; a file must not say so.
    X, y = shapes
    estimator = make_cnn(filters=(4,), epochs=1).fit(X, y)
    save(estimator, path)
    first, second = load(path), load(path)
    assert first._state.token != second._state.token


# --- pipelines and the like -----------------------------------------------------------


def _composites(make_cnn):
    cnn = make_cnn(filters=(4,), epochs=1)
    return {
        "pipeline": make_pipeline(
            NetworkFeatures(cnn), StandardScaler(), LogisticRegression()
        ),
        "union": make_pipeline(
            FeatureUnion(
                [("hog", HOGFeatures(cells_per_block=1)), ("none", "drop")],
            ),
            SVMClassifier(),
        ),
        "vote": VotingClassifier([("a", cnn), ("b", SVMClassifier())]),
        "calibrated": CalibratedClassifierCV(cnn, cv=2, ensemble=False),
        "search": GridSearchCV(
            make_pipeline(HOGFeatures(), SVMClassifier()),
            {"svmclassifier__C": [1.0, 2.0]},
            cv=2,
        ),
    }


@pytest.mark.parametrize("name", ["pipeline", "union", "vote", "calibrated", "search"])
def test_composites_compute_the_same(name, make_cnn, saved, shapes):
    composite = _composites(make_cnn)[name].fit(*shapes)
    if name == "search":
        composite = composite.best_estimator_
    loaded = saved(composite)
    assert type(loaded) is type(composite)
    assert_same(loaded, composite, shapes[0])


def test_a_frozen_network_comes_back(make_fitted, saved, shapes):
    features = NetworkFeatures(FrozenEstimator(make_fitted("CNNClassifier")))
    features.fit(*shapes)
    assert_same(saved(features), features, shapes[0])


def test_nested_parameters_of_a_loaded_pipeline_can_be_set(make_cnn, saved, shapes):
    pipeline = make_pipeline(HOGFeatures(cells_per_block=1), SVMClassifier())
    loaded = saved(pipeline.fit(*shapes))
    loaded.set_params(svmclassifier__C=7.0).fit(*shapes)
    assert loaded[-1].svc_.C == 7.0


def test_networks_of_recipes_come_back_with_their_functions(saved, shapes):
    recipe = recipes.make("E8", epochs=1, batch_size=60, random_state=0)
    recipe.set_params(
        model__layers=(("flatten",), ("dense", 4)), lr_schedule=recipe.lr_schedule
    )
    loaded = saved(recipe.fit(*shapes))
    assert loaded.model is recipe.model
    assert loaded.lr_schedule is recipe.lr_schedule
    assert loaded.model__layers == recipe.model__layers


def test_requests_for_metadata_come_back(saved, pair):
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = SVMClassifier().set_fit_request(sample_weight=True).fit(*pair)
        loaded = saved(estimator)
        routing = loaded.get_metadata_routing()
    assert routing.fit.requests["sample_weight"] is True


def test_the_setting_of_outputs_comes_back(saved, shapes):
    estimator = HOGFeatures(cells_per_block=1).set_output(transform="pandas")
    loaded = saved(estimator.fit(shapes[0]))
    assert isinstance(loaded.transform(shapes[0]), pd.DataFrame)
