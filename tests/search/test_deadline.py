"""A search that has to end in time, on a clock of its own."""

import re

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from skcnn import ContinuingSearchCV
from skcnn.base.told import listener
from skcnn.search import _engine, _work
from skcnn.search._deadline import Deadline, OutOfTime, ended_after
from skcnn.training import fast_model
from skcnn.training.plan import Plan

PARAMS = {"quality": [0.1, 0.5, 0.3, 0.7, 0.2, 0.6]}


@pytest.fixture
def clock(calls, clock):
    """Give a clock that an epoch moves by a second, and a refit by eighteen."""

    def go_on(name):
        clock.now += {"partial_fit": 1, "fit": 18}[name]

    calls.seconds = go_on
    return clock


def search_within(max_seconds, learner, **changes):
    """Return a search of 36 s and 24 s on its two rungs, and 18 s for the refit."""
    settings = {"cv": 2, "max_epochs": 9, "random_state": 0}
    return ContinuingSearchCV(
        learner, PARAMS, max_seconds=max_seconds, **settings | changes
    )


def test_with_time_enough_nothing_changes(clock, learner, table):
    limited = search_within(78, learner).fit(*table)
    assert clock.now == 78
    assert limited.is_finished_
    assert limited.best_params_ == {"quality": 0.7}
    assert limited.cv_results_["n_epochs"].tolist() == [3, 3, 3, 9, 3, 9]


@pytest.mark.parametrize("max_seconds", [30, 40, 54, 60, 70, 77])
def test_it_ends_in_time_with_the_best_so_far(max_seconds, clock, learner, table):
    search = search_within(max_seconds, learner).fit(*table)
    assert clock.now <= max_seconds
    assert not search.is_finished_
    trained = search.cv_results_["rung"] >= 0
    qualities = np.array(PARAMS["quality"])
    assert search.best_params_["quality"] == qualities[trained].max()
    assert search.best_estimator_.n_epochs_ == 10
    assert np.isfinite(search.cv_results_["mean_test_score"][trained]).all()
    assert np.isnan(search.cv_results_["mean_test_score"][~trained]).all()
    assert (search.cv_results_["n_epochs"][~trained] == 0).all()


def test_a_warning_says_that_one_candidate_was_compared_with_none(
    clock, learner, table
):
    search = search_within(25, learner)
    with pytest.warns(UserWarning, match="max_seconds=25 had time for one of 6 candid"):
        search.fit(*table)
    assert search.best_params_ == {"quality": 0.1}
    assert search.best_estimator_.n_epochs_ == 10


def test_folds_that_were_trained_further_wait_for_the_others(clock, learner, table):
    # One unit of the second rung is done when the time is over.
    search = search_within(60, learner).fit(*table)
    assert search.cv_results_["n_epochs"].tolist() == [3] * 6
    assert search.cv_results_["rung"].tolist() == [0] * 6


def test_without_a_refit_no_time_is_kept_for_it(clock, learner, table):
    search = search_within(60, learner, refit=False).fit(*table)
    assert search.is_finished_
    assert clock.now == 60


def test_where_nothing_can_finish_the_error_says_what_the_least_is(
    clock, learner, table
):
    with pytest.raises(TimeoutError, match="take about 24 s") as caught:
        search_within(10, learner).fit(*table)
    least = float(re.search(r"max_seconds=(\d+) or more", str(caught.value))[1])
    with pytest.warns(UserWarning, match="had time for one of 6"):
        search_within(least, learner).fit(*table)


def test_a_second_fit_with_the_same_store_goes_on(
    clock, learner, calls, table, tmp_path
):
    unlimited = search_within(None, learner, store=tmp_path / "other").fit(*table)
    with pytest.raises(TimeoutError, match="With store="):
        search_within(10, learner, store=tmp_path).fit(*table)
    n_searches = 0
    for _ in range(10):
        search = search_within(40, learner, store=tmp_path).fit(*table)
        n_searches += 1
        if search.is_finished_:
            break
    assert 2 <= n_searches < 10
    for name in ("n_epochs", "mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(
            search.cv_results_[name], unlimited.cv_results_[name]
        )


def test_what_was_not_measured_is_guessed_by_the_others(clock):
    deadline = Deadline(10)
    assert deadline.allows(1e9, 1e9)  # nothing is known
    deadline.note(0, 2, 4.0)
    deadline.note(1, 1, 6.0)
    assert deadline.seconds(0, 3) == 6.0
    assert deadline.seconds(7, 1) == 4.0
    deadline.refit_share = 1.5
    assert deadline.refit_seconds(1, 2) == 18.0
    assert deadline.allows(4.0, 6.0)
    assert not deadline.allows(4.0, 6.1)
    assert not deadline.allows(0.0, 0.0)  # once over, it stays so


# --- the refit of a network -----------------------------------------------------------


@pytest.fixture
def stepping(clock, monkeypatch):
    """Give a clock that a step on a fold moves by a second; a refit's are slower."""
    advance = Plan.advance

    def slow_advance(plan, n_steps):
        clock.now += n_steps * (1 if plan.n_steps <= 2 else 2)
        advance(plan, n_steps)

    for room in (_engine, _work):  # a unit's end is told by the clock on the wall
        monkeypatch.setattr(room, "time", clock)
    monkeypatch.setattr(Plan, "advance", slow_advance)
    monkeypatch.setattr(
        fast_model, "_next_chunk", lambda n_steps, *_: min(3, 2 * n_steps)
    )
    return clock


@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize(("max_seconds", "n_steps"), [(108, (16, 20)), (150, (36, 36))])
def test_the_refit_of_a_network_has_the_time_that_is_left(
    max_seconds, n_steps, in_pipeline, stepping, cnn, shapes
):
    # Two candidates on two folds of 18 steps: 72 s. For the refit of 36 steps as many
    # seconds are kept back, and it takes twice as many.
    model, name = cnn, "learning_rate"
    if in_pipeline:
        model, name = Pipeline([("cnn", cnn)]), "cnn__learning_rate"
    search = ContinuingSearchCV(
        model, {name: [0.02, 0.01]}, cv=2, random_state=0, max_seconds=max_seconds
    ).fit(*shapes)
    best = search.best_estimator_[-1] if in_pipeline else search.best_estimator_
    assert search.is_finished_
    assert stepping.now <= max_seconds + 2
    assert n_steps[0] <= best.n_steps_ <= n_steps[1]
    assert best.max_seconds is None
    rates = best.history_["learning_rate"]
    assert rates.iloc[-1] < rates.max() / 10


@pytest.mark.parametrize("error_score", ["raise", 0.0])
def test_a_training_is_given_up_when_the_time_is_over(
    error_score, stepping, cnn, shapes
):
    # The first one, of which nothing is known, takes 18 s; half of a refit as much.
    params = {"learning_rate": [0.02, 0.01]}
    settings = {"cv": 2, "random_state": 0, "error_score": error_score}
    search = ContinuingSearchCV(cnn, params, max_seconds=5, **settings)
    with pytest.raises(TimeoutError, match="take about 54 s") as caught:
        search.fit(*shapes)
    assert stepping.now <= 5 + 3
    least = int(re.search(r"max_seconds=(\d+) or more", str(caught.value))[1])
    with pytest.warns(UserWarning, match="had time for one of 2"):
        search.set_params(max_seconds=least).fit(*shapes)
    assert search.best_estimator_.n_steps_ > 1


def test_a_network_is_refitted_shortly_where_that_is_all_there_is_time_for(
    stepping, cnn, shapes
):
    # One candidate takes 36 s, and its refit 36 steps.
    params = {"learning_rate": [0.02, 0.01]}
    search = ContinuingSearchCV(cnn, params, cv=2, random_state=0, max_seconds=60)
    with pytest.warns(UserWarning, match="max_seconds=60 had time for one of 2"):
        search.fit(*shapes)
    assert stepping.now <= 60 + 2
    assert not search.is_finished_
    assert search.best_params_ == {"learning_rate": 0.02}
    assert search.cv_results_["rung"].tolist() == [0, -1]
    assert 6 <= search.best_estimator_.n_steps_ <= 12


def test_what_runs_too_long_leaves_the_refit_half_of_its_seconds(
    stepping, cnn, shapes, monkeypatch
):
    # The second candidate is ten times as slow as the first one.
    advance = Plan.advance

    def slower(plan, n_steps):
        is_second = stepping.now >= 36 and plan.n_steps <= 2
        stepping.now += 9 * n_steps if is_second else 0
        advance(plan, n_steps)

    monkeypatch.setattr(Plan, "advance", slower)
    params = {"learning_rate": [0.02, 0.01]}
    search = ContinuingSearchCV(cnn, params, cv=2, random_state=0, max_seconds=100)
    with pytest.warns(UserWarning, match="had time for one of 2"):
        search.fit(*shapes)
    assert 82 <= stepping.now <= 130
    assert search.cv_results_["n_epochs"].tolist() == [9, 0]
    assert search.best_estimator_.n_steps_ >= 6


def test_a_worker_that_starts_late_has_less_time(stepping, cnn, shapes, monkeypatch):
    monkeypatch.setattr(_work, "time", lambda: stepping.now + 6)
    params = {"learning_rate": [0.02, 0.01]}
    search = ContinuingSearchCV(cnn, params, cv=2, random_state=0, max_seconds=10)
    with pytest.raises(TimeoutError):
        search.fit(*shapes)
    assert 4 <= stepping.now <= 4 + 3


def test_what_begins_slowly_is_not_taken_to_go_on_so(clock):
    def train():
        with ended_after(10, 0, 4):
            for part, now in [(0.01, 20), (0.02, 21), (0.03, 22)]:
                clock.now = now
                listener()(part, "somewhere")

    with pytest.raises(OutOfTime) as caught:
        train()
    assert clock.now == 21
    assert caught.value.args == (0, 4, pytest.approx(100), pytest.approx(19))


def test_what_comes_before_the_first_step_is_told_from_the_steps(clock):
    with ended_after(100, 0, 4) as start_of:
        for part, now in [(0.1, 23), (0.2, 26), (1.0, 50)]:
            clock.now = now
            listener()(part, "somewhere")
    assert start_of(50) == pytest.approx(20)
    with ended_after(100, 0, 4) as start_of:
        pass  # it tells of nothing
    assert start_of(50) == 0


def test_the_least_time_has_what_went_by_beside_the_trainings(clock):
    deadline = Deadline(30)
    clock.now += 12.0  # TensorFlow starts
    deadline.note(0, 4, 8.0)
    clock.now += 8.0
    assert "take about 42 s in all" in str(deadline.error(30.0))


def test_a_start_counts_once_for_the_refit(clock):
    deadline = Deadline(100)
    deadline.refit_share = 1.5
    deadline.note(0, 4, 8.0, start=5.0)
    assert deadline.seconds(0, 8) == 16.0
    assert deadline.refit_seconds(0, 8) == 5 + 24
