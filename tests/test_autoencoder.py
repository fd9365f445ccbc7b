"""ConvAutoencoder: codes, images of codes, and images without noise."""

import gc
import pickle
import weakref

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skcnn import CNNClassifier, ConvAutoencoder
from skcnn.training.pool import POOL

# Nearly all tests use one architecture, so that they share a compiled model.
SMALL = {
    "filters": (8,),
    "batch_size": 16,
    "epochs": 3,
    "learning_rate": 0.01,
    "lr_schedule": "constant",
    "precision": "float32",
    "random_state": 0,
}


def make(**changes):
    """Return a small ConvAutoencoder, with changes by name."""
    return ConvAutoencoder(**{**SMALL, **changes})


def bits(fitted):
    """Return a text that is equal for estimators with the same weights."""
    return b"".join(weights.tobytes() for weights in fitted._state.weights)


@pytest.fixture(scope="module")
def images(shapes):
    """Give the 60 images of 8 x 8, uint8."""
    return shapes[0]


@pytest.fixture(scope="module")
def fitted(images):
    """Give a small autoencoder, fitted. Careful: do not fit it again."""
    return make(epochs=30).fit(images)


# --- codes and images -----------------------------------------------------------------


def test_it_learns_to_give_its_images_back(fitted, images):
    scaled = images / 255
    # What the mean image of all is off by.
    spread = np.square(scaled - scaled.mean(axis=0)).mean()
    assert -fitted.score(images) < spread / 4
    assert list(fitted.history_) == ["loss", "learning_rate", "seconds"]
    assert fitted.history_["loss"].iloc[-1] < fitted.history_["loss"].iloc[0] / 2
    assert fitted.n_iter_ == fitted.best_iter_ == 30


def test_the_network_is_the_decoder_behind_the_encoder(fitted, images):
    codes = fitted.transform(images)
    assert codes.shape == (60, 4 * 4 * 8)
    assert codes.dtype == np.float32
    whole = fitted.model_.predict(images[..., None], verbose=0)[..., 0]
    back = fitted.inverse_transform(codes)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, 255 * whole.clip(0, 1), rtol=1e-4, atol=0.01)


def test_the_score_is_the_error_of_scaled_pixels(fitted, images):
    back = fitted.inverse_transform(fitted.transform(images))
    error = np.square(back / 255 - images / 255).mean()
    # Not equal: what the network gives beyond black and white is cut off in images.
    assert error <= -fitted.score(images) <= error * 1.1


def test_the_loss_is_the_error_of_the_fitted_network(images):
    # A rate too small to move anything: the weights of the epoch are those at its end.
    clf = make(epochs=1, learning_rate=1e-12).fit(images)
    loss = clf.history_["loss"].iloc[0]
    assert loss == pytest.approx(-clf.score(images), rel=1e-4)


def test_names_of_the_codes(fitted):
    names = fitted.get_feature_names_out()
    assert len(names) == 128
    assert names[0] == "convautoencoder0"


def test_codes_as_a_frame(images):
    frame = make(epochs=1).set_output(transform="pandas").fit_transform(images)
    assert isinstance(frame, pd.DataFrame)
    assert frame.shape == (60, 128)


@pytest.mark.parametrize("code_units", [1, 7])
def test_a_code_of_so_many_units(code_units, images):
    codes = make(code_units=code_units, epochs=1).fit_transform(images)
    assert codes.shape == (60, code_units)


@pytest.mark.parametrize("shape", [(7, 7), (5, 9, 3), (1, 10), (3, 2)])
def test_any_size_of_image(shape):
    X = np.random.default_rng(0).integers(0, 256, (20, *shape), dtype=np.uint8)
    encoder = make(filters=(4, 4) if 10 not in shape else (4,), epochs=1).fit(X)
    assert encoder.inverse_transform(encoder.transform(X)).shape == X.shape
    assert encoder.denoise(X).shape == X.shape


def test_every_layout_comes_back_as_it_was(layout):
    encoder = make(epochs=1)
    if "flat" in layout.name or "frame" in layout.name:
        encoder.set_params(image_shape=layout.image_shape)
    encoder.fit(layout.X)
    back = encoder.inverse_transform(encoder.transform(layout.X))
    cleaned = encoder.denoise(layout.X)
    assert back.shape == cleaned.shape == np.shape(layout.X)
    expected = make(epochs=1).fit(layout.images)
    same = expected.inverse_transform(expected.transform(layout.images))
    if isinstance(layout.X, (np.ndarray, list)):  # a frame has int64 pixels
        np.testing.assert_array_equal(back, same.reshape(back.shape))


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.uint8, 0, 255),
        (np.int16, -300, 700),
        (np.float32, 0, 1),
        (np.float64, -1, 1),
        (np.float64, 3.5, 9.25),
        (np.uint16, 0, 4095),
    ],
)
def test_pixels_come_back_in_their_units_and_type(dtype, low, high, images):
    X = (low + (high - low) * (images / images.max())).astype(dtype)
    encoder = make(epochs=30).fit(X)
    for back in (encoder.denoise(X), encoder.inverse_transform(encoder.transform(X))):
        assert back.min() >= low - 1e-3
        assert back.max() <= high + 1e-3
        # The images themselves, not images of another scale.
        assert np.abs(back - X.astype(float)).mean() < (high - low) / 8
    assert encoder.denoise(X).dtype == dtype
    assert encoder.inverse_transform(encoder.transform(X)).dtype == np.float32


def test_whole_numbers_are_rounded(fitted, images):
    exact = fitted.inverse_transform(fitted.transform(images))
    np.testing.assert_array_equal(fitted.denoise(images), np.rint(exact))


def test_noise_of_the_training_can_be_added_to_any_images(images):
    denoiser = make(noise=0.2, epochs=1).fit(images)
    noisy = denoiser.add_noise(images, random_state=0)
    assert (noisy.shape, noisy.dtype) == (images.shape, images.dtype)
    change = (noisy - images.astype(float)) / 255
    assert 0.15 < change.std() < 0.21  # 0.2, less what is cut at black
    np.testing.assert_array_equal(noisy, denoiser.add_noise(images, random_state=0))
    assert denoiser.removes_noise_


def test_without_noise_none_is_added(fitted, images):
    np.testing.assert_array_equal(fitted.add_noise(images), images)
    assert not fitted.removes_noise_
    assert make(epochs=1).fit(images, X_clean=images).removes_noise_


def test_pieces_are_put_together_in_order(fitted, images, monkeypatch):
    whole, score = fitted.denoise(images), fitted.score(images)
    monkeypatch.setattr("skcnn.contract.transformer._PIECE", 7)
    np.testing.assert_allclose(fitted.denoise(images), whole, atol=1)
    assert fitted.score(images) == pytest.approx(score, rel=1e-5)


# --- noise ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [{"noise": 0.3}, {"noise_kind": "background"}],
    ids=["gaussian", "background"],
)
def test_a_denoiser_brings_images_nearer_to_the_clean_ones(params, images):
    rng = np.random.default_rng(1)
    if "noise" in params:
        noisy = (images + rng.normal(0, 0.3 * 255, images.shape)).clip(0, 255)
    else:
        noisy = np.maximum(images, rng.integers(0, 256, images.shape))
    noisy = noisy.astype(np.uint8)
    denoiser = make(epochs=60, **params).fit(images)

    def error(X):
        return np.square(X / 255 - images / 255).mean()

    assert error(denoiser.denoise(noisy)) < error(noisy) / 2
    # One that never saw noise does not take it away so well.
    plain = make(epochs=60).fit(images)
    assert error(denoiser.denoise(noisy)) < error(plain.denoise(noisy))
    assert denoiser.score(noisy, X_clean=images) > denoiser.score(noisy)


def test_noise_is_drawn_anew_in_every_epoch(images):
    # Nothing moves, and the batch is the whole set: only the noise can differ.
    still = {"learning_rate": 1e-12, "epochs": 4, "batch_size": 60}
    losses = make(noise=0.3, **still).fit(images).history_["loss"]
    assert losses.nunique() == 4
    quiet = make(noise=0.0, **still).fit(images).history_["loss"]
    np.testing.assert_allclose(quiet, quiet.iloc[0], rtol=1e-6)


def test_validation_images_get_no_noise(images):
    still = {"learning_rate": 1e-12, "epochs": 2, "early_stopping": True}
    noisy = make(noise=0.5, **still).fit(images).history_
    quiet = make(noise=0.0, **still).fit(images).history_
    np.testing.assert_allclose(noisy["val_loss"], quiet["val_loss"], rtol=1e-5)
    assert (noisy["loss"] - quiet["loss"]).abs().min() > 1e-5


@pytest.mark.parametrize(
    ("params", "level"),
    [
        ({}, 0.0),
        ({"noise_kind": "background"}, 1.0),
        ({"noise_kind": "background", "noise": 0.0}, 0.0),
        ({"noise_kind": "background", "noise": 0.25}, 0.25),
        ({"noise": 0.25}, 0.25),
    ],
)
def test_the_level_of_noise(params, level):
    assert make(**params)._noise(clean=None) == level


def test_pairs_bring_their_own_noise(images):
    encoder = make(noise_kind="background")
    assert encoder._noise(clean=images) == 0.0
    assert encoder.set_params(noise=0.5)._noise(clean=images) == 0.5


def test_pairs_of_noisy_and_clean_images(images):
    # Negatives: nothing else than the pairs tells what is wanted.
    encoder = make(epochs=60).fit(images, X_clean=255 - images)
    assert np.abs(encoder.denoise(images) - (255.0 - images)).mean() < 25
    assert encoder.score(images, X_clean=255 - images) > encoder.score(images)


def test_clean_images_may_have_another_type(images):
    one = make().fit(images, X_clean=255 - images)
    other = make().fit(images, X_clean=(255 - images).astype(np.float32))
    for mine, theirs in zip(one._state.weights, other._state.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_pairs_that_are_equal_train_like_single_images(images):
    assert bits(make().fit(images, X_clean=images)) == bits(make().fit(images))


# --- training -------------------------------------------------------------------------


class BatchCounter(keras.callbacks.Callback):
    """Has hooks per batch, so that only Keras' own loop can serve it."""

    def on_train_batch_begin(self, batch, logs=None):
        pass


@pytest.mark.parametrize("pairs", [False, True])
def test_the_fast_way_trains_as_keras_own_loop_does(pairs, images):
    clean = 255 - images if pairs else None
    params = {"noise": 0.1, "early_stopping": True, "batch_size": 25}
    weights = np.linspace(0.5, 1.5, 60)
    fast = make(**params).fit(images, X_clean=clean, sample_weight=weights)
    slow = make(**params, callbacks=BatchCounter)
    slow.fit(images, X_clean=clean, sample_weight=weights)
    columns = ["loss", "val_loss", "learning_rate", "seconds"]
    assert list(fast.history_) == list(slow.history_) == columns
    np.testing.assert_allclose(
        fast.history_.drop(columns="seconds"),
        slow.history_.drop(columns="seconds"),
        rtol=1e-4,
    )


@pytest.mark.parametrize("form", ["instance", "class", "list", "dict"])
def test_callbacks_in_every_form(form, images):
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(set(logs))

        def __deepcopy__(self, memo):
            return Watch()

    forms = {"instance": Watch(), "class": Watch, "list": [Watch], "dict": {"a": Watch}}
    make(epochs=2, callbacks=forms[form]).fit(images)
    assert seen == [{"loss", "learning_rate", "seconds"}] * 2


def test_a_used_model_gives_the_bits_of_a_new_one(images):
    POOL.clear()
    first = bits(make(noise=0.2).fit(images))
    make(noise=0.2, learning_rate=0.3, random_state=1).fit(255 - images)
    assert bits(make(noise=0.2).fit(images)) == first
    POOL.clear()
    assert bits(make(noise=0.2).fit(images)) == first
    assert bits(make(noise=0.2, random_state=1).fit(images)) != first


def test_another_noise_is_another_model(images):
    POOL.clear()
    for params in ({}, {"noise": 0.1}, {"noise": 0.2}, {"noise_kind": "background"}):
        make(**params, epochs=1).fit(images)
    assert len(POOL) == 4
    make(noise=0.1, epochs=1, learning_rate=0.1).fit(images)
    assert len(POOL) == 4


def test_fitted_autoencoders_and_classifiers_never_change_each_other(
    fitted, images, shapes, make_cnn
):
    codes = fitted.transform(images)
    make(random_state=5).fit(images)
    make_cnn().fit(*shapes)
    np.testing.assert_array_equal(fitted.transform(images), codes)


def test_copies_give_the_same_codes(fitted, images):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.transform(images), fitted.transform(images))
    assert all(isinstance(weights, np.ndarray) for weights in fitted._state.weights)


def test_arrays_of_the_caller_are_unchanged_and_let_go(images):
    X, clean = images.copy(), 255 - images
    before = X.copy(), clean.copy()
    make(noise=0.1, epochs=1).fit(X, X_clean=clean).denoise(X)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(clean, before[1])
    watched = [weakref.ref(X), weakref.ref(clean)]
    del X, clean
    gc.collect()
    assert [ref() for ref in watched] == [None, None]


def test_weights_of_rows(images):
    weights = np.r_[np.zeros(20), np.ones(40)]
    some = make().fit(images[20:])
    assert bits(make().fit(images, sample_weight=weights)) == bits(some)
    assert bits(make().fit(images, sample_weight=8 * weights)) == bits(some)


def test_warm_fits_and_partial_fits_go_on(images):
    whole = make(epochs=3, noise=0.1).fit(images)
    warm = make(epochs=2, noise=0.1, warm_start=True).fit(images)
    warm.set_params(epochs=1).fit(images)
    parts = make(noise=0.1)
    for _ in range(3):
        parts.partial_fit(images)
    assert bits(whole) == bits(warm) == bits(parts)
    assert warm.history_.index.tolist() == parts.history_.index.tolist() == [1, 2, 3]


def test_early_stopping_keeps_the_best_weights(images):
    encoder = make(
        epochs=200,
        learning_rate=0.1,
        early_stopping=True,
        n_iter_no_change=3,
        validation_fraction=0.25,
    ).fit(images)
    losses = encoder.history_["val_loss"]
    assert encoder.n_iter_ < 200
    assert encoder.best_iter_ == losses.idxmin()


def test_a_killed_fit_goes_on(images, tmp_path):
    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    params = {"checkpoint_dir": tmp_path, "noise": 0.1}
    with pytest.raises(KeyboardInterrupt):
        make(**params, callbacks=Kill).fit(images)
    assert len(list(tmp_path.glob("*.npz"))) == 1
    # The callback is a part of the file's name: one that kills nothing any more.
    Kill.on_epoch_begin = keras.callbacks.Callback.on_epoch_begin
    done = make(**params, callbacks=Kill).fit(images)
    assert bits(done) == bits(make(noise=0.1).fit(images))
    assert done.n_iter_ == 3


def test_a_bar_without_an_accuracy(images, capsys):
    make(epochs=1, verbose=1).fit(images)
    assert "loss=" in capsys.readouterr().err


# --- among scikit-learn's tools -------------------------------------------------------


def test_a_search_over_codes_and_rates(images):
    grid = {"code_units": [1, 8], "learning_rate": [1e-6, 0.01]}
    search = GridSearchCV(make(epochs=20), grid, cv=2).fit(images)
    assert search.best_params_["learning_rate"] == 0.01
    assert search.best_score_ < 0


def test_clean_images_are_routed(images):
    pipeline = make_pipeline(make(epochs=1))
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline.fit(images, X_clean=255 - images)
        search = GridSearchCV(make(epochs=1), {"learning_rate": [0.01]}, cv=2)
        search.fit(images, X_clean=255 - images)
    assert bits(pipeline[-1]) == bits(make(epochs=1).fit(images, X_clean=255 - images))


def test_denoised_images_are_images_for_a_classifier(fitted, shapes, fitted_cnn):
    X, y = shapes
    assert fitted_cnn.score(fitted.denoise(X), y) > 0.8


def test_layers_of_a_fitted_autoencoder_are_plain(fitted, images):
    model = fitted.model_
    assert type(model) is keras.Model or type(model).__name__ == "Functional"
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    assert fitted.transform(images).any()
    assert fitted.n_parameters_ == model.count_params()


# --- bad input ------------------------------------------------------------------------

BAD_PARAMS = {
    "no block": ({"filters": ()}, r"filters is empty"),
    "no filters": ({"filters": (0,)}, r"filters holds 0; a whole number"),
    "too deep": ({"filters": (2,) * 4}, r"too small for block 4 of 4: .* 8 x 8"),
    "kernels": ({"kernel_size": (3, 3)}, r"kernel_size=\(3, 3\) has 2 entries"),
    "no units": ({"code_units": 0}, "code_units"),
    "negative noise": ({"noise": -0.1}, "noise"),
    "unknown noise": ({"noise_kind": "salt"}, r"noise_kind.*background"),
    "accuracy": ({"monitor": "val_accuracy"}, "monitor"),
    "optimizer": ({"optimizer": "adamm"}, "no optimizer of Keras"),
}


@pytest.mark.parametrize("name", BAD_PARAMS)
def test_bad_parameters_are_refused_and_nothing_is_lost(name, images, monkeypatch):
    params, message = BAD_PARAMS[name]
    encoder = make(epochs=1).fit(images)
    before = vars(encoder).copy()
    encoder.set_params(**params)
    monkeypatch.setattr("skcnn.training.fast_model.FastModel.fit", None)
    with pytest.raises(ValueError, match=message):
        encoder.fit(images)
    encoder.set_params(**{key: before[key] for key in params})
    assert vars(encoder) == before
    assert encoder.transform(images).shape == (60, 128)


BAD_PAIRS = {
    "fewer": (lambda X: X[:59], r"X_clean has shape \(59, 8, 8\), but X has .*\(60,"),
    "smaller": (lambda X: X[:, :7], r"X_clean has shape \(60, 7, 8\)"),
    "flat": (lambda X: X.reshape(60, 64), r"X_clean has shape .* same layout"),
    "not a number": (
        lambda X: np.where(X > 100, np.nan, X),
        r"X_clean, read like X: .*NaN",
    ),
    "unscaled": (
        lambda X: X.astype(float) * 255,
        r"X_clean, read like X: .* on the same scale",
    ),
    "scaled": (
        lambda X: X / 255,
        r"X_clean, read like X: .* fractions .* whole numbers from",
    ),
}


@pytest.mark.parametrize("name", BAD_PAIRS)
def test_clean_images_that_do_not_fit(name, images):
    change, message = BAD_PAIRS[name]
    encoder = make(epochs=1).fit(images)
    codes = encoder.transform(images)
    with pytest.raises(ValueError, match=message):
        encoder.fit(images, X_clean=change(images))
    np.testing.assert_array_equal(encoder.transform(images), codes)


def test_codes_of_another_length(fitted):
    with pytest.raises(ValueError, match=r"length 5, but .* have length 128"):
        fitted.inverse_transform(np.zeros((2, 5)))


def test_images_of_another_scale(fitted, images):
    with pytest.raises(ValueError, match="fitted on whole numbers"):
        fitted.denoise(images / 255)


def test_one_image_cannot_be_held_out_from_itself(images):
    with pytest.raises(ValueError, match="at least two"):
        make(early_stopping=True).fit(images[:1])


def test_it_is_no_classifier():
    assert not sklearn.base.is_classifier(make())
    assert clone(make(noise=0.5)).noise == 0.5
    assert "class_weight" in CNNClassifier().get_params()
    assert "class_weight" not in make().get_params()


def test_clean_images_in_the_place_of_labels_are_refused(shapes):
    X, y = shapes
    model = ConvAutoencoder(filters=(4,), epochs=1, random_state=0)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="X_clean="):
            call(X, X)
    model.fit(X, y)
    with pytest.raises(ValueError, match="X_clean="):
        model.score(X, X)


def test_noise_in_units_of_bytes_is_refused(images):
    with pytest.raises(ValueError, match=r"noise=25 .* divide by 255"):
        make(noise=25).fit(images)
    make(noise=25, rescale=None, epochs=1).fit(images)
