"""Tests of the ranking: one sentence for every outcome of a comparison."""

import numpy as np
import pytest

from skcnn.comparison import Ranking

PAIR = frozenset(["CNN", "SVM"])


def sentence(results):
    return Ranking(results).verdict


def test_a_difference_within_the_noise_is_called_so(make_results):
    results = make_results({"CNN": (0.985, 28), "SVM": (0.973, 2)}, p={PAIR: 0.21})
    assert sentence(results) == (
        "CNN scores best: accuracy 0.985 ± 0.004 over 3 folds; SVM is 0.012 behind, a "
        "difference that 3 folds do not establish (p = 0.21), and it trains 14 times "
        "faster."
    )
    assert Ranking(results).remarks == ()


def test_an_established_difference_is_called_so(make_results):
    results = make_results({"CNN": (0.985, 28), "SVM": (0.913, 20)}, p={PAIR: 0.012})
    assert sentence(results) == (
        "CNN is best: accuracy 0.985 ± 0.004 over 3 folds; SVM is 0.072 behind, a "
        "difference that is established (p = 0.012)."
    )


@pytest.mark.parametrize(
    ("p", "is_established"), [(0.0499, True), (0.05, False), (np.nan, False)]
)
def test_established_is_a_p_value_below_5_percent(make_results, p, is_established):
    text = sentence(make_results({"CNN": (0.9, 1), "SVM": (0.8, 1)}, p={PAIR: p}))
    assert ("that is established" in text) == is_established
    assert ("do not establish" in text) != is_established
    assert "nan" not in text


def test_a_pair_is_found_in_either_order(make_results):
    results = make_results({"CNN": (0.9, 1), "SVM": (0.8, 1)}, p={PAIR: 0.01})
    pairs = results.pairwise_
    pairs[["first", "second"]] = pairs[["second", "first"]]
    assert "is established (p = 0.01)" in sentence(results)


def test_a_lead_over_all_others_names_the_weakest_p_value(make_results):
    results = make_results(
        {"CNN": (0.9, 1), "SVM": (0.8, 1), "kNN": (0.7, 1)},
        p={PAIR: 0.0001, frozenset(["CNN", "kNN"]): 0.03},
    )
    assert (
        "SVM is 0.100 behind, and the lead over all 2 others is established "
        "(adjusted p ≤ " in sentence(results)
    )
    assert "0.03" in sentence(results)


def test_small_p_values_are_not_written_as_zero(make_results):
    results = make_results(
        {"CNN": (0.9, 1), "SVM": (0.8, 1), "kNN": (0.7, 1)},
        p={PAIR: 1e-9, frozenset(["CNN", "kNN"]): 1e-8},
    )
    assert "p < 0.001)" in sentence(results)


def test_established_losers_that_are_faster_are_said_to_be(make_results):
    results = make_results({"CNN": (0.9, 30), "SVM": (0.8, 2)}, p={PAIR: 0.01})
    assert sentence(results).endswith(", but SVM trains 15 times faster.")


def test_the_best_that_is_faster_too_is_said_to_be(make_results):
    results = make_results({"CNN": (0.9, 2), "SVM": (0.8, 5)})
    assert sentence(results).endswith(", and CNN also trains 2.5 times faster.")


def test_a_fast_third_within_the_noise_is_the_alternative(make_results):
    rows = {"CNN": (0.9, 100), "ResNet": (0.89, 90), "SVM": (0.88, 2)}
    results = make_results(rows)
    assert sentence(results).endswith(
        "; SVM, 0.020 behind and not established to be worse either, trains 50 times "
        "faster."
    )
    assert Ranking(results).remarks == (
        "Not established to be worse than CNN: ResNet and SVM.",
    )


def test_a_fast_third_that_is_worse_is_no_alternative(make_results):
    rows = {"CNN": (0.9, 100), "ResNet": (0.89, 90), "SVM": (0.5, 2)}
    results = make_results(rows, p={PAIR: 0.001})
    assert "SVM" not in sentence(results)


def test_a_second_that_is_worse_hides_no_third_that_is_not(make_results):
    rows = {"CNN": (0.9, 1), "SVM": (0.89, 1), "kNN": (0.88, 1)}
    text = sentence(make_results(rows, p={PAIR: 0.01}))
    assert "CNN scores best" in text
    assert "established (adjusted p = 0.01), unlike that of 0.020 to kNN" in text
    assert text.endswith("(adjusted p = 0.5).")


def test_equal_scores_share_first_place(make_results):
    results = make_results({"CNN": (0.9, 30), "SVM": (0.9, 3)}, p={PAIR: np.nan})
    assert sentence(results) == (
        "CNN and SVM share first place: accuracy 0.900 ± 0.004 over 3 folds; SVM "
        "trains 10 times faster."
    )


def test_several_leaders_do_not_hide_a_single_rival(make_results):
    rows = {"CNN": (0.9, 1), "SVM": (0.9, 1), "kNN": (0.89, 1)}
    remark = "Not established to be worse than CNN: kNN."
    assert Ranking(make_results(rows)).remarks == (remark,)
    worse = make_results(rows, p={frozenset(["CNN", "kNN"]): 0.001})
    assert Ranking(worse).remarks == ()


def test_three_that_are_level_are_named_and_the_fastest_too(make_results):
    rows = {"CNN": (0.9, 30), "SVM": (0.9, 3), "kNN": (0.9, 5)}
    text = sentence(make_results(rows))
    assert text.startswith("CNN, SVM and kNN share first place")
    assert text.endswith("SVM trains 10 times faster than CNN.")


def test_a_tiny_difference_is_no_tie(make_results):
    text = sentence(make_results({"CNN": (0.90001, 1), "SVM": (0.9, 1)}))
    assert "SVM is less than 0.001 behind" in text


def test_decimals_show_the_standard_deviation(make_results):
    text = sentence(make_results({"CNN": (0.94152, 1), "SVM": (0.94, 1)}, sd=0.0003))
    assert "accuracy 0.9415 ± 0.0003" in text


def test_a_single_estimator_has_nothing_to_be_compared_with(make_results):
    assert sentence(make_results({"CNN": (0.9, 75)})) == (
        "CNN reaches accuracy 0.900 ± 0.004 over 3 folds, trained in 1 min 15 s; there "
        "was nothing to compare it with."
    )


def test_one_fold_has_no_standard_deviation_and_establishes_nothing(make_results):
    rows = {"CNN": (0.9, 1), "SVM": (0.8, 1)}
    assert sentence(make_results(rows, n_folds=1, p={PAIR: np.nan})) == (
        "CNN scores best: accuracy 0.900 on one fold; SVM is 0.100 behind, a "
        "difference that one fold cannot establish."
    )


def test_a_failed_estimator_is_a_remark(make_results):
    results = make_results({"CNN": (0.9, 1), "SVM": "ValueError: no\nmemory"})
    assert sentence(results).endswith("; the other estimator could not be judged.")
    assert Ranking(results).remarks == ("SVM failed: ValueError: no memory.",)


def test_failed_estimators_do_not_change_the_sentence(make_results):
    rows = {"CNN": (0.9, 1), "SVM": (0.8, 1)}
    with_failed = {**rows, "kNN": "ValueError: no."}
    assert sentence(make_results(with_failed)) == sentence(make_results(rows))


def test_long_errors_are_cut(make_results):
    remark = Ranking(make_results({"CNN": (0.9, 1), "SVM": "no " * 999})).remarks[0]
    assert len(remark) < 200
    assert remark.endswith("...")


@pytest.mark.parametrize(
    ("rows", "who"),
    [({"CNN": "no"}, "the only one"), ({"A": "no", "B": "no"}, "all 2")],
)
def test_when_all_failed_nobody_is_best(make_results, rows, who):
    assert sentence(make_results(rows)) == (
        f"No estimator could be judged: {who} failed."
    )


def test_a_score_that_one_cannot_give_is_a_remark(make_results):
    rows = {"CNN": (-0.25, 1), "SVM": (np.nan, 1)}
    results = make_results(rows, score="neg_log_loss")
    assert sentence(results).startswith("CNN reaches log loss 0.250 ± 0.004")
    assert Ranking(results).remarks == (
        "SVM gives no log loss, by which the estimators are ranked.",
    )


def test_a_score_that_nobody_can_give_is_said(make_results):
    rows = {"CNN": "no", "SVM": (np.nan, 1)}
    assert sentence(make_results(rows, score="neg_log_loss")) == (
        "No estimator could be judged: all 2 failed or gave no log loss."
    )


def test_a_loss_is_positive_and_its_distance_too(make_results):
    rows = {"CNN": (-0.25, 1), "SVM": (-0.5, 1)}
    text = sentence(make_results(rows, score="neg_log_loss"))
    assert text.startswith(
        "CNN scores best: log loss 0.250 ± 0.004 over 3 folds; SVM is"
    )
    assert "SVM is 0.250 behind" in text


def test_times_that_are_unknown_are_not_spoken_of(make_results):
    for seconds in (np.nan, 0.0):
        text = sentence(make_results({"CNN": (0.9, seconds), "SVM": (0.8, seconds)}))
        assert "faster" not in text
        assert "nan" not in text


def test_the_test_images_are_a_remark(make_results):
    rows = {"CNN": (0.9, 1), "SVM": (0.8, 1)}
    assert Ranking(make_results(rows, test=[0.91, 0.82])).remarks == (
        "On the test images, accuracy: CNN 0.910 and SVM 0.820.",
    )


def test_what_is_worse_but_for_the_correction_is_no_alternative(make_results):
    rows = {"CNN": (0.99, 60), "SVM": (0.985, 20), "HOG": (0.91, 0.1)}
    pairs = {frozenset({"CNN", "HOG"}): 0.07}
    said = Ranking(
        make_results(rows, p=pairs, p_alone={frozenset({"CNN", "HOG"}): 0.005})
    )
    assert "HOG" not in said.verdict
    assert not any("HOG" in remark for remark in said.remarks)
    said = Ranking(make_results(rows, p=pairs))
    assert "HOG" in said.verdict


def test_the_runner_up_is_named_though_another_one_is_less_certain(make_results):
    rows = {"SVM": (0.97, 1), "HOG": (0.84, 1), "CNN": (0.43, 9)}
    pairs = {frozenset({"SVM", "HOG"}): 0.01, frozenset({"SVM", "CNN"}): 0.078}
    assert Ranking(make_results(rows, p=pairs)).verdict.endswith(
        "; HOG is 0.130 behind, a difference that is established (adjusted p = 0.01), "
        "unlike that of 0.540 to CNN (adjusted p = 0.078)."
    )
