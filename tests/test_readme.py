"""The README's examples run, and it is as short as it says."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_of_the_readme_run(capsys, tmp_path, monkeypatch):
    search, compare = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names = {}

    exec(search, names)
    assert names["search"].best_score_ > 0.8
    assert "kernel_size" in capsys.readouterr().out

    exec(compare, names)
    assert (names["comparison"].table_["error"] == "").all()
    assert "<html" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_the_readme_stays_under_150_lines():
    assert len(README.read_text().splitlines()) < 150
