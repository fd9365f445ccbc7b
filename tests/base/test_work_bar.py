"""Progress in a terminal, a log and a notebook, by a clock that the test turns."""

import pytest

from skcnn.base import work_bar
from skcnn.base.told import heard_by, listener
from skcnn.base.work_bar import WorkBar, bar_of_one


def test_a_bar_moves_in_a_terminal_and_says_what_it_is_told(stderr, clock):
    shown = stderr(True)
    with WorkBar(4) as bar:
        bar.move(1.5, "cnn", "epoch 2 of 3", "", "about 2 min left")
    last = shown.drawn[-1]
    assert last.startswith("cnn  38%|")
    assert ", epoch 2 of 3, about 2 min left" in last
    assert last.endswith("\n")


def test_a_bar_never_goes_back(stderr, clock):
    shown = stderr(True)
    with WorkBar(4) as bar:
        bar.move(2, "cnn")
        bar.move(1, "cnn")
    assert "50%" in shown.drawn[-1]


def test_a_bar_is_due_ten_times_a_second(stderr, clock):
    stderr(True)
    with WorkBar(4) as bar:
        dues = []
        for _ in range(100):
            if bar.is_due:
                dues.append(clock.now)
                bar.move(1, "cnn")
            clock.now += 0.03125  # exact in binary
    assert dues == pytest.approx([n * 0.125 for n in range(25)])


def test_a_log_has_lines_and_nothing_that_is_drawn_over(stderr, clock):
    shown = stderr(False)
    with WorkBar(4) as bar:
        assert not bar.is_due
        bar.move(1, "cnn", "epoch 2 of 3")
        bar.line("[1/4] cnn: done")
    assert shown.getvalue() == "[1/4] cnn: done\n"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_who_wants_nothing_is_shown_nothing(stderr, clock, is_terminal):
    shown = stderr(is_terminal)
    with WorkBar(4, is_shown=False) as bar:
        bar.move(1, "cnn")
        bar.line("done")
    with bar_of_one("fit", is_shown=False):
        assert listener() is None
    assert shown.getvalue() == ""


def test_a_notebook_with_widgets_has_a_bar(stderr, clock, monkeypatch):
    class Widget(work_bar.tqdm):
        pass

    Widget.__module__ = "tqdm.notebook"
    monkeypatch.setattr(work_bar, "tqdm", Widget)
    stderr(False)
    with WorkBar(4) as bar:
        assert bar.moves


def test_a_process_without_stderr_shows_nothing(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    with WorkBar(4) as bar:
        bar.move(1, "cnn")
        bar.line("done")
    assert not bar.moves


def test_the_bar_of_one_fit_moves_with_what_the_fit_tells(stderr, clock):
    shown = stderr(True)
    with bar_of_one("refit", is_shown=True):
        clock.now = 30.0
        listener()(0.25, "epoch 1 of 4")
        assert "25%" in shown.drawn[-1]
        assert "epoch 1 of 4, about 90 s left" in shown.drawn[-1]
    assert "100%" in shown.drawn[-1]


def test_the_bar_of_one_fit_is_a_line_in_a_log(stderr, clock):
    shown = stderr(False)
    with bar_of_one("refit", is_shown=True):
        clock.now = 30.0
        assert listener() is None  # a log has no use for parts
    assert shown.getvalue() == "refit: 30 s\n"


def test_the_innermost_listener_hears_and_then_the_one_before():
    heard = []
    with heard_by(lambda part, where: heard.append(("outer", part))):
        with heard_by(lambda part, where: heard.append(("inner", part))):
            listener()(0.5, "")
        listener()(1.0, "")
    assert listener() is None
    assert heard == [("inner", 0.5), ("outer", 1.0)]
