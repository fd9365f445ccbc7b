"""Policies are functions of the log: they are played here without any training."""

import math

import numpy as np
import pytest

from skcnn.search._policies import (
    POLICIES,
    Field,
    Record,
    _standard_error,
    best,
    complete,
    plan,
)


def play(policy, field, score, at_once=None):
    """Train all that a policy wants, with made-up scores, and return the steps.

    ``at_once`` units are taken of what is wanted before the policy is asked again.
    """
    choose, log, steps = POLICIES[policy].choose, [], []
    while True:
        done = {(one.candidate, one.fold, one.stop) for one in log}
        todo = [
            (c, fold, stop)
            for c, stop in choose(log, field)
            for fold in range(field.n_folds)
            if (c, fold, stop) not in done
        ]
        if not todo:
            return steps
        for c, fold, stop in todo[:at_once]:
            log.append(Record(c, fold, 0, stop, score(c, fold, stop)))
            steps.append((c, fold, stop))


def by_number(c, fold, stop):
    """Score a candidate by its number: the later, the better."""
    return c / 100 + fold / 1000


def reached(steps):
    """Return the last epoch of each candidate."""
    return {c: max(s for d, _, s in steps if d == c) for c, _, _ in steps}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_best_comes_to_its_end_and_nothing_is_done_twice(policy):
    field = plan(policy, [27] * 9, [True] * 9, n_folds=2, factor=3)
    steps = play(policy, field, by_number)
    assert reached(steps)[8] == 27
    assert len(set(steps)) == len(steps)
    assert {c for c, _, _ in steps} == set(range(9))


def test_a_grid_trains_all_to_the_end_at_once():
    field = plan("grid", [5, 6, 7], [True, True, False], n_folds=2, factor=3)
    steps = play("grid", field, by_number)
    assert sorted(steps) == [(c, f, 5 + c) for c in range(3) for f in range(2)]


def test_halving_leaves_a_third_for_each_rung():
    field = plan("halving", [27] * 27, [True] * 27, n_folds=1, factor=3)
    ends = list(reached(play("halving", field, by_number)).values())
    assert [ends.count(n) for n in (1, 3, 9, 27)] == [18, 6, 1, 2]


@pytest.mark.parametrize("last", [4, 12, 15, 26, 27, 100])
def test_halving_leaves_two_however_few_epochs_there_are(last):
    field = plan("halving", [last] * 27, [True] * 27, n_folds=1, factor=3)
    ends = list(reached(play("halving", field, by_number)).values())
    assert [ends.count(n) for n in field.stops[0]] == [18, 6, 1, 2]
    ratios = np.divide(field.stops[0][1:], field.stops[0][:-1])
    assert (ratios > 1).all()
    assert (ratios <= 3.5).all()  # rounded to whole epochs


def test_who_may_stay_takes_no_room_on_the_next_rungs():
    # Of folds that disagree on everything, half as many again stay each time.
    def score(c, fold, stop):
        return c / 1e6 + (-1) ** fold * c / 10

    field = plan("halving", [27] * 27, [True] * 27, n_folds=2, factor=3)
    ends = list(reached(play("halving", field, score)).values())
    assert [ends.count(n) for n in (1, 3, 9, 27)] == [27 - 13, 13 - 4, 4 - 3, 3]


def test_those_that_share_a_network_are_trained_one_after_the_other():
    networks = ["a", "b", "c"] * 3
    field = plan("halving", [9] * 9, [True] * 9, 1, 3, networks)
    steps = [c for c, _, _ in play("halving", field, by_number)]
    assert steps[:9] == [0, 3, 6, 1, 4, 7, 2, 5, 8]
    assert sorted(steps) == sorted([*range(9), 6, 7, 8, 7, 8])


def test_top_k_trains_a_third_to_the_end_after_one_epoch():
    field = plan("top_k", [12] * 9, [True] * 9, n_folds=1, factor=3)
    assert reached(play("top_k", field, by_number)) == {
        **dict.fromkeys(range(6), 1),
        **dict.fromkeys((6, 7, 8), 12),
    }


@pytest.mark.parametrize("policy", ["grid", "halving", "top_k"])
def test_the_order_in_which_units_end_decides_nothing(policy):
    field = plan(policy, [9] * 7, [True] * 7, n_folds=3, factor=3)
    ways = [play(policy, field, by_number, at_once) for at_once in (None, 1, 2)]
    assert sorted(ways[0]) == sorted(ways[1]) == sorted(ways[2])
    log = [
        Record(c, fold, 0, stop, by_number(c, fold, stop)) for c, fold, stop in ways[0]
    ]
    choose = POLICIES[policy].choose
    assert choose(log[:9], field) == choose(log[:9][::-1], field)


def test_asha_promotes_before_all_have_begun():
    field = plan("asha", [9] * 9, [True] * 9, n_folds=1, factor=3)
    steps = play("asha", field, lambda c, fold, stop: -c, at_once=1)
    # Of the first three the best one goes on at once.
    assert steps[:4] == [(0, 0, 1), (1, 0, 1), (2, 0, 1), (0, 0, 3)]
    assert reached(steps)[0] == 9


def test_who_was_promoted_once_is_trained_on_all_folds():
    field = Field([(1, 3)] * 3, n_folds=2, factor=3)
    scores = {(0, 1): 0.5, (1, 1): 0.4, (2, 1): 0.9}
    log = [
        Record(c, f, 0, s, value) for (c, s), value in scores.items() for f in (0, 1)
    ]
    begun = [*log[:4], Record(0, 0, 1, 3, 0.6), *log[4:]]
    choose = POLICIES["asha"].choose
    assert (0, 3) in choose(begun, field)
    assert (2, 3) in choose(begun, field)


def test_those_that_are_trained_whole_take_no_place_on_the_rungs():
    goes_on = [True] * 6 + [False] * 3
    field = plan("halving", [9] * 6 + [1] * 3, goes_on, n_folds=1, factor=3)
    steps = play("halving", field, by_number)
    assert [reached(steps)[c] for c in range(6)].count(9) == 2
    assert [reached(steps)[c] for c in range(6, 9)] == [1, 1, 1]


def test_who_fails_does_not_go_on():
    field = plan("halving", [9] * 3, [True] * 3, n_folds=2, factor=3)

    def score(c, fold, stop):
        return np.nan if (c, fold) == (2, 1) else by_number(c, fold, stop)

    assert reached(play("halving", field, score)) == {0: 9, 1: 9, 2: 3}


@pytest.mark.parametrize("last", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("policy", POLICIES)
def test_stops_rise_to_the_end(policy, last):
    field = plan(policy, [last] * 30, [True] * 30, n_folds=1, factor=3)
    for stops in field.stops:
        assert stops[-1] == last
        assert 1 <= stops[0] <= stops[-1]
        assert list(stops) == sorted(stops)


def test_candidates_of_different_length_have_the_same_number_of_rungs():
    field = plan("halving", [9, 30, 90] * 3, [True] * 9, n_folds=1, factor=3)
    assert field.stops[:3] == [(1, 3, 9), (3, 10, 30), (10, 30, 90)]


def test_half_as_many_again_stay_whom_the_folds_cannot_tell_apart():
    noise = np.array([0.01, -0.01, 0.005])
    scores = {c: 0.9 - 0.001 * c + np.roll(noise, c) for c in range(8)}
    assert best(scores, 4, tolerant=True) == [0, 1, 2, 3, 4, 5]
    assert best(scores, 4) == [0, 1, 2, 3]
    clear = {c: 0.9 - 0.1 * c + noise for c in range(8)}
    assert best(clear, 4, tolerant=True) == [0, 1, 2, 3]
    assert best(scores, 1, tolerant=True) == [0]


def test_noise_is_judged_by_all_near_the_cut_not_by_one_pair():
    noise = np.array([0.01, -0.01, 0.005])
    scores = {c: 0.9 - 0.001 * c + np.roll(noise, c) for c in range(4)}
    # By chance the same on each fold as the one before it, less a thousandth.
    scores[4] = scores[3] - 0.001
    assert best(scores, 4, tolerant=True) == [0, 1, 2, 3, 4]


def test_the_noise_of_two_is_the_standard_error_of_paired_differences():
    two = np.array([[0.9, 0.8, 0.85], [0.88, 0.81, 0.82]])
    paired = np.std(two[0] - two[1], ddof=1) / 3**0.5
    assert math.isclose(_standard_error(two), paired)
    assert _standard_error(two[:, :1]) == 0.0


def test_scores_are_complete_where_all_folds_are_there():
    log = [Record(0, 1, 0, 2, 0.5), Record(0, 0, 0, 2, 0.25), Record(1, 0, 0, 2, 1.0)]
    scores = complete(log, [(0, 2), (1, 2)], n_folds=2)
    assert scores.keys() == {0}
    assert scores[0].tolist() == [0.25, 0.5]


@pytest.mark.parametrize("factor", [1.5, 2, 4])
def test_halving_costs_less_than_a_grid(factor):
    n, last = 30, 40
    field = plan("halving", [last] * n, [True] * n, n_folds=1, factor=factor)
    n_epochs = sum(reached(play("halving", field, by_number)).values())
    assert n_epochs < 0.6 * n * last
    assert math.isclose(field.stops[0][-2] * factor, last, rel_tol=0.2)
