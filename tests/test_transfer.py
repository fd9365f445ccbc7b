"""Tests of TransferClassifier and PretrainedFeatures."""

import os
import pickle
from pathlib import Path

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skcnn import PretrainedFeatures, TransferClassifier, load, save
from skcnn.training.pool import POOL
from skcnn.transfer.features import Extractor

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"


def tiny(input_shape, filters=8):
    """Return two convolutions with batch normalisation, for images of any size."""
    images = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(images)
    x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Conv2D(filters, 3, strides=4, padding="same")(x)
    x = keras.layers.ReLU()(x)
    # Where a bar is must be seen.
    return keras.Model(images, keras.layers.Flatten()(x))


# 8 x 8 images give maps of 2 x 2 with 8 channels.
N_FEATURES = 32
# 3*3*3*8, 4 * 8 of batch normalisation, 3*3*8*8 + 8.
N_BACKBONE = 216 + 32 + 584

SMALL = {
    "backbone": tiny,
    "epochs": 4,
    "batch_size": 16,
    "learning_rate": 0.02,
    "lr_schedule": "constant",
    "random_state": 0,
}
TUNED = {
    "fine_tune_layers": "all",
    "fine_tune_epochs": 2,
    "fine_tune_learning_rate": 0.01,
}


def make_transfer(**changes):
    return TransferClassifier(**{**SMALL, **changes})


def backbone_weights(fitted):
    return fitted._extractor.backbone.weights.arrays


@pytest.fixture
def extracted(monkeypatch):
    """Give a list: the number of images of each pass through a backbone."""
    counts = []
    computed = Extractor._computed

    def counted(self, images, *args, **kwargs):
        counts.append(len(images))
        return computed(self, images, *args, **kwargs)

    monkeypatch.setattr(Extractor, "_computed", counted)
    return counts


@pytest.fixture
def saved_and_loaded(tmp_path):
    """Give a function that saves an estimator and loads it again."""

    def round_trip(estimator):
        save(estimator, tmp_path / "model.skcnn")
        return load(tmp_path / "model.skcnn")

    return round_trip


@pytest.fixture(scope="session")
def frozen(shapes):
    """Give a small TransferClassifier, fitted on `shapes`. Careful: do not refit it."""
    return make_transfer().fit(*shapes)


@pytest.fixture(scope="session")
def tuned(shapes):
    """Give one whose backbone was fine-tuned. Careful: do not refit it."""
    return make_transfer(**TUNED).fit(*shapes)


# It learns


def test_it_learns_shapes_from_unseen_images(shapes):
    X, y = shapes
    transfer = make_transfer(epochs=10).fit(X[::2], y[::2])
    assert transfer.score(X[1::2], y[1::2]) == 1.0


def test_layouts_agree(layout):
    reference = make_transfer(epochs=1).fit(layout.images, layout.y)
    transfer = make_transfer(epochs=1, image_shape=layout.image_shape)
    transfer.fit(layout.X, layout.y)
    np.testing.assert_array_equal(
        transfer.decision_function(layout.X),
        reference.decision_function(layout.images),
    )


def test_same_seed_same_bits(shapes, frozen):
    X, y = shapes
    again = make_transfer().fit(X, y)
    np.testing.assert_array_equal(
        again.decision_function(X), frozen.decision_function(X)
    )
    other = make_transfer(random_state=1).fit(X, y)
    assert (other.decision_function(X) != frozen.decision_function(X)).any()


def test_dense_layers_stand_between_features_and_classes(shapes):
    transfer = make_transfer(dense_units=(5, 4), dense_dropout=0.1).fit(*shapes)
    head = (N_FEATURES + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 3
    assert transfer.n_parameters_ == N_BACKBONE + head


def test_two_classes_and_one_image(pair):
    X, y = pair
    transfer = make_transfer().fit(X, y)
    assert transfer.predict_proba(X[:1]).shape == (1, 2)
    assert transfer.decision_function(X).shape == (len(X),)


def test_arrays_of_the_caller_stay_as_they_are(shapes, tmp_path):
    X, y = shapes  # read-only
    before = X.copy()
    make_transfer(epochs=1, memory=tmp_path, **TUNED).fit(X, y).predict(X)
    np.testing.assert_array_equal(X, before)


# The whole network


@pytest.mark.parametrize("which", ["frozen", "tuned"])
def test_model_gives_the_same_predictions_of_raw_pixels(
    which, shapes, request, tmp_path
):
    X, _ = shapes
    fitted = request.getfixturevalue(which)
    np.testing.assert_allclose(
        fitted.model_(X[..., None]), fitted.predict_proba(X), atol=1e-5
    )
    assert fitted.model_.count_params() == fitted.n_parameters_
    assert fitted.n_parameters_ == N_BACKBONE + (N_FEATURES + 1) * 3
    fitted.model_.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    found = loaded.predict(X[..., None], verbose=0)
    np.testing.assert_allclose(found, fitted.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("which", ["frozen", "tuned"])
def test_a_pickle_predicts_the_same_bits(which, shapes, request):
    X, _ = shapes
    fitted = request.getfixturevalue(which)
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(
        copied.decision_function(X), fitted.decision_function(X)
    )
    # One copy of the pretrained weights per process.
    assert copied._extractor.backbone.weights is fitted._extractor.backbone.weights


def test_fits_share_one_backbone_in_memory_and_in_the_pool(shapes, monkeypatch):
    X, y = shapes
    first = make_transfer(epochs=1).fit(X, y)
    built, build = [], POOL._build
    monkeypatch.setattr(POOL, "_build", lambda spec: built.append(spec) or build(spec))
    second = make_transfer(epochs=1, learning_rate=0.01).fit(X, y)
    assert not built
    assert backbone_weights(first) is backbone_weights(second)


# Frozen, and fine-tuned


def test_the_backbone_runs_once_per_fit(shapes, extracted):
    make_transfer(epochs=5).fit(*shapes)
    assert extracted == [60]


def test_a_held_out_part_needs_no_second_run(shapes, extracted):
    transfer = make_transfer(early_stopping=True).fit(*shapes)
    assert extracted == [60]
    assert "val_loss" in transfer.history_


def test_images_for_validation_are_run_too(shapes, extracted):
    X, y = shapes
    make_transfer().fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert extracted == [30, 30]


def test_frozen_weights_are_those_that_the_function_brought(shapes):
    def known(input_shape):
        network = tiny(input_shape)
        rng = np.random.default_rng(0)
        network.set_weights([rng.random(w.shape) for w in network.get_weights()])
        return network

    fitted = make_transfer(backbone=known, epochs=2).fit(*shapes)
    for mine, brought in zip(
        backbone_weights(fitted), known((8, 8, 3)).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, brought)


def test_fine_tuning_changes_the_last_layers_alone(shapes, frozen):
    # The last three layers: convolution, relu, flatten.
    tuned = make_transfer(**{**TUNED, "fine_tune_layers": 3}).fit(*shapes)
    *kept, kernel, bias = zip(
        backbone_weights(tuned), backbone_weights(frozen), strict=True
    )
    for mine, theirs in kept:
        assert mine is theirs  # shared, so equal
    assert (kernel[0] != kernel[1]).any()
    assert (bias[0] != bias[1]).any()


def test_batch_normalisation_never_changes(tuned, frozen):
    pairs = list(zip(backbone_weights(tuned), backbone_weights(frozen), strict=True))
    kernel, gamma, beta, mean, variance, *_ = pairs
    assert (kernel[0] != kernel[1]).any()
    for mine, theirs in (gamma, beta, mean, variance):
        np.testing.assert_array_equal(mine, theirs)


def test_fine_tuning_starts_from_the_trained_head(shapes, frozen):
    X, y = shapes
    still = make_transfer(**{**TUNED, "fine_tune_learning_rate": 1e-12}).fit(X, y)
    np.testing.assert_allclose(
        still.predict_proba(X), frozen.predict_proba(X), atol=1e-5
    )
    assert still.history_.loss.iloc[-1] == pytest.approx(
        frozen.history_.loss.iloc[-1], rel=0.2
    )


def test_history_goes_on_over_both_phases(tuned):
    assert list(tuned.history_.index) == [1, 2, 3, 4, 5, 6]
    assert tuned.n_iter_ == 6
    np.testing.assert_allclose(
        tuned.history_.learning_rate, [0.02] * 4 + [0.01] * 2, rtol=1e-6
    )


def test_a_frozen_dropout_drops_nothing(shapes):
    def with_dropout(input_shape):
        network = tiny(input_shape)
        x = keras.layers.Dropout(0.9, seed=0)(network.layers[-2].output)
        return keras.Model(network.inputs, keras.layers.Flatten()(x))

    one_layer = {**TUNED, "fine_tune_layers": 1, "fine_tune_learning_rate": 1e-12}
    still = make_transfer(backbone=with_dropout, **one_layer).fit(*shapes)
    dropping = make_transfer(
        backbone=with_dropout, **{**one_layer, "fine_tune_layers": 2}
    ).fit(*shapes)
    # Nothing learns, so what differs from epoch to epoch is what is dropped.
    assert still.history_.loss[6] == pytest.approx(still.history_.loss[5], rel=1e-5)
    assert dropping.history_.loss[6] != pytest.approx(
        dropping.history_.loss[5], rel=1e-3
    )


def test_augmentation_is_for_fine_tuning(shapes):
    X, y = shapes
    plain = make_transfer(**TUNED).fit(X, y)
    shifted = make_transfer(**TUNED, augment="shift").fit(X, y)
    assert shifted.history_.loss[4] == plain.history_.loss[4]
    assert shifted.history_.loss[6] != plain.history_.loss[6]


def test_partial_fit_trains_the_head(shapes, tuned):
    X, y = shapes
    more = pickle.loads(pickle.dumps(tuned)).partial_fit(X, y)
    assert more.n_iter_ == 7
    assert backbone_weights(more) is backbone_weights(tuned)
    assert (more.decision_function(X) != tuned.decision_function(X)).any()


def test_warm_start_goes_on_from_the_tuned_backbone(shapes):
    X, y = shapes
    fitted = make_transfer(warm_start=True, **TUNED).fit(X, y)
    before, loss = backbone_weights(fitted), fitted.history_.loss[6]
    fitted.fit(X, y)
    assert fitted.n_iter_ == 12
    assert fitted.history_.loss[7] < 1.5 * loss  # it did not begin anew
    assert (backbone_weights(fitted)[0] != before[0]).any()


def test_warm_start_refuses_another_backbone(shapes):
    X, y = shapes
    fitted = make_transfer(warm_start=True).fit(X, y)
    fitted.set_params(input_size=16)
    with pytest.raises(ValueError, match=r"cannot go on as .*'input_size': 16"):
        fitted.fit(X, y)


def test_a_killed_fine_tuning_goes_on(shapes, tmp_path):
    X, y = shapes

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 5:
                raise KeyboardInterrupt

    params = {**TUNED, "checkpoint_dir": tmp_path}
    whole = make_transfer(**TUNED).fit(X, y)
    with pytest.raises(KeyboardInterrupt):
        make_transfer(**params, callbacks=[Kill()]).fit(X, y)
    # The callbacks are part of what names a checkpoint.
    again = make_transfer(**params).fit(X, y)
    np.testing.assert_array_equal(
        again.decision_function(X), whole.decision_function(X)
    )


# Memory


@pytest.mark.parametrize("kind", [str, Path, joblib.Memory])
def test_memory_gives_the_same_bits_and_runs_each_image_once(
    kind, shapes, frozen, extracted, tmp_path
):
    X, y = shapes
    memory = kind(tmp_path) if kind is not joblib.Memory else kind(tmp_path, verbose=0)
    first = make_transfer(memory=memory).fit(X, y)
    second = make_transfer(memory=memory).fit(X[::-1], y[::-1])
    assert extracted == [60]
    expected = frozen.decision_function(X)
    np.testing.assert_array_equal(first.decision_function(X), expected)
    features = PretrainedFeatures(tiny, memory=memory, random_state=0).fit(X)
    np.testing.assert_array_equal(
        features.transform(X), frozen._extractor.extract(X[..., None])
    )
    assert second.n_iter_ == 4


def test_a_search_runs_each_image_once(shapes, extracted, tmp_path):
    X, y = shapes
    grid = {"dense_units": [(), (4,)], "learning_rate": [0.01, 0.02]}
    with_memory = make_transfer(epochs=1, memory=tmp_path)
    search = GridSearchCV(with_memory, grid, cv=3).fit(X, y)
    assert sum(extracted) == 60
    without = GridSearchCV(make_transfer(epochs=1), grid, cv=3).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )


@pytest.mark.slow
def test_processes_share_the_memory(shapes, extracted, tmp_path):
    X, y = shapes
    pipeline = make_pipeline(
        PretrainedFeatures(tiny, memory=tmp_path, random_state=0), LogisticRegression()
    )
    scores = cross_val_score(pipeline, X, y, cv=2, n_jobs=2)
    assert (scores > 0.8).all()
    transfer = make_transfer(memory=tmp_path).fit(X, y)
    assert extracted == []
    assert transfer.n_iter_ == 4


@pytest.mark.parametrize("harm", ["delete", "truncate", "change", "empty", "replace"])
def test_a_harmed_file_is_computed_again(harm, shapes, frozen, extracted, tmp_path):
    X, _ = shapes
    features = PretrainedFeatures(tiny, memory=tmp_path, random_state=0).fit(X)
    expected = features.transform(X)
    (file,) = tmp_path.rglob("*.npz")
    content = file.read_bytes()
    middle = len(content) // 2
    if harm == "delete":
        file.unlink()
    else:
        file.write_bytes(
            {
                "truncate": content[:middle],
                "change": content[:middle]
                + bytes([content[middle] ^ 1])
                + content[middle + 1 :],
                "empty": b"",
                "replace": b"no archive at all",
            }[harm]
        )
    np.testing.assert_array_equal(features.transform(X), expected)
    np.testing.assert_array_equal(features.transform(X), expected)
    assert extracted == [60, 60]


def test_equal_images_are_computed_once(shapes, extracted, tmp_path):
    X, _ = shapes
    features = PretrainedFeatures(tiny, memory=tmp_path, random_state=0)
    found = features.fit_transform(np.concatenate([X, X[::-1]]))
    assert extracted == [60]
    np.testing.assert_array_equal(found[:60], found[:59:-1])


@pytest.mark.parametrize(
    "change",
    [
        {"random_state": 1},
        {"input_size": 12},
        {"rescale": None},
        {"precision": "bfloat16"},
        {"backbone": lambda shape: tiny(shape, filters=4)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_memory_knows_what_it_is_a_memory_of(change, shapes, extracted, tmp_path):
    X, _ = shapes
    first = PretrainedFeatures(tiny, memory=tmp_path, random_state=0)
    first.fit_transform(X)
    clone(first).set_params(**change).fit_transform(X)
    assert extracted == [60, 60]


def tinted(function):
    """Return a backbone that ends in a function of the user's."""

    def backbone(input_shape):
        images = keras.Input(input_shape)
        x = keras.layers.Conv2D(4, 3, strides=4, activation=function)(images)
        return keras.Model(images, keras.layers.Flatten()(x))

    return backbone


def relu_times(factor):
    def relu(x):
        return keras.ops.relu(x) * factor

    return relu


def test_memory_knows_what_a_function_encloses(shapes, extracted, tmp_path):
    X, _ = shapes
    for factor, n_passes in ((2, 1), (2, 1), (3, 2)):
        backbone = tinted(relu_times(factor))
        features = PretrainedFeatures(backbone, memory=tmp_path, random_state=0)
        features.fit_transform(X)
        assert extracted == [60] * n_passes


def test_a_backbone_without_fingerprint_is_not_remembered(shapes, extracted, tmp_path):
    X, _ = shapes
    drawn = iter(range(100))

    def drawing(x):
        return x * next(drawn)

    for n_passes in (1, 2):
        features = PretrainedFeatures(
            tinted(drawing), memory=tmp_path, random_state=0
        ).fit(X)
        with pytest.warns(RuntimeWarning, match=r"'backbone' are .*'drawn'.*iterator"):
            features.transform(X)
        assert extracted == [60] * n_passes
    assert not list(tmp_path.rglob("*.npz"))


def test_a_folder_that_refuses_is_a_warning(shapes, tmp_path):
    X, _ = shapes
    (tmp_path / "file").write_text("no folder")
    features = PretrainedFeatures(tiny, memory=tmp_path / "file", random_state=0)
    with pytest.warns(RuntimeWarning, match="could not be kept"):
        features.fit_transform(X)


def test_single_images_leave_no_files(shapes, tmp_path):
    X, _ = shapes
    features = PretrainedFeatures(tiny, memory=tmp_path, random_state=0).fit(X)
    features.transform(X[:3])
    assert not list(tmp_path.rglob("*.npz"))


# Features


def test_features_do_not_depend_on_the_other_images(shapes):
    X, _ = shapes
    features = PretrainedFeatures(tiny, random_state=0).fit(X)
    together = features.transform(X)
    np.testing.assert_array_equal(features.transform(X[7:20]), together[7:20])


def test_features_are_what_the_network_gives(shapes):
    X, _ = shapes
    colour = np.stack([X, X // 2, 255 - X], axis=-1)
    network = tiny((8, 8, 3))

    def brought(input_shape):
        copied = tiny(input_shape)
        copied.set_weights(network.get_weights())
        return copied

    features = PretrainedFeatures(brought).fit_transform(colour)
    assert features.dtype == np.float32
    np.testing.assert_allclose(
        features, network(colour.astype("float32")), rtol=1e-4, atol=1e-4
    )
    grey = PretrainedFeatures(brought).fit_transform(X)
    thrice = np.repeat(X[..., None], 3, axis=-1).astype("float32")
    np.testing.assert_allclose(grey, network(thrice), rtol=1e-4, atol=1e-4)


def test_names_of_features(shapes):
    X, _ = shapes
    features = PretrainedFeatures(tiny).set_output(transform="pandas")
    frame = features.fit_transform(X)
    assert list(frame.columns) == [f"tiny_{n}" for n in range(N_FEATURES)]


def test_pixels_may_be_bytes_fractions_or_unscaled(shapes):
    X, _ = shapes
    X = X.copy()
    X[0, 0, :2] = 0, 255
    features = PretrainedFeatures(tiny, random_state=0)
    expected = features.fit_transform(X)
    for pixels in (X / 255, X.astype(float), X / 127.5 - 1):
        np.testing.assert_allclose(
            features.fit_transform(pixels), expected, rtol=1e-4, atol=1e-4
        )
    unscaled = clone(features).set_params(rescale=None)
    np.testing.assert_allclose(
        unscaled.fit_transform(X), expected, rtol=1e-4, atol=1e-4
    )


# Networks of keras.applications


@pytest.fixture
def mobilenet():
    """Give the parameters of the smallest network of Keras, with random weights."""
    return {"backbone": "mobilenetv2", "backbone_params": {"alpha": 0.35}}


@pytest.fixture
def real_weights():
    """Give the file of MobileNetV2 0.35's ImageNet weights; skip without it."""
    folder = os.environ.get("SKCNN_DATA")
    if not folder:
        pytest.skip("SKCNN_DATA names no folder with the data")
    return Path(folder) / "weights" / WEIGHTS


@pytest.mark.slow
def test_an_application_by_name(shapes, mobilenet):
    X, y = shapes
    transfer = make_transfer(**mobilenet, weights=None, epochs=1).fit(X, y)
    # 1280 features; 8 x 8 images come to the 32 x 32 that it takes at least.
    assert transfer.n_parameters_ == 410_208 + 1281 * 3
    assert transfer._extractor.entrance["size"] == (32, 32)
    names = PretrainedFeatures(**mobilenet, weights=None).fit(X)
    assert names.get_feature_names_out()[0] == "mobilenetv2_0"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_features_are_those_of_plain_keras(precision, shapes, mobilenet, real_weights):
    X, _ = shapes
    application = keras.applications.mobilenet_v2
    padded = np.pad(X, [(0, 0), (12, 12), (12, 12)])
    colour = np.repeat(padded[..., None], 3, axis=-1).astype("float32")
    network = application.MobileNetV2(
        (32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    network.load_weights(real_weights)
    expected = network(application.preprocess_input(colour))
    features = PretrainedFeatures(
        **mobilenet, weights=real_weights, resize="pad", precision=precision
    ).fit_transform(X)
    if precision == "float32":
        np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4)
    # Three digits in every one of fifty layers.
    assert np.corrcoef(features.ravel(), np.ravel(expected))[0, 1] > 0.98


@pytest.mark.data
@pytest.mark.slow
def test_weights_of_another_width_are_refused(shapes, mobilenet, real_weights):
    X, y = shapes
    mobilenet["backbone_params"] = {"alpha": 0.5}
    with pytest.raises(ValueError, match=r"does not hold .*MobileNetV2, alpha=0.5"):
        make_transfer(**mobilenet, weights=real_weights).fit(X, y)


@pytest.mark.data
def test_weights_of_another_network_are_refused(shapes, real_weights):
    with pytest.raises(ValueError, match=r"no_top.h5' does not hold .*\(tiny\)"):
        make_transfer(weights=real_weights).fit(*shapes)


def test_no_network_to_download_from_is_said(shapes, mobilenet, monkeypatch):
    from skcnn.transfer import pretrained

    build = pretrained.build_application

    def offline(name, input_shape, weights=None, **params):
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://storage")  # as Keras does
        return build(name, input_shape, weights, **params)

    monkeypatch.setattr(pretrained, "build_application", offline)
    with pytest.raises(OSError, match=r"could not be downloaded .*weights= with"):
        PretrainedFeatures(**mobilenet, input_size=32).fit(shapes[0])


# Refusals


def test_an_unknown_backbone_lists_the_known_ones(shapes):
    with pytest.raises(ValueError, match=r"'LeNet' is no network .*'ResNet50'"):
        make_transfer(backbone="LeNet").fit(*shapes)


@pytest.mark.parametrize(
    ("backbone", "match"),
    [
        (keras.layers.Dense, "backbone=Dense is a class. A function .*'MobileNetV2'"),
        (keras.Sequential, "backbone=Sequential is a class"),
        (
            keras.Sequential(),
            "Sequential that is made .*=lambda input_shape: network",
        ),
    ],
    ids=["layer", "model", "made"],
)
def test_a_class_or_a_network_is_no_backbone(backbone, match, shapes):
    with pytest.raises(TypeError, match=match):
        make_transfer(backbone=backbone).fit(*shapes)


def test_a_network_that_is_made_is_a_backbone_as_the_error_says(shapes):
    X, y = shapes
    network = tiny((8, 8, 3))
    fitted = make_transfer(backbone=lambda input_shape: network, epochs=1).fit(X, y)
    for mine, theirs in zip(
        backbone_weights(fitted), network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_an_unknown_parameter_of_the_backbone_lists_the_known_ones(shapes):
    with pytest.raises(ValueError, match=r"\['beta'\], but MobileNetV2 .*'alpha'"):
        make_transfer(backbone="MobileNetV2", backbone_params={"beta": 1}).fit(*shapes)


@pytest.mark.parametrize("backbone", ["MobileNetV2", tiny])
def test_a_missing_file_is_named(backbone, shapes):
    with pytest.raises(FileNotFoundError, match=r"no-such\.h5' is no file"):
        make_transfer(backbone=backbone, weights="no-such.h5").fit(*shapes)


def test_an_input_that_is_too_small_tells_the_smallest(shapes):
    with pytest.raises(ValueError, match=r"\(8, 8\) is too small.*input_size=32"):
        make_transfer(backbone="MobileNetV2", input_size=8, weights=None).fit(*shapes)


def test_a_function_that_fails_on_small_images_tells_the_cure(shapes):
    def deep(input_shape):
        x = images = keras.Input(input_shape)
        for _ in range(4):
            x = keras.layers.Conv2D(2, 3)(x)
            x = keras.layers.MaxPooling2D()(x)
        return keras.Model(images, x)

    with pytest.raises(ValueError, match=r"\(8, 8, 3\).*larger input_size"):
        make_transfer(backbone=deep).fit(*shapes)


def test_padding_cannot_shrink(shapes):
    with pytest.raises(ValueError, match=r"input_size=\(8, 8\) or more"):
        make_transfer(input_size=4, resize="pad").fit(*shapes)


@pytest.mark.parametrize("channels", [2, 4])
def test_images_are_grey_or_colour(channels, shapes):
    X, y = shapes
    with pytest.raises(ValueError, match=rf"{channels} channels"):
        make_transfer().fit(np.stack([X] * channels, axis=-1), y)


def test_augmentation_of_frozen_features_is_refused(shapes):
    with pytest.raises(ValueError, match="Set fine_tune_layers above zero"):
        make_transfer(augment="shift").fit(*shapes)


def test_more_layers_than_there_are(shapes):
    with pytest.raises(ValueError, match="has 8 layers"):
        make_transfer(fine_tune_layers=9).fit(*shapes)


def stack(input_shape):
    """Return a backbone as a stack of layers, with maps for its output."""
    layer = keras.layers.Conv2D(3, 3, strides=4, padding="same")
    return keras.Sequential([keras.Input(input_shape), layer])


def test_a_backbone_may_be_a_stack_of_layers(shapes, saved_and_loaded):
    features = PretrainedFeatures(stack, random_state=0).fit(shapes[0])
    came = features.transform(shapes[0])
    assert came.shape == (len(shapes[0]), 3)
    np.testing.assert_array_equal(saved_and_loaded(features).transform(shapes[0]), came)
    once = {**TUNED, "fine_tune_epochs": 1}
    tuned = make_transfer(backbone=stack, epochs=1, **once).fit(*shapes)
    assert set(tuned.predict(shapes[0])) <= set(shapes[1])


def test_a_function_without_a_model(shapes):
    with pytest.raises(TypeError, match="returned 'NoneType'"):
        make_transfer(backbone=lambda shape: None).fit(*shapes)


def test_a_refused_fit_leaves_the_fitted_one(shapes):
    X, y = shapes
    fitted = make_transfer(epochs=1).fit(X, y)
    before = fitted.decision_function(X)
    fitted.set_params(weights="no-such.h5")
    with pytest.raises(FileNotFoundError):
        fitted.fit(X, y)
    np.testing.assert_array_equal(fitted.decision_function(X), before)
