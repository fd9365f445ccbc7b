import numpy as np
import pandas as pd
import pytest

from skcnn.cli._terminal import Terminal


def test_a_table_in_a_pipe_is_plain_text_that_is_never_wrapped(capsys):
    long = "word " * 60
    rows = [("cnn", long.strip()), ("svm", "[bold]x")]
    Terminal().table(pd.DataFrame(rows, columns=["model", "what"]))
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "what"]
    assert first == f"cnn    {long.strip()}"
    assert second.rstrip() == "svm    [bold]x"


def test_figures_are_rounded_as_those_of_a_comparison_whatever_their_heads(capsys):
    columns = {
        "accuracy": [1.0, 0.95],
        "n_parameters": [491.0, np.nan],
        "rank": pd.array([1, None], dtype="Int64"),
        "fit_seconds": [123.456, 0.00123456],
    }
    heads = {"n_parameters": "weights", "fit_seconds": "fit s"}
    Terminal().table(pd.DataFrame(columns), heads)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["accuracy", "weights", "rank", "fit", "s"],
        ["1.0000", "491", "1", "123"],
        ["0.9500", "0.00123"],
    ]


def test_columns_of_numbers_stand_on_the_right(capsys):
    columns = {"name": ["a", "b"], "a long head": [0.5, 0.25]}
    Terminal().table(pd.DataFrame(columns))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert {len(line) for line in lines} == {len(lines[0])}


def test_numbers_are_whole_in_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    row = ("a long name of a model", *[0.123456] * 6)
    Terminal().table(pd.DataFrame([row], columns=["model", *"abcdef"]))
    output = capsys.readouterr().out
    assert output.count("0.1235") == 6
    assert "a long name of a" in output


def test_results_go_to_stdout_and_all_else_to_stderr(capsys):
    terminal = Terminal()
    terminal.result("a result")
    terminal.note("a note")
    terminal.warn("a warning")
    terminal.fail("an error")
    said = capsys.readouterr()
    assert said.out == "a result\n"
    assert said.err == "a note\nWarning: a warning\nError: an error\n"


def test_quiet_leaves_warnings_and_errors(capsys):
    terminal = Terminal(quiet=True)
    terminal.note("a note")
    terminal.warn("a warning")
    assert capsys.readouterr().err == "Warning: a warning\n"


@pytest.mark.parametrize(("quiet", "shows"), [(False, True), (True, False)])
def test_bars_move_in_a_terminal_that_is_not_quiet(monkeypatch, quiet, shows):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    assert Terminal(quiet).shows_progress is shows


def test_no_bars_move_in_a_pipe():
    assert not Terminal().shows_progress
