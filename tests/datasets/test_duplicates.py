import numpy as np
import pytest

from skcnn.datasets._duplicates import contradicting_rows, repeated_rows, shared_rows


@pytest.fixture(params=range(5))
def numbers(request):
    """Give 50 numbers below 30, so that some come again."""
    return np.random.default_rng(request.param).integers(0, 30, 50)


def test_a_row_is_repeated_if_an_earlier_one_is_equal(numbers):
    expected = [i for i in range(50) if numbers[i] in numbers[:i]]
    assert repeated_rows(numbers).tolist() == expected


def test_a_row_contradicts_if_an_equal_one_has_another_label(numbers):
    codes = np.random.default_rng(0).integers(-1, 2, 50)
    expected = [
        i
        for i in range(50)
        if codes[i] >= 0
        and any(codes[(numbers == numbers[i]) & (codes >= 0)] != codes[i])
    ]
    assert contradicting_rows(numbers, codes).tolist() == expected


def test_a_row_is_shared_if_it_is_among_the_others(numbers):
    others = np.arange(0, 30, 3)
    expected = [i for i in range(50) if numbers[i] % 3 == 0]
    assert shared_rows(numbers, others).tolist() == expected


def test_no_labels_contradict_nothing(numbers):
    assert contradicting_rows(numbers, np.full(50, -1)).size == 0
