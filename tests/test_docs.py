"""Figures in documents are those that commands print."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_table_of_systems_is_what_the_command_prints(capsys, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    sys.modules.pop("benchmarks", None)
    reports = pytest.importorskip("benchmarks.reports")
    store = ROOT / "docs" / "reports.jsonl"
    reports.main(["--store", str(store), "--format", "markdown"])
    page = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    between = page.split("<!-- table -->")[1].split("<!-- end -->")[0]
    assert between.strip() == capsys.readouterr().out.strip()
