"""What Keras promises to a callback holds on both ways of training."""

import threading

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from tqdm.keras import TqdmCallback

from skcnn import CNNClassifier, ConvAutoencoder, NetworkClassifier
from skcnn.training.callbacks import fresh_callbacks, has_batch_hooks

FIGURES = ["loss", "accuracy", "val_loss", "val_accuracy"]


class BatchHook(keras.callbacks.Callback):
    """Asks for Keras' own loop."""

    def on_train_batch_end(self, batch, logs=None):
        pass


both_ways = pytest.mark.parametrize(
    "own_loop", [[], [BatchHook]], ids=["fast", "Keras"]
)


def perceptron(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def network(**params):
    common = {"epochs": 3, "batch_size": 32, "random_state": 0, "precision": "float32"}
    return NetworkClassifier(perceptron, **{**common, **params})


# --- the parameters of the fit, and the hooks -----------------------------------------


@both_ways
def test_params_say_epochs_steps_and_verbose(own_loop, cnn, digits):
    X, y = digits
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(dict(self.params))

    clf = cnn(callbacks=[Watch, *own_loop], batch_size=50, warm_start=True)
    clf.fit(X, y).fit(X, y)
    assert seen == [
        {"verbose": 0, "epochs": 2, "steps": 4},
        {"verbose": 0, "epochs": 4, "steps": 4},
    ]


@both_ways
def test_the_end_of_a_validation_sees_its_own_figures(own_loop, cnn, digits):
    X, y = digits
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_test_end(self, logs=None):
            seen.append(dict(logs))

    clf = cnn(callbacks=[Watch, *own_loop]).fit(X, y, X_val=X[:50], y_val=y[:50])
    columns = clf.history_[["val_loss", "val_accuracy"]].to_numpy()
    assert [sorted(logs) for logs in seen] == [["accuracy", "loss"]] * 2
    given = [[logs["loss"], logs["accuracy"]] for logs in seen]
    np.testing.assert_allclose(given, columns, rtol=1e-6)


# --- evaluate and predict -------------------------------------------------------------


def asking(hook, ask):
    """Return a callback that calls ``ask(model)`` in a hook and notes the answers."""
    answers = []

    def answer(self, *args, **kwargs):
        answers.append(ask(self.model))

    return type("Asking", (keras.callbacks.Callback,), {hook: answer}), answers


@both_ways
@pytest.mark.parametrize("one_hot", [False, True], ids=["numbers", "one-hot"])
def test_evaluate_in_a_callback_gives_the_figures_of_the_validation(
    own_loop, one_hot, cnn, digits
):
    X, y = digits
    targets = np.eye(10)[y[:50]] if one_hot else y[:50]
    asks, answers = asking(
        "on_epoch_end",
        lambda model: model.evaluate(X[:50, ..., None], targets, return_dict=True),
    )
    clf = cnn(callbacks=[asks, *own_loop]).fit(X, y, X_val=X[:50], y_val=y[:50])
    for name in ("loss", "accuracy"):
        given = [answer[name] for answer in answers]
        np.testing.assert_allclose(given, clf.history_[f"val_{name}"], rtol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("loss", [None, "sparse_categorical_crossentropy"])
def test_evaluate_weighs_rows_and_takes_any_dtype_and_loss(dtype, loss, digits):
    X, y = digits
    weights = np.repeat([0.0, 1.0], 80)
    asks, answers = asking(
        "on_train_end",
        lambda model: [
            model.evaluate(X.astype(dtype), y, 64, sample_weight=weights)[1:],
            model.evaluate(X[80:].astype(dtype), y[80:])[1:],
        ],
    )
    clf = network(callbacks=asks, loss=loss).fit(X, y)
    ((weighted, half),) = answers
    np.testing.assert_allclose(weighted, half, rtol=1e-6)
    assert half[0] == pytest.approx(clf.score(X[80:], y[80:]))


@both_ways
def test_predict_in_a_callback_gives_the_networks_output(own_loop, digits):
    X, y = digits
    asks, answers = asking("on_epoch_end", lambda model: model.predict(X[..., None]))
    clf = network(callbacks=[asks, *own_loop]).fit(X, y)
    assert len(answers) == 3
    np.testing.assert_allclose(answers[-1], clf.predict_proba(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("hook", "own_loop"),
    [
        ("train_begin", []),
        ("epoch_begin", []),
        ("test_begin", []),
        ("test_end", []),
        ("epoch_end", []),
        ("test_end", [BatchHook]),
        ("batch_end", [BatchHook]),
    ],
)
def test_evaluate_in_any_hook_leaves_the_fit_as_it_is(
    hook, own_loop, cnn, digits, bits
):
    X, y = digits
    asks, answers = asking(f"on_{hook}", lambda model: model.evaluate(X[:9], y[:9]))

    def fitted(*callbacks):
        return cnn(callbacks=[*callbacks, *own_loop]).fit(
            X, y, X_val=X[:50], y_val=y[:50]
        )

    clf, undisturbed = fitted(asks), fitted()
    assert answers
    assert bits(clf) == bits(undisturbed)
    assert clf.history_[FIGURES].equals(undisturbed.history_[FIGURES])


def test_an_autoencoder_is_evaluated_on_the_images_it_should_give(digits):
    X, _ = digits
    asks, answers = asking(
        "on_train_end",
        lambda model: (
            model.evaluate(X, X),
            model.evaluate(X, 0 * X),
            model.predict(X[..., None]),
        ),
    )
    ConvAutoencoder(
        filters=(2,), epochs=1, random_state=0, precision="float32", callbacks=asks
    ).fit(X)
    ((to_itself, to_black, made),) = answers
    errors = (made - X[..., None] / 255) ** 2
    assert to_itself == pytest.approx(errors.mean(), rel=1e-4)
    assert to_black == pytest.approx((made**2).mean(), rel=1e-4)


def wrong_targets(y):
    return {
        "labels": np.array([f"digit {one}" for one in y]),
        "above the last class": y + 1,
        "soft rows": np.full((len(y), 10), 0.1),
        "another length": y[:3],
    }


@pytest.mark.parametrize("name", wrong_targets(np.arange(2)))
def test_targets_that_are_no_class_numbers_are_refused_with_a_cure(name, cnn, digits):
    X, y = digits
    targets = wrong_targets(y)[name]
    asks, _ = asking("on_epoch_end", lambda model: model.evaluate(X, targets))
    with pytest.raises(
        ValueError, match=r"160 class numbers from 0 to 9 .*searchsorted"
    ):
        cnn(callbacks=asks, epochs=1).fit(X, y)


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_images_of_another_shape_are_refused_with_a_cure(method, cnn, digits):
    X, y = digits
    arguments = (X.reshape(160, 64), y)[: 2 if method == "evaluate" else 1]
    asks, _ = asking("on_epoch_end", lambda m: getattr(m, method)(*arguments))
    with pytest.raises(ValueError, match=r"\(n, 8, 8, 1\), got \(160, 64\).*reshape"):
        cnn(callbacks=asks, epochs=1).fit(X, y)


@both_ways
def test_what_keras_gives_a_callback_is_there(own_loop, cnn, digits, tmp_path):
    X, y = digits

    def use(model):
        model.set_weights(model.get_weights())
        model.optimizer.learning_rate.assign(0.5)
        model.save(tmp_path / "whole.keras")
        model.save_weights(tmp_path / "part.weights.h5")
        model.stop_training = True
        names = set(model.metrics_names)
        return model.count_params(), names, float(model.optimizer.learning_rate)

    asks, answers = asking("on_epoch_end", use)
    clf = cnn(callbacks=[asks, *own_loop]).fit(X, y)
    ((n_parameters, names, rate),) = answers
    assert n_parameters == clf.n_parameters_
    assert "loss" in names
    assert rate == 0.5
    assert clf.n_iter_ == 1
    assert len(list(tmp_path.iterdir())) == 2


# --- Keras' own callbacks -------------------------------------------------------------


# Name: function that makes the callback, which may write into a folder.
KERAS_OWN = {
    "LambdaCallback": lambda folder: keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: None
    ),
    "ModelCheckpoint": lambda folder: keras.callbacks.ModelCheckpoint(
        folder / "best.keras", monitor="val_accuracy", save_best_only=True
    ),
    "ReduceLROnPlateau": lambda folder: keras.callbacks.ReduceLROnPlateau(
        "loss", patience=1, min_delta=9.0
    ),
    "EarlyStopping": lambda folder: keras.callbacks.EarlyStopping(
        "val_accuracy", patience=1
    ),
    "CSVLogger": lambda folder: keras.callbacks.CSVLogger(folder / "log.csv"),
    "TerminateOnNaN": lambda folder: keras.callbacks.TerminateOnNaN(),
    "LearningRateScheduler": lambda folder: keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: rate / 2
    ),
    "BackupAndRestore": lambda folder: keras.callbacks.BackupAndRestore(folder / "b"),
    "SwapEMAWeights": lambda folder: keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
    "SwapEMAWeights for tests": lambda folder: keras.callbacks.SwapEMAWeights(),
    "TqdmCallback": lambda folder: TqdmCallback(verbose=0),
    "TqdmCallback with batches": lambda folder: TqdmCallback(verbose=1),
}


@pytest.mark.parametrize("name", KERAS_OWN)
def test_keras_own_callbacks_do_the_same_on_both_ways(name, digits, tmp_path):
    X, y = digits
    averaged = keras.optimizers.Adam(use_ema=True, ema_momentum=0.5)
    optimizer = averaged if "EMA" in name else "adam"

    def fitted(folder, *own_loop):
        folder.mkdir()
        clf = network(
            callbacks=[KERAS_OWN[name](folder), *own_loop],
            optimizer=optimizer,
            learning_rate=0.01,
        )
        return clf.fit(X, y, X_val=X[:50], y_val=y[:50])

    fast, slow = fitted(tmp_path / "a"), fitted(tmp_path / "b", BatchHook)
    columns = [*FIGURES, "learning_rate"]
    np.testing.assert_allclose(
        fast.history_[columns], slow.history_[columns], rtol=1e-4, atol=1e-6
    )
    for mine, theirs in zip(fast._state.weights, slow._state.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_weights_averaged_by_keras_are_those_that_are_kept(digits):
    X, y = digits
    momentum = 0.5
    asks, answers = asking("on_epoch_end", lambda model: model.get_weights())
    clf = network(
        optimizer=keras.optimizers.SGD(use_ema=True, ema_momentum=momentum),
        callbacks=[asks, keras.callbacks.SwapEMAWeights(swap_on_epoch=True)],
        batch_size=len(X),
    ).fit(X, y)
    # One step per epoch: the averages can be followed by hand.
    seen = answers[0]
    for weights in answers[1:]:
        seen = [
            momentum * average + (1 - momentum) * weight
            for average, weight in zip(seen, weights, strict=True)
        ]
    for kept, expected in zip(clf._state.weights, seen, strict=True):
        np.testing.assert_allclose(kept, expected, rtol=1e-4, atol=1e-6)


def test_nothing_of_keras_own_callbacks_goes_on_into_the_next_fit(
    cnn, digits, tmp_path
):
    X, y = digits
    ended = []
    callbacks = [
        keras.callbacks.EarlyStopping("loss", patience=5, restore_best_weights=True),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.LambdaCallback(on_train_end=ended.append),
        keras.callbacks.ReduceLROnPlateau("loss", patience=1),
    ]
    before = [dict(vars(callback)) for callback in callbacks]
    clf = cnn(callbacks=callbacks).fit(X, y)
    first = clf.history_[["loss", "learning_rate"]]
    assert clf.fit(X, y).history_[["loss", "learning_rate"]].equals(first)
    assert [vars(callback) for callback in callbacks] == before
    assert len(ended) == 2
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


def test_a_history_of_the_users_fills_and_changes_ours_in_nothing(cnn, digits):
    X, y = digits
    history = keras.callbacks.History()
    clf = cnn(callbacks=[history])
    assert len(clf.fit(X, y).history_) == 2
    assert len(clf.fit(X, y).history_) == 2
    assert len(history.history["loss"]) == 4


# --- a callback's own world -----------------------------------------------------------


class Listing(keras.callbacks.Callback):
    """Notes losses in a list, under a lock, as one does with a file or a bar."""

    def __init__(self):
        super().__init__()
        self.losses = []
        self.lock = threading.Lock()
        self.on_epoch_begin = self.note_begin

    def note_begin(self, epoch, logs=None):
        assert self.model is not None

    def on_epoch_end(self, epoch, logs=None):
        with self.lock:
            self.losses.append(logs["loss"])


@both_ways
def test_a_list_in_a_callback_fills_in_every_fold(own_loop, cnn, digits):
    X, y = digits
    callback = Listing()
    clf = cnn(callbacks=[callback, *own_loop])
    cross_val_score(clf, X, y, cv=2)
    assert len(callback.losses) == 4
    assert clone(clf).callbacks[0] is callback
    assert callback.model is None


class TrialPruned(Exception):
    """What Optuna raises."""


class Trial:
    """Has what a pruning callback asks of Optuna's trial."""

    def __init__(self):
        self.values = {}

    def report(self, value, step):
        self.values[step] = value

    def should_prune(self):
        return len(self.values) == 2


class Pruning(keras.callbacks.Callback):
    def __init__(self, trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch, logs=None):
        self.trial.report(logs["loss"], epoch)
        if self.trial.should_prune():
            raise TrialPruned


def test_a_pruning_callback_reports_to_its_trial_and_prunes(cnn, digits):
    X, y = digits
    trial = Trial()
    clf = clone(cnn(callbacks=[Pruning(trial)], epochs=5))
    with pytest.raises(TrialPruned):
        clf.fit(X, y)
    assert list(trial.values) == [0, 1]


def test_tqdms_own_callback_counts_the_epochs(cnn, digits, capsys):
    X, y = digits
    callback = TqdmCallback(verbose=0)
    clone(cnn(callbacks=[callback], epochs=3)).fit(X, y)
    assert callback.epoch_bar.n == 3
    assert callback.epoch_bar.total == 3
    assert "3/3" in capsys.readouterr().err


@pytest.mark.parametrize(
    "make", [Listing, lambda: Listing()], ids=["class", "function"]
)
@pytest.mark.parametrize("form", [list, tuple, dict, None], ids=str)
def test_what_makes_a_callback_is_called_once_per_fit(make, form, cnn, digits):
    X, y = digits
    made = []

    def counted():
        made.append(make())
        return made[-1]

    forms = {list: [counted], tuple: (counted,), dict: {"a": counted}}
    clf = clone(cnn(callbacks=forms.get(form, counted)))
    clf.fit(X, y).fit(X, y)
    assert [len(callback.losses) for callback in made] == [2, 2]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda x: x, r"functions without arguments .*, got <function"),
        (dict, r"returned \{\}"),
        ([[len]], "got <built-in function len>"),
    ],
    ids=["arguments", "no callback", "built-in"],
)
def test_a_function_that_makes_no_callback_is_named(wrong, match):
    with pytest.raises(TypeError, match=match):
        fresh_callbacks(wrong, {})


def test_a_hook_that_is_an_attribute_asks_for_keras_own_loop():
    callback = keras.callbacks.Callback()
    assert not has_batch_hooks(callback)
    callback.on_train_batch_end = lambda batch, logs=None: None
    assert has_batch_hooks(callback)
    assert CNNClassifier(callbacks=callback).callbacks is callback
