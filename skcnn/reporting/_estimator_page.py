"""The page about one fitted estimator."""

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
from skcnn.reporting._code_section import estimator_code
from skcnn.reporting._data_section import data_section, first_warning
from skcnn.reporting._machine import footer, surroundings
from skcnn.reporting._model_pictures import add_model_pictures
from skcnn.reporting._page import Page, Section
from skcnn.reporting._parameter_section import class_line, settings_block
from skcnn.reporting._pictures import Album
from skcnn.reporting._tables import class_table, two_columns

# Normal quantile of a 95 % interval.
_Z = 1.959964


def estimator_page(estimator: Any, X: Any, y: Any, title: str | None) -> Page:
    """Return all that the page about a fitted estimator says."""
    name = class_line(estimator)
    answers = None if X is None else _ask(estimator, X, y, name)
    sections, remarks = [], ()
    if answers is not None:
        sections += [_result(answers), _detail(answers)]
    sections.append(_training(estimator))
    if answers is not None:
        data = data_section(X, answers.y_true, "The test images")
        remarks = (*_remarks(answers), *first_warning(data))
        sections.append(data)
    sections += [_settings(estimator, name), _method(estimator)]
    return Page(
        title=title or name,
        subject=_subject(answers),
        verdict=_verdict(name, answers),
        remarks=remarks,
        facts=_facts(estimator, answers),
        sections=sections,
        footer=footer(),
    )


def _subject(answers: Predictions | None) -> str:
    text = "Fitted estimator"
    if answers is None:
        return text
    return f"{text} · {wording.plural(len(answers.y_true), 'test image')}"


# --- what it says of test images --------------------------------------------------


def _ask(estimator: Any, X: Any, y: Any, name: str) -> Predictions:
    shape = getattr(_network(estimator), "image_shape_", None)
    return Predictions.from_estimator(estimator, X, y, image_shape=shape, name=name)


def _seconds_per_1000(said: Predictions) -> str:
    # The first prediction of a network in a process also traces it.
    return wording.seconds(1000 * min(said.seconds) / len(said.y_true))


def _wilson(n_right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927)."""
    share, z2 = n_right / n, _Z**2 / n
    middle = share + z2 / 2
    half = _Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return (middle - half) / (1 + z2), (middle + half) / (1 + z2)


def _verdict(name: str, answers: Predictions | None) -> str:
    if answers is None:
        return (
            f"{name} is fitted; without test images, nothing can be said about how "
            "well it does."
        )
    n, n_right = len(answers.y_true), int((~answers.is_wrong).sum())
    low, high = (wording.number(end, 3) for end in _wilson(n_right, n))
    return (
        f"{name} reads {wording.count(n_right)} of {wording.plural(n, 'test image')} "
        f"rightly: accuracy {wording.number(n_right / n, 3)}, with 95 % confidence "
        f"between {low} and {high}."
    )


def _remarks(said: Predictions) -> list[str]:
    worst = said.worst_confusion()
    if worst is None:
        return []
    true, read, n_times = worst
    often = wording.plural(n_times, "time")
    return [f"Its most frequent mistake: {true} read as {read} ({often})."]


def _facts(estimator: Any, answers: Predictions | None) -> list[tuple[str, str]]:
    facts = []
    if answers is not None:
        accuracy = 1 - answers.n_wrong / len(answers.y_true)
        facts += [
            ("Accuracy", wording.number(accuracy, 3)),
            ("Time for 1000 images", _seconds_per_1000(answers)),
        ]
    network = _network(estimator)
    if network is not None:
        if "seconds" in network.history_:
            facts.append(
                ("Time to train", wording.seconds(network.history_["seconds"].sum()))
            )
        facts.append(("Parameters", wording.count(network.n_parameters_)))
    return facts


def _result(answers: Predictions) -> Section:
    n, n_wrong = len(answers.y_true), answers.n_wrong
    labels = answers.y_true, answers.y_pred
    f1 = f1_score(*labels, average="macro", zero_division=0.0)
    scores = {
        "Images": wording.count(n),
        "Read wrongly": wording.count(n_wrong),
        "Accuracy": wording.number(1 - n_wrong / n, 4),
        "Macro F1": wording.number(f1, 4),
        "Time for 1000 images": _seconds_per_1000(answers),
    }
    if answers.proba is not None:
        loss = log_loss(answers.y_true, answers.proba, labels=answers.classes)
        scores["Log loss (less is better)"] = wording.number(loss, 4)
    return Section(
        "result",
        "On the test images",
        tables=[
            two_columns("Scores on the test images", scores, "Score", "Value"),
            class_table(answers.class_scores().set_index("class").rename(str)),
        ],
    )


def _detail(said: Predictions) -> Section:
    album = Album("model")
    add_model_pictures(album, said)
    return Section(
        "detail", "Looked at closely", pictures=album.pictures, notes=album.notes
    )


# --- what it is -------------------------------------------------------------------


def _network(estimator: Any) -> Any:
    """Return the fitted network inside; None: there is none, or more than one."""
    networks = list(fitted_inside(estimator, _is_fitted_network))
    return networks[0] if len(networks) == 1 else None


def _is_fitted_network(estimator: Any) -> bool:
    return isinstance(estimator, BaseNetwork) and hasattr(estimator, "history_")


def _training(estimator: Any) -> Section:
    album = Album("training")
    network = _network(estimator)
    if network is None:
        album.leave_out("training history", "the estimator keeps none")
    else:
        history = network.history_
        n_epochs = wording.plural(len(history), "epoch")
        what = "loss and accuracy" if "accuracy" in history else "loss"
        album.add(
            "training history",
            lambda: plots.HistoryDisplay.from_estimator(network),
            f"{what.capitalize()} of {n_epochs}. A loss that still falls at the end "
            "asks for more epochs; a validation loss that rises, for fewer.",
            f"Curves of {what} of {n_epochs}.",
        )
    return Section("training", "Training", pictures=album.pictures, notes=album.notes)


def _settings(estimator: Any, name: str) -> Section:
    return Section(
        "settings",
        "Settings",
        ["What differs from the defaults; the rest is folded."],
        blocks=[settings_block(name, estimator)],
    )


def _method(estimator: Any) -> Section:
    lines = surroundings(versions())
    return Section(
        "method",
        "How to do it again",
        tables=[two_columns("Versions and threads", lines, "What", "Value")],
        code=estimator_code(estimator),
    )
