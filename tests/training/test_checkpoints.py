"""Fits that are killed and go on."""

import json

import keras
import numpy as np
import pytest

from skcnn.training.checkpoints import fingerprint, stable_name


class Killer(keras.callbacks.Callback):
    """Ends a fit after the epoch `Killer.after`, as a signal would; None: never."""

    after = None

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.after:
            raise KeyboardInterrupt


class BatchKiller(Killer):
    """The same in the middle of an epoch, in Keras' own loop."""

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3 and self.epoch == self.after:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


@pytest.fixture(autouse=True)
def _nobody_is_killed():
    yield
    Killer.after = BatchKiller.after = None


def killed(clf, X, y, after, killer=Killer, **fit_params):
    """Fit until `after` epochs are done."""
    killer.after = after
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y, **fit_params)
    killer.after = None


def figures(fitted):
    return fitted.history_.drop(columns="seconds")


STOPPING = {"early_stopping": True, "validation_fraction": 0.25, "learning_rate": 0.1}
FITS = {
    "plain": {},
    "random": {"dropout": 0.3, "augment": ("shift", "mixup")},
    "one cycle": {"lr_schedule": "one_cycle", "weight_decay": 0.1},
    "plateau": {"lr_schedule": "plateau", "learning_rate": 0.3, "epochs": 12},
    "early stopping": {**STOPPING, "n_iter_no_change": 3, "epochs": 30},
    "batch hooks": {"callbacks": [BatchKiller]},
    "layer": {"augment": keras.layers.RandomFlip()},
}


@pytest.mark.parametrize("name", FITS)
def test_a_fit_that_was_killed_ends_with_the_bits_of_one_that_was_not(
    name, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"epochs": 6, "callbacks": [Killer], **FITS[name]}
    killer = params["callbacks"][0]
    whole = cnn(**params).fit(X, y)
    clf = cnn(**params, checkpoint_dir=tmp_path)
    killed(clf, X, y, 2, killer)
    killed(clf, X, y, whole.n_iter_ - 1, killer)  # for early stopping: past the best
    assert len(list(tmp_path.iterdir())) == 1
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))
    assert clf.best_iter_ == whole.best_iter_
    assert list(tmp_path.iterdir()) == []


def test_a_warm_fit_that_was_killed_goes_on_as_well(cnn, bits, digits, tmp_path):
    X, y = digits
    params = {"callbacks": [Killer], "warm_start": True, "dropout": 0.3, "epochs": 3}
    whole = cnn(**params).fit(X, y).fit(X, y)
    clf = cnn(**params, checkpoint_dir=tmp_path).fit(X, y)
    killed(clf, X, y, 4)
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_fit_killed_between_its_last_epoch_and_its_end_ends(
    early_stopping, cnn, bits, digits, tmp_path
):
    X, y = digits

    class KilledAtTheEnd(keras.callbacks.Callback):
        armed = True

        def on_train_end(self, logs=None):
            if self.armed:
                raise KeyboardInterrupt

    params = {**STOPPING, "early_stopping": early_stopping, "n_iter_no_change": 2}
    params |= {"epochs": 30 if early_stopping else 3, "callbacks": [KilledAtTheEnd]}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    KilledAtTheEnd.armed = False
    whole = cnn(**params).fit(X, y)
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))


def test_a_process_that_dies_leaves_a_file_to_go_on_with(
    cnn, bits, digits, run_python, tmp_path
):
    X, y = digits
    # The same name as here, because callbacks are part of what must be equal.
    source = """\
import os, keras
class Killer(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            os._exit(9)
make_cnn(epochs=4, dropout=0.3, callbacks=[Killer], checkpoint_dir='.').fit(X, y)
"""
    run_python(source, code=9)
    (file,) = tmp_path.iterdir()
    clf = cnn(epochs=4, dropout=0.3, callbacks=[Killer], checkpoint_dir=tmp_path)
    trained = []
    Killer.on_epoch_end = lambda self, epoch, logs=None: trained.append(epoch)
    try:
        clf.fit(X, y)
    finally:
        del Killer.on_epoch_end
    assert trained == [2, 3]
    assert bits(clf) == bits(cnn(epochs=4, dropout=0.3).fit(X, y))
    assert not file.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kernel_size": 1},
        {"dropout": 0.1},
        {"l2": 0.1},
        {"learning_rate": 0.02},
        {"random_state": 1},
        {"epochs": 5},
        {"optimizer": "sgd"},
        {"label_smoothing": 0.1},
    ],
    ids=str,
)
def test_a_fit_with_another_parameter_begins_anew(change, cnn, bits, digits, tmp_path):
    X, y = digits
    params = {"callbacks": [Killer], "checkpoint_dir": tmp_path, "epochs": 4}
    killed(cnn(**params), X, y, 2)
    other = cnn(**{**params, **change}).fit(X, y)
    expected = cnn(**{**params, **change, "checkpoint_dir": None}).fit(X, y)
    assert bits(other) == bits(expected)
    assert len(list(tmp_path.iterdir())) == 1  # the first one's file is left for it


@pytest.mark.parametrize("what", ["images", "labels", "weights", "validation"])
def test_a_fit_on_other_data_begins_anew(what, cnn, bits, digits, tmp_path):
    X, y = digits
    params = {"callbacks": [Killer], "epochs": 4}
    given = {"X": X, "y": y, "sample_weight": np.ones(len(X))}
    given |= {"X_val": X[:30], "y_val": y[:30]}
    killed(cnn(**params, checkpoint_dir=tmp_path), **given, after=2)
    one_other = X.copy()
    one_other[-1, -1, -1] ^= 1
    given |= {
        "images": {"X": one_other},
        "labels": {"y": np.roll(y, 1)},
        "weights": {"sample_weight": np.linspace(1, 2, len(X))},
        "validation": {"X_val": X[1:31], "y_val": y[1:31]},
    }[what]
    other = cnn(**params, checkpoint_dir=tmp_path).fit(**given)
    expected = cnn(**params).fit(**given)
    assert bits(other) == bits(expected)
    np.testing.assert_array_equal(figures(other), figures(expected))


def test_a_cross_validation_that_was_killed_goes_on_fold_by_fold(cnn, digits, tmp_path):
    from sklearn.model_selection import cross_val_score

    X, y = digits

    class KilledInTheSecondFold(keras.callbacks.Callback):
        begun = 0

        def on_epoch_begin(self, epoch, logs=None):
            cls = KilledInTheSecondFold
            cls.begun += 1
            if cls.begun == 6:  # the second epoch of the second fold
                raise KeyboardInterrupt

    params = {"callbacks": [KilledInTheSecondFold], "epochs": 4}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(clf, X, y, cv=2, scoring="neg_log_loss")
    scores = cross_val_score(clf, X, y, cv=2, scoring="neg_log_loss")
    assert KilledInTheSecondFold.begun == 6 + 4 + 3
    expected = cross_val_score(cnn(**params), X, y, cv=2, scoring="neg_log_loss")
    np.testing.assert_array_equal(scores, expected)


def test_the_folder_is_made_and_the_file_holds_arrays_and_json_only(
    cnn, digits, tmp_path
):
    X, y = digits
    folder = tmp_path / "new" / "folder"
    killed(cnn(callbacks=[Killer], checkpoint_dir=str(folder)), X, y, 1)
    (path,) = folder.iterdir()
    with np.load(path, allow_pickle=False) as file:
        note = json.loads(str(file["note"]))
        assert all(file[name].dtype.kind in "fiu" for name in file if name != "note")
    assert len(note["rows"]) == 1


# --- names ----------------------------------------------------------------------------


def test_fingerprints_tell_values_shapes_and_types_apart():
    a = np.arange(6)
    things = [a, a[::-1], a.reshape(2, 3), a.astype(np.int32), "a", None, (1, 2)]
    assert len({fingerprint(thing) for thing in things}) == len(things)
    assert fingerprint(a, "b") != fingerprint("b", a)
    assert fingerprint(a) == fingerprint(np.arange(12)[::2] // 2)


def test_names_of_parameters_hold_nothing_that_a_process_makes_up():
    def things():
        return [
            keras.optimizers.SGD(0.1),
            keras.losses.CategoricalCrossentropy(),
            keras.callbacks.EarlyStopping(),
            keras.layers.RandomFlip(seed=1),
            keras.Sequential([keras.layers.RandomFlip(seed=1)]),
            {"a": len, "b": 1.5},
        ]

    first, second = things(), things()  # Keras names them sgd, sgd_1, ...
    second[-1] = {"b": 1.5, "a": len}
    assert stable_name(first) == stable_name(second)
    assert "0x" not in stable_name(first)


def test_parameters_that_differ_have_other_names():
    things = [
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.2),
        lambda epoch: 0.1,
        lambda epoch: 0.2,
        keras.callbacks.EarlyStopping,
        keras.callbacks.CSVLogger,
        {"a": 1},
        {"a": 2},
        "1",
        1,
        None,
    ]
    assert len({stable_name(thing) for thing in things}) == len(things)
