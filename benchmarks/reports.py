"""The systems of the five reports, trained on their tasks, beside what was reported.

python -m benchmarks reports --ids C1 B2 --store results.jsonl
"""

import argparse
import ast
import json
import os
import sys
from pathlib import Path
from traceback import print_exc

from . import _defaults, _trainings
from ._measure import machine


def main(arguments):
    """Train what was asked for, and print the table."""
    options = _parser().parse_args(arguments)
    recipes, defaults = _trainings.recipes(), _defaults.entries(_defaults.TASKS)
    entries = recipes | defaults
    names = _wanted(options, recipes)
    if unknown := [name for name in names if name not in entries]:
        sys.exit(f"reports: no {unknown}; known are {'; '.join(entries)}")
    if names and not os.environ.get("SKCNN_DATA"):
        sys.exit("reports: SKCNN_DATA must name the folder with the data")

    results = _stored(options.store)
    failed = _train(names, entries, options, results)
    shown = [*recipes.values(), *(defaults[n] for n in defaults if n in results)]
    if options.format == "text":
        print(machine())
    print(_as_text([_row(e, results.get(e.name)) for e in shown], options.format))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks reports", description=__doc__
    )
    add = parser.add_argument
    add("--ids", nargs="+", help="recipes to train, or 'all'; else only the table")
    add(
        "--defaults",
        nargs="*",
        metavar="TASK",
        choices=_defaults.TASKS,
        help="train the package's own estimators on these tasks (none: all)",
    )
    add("--store", type=Path, help="file of JSON lines that keeps the results")
    add("--again", action="store_true", help="train what the store has, too")
    add("--images", type=int, help="train on that many, the first ones")
    add("--epochs", type=int)
    add("--minutes", type=float, help="stop after the epoch that ends after so long")
    add("--until", type=float, help="stop at this accuracy on the test images")
    add("--set", nargs="+", type=_setting, default=[], metavar="NAME=VALUE")
    add("--verbose", action="store_true", help="a progress bar for each training")
    add("--format", choices=["text", "markdown"], default="text")
    return parser


def _setting(text):
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def _wanted(options, recipes):
    names = list(recipes) if options.ids == ["all"] else options.ids or []
    if options.defaults is not None:
        names += _defaults.entries(options.defaults or _defaults.TASKS)
    return names


def _train(names, entries, options, results):
    """Train, store and put into `results`; return the names of those that failed."""
    failed = []
    for name in names:
        if name in results and not options.again:
            _say(f"{name}: stored, not trained again")
            continue
        _say(f"{name}: training")
        try:
            result = _trainings.train(entries[name], options)
        except Exception:  # the others are worth their hours all the same
            print_exc()
            failed.append(name)
            continue
        results[name] = result
        if options.store is not None:
            with options.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
        cells = _row(entries[name], result)
        _say(f"{name}: {cells['ours']} in {cells['our s']} s ({cells['how']})")
    return failed


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _stored(path):
    """Return the last result of each name."""
    if path is None or not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {result["id"]: result for result in map(json.loads, lines)}


# --- the table ------------------------------------------------------------------------


def _row(entry, result):
    result = result or {}
    return {
        "id": entry.name,
        "task": entry.task,
        "parameters": _number(result.get("n_parameters") or entry.n_parameters),
        "reported": _number(entry.reported_accuracy, 4),
        "ours": _number(result.get("accuracy"), 4),
        "reported s": _number(entry.reported_seconds),
        "our s": _number(result.get("seconds")),
        "how": _how(entry, result) if result else "",
        "the report": entry.note,
    }


def _how(entry, result):
    """Say in which ways a training was not the recipe's, or not on all images."""
    parts = []
    if "mse" in result:
        parts.append(f"mean squared error {result['mse']:.4f}")
    if result["images"] < (entry.n_images or result["images_of_task"]):
        parts.append(f"shortened: {result['images']} images")
    elif result["images"] < result["images_of_task"]:
        parts.append(f"{result['images']} images")
    for name, value in result["set"].items():
        is_random = name.endswith("weights") and value == "None"
        parts.append("no ImageNet weights" if is_random else f"{name}={value}")
    done, planned = result["epochs"], result["epochs_of_recipe"]
    if result["stopped"] == "until":
        parts.append(f"until {result['until']} on the test images: epoch {done}")
    elif result["stopped"] == "minutes":
        parts.append(f"{result['minutes']:g} minutes: {done} of {planned} epochs")
    elif done and planned and done < planned:
        parts.append(f"shortened: {done} of {planned} epochs")
    return "; ".join(parts)


def _number(value, digits=0):
    # Thousands apart by a space, as SYSTEMS.md has them.
    return "" if value is None else f"{value:,.{digits}f}".replace(",", " ")


def _as_text(rows, style):
    """Return the table in aligned columns, or as Markdown."""
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [[c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in cells]
    if style == "text":
        return "\n".join("  ".join(line).rstrip() for line in lines)
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
