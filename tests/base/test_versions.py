"""Tests of `versions`."""

from importlib.metadata import version

import skcnn
from skcnn.base.versions import versions


def test_python_the_package_and_what_it_stands_on_are_there():
    found = versions()
    assert found["skcnn"] == skcnn.__version__
    assert found["scikit-learn"] == version("scikit-learn")
    assert {"python", "keras", "numpy", "pandas"} <= set(found)


def test_further_packages_are_named_only_where_they_are_installed():
    assert versions("joblib")["joblib"] == version("joblib")
    assert "joblib" not in versions()
    assert "no-such-package" not in versions("no-such-package")
