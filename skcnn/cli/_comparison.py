"""The models of a comparison, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sklearn.base import BaseEstimator

import skcnn
from skcnn import Comparison
from skcnn.base.atomic import replacing
from skcnn.cli._models import check_parameter, make_model, names_of, set_parameters
from skcnn.cli._options import ComparisonOptions, SettingOptions, TrainingOptions
from skcnn.cli._paths import check_output, check_store
from skcnn.cli._terminal import Terminal
from skcnn.cli._values import parse_settings


def check_outputs(output: ComparisonOptions, data: TrainingOptions) -> None:
    """Raise where what a comparison writes could not be written."""
    inputs = [data.source, data.labels, data.test, data.test_labels]
    check_output(output.report, "--report", [".html", ".htm"], inputs=inputs)
    check_output(output.out, "--out", [".csv", ".md"], inputs=inputs)
    check_store(output.store)


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
    settings = parse_settings(options.settings or (), options.epochs)
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
    first, *others = comparison.scoring_
    heads = {
        "estimator": "model",
        first: first,
        f"{first}_sd": "sd",
        **{score: score for score in others},
        "fit_seconds": "fit s",
        "seconds_per_1000": "s/1000",
        "n_parameters": "weights",
        f"test_{first}": f"test {first}",
    }
    table = comparison.table_.reset_index()
    terminal.table(table[[name for name in heads if name in table]], heads)
    remarks = comparison.ranking_.remarks
    terminal.result("\n" + " ".join([comparison.verdict_, *remarks]))


def write(
    comparison: Comparison, output: ComparisonOptions, terminal: Terminal
) -> None:
    """Write the table and the page, where they are wanted, and say where."""
    if output.out is not None:
        _write_table(comparison, output.out)
        terminal.note(f"The table is in {output.out}.")
    if output.report is not None:
        page = skcnn.report(comparison, output.report)
        terminal.note(f"The report is in {page}.")


def _write_table(comparison: Comparison, path: Path) -> None:
    """Write the table as Markdown or as CSV, by the file's ending."""
    is_markdown = path.suffix.lower() == ".md"
    text = comparison.to_markdown() if is_markdown else comparison.table_.to_csv()
    with replacing(path) as file:
        file.write(text.encode())


def raise_failures(comparison: Comparison) -> None:
    """Raise if a model has failed, or none was judged, after all have been shown."""
    errors = comparison.table_["error"]
    failed = errors[errors != ""]
    if len(failed):
        names = "; ".join(f"{name}: {error}" for name, error in failed.items())
        error = ValueError(f"{len(failed)} of {len(errors)} models failed. {names}")
        for text in comparison.tracebacks_.values():
            error.add_note(text)  # for --debug
        raise error
    raise_unjudged(comparison)


def raise_unjudged(comparison: Comparison) -> None:
    """Raise if no model has the score by which they are ranked."""
    table, first = comparison.table_, comparison.scoring_[0]
    if table[first].notna().any():
        return
    if (table["error"] != "").all():
        raise ValueError("None was judged on every fold: the warnings say why.")
    can_have = any(
        names_of(model, "probability") for model in comparison.estimators_.values()
    )
    cure = "pass --set probability=True, or " if can_have else ""
    raise ValueError(
        f"No model gives {first}, by which they are ranked; {cure}begin --scoring with "
        "another score, such as accuracy."
    )
