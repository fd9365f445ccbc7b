"""Callbacks: our own, and the user's on both ways of training."""

import keras
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV

from skcnn.base.told import heard_by
from skcnn.training.callbacks import (
    EarlyStopping,
    FiniteLoss,
    Monitor,
    fresh_callbacks,
    has_batch_hooks,
)


class Recorder(keras.callbacks.Callback):
    """Notes what it is told, in a list that all its copies share."""

    notes = []

    def __init__(self, name="recorder"):
        super().__init__()
        self.name = name
        self.best = 0

    def on_train_begin(self, logs=None):
        self.notes.append((self.name, "begin", self.best))

    def on_epoch_end(self, epoch, logs=None):
        self.best += 1
        self.notes.append((self.name, epoch, self.best))


@pytest.fixture
def recorder():
    """Give the class Recorder with an empty list of notes."""
    Recorder.notes = []
    return Recorder


# --- which way of training ------------------------------------------------------------


class WithBatchHook(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class WithOldBatchHook(keras.callbacks.Callback):
    def on_batch_begin(self, batch, logs=None):
        pass


class WithTestBatchHook(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        pass


def nothing(*args, **kwargs):
    pass


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (WithBatchHook(), True),
        (WithOldBatchHook(), True),
        (WithTestBatchHook(), True),
        (keras.callbacks.TerminateOnNaN(), True),
        (keras.callbacks.LambdaCallback(on_train_batch_end=nothing), True),
        (keras.callbacks.ModelCheckpoint("x.keras", save_freq=10), True),
        (keras.callbacks.LambdaCallback(on_epoch_end=nothing), False),
        (keras.callbacks.ModelCheckpoint("x.keras"), False),
        (keras.callbacks.BackupAndRestore("x"), False),
        (keras.callbacks.EarlyStopping(), False),
        (keras.callbacks.ReduceLROnPlateau(), False),
        (keras.callbacks.LearningRateScheduler(nothing), False),
        (keras.callbacks.CSVLogger("x.csv"), False),
        (Recorder(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_batch_hooks_are_told_from_epoch_hooks(callback, expected):
    assert has_batch_hooks(callback) is expected


@pytest.mark.parametrize("extra", [[], [WithBatchHook()]], ids=["fast", "Keras"])
def test_the_hooks_are_called_in_their_order(extra, cnn, digits):
    X, y = digits
    calls = []
    names = ("train_begin", "epoch_begin", "test_begin", "test_end", "epoch_end")

    def noting(name):
        return lambda *args, **kwargs: calls.append(name)

    # Copies of a function are the function, so that the list is this one.
    watch = [
        type(name, (keras.callbacks.Callback,), {f"on_{name}": noting(name)})
        for name in (*names, "train_end")
    ]
    cnn(callbacks=[*watch, *extra]).fit(X, y, X_val=X[:20], y_val=y[:20])
    assert calls == [*names, *names[1:], "train_end"]


# --- fresh ones for each fit ----------------------------------------------------------


def test_an_instance_is_not_mutated_and_carries_nothing_to_the_next_fit(
    cnn, digits, recorder
):
    X, y = digits
    callback = recorder()
    clf = cnn(callbacks=[callback]).fit(X, y)
    clf.fit(X, y)
    assert callback.best == 0
    assert not hasattr(callback, "_model") or callback._model is None
    assert (
        recorder.notes
        == [
            ("recorder", "begin", 0),
            ("recorder", 0, 1),
            ("recorder", 1, 2),
        ]
        * 2
    )


def test_keras_early_stopping_starts_from_nothing_in_each_fit(cnn, digits):
    X, y = digits
    callback = keras.callbacks.EarlyStopping("loss", patience=1)
    clf = cnn(callbacks=[callback], epochs=4, learning_rate=0.01).fit(X, y)
    assert clf.n_iter_ == 4
    # Every loss is worse than the last one of the first fit would have been.
    clf.set_params(random_state=1, epochs=3).fit(X, np.roll(y, 1))
    assert clf.n_iter_ == 3


def test_a_class_is_made_anew_with_its_routed_parameters(cnn, digits, recorder):
    from skcnn import NetworkClassifier

    X, y = digits

    def build(input_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Flatten(),
                keras.layers.Dense(n_classes),
            ]
        )

    clf = NetworkClassifier(
        build,
        epochs=1,
        random_state=0,
        callbacks={"mine": recorder, "other": recorder},
        callbacks__name="everyone",
        callbacks__mine__name="mine",
    ).fit(X, y)
    assert {name for name, *_ in recorder.notes} == {"mine", "everyone"}
    recorder.notes.clear()
    clf.set_params(callbacks=recorder, callbacks__mine__name=None)
    clf.fit(X, y).fit(X, y)
    assert recorder.notes == [("everyone", "begin", 0), ("everyone", 0, 1)] * 2


@pytest.mark.parametrize(
    "form",
    [
        lambda kind: kind,
        lambda kind: kind("recorder"),
        lambda kind: [kind],
        lambda kind: [kind("recorder")],
        lambda kind: {"a": kind("recorder")},
    ],
    ids=["class", "instance", "classes", "instances", "dict"],
)
def test_every_form_of_callbacks_is_run(form, cnn, digits, recorder):
    X, y = digits
    cnn(callbacks=form(recorder)).fit(X, y)
    assert [note[1] for note in recorder.notes] == ["begin", 0, 1]


def test_what_is_no_callback_is_named():
    with pytest.raises(TypeError, match=r"Keras callbacks .*, got 'early'"):
        fresh_callbacks(["early"], {})


# --- Keras' callbacks that save -------------------------------------------------------


def test_a_checkpoint_per_epoch_is_written_on_the_fast_way(cnn, digits, pool, tmp_path):
    X, y = digits
    path = tmp_path / "{epoch}.weights.h5"
    save = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    clf = cnn(callbacks=[save], warm_start=True).fit(X, y)
    (compiled,) = pool._models
    assert compiled.model.train_function is None
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1.weights.h5",
        "2.weights.h5",
    ]
    model, first = clf.model_, cnn(epochs=1).fit(X, y)
    for file, fitted in (("1", first), ("2", clf)):
        model.load_weights(tmp_path / f"{file}.weights.h5")
        for mine, theirs in zip(
            model.get_weights(), fitted._state.weights, strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


def test_a_whole_model_in_a_checkpoint_loads_with_plain_keras(cnn, digits, tmp_path):
    X, y = digits
    path = tmp_path / "best.keras"
    save = keras.callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True)
    clf = cnn(callbacks=[save]).fit(X, y)
    model = keras.models.load_model(path)
    assert type(model).__module__.startswith("keras.")
    logits = model.predict(X[..., None] / 255, verbose=0)
    np.testing.assert_allclose(logits, clf.decision_function(X), rtol=1e-4, atol=1e-5)


def test_backup_and_restore_goes_on_where_it_was_stopped(cnn, bits, digits, tmp_path):
    X, y = digits

    class Stop(keras.callbacks.Callback):
        armed = True

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2 and self.armed:
                raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    clf = cnn(callbacks=[backup, Stop], epochs=4)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    Stop.armed = False
    assert len(clf.fit(X, y).history_) == 2
    assert bits(clf) == bits(cnn(epochs=4).fit(X, y))
    # What it has restored is not remembered by the compiled model.
    assert len(cnn(epochs=4).fit(X, y).history_) == 4


# --- our own --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["loss", "val_loss"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_figure_that_is_not_finite_stops_the_fit(name, value):
    callback = FiniteLoss()
    callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})
    with pytest.raises(ValueError, match=f"The {name} is {value} after epoch 3"):
        callback.on_epoch_end(2, {"loss": 1.0, name: value})


class FakeModel:
    """Has one weight, which a test sets before each epoch."""

    stop_training = False
    weight = 0

    def get_weights(self):
        return [self.weight]

    def set_weights(self, weights):
        (self.weight,) = weights


def stopped(values, n_iter_no_change=3, tol=0.1, sign=-1):
    """Return (number of epochs trained, best epoch, epoch whose weights are kept)."""
    callback = EarlyStopping(Monitor("figure", sign), n_iter_no_change, tol)
    model = FakeModel()
    callback.set_model(model)
    for epoch, value in enumerate(values):
        model.weight = epoch
        callback.on_epoch_end(epoch, {"figure": value})
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch + 1, callback.best_epoch, model.weight


def test_early_stopping_waits_for_so_many_epochs_without_improvement():
    assert stopped([3, 2, 1, 1, 1, 1, 1]) == (6, 2, 2)
    assert stopped([3, 2, 1, 1, 1, 0.5, 1, 1, 1]) == (9, 5, 5)


def test_an_improvement_within_the_tolerance_is_kept_but_does_not_count():
    # 0.95 and 0.91 are better by less than 0.1: the weights are kept, the wait ends.
    assert stopped([1.0, 0.95, 0.91, 0.92]) == (4, 2, 2)


def test_early_stopping_watches_upwards_what_should_grow():
    assert stopped([0, 0.2, 0.4, 0.4, 0.4, 0.4, 1], sign=1) == (6, 2, 2)


def test_early_stopping_names_the_figures_when_it_misses_its_own():
    with pytest.raises(ValueError, match=r"monitor='f1' .* known are \['loss'\]"):
        EarlyStopping(Monitor("f1", 1), 1, 0.0).on_epoch_end(0, {"loss": 1.0})


# --- progress -------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [[], [WithBatchHook()]], ids=["fast", "Keras"])
def test_verbose_prints_one_bar_per_fit_with_its_figures(
    extra, cnn, digits, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")  # tqdm cuts what does not fit
    X, y = digits
    cnn(verbose=1, epochs=3, callbacks=extra).fit(X, y, X_val=X, y_val=y)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    last = err.rstrip("\n").split("\r")[-1]
    assert last.startswith("CNNClassifier 100%|")
    for name in ("loss=", "accuracy=", "val_loss=", "val_accuracy="):
        assert name in last


def test_the_bar_counts_the_epochs_of_this_fit_only(cnn, digits, capsys):
    X, y = digits
    clf = cnn(verbose=1, warm_start=True).fit(X, y)
    capsys.readouterr()
    clf.fit(X, y)
    assert "100%" in capsys.readouterr().err
    clf.partial_fit(X, y)
    assert "100%" in capsys.readouterr().err


def test_a_failing_fit_closes_its_bar(cnn, digits, capsys):
    from tqdm.auto import tqdm

    X, y = digits
    with pytest.raises(ValueError, match="diverged") as caught:
        cnn(verbose=1, learning_rate=1e38).fit(X, y)
    # The error is still alive here, and with it all that the fit held.
    assert caught.value.__traceback__ is not None
    assert not tqdm._instances
    assert capsys.readouterr().err.endswith("\n")


def test_nothing_is_printed_by_default(cnn, digits, capsys):
    X, y = digits
    cnn().fit(X, y).predict(X)
    cnn(callbacks=[WithBatchHook()]).fit(X, y)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("extra", [[], [WithBatchHook()]], ids=["fast", "Keras"])
def test_a_silent_fit_tells_its_listener_of_epochs(extra, cnn, digits, capsys):
    told = []
    with heard_by(lambda part, where: told.append((part, where))):
        fitted = cnn(epochs=3, callbacks=extra).fit(*digits)
        CalibratedClassifierCV(cnn(epochs=1), cv=2, ensemble=False).fit(*digits)
    fit, others = told[: told.index((1.0, "epoch 3 of 3")) + 1], told[len(told) // 2 :]
    assert [part for part, _ in fit] == sorted(part for part, _ in fit)
    assert list(dict.fromkeys(where for _, where in fit)) == [
        f"epoch {n} of 3" for n in (1, 2, 3)
    ]
    assert (1.0, "epoch 1 of 1") in others  # also from inside others
    assert capsys.readouterr() == ("", "")
    # Who is heard is the same to the bit as who is not.
    alone = cnn(epochs=3, callbacks=extra).fit(*digits)
    np.testing.assert_array_equal(
        fitted.predict_proba(digits[0]), alone.predict_proba(digits[0])
    )
