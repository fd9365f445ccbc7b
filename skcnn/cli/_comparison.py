"""The models of a comparison, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sklearn.base import BaseEstimator

from skcnn import Comparison
from skcnn.cli._models import check_parameter, make_model, names_of, set_parameters
from skcnn.cli._options import SettingOptions, TrainingOptions
from skcnn.cli._paths import check_output, check_report_output
from skcnn.cli._terminal import Terminal
from skcnn.cli._values import parse_settings
from skcnn.reporting._verdict import verdict


def check_outputs(
    report: Path | None, out: Path | None, store: Path | None, data: TrainingOptions
) -> None:
    """Raise where what a comparison writes could not be written."""
    inputs = [data.source, data.labels, data.test, data.test_labels]
    check_report_output(report, "--report", inputs)
    check_output(out, "--out", [".csv", ".md"], inputs=inputs)
    if store is not None and store.is_file():
        raise ValueError(f"--store {store} is a file; name a folder.")


def make_models(
    names: Sequence[str], options: SettingOptions
) -> dict[str, BaseEstimator]:
    """Return the unfitted models by their names, without seeds.

    Parameters
    ----------
    names : sequence of str
        Names of models and ids of recipes.
    options : SettingOptions
        ``name=value`` for all models that have the parameter, ``model:name=value`` for
        one.

    Raises
    ------
    ValueError
        For no names, an unknown one, one that comes twice, and a parameter that no
        model has.
    """
    if not names:
        raise ValueError("--models is empty; name some, such as --models cnn,svm.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"--models has {', '.join(twice)} twice.")
    models = {name: make_model(name, {}) for name in names}
    for key, value in _ordered(options):
        owner, colon, parameter = key.rpartition(":")
        if not colon:
            _set_all(models, parameter, value)
        elif owner in models:
            set_parameters(owner, models[owner], {parameter: value})
        else:
            raise ValueError(
                f"--set {key}=...: {owner!r} is none of --models {','.join(names)}."
            )
    return models


def _ordered(options: SettingOptions) -> Iterable[tuple[str, object]]:
    """Return what is set, what is for all models before what is for one."""
    settings = parse_settings(options.settings or ())
    if options.epochs is not None:
        settings.setdefault("epochs", options.epochs)
    return sorted(settings.items(), key=lambda item: ":" in item[0])


def _set_all(models: dict[str, BaseEstimator], parameter: str, value: object) -> None:
    """Set a parameter of all models that have it."""
    owners = [name for name, model in models.items() if names_of(model, parameter)]
    for name in owners or [next(iter(models))]:
        # With no owner this raises, and lists the first model's parameters.
        check_parameter(name, models[name], parameter)
        set_parameters(name, models[name], {parameter: value})


def show(comparison: Comparison, terminal: Terminal) -> None:
    """Show the table, best first, and the verdict."""
    table = comparison.table_
    first, *others = comparison.scoring_
    columns = {
        "model": table.index,
        first: table[first],
        "sd": table[f"{first}_sd"],
        **{score: table[score] for score in others},
        "fit s": table["fit_seconds"],
        "s/1000": table["seconds_per_1000"],
        "weights": table["n_parameters"],
    }
    if f"test_{first}" in table:
        columns[f"test {first}"] = table[f"test_{first}"]
    terminal.table(columns, zip(*columns.values(), strict=True))
    words = verdict(comparison)
    terminal.result("\n" + " ".join([words.sentence, *words.remarks]))


def write_table(comparison: Comparison, path: Path) -> None:
    """Write the table as Markdown or as CSV, by the file's ending."""
    is_markdown = path.suffix.lower() == ".md"
    text = comparison.to_markdown() if is_markdown else comparison.table_.to_csv()
    path.write_text(text, encoding="utf-8")


def raise_failures(comparison: Comparison) -> None:
    """Raise if a model has failed, or none was judged, after all have been shown."""
    errors = comparison.table_["error"]
    failed = errors[errors != ""]
    if len(failed):
        names = "; ".join(f"{name}: {error}" for name, error in failed.items())
        raise ValueError(f"{len(failed)} of {len(errors)} models failed. {names}")
    first = comparison.scoring_[0]
    if comparison.table_[first].isna().all():
        can_have = any(
            "probability" in model.get_params()
            for model in comparison.estimators_.values()
        )
        cure = "pass --set probability=True, or " if can_have else ""
        raise ValueError(
            f"No model gives {first}, by which they are ranked; {cure}name another "
            "score first in --scoring, such as accuracy."
        )
