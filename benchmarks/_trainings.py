"""What `reports` trains, on which images, and one training from start to end."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from time import perf_counter

import numpy as np

from ._measure import PACKAGES, _version

# The report on TN cut its test images off the training images.
TN_CUT = "TN, report's cut"
_N_DSTI, _N_DSTI_TEST = 9000, 3000


@dataclass(frozen=True)
class Entry:
    """One line of the table: an estimator, its task, and what was reported."""

    name: str
    task: str
    make: object
    n_images: int | None = None
    reported_accuracy: float | None = None
    reported_seconds: float | None = None
    note: str = ""
    n_parameters: int | None = None


def recipes():
    """Return an entry per recipe, by id."""
    from skcnn import recipes

    table = recipes.list()
    table = table.astype(object).where(table.notna(), None)
    return {
        id: Entry(
            id,
            TN_CUT if row.task == "TN" else row.task,
            partial(recipes.make, id),
            row.reported_images,
            row.reported_accuracy,
            row.reported_seconds,
            row.note,
            row.parameters,
        )
        for id, row in table.iterrows()
    }


@cache
def images(task, seed=0):
    """Return X, y, X_test, y_test of a task; the seed decides the draw of TN."""
    from skcnn import datasets

    if task == "TD":
        from sklearn.model_selection import train_test_split

        X, y = datasets.load_digits()
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.25, stratify=y, random_state=0
        )
        return X, y, X_test, y_test
    if task == TN_CUT:
        X, y = datasets.make_noisy_digits(split="train", random_state=seed)
        train, test = slice(_N_DSTI), slice(_N_DSTI, _N_DSTI + _N_DSTI_TEST)
        return X[train], y[train], X[test], y[test]
    if task == "TN":
        fetch = partial(datasets.make_noisy_digits, random_state=seed)
    else:
        labels = {"T5": "five", "T10": "garments"}[task]
        fetch = partial(datasets.fetch_fashion_mnist, labels=labels)
    return *fetch(split="train"), *fetch(split="test")


@dataclass
class Limits:
    """Where a training stops before its last epoch, and what looking cost.

    The accuracy is measured on the test images, as the reports did: it decides when to
    stop, so the note of the result says so. Its time does not count.
    """

    X: np.ndarray
    y: np.ndarray
    until: float | None
    minutes: float | None
    stopped: str | None = None
    seconds: float = 0.0
    began: float = field(default_factory=perf_counter)

    def callback(self):
        """Return a Keras callback that looks at the clock and at the accuracy."""
        import keras

        limits = self

        class Stop(keras.callbacks.Callback):
            def __deepcopy__(self, memo):
                return self  # a fit works on copies, and this one is read afterwards

            def on_epoch_end(self, epoch, logs=None):
                limits.look(self.model)
                if limits.stopped:
                    self.model.stop_training = True

        return Stop()

    def look(self, model):
        """Set `stopped` where a limit is reached."""
        now = perf_counter()
        if self.minutes and now - self.began - self.seconds > 60 * self.minutes:
            self.stopped = "minutes"
        if self.until is not None:
            codes = model.predict(self.X).argmax(axis=1)
            if np.mean(codes == self.y) >= self.until:
                self.stopped = "until"
            self.seconds += perf_counter() - now


def train(entry, options, seed=0):
    """Train one entry; return what is stored of it.

    Parameters
    ----------
    entry : Entry
    options : argparse.Namespace
        `images`, `epochs`, `until`, `minutes`, `set`, `checkpoints` and `verbose`.
    seed : int
        Every `random_state` of the estimator, and the draw of TN.

    Returns
    -------
    dict
        It can be written as JSON.
    """
    from skcnn.keras_door import start_tensorflow, thread_budget

    tf = start_tensorflow()
    X, y, X_test, y_test = images(entry.task, seed)
    n_images = min(options.images or entry.n_images or len(X), len(X))
    estimator = entry.make().set_params(**dict(options.set))
    epochs = [*_everywhere(estimator, "epochs").values()]
    planned = epochs[0] if epochs else None
    stated = settings(options)
    if options.epochs and epochs == [None]:
        stated["epochs"] = str(options.epochs)  # in place of an automatic number
    _change(estimator, entry, options, seed)
    limits = _limited(estimator, X_test, y_test, options)

    started = perf_counter()
    if limits:
        limits.began = started
    estimator.fit(X[:n_images], y[:n_images])
    seconds = perf_counter() - started - (limits.seconds if limits else 0)
    return {
        "id": entry.name,
        "seed": seed,
        "task": entry.task,
        **_figures(estimator, X_test, y_test),
        "seconds": round(seconds, 1),
        "n_parameters": getattr(estimator, "n_parameters_", None),
        "images": n_images,
        "images_of_task": len(X),
        "epochs": getattr(estimator, "n_iter_", options.epochs or planned),
        "epochs_of_recipe": planned,
        "stopped": limits and limits.stopped,
        "until": options.until,
        "minutes": options.minutes,
        "set": stated,
        "threads": thread_budget(),
        "gpus": len(tf.config.list_physical_devices("GPU")),
        "versions": {name: _version(name) for name in PACKAGES if _version(name)},
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _figures(estimator, X, y):
    if hasattr(estimator, "predict"):
        return {"accuracy": float(np.mean(estimator.predict(X) == y))}
    return {"accuracy": None, "mse": -float(estimator.score(X))}


def _everywhere(estimator, name):
    """Return the values of a parameter by its names, in the parts of a pipeline too."""
    params = estimator.get_params()
    return {k: v for k, v in params.items() if k.split("__")[-1] == name}


def settings(options):
    """Return what is set otherwise than the recipe has it, as text by name."""
    return {name: str(value) for name, value in options.set}


def _change(estimator, entry, options, seed):
    """Set the seed, epochs, and how to go on after an interrupt."""
    wanted = {"random_state": seed}
    if options.checkpoints:
        parts = [entry.name, *settings(options).values(), str(seed)]
        wanted["checkpoint_dir"] = str(options.checkpoints / "-".join(parts))
    if options.epochs:
        wanted["epochs"] = options.epochs
    if options.verbose:
        wanted["verbose"] = True
    for name, value in wanted.items():
        estimator.set_params(**dict.fromkeys(_everywhere(estimator, name), value))


def _limited(estimator, X, y, options):
    """Put the limits into an estimator that has epochs, and return them."""
    is_limited = options.until is not None or options.minutes is not None
    if not is_limited or "callbacks" not in estimator.get_params():
        return None
    limits = Limits(
        X.reshape(*X.shape[:3], -1),
        np.searchsorted(np.unique(y), y),
        options.until,
        options.minutes,
    )
    estimator.set_params(callbacks=[limits.callback()])
    return limits
