"""The systems of the five reports, trained on their tasks, beside what was reported.

python -m benchmarks reports --ids C1 B2 --store results.jsonl
"""

import argparse
import ast
import json
import os
import sys
from itertools import product
from pathlib import Path
from statistics import mean, median
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
    found = {name for name, *_ in results}
    shown = [*recipes.values(), *(defaults[n] for n in defaults if n in found)]
    if options.format == "text":
        print(machine())
    rows = [_row(e, runs) for e in shown for runs in _alike(e.name, results)]
    print(_as_text(rows, options.format))
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
    add("--seeds", nargs="+", type=int, default=[0], help="one training for each (0)")
    add("--checkpoints", type=Path, help="folder to go on from after an interrupt")
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
    for name, seed in product(names, options.seeds):
        key = _key(name, _trainings.settings(options), seed)
        if key in results and not options.again:
            _say(f"{name}, seed {seed}: stored, not trained again")
            continue
        _say(f"{name}, seed {seed}: training")
        try:
            result = _trainings.train(entries[name], options, seed)
        except Exception:  # the others are worth their hours all the same
            print_exc()
            failed.append(name)
            continue
        results[key] = result
        if options.store is not None:
            with options.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
        cells = _row(entries[name], [result])
        _say(f"{name}: {cells['ours']} in {cells['our s']} s ({cells['how']})")
    return failed


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _stored(path):
    """Return the last result of each system, its settings and its seed."""
    if path is None or not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    results = map(json.loads, lines)
    return {_key(r["id"], r["set"], r.get("seed", 0)): r for r in results}


def _key(name, settings, seed):
    return name, tuple(sorted(settings.items())), seed


# --- the table ------------------------------------------------------------------------


def _alike(name, results):
    """Return lists of results that differ in the seed alone; of none, an empty one."""
    groups = {}
    for (one, settings, _), result in results.items():
        if one == name:
            groups.setdefault(settings, []).append(result)
    return [groups[settings] for settings in sorted(groups)] or [[]]


def _row(entry, runs):
    result = runs[0] if runs else {}
    return {
        "id": entry.name,
        "task": entry.task,
        "parameters": _number(result.get("n_parameters") or entry.n_parameters),
        "reported": _number(entry.reported_accuracy, 4),
        "ours": _mean_and_spread([run["accuracy"] for run in runs]),
        "reported s": _number(entry.reported_seconds),
        "our s": _number(median(run["seconds"] for run in runs)) if runs else "",
        "how": _how(entry, runs) if runs else "",
        "the report": entry.note,
    }


def _mean_and_spread(values):
    if not values or None in values:
        return ""
    spread = f" ({min(values):.4f} to {max(values):.4f})" if len(values) > 1 else ""
    return _number(mean(values), 4) + spread


def _how(entry, runs):
    """Say in which ways a training was not the recipe's, or not on all images."""
    parts, result = [], runs[0]
    if len(runs) > 1:
        parts.append(f"{len(runs)} seeds")
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
