"""Fork, spawn and serve processes, and write what came of each as JSON."""

import json
import multiprocessing
import sys
import time

# What a process may take that imports all, and one that has all, before it hangs.
PATIENCE, SHORT_PATIENCE = 100, 15


def fit(_=None):
    """Fit, and name the bits."""
    from conftest import bits_of, make_small, small_images

    return bits_of(make_small().fit(*small_images()))


def call(name, fitted):
    """Call a method of the fitted estimator."""
    from conftest import make_small, small_images

    X, y = small_images()
    if name == "fit":
        return make_small().fit(X, y)
    if name == "load":
        import skcnn

        return skcnn.load("model.skcnn").predict(X)
    if name == "model_":
        return fitted["cnn"].model_
    if name == "partial_fit":
        return fitted["cnn"].partial_fit(X, y)
    if name == "transform":
        return fitted["features"].transform(X)
    return getattr(fitted["cnn"], name)(X)


def tell(queue, act, *arguments):
    """Put what came out, or the error, into the queue."""
    try:
        queue.put(str(act(*arguments))[:200])
    except BaseException as error:
        queue.put(f"{type(error).__name__}: {error}")


def tried(method, act, *arguments, patience=PATIENCE):
    """Do it in a process of its own; one that hangs is killed."""
    context = multiprocessing.get_context(method)
    queue = context.SimpleQueue()
    child = context.Process(target=tell, args=(queue, act, *arguments))
    started = time.monotonic()
    child.start()
    while queue.empty() and time.monotonic() - started < patience and child.is_alive():
        time.sleep(0.01)
    outcome = "it hangs" if queue.empty() else queue.get()
    seconds = round(time.monotonic() - started, 2)
    child.kill()
    child.join()
    return {"outcome": outcome, "seconds": seconds}


def main():
    done = {"fork before use": tried("fork", fit)}
    import scikeras.wrappers  # noqa: F401
    import tensorflow  # noqa: F401
    from conftest import make_small, small_images
    from joblib import Parallel, delayed

    import skcnn

    done["fork of a parent that imported only"] = tried("fork", fit)
    done["parent"] = fit()
    X, y = small_images()
    fitted = {
        "cnn": make_small().fit(X, y),
        "features": skcnn.NetworkFeatures(make_small()).fit(X, y),
    }
    skcnn.save(fitted["cnn"], "model.skcnn")
    deeds = "fit predict predict_proba partial_fit transform load model_"
    for name in deeds.split():
        done[f"fork: {name}"] = tried(
            "fork", call, name, fitted, patience=SHORT_PATIENCE
        )
    for method in ("spawn", "forkserver"):
        done[method] = {"outcome": tried(method, fit)["outcome"]}
    done["loky"] = {"outcome": Parallel(2)([delayed(fit)(0)])[0]}
    done["parent again"] = fit()
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    main()
