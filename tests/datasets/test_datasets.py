import subprocess
import sys

import skcnn.datasets


def test_all_names_are_importable():
    assert all(hasattr(skcnn.datasets, name) for name in skcnn.datasets.__all__)


def test_importing_the_datasets_imports_neither_tensorflow_nor_keras():
    code = (
        "import sys, skcnn.datasets; "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
