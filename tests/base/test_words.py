"""Tests of numbers as a person reads them."""

import math

import pytest

from skcnn.base import words as wording
from skcnn.base.words import Score


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00081, "0.8 ms"),
        (0.0123, "12 ms"),
        (0.123, "0.12 s"),
        (2.03, "2.0 s"),
        (12.3, "12 s"),
        (59.6, "1 min"),
        (200.4, "3 min 20 s"),
        (3599.9, "1 h"),
        (7500, "2 h 5 min"),
        (math.nan, ""),
    ],
)
def test_seconds_have_a_unit_that_suits_them(value, text):
    assert wording.seconds(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(2.0, "2"), (2.54, "2.5"), (14.4, "14"), (144, "140")]
)
def test_ratios_are_no_more_precise_than_times_are(ratio, text):
    assert wording.times(ratio) == text


@pytest.mark.parametrize(
    ("p", "text"), [(0.2149, "p = 0.21"), (0.0004, "p < 0.001"), (1.0, "p = 1")]
)
def test_p_values(p, text):
    assert wording.p_value(p) == text


def test_thousands_have_a_space_that_does_not_break():
    assert wording.count(1234567.0) == "1 234 567"


def test_lists_end_with_and():
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"


def test_numbers_have_a_true_minus_and_no_negative_zero():
    assert wording.number(-0.25, 2) == "\u22120.25"
    assert wording.number(-0.0001, 2) == "0.00"


def test_a_loss_is_turned_and_says_that_less_is_better():
    score = Score("neg_log_loss")
    assert (score.title, score.is_loss) == ("log loss", True)
    assert score.value(-0.5, 0.25) == "0.500 ± 0.250"


def test_names_of_the_users_own_are_kept():
    assert Score("my_score").title == "my score"


@pytest.mark.parametrize(("sd", "n"), [(0.02, 3), (0.0003, 4), (1e-9, 5), (0, 3)])
def test_decimals_show_the_first_digit_of_the_standard_deviation(sd, n):
    assert wording.decimals(sd) == n
