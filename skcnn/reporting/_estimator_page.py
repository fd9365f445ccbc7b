"""What the page about one fitted estimator shows: numbers, pictures, sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import f1_score, log_loss

from skcnn import plots
from skcnn.base import words as wording
from skcnn.base.nested import fitted_inside
from skcnn.base.versions import versions
from skcnn.comparison import Predictions
from skcnn.contract.estimator import BaseNetwork
from skcnn.reporting._given_names import Names
from skcnn.reporting._pictures import draw, draw_model, leave_out
from skcnn.reporting._sections import (
    class_line,
    data_section,
    estimator_code,
    first_warning,
    settings_block,
    smoothing_note,
    surroundings,
)

# Normal quantile of a 95 % interval.
_Z = 1.959964


def estimator_page(estimator: Any, X: Any, y: Any, names: Names) -> dict[str, Any]:
    """Return the variables of the template."""
    name, network = class_line(estimator), _network(estimator)
    page = {
        "title": name,
        "subject": "Fitted estimator",
        "verdict": f"{name} is fitted; without test images, nothing can be said about "
        "how well it does.",
        "remarks": (),
        "facts": _training_facts(network),
        "said": None,
        "names": names,
        **_training(network),
        "settings": [settings_block(name, estimator)],
        "method": surroundings(versions()).items(),
        "code": estimator_code(estimator),
    }
    if X is None:
        return page
    shape = getattr(network, "image_shape_", None)
    said = Predictions.from_estimator(estimator, X, y, image_shape=shape, name=name)
    # Whose labels are in the order of the probabilities, as scikit-learn wants them.
    scores = _scores(said)
    said = names.of_predictions(said)
    data = data_section(X, said.y_true)
    facts = [("Accuracy", wording.number(_accuracy(said), 3)), scores[-1]]
    return page | {
        "subject": f"Fitted estimator · {_n_images(said)}",
        "verdict": _verdict(said),
        "remarks": (*_worst_mistake(said), *first_warning(data)),
        "facts": facts + page["facts"],
        "said": said,
        "scores": scores,
        "drawn": page["drawn"] | draw_model(said, names),
        "data": data,
    }


# --- what it said of test images --------------------------------------------------


def _verdict(said: Predictions) -> str:
    n = len(said.y_true)
    n_right = n - said.n_wrong
    low, high = (wording.number(end, 3) for end in _wilson(n_right, n))
    return (
        f"{said.name} reads {wording.count(n_right)} of {_n_images(said)} rightly: "
        f"accuracy {wording.number(_accuracy(said), 3)}, with 95 % confidence between "
        f"{low} and {high}."
    )


def _wilson(n_right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927)."""
    share, z2 = n_right / n, _Z**2 / n
    middle = share + z2 / 2
    half = _Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return (middle - half) / (1 + z2), (middle + half) / (1 + z2)


def _worst_mistake(said: Predictions) -> list[str]:
    worst = said.worst_confusion()
    if worst is None:
        return []
    true, read, n_times = worst
    often = wording.plural(n_times, "time")
    return [f"Its most frequent mistake: {true} read as {read} ({often})."]


def _scores(said: Predictions) -> list[tuple[str, str]]:
    """Return scores and their names; the last is the time."""
    n = len(said.y_true)
    f1 = f1_score(said.y_true, said.y_pred, average="macro", zero_division=0.0)
    scores = [
        ("Images", wording.count(n)),
        ("Read wrongly", wording.count(said.n_wrong)),
        ("Accuracy", wording.number(_accuracy(said), 4)),
        ("Macro F1", wording.number(f1, 4)),
    ]
    if said.proba is not None:
        loss = log_loss(said.y_true, said.proba, labels=said.classes)
        scores.append(("Log loss (less is better)", wording.number(loss, 4)))
    # The first prediction of a network in a process also traces it.
    seconds = wording.seconds(1000 * min(said.seconds) / n)
    return [*scores, ("Time for 1000 images", seconds)]


def _accuracy(said: Predictions) -> float:
    return 1 - said.n_wrong / len(said.y_true)


def _n_images(said: Predictions) -> str:
    return wording.plural(len(said.y_true), "test image")


# --- how it was trained -----------------------------------------------------------


def _network(estimator: Any) -> Any:
    """Return the fitted network inside; None: there is none, or more than one."""
    networks = list(fitted_inside(estimator, _is_fitted_network))
    return networks[0] if len(networks) == 1 else None


def _is_fitted_network(estimator: Any) -> bool:
    return isinstance(estimator, BaseNetwork) and hasattr(estimator, "history_")


def _training_facts(network: Any) -> list[tuple[str, str]]:
    if network is None:
        return []
    facts = [("Parameters", wording.count(network.n_parameters_))]
    if "seconds" in network.history_:
        spent = wording.seconds(network.history_["seconds"].sum())
        facts.insert(0, ("Time to train", spent))
    return facts


def _training(network: Any) -> dict[str, Any]:
    if network is None:
        none = leave_out("training history", "the estimator keeps none")
        return {"drawn": {"history": none}, "what": "", "n_epochs": "", "smoothing": ""}
    history = network.history_
    drawn = draw(
        "training history", lambda: plots.HistoryDisplay.from_estimator(network)
    )
    classes = getattr(network, "classes_", ())
    return {
        "drawn": {"history": drawn},
        "smoothing": smoothing_note({class_line(network): network}, len(classes)),
        "what": "loss and accuracy" if "accuracy" in history else "loss",
        "n_epochs": wording.plural(len(history), "epoch"),
    }
