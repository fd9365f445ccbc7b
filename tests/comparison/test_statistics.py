import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.svm import SVC

from skcnn import compare
from skcnn.comparison._statistics import corrected_t_test, holm, pairwise_tests

# Of a score that is as good as continuous.
STEP = 1e-9


def test_a_case_computed_by_hand():
    # Differences 1, 2, 3 and 6: mean 3, sum of squares 4 + 1 + 0 + 9, variance 14 / 3.
    # Four folds: a quarter of the rows is tested, so 1/4 + 1/3 = 7/12 of the variance,
    # 98 / 36, whose root is 7 sqrt(2) / 6.
    test = corrected_t_test([2, 4, 6, 10], [1, 2, 3, 4], 1 / 3, STEP)
    assert (test.difference, test.df) == (3, 3)
    assert test.t == pytest.approx(18 / (7 * np.sqrt(2)))
    # Student's distribution with three degrees of freedom has a closed form:
    # F(t) = 1/2 + (u / (1 + u^2) + arctan u) / pi, with u = t / sqrt(3).
    u = test.t / np.sqrt(3)
    above = 0.5 - (u / (1 + u**2) + np.arctan(u)) / np.pi
    assert test.p == pytest.approx(2 * above)
    # Tables: 97.5 % of it lie below 3.182.
    margin = 3.182446 * 7 * np.sqrt(2) / 6
    assert (test.low, test.high) == pytest.approx((3 - margin, 3 + margin))


@pytest.mark.parametrize("n_folds", [2, 5, 100])
def test_without_the_correction_it_is_the_paired_t_test_of_scipy(n_folds):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, n_folds))
    test = corrected_t_test(first, second, test_per_train=0, step=STEP)
    theirs = stats.ttest_rel(first, second)
    interval = theirs.confidence_interval(0.95)
    assert (test.t, test.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert (test.low, test.high) == pytest.approx((interval.low, interval.high))


def test_the_correction_against_the_distribution_of_scipy():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 10))
    test = corrected_t_test(first, second, 1 / 9, STEP)
    differences = first - second
    error = np.sqrt((1 / 10 + 1 / 9) * differences.var(ddof=1))
    t = differences.mean() / error
    ends = stats.t.interval(0.95, 9, loc=differences.mean(), scale=error)
    assert (test.t, test.p) == pytest.approx((t, 2 * stats.t.sf(abs(t), 9)))
    assert (test.low, test.high) == pytest.approx(ends)


def test_the_order_turns_signs_only():
    ours = corrected_t_test([0.9, 0.8, 0.7], [0.5, 0.6, 0.7], 0.5, STEP)
    theirs = corrected_t_test([0.5, 0.6, 0.7], [0.9, 0.8, 0.7], 0.5, STEP)
    assert (ours.difference, ours.t, ours.low) == pytest.approx(
        (-theirs.difference, -theirs.t, -theirs.high)
    )
    assert ours.p == theirs.p


def test_equal_differences_have_the_variance_of_a_rounding():
    # Steps of 0.01: variance 0.01^2 / 12. Two folds, half of the rows is tested:
    # 1/2 + 1 = 3/2 of it, 0.01^2 / 8.
    test = corrected_t_test([0.95, 0.95], [0.93, 0.93], 1, 0.01)
    assert test.t == pytest.approx(0.02 / (0.01 / np.sqrt(8)))
    assert test.p > 0.05
    assert test.low < 0 < test.high
    many = corrected_t_test([0.95] * 10, [0.93] * 10, 1 / 9, 0.01)
    assert many.p < 0.05


def test_no_difference_at_all_is_no_difference():
    none = corrected_t_test([0.5, 0.6], [0.5, 0.6], 1, 0.01)
    assert (none.t, none.p, none.low) == (0, 1, -none.high)


def test_a_step_below_the_variance_changes_nothing():
    scores = [0.9, 0.8, 0.9], [0.8, 0.8, 0.7]
    assert corrected_t_test(*scores, 1, 0.01) == corrected_t_test(*scores, 1, STEP)


@pytest.mark.parametrize("n_folds", [2, 5])
def test_equal_classifiers_are_rarely_found_to_differ(n_folds):
    n_test, p_values = 100, []
    rng = np.random.default_rng(0)
    for first, second in rng.binomial(n_test, 0.95, (1000, 2, n_folds)) / n_test:
        test = corrected_t_test(first, second, 1 / (n_folds - 1), 1 / n_test)
        p_values.append(test.p)
    assert np.mean(np.array(p_values) < 0.05) < 0.05


@pytest.mark.parametrize("scores", [[0.9], [0.9, np.nan, 0.8]])
def test_no_test_of_one_fold_or_of_a_missing_score(scores):
    test = corrected_t_test(scores, np.zeros(len(scores)), 1 / 2, STEP)
    assert np.isnan([test.t, test.p, test.low, test.high]).all()


def test_holm_by_hand():
    # 0.01 * 4; 0.015 * 3 = 0.045; 0.02 * 2 = 0.04, not below the one before; 0.9.
    adjusted = holm([0.02, 0.01, 0.9, 0.015])
    assert adjusted == pytest.approx([0.045, 0.04, 0.9, 0.045])


def test_holm_is_at_most_one_keeps_ties_and_leaves_nan_out():
    assert holm([0.6, 0.7]).tolist() == [1, 1]
    assert holm([0.02, 0.02]).tolist() == [0.04, 0.04]
    assert holm([]).tolist() == []
    adjusted = holm([np.nan, 0.04, 0.03])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([0.06, 0.06])


def test_holm_lies_between_the_plain_values_and_bonferroni():
    p = np.random.default_rng(0).uniform(size=20) ** 3
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, 20 * p)).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert adjusted[p.argmin()] == pytest.approx(20 * p.min())


def test_pairs_stand_in_the_order_of_the_estimators_and_are_adjusted_together():
    scores = {"a": [0.9, 0.8, 0.9], "b": [0.8, 0.8, 0.7], "c": [0.1, 0.3, 0.2]}
    rows = pairwise_tests(scores, 1 / 2, STEP)
    names = list(zip(rows["first"], rows["second"], strict=True))
    assert names == [("a", "b"), ("a", "c"), ("b", "c")]
    assert rows["p_holm"].tolist() == holm(rows["p"]).tolist()
    one = corrected_t_test(scores["a"], scores["c"], 1 / 2, STEP)
    assert (rows["t"][1], rows["p"][1]) == (one.t, one.p)


def test_a_single_estimator_has_no_pairs():
    rows = pairwise_tests({"a": np.array([0.9, 0.8])}, 1 / 2, STEP)
    assert len(rows) == 0
    assert "p_holm" in rows


def test_the_published_example_of_scikit_learn():
    """Statistical comparison of models using grid search, in its user guide's gallery.

    https://scikit-learn.org/stable/auto_examples/model_selection/plot_grid_search_stats
    prints the corrected t and one-sided p-values: 0.750 and 0.227 of the first pair,
    and those of all pairs, multiplied by six (Bonferroni).
    """
    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    comparison = compare(
        {
            "rbf": SVC(random_state=0),
            "linear": SVC(kernel="linear", random_state=0),
            "3_poly": SVC(kernel="poly", degree=3, random_state=0),
            "2_poly": SVC(kernel="poly", degree=2, random_state=0),
        },
        X,
        y,
        cv=RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0),
        scoring="roc_auc",
        verbose=0,
    )
    published = {
        ("rbf", "linear"): (0.750, 1.000),
        ("rbf", "3_poly"): (1.657, 0.302),
        ("rbf", "2_poly"): (4.565, 0.000),
        ("linear", "3_poly"): (1.111, 0.807),
        ("linear", "2_poly"): (4.276, 0.000),
        ("3_poly", "2_poly"): (3.851, 0.001),
    }
    assert comparison.table_["roc_auc"].round(3).tolist() == [0.94, 0.93, 0.904, 0.685]
    pairs = comparison.pairwise_.set_index(["first", "second"])
    assert list(pairs.index) == list(published)
    one_sided = pairs["p"] / 2
    bonferroni = (6 * one_sided).clip(upper=1)
    printed = zip(pairs["t"].round(3), bonferroni.round(3), strict=True)
    assert list(printed) == list(published.values())
    assert one_sided.iloc[0] == pytest.approx(0.227, abs=5e-4)
    assert set(pairs["df"]) == {99}
