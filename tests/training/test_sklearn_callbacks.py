"""What scikit-learn's callbacks hear of a fit (1.9 and later)."""

import copy
import pickle
import re
import textwrap
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skcnn import (
    AutoencoderClassifier,
    ContinuingSearchCV,
    ConvAutoencoder,
    HOGFeatures,
    HoldoutRidgeClassifier,
    NetworkFeatures,
    PatchFeatures,
    SVMClassifier,
    TransferClassifier,
)

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")


class Told:
    """Notes what it hears; with ``stops_after``, stops behind so many epochs."""

    max_propagation_depth = None  # goes from a search to its candidates

    def __init__(self, stops_after=None, fails_at=None):
        self.heard = []
        self.estimators = []
        self.stops_after = stops_after
        self.fails_at = fails_at

    def setup(self, estimator, context):
        self.heard.append(("setup", type(estimator).__name__))

    def teardown(self, estimator, context):
        self.heard.append(("teardown", type(estimator).__name__))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.heard.append(("begin", context.task_name, context.max_subtasks))
        self.given = X, y, metadata

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.heard.append(("end", context.task_name))
        self.estimators.append(fitted_estimator)
        if self.fails_at == context.task_name:
            raise ArithmeticError("the callback fails")
        return self.stops_after is not None and context.task_id + 1 >= self.stops_after


FIT = [
    ("setup", "CNNClassifier"),
    ("begin", "fit", 2),
    ("begin", "epoch 1", 0),
    ("end", "epoch 1"),
    ("begin", "epoch 2", 0),
    ("end", "epoch 2"),
    ("end", "fit"),
    ("teardown", "CNNClassifier"),
]


class HasBatchHook(keras.callbacks.Callback):
    """Leads to Keras' own loop."""

    def on_train_batch_end(self, batch, logs=None):
        """Do nothing."""


LOOPS = {"fast": None, "Keras": HasBatchHook}


@pytest.mark.parametrize("loop", LOOPS)
def test_epochs_are_subtasks_of_a_fit(loop, cnn, digits, bits):
    told = Told()
    clf = cnn(callbacks=LOOPS[loop]).set_callbacks(told).fit(*digits)
    assert told.heard == FIT
    assert bits(clf) == bits(cnn(callbacks=LOOPS[loop]).fit(*digits))


def test_a_callback_gets_the_estimator_as_it_is_after_an_epoch(cnn, digits, bits):
    X, y = digits
    told = Told()
    clf = cnn().set_callbacks(told).fit(X, y)
    first, second, whole = told.estimators
    one = cnn(epochs=1).fit(X, y)  # at a constant rate
    assert bits(first) == bits(one)
    assert bits(second) == bits(whole) == bits(clf)
    assert first.history_["loss"].tolist() == one.history_["loss"].tolist()
    assert (first.n_iter_, first.n_steps_) == (1, 5)
    np.testing.assert_array_equal(first.predict_proba(X), one.predict_proba(X))
    np.testing.assert_array_equal(clf.predict_proba(X), second.predict_proba(X))


@pytest.mark.parametrize("loop", LOOPS)
def test_a_true_return_stops_the_training(loop, cnn, digits):
    clf = cnn(epochs=9, callbacks=LOOPS[loop]).set_callbacks(Told(stops_after=3))
    assert clf.fit(*digits).n_iter_ == 3


def test_callbacks_hear_the_end_of_a_fit_that_fails(cnn, digits, bits):
    clf = cnn().fit(*digits)
    before, told = bits(clf), Told(fails_at="epoch 1")
    with pytest.raises(ArithmeticError):
        clf.set_callbacks(told).fit(*digits)
    assert told.heard[-1] == ("teardown", "CNNClassifier")
    assert bits(clf) == before
    assert not [name for name in vars(clf) if "callback_fit" in name]


def test_training_images_are_for_callbacks_where_none_are_held_out(cnn, digits):
    X, y = digits
    told, weights = Told(), np.ones(len(X))
    cnn().set_callbacks(told).fit(X, y, sample_weight=weights)
    assert told.given[0] is X
    assert told.given[1] is y
    assert told.given[2]["sample_weight"] is weights


def test_held_out_images_are_for_callbacks_where_there_are(cnn, digits):
    X, y = digits
    told = Told()
    clf = cnn(early_stopping=True, n_iter_no_change=9).set_callbacks(told)
    clf.fit(X, y, sample_weight=1.0 + np.arange(len(X)))
    X_held_out, y_held_out, metadata = told.given
    rows = (metadata["sample_weight"] - 1).astype(int)
    np.testing.assert_array_equal(X_held_out, X[rows])
    np.testing.assert_array_equal(y_held_out, y[rows])
    assert len(rows) == 16
    clf.fit(X, y, X_val=X[:7], y_val=y[:7])
    assert [len(one) for one in told.given] == [7, 7, 0]


def test_a_scoring_monitor_has_the_validation_accuracy_of_every_epoch(cnn, digits):
    X, y = digits
    monitor = callback.ScoringMonitor(scoring="accuracy")
    clf = cnn(epochs=3).set_callbacks(monitor).fit(X, y, X_val=X[:40], y_val=y[:40])
    log = monitor.get_logs().data_as_pandas.sort_values("task_id_path")
    epochs = log[log["task_name"].str.startswith("epoch")]
    assert epochs["task_name"].tolist() == ["epoch 1", "epoch 2", "epoch 3"]
    np.testing.assert_allclose(
        epochs["accuracy"], clf.history_["val_accuracy"], atol=1e-6
    )


def test_a_progress_bar_shows_epochs_inside_folds_inside_candidates(
    cnn, digits, capsys
):
    search = GridSearchCV(cnn(), {"learning_rate": [0.01, 0.001]}, cv=2, refit=False)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.fit(*digits)
    shown = capsys.readouterr().out
    assert re.search("GridSearchCV - fit", shown)
    assert len(re.findall(r"CNNClassifier - fit #\d", shown)) >= 4
    assert "100%" in shown


def test_a_search_tells_of_epochs_in_every_fit(cnn, digits):
    told = Told()
    search = GridSearchCV(cnn(), {"learning_rate": [0.01, 0.001]}, cv=2)
    search.set_callbacks(told).fit(*digits)
    names = [one[1] for one in told.heard if one[0] == "end"]
    assert names.count("epoch 1") == names.count("epoch 2") == 5  # one is the refit
    assert told.heard[0] == ("setup", "GridSearchCV")
    assert [one for one in told.heard if one[0] == "teardown"] == [
        ("teardown", "GridSearchCV")
    ]


def test_a_pipeline_passes_them_on(cnn, digits):
    told = Told()
    pipeline = make_pipeline(FunctionTransformer(), cnn())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a FunctionTransformer has none
        pipeline.set_callbacks(told).fit(*digits)
    assert ("end", "epoch 2") in told.heard


def test_epochs_of_head_and_fine_tuning_are_counted_together(digits):
    def backbone(input_shape):
        images = keras.Input(input_shape)
        return keras.Model(images, keras.layers.Conv2D(4, 3)(images))

    X, y = digits
    told = Told()
    clf = TransferClassifier(
        backbone, epochs=1, fine_tune_layers="all", fine_tune_epochs=2, random_state=0
    )
    clf.set_callbacks(told).fit(X, y)
    assert ("begin", "fit", 3) in told.heard
    assert [one[1] for one in told.heard if one[0] == "end"] == [
        *("epoch 1", "epoch 2", "epoch 3", "fit")
    ]
    last = told.estimators[2]
    assert last.n_iter_ == 3
    np.testing.assert_array_equal(last.predict_proba(X), clf.predict_proba(X))


def test_an_autoencoder_tells_of_its_epochs(digits):
    told = Told()
    model = ConvAutoencoder(filters=(4,), epochs=2, random_state=0)
    model.set_callbacks(told).fit(digits[0])
    assert [one[1] for one in told.heard if one[0] == "end"] == [
        *("epoch 1", "epoch 2", "fit")
    ]
    np.testing.assert_array_equal(
        told.estimators[1].transform(digits[0]), model.transform(digits[0])
    )


def test_features_of_a_network_tell_of_its_epochs(cnn, digits):
    told = Told()
    NetworkFeatures(cnn()).set_callbacks(told).fit(*digits)
    assert told.heard == [
        ("setup", "NetworkFeatures"),
        ("begin", "fit", 1),
        *FIT[1:-1],  # of the network, in the place of a part of its own
        ("end", "fit"),
        ("teardown", "NetworkFeatures"),
    ]
    told.heard.clear()
    frozen = FrozenEstimator(cnn().fit(*digits))
    NetworkFeatures(frozen).set_callbacks(told).fit(*digits)
    assert told.heard[1:-1] == [("begin", "fit", 1), ("end", "fit")]


@pytest.mark.parametrize("classifier", [SVC(), SVMClassifier(features="pixels")])
def test_the_autoencoder_of_a_classifier_tells_of_its_epochs(classifier, digits):
    told = Told()
    encoder = ConvAutoencoder(filters=(4,), epochs=2, random_state=0)
    clf = AutoencoderClassifier(encoder, classifier).set_callbacks(told)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # also where a part cannot tell anything
        clf.fit(*digits, sample_weight=np.ones(len(digits[0])))
    ends = [one[1] for one in told.heard if one[0] == "end"]
    is_telling = hasattr(classifier, "set_callbacks")
    assert ends == [
        *("epoch 1", "epoch 2", "fit", "fit" if is_telling else "fit-classifier"),
        "fit",
    ]
    X = digits[0]
    np.testing.assert_array_equal(told.estimators[-1].predict(X), clf.predict(X))


ONE_STEP = [
    SVMClassifier(features="pixels"),
    PatchFeatures(n_filters=4),
    HOGFeatures(pixels_per_cell=2),
    HoldoutRidgeClassifier(),
]


@pytest.mark.parametrize("model", ONE_STEP, ids=lambda one: type(one).__name__)
def test_what_has_no_epochs_tells_that_it_begins_and_ends(model, digits):
    X, y = digits
    told, name = Told(), type(model).__name__
    X = X.reshape(len(X), -1) if name == "HoldoutRidgeClassifier" else X
    clone(model).set_callbacks(told).fit(X, y)
    assert told.heard == [
        ("setup", name),
        *(("begin", "fit", 0), ("end", "fit")),
        ("teardown", name),
    ]
    assert told.given[0] is X
    assert told.given[1] is y
    assert hasattr(told.estimators[0], "n_features_in_")


def test_a_fit_of_one_step_that_fails_ends_for_callbacks_too(digits):
    told, (X, _) = Told(), digits
    with pytest.raises(ValueError, match="one class"):
        SVMClassifier().set_callbacks(told).fit(X, np.zeros(len(X)))
    assert [one[0] for one in told.heard] == ["setup", "begin", "teardown"]


def test_a_pipeline_of_ours_warns_of_nothing(cnn, digits):
    told = Told()
    pipeline = make_pipeline(PatchFeatures(n_filters=4), HoldoutRidgeClassifier())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline.set_callbacks(told).fit(*digits)
    assert [one[1] for one in told.heard if one[0] == "end"] == ["fit"] * 3


def test_a_search_that_goes_on_tells_of_units_and_of_the_epochs_of_its_refit(
    cnn, digits
):
    told = Told()
    search = ContinuingSearchCV(cnn(), {"learning_rate": [0.01, 0.001]}, cv=2)
    search.set_callbacks(told).fit(*digits)
    assert told.heard[:2] == [
        ("setup", "ContinuingSearchCV"),
        ("begin", "fit", None),
    ]
    assert [one[1] for one in told.heard if one[0] == "end"] == [
        *(f"candidate {c}, fold {f}, to epoch 2" for c in (0, 1) for f in (0, 1)),
        *("epoch 1", "epoch 2", "fit", "fit"),
    ]
    assert told.heard[-1] == ("teardown", "ContinuingSearchCV")


def test_partial_fit_tells_nothing(cnn, digits):
    told = Told()
    cnn().set_callbacks(told).partial_fit(*digits, classes=range(10))
    assert told.heard == []


def test_clones_and_pickles_keep_their_callbacks(cnn):
    told = Told()
    clf = cnn().set_callbacks(told)
    assert clone(clf)._skl_callbacks == [told]
    assert len(pickle.loads(pickle.dumps(clf))._skl_callbacks) == 1


def test_a_shallow_copy_has_the_users_objects(cnn):
    mine = [keras.callbacks.TerminateOnNaN()]
    clf = cnn(callbacks=mine)
    assert copy.copy(clf).callbacks is mine


def test_before_there_are_any_nothing_is_different(run_python):
    code = """
    import sys
    import sklearn.model_selection

    sys.modules["sklearn.callback"] = None  # an import of it fails
    from skcnn import CNNClassifier
    from skcnn.base.sklearn_callbacks import has_callbacks, tells_of_fit, with_callbacks

    print(hasattr(CNNClassifier, "set_callbacks"), has_callbacks(CNNClassifier()))
    print(with_callbacks(len) is len, tells_of_fit()(len) is len)
    """
    lines = run_python(textwrap.dedent(code), prelude=False).lines
    assert lines == ["False False", "True True"]
