"""Words that scikeras, Keras and skorch have and we have not: how it is said here."""

from __future__ import annotations

from collections.abc import Callable

_RENAMED = {
    "build_fn": "model",
    "criterion": "loss",
    "lr": "learning_rate",
    "max_epochs": "epochs",
    "nb_epoch": "epochs",
}

_PREDICT = "Leave it out: predict takes images alone."
_VALIDATION = "Validation images are given to fit: fit(X, y, X_val=X_val, y_val=y_val)."
_PIECES = "Leave it out: how images are cut into pieces changes no result of theirs."
_COMPILE = "Leave it out, or let the build function return a network compiled with it."
_WHOLE = "Leave it out: every epoch goes through all images."

_SENTENCES = {
    "initial_epoch": "warm_start=True goes on where the last fit has ended.",
    "sample_weight": "Weights are given to fit: fit(X, y, sample_weight=weights).",
    "shuffle": "Leave it out: images are shuffled anew in each epoch, as random_state "
    "decides.",
    "steps_per_epoch": _WHOLE,
    "train_split": _VALIDATION,
    "validation_batch_size": _PIECES,
    "validation_data": _VALIDATION,
    "validation_split": "Leave it out: rows are held out only for what watches them.",
    "validation_freq": "Leave it out: validation images are judged after each epoch.",
    "validation_steps": _PIECES,
    **dict.fromkeys(
        ("auto_scale_loss", "jit_compile", "loss_weights", "run_eagerly"), _COMPILE
    ),
    **dict.fromkeys(("steps_per_execution", "weighted_metrics"), _COMPILE),
}


def find_cure(word: str, value, is_ours: Callable, how: str) -> str | None:
    """Return a sentence that says in our words what another word says.

    Parameters
    ----------
    word : str
    value : object
        What it was set to.
    is_ours : callable
        Tells whether a word is a parameter here.
    how : str
        Sentence with a place for parameters: ``"Pass {}."``.

    Returns
    -------
    str or None
        None: the word says nothing to us either.
    """
    if word.startswith("predict__"):
        return _PREDICT
    for prefix in ("fit__", "compile__"):
        if word.startswith(prefix):
            inner = word.removeprefix(prefix)
            return find_cure(inner, value, is_ours, how) or "Leave it out."
    if word in ("validation_split", "train_split") and _is_share(value):
        text = f"early_stopping=True, validation_fraction={value}"
        return f"Rows are held out for what watches them. {how.format(text)}"
    if word in _SENTENCES:
        return _SENTENCES[word]
    ours = _RENAMED.get(word, word)
    return how.format(f"{ours}={_show(value)}") if is_ours(ours) else None


def _is_share(value) -> bool:
    return isinstance(value, float) and 0 < value < 1


def _show(value) -> str:
    """Return a value as it may be written, or the place for one."""
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 40 and text.isprintable() else "..."
