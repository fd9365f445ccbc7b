"""Print how large the house is, and how long the way through it.

    python -m benchmarks.house

Lines are counted without blank ones and comments; docstrings apart. The way is what a
fit of a CNNClassifier that has no compiled model yet, and a later predict, enter.
"""

import ast
import sys
from collections import Counter
from pathlib import Path

import numpy as np

import skcnn

PACKAGE = Path(skcnn.__file__).parent
FOREIGN = ("keras", "scikeras", "sklearn", "tensorflow", "numpy", "pandas", "skops")


def count_lines(path: Path) -> tuple[int, int]:
    """Return the lines of code and of docstrings in a file."""
    text = path.read_text()
    quoted = set()
    for node in ast.walk(ast.parse(text)):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node):
            first = node.body[0]
            quoted |= set(range(first.lineno, first.end_lineno + 1))
    lines = dict(enumerate(map(str.strip, text.splitlines()), 1))
    code = [n for n in lines if n not in quoted and lines[n] and lines[n][0] != "#"]
    return len(code), len(quoted)


def borrowed(path: Path) -> set[str]:
    """Return private names that a file imports from other packages."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            is_private = any(part == "src" or part[0] == "_" for part in rest)
            if first in FOREIGN and is_private:
                found.add(name)
    return found


def entered(call) -> list:
    """Return the code of ours that a call enters, in order."""
    codes = []

    def note(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            codes.append(code)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [code for code in codes if not code.co_name.startswith("<")]


def names_it(code, name: str) -> bool:
    """Tell whether a function has a variable, attribute or keyword of a name."""
    keywords = [one for one in code.co_consts if isinstance(one, tuple)]
    return any(name in some for some in (code.co_varnames, code.co_names, *keywords))


def main() -> None:
    """Print everything."""
    print(f"{'room':14} files  code  docstrings")
    rooms = [p for p in sorted(PACKAGE.iterdir()) if (p / "__init__.py").exists()]
    total = Counter()
    for room in [PACKAGE, *rooms]:
        paths = sorted(room.glob("*.py") if room == PACKAGE else room.rglob("*.py"))
        code, quoted = np.sum([count_lines(path) for path in paths], axis=0)
        name = "(root)" if room == PACKAGE else room.name
        print(f"{name:14} {len(paths):5} {code:5} {quoted:5}")
        total.update(files=len(paths), code=int(code), docstrings=int(quoted))
    print(f"{'all':14} {total['files']:5} {total['code']:5} {total['docstrings']:5}")
    tests = sorted(PACKAGE.parent.joinpath("tests").rglob("*.py"))
    code = sum(count_lines(path)[0] for path in tests)
    print(f"{'tests':14} {len(tests):5} {code:5}")

    X = np.random.default_rng(0).integers(0, 256, (64, 8, 8), dtype=np.uint8)
    y = np.arange(64) % 2
    first = skcnn.CNNClassifier(filters=(2,), epochs=1, random_state=0).fit(X, y)
    first.predict(X)
    clf = skcnn.CNNClassifier(filters=(3,), kernel_size=5, epochs=1, random_state=0)
    fitting = entered(lambda: clf.fit(X, y))
    clf.predict(X[:1])
    predicting = entered(lambda: clf.predict(X[:1]))
    for what, codes in (("cold fit", fitting), ("warm predict", predicting)):
        files = {code.co_filename for code in codes}
        print(f"{what}: {len(files)} files, {len(set(codes))} functions")
    stops = dict.fromkeys(code for code in fitting if names_it(code, "kernel_size"))
    print("kernel_size:", *(f"\n  {place(code)}" for code in stops))
    private = set().union(*map(borrowed, PACKAGE.rglob("*.py")))
    print(f"private names imported: {len(private)}", *sorted(private), sep="\n  ")


def place(code) -> str:
    """Return where a function is, as room/file.py: name."""
    return f"{Path(code.co_filename).relative_to(PACKAGE)}: {code.co_qualname}"


if __name__ == "__main__":
    main()
