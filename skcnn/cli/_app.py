"""The command and its subcommands.

They import what they need when they run, so that ``skcnn --help`` is there at once.
"""

import warnings
from collections.abc import Callable, Collection
from dataclasses import replace

import typer

import skcnn
from skcnn.cli import _option_types as t
from skcnn.cli._option_groups import with_groups
from skcnn.cli._terminal import NOTHING_WRITTEN, Terminal, kept_in

app = typer.Typer(
    name="skcnn",
    help="Image classifiers from a shell: compare, search, fit, predict, report.",
    epilog="skcnn COMMAND --help shows examples. The first thing to try: "
    "skcnn compare digits --models svm,cnn --epochs 5 --cv 3",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _command(panel: str, *examples: str, without: Collection[str] = ()) -> Callable:
    """Make a function a subcommand; its help stands in its docstring.

    ``without`` are options that the groups which it takes have, and it has not.
    """
    # typer joins single lines, and keeps those that are apart.
    below = "\n\n".join(["[bold]Examples[/bold]", *examples])
    register = app.command(rich_help_panel=panel, epilog=below)
    return lambda function: register(with_groups(function, without))


@app.callback()
def _main(version: t.Version = False) -> None:
    del version


@_command(
    "Work",
    "skcnn compare digits",
    "skcnn compare digits --models svm,cnn --epochs 5 --cv 3",
    "skcnn compare train.csv --target Label --models cnn,resnet,svm,C3 "
    "--report out.html",
    "skcnn compare fashion --images 5000 --models cnn,svm,hog --set svm:C=10 "
    "--store runs/",
)
def compare(
    source: t.Source,
    *,
    models: t.Models = None,
    settings: t.Settings,
    seed: t.Seed = 0,
    store: t.Store = None,
    max_seconds: t.MaxSeconds = None,
    report: t.Report = None,
    class_names: t.ClassNames = None,
    out: t.ComparisonTable = None,
    cv: t.Folds = 5,
    scoring: t.Scores = "accuracy,f1_macro,neg_log_loss",
    n_jobs: t.Jobs = None,
    terminal: Terminal,
) -> None:
    """Compare models on the same folds: a table, a verdict, and a page to show.

    --set NAME=VALUE is for every model that has it, --set MODEL:NAME=VALUE
    for one. With --test each model is also fitted on all images, and judged once.
    """
    with terminal.telling_errors(kept_in(store)):
        from skcnn.cli import _results
        from skcnn.cli._models import make_default_models, make_models
        from skcnn.cli._parsing import split_names
        from skcnn.cli._sources import folds, read_training

        _results.check_output(
            report, "--report", [".html", ".htm"], inputs=source.files
        )
        _results.check_output(out, "--out", [".csv", ".md"], inputs=source.files)
        _results.check_store(store)
        if models is not None:  # before the data, which may take long to read
            estimators = make_models(split_names(models), settings)
        images, tests = read_training(source, seed)
        names = _results.names_of_classes(class_names, images.y)
        terminal.note_all(images, tests)
        if models is None:
            estimators, said = make_default_models(
                images.X, cv, tests is not None, settings
            )
            terminal.note(said)
        comparison = skcnn.compare(
            estimators,
            images.X,
            images.y,
            groups=images.groups,
            cv=folds(images, cv, seed),
            scoring=split_names(scoring),
            X_test=None if tests is None else tests.X,
            y_test=None if tests is None else tests.y,
            n_jobs=n_jobs,
            random_state=seed,
            store=store,
            max_seconds=max_seconds,
            verbose=int(not terminal.quiet),
        )
        _results.show_comparison(comparison, terminal)
        if out is not None:
            _results.write_comparison(comparison, out)
            terminal.note(f"The table is in {out}.")
        if report is not None:
            page = skcnn.report(
                comparison,
                report,
                class_names=names,
                command=_results.typed_command(),
            )
            terminal.note(f"The report is in {page}.")
        _results.raise_failures(comparison)


@_command(
    "Work",
    "skcnn search train.csv --model cnn --grid kernel_size=3,5,6-7-8",
    "skcnn search digits --grid kernel_size=3,5 --grid learning_rate=0.001,0.01 "
    "--epochs 5",
    "skcnn search fashion --policy halving --max-seconds 600 --store runs/ "
    "--grid learning_rate=loguniform:1e-4:1e-1 --grid kernel_size=3,5 --n-iter 30",
    "skcnn search digits --model svm --grid C=1,3,10 --grid gamma=scale,0.01 "
    "--out svm.skcnn",
)
def search(
    source: t.Source,
    *,
    model: t.Model = "cnn",
    settings: t.Settings,
    seed: t.Seed = 0,
    grid: t.Grid,
    n_iter: t.NIter = None,
    policy: t.SearchPolicy = None,
    max_seconds: t.SearchSeconds = None,
    out: t.SavedModel = None,
    force: t.Force = False,
    cv: t.Folds = 3,
    scoring: t.Score = "accuracy",
    n_jobs: t.Jobs = None,
    store: t.Store = None,
    terminal: Terminal,
) -> None:
    """Try combinations of parameters by cross-validation; the best come first.

    With --out the best one is fitted on all images and saved, with --test it is
    fitted and judged. With --policy only the best go on training; with
    --max-seconds the search ends in time (by halving, where no policy is named).
    """
    with terminal.telling_errors(kept_in(store)):
        from skcnn.cli import _results
        from skcnn.cli._continuing import continuing_search
        from skcnn.cli._models import make_candidates, make_classifier
        from skcnn.cli._sources import folds, read_training

        _results.check_output(out, "--out", [".skcnn"], may_replace=force)
        _results.check_store(store)
        estimator = make_classifier(model, settings, seed)
        candidates, parameters = make_candidates(model, estimator, grid, n_iter, seed)
        images, tests = read_training(source, seed)
        terminal.note_all(images, tests)
        splitter = folds(images, cv, seed)
        wants_model = out is not None or tests is not None
        if policy is not None or max_seconds is not None:
            search = continuing_search(
                estimator,
                candidates,
                parameters,
                images,
                cv=splitter,
                policy=(policy or t.Policy.halving).value,
                scoring=scoring,
                refit=wants_model,
                n_jobs=n_jobs,
                random_state=seed,
                store=store,
                max_seconds=max_seconds,
                verbose=int(not terminal.quiet),
            )
            _results.show_continuing(search, candidates, parameters, terminal)
            terminal.note(f"The best one: {list(candidates)[search.best_index_]}")
            if wants_model:
                best = search.best_estimator_
                _results.save_and_judge(best, images, tests, out, terminal)
            return
        n_fits = len(candidates) * cv
        terminal.note(f"{len(candidates)} candidates on {cv} folds: {n_fits} fits")
        comparison = skcnn.compare(
            candidates,
            images.X,
            images.y,
            groups=images.groups,
            cv=splitter,
            scoring=scoring,
            n_jobs=n_jobs,
            random_state=seed,
            store=store,
            verbose=int(not terminal.quiet),
        )
        _results.show_search(comparison, candidates, parameters, terminal)
        _results.raise_unjudged(comparison)
        terminal.note(f"The best one: {comparison.best_}")
        if wants_model:
            best = candidates[comparison.best_]
            _results.fit_and_save(best, model, images, tests, out, terminal)


@_command(
    "Work",
    "skcnn fit train.csv --target Label --drop Id --model cnn --out model.skcnn",
    "skcnn fit digits --set filters=16-32 --set epochs=5 --out model.skcnn",
    "skcnn fit flowers/ --model resnet --out flowers.skcnn",
    "skcnn fit train.csv --images-dir train/ --size 96x96 --out model.skcnn",
    "skcnn fit fashion --test fashion:test --model C3 --epochs 12 --out c3.skcnn",
    without=["groups"],
)
def fit(
    source: t.Source,
    *,
    model: t.Model = "cnn",
    settings: t.Settings,
    seed: t.Seed = 0,
    out: t.SavedModel = None,
    force: t.Force = False,
    no_score: t.NoScore = False,
    terminal: Terminal,
) -> None:
    """Say how good a model is, train it on all images, and save it.

    It is scored on a fifth of the images that is held out, or below 1000 images
    by five folds; with --test it is judged on those images instead, once.
    """
    with terminal.telling_errors(NOTHING_WRITTEN):
        from skcnn.cli import _results
        from skcnn.cli._fit_score import next_command, say_score
        from skcnn.cli._models import make_classifier
        from skcnn.cli._sources import read_training

        if out is None and source.test is None:
            raise ValueError(
                "Nothing would be left of the training: name a file to save the model "
                "to, --out model.skcnn, or test images, --test."
            )
        estimator = make_classifier(model, settings, seed)
        _results.check_output(out, "--out", [".skcnn"], may_replace=force)
        images, tests = read_training(source, seed)
        terminal.note_all(images, tests)
        trouble = ""
        if tests is None and not no_score:
            trouble = say_score(estimator, model, images, seed, terminal)
        _results.fit_and_save(estimator, model, images, tests, out, terminal)
        if trouble:
            terminal.warn(f"{model} was not scored: {trouble}")
        if out is not None:
            terminal.note(f"Next: {next_command(source, out)}")


@_command(
    "Work",
    "skcnn predict model.skcnn test.csv --out submission.csv",
    "skcnn predict model.skcnn test.csv --id ImageId --first-id 1 --out submission.csv",
    "skcnn predict model.skcnn test/ --like sample_submission.csv --out submission.csv",
    "skcnn predict flowers.skcnn new-pictures/ --proba",
    "skcnn predict flowers.skcnn one.jpg",
    without=["labels", "groups", "n_images", "test", "test_labels"],
)
def predict(
    model: t.ModelFile,
    source: t.Source,
    *,
    out: t.Submission = None,
    force: t.Force = False,
    id: t.IdName = None,
    label: t.LabelName = None,
    first_id: t.FirstId = 0,
    proba: t.Proba = False,
    like: t.Like = None,
    terminal: Terminal,
) -> None:
    """Write a label for every image: a table of ids and labels."""
    with terminal.telling_errors(NOTHING_WRITTEN):
        from skcnn.cli import _results
        from skcnn.cli._picture_sources import loader_of, without_loader
        from skcnn.cli._pixel_columns import in_order_of_model
        from skcnn.cli._sources import read_images
        from skcnn.cli._submission import predict_like, predict_with_ids, read_sample

        _results.check_output(
            out,
            "--out",
            [".csv", ".csv.gz"],
            inputs=[model, *source.files, like],
            may_replace=force,
        )
        if like is not None and (label is not None or first_id):
            raise ValueError(
                "--like has the names and ids; leave out --label, --first-id."
            )
        sample = None if like is None else read_sample(like)
        fitted = skcnn.load(model)
        loader, estimator = loader_of(fitted, source), without_loader(fitted)
        images = read_images(source, ids=id, loader=loader)
        images = in_order_of_model(images, estimator)
        terminal.note_all(images)
        if sample is not None:
            table = predict_like(sample, estimator, images, proba)
        else:
            table = predict_with_ids(estimator, images, id, label, first_id, proba)
        _results.write_table(table, out)
        if out is not None:
            terminal.note(f"{len(table)} rows are in {out}.")


@_command(
    "Work",
    "skcnn report model.skcnn labelled.csv --out page.html",
    "skcnn report c3.skcnn fashion:test --out page.html",
    without=["groups", "n_images", "test", "test_labels"],
)
def report(
    model: t.ModelFile,
    source: t.Source,
    *,
    out: t.Page,
    title: t.Title = None,
    class_names: t.ClassNames = None,
    terminal: Terminal,
) -> None:
    """Write a page about a saved model: how good it is, and where it errs.

    A page about a comparison is what skcnn compare --report writes; with the
    same --store it fits nothing again.
    """
    with terminal.telling_errors(NOTHING_WRITTEN):
        from skcnn.cli import _results
        from skcnn.cli._picture_sources import loader_of, without_loader
        from skcnn.cli._pixel_columns import in_order_of_model, rows_for
        from skcnn.cli._sources import read_images

        inputs = [model, *source.files]
        _results.check_output(out, "--out", [".html", ".htm"], inputs=inputs)
        fitted = skcnn.load(model)
        loader, estimator = loader_of(fitted, source), without_loader(fitted)
        images = read_images(source, "labels", loader=loader)
        images = in_order_of_model(images, estimator)
        terminal.note_all(images)
        X = rows_for(estimator, images)
        page = skcnn.report(
            estimator,
            out,
            X=X,
            y=images.y,
            title=title,
            class_names=_results.names_of_classes(class_names, images.y),
            command=_results.typed_command(),
        )
        terminal.note(f"The report is in {page}.")


@_command(
    "Look",
    "skcnn describe train.csv --target Label --drop Id",
    "skcnn describe flowers/",
    "skcnn describe fashion --test fashion:test",
    without=["skip_broken", "groups"],
)
def describe(
    source: t.Source,
    *,
    terminal: Terminal,
) -> None:
    """Look at images and labels before training: sizes, classes, what may be wrong."""
    with terminal.telling_errors():
        from skcnn import datasets
        from skcnn.cli._sources import read_images, read_test, sample

        wants = "labels if any"
        source = replace(source, skip_broken=True)  # they are told, not refused
        warnings.filterwarnings("ignore", ".*They are skipped")
        images = sample(read_images(source, wants), source.n_images, seed=0)
        tests = read_test(source, wants, images)
        described = datasets.describe(
            images.X,
            images.y,
            X_test=None if tests is None else tests.X,
            y_test=None if tests is None else tests.y,
            files=images.files,
        )
        terminal.note_all(images, tests)
        terminal.result(str(described))


@_command("Look", "skcnn models", "skcnn models cnn", "skcnn models --recipes")
def models(
    name: t.ModelName = None,
    *,
    recipes: t.Recipes = False,
    terminal: Terminal,
) -> None:
    """List the models, or the parameters of one of them.

    With --recipes, list the systems of the reports, whose ids are models too.
    """
    with terminal.telling_errors():
        import pandas as pd

        from skcnn.cli._models import parameter_table
        from skcnn.recipes.short_names import MODELS

        if name is not None:
            terminal.table(parameter_table(name))
            return
        if recipes:
            table = skcnn.recipes.list().reset_index()
            terminal.table(table[["id", "task", "system"]], {"id": "recipe"})
            return
        rows = [(key, model.what) for key, model in MODELS.items()]
        terminal.table(pd.DataFrame(rows, columns=["model", ""]))
        terminal.note("Systems of the reports are models, too: skcnn models --recipes")
