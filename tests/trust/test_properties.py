"""Any images, labels, weights and parameters: the contract is kept, or a clear error.

An error is a ValueError, a TypeError or the TimeoutError of `max_seconds` that names a
parameter, X or y, and never one of TensorFlow's or Keras' own texts.
"""

import re
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.utils._param_validation import Interval, StrOptions

from skcnn import (
    AutoencoderClassifier,
    CNNClassifier,
    ContinuingSearchCV,
    ConvAutoencoder,
    HOGFeatures,
    NetworkClassifier,
    NetworkFeatures,
    PatchFeatures,
    PretrainedFeatures,
    ResNetClassifier,
    SVMClassifier,
    TransferClassifier,
)

SHORT = {"epochs": 1, "batch_size": 64, "random_state": 0, "precision": "float32"}
# A network of one convolution for whatever the images are.
TINY = {**SHORT, "filters": (4,)}


def perceptron(input_shape, n_classes):
    """Build a network of one dense layer."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


def backbone(input_shape):
    """Build a backbone that takes images of any size."""
    images = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(images)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    return keras.Model(images, x)


ESTIMATORS = {
    "CNNClassifier": CNNClassifier(**TINY, convs_per_block=1, augment=None),
    "ResNetClassifier": ResNetClassifier(**TINY, blocks=1, augment=None),
    "NetworkClassifier": NetworkClassifier(perceptron, **SHORT),
    "TransferClassifier": TransferClassifier(backbone, **SHORT),
    "SVMClassifier": SVMClassifier(),
    "AutoencoderClassifier": AutoencoderClassifier(ConvAutoencoder(**TINY)),
    "ConvAutoencoder": ConvAutoencoder(**TINY),
    "PretrainedFeatures": PretrainedFeatures(backbone, random_state=0),
    "NetworkFeatures": NetworkFeatures(
        CNNClassifier(**TINY, convs_per_block=1, augment=None)
    ),
    "HOGFeatures": HOGFeatures(pixels_per_cell=1, cells_per_block=1),
    "PatchFeatures": PatchFeatures(n_filters=2, random_state=0),
}

# --- images -----------------------------------------------------------------------

DTYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
# Few shapes: each is an architecture.
SHAPES = [(1, 1, 1), (1, 5, 1), (4, 4, 1), (3, 4, 1), (4, 4, 3), (5, 4, 2), (2, 2, 5)]


@st.composite
def pixels(draw):
    """Draw an array (n, h, w, c) of any type, and how it lies in memory."""
    dtype = draw(st.sampled_from(DTYPES))
    shape = (draw(st.sampled_from([12, 2, 40])), *draw(st.sampled_from(SHAPES)))
    rng = np.random.default_rng(draw(st.integers(0, 5)))
    high = draw(st.sampled_from([1, 2, 256, 10.0**6]))
    values = rng.uniform(0 if dtype[0] in "?u" else -high, high, shape)
    if dtype[0] in "ui":
        values = values.clip(np.iinfo(dtype).min, np.iinfo(dtype).max)
    with np.errstate(all="ignore"):
        images = values.astype(dtype)
    kind = draw(st.sampled_from(["", "foreign", "Fortran", "strided", "read-only"]))
    if kind == "foreign":
        images = images.astype(images.dtype.newbyteorder(">"))
    if kind == "Fortran":
        images = np.asfortranarray(images)
    if kind == "strided":
        images = np.repeat(images, 2, axis=2)[::-1, :, ::2]
    images.flags.writeable = kind != "read-only"
    return images


def to_frame(images):
    flat = images.reshape(len(images), -1)
    return pd.DataFrame(flat.astype(flat.dtype.newbyteorder("="))).rename(columns=str)


def to_memmap(images):
    mapped = np.memmap.__new__(np.memmap, "mapped", images.dtype, "w+", 0, images.shape)
    mapped[:] = images
    return mapped


LAYOUTS = {
    "array": lambda images: images,
    "flat": lambda images: images.reshape(len(images), -1),
    "frame": to_frame,
    "list": list,
    "objects": lambda images: np.array([*images, None], dtype=object)[:-1],
    "grey": lambda images: images[..., 0],
    "memmap": to_memmap,
    "channels first": lambda images: np.moveaxis(images, -1, 1),
    "nested lists": lambda images: images.tolist(),
}


@st.composite
def layouts(draw):
    """Draw images in any layout."""
    images = draw(pixels())
    if images.dtype.kind == "f" and draw(st.integers(0, 9)) == 0:
        images = images.copy()
        images.flat[0] = draw(st.sampled_from([np.nan, np.inf, 1e38]))
    return LAYOUTS[draw(st.sampled_from(list(LAYOUTS)))](images)


# --- labels and weights -----------------------------------------------------------

CLASSES = [
    [0, 1, 2],
    [0, 1],
    [-5, 10**12],
    [2**62, 2**62 + 1, 0],
    ["cat", "dog", ""],
    [b"a", b"b"],
    [False, True],
    [0.0, 1.0],
    [0.5, 1.5],
    [7],
    [1, "cat"],
    [None, 1],
    [np.nan, 1.0],
    [(0, 1), (1, 0)],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
]


@st.composite
def labels(draw, n):
    """Draw labels for `n` images."""
    classes = draw(st.sampled_from(CLASSES))
    drawn = [
        classes[i % len(classes)]
        for i in range(n + draw(st.sampled_from([0] * 9 + [1])))
    ]
    kind = draw(st.sampled_from(["array", "objects", "list", "series", "column"]))
    if kind == "list":
        return drawn
    if kind == "objects":
        return np.array([*drawn, None], dtype=object)[:-1]
    if kind == "series":
        return pd.Series(drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = np.array(drawn)
        except ValueError:
            return drawn
    return y[:, None] if kind == "column" else y


@st.composite
def sample_weights(draw, n):
    """Draw weights for `n` images."""
    kinds = ["none"] * 4 + ["ones", "some", "zeros", "negative", "nan", "few", "text"]
    weights = {
        "none": None,
        "ones": np.ones(n),
        "some": np.arange(n) % 3,
        "zeros": np.zeros(n),
        "negative": np.full(n, -1.0),
        "nan": np.full(n, np.nan),
        "few": np.ones(max(n - 1, 0)),
        "text": ["heavy"] * n,
    }
    return weights[draw(st.sampled_from(kinds))]


# --- parameters -------------------------------------------------------------------

JUNK = [
    -1, 0, 1, 2, 1.5, -0.5, 0.5, 1e300, float("nan"), float("inf"), True, None,
    "junk", "", b"bytes", (), [], {}, (1, 2), ("a",), (0,), (-1, 2), (None,),
    [[1], [2]], (1.5, 2), {"junk": 1}, object(), np.float32(0.5), np.int64(2),
    np.array([1, 2]), np.array(3), range(2), len,
]  # fmt: skip
# What takes long or would be seen by other examples, though it is right.
SKIPPED = {
    "verbose", "checkpoint_dir", "memory", "cache_size", "weights", "warm_start",
    # None is a whole autoencoder, which takes minutes.
    "autoencoder",
}  # fmt: skip
# Valid ones of the parameters that no constraint describes, or not in full.
GOOD = {
    "filters": [(2,), (2, 3), [4], np.array([3])],
    "epochs": [1, 2],
    "fine_tune_epochs": [1],
    "optimizer": ["adam", "sgd", "adamw", keras.optimizers.RMSprop, "RMSprop"],
    "augment": ["shift", "flip", ("zoom", "rotate"), "mixup", "cutmix", "erase"],
    "image_shape": [(4, 4), (4, 4, 3), (2, 8), (1, 5, 1)],
    "lr_schedule": [lambda epoch: 0.01],
    "callbacks": [[], keras.callbacks.TerminateOnNaN, {}],
    "loss": ["sparse_categorical_crossentropy", "mse", keras.losses.CategoricalHinge],
    "metrics": [["accuracy"], ["acc"], ["mse"], ["sparse_categorical_accuracy"]],
    "monitor": ["val_loss", "loss", "val_accuracy", "accuracy"],
    "kernel_size": [1, 2, 3, (2,), [3], (5,)],
    "strides": [1, 2],
    "pool_size": [None, 1, 2, 3],
    "convs_per_block": [1, 2],
    "blocks": [1, (1,)],
    "random_state": [0, 2**32 - 1, np.random.RandomState(0)],
    "batch_size": [1, 7, 10**9],
    "layer": ["logits", None],
    "resize": ["nearest"],
    "input_size": [(8, 8), 6],
    "backbone_params": [{}, None],
    "max_seconds": [0.5, 20, ((0, 3),), ((0, 9), (1, 2))],
}


def valid(constraint):
    """Return a strategy for a constraint of scikit-learn's, or None."""
    if constraint is None:
        return st.none()
    if constraint == "boolean":
        return st.booleans()
    if isinstance(constraint, StrOptions):
        return st.sampled_from(sorted(constraint.options))
    if isinstance(constraint, Interval):
        low = -5 if constraint.left is None else constraint.left
        high = low + 5 if constraint.right is None else constraint.right
        if constraint.type.__name__ == "Integral":
            return st.integers(int(low), int(high))
        return st.floats(
            low, high, exclude_min=constraint.closed in ("neither", "right"),
            exclude_max=constraint.closed in ("neither", "left"), allow_subnormal=False,
        )  # fmt: skip
    return None


@st.composite
def changes(draw, estimator, n=2):
    """Draw up to `n` parameters of an estimator, right ones and wrong ones."""
    constraints = type(estimator)._parameter_constraints
    names = sorted(estimator.get_params(deep=False).keys() - SKIPPED)
    drawn = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=n)):
        good = [st.sampled_from(GOOD[name])] if name in GOOD else []
        listed = constraints.get(name, ())
        if not good and not isinstance(listed, str):
            good = [one for one in map(valid, listed) if one is not None]
        drawn[name] = draw(st.one_of(st.sampled_from(JUNK), *good, *good))
    return drawn


# --- the contract -----------------------------------------------------------------

# Words that only TensorFlow, Keras or their C++ would use.
FOREIGN = re.compile(
    r"InvalidArgument|Graph execution error|keras\.src|\{\{node|Traceback|KerasTensor"
    r"|tf\.Tensor|ResourceExhausted|OOM when|Exception encountered when calling"
    r"|autograph|while_loop|tf__|device:CPU|EagerTensor|Unable to build|NoneType"
    r"|unsupported operand|object is not|has no attribute|not subscriptable"
    r"|could not be broadcast|unexpected keyword|positional argument|ambiguous"
    r"|object of type"
)
# What an error may speak of, beside parameters.
SUBJECTS = (
    "X", "y", "X_val", "y_val", "sample_weight", "class_weight", "labels", "label",
    "samples", "images", "image", "array", "classes", "pixels", "weights",
)  # fmt: skip


def check_error(error, estimator):
    """Raise where an error is not one that tells its reader what to change."""
    text = f"{type(error).__name__}: {error}"
    assert isinstance(error, (ValueError, TypeError, TimeoutError)), text
    assert not FOREIGN.search(text), text
    names = {name.split("__")[-1] for name in estimator.get_params()}
    names |= {name.removesuffix("s") for name in names}
    words = set(re.findall(r"\w+", str(error)))
    assert words & {*SUBJECTS, *names, type(estimator).__name__}, text


def snapshot(thing):
    """Return the bytes of an input, to see whether it was changed."""
    if thing is None or isinstance(thing, (list, tuple)):
        return repr(thing)
    array = np.asarray(thing)
    return array.dtype, array.shape, repr(array.tolist())


def check_classifier(fitted, X, y):
    n = len(X)
    k = len(fitted.classes_)
    labels = fitted.predict(X)
    assert labels.shape == (n,)
    assert set(labels.tolist()) <= set(fitted.classes_.tolist())
    assert list(fitted.classes_) == sorted(set(np.asarray(y).reshape(-1).tolist()))
    if hasattr(fitted, "decision_function"):
        scores = fitted.decision_function(X)
        assert scores.shape == ((n,) if k == 2 else (n, k))
        assert np.isfinite(scores).all()
        scores = np.stack([0 * scores, scores], axis=1) if k == 2 else scores
        chosen = scores[np.arange(n), np.searchsorted(fitted.classes_, labels)]
        np.testing.assert_array_equal(chosen, scores.max(axis=1))
    if hasattr(fitted, "predict_proba"):
        proba = fitted.predict_proba(X)
        assert proba.shape == (n, k)
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-9)
        assert (proba >= 0).all()


def check_fitted(fitted, X, y):
    """Raise where a fitted estimator does not keep the contract."""
    assert fitted.n_features_in_ == np.prod(fitted.image_shape_)
    if is_classifier(fitted):
        check_classifier(fitted, X, y)
    else:
        features = fitted.transform(X)
        assert len(features) == len(X)
        assert np.isfinite(np.asarray(features, float)).all()


def check_same_again(estimator, fitted, X, y, weights):
    """Raise where the same seed, and the same planned steps, give other bits."""
    again = clone(estimator)
    if getattr(estimator, "max_seconds", None) is not None:
        again.set_params(max_seconds=fitted.plan_)
    again.fit(X, y, **weights)
    ask = "predict" if is_classifier(fitted) else "transform"
    asked = getattr(fitted, ask)(X), getattr(again, ask)(X)
    np.testing.assert_array_equal(*asked)


def check_parameters(estimator, drawn):
    """Raise where clone or get_params does not give back what was set."""
    there = clone(estimator).get_params(deep=False)
    for name, value in estimator.get_params(deep=False).items():
        # clone copies what has no parameters of its own.
        assert there[name] is value or repr(there[name]) == repr(value) or drawn


def fits_or_refuses(estimator, X, y, weights=None, drawn=()):
    """Check one example; return whether it was fitted."""
    weights = {} if weights is None else {"sample_weight": weights}
    before = snapshot(X), snapshot(y), snapshot(weights.get("sample_weight"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = clone(estimator).fit(X, y, **weights)
        except Exception as error:
            check_error(error, estimator)
            return False
        finally:
            after = snapshot(X), snapshot(y), snapshot(weights.get("sample_weight"))
            assert after == before
        check_fitted(fitted, X, y)
        check_parameters(estimator, drawn)
        if getattr(estimator, "random_state", 0) is not None:
            check_same_again(estimator, fitted, X, y, weights)
    return True


def tried(effort, what, outcomes):
    n = len(outcomes)
    effort.say(
        f"properties: {n} {what}, {sum(outcomes)} fitted, {n - sum(outcomes)} refused, "
        "0 wrong"
    )


def few_or_all(few, names):
    """Return a mark: some estimators in a short run, all in a whole one."""
    whole = [pytest.param("whole", name, marks=pytest.mark.trust) for name in names]
    cases = [*(("short", name) for name in few), *whole]
    return pytest.mark.parametrize(("effort", "name"), cases, indirect=["effort"])


@few_or_all(["CNNClassifier", "SVMClassifier"], ESTIMATORS)
def test_any_images_are_fitted_or_refused_in_clear_words(
    name, effort, promptly, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    outcomes = []

    @effort.examples(3, 40)
    @given(layouts())
    def check(X):
        with promptly(60):
            y = np.arange(len(X)) % 2
            outcomes.append(fits_or_refuses(ESTIMATORS[name], X, y))

    check()
    tried(effort, f"kinds of images for {name}", outcomes)


FIXED = np.random.default_rng(0).integers(0, 256, (24, 4, 4)).astype(np.uint8)


@few_or_all(
    ["CNNClassifier", "SVMClassifier"],
    [name for name, one in ESTIMATORS.items() if is_classifier(one)],
)
def test_any_labels_and_weights_are_fitted_or_refused_in_clear_words(
    name, effort, promptly
):
    outcomes = []

    @effort.examples(3, 60)
    @given(labels(len(FIXED)), sample_weights(len(FIXED)))
    def check(y, weights):
        with promptly(60):
            outcomes.append(fits_or_refuses(ESTIMATORS[name], FIXED, y, weights))

    check()
    tried(effort, f"labels and weights for {name}", outcomes)


@few_or_all(["CNNClassifier", "SVMClassifier"], ESTIMATORS)
def test_any_parameters_are_fitted_or_refused_in_clear_words(name, effort, promptly):
    y = np.arange(len(FIXED)) % 3
    outcomes = []

    @effort.examples(3, 60)
    @given(changes(ESTIMATORS[name]))
    def check(drawn):
        with promptly(60):
            estimator = clone(ESTIMATORS[name]).set_params(**drawn)
            outcomes.append(fits_or_refuses(estimator, FIXED, y, drawn=drawn))

    check()
    tried(effort, f"parameters of {name}", outcomes)


# --- a search that goes on --------------------------------------------------------

SEARCH = ContinuingSearchCV(
    SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2, 1.0]}, cv=2, random_state=0
)
SEARCH_GOOD = {
    "params": [
        {"alpha": [1e-3], "penalty": ["l1", "l2"]},
        [{"alpha": [1e-3, 1e-2]}, {"penalty": ["l1"]}],
        {"alpha": range(1, 9)},
    ],
    "n_candidates": [1, 2, 4],
    "factor": [1.1, 2, 3, 100],
    "max_epochs": [1, 2, 5, 30],
    "cv": [2, 3, 5, StratifiedKFold(2, shuffle=True)],
    "scoring": ["accuracy", "f1_macro", ["accuracy", "f1_macro"]],
    "refit": ["accuracy", True, False],
    "max_seconds": [0.001, 20],
    "error_score": [0.0],
    "random_state": [None, 0, np.random.RandomState(0)],
}
# Folders and processes are another test's; what is drawn is no estimator.
SEARCH_SKIPPED = {"estimator", "store", "n_jobs", "verbose"}


@st.composite
def search_changes(draw):
    """Draw up to three parameters of a search, right ones and wrong ones."""
    constraints = ContinuingSearchCV._parameter_constraints
    names = sorted(constraints.keys() - SEARCH_SKIPPED)
    drawn = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
        good = [st.sampled_from(SEARCH_GOOD[name])] if name in SEARCH_GOOD else []
        good += [one for one in map(valid, constraints[name]) if one is not None]
        junk = st.sampled_from(JUNK)
        if name == "refit":  # a function's index is its own affair
            junk = junk.filter(lambda value: not callable(value))
        drawn[name] = draw(st.one_of(*good, *good, junk))
    return drawn


def check_search(search, y):
    """Raise where the table, the policy and the best one do not fit each other."""
    results = search.cv_results_
    n = len(results["params"])
    assert {len(column) for column in results.values()} == {n}
    trained = results["n_epochs"] > 0
    assert trained.any()
    assert search.is_finished_ <= trained.all()
    assert (results["rung"] >= 0).tolist() == trained.tolist()
    assert (results["n_epochs"] <= (search.max_epochs or 1)).all()
    if search.refit:
        name = search.refit if search.multimetric_ else "score"
        assert results[f"rank_test_{name}"][search.best_index_] == 1
        assert results["rung"][search.best_index_] == results["rung"].max()
        assert set(search.predict(FIXED_ROWS)) <= set(y)


FIXED_ROWS = FIXED.reshape(len(FIXED), -1) / 255


def test_any_parameters_of_a_search_are_searched_with_or_refused(effort, promptly):
    y = np.arange(len(FIXED)) % 3
    outcomes = []

    @effort.examples(20, 400)
    @given(search_changes())
    def check(drawn):
        search = clone(SEARCH).set_params(**drawn)
        before = repr(search)
        with promptly(60), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                search.fit(FIXED_ROWS, y)
            except Exception as error:
                check_error(error, search)
                outcomes.append(False)
            else:
                check_search(search, y)
                outcomes.append(True)
        assert repr(search) == before

    check()
    tried(effort, "parameters of ContinuingSearchCV", outcomes)
