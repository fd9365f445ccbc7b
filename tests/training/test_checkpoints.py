"""Fits that are killed and go on."""

import json
import os
import signal
import uuid
from functools import partial

import keras
import numpy as np
import pytest

from skcnn.training.callbacks import FiniteLoss


class Killer(keras.callbacks.Callback):
    """Ends a fit after the epoch in $KILLED_AFTER, as a signal would.

    Out of a variable of the process, because what a callback holds and uses is a part
    of what must be equal.
    """

    def on_epoch_begin(self, epoch, logs=None):
        if str(epoch) == os.environ.get("KILLED_AFTER"):
            raise KeyboardInterrupt


class BatchKiller(Killer):
    """The same in the middle of an epoch, in Keras' own loop."""

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 3 and str(self.epoch) == os.environ.get("KILLED_AFTER"):
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


class KilledAtTheEnd(keras.callbacks.Callback):
    def on_train_end(self, logs=None):
        if os.environ.get("KILLED_AFTER") == "all":
            raise KeyboardInterrupt


@pytest.fixture
def killed(monkeypatch):
    """Give a function that fits until `after` epochs are done."""

    def fit(clf, X, y, after, **fit_params):
        with monkeypatch.context() as patch:
            patch.setenv("KILLED_AFTER", str(after))
            with pytest.raises(KeyboardInterrupt):
                clf.fit(X, y, **fit_params)

    return fit


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
    name, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"epochs": 6, "callbacks": [Killer], **FITS[name]}
    whole = cnn(**params).fit(X, y)
    clf = cnn(**params, checkpoint_dir=tmp_path)
    killed(clf, X, y, 2)
    killed(clf, X, y, whole.n_iter_ - 1)  # for early stopping: past the best
    assert len(list(tmp_path.iterdir())) == 1
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))
    assert clf.best_iter_ == whole.best_iter_
    assert list(tmp_path.iterdir()) == []


def test_a_warm_fit_that_was_killed_goes_on_as_well(
    killed, cnn, bits, digits, tmp_path
):
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
    early_stopping, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {**STOPPING, "early_stopping": early_stopping, "n_iter_no_change": 2}
    params |= {"epochs": 30 if early_stopping else 3, "callbacks": [KilledAtTheEnd]}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    killed(clf, X, y, "all")
    whole = cnn(**params).fit(X, y)
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))


@pytest.mark.slow
def test_a_process_that_dies_leaves_a_file_to_go_on_with(
    cnn, bits, digits, run_python, tmp_path
):
    source = """\
import os, signal, sys
import keras
class Killer(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        print(epoch)
        if str(epoch) == os.environ.get("KILLED_AFTER"):
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)
clf = make_cnn(epochs=4, dropout=0.3, callbacks=[Killer], checkpoint_dir=".")
print(bits_of(clf.fit(X, y)))
"""
    run_python(source, code=-signal.SIGKILL, KILLED_AFTER="2")
    (file,) = tmp_path.iterdir()
    *trained, ended = run_python(source).lines
    assert trained == ["2", "3"]
    assert ended == bits(cnn(epochs=4, dropout=0.3).fit(*digits))
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
def test_a_fit_with_another_parameter_begins_anew(
    change, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"callbacks": [Killer], "checkpoint_dir": tmp_path, "epochs": 4}
    killed(cnn(**params), X, y, 2)
    other = cnn(**{**params, **change}).fit(X, y)
    expected = cnn(**{**params, **change, "checkpoint_dir": None}).fit(X, y)
    assert bits(other) == bits(expected)
    assert len(list(tmp_path.iterdir())) == 1  # the first one's file is left for it


@pytest.mark.parametrize("what", ["images", "labels", "weights", "validation"])
def test_a_fit_on_other_data_begins_anew(what, killed, cnn, bits, digits, tmp_path):
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


def test_a_cross_validation_that_was_killed_goes_on_fold_by_fold(
    cnn, digits, tmp_path, monkeypatch
):
    from sklearn.model_selection import cross_val_score

    X, y = digits
    begun = []

    def on_epoch_begin(self, epoch, logs=None):
        begun.append(epoch)
        if len(begun) == 6:  # the second epoch of the second fold
            raise KeyboardInterrupt

    monkeypatch.setattr(FiniteLoss, "on_epoch_begin", on_epoch_begin)
    clf = cnn(epochs=4, checkpoint_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(clf, X, y, cv=2, scoring="neg_log_loss")
    scores = cross_val_score(clf, X, y, cv=2, scoring="neg_log_loss")
    assert len(begun) == 6 + 4 + 3
    expected = cross_val_score(cnn(epochs=4), X, y, cv=2, scoring="neg_log_loss")
    np.testing.assert_array_equal(scores, expected)


def test_the_folder_is_made_and_the_file_holds_arrays_and_json_only(
    killed, cnn, digits, tmp_path
):
    X, y = digits
    folder = tmp_path / "new" / "folder"
    killed(cnn(callbacks=[Killer], checkpoint_dir=str(folder)), X, y, 1)
    (path,) = folder.iterdir()
    with np.load(path, allow_pickle=False) as file:
        note = json.loads(str(file["note"]))
        assert all(file[name].dtype.kind in "fiu" for name in file if name != "note")
    assert len(note["rows"]) == 1


# --- callbacks with a state -----------------------------------------------------------


class Counting(keras.callbacks.Callback):
    """Halves the rate after every second epoch that it has counted."""

    def on_train_begin(self, logs=None):
        self.count, self.rates, self.seen = 0, np.zeros(0), {}
        self.model.optimizer.learning_rate.assign(0.05)

    def on_epoch_end(self, epoch, logs=None):
        self.count += 1
        rate = self.model.optimizer.learning_rate
        self.rates = np.append(self.rates, float(rate))
        self.seen[epoch, "loss"] = [np.float32(logs["loss"]), None, float("nan")]
        if self.count % 2 == 0:
            rate.assign(rate / 2)


class AtTheModel(keras.callbacks.Callback):
    """Halves the rate, and holds parts of the model."""

    def on_train_begin(self, logs=None):
        self.network, self.rate = self.model, self.model.optimizer.learning_rate
        self.first = self.model.layers[1]

    def on_epoch_end(self, epoch, logs=None):
        self.rate.assign(self.rate / 2)


class OfTheClass(keras.callbacks.Callback):
    """Counts in its class, of which all fits have one."""

    count = 0

    def on_epoch_end(self, epoch, logs=None):
        type(self).count += 1


class Holding(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.steps = iter(range(99))

    def on_epoch_end(self, epoch, logs=None):
        next(self.steps)


class NamedRun(keras.callbacks.Callback):
    """Takes a name that no other run has, as loggers do."""

    def __init__(self):
        super().__init__()
        self.run = uuid.uuid4().hex


PLATEAU = {"monitor": "loss", "patience": 1, "min_delta": 10.0, "factor": 0.5}
STATEFUL = {
    "plateau": [keras.callbacks.ReduceLROnPlateau(**PLATEAU)],
    "nested": [[keras.callbacks.ReduceLROnPlateau(**PLATEAU)], [Counting()]],
    "class": [Counting],
    "a class alone": Counting,
    "a run's name": [NamedRun],
    "a function": [lambda: NamedRun()],
    "dict": {"one": Counting, "more": [Counting()]},
    "early stopping": [
        keras.callbacks.EarlyStopping(
            "loss", min_delta=10.0, patience=4, restore_best_weights=True
        )
    ],
    "parts of the model": [AtTheModel],
    "lambda": [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)],
    "history": [keras.callbacks.History(), keras.callbacks.TerminateOnNaN()],
}


@pytest.mark.parametrize("after", [3, "all"])
@pytest.mark.parametrize("name", STATEFUL)
def test_callbacks_go_on_with_what_they_had_noted(
    name, after, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    ends = [Killer, KilledAtTheEnd]
    given = STATEFUL[name]
    if isinstance(given, dict):
        given = {**given, "ends": ends}
    else:
        given = [*(given if isinstance(given, list) else [given]), *ends]
    params = {"epochs": 6, "learning_rate": 0.1, "callbacks": given}
    whole = cnn(**params).fit(X, y)
    clf = cnn(**params, checkpoint_dir=tmp_path)
    killed(clf, X, y, after)
    assert len(list(tmp_path.iterdir())) == 1
    clf.fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))
    assert list(tmp_path.iterdir()) == []


def test_the_best_value_of_a_model_checkpoint_is_kept(killed, cnn, digits, tmp_path):
    """The best epoch is the first: a later one must not take its place."""
    X, y = digits
    saving = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", "loss", mode="max", save_best_only=True
    )
    clf = cnn(epochs=3, callbacks=[saving, Killer], checkpoint_dir=tmp_path / "states")
    killed(clf, X, y, 1)
    best = (tmp_path / "best.keras").read_bytes()
    clf.fit(X, y)
    assert (tmp_path / "best.keras").read_bytes() == best


# A process that is killed closes its files; an exception leaves this one open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_callbacks_that_only_write_do_not_hinder(killed, cnn, bits, digits, tmp_path):
    X, y = digits
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv", append=True)
    params = {"epochs": 4, "callbacks": [log, Killer]}
    clf = cnn(**params, checkpoint_dir=tmp_path / "states")
    killed(clf, X, y, 2)
    clf.fit(X, y)
    assert bits(clf) == bits(cnn(epochs=4).fit(X, y))
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1", "2", "3"]


def test_a_backup_of_keras_does_not_hinder(killed, cnn, bits, digits, tmp_path):
    X, y = digits
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    clf = cnn(epochs=4, callbacks=[backup, Killer], checkpoint_dir=tmp_path / "states")
    killed(clf, X, y, 2)
    clf.fit(X, y)
    whole = cnn(epochs=4).fit(X, y)
    assert bits(clf) == bits(whole)
    np.testing.assert_array_equal(figures(clf), figures(whole))


@pytest.mark.parametrize(
    ("callback", "why"),
    [
        (
            Holding,
            "the attribute 'steps' of the callback Holding is a 'range_iterator'",
        ),
        (OfTheClass, "the class of the callback OfTheClass, or what it uses, changes"),
    ],
)
def test_a_state_that_cannot_be_kept_is_told_once_and_the_fit_begins_anew(
    callback, why, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"epochs": 4, "callbacks": [callback, Killer]}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    with pytest.warns(RuntimeWarning, match=why) as told:
        killed(clf, X, y, 2)
    assert len(told) == 1
    assert list(tmp_path.iterdir()) == []
    with pytest.warns(RuntimeWarning, match=why):
        clf.fit(X, y)
    assert clf.n_iter_ == len(clf.history_) == 4
    assert bits(clf) == bits(cnn(epochs=4).fit(X, y))


# --- names ----------------------------------------------------------------------------


def closed_over(rate):
    return lambda epoch: rate


def with_default(rate):
    def schedule(epoch, rate=rate):
        return rate

    return schedule


class Rate:
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return self.rate

    def at(self, epoch):
        return self.rate


class Quiet(keras.callbacks.Callback):
    def __init__(self, number):
        super().__init__()
        self.number = number


class Gain(keras.layers.Layer):
    """A layer whose configuration says nothing of its parameter."""

    def __init__(self, gain, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain

    def call(self, images):
        return images * self.gain


def network(gain):
    def build(input_shape, n_classes):
        layers = [
            keras.Input(input_shape),
            Gain(gain),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
        return keras.Sequential(layers)

    return build


DIFFERENT = {
    "closure": lambda x: {"lr_schedule": closed_over(x)},
    "default": lambda x: {"lr_schedule": with_default(x)},
    "partial": lambda x: {"lr_schedule": partial(max, x)},
    "callable object": lambda x: {"lr_schedule": Rate(x)},
    "method": lambda x: {"lr_schedule": Rate(x).at},
    "callback": lambda x: {"callbacks": [Quiet(x), Killer]},
    "layer": lambda x: {"augment": Gain(x)},
    "optimizer": lambda x: {"optimizer": keras.optimizers.SGD(momentum=x)},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_differs_inside_an_object_begins_anew_and_what_is_equal_goes_on(
    what, killed, cnn, bits, digits, tmp_path
):
    X, y = digits

    def make(x, **changes):
        given = {"epochs": 3, "callbacks": [Killer], **DIFFERENT[what](x)}
        return cnn(**given, **changes)

    killed(make(0.5, checkpoint_dir=tmp_path), X, y, 1)
    killed(make(0.25, checkpoint_dir=tmp_path), X, y, 2)
    assert len(list(tmp_path.iterdir())) == 2
    for x in (0.5, 0.25):  # objects of their own, which are equal
        clf = make(x, checkpoint_dir=tmp_path).fit(X, y)
        assert bits(clf) == bits(make(x).fit(X, y))
    assert list(tmp_path.iterdir()) == []


def test_networks_that_differ_in_a_layer_of_the_users_begin_anew(
    killed, bits, digits, tmp_path
):
    from skcnn import NetworkClassifier

    X, y = digits

    def make(gain, **changes):
        return NetworkClassifier(
            network(gain), epochs=2, callbacks=[Killer], random_state=0, **changes
        )

    killed(make(1.0, checkpoint_dir=tmp_path), X, y, 1)
    killed(make(2.0, checkpoint_dir=tmp_path), X, y, 1)
    assert len(list(tmp_path.iterdir())) == 2
    clf = make(2.0, checkpoint_dir=tmp_path).fit(X, y)
    assert bits(clf) == bits(make(2.0).fit(X, y))
    assert len(list(tmp_path.iterdir())) == 1


def test_fits_that_differ_in_the_scaling_begin_anew(
    killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"epochs": 3, "callbacks": [Killer], "checkpoint_dir": tmp_path}
    killed(cnn(**params), X, y, 2)
    killed(cnn(**params, rescale=None), X, y, 1)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_nobody_can_name_is_told_once_and_trained_without_a_file(
    cnn, bits, digits, tmp_path
):
    X, y = digits
    params = {"epochs": 2, "callbacks": [Quiet(iter(range(3)))]}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    with pytest.warns(RuntimeWarning, match="keeps nothing of this fit") as told:
        clf.fit(X, y)
    assert len(told) == 1
    assert "range_iterator" in str(told[0].message)
    assert ".number" in str(told[0].message)
    assert list(tmp_path.iterdir()) == []
    assert bits(clf) == bits(cnn(epochs=2).fit(X, y))


# --- files and folders ----------------------------------------------------------------


def test_a_full_disk_is_told_once_and_the_training_goes_on(
    cnn, bits, digits, tmp_path, full_disk
):
    X, y = digits
    with full_disk(), pytest.warns(RuntimeWarning, match="could not be kept") as told:
        clf = cnn(epochs=3, checkpoint_dir=tmp_path).fit(X, y)
    assert [str(tmp_path) in str(one.message) for one in told] == [True]
    assert bits(clf) == bits(cnn(epochs=3).fit(X, y))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_leaves_the_checkpoint_before(
    killed, cnn, bits, digits, tmp_path, full_disk
):
    X, y = digits
    params = {"epochs": 4, "callbacks": [Killer]}
    clf = cnn(**params, checkpoint_dir=tmp_path)
    killed(clf, X, y, 1)
    (file,) = tmp_path.iterdir()
    before = file.read_bytes()
    with full_disk(), pytest.warns(RuntimeWarning, match="could not be kept"):
        killed(clf, X, y, 3)
    assert file.read_bytes() == before
    clf.fit(X, y)
    assert bits(clf) == bits(cnn(epochs=4).fit(X, y))


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def strange(path):
    path.write_bytes(b"no archive")


def _rewritten(path, **changes):
    with np.load(path) as file:
        content = dict(file) | changes
    np.savez(path, **{name: one for name, one in content.items() if one is not None})


def without_a_member(path):
    _rewritten(path, variable1=None)


def without_a_note(path):
    _rewritten(path, note=None)


def of_another_shape(path):
    _rewritten(path, variable0=np.zeros(3, np.float32))


def of_another_type(path):
    with np.load(path) as file:
        first = file["variable0"]
    _rewritten(path, variable0=first.astype(np.float64))


def no_json(path):
    _rewritten(path, note="{")


def of_another_fit(path):
    with np.load(path) as file:
        note = json.loads(str(file["note"]))
    _rewritten(path, note=json.dumps(note | {"name": "other"}))


def without_its_callbacks(path):
    with np.load(path) as file:
        note = json.loads(str(file["note"]))
    _rewritten(path, note=json.dumps(note | {"callbacks": []}))


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        empty,
        strange,
        without_a_member,
        without_a_note,
        of_another_shape,
        of_another_type,
        no_json,
        of_another_fit,
        without_its_callbacks,
    ],
)
def test_a_damaged_file_is_named_and_the_fit_begins_anew(
    damage, killed, cnn, bits, digits, tmp_path
):
    X, y = digits
    clf = cnn(epochs=3, callbacks=[Killer], checkpoint_dir=tmp_path)
    killed(clf, X, y, 2)
    (file,) = tmp_path.iterdir()
    damage(file)
    with pytest.warns(RuntimeWarning, match=f"{file.name}' cannot be read .* anew"):
        clf.fit(X, y)
    assert bits(clf) == bits(cnn(epochs=3).fit(X, y))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder_is_refused_before_the_training(
    cnn, digits, tmp_path, pool
):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"checkpoint_dir=.* can be written to"):
        cnn(checkpoint_dir=tmp_path / "file").fit(*digits)
    assert pool.builds == []
