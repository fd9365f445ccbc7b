"""What bad input gets: before training, and nothing is lost."""

import re

import keras
import numpy as np
import pandas as pd
import pytest

# Each case: parameters to set, changes to the arguments of fit (a function of X and y),
# and what the message says: what came, what was wanted, the cure.
_UNFIT_DATA = {
    "not a number": (
        lambda X, y: {"X": np.where(np.arange(8) == 3, np.nan, X)},
        "Input X contains NaN",
    ),
    "infinity": (
        lambda X, y: {"X": np.where(np.arange(8) == 3, np.inf, X)},
        "Input X contains infinity",
    ),
    "no rows": (
        lambda X, y: {"X": X[:0], "y": y[:0]},
        r"0 sample\(s\).* minimum of 1 is required",
    ),
    "no rows in a frame": (
        lambda X, y: {"X": pd.DataFrame(X.reshape(60, -1)).iloc[:0], "y": y[:0]},
        r"0 sample\(s\).* minimum of 1 is required",
    ),
    "one class": (
        lambda X, y: {"y": np.full(60, "left")},
        r"one class \('left'\), and a classifier needs at least two.*were selected",
    ),
    "fewer labels": (
        lambda X, y: {"y": y[:50]},
        r"inconsistent numbers of samples: \[60, 50\]",
    ),
    "no labels": (
        lambda X, y: {"y": None},
        "CNNClassifier requires y to be passed.*Pass one label per image",
    ),
    "a missing label": (
        lambda X, y: {"y": np.array([None, *y[1:]], dtype=object)},
        r"y contains NaN: 1 of 60 images have no label, first at \[0\]. Drop them",
    ),
    "labels of mixed types": (
        lambda X, y: {"y": np.array([1, *y[1:]], dtype=object)},
        r"y mixes labels of the types \['int', 'str_?'\].*np\.asarray\(y, str\)",
    ),
    "one-hot labels": (
        lambda X, y: {"y": pd.get_dummies(y).to_numpy()},
        r"y has shape \(60, 3\); one label.*one-hot rows, pass np\.argmax\(y, axis=1\)",
    ),
    "images of different sizes": (
        lambda X, y: {"X": [*X[:59], X[59, :7]]},
        r"must have one size, but X\[0\] has shape \(8, 8\) and X\[59\] has shape \(7,",
    ),
    "channels in front": (
        lambda X, y: {"X": np.repeat(X[:, None], 3, axis=1)},
        r"channels in front.*np\.moveaxis\(X, 1, -1\)",
    ),
    "five axes": (
        lambda X, y: {"X": X[:, None, :, :, None]},
        r"X has 5 axes.*images are \(n, height, width\)",
    ),
    "text": (
        lambda X, y: {"X": np.full((60, 64), "a")},
        "X holds text \\('a'\\), and pixels are numbers",
    ),
    "negative weights": (
        lambda X, y: {"sample_weight": np.r_[-1.0, np.ones(59)]},
        "sample_weight has 1 values below zero .*must be at least zero",
    ),
    "all weights zero": (
        lambda X, y: {"sample_weight": np.zeros(60)},
        "All weights are zero|must contain at least one non-zero",
    ),
    "fewer weights": (
        lambda X, y: {"sample_weight": np.ones(59)},
        r"sample_weight.shape == \(59,\), expected \(60,\)",
    ),
    "X_val alone": (
        lambda X, y: {"X_val": X},
        "y_val is missing: pass X_val and y_val together",
    ),
    "y_val alone": (
        lambda X, y: {"y_val": y},
        "X_val is missing: pass X_val and y_val together",
    ),
    "unknown labels in y_val": (
        lambda X, y: {"X_val": X[:2], "y_val": ["left", "below"]},
        r"y_val holds labels that are not among the classes: \['below'\]; cl",
    ),
    "X_val of another shape": (
        lambda X, y: {"X_val": X[:, :7], "y_val": y},
        r"X of shape \(60, 7, 8\) has images of shape \(7, 8, 1\).*wants \(8, 8, 1\)",
    ),
    "X_val in fractions": (
        lambda X, y: {"X_val": X / 255, "y_val": y},
        r"fractions between 0 and .* fitted on whole numbers.*multiply\(X, 255\)",
    ),
}

_UNFIT_PARAMETERS = {
    "tuple of another length": (
        {"kernel_size": (3, 5)},
        r"kernel_size=\(3, 5\) has 2 entries, but filters has 1 block: give one value",
    ),
    "image too small for the kernels": (
        {"filters": (4, 4), "kernel_size": (5, 3), "padding": "valid"},
        "too small for block 2: its map has 2 pixels down, and kernel_size is 3.*Use a",
    ),
    "image too small for the pools": (
        {"pool_size": 9},
        "too small for block 1: its map has 8 pixels down, and pool_size is 9",
    ),
    "filters of zero": (
        {"filters": (0,)},
        "filters holds 0; a whole number of at least 1 is wanted",
    ),
    "dropout of one": ({"dropout": (1.0,)}, "dropout holds 1.0; a share .*below 1"),
    "one filter too few": ({"filters": 0}, "filters holds 0; a whole number of at lea"),
    "unknown padding": (
        {"padding": ("full",)},
        r"padding holds 'full'; one of \('same', 'valid'\)",
    ),
    "unknown optimizer": (
        {"optimizer": "adm"},
        r"optimizer='adm' is no optimizer.*\['ada.*'adam'.*'sgd'\], a class or an inst",
    ),
    "no optimizer at all": ({"optimizer": 3}, r"optimizer=3 is no optimizer of Keras"),
    "unknown activation": ({"activation": "rellu"}, "'activation'.*'relu'.*'rellu'"),
    "unknown head": ({"head": "max"}, "'head' parameter.*'average'.*'max' instead"),
    "unknown augmentation": (
        {"augment": ("shift", "mirror")},
        r"augment holds 'mirror'; known are \['flip', .*'cutmix'\].* or a Keras layer",
    ),
    "augmentation of another type": (
        {"augment": 3},
        "augment=3 is neither None, names",
    ),
    "augmentation by a class": (
        {"augment": keras.layers.RandomFlip},
        r"RandomFlip'> is neither .*of a class by calling it, RandomFlip\(\)",
    ),
    "unknown schedule": ({"lr_schedule": "step"}, "'lr_schedule'.*'one_cycle'.*'step'"),
    "unknown precision": ({"precision": "half"}, "'precision'.*'bfloat16'.*'half'"),
    "unknown rescale": ({"rescale": "standard"}, "'rescale'.*'auto'.*'standard'"),
    "unknown class": (
        {"class_weight": {"below": 2}},
        r"class_weight names \['below'\], which are not among the classes \['left'",
    ),
    "weight of a class that is text": (
        {"class_weight": {"left": "x"}},
        "class_weight gives 'left' the weight 'x'; a number of at least zero is wanted",
    ),
    "epochs of zero": (
        {"epochs": 0},
        r"'epochs' parameter .*\[1, inf\).*Got 0 instead",
    ),
    "learning rate of zero": ({"learning_rate": 0}, r"'learning_rate' .*\(0.0?, inf"),
    "callbacks of another type": (
        {"callbacks": [print]},
        "callbacks must hold Keras callbacks .*built-in function print",
    ),
    "validation part without a class": (
        {"early_stopping": True, "validation_fraction": 0.01},
        "validation_fraction=0.01 of 60 rows leaves a class empty: 59 rows to train "
        "and 1 to validate 3 classes.*Change validation_fraction, pass more images",
    ),
    "training part without a class": (
        {"early_stopping": True, "validation_fraction": 0.99},
        "validation_fraction=0.99 of 60 rows leaves a class empty: 0 rows to train",
    ),
    "flat width beside image_shape": (
        {"image_shape": (7, 7)},
        r"X of shape \(60, 8, 8\) has images of shape \(8, 8, 1\), but image_shape",
    ),
    "image_shape of one number": (
        {"image_shape": (8,)},
        r"image_shape must be None, \(height, width\) or .*got \(8,\)",
    ),
    "unknown monitor": (
        {"early_stopping": True, "monitor": "val_acc"},
        "'monitor' parameter .*'val_loss'.*'val_acc'",
    ),
}

_CASES = {
    **{name: ({}, *case) for name, case in _UNFIT_DATA.items()},
    **{
        name: (parameters, lambda X, y: {}, match)
        for name, (parameters, match) in _UNFIT_PARAMETERS.items()
    },
}


class Trained(Exception):
    """A training began where an error was wanted before it."""


@pytest.fixture
def no_training(monkeypatch):
    """Let every training step fail, so that an error must come before."""

    def train(*args, **kwargs):
        raise Trained

    monkeypatch.setattr("skcnn.training.fast_model.FastModel.fit", train)


@pytest.fixture(params=_CASES)
def unfit(request, shapes):
    """Give (parameters, arguments of fit, message) of one case after the other."""
    parameters, change, match = _CASES[request.param]
    X, y = shapes
    return parameters, {"X": X, "y": y, **change(X, y)}, match


def test_unfit_input_is_refused_before_training(unfit, make_cnn, no_training):
    parameters, arguments, match = unfit
    cnn = make_cnn(**parameters)
    before = vars(cnn).copy()
    with pytest.raises((ValueError, TypeError), match=f"(?s){match}"):
        cnn.fit(**arguments)
    assert vars(cnn) == before


def test_unfit_input_leaves_a_fitted_estimator_as_it_was(unfit, fitted_cnn, shapes):
    parameters, arguments, match = unfit
    X, _ = shapes
    scores = fitted_cnn.decision_function(X)
    before = vars(fitted_cnn).copy()
    try:
        fitted_cnn.set_params(**parameters)
        with pytest.raises((ValueError, TypeError), match=f"(?s){match}"):
            fitted_cnn.fit(**arguments)
    finally:
        fitted_cnn.set_params(**{name: before[name] for name in parameters})
    assert vars(fitted_cnn).keys() == before.keys()
    assert all(value is before[name] for name, value in vars(fitted_cnn).items())
    np.testing.assert_array_equal(fitted_cnn.decision_function(X), scores)


def test_flat_width_that_does_not_match_image_shape(make_cnn, shapes, no_training):
    X, y = shapes
    flat = X.reshape(60, -1)
    with pytest.raises(
        ValueError,
        match=r"X has 64 columns, but image_shape=\(7, 8, 1\) needs 56\. Drop the col",
    ):
        make_cnn(image_shape=(7, 8)).fit(flat, y)
    with pytest.raises(ValueError, match=r"65 is 8 \* 8 \+ 1: drop the column of ids"):
        make_cnn(image_shape=(8, 8)).fit(np.c_[y == "left", flat], y)


def test_a_column_too_many_without_image_shape_warns(make_cnn, shapes):
    X, y = shapes
    rows = np.c_[np.arange(60), X.reshape(60, -1)]
    with pytest.warns(UserWarning, match=r"X has 65 columns.*65 is 8 \* 8 \+ 1: drop"):
        make_cnn(epochs=1).fit(rows, y)


# Prediction


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda X: X[:, :7],
            r"\(60, 7, 8\) has images of shape \(7, 8, 1\), but CNNCl",
        ),
        (
            lambda X: np.repeat(X[..., None], 3, axis=-1),
            r"has images of shape \(8, 8, 3\), but CNNClassifier wants \(8, 8, 1\)",
        ),
        (
            lambda X: X.reshape(60, -1)[:, :63],
            "X has 63 features, but CNNClassifier is",
        ),
        (
            lambda X: X[0],
            r"has 8 features.*For a single image pass np\.expand_dims\(X, 0\)",
        ),
        (lambda X: X[:0], r"0 sample\(s\)"),
        (lambda X: np.where(X > 100, np.nan, X), "Input X contains NaN"),
        (
            lambda X: X / 255,
            r"X has fractions between 0 and 0\.\d+, but the model was fitted on whole "
            r"numbers from 0 to \d+. Give the pixels as they were at fit",
        ),
    ],
    ids=["rows", "channels", "width", "one image", "none", "NaN", "fractions"],
)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_unfit_images_at_predict(fitted_cnn, shapes, method, change, match):
    with pytest.raises(ValueError, match=match):
        getattr(fitted_cnn, method)(change(shapes[0]))


# partial_fit and warm_start


def test_first_partial_fit_needs_the_classes(make_cnn, shapes, no_training):
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        make_cnn().partial_fit(*shapes)


@pytest.mark.parametrize(("classes", "only"), [([], "none"), (["top"], "one class")])
def test_first_partial_fit_needs_two_classes(
    make_cnn, shapes, no_training, classes, only
):
    with pytest.raises(ValueError, match=f"classes holds {only}.* at least two classe"):
        make_cnn().partial_fit(*shapes, classes=classes)


def test_later_partial_fit_refuses_other_classes_and_labels(fitted_cnn, shapes):
    X, y = shapes
    for classes in (["left", "right"], []):
        with pytest.raises(ValueError, match="is not the same as on last call"):
            fitted_cnn.partial_fit(X, y, classes=classes)
    with pytest.raises(ValueError, match=r"y holds labels that are not .*'right'"):
        fitted_cnn.partial_fit(X[:1], ["right"])
    assert list(fitted_cnn.classes_) == ["left", "spot", "top"]


def test_warm_start_refuses_other_classes(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(warm_start=True).fit(X, y)
    with pytest.raises(
        ValueError, match=r"continues with the classes .*Set warm_start=False, or pass"
    ):
        cnn.fit(X[:40], y[:40])
    assert cnn.predict(X).shape == (60,)


def test_warm_start_refuses_another_network(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn(warm_start=True).fit(X, y)
    scores = cnn.decision_function(X)
    with pytest.raises(ValueError, match=r"do not fit the network.*warm_start=False"):
        cnn.set_params(kernel_size=5).fit(X, y)
    np.testing.assert_array_equal(cnn.decision_function(X), scores)


# Trainings that end early


def assert_same_after(stop, cnn, X):
    """Assert that what `stop` does to `cnn` leaves no trace, bit for bit."""
    scores = cnn.decision_function(X)
    fitted = {k: v for k, v in vars(cnn).items() if k not in cnn.get_params()}
    stop()
    assert {k for k in vars(cnn) if k not in cnn.get_params()} == fitted.keys()
    assert all(vars(cnn)[name] is value for name, value in fitted.items())
    np.testing.assert_array_equal(cnn.decision_function(X), scores)


def test_a_diverging_loss_names_epoch_and_cure(make_cnn, shapes):
    X, y = shapes
    cnn = make_cnn().fit(X, y)

    def stop():
        cnn.set_params(optimizer="sgd", learning_rate=1e30, activation="leaky_relu")
        with pytest.raises(
            ValueError,
            match=re.escape("after epoch 1: the training has diverged.")
            + r" Use a smaller learning_rate, .*rescale='auto'",
        ):
            cnn.fit(X, y)

    assert_same_after(stop, cnn, X)


class Interrupt(keras.callbacks.Callback):
    """Press Ctrl+C after the first epoch, whose training has changed the weights."""

    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupted_fit_loses_nothing(make_cnn, shapes, method, warm_start):
    X, y = shapes
    cnn = make_cnn(warm_start=warm_start).fit(X, y)

    def stop():
        cnn.set_params(callbacks=[Interrupt()])
        with pytest.raises(KeyboardInterrupt):
            getattr(cnn, method)(X[::-1], y[::-1])

    assert_same_after(stop, cnn, X)


def test_an_interrupted_first_fit_leaves_an_unfitted_estimator(make_cnn, shapes):
    cnn = make_cnn(callbacks=Interrupt)
    before = vars(cnn).copy()
    with pytest.raises(KeyboardInterrupt):
        cnn.fit(*shapes)
    assert vars(cnn) == before


def test_the_model_of_an_interrupted_fit_serves_the_next_one(make_cnn, shapes):
    X, y = shapes
    expected = make_cnn().fit(X, y).decision_function(X)
    with pytest.raises(KeyboardInterrupt):
        make_cnn(callbacks=[Interrupt()]).fit(X[::-1], y[::-1])
    np.testing.assert_array_equal(make_cnn().fit(X, y).decision_function(X), expected)
