"""The README's example runs, and is as short as it says."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_of_the_readme_runs_and_finds_a_good_network(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names = {}

    exec(code, names)

    assert names["search"].best_score_ > 0.8
    assert "kernel_size" in capsys.readouterr().out


def test_the_readme_stays_under_150_lines():
    assert len(README.read_text().splitlines()) < 150
