"""The rooms of the package: dependencies point one way."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import skcnn
from skcnn.keras_door import start_tensorflow

start_tensorflow()  # before other modules of tests make objects of Keras

PACKAGE = Path(skcnn.__file__).parent

# Each may import those before it. Estimators are the files at the root.
ROOMS = [
    *("keras_door", "base", "networks", "training", "custom", "transfer", "contract"),
    *("estimators", "description", "datasets", "recipes", "comparison", "persistence"),
    *("search", "plots", "reporting", "cli"),
]


def room_of(module: str) -> str:
    """Return the room of "skcnn.room.file", "skcnn._cnn" or "skcnn.CNNClassifier"."""
    first = module.split(".")[1]
    if first.startswith("__") or first in ROOMS:
        return first
    if first.startswith("_"):
        return "estimators"
    return room_of(getattr(skcnn, first).__module__)


def imports():
    """Yield (room, imported module) for every import of ours, wherever it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        room = room_of(".".join(parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from ((room, n) for n in names if n.startswith("skcnn."))


def test_no_room_imports_one_behind_it():
    wrong = {
        (room, module)
        for room, module in imports()
        if room in ROOMS and room_of(module) in ROOMS
        if ROOMS.index(room_of(module)) > ROOMS.index(room)
    }
    assert wrong == set()


def test_no_room_imports_another_ones_private_modules():
    wrong = {
        (room, module)
        for room, module in imports()
        if room_of(module) != room
        and any(part[0] == "_" for part in module.split(".")[2:])
        and not module.split(".")[1].startswith("_")
    }
    assert wrong == set()


def test_no_two_files_have_one_name():
    paths = [p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py"]
    names = [path.name.lstrip("_") for path in paths]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("folder", ["benchmarks", "examples", "docs", "tests"])
def test_what_is_imported_from_us_is_there(folder):
    for path in sorted((PACKAGE.parent / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and _is_ours(node.module):
                module = import_module(node.module)
                for alias in node.names:
                    if not hasattr(module, alias.name):
                        import_module(f"{node.module}.{alias.name}")


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == "skcnn"
