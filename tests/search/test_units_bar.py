"""What is shown while a search runs, by a clock that the epochs turn."""

import re

import numpy as np
import pytest

from skcnn import ContinuingSearchCV
from skcnn.search._policies import POLICIES, Record, epochs_left, plan

PARAMS = {"quality": [0.1, 0.5, 0.3, 0.7, 0.2, 0.6]}


@pytest.fixture
def shown(learner, calls, table, clock, stderr):
    """Give a function that searches, and returns what was written to stderr.

    An epoch takes ten seconds.
    """

    def go_on(name):
        clock.now += {"partial_fit": 10, "fit": 180}[name]

    calls.seconds = go_on

    def call(is_terminal, **settings):
        stream = stderr(is_terminal)
        search = ContinuingSearchCV(
            learner,
            PARAMS,
            **{"cv": 2, "max_epochs": 9, "random_state": 0, "verbose": 1} | settings,
        )
        search.fit(*table)
        return stream.getvalue()

    return call


def test_a_log_has_one_line_per_training_and_one_for_the_refit(shown):
    lines = shown(is_terminal=False).splitlines()
    # Six candidates to epoch 3 and two to epoch 9, on two folds.
    assert len(lines) == 12 + 4 + 1
    assert lines[0] == (
        "[3/60 epochs] candidate 0, fold 0: score 0.1030 after epoch 3, 30 s; "
        "about 10 min left"
    )
    assert lines[12].startswith("[42/60 epochs] candidate 3, fold 0: score 0.7090 aft")
    assert lines[15].startswith("[60/60 epochs] candidate 5, fold 1: score 0.6090 aft")
    assert lines[15].endswith("after epoch 9, 1 min")
    assert lines[16] == "refit: 3 min"


def test_a_bar_says_what_is_left_and_where_the_limit_is(shown):
    text = shown(is_terminal=True, refit=False, max_seconds=500)
    bars = [re.sub(r"\|.*\|", "|", one).rstrip() for one in text.split("\r")]
    assert any(
        re.match(r"candidate 0, fold 0 +0%\|.*at most 8 min left", b) for b in bars
    )
    assert any(
        re.match(r"candidate 1, fold 0 +15%\|.*9/60 epochs, at mo", b) for b in bars
    )
    assert "\n" not in text.rstrip("\n")


@pytest.mark.filterwarnings("ignore")
def test_a_failed_training_says_so(shown, calls):
    calls.fails = lambda quality, epoch: quality == 0.5
    lines = shown(is_terminal=False, refit=False).splitlines()
    assert sum(": failed after epoch 3" in line for line in lines) == 2


def test_a_silent_search_says_nothing(shown):
    assert shown(is_terminal=True, verbose=0) == ""


@pytest.mark.parametrize("n", [1, 2, 7, 27])
@pytest.mark.parametrize("policy", POLICIES)
def test_the_epochs_that_are_left_are_those_of_the_search(policy, n):
    goes_on = np.arange(n) % 5 != 3
    field = plan(policy, np.where(goes_on, 27, 1), goes_on, n_folds=3, factor=3)
    choose, log, rng = POLICIES[policy].choose, [], np.random.default_rng(0)
    expected, made = epochs_left(choose, log, field), 0
    quality, done = rng.permutation(n), set()
    while wanted := [step for step in choose(log, field) if step not in done]:
        c, stop = wanted[0]
        done.add((c, stop))
        start = max((s for s in field.stops[c] if s < stop), default=0)
        log += [Record(c, fold, start, stop, float(quality[c])) for fold in range(3)]
        made += 3 * (stop - start)
        assert made + epochs_left(choose, log, field) == pytest.approx(
            expected, rel=0.3
        )
    assert epochs_left(choose, log, field) == 0
    if policy != "asha":  # which takes on more where the best come last
        assert made == expected
