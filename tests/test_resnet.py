"""Tests of ResNetClassifier: what it gives beyond its network and its base."""

import os
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from skcnn import CNNClassifier, ResNetClassifier
from skcnn.training.pool import POOL
from skcnn.training.spec import ModelSpec

BLOCKS = ["basic", "bottleneck", "preactivation"]

# One small network for all tests (tests/conftest.py says why).
SMALL = {
    "blocks": 1,
    "filters": (4, 8),
    "batch_size": 16,
    "epochs": 2,
    "learning_rate": 0.02,
    "lr_schedule": "constant",
    "augment": None,
    "label_smoothing": 0.0,
    "random_state": 0,
}


def make(**changes):
    return ResNetClassifier(**{**SMALL, **changes})


@pytest.fixture(scope="module")
def fitted(shapes):
    """Give a small one, fitted on `shapes`. Careful: do not fit it again."""
    return make().fit(*shapes)


# It learns


@pytest.mark.parametrize("block", BLOCKS)
def test_every_kind_of_block_learns_shapes_from_unseen_images(shapes, block):
    X, y = shapes
    resnet = make(block=block, epochs=10).fit(X[::2], y[::2])
    assert resnet.score(X[1::2], y[1::2]) > 0.9
    proba = resnet.predict_proba(X[:1])
    assert proba.shape == (1, 3)
    assert proba.sum() == pytest.approx(1)


@pytest.mark.slow
@pytest.mark.data
def test_it_classifies_garments_better_than_a_support_vector_machine():
    from skcnn.datasets import fetch_fashion_mnist

    if not os.environ.get("SKCNN_DATA"):
        pytest.skip("SKCNN_DATA is not set")
    X, y = fetch_fashion_mnist(split="train")
    # Half the size: a quarter of the time, for both.
    X = X.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).astype(np.uint8)
    X, y, X_test, y_test = X[:3000], y[:3000], X[50_000:54_000], y[50_000:54_000]
    resnet = ResNetClassifier(random_state=0).fit(X, y)
    rows, rows_test = X.reshape(3000, -1) / 255, X_test.reshape(4000, -1) / 255
    baseline = SVC(C=10).fit(rows, y).score(rows_test, y_test)
    assert resnet.score(X_test, y_test) > baseline


# Parameters


def test_parameters_are_counted(fitted):
    def normalised_convolution(side, channels, filters):
        return side * side * channels * filters + 4 * filters

    stem = normalised_convolution(3, 1, 4)
    first = 2 * normalised_convolution(3, 4, 4)
    second = normalised_convolution(3, 4, 8) + normalised_convolution(3, 8, 8)
    shortcut = normalised_convolution(1, 4, 8)
    logits = 8 * 3 + 3
    expected = stem + first + second + shortcut + logits
    assert fitted.n_parameters_ == expected
    assert fitted.model_.count_params() == expected


def test_each_stage_has_its_own_values(shapes):
    X, y = shapes
    resnet = make(
        blocks=[2, 1],
        kernel_size=(3, (5, 1)),
        stem_kernel_size=(3, 5),
        stem_pool=2,
        dropout=(0.1, 0.3),
        l2=0.01,
        epochs=1,
    ).fit(X, y)
    layers = resnet.model_.layers
    sizes = [x.kernel_size for x in layers if type(x).__name__ == "Conv2D"]
    assert sizes[0] == (3, 5)
    assert [size for size in sizes[1:] if size != (1, 1)] == [(3, 3)] * 4 + [(5, 1)] * 2
    assert [x.rate for x in layers if type(x).__name__ == "Dropout"] == [0.1, 0.1, 0.3]
    assert [type(x).__name__ for x in layers].count("MaxPooling2D") == 1


def test_one_value_and_a_tuple_of_it_are_the_same_network(fitted, shapes):
    X, y = shapes
    resnet = make(
        blocks=[1, 1], filters=[4, 8], kernel_size=[(3, 3), 3], dropout=[0, 0]
    )
    np.testing.assert_array_equal(
        resnet.fit(X, y).decision_function(X), fitted.decision_function(X)
    )


def test_shared_parameters_have_the_defaults_of_cnn_classifier():
    ours, theirs = ResNetClassifier().get_params(), CNNClassifier().get_params()
    own = {"blocks", "block", "stem_kernel_size", "stem_pool"}
    assert ours.keys() - theirs.keys() == own
    assert all(ours[name] == theirs[name] for name in ours.keys() - own)


# A good citizen of scikit-learn


def test_a_clone_is_unfitted_and_has_the_same_parameters(fitted):
    twin = clone(fitted.set_params(verbose=0))
    assert twin.get_params() == fitted.get_params()
    assert not hasattr(twin, "classes_")


def test_a_pickled_one_predicts_the_same_bits(fitted, shapes):
    X, _ = shapes
    expected = fitted.decision_function(X)
    twin = pickle.loads(pickle.dumps(fitted))
    POOL.clear()  # so that the copy has to build its compiled model itself
    np.testing.assert_array_equal(twin.decision_function(X), expected)


def test_a_search_visits_blocks_and_kinds_of_block(shapes):
    grid = [{"block": ["basic", "preactivation"]}, {"blocks": [(2,)]}]
    search = GridSearchCV(make(filters=(4,), epochs=1), grid, cv=2, refit=False)
    search.fit(*shapes)
    scores = search.cv_results_["mean_test_score"]
    assert len(scores) == 3
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("block", BLOCKS)
def test_same_seed_same_bits_on_new_and_used_models(shapes, block, monkeypatch):
    built = []
    assemble = ModelSpec.assemble

    def counted(spec):
        built.append(spec)
        return assemble(spec)

    monkeypatch.setattr(ModelSpec, "assemble", counted)
    X, y = shapes
    params = {"block": block, "dropout": 0.3, "augment": "shift", "filters": (3, 5)}
    new = make(**params).fit(X, y).decision_function(X)
    other = make(**params, random_state=1, epochs=1).fit(255 - X, y)
    assert (other.decision_function(X) != new).any()
    used = make(**params).fit(X, y).decision_function(X)
    np.testing.assert_array_equal(used, new)
    assert len(built) == 1


# Images of one row (scikit-learn's checks) pass, real ones must be large enough


@pytest.mark.parametrize("n_columns", [2, 10])
def test_rows_of_pixels_pass_any_number_of_stages(n_columns):
    X = np.random.default_rng(0).random((20, n_columns))
    resnet = make(filters=(2, 2), stem_pool=3, epochs=1, image_shape=(1, n_columns))
    assert resnet.fit(X, np.arange(20) % 2).predict_proba(X).shape == (20, 2)


class Trained(Exception):
    """A training began."""


@pytest.fixture
def no_training(monkeypatch):
    """Let every training step fail, so that an error must come before."""

    def train(*args, **kwargs):
        raise Trained

    monkeypatch.setattr("skcnn.training.fast_model.FastModel.fit", train)


@pytest.mark.parametrize(
    ("image_shape", "parameters", "place"),
    [
        # 8, 4, 2, 1, and a fifth stage has nothing to halve.
        ((8, 8), {"filters": (2,) * 5}, "stage 5"),
        # The longer side counts: 8x2, 4x1, 2x1, 1x1.
        ((8, 2), {"filters": (2,) * 5}, "stage 5"),
        # 8, by the stem 4, by its pool 2, 1.
        ((8, 8), {"filters": (2,) * 3, "stem_pool": 3}, "stage 3"),
        ((2, 2), {"filters": (2,), "stem_pool": 2}, "the stem's pool"),
    ],
)
def test_an_image_too_small_names_the_stage(
    image_shape, parameters, place, no_training
):
    X = np.zeros((6, *image_shape), np.uint8)
    h, w = image_shape
    match = f"too small for {place}: of {h}x{w} pixels, its map has 1x1 left.*fewer st"
    with pytest.raises(ValueError, match=match):
        make(**parameters).fit(X, np.arange(6) % 2)


def test_a_map_that_ends_as_one_pixel_fits(shapes, no_training):
    # 8, 4, 2, 1
    with pytest.raises(Trained):
        make(filters=(2,) * 4).fit(*shapes)


# Refusals


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"blocks": (1, 1), "filters": (4, 8, 16)},
            "blocks=(1, 1) has 2 entries, but filters has 3 stages: give one value for "
            "all stages, or one per stage.",
        ),
        ({"kernel_size": (3, 3, 3)}, "kernel_size=(3, 3, 3) has 3 entries, but filte"),
        ({"dropout": (0.1,)}, "dropout=(0.1,) has 1 entries, but filters has 2 stages"),
        ({"filters": ()}, "filters=() has no stage; give the channels of at least one"),
        (
            {"filters": (4, 0)},
            "filters holds 0; a whole number of at least 1 is wanted",
        ),
        ({"filters": "8"}, "The 'filters' parameter of ResNetClassifier must be"),
        ({"blocks": 0}, "blocks holds 0; a whole number of at least 1 is wanted"),
        ({"blocks": (1, -1)}, "blocks holds -1; a whole number of at least 1"),
        ({"blocks": (1, 1.5)}, "blocks holds 1.5; a whole number of at least 1"),
        ({"kernel_size": 0}, "kernel_size holds 0; a whole number of at least 1, or a"),
        ({"kernel_size": (3, (3, 0))}, "kernel_size holds (3, 0); a whole number"),
        ({"stem_kernel_size": -3}, "stem_kernel_size holds -3; a whole number"),
        (
            {"stem_pool": 0},
            "stem_pool holds 0; a whole number of at least 1, or a pair",
        ),
        ({"dropout": (0.1, 1.0)}, "dropout holds 1.0; a share of at least 0 and below"),
        ({"dropout": 1.5}, "The 'dropout' parameter of ResNetClassifier must be"),
        ({"l2": -1}, "The 'l2' parameter of ResNetClassifier must be"),
        (
            {"block": "dense"},
            "The 'block' parameter of ResNetClassifier must be a str among {",
        ),
    ],
    ids=str,
)
def test_unfit_parameters_are_refused_before_training(
    shapes, parameters, message, no_training
):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(**parameters).fit(*shapes)


def test_an_unknown_block_names_the_known_ones(shapes):
    with pytest.raises(ValueError, match="'block' parameter") as caught:
        make(block="dense").fit(*shapes)
    assert all(repr(name) in str(caught.value) for name in [*BLOCKS, "dense"])
