"""A process that has imported everything forks victims, which kill themselves.

It reads lines of JSON: what to do, in which folder, and at which moment to die (null:
never; 0: count the moments; a name: those before a function of this name is called).
For each it answers with one line: how the victim ended.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path


def fit():
    """Fit with checkpoints."""
    from conftest import bits_of, make_small, small_images

    clf = make_small(epochs=4, dropout=0.2, checkpoint_dir="checkpoints")
    return bits_of(clf.fit(*small_images()))


def save():
    """Write another model over the one that is there."""
    import skcnn

    skcnn.save(skcnn.load("other.skcnn"), "model.skcnn")
    return skcnn.load("model.skcnn").random_state


def compare():
    """Compare with a store."""
    from conftest import make_small, small_images

    import skcnn

    done = skcnn.compare(
        {"cnn": make_small(), "svm": skcnn.SVMClassifier()},
        *small_images(),
        cv=2,
        random_state=0,
        verbose=0,
        store="store",
    )
    return done.folds_.drop(columns=["fit_seconds", "predict_seconds"]).to_csv()


def search():
    """Search over networks that keep checkpoints."""
    from conftest import make_small, small_images
    from sklearn.model_selection import GridSearchCV

    clf = make_small(checkpoint_dir="checkpoints")
    done = GridSearchCV(clf, {"learning_rate": [0.01, 0.02]}, cv=2)
    return done.fit(*small_images()).cv_results_["mean_test_score"].tolist()


def continuing():
    """Search with candidates that go on, in a pipeline, with a store."""
    from conftest import make_small, small_images
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    import skcnn

    X, y = small_images()
    model = Pipeline([("same", FunctionTransformer()), ("clf", make_small(epochs=4))])
    rates = {"clf__learning_rate": [0.0001, 0.001, 0.01, 0.02]}
    done = skcnn.ContinuingSearchCV(
        model, rates, cv=2, random_state=0, refit=False, store="store"
    ).fit(X, y)
    results = {k: v for k, v in done.cv_results_.items() if "_time" not in k}
    for name in ("split0_history", "split1_history"):
        results[name] = [one.drop(columns="seconds").to_csv() for one in results[name]]
    return str({name: list(column) for name, column in results.items()})


def memory():
    """Compute the features of a backbone, and keep them."""
    from conftest import small_images

    from skcnn import PretrainedFeatures

    features = PretrainedFeatures(backbone, random_state=0, memory="memory")
    return features.fit_transform(small_images()[0]).tolist()


def backbone(input_shape):
    """Build a backbone of one convolution."""
    import keras

    images = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(images)
    return keras.Model(images, keras.layers.Conv2D(4, 3)(x))


def command(line):
    """Run the command."""
    from skcnn.cli import main

    sys.argv = ["skcnn", *line.split(), "--quiet"]
    try:
        main()
    except SystemExit as end:
        return end.code or 0


SETTINGS = "--set filters=(4,) --set convs_per_block=1 --set batch_size=16 --epochs 2"
DEEDS = {
    "fit": fit,
    "save": save,
    "compare": compare,
    "search": search,
    "continuing search": continuing,
    "memory": memory,
    "skcnn fit": partial(
        command, f"fit train.csv --target label {SETTINGS} --out model.skcnn --force"
    ),
    "skcnn predict": partial(
        command, "predict model.skcnn test.csv --out table.csv --force"
    ),
    "skcnn compare": partial(
        command,
        "compare train.csv --target label --models svm --cv 2 --store store "
        "--out table.csv",
    ),
}


def die():
    """End as `kill -9` ends a process: no handler, no buffer, no farewell."""
    os.kill(os.getpid(), signal.SIGKILL)


def run(deed, folder, moment):
    """Do it in this process, and leave what came out in a file."""
    from conftest import count_calls, stopped_at

    os.dup2(2, 1)  # the server alone answers there
    os.chdir(folder)
    act = DEEDS[deed]
    if moment is None:
        result = act()
    elif moment == 0 or isinstance(moment, str):
        result = count_calls(act, until=moment)
    else:
        result = stopped_at(moment, die, act)
    Path("result.json").write_text(json.dumps(result))


def serve():
    """Answer lines until there are no more."""
    for line in sys.stdin:
        order = json.loads(line)
        victim = os.fork()
        if not victim:
            code = 1
            try:
                run(**order)
                code = 0
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1])
        sys.stdout.write(f"{json.dumps(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    import numpy  # noqa: F401
    import scikeras.wrappers  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import tensorflow  # noqa: F401

    import skcnn.cli._app
    import skcnn.persistence  # noqa: F401

    serve()
