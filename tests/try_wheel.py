"""What a user does first, with the package that is installed; `make wheel` runs it."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import skcnn

README = Path(__file__).parents[1] / "README.md"


def run(*arguments):
    """Run the installed command."""
    command = Path(sys.executable).with_name("skcnn")
    subprocess.run([command, *arguments], check=True)


def main():
    assert "site-packages" in Path(skcnn.__file__).parts, skcnn.__file__
    assert Path(skcnn.__file__).with_name("py.typed").exists()

    names = {}
    exec(re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1], names)
    assert names["search"].best_score_ > 0.8

    expected = names["search"].predict(names["X_test"])
    skcnn.save(names["search"].best_estimator_, "digits.skcnn")
    loaded = skcnn.load("digits.skcnn").predict(names["X_test"])
    np.testing.assert_array_equal(loaded, expected)

    np.save("test.npy", names["X_test"])
    run("predict", "digits.skcnn", "test.npy", "--out", "labels.csv")
    labels = np.loadtxt("labels.csv", delimiter=",", skiprows=1, usecols=-1)
    np.testing.assert_array_equal(labels, expected)

    run("compare", "digits", "--models", "svm,hog", "--cv", "2", "--report", "out.html")
    assert "<svg" in Path("out.html").read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
